"""Token buckets, on the cloud's clock: a rate of requests a second, and how many may come at once.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

BUCKETS_MAX = 50_000
Allowance = tuple[float, float]  # tokens a second, and the most there are


def allowance(rate: float | None, burst: float | None) -> Allowance | None:
    """What limits as AWS has them come to: one that is missing does not limit. None where nothing does."""
    if rate is None and burst is None:
        return None
    if burst is None or (not burst and rate):
        burst = max(1.0, float(rate or 0))
    return 1e12 if rate is None else float(rate), float(burst)


class Buckets:
    """A bucket for each key, full when first used."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # tokens, as of when

    def take(self, key: Hashable, rate: float, burst: float) -> bool:
        """Whether one more request may pass: `rate` tokens come in a second, `burst` are the most there are. Negative
        ones, as Terraform writes them, are no limits."""
        if rate < 0 or burst < 0:
            return True
        now = self._now()
        level, at = self._levels.pop(key, (burst, now))
        level = min(burst, level + max(0.0, now - at) * rate)
        passes = level >= 1
        self._levels[key] = (level - 1 if passes else level, now)
        if len(self._levels) > BUCKETS_MAX:
            self._levels.popitem(last=False)
        return passes
