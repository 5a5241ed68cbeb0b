"""Rotation schedules as pure functions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cloudchamber.services.secretsmanager.schedule import Rules, next_window

NOON = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)  # a Sunday


def window(rules: Rules, rotated_at: float | None = None) -> tuple[str, str]:
    found = next_window(rules, NOON.timestamp(), rotated_at)
    assert found is not None
    opens, closes = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M") for at in found)
    return opens, closes


@pytest.mark.parametrize(
    ("expression", "opens", "closes"),
    [
        ("rate(1 day)", "2026-03-02 00:00", "2026-03-02 23:59"),
        ("rate(6 hours)", "2026-03-01 18:00", "2026-03-01 18:59"),
        ("cron(0 8 * * ? *)", "2026-03-02 08:00", "2026-03-02 23:59"),
        ("cron(0 /8 * * ? *)", "2026-03-01 16:00", "2026-03-01 16:59"),
        ("cron(0 4/12 * * ? *)", "2026-03-01 16:00", "2026-03-01 16:59"),
        ("cron(0 10 ? * 6L *)", "2026-03-27 10:00", "2026-03-27 23:59"),
        ("cron(0 6 L * ? *)", "2026-03-31 06:00", "2026-03-31 23:59"),
        ("cron(0 1 1,15 * ? *)", "2026-03-15 01:00", "2026-03-15 23:59"),
        ("cron(0 0 ? 4-6 MON-FRI *)", "2026-04-01 00:00", "2026-04-01 23:59"),
        ("cron(0 16 ? * MON#1 *)", "2026-03-02 16:00", "2026-03-02 23:59"),
        ("cron(0 0 1 1/3 ? *)", "2026-04-01 00:00", "2026-04-01 23:59"),
        ("cron(0 5 ? JAN,JUL L *)", "2026-07-04 05:00", "2026-07-04 23:59"),
        ("cron(0 0 29 2 ? *)", "2028-02-29 00:00", "2028-02-29 23:59"),
    ],
)
def test_the_next_window(expression: str, opens: str, closes: str):
    assert window(Rules(expression=expression)) == (opens, closes)


def test_a_rate_counts_from_the_last_rotation():
    rotated_at = datetime(2026, 2, 20, 9, tzinfo=UTC).timestamp()
    assert window(Rules(days=10), rotated_at)[0] == "2026-03-02 00:00"
    assert window(Rules(days=5), rotated_at)[0] == "2026-03-02 00:00"  # what was missed is not made up for


def test_a_duration_closes_the_window():
    assert window(Rules(expression="rate(1 day)", duration="4h"))[1] == "2026-03-02 03:59"


def test_without_a_schedule_there_is_none():
    assert next_window(Rules(), NOON.timestamp(), None) is None
    assert next_window(Rules(expression="cron(0 0 31 2 ? *)"), NOON.timestamp(), None) is None
