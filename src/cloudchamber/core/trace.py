"""Spans: what every call leaves. Kept in memory within a bound, newest last; the console and `explain` read them.

Bodies are kept as the bytes that went over the wire, and decoded (secrets masked) only when somebody looks.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SPANS_MAX = 10_000
BODY_BYTES_MAX = 8 * 1024
KEPT_BYTES_MAX = 16 * 1024 * 1024
SPAN_BYTES, TREE_BYTES = 600, 400


@dataclass(slots=True)
class Span:
    """One call. Times are epoch seconds of the cloud's clock; `duration_s` is real time."""

    request_id: str
    trace_id: str
    span_id: str
    parent_id: str | None
    service: str
    operation: str
    principal: str = ""
    account: str = ""
    region: str = ""
    door: str = "wire"
    started_at: float = 0.0
    duration_s: float = 0.0
    status: int = 0
    error_code: str = ""
    error_message: str = ""
    decision: Any = None
    fault: str = ""
    protocol: str = ""
    input: Any = None
    output: Any = None
    input_bytes: int = 0
    output_bytes: int = 0
    usage: dict[str, float] = field(default_factory=dict)
    stack: str = ""
    resource: str = ""  # the ARN of what the call is about, as IAM was asked; `*` for nothing in particular
    lineage: str = ""  # functions that the trace came through and how often, as Lambda counts them to find loops

    @property
    def header(self) -> str:
        """What `X-Amzn-Trace-Id` says to whoever is called from within this call."""
        lineage = f";Lineage={self.lineage}" if self.lineage else ""
        return f"Root={self.trace_id};Parent={self.span_id};Sampled=1{lineage}"

    @property
    def is_error(self) -> bool:
        return self.status >= 400 or bool(self.error_code)


class Traces:
    """A ring of spans, bounded in number and in bytes kept."""

    def __init__(self, spans_max: int = SPANS_MAX) -> None:
        self._spans: deque[Span] = deque()
        self._sizes: deque[int] = deque()  # what was counted for each span
        self._spans_max = spans_max
        self._bytes = 0
        self._listeners: list[Callable[[Span], None]] = []
        self.recorded = 0

    def record(self, span: Span) -> None:
        span.input, span.output = _kept(span.input), _kept(span.output)
        size = SPAN_BYTES + _size_of(span.input) + _size_of(span.output)
        self._bytes += size
        self._sizes.append(size)
        self._spans.append(span)
        self.recorded += 1
        while len(self._spans) > self._spans_max or self._bytes > KEPT_BYTES_MAX:
            self._spans.popleft()
            self._bytes -= self._sizes.popleft()
        for listener in self._listeners:
            listener(span)

    def latest(self, matches: Callable[[Span], bool] | None = None) -> Iterator[Span]:
        """Spans, newest first."""
        return (span for span in reversed(self._spans) if matches is None or matches(span))

    def by_request(self, request_id: str) -> Span | None:
        return next((s for s in reversed(self._spans) if s.request_id == request_id), None)

    def by_trace(self, trace_id: str) -> list[Span]:
        """A trace's spans in the order they started."""
        return sorted((s for s in self._spans if s.trace_id == trace_id), key=lambda s: s.started_at)

    def listen(self, listener: Callable[[Span], None]) -> Callable[[], None]:
        """Call `listener` for each span from now on; the returned function ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    @property
    def listeners(self) -> int:
        """How many follow the calls at this moment."""
        return len(self._listeners)

    def __len__(self) -> int:
        return len(self._spans)


def _size_of(body: Any) -> int:
    """Bytes of a body as it came over the wire; a guess for what was handed over within the cloud."""
    return len(body) if type(body) is bytes else 0 if body is None else TREE_BYTES


def _kept(body: Any) -> Any:
    """What is remembered of a body: all of it, or for a large one that was handed over within the cloud its small
    members, with a word on the others."""
    if body is None or type(body) is bytes or _weight(body, BODY_BYTES_MAX) <= BODY_BYTES_MAX:
        return body
    if not isinstance(body, Mapping):
        return _summary(body)
    share = BODY_BYTES_MAX // max(len(body), 1)
    return {name: value if _weight(value, share) <= share else _summary(value) for name, value in body.items()}


def _weight(value: Any, most: int) -> int:
    """About how many bytes a value holds on to, counted no further than `most`."""
    kind = type(value)
    if kind is str or kind is bytes:
        return len(value)
    if value is None or kind is int or kind is float or kind is bool:
        return 8
    if isinstance(value, Mapping):
        inner: Any = value.values()
    elif isinstance(value, list | tuple):
        inner = value
    else:
        return most + 1  # something that lives: a request, a stream
    total = 16
    for one in inner:
        total += _weight(one, most - total)
        if total > most:
            break
    return total


def _summary(value: Any) -> str:
    return f"({len(value)} bytes)" if isinstance(value, bytes | str) else f"({type(value).__name__})"
