"""When a schedule fires: its expression, time zone, start and end dates, flexible window. Pure.

https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from datetime import UTC, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cloudchamber.core import ids
from cloudchamber.core.schedules.expressions import At, Rate, parse

if TYPE_CHECKING:
    from cloudchamber.services.scheduler.records import Schedule

Settings = Mapping[str, Any]


@lru_cache(maxsize=1024)
def zone_of(name: str) -> tzinfo:
    """A time zone of the IANA database; ValueError for a name that is none."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name} is no time zone") from None


def just_before(instant: float) -> float:
    """So that what is due at `instant` is still to come."""
    return math.nextafter(instant, -math.inf)


def next_firing(settings: Settings, after: float, counts_from: float) -> float | None:
    """The first firing later than `after`; None when there is none any more. Epoch seconds.

    A rate fires first at its start date, or without one at `counts_from`. A one-time schedule knows neither start nor
    end; one whose time clocks never show (they went forward) fires as much later as they went.
    """
    expression, zone = parse(settings["ScheduleExpression"]), zone_of(settings["ScheduleExpressionTimezone"])
    if isinstance(expression, At):
        at = expression.local.replace(tzinfo=zone).timestamp()
        return at if at > after else None
    start, end = settings.get("StartDate"), settings.get("EndDate")
    if start is not None:
        after, counts_from = max(after, just_before(start)), start
    if isinstance(expression, Rate):
        found: float | None = expression.next_after(after, counts_from - expression.period_s)
    else:
        found = expression.next_after(after, zone)
    return None if found is None or (end is not None and found > end) else found


def last_missed(schedule: Schedule, now: float, age_max_s: float) -> float | None:
    """The latest firing of those that were due since the schedule's last and by now, if it is not too old."""
    found, after = None, max(schedule.reached, just_before(now - age_max_s))
    while True:
        due = next_firing(schedule.settings, after, schedule.counts_from)
        if due is None or due > now:
            return found
        found = after = due


def delay_s(schedule: Schedule, due: float) -> float:
    """How long into its flexible window a firing waits: always the same for the same schedule and instant."""
    minutes = schedule.settings["FlexibleTimeWindow"].get("MaximumWindowInMinutes") or 0
    return math.floor(ids.choice_seeded(zlib.crc32(schedule.arn.encode()), int(due)) * minutes * 60_000) / 1000
