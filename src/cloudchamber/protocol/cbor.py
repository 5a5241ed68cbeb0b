"""The `smithy-rpc-v2-cbor` protocol: `POST /service/{Service}/operation/{Operation}` with CBOR bodies."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import SerializationError
from cloudchamber.protocol import eventstream, json, scalars
from cloudchamber.protocol.body import Body
from cloudchamber.protocol.wire import Response, WireRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.protocol.models import Operation, Shape

VALUES_PER_BYTE = 1  # each value takes a byte at least; more can only come of shared references
HEADERS = [("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")]


class CborDecoders(json.Decoders):
    """JSON's decoders but for blobs and timestamps, which CBOR has itself."""

    def _blob(self, shape: Shape) -> json.Decode:
        def decode(value: Any) -> Any:
            if not isinstance(value, bytes):
                raise json.mismatch(value, "blob")
            return value

        return decode

    def _timestamp(self, shape: Shape) -> json.Decode:
        def decode(value: Any) -> Any:
            if isinstance(value, datetime):
                return value.timestamp()
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise json.mismatch(value, "timestamp")
            try:
                return scalars.parse_timestamp(value)
            except (ValueError, OverflowError):
                raise SerializationError("Timestamp out of range") from None

        return decode

    def _float(self, shape: Shape) -> json.Decode:
        def decode(value: Any) -> Any:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise json.mismatch(value, shape.type)
            try:
                return float(value)
            except OverflowError:
                raise json.mismatch(value, shape.type) from None

        return decode

    _double = _float

    def _map(self, shape: Shape) -> json.Decode:
        decode_map = super()._map(shape)

        def decode(value: Any) -> Any:
            if type(value) is dict and not all(type(key) is str for key in value):
                raise SerializationError("Map keys are strings")
            return decode_map(value)

        return decode


class CborEncoders(json.Encoders):
    def _blob(self, shape: Shape) -> json.Encode:
        return lambda value: value.encode() if isinstance(value, str) else value

    def _timestamp(self, shape: Shape) -> json.Encode:
        import cbor2  # noqa: PLC0415 - heavy, and only CBOR services need it

        return lambda value: cbor2.CBORTag(1, float(value))

    def _float(self, shape: Shape) -> json.Encode:
        return float

    _double = _float


def loads(body: bytes) -> Any:
    import cbor2  # noqa: PLC0415

    try:
        value = cbor2.loads(body, max_depth=json.DEPTH_MAX, strict_hashable_types=True)
    except Exception:  # cbor2 raises many kinds on broken input, and none of them is ours
        raise SerializationError("") from None
    _refuse_cycles(value, len(body) * VALUES_PER_BYTE)
    return value


def _refuse_cycles(tree: Any, values_max: int) -> None:
    """Refuse what shared references made deep or large: cycles, and trees that unfold to more than was sent."""
    level, seen, depth = [tree], 1, 0
    while level:
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below += node.values()
            elif isinstance(node, list):
                below += node
        seen, depth, level = seen + len(below), depth + 1, below
        if seen > values_max or depth > json.DEPTH_MAX:
            raise SerializationError("")


def dumps(value: Any) -> bytes:
    import cbor2  # noqa: PLC0415

    encoded: bytes = cbor2.dumps(value)
    return encoded


class CborBody(Body):
    """CBOR as the body of events."""

    content_type = "application/cbor"

    def reader(self, shape: Shape) -> Callable[[bytes], Any]:
        decode = CborDecoders().decoder(shape)
        return lambda body: decode(loads(body))

    def writer(self, shape: Shape, root: str) -> Callable[[Any], bytes]:
        encode = CborEncoders().encoder(shape)
        return dumps if encode is None else lambda value: dumps(encode(value))


def compile_parser(operation: Operation) -> Callable[[WireRequest], dict[str, Any]]:
    shape = operation.input
    if shape is None:
        return lambda request: {}
    decode = CborDecoders().decoder(shape)

    def parse(request: WireRequest) -> dict[str, Any]:
        if not request.body:
            return {}
        parsed: dict[str, Any] = decode(loads(request.body))
        return parsed

    return parse


def compile_serializer(operation: Operation) -> Callable[[Mapping[str, Any], str], Response]:
    shape = operation.output
    if shape is None:
        return lambda result, request_id: Response(200, [HEADERS[1]], b"")
    for member in shape.members.values():
        if member.is_event_stream:
            return eventstream.compile_rpc_serializer(operation, member, CborBody())
    encode = CborEncoders().encoder(shape)

    def serialize(result: Mapping[str, Any], request_id: str) -> Response:
        return Response(200, list(HEADERS), dumps(result if encode is None else encode(result)))

    return serialize
