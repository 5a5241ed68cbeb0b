"""Periods of quotas, without a server."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloudchamber.services.apigateway.rest import quota

DAYS = st.integers(0, 40_000)


@pytest.mark.parametrize(
    ("period", "day", "first"),
    [
        ("DAY", "2026-11-21", "2026-11-21"),
        ("WEEK", "2026-11-21", "2026-11-15"),  # a Saturday; weeks begin on Sundays
        ("WEEK", "2026-11-22", "2026-11-22"),
        ("MONTH", "2026-11-21", "2026-11-01"),
        ("MONTH", "2026-03-01", "2026-03-01"),
    ],
)
def test_the_first_day_of_a_period(period, day, first):
    assert quota.first_day(period, quota.day_of_text(day)) == quota.day_of_text(first)


@settings(deadline=None, database=None)
@given(st.sampled_from(["DAY", "WEEK", "MONTH"]), DAYS)
def test_a_period_begins_once(period, day):
    begun = quota.first_day(period, day)
    assert day - 31 < begun <= day
    assert quota.first_day(period, begun) == begun
    assert quota.day_of_text(quota.text_of_day(day)) == day


def test_the_first_period_has_its_offset_taken_off():
    limits = {"limit": 10, "offset": 4, "period": "WEEK"}
    made = quota.day_of(datetime.datetime(2026, 11, 18, tzinfo=datetime.UTC).timestamp())
    first = quota.first_day("WEEK", made)
    assert (quota.allowed(limits, first, made), quota.allowed(limits, first + 7, made)) == (6, 10)
