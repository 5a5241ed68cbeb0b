"""The `rest-xml` protocol: HTTP bindings around an XML body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.protocol import xml
from cloudchamber.protocol.body import Body

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.protocol.models import Shape


class XmlBody(Body):
    content_type = "application/xml"

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def reader(self, shape: Shape) -> Callable[[bytes], Any]:
        read = xml.Readers().reader(shape)
        return lambda body: read(xml.parse_document(body))

    @property
    def event_content_type(self) -> str:
        return "text/xml"

    def writer(self, shape: Shape, root: str) -> Callable[[Any], bytes]:
        if self._namespace and not shape.get("xmlNamespace"):
            shape = shape.with_traits({"xmlNamespace": self._namespace})
        element = xml.Writers().element(shape, root)

        def write(value: Any) -> bytes:
            out = ['<?xml version="1.0" encoding="UTF-8"?>\n']
            element(out, value)
            return "".join(out).encode()

        return write
