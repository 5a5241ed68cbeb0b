"""XML bodies: reading them into shapes, writing shapes as them.

Requests are read with expat into plain elements; a DOCTYPE is refused, so there are no entities to expand. Writers
append text to a list, one compiled closure a shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.parsers import expat

from cloudchamber.core.errors import AwsError
from cloudchamber.protocol import scalars
from cloudchamber.protocol.models import OUTPUT_LOCATIONS, Shape

DEPTH_MAX = 100


class MalformedXml(AwsError):
    code = "MalformedXML"
    status = 400


_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"


class Element:
    """An element: name without its namespace prefix, attributes, children in order, text."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name = name
        self.attributes = attributes
        self.children: list[Element] = []
        self.text = ""

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]


def parse_document(body: bytes) -> Element:
    """The root element of a document. MalformedXML for anything that is not one, DOCTYPEs included."""
    parser = expat.ParserCreate()
    root: list[Element] = []
    stack: list[Element] = []
    texts: list[list[str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        element = Element(name.rpartition(":")[2], {k.rpartition(":")[2]: v for k, v in attributes.items()})
        if len(stack) > DEPTH_MAX:
            raise MalformedXml(_MALFORMED)
        if stack:
            stack[-1].children.append(element)
        else:
            root.append(element)
        stack.append(element)
        texts.append([])

    def end(_name: str) -> None:
        stack.pop().text = "".join(texts.pop())

    def refuse(*_args: object) -> None:
        raise MalformedXml(_MALFORMED)

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = lambda text: texts[-1].append(text)  # noqa: PLW0108 - the last one changes
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, UnicodeError, ValueError, LookupError):
        raise MalformedXml(_MALFORMED) from None
    return root[0]


Read = Callable[[Element], Any]


class Readers:
    """Compiles readers: element -> value."""

    def __init__(self) -> None:
        self._structures: dict[str, Read] = {}

    def reader(self, shape: Shape) -> Read:
        if shape.type in ("structure", "map", "list"):
            compiler: Callable[[Shape], Read] = getattr(self, f"_{shape.type}")
            return compiler(shape)
        convert = scalars.PARSERS.get(shape.type)

        def read(element: Element) -> Any:
            if convert is None:
                return element.text
            try:
                return convert(element.text.strip())
            except ValueError:
                raise MalformedXml(_MALFORMED) from None

        return read

    def _structure(self, shape: Shape) -> Read:
        known = self._structures.get(shape.name)
        if known is not None:
            return known
        singles: dict[str, tuple[str, Read]] = {}
        repeated: dict[str, tuple[str, Callable[[list[Element]], Any]]] = {}
        attributes: dict[str, str] = {}

        def read(element: Element) -> Any:
            result: dict[str, Any] = {}
            for child in element.children:
                found = singles.get(child.name)
                if found is not None:
                    result[found[0]] = found[1](child)
            for wire, (name, collect) in repeated.items():
                items = element.all(wire)
                if items:
                    result[name] = collect(items)
            for wire, name in attributes.items():
                if wire in element.attributes:
                    result[name] = element.attributes[wire]
            return result

        self._structures[shape.name] = read
        for name, member in shape.members.items():
            if member.get("location") is not None:
                continue
            wire = (member.wire_name or name).rpartition(":")[2]
            if member.get("xmlAttribute"):
                attributes[wire] = name
            elif member.type == "list" and member.is_flattened:
                for either in {wire, member.member.wire_name or wire}:  # clients of different ages send either
                    repeated[either] = (name, self._items(member))
            elif member.type == "map" and member.is_flattened:
                repeated[wire] = (name, self._entries(member))
            else:
                singles[wire] = (name, self.reader(member))
        return read

    def _items(self, shape: Shape) -> Callable[[list[Element]], Any]:
        one: list[Read] = []

        def collect(elements: list[Element]) -> Any:
            if not one:
                one.append(self.reader(shape.member))
            return [one[0](element) for element in elements]

        return collect

    def _list(self, shape: Shape) -> Read:
        collect = self._items(shape)
        wire = shape.member.wire_name or "member"
        return lambda element: collect(element.all(wire))

    def _entries(self, shape: Shape) -> Callable[[list[Element]], Any]:
        key_name, value_name = shape.key.wire_name or "key", shape.value.wire_name or "value"
        readers: list[Read] = []

        def collect(elements: list[Element]) -> Any:
            if not readers:
                readers.extend((self.reader(shape.key), self.reader(shape.value)))
            result = {}
            for element in elements:
                keys, values = element.all(key_name), element.all(value_name)
                if not keys or not values:
                    raise MalformedXml(_MALFORMED)
                result[readers[0](keys[0])] = readers[1](values[0])
            return result

        return collect

    def _map(self, shape: Shape) -> Read:
        collect = self._entries(shape)
        return lambda element: collect(element.all("entry"))


# What XML 1.0 cannot carry even escaped is dropped; carriage returns are escaped, or parsers would fold them.
_FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff"
_SPECIAL = re.compile(f"[&<>\r{_FORBIDDEN}]")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def escape(value: Any) -> str:
    """A value as the text of an element."""
    text: str = value if value.__class__ is str else str(value)
    return _SPECIAL.sub(_escaped, text) if _SPECIAL.search(text) else text


def _escaped(found: re.Match[str]) -> str:
    return _ESCAPES.get(found[0], "")


def escape_attribute(text: str) -> str:
    return escape(text).replace('"', "&quot;")


Write = Callable[[list[str], Any], None]


class Writers:
    """Compiles writers: a value as the content of its element, or as one or more whole elements."""

    def __init__(self, timestamp_format: str = "iso8601") -> None:
        self._timestamp_format = timestamp_format
        self._structures: dict[str, Write] = {}

    def content(self, shape: Shape) -> Write:
        """A writer of what stands inside the element of a structure, list or map."""
        compiler: Callable[[Shape], Write] = getattr(self, f"_{shape.type}")
        return compiler(shape)

    def text(self, shape: Shape) -> Callable[[Any], str]:
        if shape.type == "boolean":
            return lambda value: "true" if value else "false"
        if shape.type == "timestamp":
            style = shape.get("timestampFormat", self._timestamp_format)
            return scalars.FORMATS.get(style) or (lambda value: scalars.format_timestamp(value, style))
        if shape.type == "blob":
            return scalars.format_blob
        if shape.type in ("float", "double"):
            return scalars.format_float
        return escape

    def element(self, shape: Shape, name: str) -> Write:
        """A writer of the whole member: one element, or several for a flattened list or map."""
        if shape.is_flattened and shape.type == "list":
            one = self.element(shape.member, shape.member.wire_name or name)

            def write_items(out: list[str], value: Any) -> None:
                for item in value:
                    one(out, item)

            return write_items
        if shape.is_flattened and shape.type == "map":
            return self._pairs(shape, name)
        start, end = opening(name, shape), f"</{name}>"
        if shape.type not in ("structure", "list", "map"):
            text = self.text(shape)
            return lambda out, value: out.append(f"{start}{text(value)}{end}")
        content = self.content(shape)
        attributes = _attributes(shape) if shape.type == "structure" else {}

        def write(out: list[str], value: Any) -> None:
            if attributes:
                given = [f' {wire}="{escape_attribute(str(value[n]))}"' for n, wire in attributes.items() if n in value]
                out.append(start[:-1] + "".join(given) + ">")
            else:
                out.append(start)
            content(out, value)
            out.append(end)

        return write

    def _structure(self, shape: Shape) -> Write:
        known = self._structures.get(shape.name)
        if known is not None:
            return known
        # Each member with the text before, its writer as text and the text behind where it is a scalar, as most are:
        # lists of a thousand such structures are what takes long. Else with its writer as elements.
        table: list[tuple[str, str, Callable[[Any], str] | None, str, Write]] = []

        def write(out: list[str], value: Mapping[str, Any]) -> None:
            for name, start, text, end, element in table:
                item = value.get(name)
                if item is None:
                    continue
                if text is not None:
                    out.append(f"{start}{text(item)}{end}")
                else:
                    element(out, item)

        self._structures[shape.name] = write
        for name, member in shape.members.items():
            if member.get("location") not in OUTPUT_LOCATIONS and not member.get("xmlAttribute"):
                wire = member.wire_name or name
                text = None if member.type in ("structure", "list", "map") else self.text(member)
                table.append((name, opening(wire, member), text, f"</{wire}>", self.element(member, wire)))
        return write

    def _list(self, shape: Shape) -> Write:
        one = self.element(shape.member, shape.member.wire_name or "member")

        def write(out: list[str], value: Any) -> None:
            for item in value:
                one(out, item)

        return write

    def _map(self, shape: Shape) -> Write:
        return self._pairs(shape, "entry")

    def _pairs(self, shape: Shape, name: str) -> Write:
        key = self.element(shape.key, shape.key.wire_name or "key")
        value_writer = self.element(shape.value, shape.value.wire_name or "value")

        def write(out: list[str], value: Any) -> None:
            for k, v in value.items():
                out.append(f"<{name}>")
                key(out, k)
                value_writer(out, v)
                out.append(f"</{name}>")

        return write


def opening(name: str, shape: Shape) -> str:
    """The start tag of an element, with the namespace its shape asks for."""
    namespace = shape.get("xmlNamespace")
    if not namespace:
        return f"<{name}>"
    if isinstance(namespace, str):
        return f'<{name} xmlns="{escape_attribute(namespace)}">'
    prefix = f":{namespace['prefix']}" if namespace.get("prefix") else ""
    return f'<{name} xmlns{prefix}="{escape_attribute(namespace["uri"])}">'


def _attributes(shape: Shape) -> dict[str, str]:
    return {n: m.wire_name or n for n, m in shape.members.items() if m.get("xmlAttribute")}
