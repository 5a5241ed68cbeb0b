"""Schedule expressions, rate(…) and cron(…): when a rule fires. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from functools import lru_cache

from cloudchamber.services.events.cron import Cron, parse_cron
from cloudchamber.services.events.errors import invalid_parameter

_RATE = re.compile(r"rate\((\d{1,9}) (minutes?|hours?|days?)\)\Z")
_CRON = re.compile(r"cron\((.+)\)\Z")
_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so many seconds, counted from the instant at which the rule was made or enabled."""

    period_s: int

    def next_after(self, instant: float, since: float) -> float:
        """The first firing later than `instant`, all in epoch seconds."""
        passed = math.floor((instant - since) / self.period_s)
        return since + (max(passed, 0) + 1) * self.period_s


@lru_cache(maxsize=1024)
def parse_schedule(text: str) -> Rate | Cron:
    """ValidationException for what AWS does not take."""
    rate = _RATE.match(text)
    if rate is not None:
        count, unit = int(rate.group(1)), rate.group(2)
        if count < 1 or (count == 1) == unit.endswith("s"):  # "1 minute", "5 minutes"
            raise invalid_parameter("ScheduleExpression")
        return Rate(count * _SECONDS[unit.removesuffix("s")])
    cron = _CRON.match(text)
    if cron is None:
        raise invalid_parameter("ScheduleExpression")
    try:
        return parse_cron(cron.group(1))
    except ValueError:
        raise invalid_parameter("ScheduleExpression") from None


def next_firing(text: str, instant: float, since: float) -> float | None:
    """The first firing of a schedule later than `instant`; `since` is what a rate counts from. Epoch seconds."""
    schedule = parse_schedule(text)
    return schedule.next_after(instant, since) if isinstance(schedule, Rate) else schedule.next_after(instant)
