"""Data types of parameters: what a value has to be to count as one. Pure.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (DataType)
Formats only: whether an image (aws:ec2:image) exists is not asked.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import orjson

from cloudchamber.core.errors import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TEXT = "text"
_HOST_LABEL = r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)


def _like(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda value: compiled.fullmatch(value) is not None


def _parses(parse: Callable[[str], object]) -> Callable[[str], bool]:
    def is_valid(value: str) -> bool:
        try:
            parse(value)
        except (ValueError, binascii.Error):
            return False
        return True

    return is_valid


def _without_comments(text: str) -> str:
    return _COMMENTS.sub(lambda found: found.group(1) or " ", text)


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return bool(parts.scheme and parts.netloc)


_IS_VALID: Mapping[str, Callable[[str], bool]] = {
    TEXT: lambda value: True,
    "aws:ec2:image": _like(r"ami-([0-9a-f]{8}|[0-9a-f]{17})"),
    "aws:ssm:integration": _parses(orjson.loads),
    "aws:region": _like(r"[a-z]{2}(-[a-z]+)+-\d"),
    "aws:account:id": _like(r"\d{12}"),
    "boolean": _like("true|false"),
    "integer": _like(r"[+-]?\d+"),
    "float": _like(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"),
    "binary": _parses(lambda value: base64.b64decode(value, validate=True)),
    "hostname": _like(rf"(?=.{{1,253}}\.?$){_HOST_LABEL}(\.{_HOST_LABEL})*\.?"),
    "email": _like(rf"[^@\s]+@{_HOST_LABEL}(\.{_HOST_LABEL})+"),
    "ipv4-address": _parses(ipaddress.IPv4Address),
    "ipv6-address": _parses(ipaddress.IPv6Address),
    "url": _is_url,
    "json": _parses(orjson.loads),
    "jsonc": _parses(lambda value: orjson.loads(_without_comments(value))),
}


def check(value: str, data_type: str) -> None:
    """ValidationException for a type that is none, or a value that is not of it."""
    is_valid = _IS_VALID.get(data_type)
    if is_valid is None:
        raise ValidationError(
            f"The following data type is not supported: {data_type} (Data type names are all lowercase.)"
        )
    if not is_valid(value):
        raise ValidationError(f"The parameter value is not valid for the data type {data_type}.")
