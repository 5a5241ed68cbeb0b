"""The calls that were made: the newest are kept whole within a bound, more of them packed and without bodies.

Bodies are kept as the bytes that went over the wire, and decoded (secrets masked) only when somebody looks.
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any

from cloudchamber.core.archive import Archive
from cloudchamber.core.spans import Query, Span, kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPANS_MAX = 10_000
KEPT_BYTES_MAX = 16 * 1024 * 1024
SPAN_BYTES, DECISION_BYTES, TREE_BYTES = 1200, 1000, 400  # about


class Traces:
    """A ring of spans, bounded in number and in bytes kept, and an archive for those that have left it."""

    def __init__(self, spans_max: int = SPANS_MAX) -> None:
        self.archive = Archive()
        self._spans: deque[Span] = deque()
        self._sizes: deque[int] = deque()  # what was counted for each span
        self._spans_max = spans_max
        self._bytes = 0
        self._listeners: list[Callable[[Span], None]] = []
        self.recorded = 0

    def record(self, span: Span) -> None:
        span.input, span.output = kept(span.input), kept(span.output)
        size = SPAN_BYTES + _size_of(span.input) + _size_of(span.output)
        if span.decision is not None:
            span.decision = span.decision.kept()
            size += DECISION_BYTES
        self._bytes += size
        self._sizes.append(size)
        self._spans.append(span)
        self.archive.add(span)
        self.recorded += 1
        while len(self._spans) > self._spans_max or self._bytes > KEPT_BYTES_MAX:
            self._bytes -= self._sizes.popleft()
            self._spans.popleft()
        for listener in self._listeners:
            listener(span)

    def latest(self, matches: Callable[[Span], bool] | None = None) -> Iterator[Span]:
        """Spans, newest first."""
        return (span for span in reversed(self._spans) if matches is None or matches(span))

    async def page(self, query: Query, offset: int, limit: int) -> list[Span]:
        """Calls from `offset` on, newest first. What is packed is read on another thread."""
        fresh = list(islice(self.latest(query.matches if query else None), offset + limit))
        found = fresh[offset:]
        if len(found) < limit:
            skipped = max(0, offset - len(fresh))
            older = self.archive.search(query, self.recorded - len(self._spans), skipped)
            found += await asyncio.to_thread(lambda: list(islice(older, limit - len(found))))
        return found

    async def trace_of(self, request_id: str) -> tuple[Span, list[Span]] | None:
        """A call and all calls of its trace in the order they started; None if it is not remembered."""
        span = self.by_request(request_id)
        if span is not None:
            return span, self.by_trace(span.trace_id)
        return await asyncio.to_thread(self.archive.trace_of, request_id)

    def by_request(self, request_id: str) -> Span | None:
        return next((s for s in reversed(self._spans) if s.request_id == request_id), None)

    def by_trace(self, trace_id: str) -> list[Span]:
        """A trace's spans in the order they started."""
        return sorted((s for s in self._spans if s.trace_id == trace_id), key=_began)

    def listen(self, listener: Callable[[Span], None]) -> Callable[[], None]:
        """Call `listener` for each span from now on; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    @property
    def listeners(self) -> int:
        """How many follow the calls at this moment."""
        return len(self._listeners)

    @property
    def remembered(self) -> int:
        """How many calls can be looked at, whole or without their bodies."""
        return max(len(self._spans), len(self.archive))

    def __len__(self) -> int:
        return len(self._spans)


def _began(span: Span) -> float:
    return span.started_at


def _size_of(body: Any) -> int:
    """Bytes of a body as it came over the wire; a guess for what was handed over within the cloud."""
    return len(body) if type(body) is bytes else 0 if body is None else TREE_BYTES
