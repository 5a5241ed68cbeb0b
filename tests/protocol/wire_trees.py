"""Bodies and headers compared by meaning: JSON, CBOR and XML trees, numbers and dates in whatever spelling."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import cbor2

from cloudchamber.protocol.scalars import parse_timestamp
from tests.protocol.vectors import same

# What AWS adds to an answer and the vectors, which were written by hand, spell as they like.
_NOT_COMPARED = {"ResponseMetadata", "requestId", "RequestId", "RequestID"}


def xml_tree(element: ElementTree.Element) -> Any:
    """Text of a leaf, or `{name: [children of that name in order]}` with attributes as `@name`; no namespaces."""
    children: dict[str, list[Any]] = {f"@{_local(k)}": [v] for k, v in element.attrib.items()}
    for child in element:
        is_fault = _local(element.tag) == "Error" and _local(child.tag) == "Type"  # whose fault it was, in any words
        if not is_fault and _local(child.tag) not in _NOT_COMPARED:
            children.setdefault(_local(child.tag), []).append(xml_tree(child))
    return children or (element.text or "")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def same_text(left: str, right: str) -> bool:
    """Whether two texts mean the same scalar: equal, or equal as numbers or as dates."""
    if left == right or left.strip() == right.strip():
        return True
    try:
        return same(parse_timestamp(left), parse_timestamp(right))
    except ValueError:
        return False


def same_xml(left: Any, right: Any) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        return same_text(left, right)
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(
            len(items) == len(right[name]) and all(same_xml(a, b) for a, b in zip(items, right[name], strict=True))
            for name, items in left.items()
        )
    # <a/> is an empty structure as well as an empty text, and indented where it was written by hand.
    return (not left and not str(right).strip()) or (not right and not str(left).strip())


def same_body(protocol: str, ours: bytes, wanted: bytes) -> bool:
    """Whether two bodies of a protocol carry the same tree. Raw payloads are compared as they are."""
    if ours == wanted:
        return True
    if protocol == "smithy-rpc-v2-cbor":
        return bool(ours) and bool(wanted) and same(_plain(cbor2.loads(ours)), _plain(cbor2.loads(wanted)))
    if "json" in protocol:
        try:
            return same_json(_plain(json.loads(ours or b"{}")), _plain(json.loads(wanted or b"{}")))
        except ValueError:
            return False
    if not ours.strip() or not wanted.strip():
        return False
    try:
        left, right = ElementTree.fromstring(ours), ElementTree.fromstring(wanted)
    except ElementTree.ParseError:
        return False
    return same_xml(xml_tree(left), xml_tree(right))


def same_json(left: Any, right: Any) -> bool:
    """Equality of JSON trees in which dates may be spelt differently (`Z`, `+00:00`, `-01:00`)."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_json(v, right[k]) for k, v in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same_json, left, right))
    if isinstance(left, str) and isinstance(right, str) and "T" in left and "T" in right:
        return same_text(left, right)
    return same(left, right)


def _plain(tree: Any) -> Any:
    """A tree without its null members, and with the type of an error without its namespace and documentation."""
    if isinstance(tree, dict):
        plain = {k: _plain(v) for k, v in tree.items() if v is not None}
        return plain | {"__type": local_code(plain["__type"])} if "__type" in plain else plain
    if isinstance(tree, list):
        return [_plain(item) for item in tree]
    return tree.timestamp() if hasattr(tree, "timestamp") else tree


def local_code(code: str) -> str:
    """`ns#Name:http://…` is the code `Name`."""
    return code.partition(":")[0].rpartition("#")[2]


def same_header(name: str, ours: str, wanted: str) -> bool:
    if name.lower() == "x-amzn-errortype":
        return local_code(ours) == local_code(wanted)
    if name.lower() == "content-type":
        return ours.partition(";")[0] == wanted.partition(";")[0]
    left, right = (re.split(r",\s*", text) for text in (ours, wanted))
    return len(left) == len(right) and (same_text(ours, wanted) or all(map(same_text, left, right)))


def headers_missing(ours: list[tuple[str, str]], wanted: dict[str, str]) -> list[str]:
    """The wanted headers that we did not send with the same meaning. Length and request id are the gateway's."""
    sent = {name.lower(): value for name, value in ours}
    return [
        f"{name}: {value} (sent: {sent.get(name.lower())})"
        for name, value in wanted.items()
        if name.lower() not in ("content-length", "x-amzn-requestid")
        and not same_header(name, sent.get(name.lower(), ""), value)
    ]
