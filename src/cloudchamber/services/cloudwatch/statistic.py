"""Statistics of what was published: plain ones, percentiles, trimmed and winsorized means, counts and ranks.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html

A percentile is the smallest value that at least so much of the samples do not exceed. What was published as a statistic
set has no single values, so only plain statistics are to be had of it, and negative values have no percentiles.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_PERCENTILE = re.compile(r"p(\d{1,2}(\.\d{1,10})?|100(\.0{1,10})?)\Z")
_RANGE = re.compile(r"(TM|WM|TC|TS|PR)\(([\d.]*)(%?):([\d.]*)(%?)\)\Z", re.IGNORECASE)
_SHORT = re.compile(r"(tm|wm|tc|ts)(\d{1,2}(?:\.\d{1,10})?|100)\Z", re.IGNORECASE)


@dataclass(slots=True)
class Aggregate:
    """Samples of a period put together. `values` is value -> how often; it may tell of fewer samples than `count`."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    unit: str = "None"
    values: dict[float, float] = field(default_factory=dict)

    def add(self, other: Aggregate) -> None:
        self.count += other.count
        self.total += other.total
        self.low = min(self.low, other.low)
        self.high = max(self.high, other.high)
        for value, count in other.values.items():
            self.values[value] = self.values.get(value, 0.0) + count


Reader = Callable[[Aggregate], float | None]


def _average(of: Aggregate) -> float | None:
    return of.total / of.count if of.count else None


_PLAIN: dict[str, Reader] = {
    "SampleCount": lambda of: of.count,
    "Average": _average,
    "Sum": lambda of: of.total,
    "Minimum": lambda of: of.low,
    "Maximum": lambda of: of.high,
}


@lru_cache(maxsize=512)
def reader(name: str) -> Reader | None:
    """From an aggregate to its statistic (None where it has none); None for what is no statistic."""
    if name in _PLAIN:
        return _PLAIN[name]
    if _PERCENTILE.match(name):
        share = float(name[1:]) / 100
        return lambda of: _percentile(of, share)
    if name.upper() == "IQM":
        return _of_range("TM", 0.25, 0.75, is_share=True)
    short = _SHORT.match(name)
    if short is not None:
        return _of_range(short[1].upper(), 0.0, float(short[2]) / 100, is_share=True)
    found = _RANGE.match(name)
    return None if found is None else _parsed_range(found)


def needs_values(name: str) -> bool:
    """Whether a statistic reads single values."""
    return name not in _PLAIN


def _parsed_range(found: re.Match[str]) -> Reader | None:
    kind, low, low_mark, high, high_mark = found.groups()
    if not low and not high:
        return None
    is_share = "%" in (low_mark, high_mark)
    if (low and high and low_mark != high_mark) or (kind.upper() == "PR" and is_share):
        return None
    try:
        bounds = [float(low) if low else None, float(high) if high else None]
    except ValueError:
        return None
    if is_share:
        if any(bound is not None and bound > 100 for bound in bounds):
            return None
        lower, upper = (bounds[0] or 0.0) / 100, 1.0 if bounds[1] is None else bounds[1] / 100
        return _of_range(kind.upper(), lower, upper, is_share=True)
    lower = float("-inf") if bounds[0] is None else bounds[0]
    return _of_range(kind.upper(), lower, float("inf") if bounds[1] is None else bounds[1], is_share=False)


def _samples(of: Aggregate) -> list[tuple[float, float]] | None:
    """(value, count) in order; None where single values are not known or negative."""
    if not of.values or of.low < 0 or sum(of.values.values()) < of.count * (1 - 1e-9):
        return None
    return sorted(of.values.items())


def _percentile(of: Aggregate, share: float) -> float | None:
    samples = _samples(of)
    if samples is None:
        return None
    wanted, seen = share * of.count, 0.0
    for value, count in samples:
        seen += count
        if seen >= wanted - 1e-9:
            return value
    return samples[-1][0]


def _inside(
    samples: list[tuple[float, float]], low: float, high: float, is_share: bool
) -> list[tuple[float, float]]:  # fmt: skip
    """The samples above `low` and up to `high`, which are values or shares of all; a sample may count in part."""
    if not is_share:
        return [(value, count) for value, count in samples if low < value <= high or value == low == 0]
    total = sum(count for _, count in samples)
    first, last, seen, kept = low * total, high * total, 0.0, []
    for value, count in samples:
        inside = min(seen + count, last) - max(seen, first)
        if inside > 1e-9:
            kept.append((value, inside))
        seen += count
    return kept


def _of_range(kind: str, low: float, high: float, is_share: bool) -> Reader:
    def read(of: Aggregate) -> float | None:
        samples = _samples(of)
        if samples is None:
            return None
        kept = _inside(samples, low, high, is_share)
        count, total = sum(c for _, c in kept), sum(v * c for v, c in kept)
        if kind == "TC":
            return count
        if kind == "TS":
            return total
        if kind == "PR":
            return 100 * count / of.count
        if not kept:
            return None
        if kind == "WM":
            below, above = _outside(samples, kept)
            return (total + below * kept[0][0] + above * kept[-1][0]) / of.count
        return total / count

    return read


def _outside(samples: list[tuple[float, float]], kept: list[tuple[float, float]]) -> tuple[float, float]:
    """How many samples are below and above what is kept."""
    below = sum(count for value, count in samples if value < kept[0][0])
    above = sum(count for value, count in samples if value > kept[-1][0])
    rest = sum(c for _, c in samples) - sum(c for _, c in kept) - below - above
    return below, above + rest
