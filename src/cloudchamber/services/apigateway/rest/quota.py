"""Quotas of usage plans: which period a day is in, and how much of a quota is left. Days are numbers since 1970, UTC.

https://docs.aws.amazon.com/apigateway/latest/api/API_QuotaSettings.html
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY_SECONDS = 86_400
_EPOCH = datetime.date(1970, 1, 1).toordinal()


def day_of(now: float) -> int:
    return int(now // DAY_SECONDS)


def day_of_text(text: str) -> int:
    """The day of `2026-11-21`. ValueError for what is no date."""
    return datetime.date.fromisoformat(text).toordinal() - _EPOCH


def text_of_day(day: int) -> str:
    return datetime.date.fromordinal(day + _EPOCH).isoformat()


def first_day(period: str, day: int) -> int:
    """The day on which the `DAY`, `WEEK` (Sunday to Saturday) or `MONTH` that `day` is in begins."""
    date = datetime.date.fromordinal(day + _EPOCH)
    if period == "WEEK":
        return day - date.isoweekday() % 7
    return day - date.day + 1 if period == "MONTH" else day


def allowed(quota: Mapping[str, Any], begun: int, made: int) -> int:
    """How many requests the period that begins on `begun` allows; the first one, in which the plan was made on the
    day `made`, has its `offset` taken off."""
    limit = int(quota["limit"])
    return limit - int(quota.get("offset") or 0) if first_day(quota["period"], made) == begun else limit
