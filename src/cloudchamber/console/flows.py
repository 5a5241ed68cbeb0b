"""What was seen to call what, counted for as long as the cloud runs: for the diagram, and for policies that are enough.

Calls are counted when somebody looks, and at the latest when they are packed away, so that the road of a call pays next
to nothing. Both what is counted and what is kept of it are bounded: many resources of one parent (a bucket's objects)
become one, `parent/*`, and the longest unseen pairs go first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.spans import Span
    from cloudchamber.core.trace import Traces

FLOWS_MAX = 20_000
CHILDREN_MAX = 1000


class Flow(NamedTuple):
    """Calls of one kind. `source` is the ARN of what a service called for; `action` IAM's, where IAM was asked."""

    principal: str
    account: str
    region: str
    door: str
    source: str
    action: str
    resource: str
    allowed: bool | None


@dataclass(slots=True)
class Seen:
    calls: int = 0
    errors: int = 0


class Flows:
    def __init__(self, traces: Traces) -> None:
        self._archive = traces.archive
        self._seen: dict[Flow, Seen] = {}
        self._children: dict[tuple[str, str], set[str]] = {}  # (principal, parent) -> what of it was seen by itself
        self._counted = 0  # calls, of all that were recorded
        traces.archive.before_packing.append(self._count)

    def all(self) -> Iterator[tuple[Flow, Seen]]:
        """Everything seen up to now."""
        self._count(self._archive.loose)
        return iter(list(self._seen.items()))

    def _count(self, loose: list[Span]) -> None:
        """Those of the calls not packed yet that were not counted before."""
        for span in loose[max(0, self._counted - self._archive.packed) :]:
            self._add(span)
        self._counted = self._archive.packed + len(loose)

    def _add(self, span: Span) -> None:
        ruled = None if span.decision is None else span.decision.decision
        flow = Flow(
            span.principal, span.account, span.region, span.door, self._within_bounds(span.principal, span.source),
            "" if ruled is None else str(ruled.action), self._within_bounds(span.principal, span.resource),
            None if ruled is None else ruled.allowed,
        )  # fmt: skip
        seen = self._seen.pop(flow, None)
        if seen is None:
            seen = Seen()
            self._make_room()
        self._seen[flow] = seen  # at the end: the first is the longest unseen
        seen.calls += 1
        seen.errors += span.is_error

    def _within_bounds(self, principal: str, arn: str) -> str:
        """The ARN, or its parent's with an asterisk where too many of that parent's were seen."""
        parent = parent_of(arn)
        if not parent:
            return arn
        children = self._children.setdefault((principal, parent), set())
        if arn not in children:
            if len(children) >= CHILDREN_MAX:
                return parent + "*"
            children.add(arn)
        return arn

    def _make_room(self) -> None:
        while len(self._seen) >= FLOWS_MAX:
            oldest = next(iter(self._seen))
            del self._seen[oldest]
            for arn in (oldest.source, oldest.resource):
                children = self._children.get((oldest.principal, parent_of(arn)), set())
                children.discard(arn)
                if not children:
                    self._children.pop((oldest.principal, parent_of(arn)), None)


def parent_of(arn: str) -> str:
    """What an ARN is a part of, with the separator at its end: `arn:aws:s3:::bucket/`. Empty for what is no part."""
    cut = arn.rfind("/")
    if cut < 0:
        cut = arn.rfind(":") if arn.count(":") > 6 else -1
    return arn[: cut + 1]
