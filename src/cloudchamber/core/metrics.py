"""What services measure of themselves (`AWS/SQS`, `AWS/Lambda` …) on its way to CloudWatch.

A service emits `Measured` after the fact; samples are added up here by metric and minute, which costs a call next to
nothing, until CloudWatch takes them: before it reads, and every few seconds. What a service only knows when it looks
(how many messages wait) it tells through a sampler, asked at the same occasions. A killed process forgets the last
seconds of metrics, never data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Dimensions = tuple[tuple[str, str], ...]  # sorted by name
# (account, region, namespace, name, dimensions): what tells a metric from another.
MetricKey = tuple[str, str, str, str, Dimensions]

MINUTE = 60
VALUES_MAX = 300  # single values kept of a metric in a minute, for percentiles


@dataclass(frozen=True, slots=True)
class Measured:
    """Fact: a service measured something of a resource. `values` are (name, value, unit)."""

    account: str
    region: str
    namespace: str
    dimensions: Dimensions
    values: tuple[tuple[str, float, str], ...]


@dataclass(slots=True)
class Samples:
    """What was measured of one metric in one unit within a minute."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    values: dict[float, float] = field(default_factory=dict)  # value -> how often

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        if value in self.values or len(self.values) < VALUES_MAX:
            self.values[value] = self.values.get(value, 0.0) + 1


Place = tuple[MetricKey, int, str]  # metric, minute (epoch seconds), unit


class Metrics:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._pending: dict[Place, Samples] = {}
        self._samplers: dict[str, Callable[[], Iterable[Measured]]] = {}
        # CloudWatch: which metrics it waits for, and whom it tells when one is measured.
        self.watched: set[MetricKey] = set()
        self.on_watched: Callable[[MetricKey], None] = lambda key: None

    def add(self, fact: Measured) -> None:
        minute = int(self._now() // MINUTE * MINUTE)
        for name, value, unit in fact.values:
            key = (fact.account, fact.region, fact.namespace, name, fact.dimensions)
            place = (key, minute, unit)
            samples = self._pending.get(place)
            if samples is None:
                samples = self._pending[place] = Samples()
            samples.add(value)
            if key in self.watched:
                self.on_watched(key)

    def sampled_by(self, namespace: str, sampler: Callable[[], Iterable[Measured]]) -> None:
        """A service's values that change without a call: asked for before its namespace is read."""
        self._samplers[namespace] = sampler

    def take(self) -> dict[Place, Samples]:
        """All there is, for CloudWatch to keep."""
        for sampler in self._samplers.values():
            for fact in sampler():
                self.add(fact)
        taken, self._pending = self._pending, {}
        return taken

    def __bool__(self) -> bool:
        return bool(self._pending)

    def forget(self) -> None:
        """Before the state that was measured is replaced."""
        self._pending.clear()
        self._samplers.clear()
        self.watched.clear()
