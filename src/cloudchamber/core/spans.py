"""Spans: what every call leaves, what of its input and output is remembered, and how calls are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudchamber.core.archive import Segment

BODY_BYTES_MAX = 8 * 1024
LOOKING = "console"  # the door of calls by which the console looks: they leave no trace, and nobody pays for them


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
    source: str = ""  # the ARN of what it was made for: where an event came from, or what the calling service worked on
    identity: Any = None  # the Principal, and what is known of where they called from, to call again as they did
    caller: Any = None
    lineage: str = ""  # functions that the trace came through and how often, as Lambda counts them to find loops

    @property
    def header(self) -> str:
        """What `X-Amzn-Trace-Id` says to whoever is called from within this call."""
        lineage = f";Lineage={self.lineage}" if self.lineage else ""
        return f"Root={self.trace_id};Parent={self.span_id};Sampled=1{lineage}"

    @property
    def is_error(self) -> bool:
        return self.status >= 400 or bool(self.error_code)


@dataclass(frozen=True, slots=True)
class Query:
    """Which calls are asked for. `equal`: field to value, a resource meaning what is within it, too; `text`: a part of
    the call's name, its resource, its principal or its error, whatever the case."""

    equal: Mapping[str, str] = field(default_factory=dict)
    errors: bool = False
    text: str = ""

    def __bool__(self) -> bool:
        return bool(self.equal or self.errors or self.text)

    def matches(self, span: Span) -> bool:
        if self.errors and not span.is_error:
            return False
        if not all(_fits(name, getattr(span, name), value) for name, value in self.equal.items()):
            return False
        if not self.text:
            return True
        said = f"{span.service}:{span.operation} {span.resource} {span.principal} {span.error_code} "
        return self.text.lower() in f"{said}{span.error_message} {span.request_id} {span.trace_id}".lower()

    def may_be_in(self, segment: Segment) -> bool:
        if self.errors and not segment.errors:
            return False
        for name, value in self.equal.items():
            held = segment.values.get(name)
            if held is not None and not any(_fits(name, one, value) for one in held):
                return False
        return True


def _fits(name: str, held: str, wanted: str) -> bool:
    if name != "resource" or held == wanted:
        return held == wanted
    return held.startswith(wanted) and held[len(wanted)] in "/:"


def kept(body: Any) -> Any:
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


class Summary(str):
    """What stands for a value that was too large to keep, or that was no value but a stream."""

    __slots__ = ()


def _summary(value: Any) -> Summary:
    return Summary(f"({len(value)} bytes)" if isinstance(value, bytes | str) else f"({type(value).__name__})")
