"""Faults on purpose: rules that make calls fail, slow down, vanish or repeat, seeded so that a run can be repeated.

A rule matches by service, operation, principal, account and region (`*` patterns), and strikes a share of the calls it
matches. Rules live in the store; how often each matched and struck is counted in memory and drives its seeded sequence.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Kind = Literal["error", "throttle", "latency", "drop", "duplicate", "region-down"]
KINDS: tuple[Kind, ...] = ("error", "throttle", "latency", "drop", "duplicate", "region-down")


@dataclass(frozen=True, slots=True)
class FaultRule:
    """What to break, for whom, and how often (`share` in (0, 1])."""

    id: str
    kind: Kind
    service: str = "*"
    operation: str = "*"
    principal: str = "*"
    account: str = "*"
    region: str = "*"
    share: float = 1.0
    code: str = "InternalFailure"
    status: int = 500
    message: str = "Injected fault"
    latency_s: float = 0.0
    seed: int = 0
    times: int | None = None  # strike this often, then never again


@dataclass(slots=True)
class _Count:
    matched: int = 0
    struck: int = 0


class Dropped(Exception):
    """The connection is to close without an answer."""


@dataclass(frozen=True, slots=True)
class Target:
    """The call a rule is held against."""

    service: str
    operation: str
    principal: str
    account: str
    region: str


class Faults:
    """The rules in force. `on_change` saves them."""

    def __init__(self, on_change: Callable[[list[FaultRule]], None] | None = None) -> None:
        self._rules: list[FaultRule] = []
        self._counts: dict[str, _Count] = {}
        self.on_change = on_change
        self.is_active = False  # read on every call, so that a cloud without faults pays one attribute

    @property
    def rules(self) -> list[FaultRule]:
        return list(self._rules)

    def counts(self, rule_id: str) -> tuple[int, int]:
        """How many calls a rule matched, and how many it struck."""
        count = self._counts.get(rule_id, _Count())
        return count.matched, count.struck

    def restore(self, rules: Iterable[FaultRule]) -> None:
        self._rules = list(rules)
        self.is_active = bool(self._rules)

    def add(self, rule: FaultRule) -> None:
        """ValueError for a kind or share that makes no sense."""
        if rule.kind not in KINDS:
            raise ValueError(f"unknown kind of fault {rule.kind!r}: one of {', '.join(KINDS)}")
        if not 0 < rule.share <= 1:
            raise ValueError("share is a number above 0, at most 1")
        if rule.latency_s < 0 or rule.latency_s > 3600:
            raise ValueError("latency is between 0 and 3600 seconds")
        self._rules = [r for r in self._rules if r.id != rule.id] + [rule]
        self._changed()

    def remove(self, rule_id: str | None = None) -> int:
        """Remove one rule, or all. Returns how many there were."""
        kept = [] if rule_id is None else [r for r in self._rules if r.id != rule_id]
        removed = len(self._rules) - len(kept)
        self._rules = kept
        self._changed()
        return removed

    def _changed(self) -> None:
        self.is_active = bool(self._rules)
        if self.on_change is not None:
            self.on_change(self._rules)

    def strike(self, target: Target) -> FaultRule | None:
        """The first rule that strikes this call, duplicates apart."""
        return self._first(target, lambda rule: rule.kind != "duplicate")

    def duplicates(self, target: Target) -> bool:
        """Whether a delivery is to happen twice; asked by what delivers."""
        return self.is_active and self._first(target, lambda rule: rule.kind == "duplicate") is not None

    def _first(self, target: Target, wanted: Callable[[FaultRule], bool]) -> FaultRule | None:
        for rule in self._rules:
            if wanted(rule) and _matches(rule, target):
                count = self._counts.setdefault(rule.id, _Count())
                count.matched += 1
                spent = rule.times is not None and count.struck >= rule.times
                if not spent and ids.choice_seeded(rule.seed, count.matched) < rule.share:
                    count.struck += 1
                    return rule
        return None


def _matches(rule: FaultRule, target: Target) -> bool:
    pairs = (
        (rule.service, target.service),
        (rule.operation, target.operation),
        (rule.principal, target.principal),
        (rule.account, target.account),
        (rule.region, target.region),
    )
    return all(pattern == "*" or fnmatchcase(value, pattern) for pattern, value in pairs)


def error_of(rule: FaultRule) -> AwsError:
    """The AWS error a rule answers with."""
    if rule.kind == "throttle":
        return AwsError("Rate exceeded", code="ThrottlingException", status=400)
    if rule.kind == "region-down":
        return AwsError("Service is unable to handle request.", code="ServiceUnavailable", status=503)
    return AwsError(rule.message, code=rule.code, status=rule.status)
