"""What services measure of themselves (`AWS/SQS`, `AWS/Lambda` …) on its way to CloudWatch.

A service emits `Measured` after the fact; samples are added up here by metric and minute, which costs a call next to
nothing, until CloudWatch takes them: before it reads, and every few seconds. What a service only knows when it looks
(how many messages wait) it tells through a sampler, asked at the same occasions. A killed process forgets the last
seconds of metrics, never data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Dimensions = tuple[tuple[str, str], ...]  # sorted by name
# (account, region, namespace, name, dimensions): what tells a metric from another.
MetricKey = tuple[str, str, str, str, Dimensions]

MINUTE = 60
VALUES_MAX = 300  # single values kept of a metric in a minute, for percentiles


class Measured(NamedTuple):  # a tuple is made in a quarter of the time
    """Fact: a service measured something of a resource. `values` are (name, value, unit)."""

    account: str
    region: str
    namespace: str
    dimensions: Dimensions
    values: tuple[tuple[str, float, str], ...]


class Samples:
    """What was measured of one metric within a minute."""

    __slots__ = ("count", "high", "low", "total", "unit", "values")

    def __init__(self, value: float, unit: str) -> None:
        self.count = 1.0
        self.total = self.low = self.high = value
        self.unit = unit
        self.values = {value: 1.0}  # value -> how often

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        if value < self.low:
            self.low = value
        elif value > self.high:
            self.high = value
        values = self.values
        if value in values:
            values[value] += 1
        elif len(values) < VALUES_MAX:
            values[value] = 1.0


Place = tuple[MetricKey, int]  # metric, minute (epoch seconds)


class Metrics:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        # (account, region, namespace, dimensions, minute) -> name -> samples
        self._pending: dict[tuple[str, str, str, Dimensions, int], dict[str, Samples]] = {}
        self._samplers: dict[str, Callable[[], Iterable[Measured]]] = {}
        # CloudWatch: which metrics it waits for, and whom it tells when one is measured.
        self.watched: set[MetricKey] = set()
        self.on_watched: Callable[[MetricKey], None] = lambda key: None

    def add(self, fact: Measured) -> None:
        minute = int(self._now()) // MINUTE * MINUTE
        place = (fact.account, fact.region, fact.namespace, fact.dimensions, minute)
        known = self._pending.get(place)
        if known is None:
            known = self._pending[place] = {}
        for name, value, unit in fact.values:
            samples = known.get(name)
            if samples is None:
                known[name] = Samples(value, unit)
            else:
                samples.add(value)
        if self.watched:
            for name, _, _ in fact.values:
                key = (fact.account, fact.region, fact.namespace, name, fact.dimensions)
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
        pending, self._pending = self._pending, {}
        return {
            ((account, region, namespace, name, dimensions), minute): samples
            for (account, region, namespace, dimensions, minute), known in pending.items()
            for name, samples in known.items()
        }

    def __bool__(self) -> bool:
        return bool(self._pending)

    def forget(self) -> None:
        """Before the state that was measured is replaced."""
        self._pending.clear()
        self._samplers.clear()
        self.watched.clear()
