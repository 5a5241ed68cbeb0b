"""What `rest-json` and `rest-xml` share: members bound to the path, the query string, headers, status and payload.

The two protocols differ in the form of the body and in what stands for an empty one; each hands in its `Body`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import orjson

from cloudchamber.core.errors import SerializationError
from cloudchamber.protocol import eventstream, scalars
from cloudchamber.protocol.query import parse_form
from cloudchamber.protocol.wire import Headers, Response, WireRequest

if TYPE_CHECKING:
    from cloudchamber.protocol.body import Body
    from cloudchamber.protocol.models import Operation, Shape

Bind = Callable[[WireRequest, dict[str, Any]], None]


BODILESS = (204, 304)  # statuses that HTTP gives no body
_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")


def compile_path(uri: str) -> re.Pattern[str]:
    """A pattern for a URI template's path; labels become groups. `{Key+}` spans slashes."""
    path = uri.partition("?")[0]
    position, parts = 0, []
    for label in _LABEL.finditer(path):
        parts.append(re.escape(path[position : label.start()]))
        parts.append(f"(?P<{_group(label[1])}>{'.+' if label[2] else '[^/]+'})")  # no label is empty
        position = label.end()
    parts.append(re.escape(path[position:]))
    text = "".join(parts)
    return re.compile((text[:-1] + "/?" if text.endswith("/") and text != "/" else text + "/?") + r"\Z", re.DOTALL)


def _group(label: str) -> str:
    return "g_" + re.sub(r"\W", "_", label)


def _scalar(shape: Shape) -> Callable[[str], Any]:
    """Text of a label, a query parameter or a header -> value."""
    if shape.get("jsonvalue"):
        return lambda text: orjson.loads(scalars.parse_blob(text))
    return scalars.PARSERS.get(shape.type, str)


def _label(shape: Shape) -> Callable[[str], Any]:
    convert = _scalar(shape)
    return lambda text: convert(unquote(text, errors="strict"))


def split_header_list(text: str, shape: Shape) -> list[str]:
    """The items of a list header; quoted strings may hold commas, HTTP dates do."""
    if shape.type == "timestamp" and shape.get("timestampFormat", "rfc822") == "rfc822":
        parts = text.split(",")
        return [f"{a},{b}".strip() for a, b in zip(parts[::2], parts[1::2], strict=False)]
    found = re.findall(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*))\s*(?:,|$)', text)
    items = [re.sub(r"\\(.)", r"\1", quoted) if quoted else plain.strip() for quoted, plain in found]
    return items[:-1] if items and not items[-1] and not text.rstrip().endswith(",") else items


class RequestParser:
    """Compiled parser of one REST operation."""

    def __init__(self, operation: Operation, body: Body) -> None:
        self._binds: list[Bind] = []
        self._query_binds: list[Callable[[dict[str, list[str]], dict[str, Any]], None]] = []
        self._labels: list[tuple[str, str, Callable[[str], Any]]] = []
        self._headers: dict[str, Callable[[str, dict[str, Any]], None]] = {}  # requests have fewer than there could be
        self._path = compile_path(operation.request_uri)
        shape = operation.input
        if shape is None:
            return
        in_body = False
        literal_query = {k for k, _ in parse_form(operation.request_uri.partition("?")[2])}
        for name, member in shape.members.items():
            location = member.get("location")
            if location is None:
                in_body = True
            else:
                self._bind(name, member, location, literal_query)
        payload = shape.get("payload")
        if payload:
            self._bind_payload(payload, shape.members[payload], body)
        elif in_body:
            read = body.reader(shape)

            def bind_body(request: WireRequest, result: dict[str, Any]) -> None:
                if request.body:
                    result.update(read(request.body))

            self._binds.append(bind_body)

    def _bind(self, name: str, member: Shape, location: str, literal_query: set[str]) -> None:
        wire = member.wire_name or name
        if location == "uri":
            self._labels.append((name, _group(wire), _label(member)))
        elif location == "querystring":
            self._query_binds.append(_bind_query(name, wire, member, literal_query, self))
        elif location == "header":
            self._headers[wire.lower()] = _bind_header(name, member)
        elif location == "headers":
            prefix = (member.wire_name or "").lower()

            def bind_prefixed(request: WireRequest, result: dict[str, Any]) -> None:
                found = {k[len(prefix) :]: v for k, v in request.headers.items() if k.startswith(prefix)}
                if found:
                    result[name] = found

            self._binds.append(bind_prefixed)

    def _bind_payload(self, name: str, member: Shape, body: Body) -> None:
        if member.is_event_stream:
            decode = eventstream.compile_decoder(member, body)
            self._binds.append(lambda request, result: result.__setitem__(name, decode(request)))
        elif member.type == "blob":

            def bind_blob(request: WireRequest, result: dict[str, Any]) -> None:
                if request.stream is not None and member.is_streaming:
                    result[name] = request.stream
                elif request.body or member.is_streaming:
                    result[name] = request.body

            self._binds.append(bind_blob)
        elif member.type == "string":

            def bind_text(request: WireRequest, result: dict[str, Any]) -> None:
                if request.body:
                    result[name] = _convert(lambda b: b.decode("utf-8"), request.body, name)

            self._binds.append(bind_text)
        else:
            read = body.reader(member)

            def bind_structure(request: WireRequest, result: dict[str, Any]) -> None:
                if request.body:
                    result[name] = read(request.body)

            self._binds.append(bind_structure)

    def __call__(self, request: WireRequest) -> dict[str, Any]:
        result: dict[str, Any] = {}
        if self._labels and (found := self._path.match(request.path)):
            for name, group, convert in self._labels:
                result[name] = _convert(convert, found[group], name)
        if self._query_binds and request.query_string:
            query: dict[str, list[str]] = {}
            for key, value in parse_form(request.query_string):
                query.setdefault(key, []).append(value)
            for query_bind in self._query_binds:
                query_bind(query, result)
        if self._headers:
            for header, text in request.headers.items():
                header_bind = self._headers.get(header)
                if header_bind is not None:
                    header_bind(text, result)
        for bind in self._binds:
            bind(request, result)
        return result


def _convert(convert: Callable[[Any], Any], text: Any, name: str) -> Any:
    try:
        return convert(text)
    except (ValueError, orjson.JSONDecodeError):
        raise SerializationError(f"Value for '{name}' is not of its type") from None


def _bind_query(
    name: str, wire: str, member: Shape, literal: set[str], parser: RequestParser
) -> Callable[[dict[str, list[str]], dict[str, Any]], None]:
    if member.type == "map":  # every parameter but those of the URI template itself
        many = member.value.type == "list"

        def bind_map(query: dict[str, list[str]], result: dict[str, Any]) -> None:
            found = {k: v if many else v[0] for k, v in query.items() if k not in literal}
            if found:
                result[name] = found

        return bind_map
    if member.type == "list":
        convert = _scalar(member.member)

        def bind_list(query: dict[str, list[str]], result: dict[str, Any]) -> None:
            if wire in query:
                result[name] = [_convert(convert, text, name) for text in query[wire]]

        return bind_list
    convert_one = _scalar(member)

    def bind(query: dict[str, list[str]], result: dict[str, Any]) -> None:
        if wire in query:
            result[name] = _convert(convert_one, query[wire][0], name)

    return bind


def _bind_header(name: str, member: Shape) -> Callable[[str, dict[str, Any]], None]:
    if member.type == "list":
        convert = _scalar(member.member)

        def bind_list(text: str, result: dict[str, Any]) -> None:
            items = split_header_list(text, member.member)
            result[name] = [_convert(convert, item, name) for item in items]

        return bind_list
    convert_one = _scalar(member)

    def bind(text: str, result: dict[str, Any]) -> None:
        result[name] = _convert(convert_one, text, name)

    return bind


class ResponseSerializer:
    """Compiled serialiser of one REST operation."""

    def __init__(self, operation: Operation, body: Body) -> None:
        self._status = operation.response_code
        self._status_member: str | None = None
        self._headers: dict[str, tuple[str, Callable[[Any], str]]] = {}  # answers have fewer than there could be
        self._prefixed: list[tuple[str, str]] = []
        self._content_type = ("Content-Type", body.content_type)
        self._write_body: Callable[[Mapping[str, Any], Headers], Any] = lambda result, headers: b""
        shape = operation.output
        if shape is None:
            return
        in_body = False
        for name, member in shape.members.items():
            location = member.get("location")
            wire = member.wire_name or name
            if location == "statusCode":
                self._status_member = name
            elif location == "header":
                self._headers[name] = (wire, header_writer(member))
            elif location == "headers":
                self._prefixed.append((name, member.wire_name or ""))
            else:
                in_body = True
        payload = shape.get("payload")
        if payload:
            self._write_body = self._payload_writer(payload, shape.members[payload], body)
        elif operation.output_is_unwrapped:
            self._write_body = self._unwrapped_writer(shape, body)
        elif in_body or body.writes_empty:
            write = body.writer(shape, operation.output_root or shape.name)

            def write_members(result: Mapping[str, Any], headers: Headers) -> bytes:
                headers.append(self._content_type)
                return write(result)

            self._write_body = write_members

    def _unwrapped_writer(self, shape: Shape, body: Body) -> Callable[[Mapping[str, Any], Headers], Any]:
        name, member = next(iter(shape.members.items()))
        write = body.writer(member, member.wire_name or name)

        def write_member(result: Mapping[str, Any], headers: Headers) -> bytes:
            headers.append(self._content_type)
            return write(result.get(name) or "")

        return write_member

    def _payload_writer(self, name: str, member: Shape, body: Body) -> Callable[[Mapping[str, Any], Headers], Any]:
        if member.is_event_stream:
            encode = eventstream.compile_encoder(member, body)

            def write_events(result: Mapping[str, Any], headers: Headers) -> Any:
                headers.append(("Content-Type", "application/vnd.amazon.eventstream"))
                return encode(result[name])

            return write_events
        if member.type in ("blob", "string"):
            default = "application/octet-stream" if member.type == "blob" else "text/plain"
            says_type = next((n for n, (wire, _) in self._headers.items() if wire.lower() == "content-type"), None)

            def write_raw(result: Mapping[str, Any], headers: Headers) -> Any:
                value = result.get(name)
                if value is None:
                    return b""
                if says_type is None or result.get(says_type) is None:
                    headers.append(("Content-Type", default))
                return value.encode() if isinstance(value, str) else value

            return write_raw
        write = body.writer(member, member.wire_name or name)

        def write_structure(result: Mapping[str, Any], headers: Headers) -> bytes:
            value = result.get(name)
            if value is None:
                return b""
            headers.append(self._content_type)
            return write(value)

        return write_structure

    def __call__(self, result: Mapping[str, Any], request_id: str) -> Response:
        headers: Headers = []
        if self._headers:
            for name, value in result.items():
                header = self._headers.get(name)
                if header is not None and value is not None:
                    headers.append((header[0], header[1](value)))
        for name, prefix in self._prefixed:
            for key, value in (result.get(name) or {}).items():
                headers.append((prefix + key, str(value)))
        status = self._status
        if self._status_member is not None:
            status = result.get(self._status_member) or status
        body = b"" if status in BODILESS else self._write_body(result, headers)
        return Response(status, headers, body)


def header_writer(shape: Shape) -> Callable[[Any], str]:
    """Value -> header text."""
    if shape.type == "list":
        one = header_writer(shape.member)
        quote = shape.member.type == "string"

        def write_list(value: Any) -> str:
            items = [one(item) for item in value]
            return ", ".join(_quoted(item) if quote and _NEEDS_QUOTES.search(item) else item for item in items)

        return write_list
    if shape.get("jsonvalue"):
        return lambda value: scalars.format_blob(orjson.dumps(value))
    if shape.type == "timestamp":
        style = shape.get("timestampFormat", "rfc822")
        return lambda value: scalars.format_timestamp(value, style)
    if shape.type == "boolean":
        return lambda value: "true" if value else "false"
    if shape.type in ("float", "double"):
        return scalars.format_float
    if shape.type == "blob":
        return scalars.format_blob
    return str


_NEEDS_QUOTES = re.compile(r'[,"]')


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
