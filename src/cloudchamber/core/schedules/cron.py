"""cron(minutes hours day-of-month month day-of-week year): the instants at which it fires, in a time zone. Pure.

Where the zone's clocks go forward, a time that does not exist is skipped; where they go back, one that comes twice
fires the first time only.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
"""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache

YEAR_MIN, YEAR_MAX = 1970, 2199
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_SATURDAY, _SUNDAY = 5, 6  # as `calendar` counts

# The days of a year and month on which one of the two day fields fires.
Days = Callable[[int, int], set[int]]


@dataclass(frozen=True, slots=True)
class Cron:
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: tuple[int, ...]
    years: tuple[int, ...]
    days: Days

    def next_after(self, instant: float, zone: tzinfo = UTC) -> float | None:
        """The first firing later than `instant`, both in epoch seconds; None when there is none any more."""
        since = datetime.fromtimestamp(int(instant // 60 + 1) * 60, zone).replace(tzinfo=None)
        for day in self._days_from(since):
            for hour in self.hours:
                for minute in self.minutes:
                    local = day.replace(hour=hour, minute=minute)
                    found = instant_of(local, zone) if local >= since else None
                    if found is not None and found > instant:
                        return found
        return None

    def _days_from(self, since: datetime) -> Iterator[datetime]:
        for year in self.years:
            if year < since.year:
                continue
            for month in self.months:
                if (year, month) < (since.year, since.month):
                    continue
                for day in sorted(self.days(year, month)):
                    if (year, month, day) >= (since.year, since.month, since.day):
                        yield datetime(year, month, day)  # noqa: DTZ001 - what a clock on the wall shows


def instant_of(local: datetime, zone: tzinfo) -> float | None:
    """Epoch seconds of what the clocks of a zone show: the first time, if twice; None, if never."""
    at = local.replace(tzinfo=zone).timestamp()
    if zone is not UTC and datetime.fromtimestamp(at, zone).replace(tzinfo=None) != local:
        return None
    return at


@lru_cache(maxsize=1024)
def parse_cron(text: str) -> Cron:
    """The six fields, separated by blanks. ValueError for what AWS does not take."""
    fields = text.upper().split()
    if len(fields) != 6:
        raise ValueError("six fields are wanted")
    minutes, hours, of_month, month, of_week, year = fields
    if (of_month == "?") == (of_week == "?"):  # one of the two says which days, the other is left open
        raise ValueError("one of the two day fields must be ?")
    days = _days_of_month(of_month) if of_week == "?" else _days_of_week(of_week)
    return Cron(
        _values(minutes, 0, 59), _values(hours, 0, 23), _values(month, 1, 12, _MONTHS),
        _values(year, YEAR_MIN, YEAR_MAX), days,
    )  # fmt: skip


def _values(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    """The numbers of a field such as `*`, `5`, `1,2`, `1-5`, `0/15`, `10-30/5`, `MON-FRI`."""
    found: set[int] = set()
    for part in text.split(","):
        span, slash, step = part.partition("/")
        if slash and not (step.isascii() and step.isdigit() and int(step)):
            raise ValueError(f"{part} has no step")
        if span == "*":
            first, last = low, high
        else:
            begin, dash, end = span.partition("-")
            first = _number(begin, low, high, names)
            last = _number(end, low, high, names) if dash else (high if slash else first)
        if last < first:  # a range such as FRI-MON goes round
            if not names:
                raise ValueError(f"{part} goes backwards")
            found.update([*range(first, high + 1), *range(low, last + 1)])
        else:
            found.update(range(first, last + 1, int(step) if slash else 1))
    return tuple(sorted(found))


def _number(text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    if text in names:
        return names.index(text) + low
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and low <= int(text) <= high):
        raise ValueError(f"{text} is not between {low} and {high}")
    return int(text)


def _length(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _days_of_month(text: str) -> Days:
    if text == "L":
        return lambda year, month: {_length(year, month)}
    if text.endswith("W"):
        near = None if text == "LW" else _number(text[:-1], 1, 31, ())
        return lambda year, month: _weekday_near(year, month, near)
    wanted = _values(text, 1, 31)
    return lambda year, month: {day for day in wanted if day <= _length(year, month)}


def _weekday_near(year: int, month: int, day: int | None) -> set[int]:
    """The weekday nearest to a day without leaving the month; to the last day for None."""
    length = _length(year, month)
    if day is None:
        day = length
    if day > length:
        return set()
    of_week = calendar.weekday(year, month, day)
    if of_week == _SATURDAY:
        return {day - 1 if day > 1 else day + 2}
    if of_week == _SUNDAY:
        return {day + 1 if day < length else day - 2}
    return {day}


def _days_of_week(text: str) -> Days:
    if "#" in text:
        name, _, nth = text.partition("#")
        of_week, place = _number(name, 1, 7, _DAYS), _number(nth, 1, 5, ())
        return lambda year, month: set(_all_of(year, month, of_week)[place - 1 : place])
    if text == "L":
        return lambda year, month: set(_all_of(year, month, 7))
    if text.endswith("L"):
        last = _number(text[:-1], 1, 7, _DAYS)
        return lambda year, month: {_all_of(year, month, last)[-1]}
    wanted = _values(text, 1, 7, _DAYS)
    return lambda year, month: {day for of_week in wanted for day in _all_of(year, month, of_week)}


def _all_of(year: int, month: int, of_week: int) -> list[int]:
    """The days of a month that fall on a day of the week; 1 is Sunday."""
    starts_on, length = calendar.monthrange(year, month)  # 0 is Monday
    first = (of_week - 2 - starts_on) % 7 + 1
    return list(range(first, length + 1, 7))
