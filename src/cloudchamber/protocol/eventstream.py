"""AWS's event streams (`application/vnd.amazon.eventstream`): framed messages with headers and two CRC-32s.

Format: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, SerializationError
from cloudchamber.protocol.wire import Response, WireRequest

if TYPE_CHECKING:
    from cloudchamber.protocol.body import Body
    from cloudchamber.protocol.models import Operation, Shape

MESSAGE_BYTES_MAX = 24 * 1024 * 1024
_PRELUDE = struct.Struct(">II")
_CRC = struct.Struct(">I")


@dataclass(slots=True)
class Message:
    """One message: typed headers and a payload."""

    headers: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b""


class Int32(int):
    """A header value that is sent in four bytes; a plain int takes eight."""


class Timestamp(float):
    """A header value in epoch seconds, sent in milliseconds."""


def _encode_header(name: str, value: Any) -> bytes:
    raw_name = name.encode()
    head = bytes([len(raw_name)]) + raw_name
    if isinstance(value, bool):
        return head + (b"\x00" if value else b"\x01")
    if isinstance(value, Int32):
        return head + b"\x04" + struct.pack(">i", value)
    if isinstance(value, int):
        return head + b"\x05" + struct.pack(">q", value)
    if isinstance(value, float):
        return head + b"\x08" + struct.pack(">q", round(value * 1000))
    kind, raw = (b"\x06", value) if isinstance(value, bytes) else (b"\x07", str(value).encode())
    return head + kind + struct.pack(">H", len(raw)) + raw


_HEADER_TYPES: dict[str, Callable[[Any], Any]] = {"integer": Int32, "timestamp": Timestamp}


def encode_message(message: Message) -> bytes:
    headers = b"".join(_encode_header(name, value) for name, value in message.headers.items())
    prelude = _PRELUDE.pack(16 + len(headers) + len(message.payload), len(headers))
    head = prelude + _CRC.pack(zlib.crc32(prelude))
    content = head + headers + message.payload
    return content + _CRC.pack(zlib.crc32(content))


def _decode_headers(raw: bytes) -> dict[str, Any]:
    found: dict[str, Any] = {}
    fixed = {2: ">b", 3: ">h", 4: ">i", 5: ">q", 8: ">q"}
    at = 0
    while at < len(raw):
        size = raw[at]
        name = raw[at + 1 : at + 1 + size].decode()
        kind = raw[at + 1 + size]
        at += 2 + size
        if kind in (0, 1):
            found[name] = kind == 0
        elif kind in fixed:
            (number,) = struct.unpack_from(fixed[kind], raw, at)
            found[name] = Timestamp(number / 1000) if kind == 8 else number
            at += struct.calcsize(fixed[kind])
        elif kind in (6, 7):
            (length,) = struct.unpack_from(">H", raw, at)
            value = raw[at + 2 : at + 2 + length]
            found[name] = value if kind == 6 else value.decode()
            at += 2 + length
        elif kind == 9:
            found[name] = raw[at : at + 16]
            at += 16
        else:
            raise SerializationError("Unknown event stream header type")
    return found


def decode_messages(buffer: bytes) -> Iterator[Message]:
    """The whole messages of a buffer. SerializationException for a wrong length or checksum."""
    at = 0
    try:
        while at < len(buffer):
            total, header_size = _PRELUDE.unpack_from(buffer, at)
            if not 16 <= total <= MESSAGE_BYTES_MAX or at + total > len(buffer) or header_size > total - 16:
                raise SerializationError("Broken event stream message")
            message = buffer[at : at + total]
            if _CRC.unpack_from(message, 8)[0] != zlib.crc32(message[:8]):
                raise SerializationError("Event stream prelude checksum mismatch")
            if _CRC.unpack_from(message, total - 4)[0] != zlib.crc32(message[:-4]):
                raise SerializationError("Event stream message checksum mismatch")
            yield Message(_decode_headers(message[12 : 12 + header_size]), message[12 + header_size : -4])
            at += total
    except (struct.error, IndexError, UnicodeDecodeError):
        raise SerializationError("Broken event stream message") from None


def _split_event(shape: Shape) -> tuple[list[str], Shape | None, str | None]:
    """An event's header members, and its explicit payload member with that member's name."""
    headers = [n for n, m in shape.members.items() if m.get("eventheader")]
    for name, member in shape.members.items():
        if member.get("eventpayload"):
            return headers, member, name
    return headers, None, None


def event_encoder(name: str, shape: Shape, body: Body) -> Callable[[Mapping[str, Any]], bytes]:
    """Event value -> message bytes."""
    headers, payload, payload_name = _split_event(shape)
    convert = {header: _HEADER_TYPES.get(shape.members[header].type, lambda value: value) for header in headers}
    write = body.writer(payload or shape, name) if (payload or shape).type == "structure" else None
    content_type = body.event_content_type

    def encode(value: Mapping[str, Any]) -> bytes:
        fields: dict[str, Any] = {":message-type": "event", ":event-type": name}
        fields.update({h: convert[h](value[h]) for h in headers if value.get(h) is not None})
        raw = b""
        if write is not None:
            inner = value if payload_name is None else value.get(payload_name, {})
            if len(shape.members) > len(headers):
                raw = write({k: v for k, v in inner.items() if k not in headers})
                fields[":content-type"] = content_type
        elif payload_name is not None:
            content = value.get(payload_name, b"")
            raw = content.encode() if isinstance(content, str) else content
            fields[":content-type"] = "text/plain" if isinstance(content, str) else "application/octet-stream"
        return encode_message(Message(fields, raw))

    return encode


def error_message(error: AwsError, shape: Shape | None = None, body: Body | None = None) -> bytes:
    """The message that ends a stream: an exception of the stream's model, or else a bare error."""
    for name, member in shape.members.items() if shape is not None and body is not None else ():
        if error.code in (name, member.name) and body is not None:
            text = next((m for m in member.members if m.lower() == "message"), "message")
            payload = body.writer(member, name)({**error.members, text: error.message})
            fields = {":message-type": "exception", ":exception-type": name, ":content-type": body.event_content_type}
            return encode_message(Message(fields, payload))
    fields = {":message-type": "error", ":error-code": error.code, ":error-message": error.message}
    return encode_message(Message(fields))


def compile_encoder(shape: Shape, body: Body) -> Callable[[Any], AsyncIterator[bytes]]:
    """Iterable of `{event name: value}` -> the bytes of the stream, message by message."""
    encoders = {name: event_encoder(name, member, body) for name, member in shape.members.items()}

    async def encode(events: AsyncIterable[Mapping[str, Any]] | Iterable[Mapping[str, Any]]) -> AsyncIterator[bytes]:
        try:
            async for event in _each(events):
                for name, value in event.items():
                    yield encoders[name](value)
        except AwsError as error:
            yield error_message(error, shape, body)

    return encode


async def _each(events: AsyncIterable[Any] | Iterable[Any]) -> AsyncIterator[Any]:
    if isinstance(events, AsyncIterable):
        async for event in events:
            yield event
    else:
        for event in events:
            yield event


def compile_decoder(shape: Shape, body: Body) -> Callable[[WireRequest], list[dict[str, Any]]]:
    """Request body -> the events in it, as `{event name: value}`."""
    plans = {}
    for name, member in shape.members.items():
        headers, payload, payload_name = _split_event(member)
        inner = payload or member
        plans[name] = (headers, payload_name, body.reader(inner) if inner.type == "structure" else None)

    def decode(request: WireRequest) -> list[dict[str, Any]]:
        events: list[dict[str, Any]] = []
        for message in decode_messages(request.body):
            kind = message.headers.get(":event-type", "")
            if kind not in plans:
                continue
            headers, payload_name, read = plans[kind]
            value: dict[str, Any] = {h: message.headers[h] for h in headers if h in message.headers}
            content: Any = message.payload if read is None else (read(message.payload) if message.payload else {})
            if payload_name is not None:
                value[payload_name] = content
            elif read is not None:
                value.update(content)
            events.append({kind: value})
        return events

    return decode


def compile_rpc_serializer(
    operation: Operation, member: Shape, body: Body
) -> Callable[[Mapping[str, Any], str], Response]:
    """The serialiser of an RPC operation whose output is a stream (`kinesis:SubscribeToShard`).

    The first message carries the other members of the output.
    """
    shape = operation.output
    assert shape is not None
    name = next(n for n, m in shape.members.items() if m.is_event_stream)
    write, encode = body.writer(shape, name), compile_encoder(member, body)
    fields = {":message-type": "event", ":event-type": "initial-response", ":content-type": body.event_content_type}

    async def stream(result: Mapping[str, Any]) -> AsyncIterator[bytes]:
        first = {n: value for n, value in result.items() if n != name}
        yield encode_message(Message(dict(fields), write(first)))
        async for chunk in encode(result[name]):
            yield chunk

    def serialize(result: Mapping[str, Any], request_id: str) -> Response:
        return Response(200, [("Content-Type", "application/vnd.amazon.eventstream")], stream(result))

    return serialize
