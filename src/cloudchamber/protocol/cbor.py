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

# Of CBOR's tags the protocol has one, a timestamp's. The others that the decoder knows would do work for a stranger:
# compile regular expressions, parse mail, build numbers of any size, share one value in many places.
TIMESTAMP_TAG = 1
_REFUSED_TAGS = (0, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000, 55799)
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
            except ValueError:
                raise SerializationError("Timestamp out of range") from None

        return decode

    def _float(self, shape: Shape) -> json.Decode:
        def decode(value: Any) -> Any:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise json.mismatch(value, shape.type)
            return float(value)

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
    def _timestamp(self, shape: Shape) -> json.Encode:
        import cbor2  # noqa: PLC0415 - heavy, and only CBOR services need it

        return lambda value: cbor2.CBORTag(TIMESTAMP_TAG, float(value))

    def _float(self, shape: Shape) -> json.Encode:
        return float

    _double = _float


def loads(body: bytes) -> Any:
    import cbor2  # noqa: PLC0415

    try:
        return cbor2.loads(
            body,
            max_depth=json.DEPTH_MAX,
            semantic_decoders=_TAG_DECODERS,
            tag_hook=_refuse_tag,
            strict_hashable_types=True,
        )
    except Exception:  # cbor2 raises many kinds on broken input, and none of them is ours
        raise SerializationError("") from None


def _refuse_tag(*_args: Any) -> Any:
    raise ValueError("unexpected tag")


_TAG_DECODERS = dict.fromkeys(_REFUSED_TAGS, _refuse_tag)


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
