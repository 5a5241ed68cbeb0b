"""When secrets are rotated: `rate(…)` and `cron(…)` expressions and their windows, in UTC. Pure.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
AWS rotates at some time in a window; here it is the moment the window opens.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.services.secretsmanager.errors import InvalidParameter
from cloudchamber.services.secretsmanager.limits import ROTATION_DAYS_MAX, ROTATION_HOURS_MIN

if TYPE_CHECKING:
    from collections.abc import Mapping

_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")
_CRON = re.compile(r"cron\(0 (\S+) (\S+) (\S+) (\S+) \*\)")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), 1)}
_DURATION = re.compile(r"(\d{1,2})h")
_DAYS_AHEAD_MAX = 4 * 366 + 1  # until the next 29th of February
_HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Rules:
    """Rotation rules as they were given; either days or an expression, or neither."""

    days: int | None = None
    expression: str = ""
    duration: str = ""

    def shown(self) -> dict[str, Any] | None:
        shown: dict[str, Any] = {}
        if self.days is not None:
            shown["AutomaticallyAfterDays"] = self.days
        if self.duration:
            shown["Duration"] = self.duration
        if self.expression:
            shown["ScheduleExpression"] = self.expression
        return shown or None


def parse(given: Mapping[str, Any]) -> Rules:
    """The rules in a request; InvalidParameter."""
    days, expression = given.get("AutomaticallyAfterDays"), given.get("ScheduleExpression") or ""
    duration = given.get("Duration") or ""
    if days is not None and expression:
        raise InvalidParameter("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    rules = Rules(days, expression, duration)
    hours = _duration_hours(duration)
    if not expression:
        if hours > _HOURS_A_DAY:
            raise InvalidParameter("The rotation window must not extend into the next UTC day.")
        return rules
    rate = _RATE.fullmatch(expression)
    if rate is not None:
        _check_rate(int(rate[1]), rate[2], hours)
    else:
        cron = _cron(expression)
        if any(hour + hours > _HOURS_A_DAY for hour in cron.hours):
            raise InvalidParameter("The rotation window must not extend into the next UTC day.")
        gaps = [later - hour for hour, later in zip(cron.sorted_hours, cron.sorted_hours[1:], strict=False)]
        if min(gaps, default=_HOURS_A_DAY) < ROTATION_HOURS_MIN:
            raise InvalidParameter(f"You can't rotate a secret more often than every {ROTATION_HOURS_MIN} hours.")
    return rules


def _duration_hours(text: str) -> int:
    if not text:
        return 0
    found = _DURATION.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= _HOURS_A_DAY:
        raise InvalidParameter(f"The rotation window duration {text} is not valid.")
    return int(found[1])


def _check_rate(count: int, unit: str, window_hours: int) -> None:
    is_in_hours = unit.startswith("hour")
    hours = count if is_in_hours else count * _HOURS_A_DAY
    if hours < ROTATION_HOURS_MIN or hours > ROTATION_DAYS_MAX * _HOURS_A_DAY:
        raise InvalidParameter(
            f"The rotation rate must be from {ROTATION_HOURS_MIN} hours to {ROTATION_DAYS_MAX} days."
        )
    if window_hours > (hours if is_in_hours else _HOURS_A_DAY):
        raise InvalidParameter("The rotation window must not extend into the next rotation window or UTC day.")


def next_window(rules: Rules, now: float, rotated_at: float | None) -> tuple[float, float] | None:
    """Opening and end of the next window after `now`, in epoch seconds; None without a schedule."""
    rate = _RATE.fullmatch(rules.expression)
    base = datetime.fromtimestamp(now if rotated_at is None else rotated_at, UTC)
    after = datetime.fromtimestamp(now, UTC)
    in_hours = rate is not None and rate[2].startswith("hour")
    if rules.days is not None or (rate is not None and not in_hours):
        days = rules.days if rate is None else int(rate[1])
        assert days is not None
        opens = _midnight(base) + timedelta(days=days)
        while opens <= after:
            opens += timedelta(days=days)
    elif rate is not None:
        step = timedelta(hours=int(rate[1]))
        opens = _midnight(base) if rotated_at is None else base.replace(minute=0, second=0, microsecond=0)
        while opens <= after:
            opens += step
    elif rules.expression:
        found = _cron(rules.expression).after(after)
        if found is None:
            return None
        opens = found
        in_hours = len(_cron(rules.expression).hours) > 1
    else:
        return None
    return opens.timestamp(), _closes(rules, opens, in_hours=in_hours).timestamp()


def _closes(rules: Rules, opens: datetime, *, in_hours: bool) -> datetime:
    """Windows in days end with the day, windows in hours after one, unless a duration says otherwise."""
    hours = _duration_hours(rules.duration) or (1 if in_hours else 0)
    end = opens + timedelta(hours=hours) if hours else _midnight(opens) + timedelta(days=1)
    return end - timedelta(seconds=1)


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)


class Cron:
    """`cron(0 Hours Day-of-month Month Day-of-week *)`. InvalidParameter for what is none."""

    def __init__(self, expression: str) -> None:
        found = _CRON.fullmatch(expression)
        if found is None:
            raise InvalidParameter(f"Invalid schedule expression: {expression}.")
        try:
            self.hours = _numbers(found[1], (0, 23), {})
            self._months = _numbers(found[3], (1, 12), _MONTHS)
            self._month_days, self._week_days = found[2].upper(), found[4].upper()
            self._on(datetime(2024, 1, 1, tzinfo=UTC))
        except (ValueError, KeyError):
            raise InvalidParameter(f"Invalid schedule expression: {expression}.") from None
        self.sorted_hours = sorted(self.hours)

    def after(self, instant: datetime) -> datetime | None:
        """The first opening after an instant; None if there is none in years."""
        day = _midnight(instant)
        for _ in range(_DAYS_AHEAD_MAX):
            if day.month in self._months and self._on(day):
                for hour in self.sorted_hours:
                    if day + timedelta(hours=hour) > instant:
                        return day + timedelta(hours=hour)
            day += timedelta(days=1)
        return None

    def _on(self, day: datetime) -> bool:
        """Whether the fields of days mean this day; `?` and `*` leave it to the other."""
        last = calendar.monthrange(day.year, day.month)[1]
        return self._is_month_day(day.day, last) and self._is_week_day(day, last)

    def _is_month_day(self, number: int, last: int) -> bool:
        if self._month_days == "L":
            return number == last
        return self._month_days == "?" or number in _numbers(self._month_days, (1, 31), {})

    def _is_week_day(self, day: datetime, last: int) -> bool:
        field, weekday = self._week_days, day.isoweekday() % 7 + 1
        if field in ("?", "*"):
            return True
        if "#" in field:
            wanted, _, which = field.partition("#")
            return weekday in _numbers(wanted, (1, 7), _WEEKDAYS) and (day.day - 1) // 7 + 1 == int(which)
        if field.endswith("L") and field != "L":
            return weekday in _numbers(field[:-1], (1, 7), _WEEKDAYS) and day.day + 7 > last
        return weekday in ({7} if field == "L" else _numbers(field, (1, 7), _WEEKDAYS))


@lru_cache(maxsize=1024)
def _cron(expression: str) -> Cron:
    return Cron(expression)


@lru_cache(maxsize=1024)
def _parsed(field: str, bounds: tuple[int, int], names: tuple[tuple[str, int], ...]) -> frozenset[int]:
    known = dict(names)

    def number(text: str) -> int:
        found = known[text] if text in known else int(text)
        if not bounds[0] <= found <= bounds[1]:
            raise ValueError(text)
        return found

    found: set[int] = set()
    for part in field.upper().split(","):
        span, slash, step = part.partition("/")
        first, dash, last = span.partition("-")
        if span == "*" or (slash and not span):
            begin, end = bounds
        elif dash:
            begin, end = number(first), number(last)
        else:
            begin = number(first)
            end = bounds[1] if slash else begin
        found.update(range(begin, end + 1, int(step) if slash else 1))
    return frozenset(found)


def _numbers(field: str, bounds: tuple[int, int], names: Mapping[str, int]) -> frozenset[int]:
    """The numbers a field means: lists, ranges, steps, names. ValueError."""
    return _parsed(field, bounds, tuple(names.items()))
