"""Schedule expressions: `rate(5 minutes)`, `cron(0 10 * * ? *)`, `at(2026-11-20T13:00:00)`. Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cloudchamber.core.schedules.cron import Cron, parse_cron

_RATE = re.compile(r"rate\((\d{1,9}) (minutes?|hours?|days?)\)\Z")
_CRON = re.compile(r"cron\((.+)\)\Z")
_AT = re.compile(r"at\((\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\)\Z")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds, counted from some instant. `is_grammatical`: "1 minute", "5 minutes"."""

    period_s: int
    is_grammatical: bool = True

    def next_after(self, instant: float, since: float) -> float:
        """The first firing later than `instant`, one period after `since` at the earliest, all in epoch seconds."""
        passed = math.floor((instant - since) / self.period_s)
        return since + (max(passed, 0) + 1) * self.period_s


@dataclass(frozen=True, slots=True)
class At:
    """Once, when clocks show `local` (of no time zone)."""

    local: datetime


@lru_cache(maxsize=4096)
def parse(text: str) -> Rate | Cron | At:
    """ValueError for what is no expression."""
    rate = _RATE.match(text)
    if rate is not None:
        count, unit = int(rate.group(1)), rate.group(2)
        if count < 1:
            raise ValueError("a rate is positive")
        return Rate(count * _SECONDS[unit.removesuffix("s")], (count != 1) == unit.endswith("s"))
    cron = _CRON.match(text)
    if cron is not None:
        return parse_cron(cron.group(1))
    at = _AT.match(text)
    if at is None:
        raise ValueError("neither rate(…) nor cron(…) nor at(…)")
    return At(datetime(*map(int, at.groups())))  # type: ignore[arg-type]  # noqa: DTZ001 - the zone is not said here
