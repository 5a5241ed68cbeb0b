"""One operation of a model in one protocol, compiled once: parser, validator, serialiser."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.protocol import cbor, json, query
from cloudchamber.protocol.rest import RequestParser, ResponseSerializer
from cloudchamber.protocol.rest_json import JsonBody
from cloudchamber.protocol.rest_xml import XmlBody
from cloudchamber.protocol.wire import Response, WireRequest

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Operation

Parse = Callable[[WireRequest], dict[str, Any]]
Serialize = Callable[[Mapping[str, Any], str], Response]


@dataclass(slots=True, frozen=True)
class Codec:
    """Bytes to input and output to bytes, for one operation in one protocol."""

    parse: Parse
    serialize: Serialize


def compile_codec(operation: Operation, protocol: str) -> Codec:
    if protocol == "json":
        return Codec(json.compile_parser(operation), json.compile_serializer(operation))
    if protocol in ("query", "ec2"):
        is_ec2 = protocol == "ec2"
        return Codec(query.compile_parser(operation, is_ec2), query.compile_serializer(operation, is_ec2))
    if protocol == "smithy-rpc-v2-cbor":
        return Codec(cbor.compile_parser(operation), cbor.compile_serializer(operation))
    if protocol == "rest-json":
        return Codec(RequestParser(operation, JsonBody()), ResponseSerializer(operation, JsonBody()))
    if protocol == "rest-xml":
        body = XmlBody(operation.model.xml_namespace)
        return Codec(RequestParser(operation, body), ResponseSerializer(operation, body))
    raise ValueError(f"unknown protocol {protocol!r}")
