"""JSON bodies: the trees that `json` 1.0/1.1 and `rest-json` carry, and the `json` protocol itself.

A shape compiles to a decoder (JSON value -> what handlers see) or to `None` where nothing has to change, so that a
plain string member costs one type check. Decoders work in place on the tree that orjson made. Type errors carry the
messages of AWS's framework (`NUMBER_VALUE cannot be converted to String`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from cloudchamber.core.errors import SerializationError
from cloudchamber.protocol import scalars
from cloudchamber.protocol.models import OUTPUT_LOCATIONS, Operation, Shape
from cloudchamber.protocol.wire import Response, WireRequest

Decode = Callable[[Any], Any]
Encode = Callable[[Any], Any]

_NAMES = {"string": "String", "integer": "Integer", "long": "Long", "float": "Float", "double": "Double"}
DEPTH_MAX = 200


def kind_of(value: Any) -> str:
    """The framework's word for a JSON value."""
    if value is True:
        return "TRUE_VALUE"
    if value is False:
        return "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    if isinstance(value, int):
        return "NUMBER_VALUE"
    return "DECIMAL_VALUE"


def mismatch(value: Any, wanted: str) -> SerializationError:
    if isinstance(value, dict):
        return SerializationError("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return SerializationError("Start of list found where not expected")
    if wanted in ("structure", "list", "map"):
        return SerializationError("Unexpected field type")
    return SerializationError(f"{kind_of(value)} cannot be converted to {_NAMES.get(wanted, wanted.capitalize())}")


class _NoType:
    """The type of nothing: what it is asked for is always decoded."""


def ready_type(shape: Shape) -> type:
    """The type whose values are what handlers see already; asking for it saves the most frequent calls."""
    return {"string": str, "character": str, "boolean": bool}.get(shape.type, _NoType)


def _untouched(wanted: str) -> Decode:
    """A value as it came. A document may be anything; a list or a map that is passed through whole is at least one."""
    kind = {"list": list, "map": dict}.get(wanted)
    if kind is None:
        return lambda value: value

    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise mismatch(value, wanted)
        return value

    return check


class Decoders:
    """Compiles decoders, one for each shape, recursion included."""

    def __init__(self) -> None:
        self._structures: dict[str, Decode] = {}

    def decoder(self, shape: Shape) -> Decode:
        if shape.get("document"):
            return _untouched(shape.type)
        compiler: Callable[[Shape], Decode] | None = getattr(self, f"_{shape.type}", None)
        if compiler is None:
            raise TypeError(f"no decoder for {shape!r}")
        return compiler(shape)

    def _structure(self, shape: Shape) -> Decode:
        known = self._structures.get(shape.name)
        if known is not None:
            return known
        table: dict[str, tuple[str, type, Decode]] = {}

        def decode(value: Any) -> Any:
            if type(value) is not dict:
                raise mismatch(value, "structure")
            result = {}
            for key, item in value.items():
                found = table.get(key)
                if found is not None:
                    name, ready, one = found
                    if type(item) is ready:
                        result[name] = item
                    elif item is not None:
                        result[name] = one(item)
            return result

        self._structures[shape.name] = decode
        for name, member in shape.members.items():
            if member.get("location") is None:
                table[member.wire_name or name] = (name, ready_type(member), self.decoder(member))
        return decode

    def _list(self, shape: Shape) -> Decode:
        item_decoder: list[Decode] = []
        is_sparse, ready = shape.get("sparse"), ready_type(shape.member)

        def decode(value: Any) -> Any:
            if type(value) is not list:
                raise mismatch(value, "list")
            if not item_decoder:  # compiled at first use, so that recursive lists end
                item_decoder.append(self.decoder(shape.member))
            one = item_decoder[0]
            if None in value and not is_sparse:
                raise SerializationError("Null value found in a list that may hold none")
            return [None if item is None else item if type(item) is ready else one(item) for item in value]

        return decode

    def _map(self, shape: Shape) -> Decode:
        value_decoder: list[Decode] = []
        is_sparse = shape.get("sparse")

        def decode(value: Any) -> Any:
            if type(value) is not dict:
                raise mismatch(value, "map")
            if not value_decoder:
                value_decoder.append(self.decoder(shape.value))
            one = value_decoder[0]
            return {k: None if v is None else one(v) for k, v in value.items() if v is not None or is_sparse}

        return decode

    def _string(self, shape: Shape) -> Decode:
        def decode(value: Any) -> Any:
            if type(value) is not str:
                raise mismatch(value, "string")
            return value

        return decode

    _character = _string

    def _integer(self, shape: Shape) -> Decode:
        wanted = shape.type
        limit = scalars.INTEGER_LIMITS[wanted]

        def decode(value: Any) -> Any:
            if type(value) is float and value.is_integer():
                value = int(value)
            if type(value) is not int:
                raise mismatch(value, wanted)
            if not -limit <= value < limit:
                raise SerializationError(f"{kind_of(value)} cannot be converted to {_NAMES[wanted]}")
            return value

        return decode

    _long = _integer

    def _float(self, shape: Shape) -> Decode:
        wanted = shape.type

        def decode(value: Any) -> Any:
            if type(value) is float or type(value) is int:
                return value
            if type(value) is str and value in ("NaN", "Infinity", "-Infinity"):
                return scalars.parse_float(value)
            raise mismatch(value, wanted)

        return decode

    _double = _float

    def _boolean(self, shape: Shape) -> Decode:
        def decode(value: Any) -> Any:
            if value is True or value is False:
                return value
            raise mismatch(value, "boolean")

        return decode

    def _blob(self, shape: Shape) -> Decode:
        def decode(value: Any) -> Any:
            if type(value) is not str:
                raise mismatch(value, "blob")
            try:
                return scalars.parse_blob(value)
            except ValueError:
                raise SerializationError("Invalid base64 data") from None

        return decode

    def _timestamp(self, shape: Shape) -> Decode:
        def decode(value: Any) -> Any:
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                raise mismatch(value, "timestamp")
            try:
                return scalars.parse_timestamp(value)
            except ValueError:
                raise SerializationError(f"{kind_of(value)} cannot be converted to Timestamp") from None

        return decode


class Encoders:
    """Compiles encoders: what handlers return -> what orjson writes. `None` means: as it is."""

    def __init__(self, timestamp_format: str = "unixTimestamp") -> None:
        self._timestamp_format = timestamp_format
        self._structures: dict[str, Encode] = {}

    def encoder(self, shape: Shape) -> Encode | None:
        if self._is_plain(shape, set()):
            return None
        compiler: Callable[[Shape], Encode] = getattr(self, f"_{shape.type}")
        return compiler(shape)

    def _is_plain(self, shape: Shape, seen: set[str]) -> bool:
        """Whether nothing under this shape has to change on its way to JSON."""
        if shape.type in ("timestamp", "float", "double"):
            return False
        if shape.get("document") or shape.type not in ("structure", "list", "map"):
            return True
        if shape.name in seen:
            return True
        seen.add(shape.name)
        if shape.type == "list":
            return self._is_plain(shape.member, seen)
        if shape.type == "map":
            return self._is_plain(shape.value, seen)
        return all(
            (m.wire_name in (None, n)) and m.get("location") not in OUTPUT_LOCATIONS and self._is_plain(m, seen)
            for n, m in shape.members.items()
        )

    def _structure(self, shape: Shape) -> Encode:
        known = self._structures.get(shape.name)
        if known is not None:
            return known
        table: dict[str, tuple[str, Encode | None]] = {}

        def encode(value: Any) -> Any:
            result = {}
            for key, item in value.items():
                found = table.get(key)
                if found is not None and item is not None:
                    result[found[0]] = item if found[1] is None else found[1](item)
            return result

        self._structures[shape.name] = encode
        for name, member in shape.members.items():
            if member.get("location") not in OUTPUT_LOCATIONS:
                table[name] = (member.wire_name or name, self.encoder(member))
        return encode

    def _list(self, shape: Shape) -> Encode:
        one = self.encoder(shape.member)
        assert one is not None
        return lambda value: [None if item is None else one(item) for item in value]

    def _map(self, shape: Shape) -> Encode:
        one = self.encoder(shape.value)
        assert one is not None
        return lambda value: {k: None if v is None else one(v) for k, v in value.items()}

    def _timestamp(self, shape: Shape) -> Encode:
        style = shape.get("timestampFormat", self._timestamp_format)
        formatter = scalars.FORMATS.get(style)
        return formatter or scalars.epoch

    def _float(self, shape: Shape) -> Encode:
        def encode(value: Any) -> Any:
            if isinstance(value, float) and not math.isfinite(value):
                return scalars.format_float(value)
            return value

        return encode

    _double = _float


def dumps(value: Any) -> bytes:
    """JSON of what encoders leave: blobs are still bytes, which costs nothing where there are none."""
    made = orjson.dumps(value, default=_write_blob)
    return bytes(memoryview(made))  # what orjson makes stands in a room of 4 KiB and more, and answers are kept


def _write_blob(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return scalars.format_blob(bytes(value))
    raise TypeError(f"{type(value).__name__} is not a value of JSON")


def loads(body: bytes) -> Any:
    """The JSON tree of a request body; `{}` for none. A broken one raises SerializationException."""
    if not body:
        return {}
    try:
        return orjson.loads(body)
    except (orjson.JSONDecodeError, RecursionError):
        raise SerializationError("") from None


def depth_guard(tree: Any) -> None:
    """Refuse trees nested so deep that walking them would exhaust the stack."""
    level, depth = [tree], 0
    while level:
        depth += 1
        if depth > DEPTH_MAX:
            raise SerializationError("Input is nested too deeply")
        below: list[Any] = []
        for node in level:
            children = node.values() if type(node) is dict else node
            below.extend(child for child in children if type(child) is dict or type(child) is list)
        level = below


def compile_parser(operation: Operation) -> Callable[[WireRequest], dict[str, Any]]:
    """The parser of a `json` operation: the whole body is the input."""
    shape = operation.input
    if shape is None:
        return lambda request: {}
    decode = Decoders().decoder(shape)

    def parse(request: WireRequest) -> dict[str, Any]:
        body = request.body
        tree = loads(body)
        if body.count(b"[") + body.count(b"{") > DEPTH_MAX:
            depth_guard(tree)
        parsed: dict[str, Any] = decode(tree)
        return parsed

    return parse


def compile_serializer(operation: Operation) -> Callable[[Mapping[str, Any], str], Response]:
    """The serialiser of a `json` operation."""
    content_type = ("Content-Type", f"application/x-amz-json-{operation.model.json_version}")
    shape = operation.output
    if shape is None or not shape.members:
        return lambda result, request_id: Response(200, [content_type], b"" if shape is None else b"{}")
    for member in shape.members.values():
        if member.is_event_stream:
            from cloudchamber.protocol import eventstream, rest_json  # noqa: PLC0415 - few operations stream

            return eventstream.compile_rpc_serializer(operation, member, rest_json.JsonBody())
    encode = Encoders().encoder(shape)

    def serialize(result: Mapping[str, Any], request_id: str) -> Response:
        return Response(200, [content_type], dumps(result if encode is None else encode(result)))

    return serialize
