"""What services measure of themselves (`AWS/SQS`, `AWS/Lambda` …) on its way to CloudWatch.

A service emits `Measured` after the fact. Most calls tell what a call before them told, so a fact is kept as it is
with how often it was told, which costs a call next to nothing; samples are added up by metric and minute when
CloudWatch takes them: before it reads, and every few seconds. What a service only knows when it looks (how many
messages wait) it tells through a sampler, asked at the same occasions. A killed process forgets the last seconds of
metrics, never data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Dimensions = tuple[tuple[str, str], ...]  # sorted by name
# (account, region, namespace, name, dimensions): what tells a metric from another.
MetricKey = tuple[str, str, str, str, Dimensions]

MINUTE = 60
VALUES_MAX = 300  # single values kept of a metric in a minute, for percentiles
TOLD_MAX = 1000  # different facts kept as they are


class Measured(NamedTuple):  # a tuple is made in a quarter of the time
    """Fact: a service measured something of a resource. `values` are (name, value, unit); `also` has further dimensions
    under which they count."""

    account: str
    region: str
    namespace: str
    dimensions: Dimensions
    values: tuple[tuple[str, float, str], ...]
    also: tuple[Dimensions, ...] = ()


class Samples:
    """What was measured of one metric within a minute."""

    __slots__ = ("count", "high", "low", "total", "unit", "values")

    def __init__(self, value: float, unit: str) -> None:
        self.count = self.total = 0.0
        self.low = self.high = value
        self.unit = unit
        self.values: dict[float, float] = {}  # value -> how often

    def add(self, value: float, times: int) -> None:
        self.count += times
        self.total += value * times
        self.low = min(self.low, value)
        self.high = max(self.high, value)
        values = self.values
        if value in values:
            values[value] += times
        elif len(values) < VALUES_MAX:
            values[value] = float(times)


Place = tuple[MetricKey, int]  # metric, minute (epoch seconds)


class Metrics:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._told: dict[Measured, int] = {}  # how often, in the minute that begins at:
        self._minute = 0
        self._summed: dict[Place, Samples] = {}
        self._samplers: dict[str, Callable[[], Iterable[Measured]]] = {}
        # CloudWatch: which metrics it waits for, and whom it tells when one is measured.
        self.watched: set[MetricKey] = set()
        self.on_watched: Callable[[MetricKey], None] = lambda key: None

    def add(self, fact: Measured) -> None:
        minute = int(self._now()) // MINUTE * MINUTE
        if minute != self._minute or len(self._told) >= TOLD_MAX:
            self._sum_up()
            self._minute = minute
        self._told[fact] = self._told.get(fact, 0) + 1
        if self.watched:
            for key, _, _ in _samples_of(fact):
                if key in self.watched:
                    self.on_watched(key)

    def _sum_up(self) -> None:
        for fact, times in self._told.items():
            for key, value, unit in _samples_of(fact):
                place = (key, self._minute)
                samples = self._summed.get(place)
                if samples is None:
                    samples = self._summed[place] = Samples(value, unit)
                samples.add(value, times)
        self._told.clear()

    def sampled_by(self, namespace: str, sampler: Callable[[], Iterable[Measured]]) -> None:
        """A service's values that change without a call: asked for before its namespace is read."""
        self._samplers[namespace] = sampler

    def take(self) -> dict[Place, Samples]:
        """All there is, for CloudWatch to keep."""
        for sampler in self._samplers.values():
            for fact in sampler():
                self.add(fact)
        self._sum_up()
        taken, self._summed = self._summed, {}
        return taken

    def __bool__(self) -> bool:
        return bool(self._told or self._summed)

    def forget(self) -> None:
        """Before the state that was measured is replaced."""
        self._told.clear()
        self._summed.clear()
        self._samplers.clear()
        self.watched.clear()


def _samples_of(fact: Measured) -> Iterator[tuple[MetricKey, float, str]]:
    for dimensions in (fact.dimensions, *fact.also):
        for name, value, unit in fact.values:
            yield (fact.account, fact.region, fact.namespace, name, dimensions), value, unit
