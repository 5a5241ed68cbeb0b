"""All calls, without their bodies, packed by the hundred into some 80 bytes each while they are still warm.

A packed segment knows which values its calls have, so that a search opens only those in which it can find something.
Segments do not change: they may be read on another thread.
"""

from __future__ import annotations

import marshal
import zlib
from collections import deque
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.core.spans import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudchamber.core.spans import Query

SEGMENT_SPANS = 250
SPANS_MAX = 110_000
VALUES_MAX = 50  # different ones of a field that a segment remembers; with more of them it may hold any
LEVEL = 1

INDEXED = ("service", "operation", "principal", "account", "region", "door", "resource")
_KEPT = (
    *INDEXED, "request_id", "trace_id", "span_id", "parent_id", "started_at", "duration_s", "status", "error_code",
    "error_message", "fault", "protocol", "input_bytes", "output_bytes", "usage", "source",
)  # fmt: skip
_kept_of = attrgetter(*_KEPT)


class Decided(NamedTuple):
    """What IAM decided, as far as it is remembered."""

    allowed: bool
    kind: str
    policy_type: str
    policy_name: str
    statement_index: int
    sid: str
    action: str
    resource: str


_decision_of = attrgetter(*Decided._fields)


class Remembered(NamedTuple):
    """A decision that can no longer be explained in full."""

    decision: Decided
    before: None = None

    def explain(self) -> list[str]:
        ruled = self.decision
        where = f" in {ruled.policy_name}" if ruled.policy_name else ""
        outcome = f"{ruled.kind.replace('_', ' ')} by {ruled.policy_type} policies{where}"
        return [
            f"{ruled.action} on {ruled.resource}: {outcome}.",
            "The call is too long ago for the policies as they stood then.",
        ]


@dataclass(frozen=True, slots=True)
class Segment:
    packed: bytes
    first: int  # which recorded call is its first
    count: int
    errors: int
    values: Mapping[str, frozenset[str] | None]  # field -> the values in it; None: too many to say

    def spans(self) -> list[Span]:
        return [_unpacked(row) for row in zip(*marshal.loads(zlib.decompress(self.packed)), strict=True)]


class Archive:
    def __init__(self, spans_max: int = SPANS_MAX) -> None:
        self.segments: deque[Segment] = deque()
        self.loose: list[Span] = []  # not packed yet: the first of them is the `packed`-th call recorded
        self.packed = 0
        self.before_packing: list[Callable[[list[Span]], None]] = []
        self._segments_max = max(1, spans_max // SEGMENT_SPANS)

    def __len__(self) -> int:
        return len(self.segments) * SEGMENT_SPANS + len(self.loose)

    def add(self, span: Span) -> None:
        self.loose.append(span)
        if len(self.loose) < SEGMENT_SPANS:
            return
        for told in self.before_packing:
            told(self.loose)
        self.segments.append(_packed(self.loose, self.packed))
        self.packed += SEGMENT_SPANS
        self.loose = []
        if len(self.segments) > self._segments_max:
            self.segments.popleft()

    def search(self, query: Query, before: int, skip: int) -> Iterator[Span]:
        """Calls recorded before the `before`-th that match, newest first, without the first `skip` of them. What it
        goes through is fixed at once."""
        return _search([segment for segment in self.segments if segment.first < before], query, before, skip)

    def trace_of(self, request_id: str) -> tuple[Span, list[Span]] | None:
        """A call, and the calls of its trace that were packed about when it was, in the order they started."""
        held = self._held()
        for at in range(len(held) - 1, -1, -1):
            found = next((span for span in _spans_in(held[at]) if span.request_id == request_id), None)
            if found is not None:
                near = [span for part in held[max(0, at - 1) : at + 2] for span in _spans_in(part)]
                together = [span for span in near if span.trace_id == found.trace_id]
                return found, sorted(together, key=lambda span: span.started_at)
        return None

    def _held(self) -> list[Segment | list[Span]]:
        return [*self.segments, list(self.loose)]


def _search(segments: list[Segment], query: Query, before: int, skip: int) -> Iterator[Span]:
    for segment in reversed(segments):
        count = min(segment.count, before - segment.first)
        if not query and skip >= count:  # all of them match
            skip -= count
            continue
        if not query.may_be_in(segment):
            continue
        for span in reversed(segment.spans()[:count]):
            if query.matches(span):
                if not skip:
                    yield span
                skip = max(0, skip - 1)


def _spans_in(part: Segment | list[Span]) -> list[Span]:
    return part if isinstance(part, list) else part.spans()


def _packed(spans: list[Span], first: int) -> Segment:
    columns = list(zip(*map(_kept_of, spans), strict=True))  # what is alike stands together
    columns.append(tuple(_decided(span.decision) for span in spans))
    values: dict[str, frozenset[str] | None] = {}
    for name, column in zip(INDEXED, columns, strict=False):
        found = frozenset(column)
        values[name] = found if len(found) <= VALUES_MAX else None
    errors = sum(span.is_error for span in spans)
    return Segment(zlib.compress(marshal.dumps(columns), LEVEL), first, len(spans), errors, values)


def _decided(ruling: Any) -> tuple[Any, ...] | None:
    return None if ruling is None else _decision_of(ruling.decision)


def _unpacked(row: tuple[Any, ...]) -> Span:
    span = Span(**dict(zip(_KEPT, row, strict=False)))
    if row[-1] is not None:
        span.decision = Remembered(Decided(*row[-1]))
    return span
