"""The `query` and `ec2` protocols: form-encoded requests, XML answers.

A form such as `Tag.1.Key=a&Tag.1.Value=b` becomes a tree of dicts by splitting names at their dots; a shape compiles
to a reader of that tree. Lists are read leniently (flattened or wrapped in `member` or the list's own name), since
clients of different ages send either.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol import scalars, xml
from cloudchamber.protocol.wire import Response, WireRequest

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Operation, Shape

Tree = dict[str, Any]  # name -> subtree; the text of a name itself stands under TEXT
Read = Callable[[Tree], Any]

TEXT = "."  # names are split at dots, so none is one
LIST_ITEMS_MAX = 10_000
DEPTH_MAX = 64


class MalformedQuery(AwsError):
    code = "MalformedInput"
    status = 400


def parse_form(text: str) -> list[tuple[str, str]]:
    """The pairs of a form. A broken escape is kept as it is, as AWS does; what is not UTF-8 is refused."""
    try:
        return parse_qsl(text, keep_blank_values=True, max_num_fields=20_000, encoding="utf-8", errors="strict")
    except (ValueError, UnicodeDecodeError):
        raise MalformedQuery("Request is not a valid form") from None


def build_tree(pairs: list[tuple[str, str]]) -> Tree:
    root: Tree = {}
    for name, value in pairs:
        node = root
        parts = name.split(".")
        if len(parts) > DEPTH_MAX:
            raise MalformedQuery("Parameter name is nested too deeply")
        for part in parts:
            node = node.setdefault(part, {})
        node[TEXT] = value
    return root


def _indexed(tree: Tree) -> list[Tree]:
    """The children named 1, 2, 3 … in order, whatever gaps there are."""
    found = [(int(key), child) for key, child in tree.items() if key.isascii() and key.isdigit() and len(key) < 9]
    if len(found) > LIST_ITEMS_MAX:
        raise MalformedQuery("Too many list items")
    return [child for _, child in sorted(found, key=lambda pair: pair[0])]


class Readers:
    """Compiles readers of the tree. `ec2` capitalises names and has flattened lists only."""

    def __init__(self, ec2: bool = False) -> None:
        self._ec2 = ec2
        self._structures: dict[str, Read] = {}

    def reader(self, shape: Shape) -> Read:
        if shape.type in ("structure", "list", "map"):
            compiler: Callable[[Shape], Read] = getattr(self, f"_{shape.type}")
            return compiler(shape)
        convert = scalars.PARSERS.get(shape.type, str)
        wanted = shape.type

        def read(tree: Tree) -> Any:
            text = tree.get(TEXT, "")
            try:
                return convert(text)
            except ValueError:
                raise MalformedQuery(f"{text[:128]!r} is not a valid {wanted}") from None

        return read

    def _name(self, member: Shape, name: str) -> str:
        if not self._ec2:
            return member.wire_name or name
        query_name = member.get("queryName")
        if query_name:
            return str(query_name)
        wire = member.wire_name or name
        return wire[0].upper() + wire[1:]

    def _structure(self, shape: Shape) -> Read:
        known = self._structures.get(shape.name)
        if known is not None:
            return known
        table: list[tuple[str, tuple[str, ...], Read]] = []

        def read(tree: Tree) -> Any:
            result = {}
            for name, wires, one in table:
                for wire in wires:
                    found = tree.get(wire)
                    if found is not None:
                        result[name] = one(found)
                        break
            return result

        self._structures[shape.name] = read
        for name, member in shape.members.items():
            wires = [self._name(member, name)]
            if member.type == "list" and member.is_flattened and member.member.wire_name and not self._ec2:
                wires.insert(0, member.member.wire_name)
            table.append((name, tuple(dict.fromkeys(wires)), self.reader(member)))
        return read

    def _list(self, shape: Shape) -> Read:
        item: list[Read] = []
        wrapper = shape.member.wire_name or "member"

        def read(tree: Tree) -> Any:
            if not item:
                item.append(self.reader(shape.member))
            one = item[0]
            inner = tree.get(wrapper) or tree.get("member") or tree
            return [one(child) for child in _indexed(inner)]

        return read

    def _map(self, shape: Shape) -> Read:
        pair: list[Read] = []
        key_name, value_name = shape.key.wire_name or "key", shape.value.wire_name or "value"

        def read(tree: Tree) -> Any:
            if not pair:
                pair.extend((self.reader(shape.key), self.reader(shape.value)))
            inner = tree.get("entry") or tree
            return {
                pair[0](child[key_name]): pair[1](child.get(value_name, {}))
                for child in _indexed(inner)
                if key_name in child
            }

        return read


def compile_parser(operation: Operation, ec2: bool = False) -> Callable[[WireRequest], dict[str, Any]]:
    """The parser of a `query` or `ec2` operation; parameters may stand in the URL too (GET requests)."""
    shape = operation.input
    if shape is None:
        return lambda request: {}
    read = Readers(ec2).reader(shape)

    def parse(request: WireRequest) -> dict[str, Any]:
        pairs = parse_form(request.query_string) if request.query_string else []
        if request.body:
            try:
                pairs += parse_form(request.body.decode("utf-8"))
            except UnicodeDecodeError:
                raise MalformedQuery("Request is not valid UTF-8") from None
        parsed: dict[str, Any] = read(build_tree(pairs))
        return parsed

    return parse


def compile_serializer(operation: Operation, ec2: bool = False) -> Callable[[Mapping[str, Any], str], Response]:
    """The serialiser: the output members in `<OpResult>` (query) or at the top (ec2)."""
    name, namespace = operation.name, operation.model.xml_namespace
    content_type = ("Content-Type", "text/xml;charset=UTF-8" if ec2 else "text/xml")
    opening = f'<{name}Response xmlns="{xml.escape_attribute(namespace)}">' if namespace else f"<{name}Response>"
    write = xml.Writers().content(operation.output) if operation.output is not None else None
    wrapper = None if ec2 else (operation.result_wrapper or (f"{name}Result" if operation.output else None))

    def serialize(result: Mapping[str, Any], request_id: str) -> Response:
        out = ['<?xml version="1.0" encoding="UTF-8"?>', opening]
        if ec2:
            out.append(f"<requestId>{request_id}</requestId>")
        if wrapper:
            out.append(f"<{wrapper}>")
        if write is not None:
            write(out, result)
        if wrapper:
            out.append(f"</{wrapper}>")
        if not ec2:
            out.append(f"<ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata>")
        out.append(f"</{name}Response>")
        return Response(200, [content_type], "".join(out).encode())

    return serialize
