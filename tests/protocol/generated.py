"""Values of a model's shapes, drawn by hypothesis, within what each place on the wire can carry."""

from __future__ import annotations

import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

if TYPE_CHECKING:
    from cloudchamber.protocol.models import Operation, Shape

DEPTH_MAX = 4
# A header has no control characters, a list in one no commas; a label has no empty text.
TOKEN = st.text(string.ascii_letters + string.digits + "-_.:/+ ~", min_size=1, max_size=8).map(
    lambda text: text.strip() or "x"
)
HEADER_NAME = st.text(string.ascii_lowercase + string.digits + "-", min_size=1, max_size=8)
ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
# XML has no control characters, and its readers fold carriage returns that no one escaped.
XML_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), include_characters="\n\t"))
TIMES = st.integers(0, 4_000_000_000).map(float)
FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@dataclass
class Generator:
    """Draws values for one protocol. What a protocol cannot tell from nothing (an empty list) is not drawn."""

    protocol: str
    is_output: bool = False
    _open: list[str] = field(default_factory=list)

    @property
    def _is_json_like(self) -> bool:
        return self.protocol in ("json", "rest-json", "smithy-rpc-v2-cbor")

    def value(self, shape: Shape) -> st.SearchStrategy[Any]:
        if shape.get("document"):
            return st.dictionaries(TOKEN, st.booleans() | TOKEN | st.none(), max_size=2)
        location = shape.get("location")
        if location == "statusCode":
            return st.just(200)
        if shape.type == "structure":
            return self.structure(shape)
        # What is empty can be told from what is absent in JSON and CBOR only.
        least = 0 if self._is_json_like and not location else 1
        if shape.type == "list":
            return st.lists(self.value(shape.member), min_size=least, max_size=3)
        if shape.type == "map":
            keys = HEADER_NAME if location else self.text(shape.key)
            return st.dictionaries(keys, self.value(shape.value), min_size=least, max_size=3)
        return self.scalar(shape)

    def scalar(self, shape: Shape) -> st.SearchStrategy[Any]:
        if shape.type == "blob":
            # An empty payload is no payload; an answer's is read as text by botocore when it does not stream.
            least = 1 if "rest" in self.protocol else 0
            return TOKEN.map(str.encode) if self.is_output else st.binary(min_size=least, max_size=8)
        strategies: dict[str, st.SearchStrategy[Any]] = {
            "integer": st.integers(-(2**31), 2**31 - 1),
            "long": st.integers(-(2**63), 2**63 - 1),
            "float": FLOATS,
            "double": FLOATS,
            "boolean": st.booleans(),
            "timestamp": TIMES,
        }
        return strategies[shape.type] if shape.type in strategies else self.text(shape)

    def text(self, shape: Shape) -> st.SearchStrategy[str]:
        if shape.get("enum"):
            return st.sampled_from(shape.get("enum"))
        if shape.get("hostLabel"):
            return HEADER_NAME
        if shape.get("location") or "rest" in self.protocol:
            return TOKEN
        return ANY_TEXT if self._is_json_like else XML_TEXT if self.is_output else ANY_TEXT

    def structure(self, shape: Shape) -> st.SearchStrategy[dict[str, Any]]:
        """A structure with its required members and some of the others; nothing optional where it is deep."""
        if self._open.count(shape.name) or len(self._open) >= DEPTH_MAX:
            optional: list[str] = []
        else:
            optional = [name for name in shape.members if name not in shape.required]
        self._open.append(shape.name)
        members = {name: m for name, m in shape.members.items() if not m.is_event_stream and not m.get("jsonvalue")}
        always = [n for n in members if n in shape.required or self._is_given(shape, n)]
        drawn: st.SearchStrategy[dict[str, Any]]
        if shape.get("union"):
            some = list(members)[:1] if not optional else list(members)
            drawn = st.one_of([st.fixed_dictionaries({n: self.value(members[n])}) for n in some])
        else:
            drawn = st.fixed_dictionaries(
                {n: self.value(members[n]) for n in always},
                optional={n: self.value(members[n]) for n in optional if n in members and n not in always},
            )
        self._open.pop()
        return drawn

    def _is_given(self, shape: Shape, name: str) -> bool:
        """Whether the other side sees a member even if it was not given: it must be, to be compared."""
        member = shape.members[name]
        if shape.get("payload") == name:
            return True
        is_header = member.get("location") in ("headers", "statusCode") or member.wire_name == "Content-Type"
        return self.is_output and is_header


def inputs(operation: Operation, protocol: str) -> st.SearchStrategy[dict[str, Any]]:
    return Generator(protocol).structure(operation.input) if operation.input else st.just({})


def outputs(operation: Operation, protocol: str) -> st.SearchStrategy[dict[str, Any]]:
    return Generator(protocol, is_output=True).structure(operation.output) if operation.output else st.just({})
