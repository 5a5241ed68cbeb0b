"""What was seen to call what, counted for as long as the cloud runs: for the diagram, and for policies that are enough.

Calls are counted when somebody looks, and at the latest when they are packed away, so that the road of a call pays next
to nothing. Both what is counted and what is kept of it are bounded: many resources of one parent (a bucket's objects)
become one, `parent/*`, and the longest unseen pairs go first.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.spans import Span
    from cloudchamber.core.trace import Traces

KINDS_MAX = 20_000
CHILDREN_MAX, PARENTS_MAX = 1000, 5000

K = TypeVar("K")


class Flow(NamedTuple):
    """Calls of one kind. `source` is the ARN of what a service called for; `action` IAM's, where IAM was asked."""

    principal: str
    account: str
    region: str
    door: str
    source: str
    action: str
    resource: str


class Asked(NamedTuple):
    """Questions to IAM of one kind: a call may ask several."""

    principal: str
    action: str
    resource: str
    allowed: bool


@dataclass(slots=True)
class Seen:
    calls: int = 0
    errors: int = 0


class Tally(Generic[K]):
    """How often each kind was seen; of too many the longest unseen are forgotten."""

    def __init__(self) -> None:
        self._seen: dict[K, Seen] = {}

    def add(self, kind: K, is_error: bool, times: int) -> None:
        seen = self._seen.pop(kind, None) or Seen()
        while len(self._seen) >= KINDS_MAX:
            del self._seen[next(iter(self._seen))]
        self._seen[kind] = seen  # at the end
        seen.calls += times
        seen.errors += times if is_error else 0

    def all(self) -> list[tuple[K, Seen]]:
        return list(self._seen.items())


class Flows:
    def __init__(self, traces: Traces) -> None:
        self._archive = traces.archive
        self._calls = Tally[Flow]()
        self._asked = Tally[Asked]()
        self._children: dict[tuple[str, str], set[str]] = {}  # (principal, parent) -> what of it was seen by itself
        self._counted = 0  # calls, of all that were recorded
        traces.archive.before_packing.append(self._count)

    def calls(self) -> list[tuple[Flow, Seen]]:
        """What was called up to now, and how often."""
        self._count(self._archive.loose)
        return self._calls.all()

    def asked(self) -> list[tuple[Asked, Seen]]:
        """What IAM was asked up to now, and how often."""
        self._count(self._archive.loose)
        return self._asked.all()

    def _count(self, loose: list[Span]) -> None:
        """Those of the calls not packed yet that were not counted before."""
        spans = loose[max(0, self._counted - self._archive.packed) :]
        self._counted = self._archive.packed + len(loose)
        alike = Counter(_alike(span) for span in spans)  # most calls are as one before them
        for (who, account, region, door, source, resource, action, is_error), times in alike.items():
            near, about = self._within_bounds(who, source), self._within_bounds(who, resource)
            self._calls.add(Flow(who, account, region, door, near, action, about), is_error, times)
        questions = Counter((span.principal, one) for span in spans if span.decision for one in _decisions(span))
        for (who, one), times in questions.items():
            asked = Asked(who, str(one.action), self._within_bounds(who, one.resource or "*"), one.allowed)
            self._asked.add(asked, not one.allowed, times)

    def _within_bounds(self, principal: str, arn: str) -> str:
        """The ARN, or its parent's with an asterisk where too many of that parent's were seen."""
        parent = parent_of(arn)
        if not parent:
            return arn
        if len(self._children) > PARENTS_MAX:
            self._children.clear()
        children = self._children.setdefault((principal, parent), set())
        if arn not in children:
            if len(children) >= CHILDREN_MAX:
                return parent + "*"
            children.add(arn)
        return arn


def _alike(span: Span) -> tuple[str, str, str, str, str, str, str, bool]:
    action = "" if span.decision is None else str(span.decision.decision.action)
    return (
        span.principal, span.account, span.region, span.door, span.source, span.resource, action, span.is_error,
    )  # fmt: skip


def _decisions(span: Span) -> Iterator[Any]:
    """What IAM decided of a call, the last question first."""
    ruling = span.decision
    while ruling is not None:
        yield ruling.decision
        ruling = ruling.before


def parent_of(arn: str) -> str:
    """What an ARN is a part of, with the separator at its end: `arn:aws:s3:::bucket/`. Empty for what is no part."""
    cut = arn.rfind("/")
    if cut < 0:
        cut = arn.rfind(":") if arn.count(":") > 6 else -1
    return arn[: cut + 1]
