"""Mapping expressions: names of parameters of requests and responses, and what may be mapped to what. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NAME = r"[a-zA-Z0-9._$\-:~!#%&'*+^`|\[\]]+"
METHOD_REQUEST = re.compile(rf"^method\.request\.(querystring|path|header)\.{_NAME}$")
METHOD_RESPONSE = re.compile(rf"^method\.response\.header\.{_NAME}$")
_INTEGRATION_REQUEST = re.compile(rf"^integration\.request\.(querystring|path|header)\.{_NAME}$")
_FREE = re.compile(
    r"^'[^']*'$|^(context|stageVariables)\..+$|^method\.request\.body(\.|$|\[)|^integration\.response\.body(\.|$|\[)"
)
_MULTI = re.compile(r"^method\.request\.(multivaluequerystring|multivalueheader)\.")
_INTEGRATION_RESPONSE = re.compile(rf"^integration\.response\.(header|multivalueheader)\.{_NAME}$")


def _refuse(wrong: Iterable[str]) -> None:
    errors = ", ".join(f"Invalid mapping expression parameter specified: {name}" for name in wrong)
    if errors:
        raise BadRequest(f"Invalid mapping expression specified: Validation Result: warnings : [], errors : [{errors}]")


def check_method_request(parameters: Mapping[str, Any]) -> None:
    _refuse(name for name in parameters if not METHOD_REQUEST.match(name))


def check_method_response(parameters: Mapping[str, Any]) -> None:
    _refuse(name for name in parameters if not METHOD_RESPONSE.match(name))


def check_integration_request(parameters: Mapping[str, str], method: Mapping[str, Any]) -> None:
    """`method` is the Method: what is mapped from must be declared there."""
    declared = method.get("requestParameters") or {}
    wrong = []
    for target, source in parameters.items():
        if not _INTEGRATION_REQUEST.match(target):
            wrong.append(target)
        elif not (_FREE.match(source) or source in declared or _is_declared_multi(source, declared)):
            wrong.append(source)
    _refuse(wrong)


def _is_declared_multi(source: str, declared: Mapping[str, Any]) -> bool:
    if not _MULTI.match(source):
        return False
    single = source.replace(".multivaluequerystring.", ".querystring.").replace(".multivalueheader.", ".header.")
    return single in declared


def check_integration_response(parameters: Mapping[str, str], method_response: Mapping[str, Any]) -> None:
    declared = method_response.get("responseParameters") or {}
    wrong = []
    for target, source in parameters.items():
        if target not in declared:
            wrong.append(target)
        elif not (_FREE.match(source) or _INTEGRATION_RESPONSE.match(source)):
            wrong.append(source)
    _refuse(wrong)
