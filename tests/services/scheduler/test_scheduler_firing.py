"""When schedules fire: each firing at its own instant of the cloud's time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cloudchamber.services.scheduler.timing import just_before, next_firing
from tests.services.calls import refused
from tests.services.scheduler.scheduler_calls import OFF, iso

ZONE = "America/New_York"


def test_a_rate_begins_at_once_and_goes_on(create, queue, hour):
    q = queue()
    create("rate(10 minutes)", q.arn, Input="x")
    assert q.times() == [hour]
    hour.advance(3600)
    assert q.times() == [hour + n * 600 for n in range(1, 7)]


def test_a_rate_counts_from_its_start_date_and_stops_at_its_end_date(create, queue, hour):
    q = queue()
    create("rate(1 hours)", q.arn, StartDate=hour + 90, EndDate=hour + 2 * 3600 + 90, Input="x")
    hour.advance(86_400)
    assert q.times() == [hour + 90, hour + 3690, hour + 7290]


def test_a_cron_fires_at_each_instant_of_a_day(create, queue, hour):
    q = queue()
    create("cron(0/30 * * * ? *)", q.arn, Input="x", StartDate=hour + 1)
    hour.advance(86_400)
    assert q.times() == [hour + n * 1800 for n in range(1, 49)]


def test_a_one_time_schedule_fires_once_in_its_time_zone(create, queue, hour, scheduler):
    q = queue()
    local = datetime.fromtimestamp(hour + 600, ZoneInfo("Asia/Tokyo")).strftime("%Y-%m-%dT%H:%M:%S")
    create(f"at({local})", q.arn, Input="x", ScheduleExpressionTimezone="Asia/Tokyo")
    hour.advance(86_400)
    assert q.times() == [hour + 600]
    assert scheduler.get_schedule(Name="s")["State"] == "ENABLED"


def test_a_time_that_has_passed_never_comes(create, queue, hour, scheduler):
    q = queue()
    create(f"at({iso(hour - 1)})", q.arn, Input="x", ActionAfterCompletion="DELETE")
    hour.advance(86_400)
    assert q.bodies() == []
    scheduler.get_schedule(Name="s")


def test_a_schedule_that_has_done_its_work_can_delete_itself(create, queue, hour, scheduler):
    q = queue()
    create(f"at({iso(hour + 60)})", q.arn, "once", Input="x", ActionAfterCompletion="DELETE")
    create("rate(1 minute)", q.arn, "few", Input="x", ActionAfterCompletion="DELETE", StartDate=hour + 60,
           EndDate=hour + 120)  # fmt: skip
    hour.advance(60)
    with refused("ResourceNotFoundException", "Schedule once does not exist.", 404):
        scheduler.get_schedule(Name="once")
    scheduler.get_schedule(Name="few")
    hour.advance(60)
    with refused("ResourceNotFoundException", "Schedule few does not exist.", 404):
        scheduler.get_schedule(Name="few")
    assert len(q.bodies()) == 3


def test_disabled_and_deleted_schedules_are_silent_and_nothing_is_made_up_for(create, queue, hour, scheduler, role):
    q = queue()
    create("rate(10 minutes)", q.arn, Input="x", State="DISABLED")
    hour.advance(1500)
    assert q.bodies() == []
    target = {"Arn": q.arn, "RoleArn": role, "Input": "y"}
    change = {"Name": "s", "ScheduleExpression": "rate(10 minutes)", "FlexibleTimeWindow": OFF, "Target": target}
    scheduler.update_schedule(**change)
    hour.advance(300)
    assert q.times() == [hour + 1800]
    scheduler.update_schedule(**{**change, "Description": "the rate goes on as it was"})
    hour.advance(600)
    assert q.times() == [hour + 2400]
    scheduler.update_schedule(**{**change, "ScheduleExpression": "rate(7 minutes)"})
    assert q.times() == [hour + 2400]
    scheduler.delete_schedule(Name="s")
    hour.advance(3600)
    assert q.bodies() == []


def test_in_a_flexible_window_a_firing_comes_somewhere_within(create, queue, hour):
    q = queue()
    window = {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    create("rate(1 hour)", q.arn, Input="<aws.scheduler.scheduled-time>", FlexibleTimeWindow=window)
    hour.advance(5 * 3600 + 900)
    messages = q.messages()
    assert [m["Body"] for m in messages] == [f"{iso(hour + n * 3600)}Z" for n in range(6)]
    late = [int(m["Attributes"]["SentTimestamp"]) / 1000 - hour - n * 3600 for n, m in enumerate(messages)]
    assert all(0 <= seconds < 900 for seconds in late) and len(set(late)) == 6


def at(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()


def firings(expression: str, after: str, count: int, zone: str = ZONE) -> list[str]:
    settings = {"ScheduleExpression": expression, "ScheduleExpressionTimezone": zone}
    found, instant = [], just_before(at(after))
    for _ in range(count):
        due = next_firing(settings, instant, at(after))
        if due is None:
            break
        found.append(datetime.fromtimestamp(due, UTC).strftime("%m-%d %H:%M"))
        instant = due
    return found


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        # 2026-03-08 02:00 does not exist in New York: clocks go to 03:00.
        ("cron(30 2 * * ? *)", "2026-03-07 00:00", ["03-07 07:30", "03-09 06:30"]),
        ("cron(0 9 * * ? *)", "2026-03-07 10:00", ["03-07 14:00", "03-08 13:00", "03-09 13:00"]),
        # 2026-11-01 01:00 to 02:00 comes twice: the first time counts.
        ("cron(30 1 * * ? *)", "2026-10-31 00:00", ["10-31 05:30", "11-01 05:30", "11-02 06:30"]),
        ("cron(0/30 * * * ? *)", "2026-11-01 05:00", ["11-01 05:00", "11-01 05:30", "11-01 07:00", "11-01 07:30"]),
        ("cron(0 0 ? * MON *)", "2026-10-30 00:00", ["11-02 05:00", "11-09 05:00"]),
        # A day of a rate is 24 hours, whatever clocks do.
        ("rate(1 days)", "2026-03-07 14:00", ["03-07 14:00", "03-08 14:00", "03-09 14:00"]),
        ("at(2026-07-01T09:00:00)", "2026-01-01 00:00", ["07-01 13:00"]),
        ("at(2026-12-01T09:00:00)", "2026-01-01 00:00", ["12-01 14:00"]),
        ("at(2026-11-01T01:30:00)", "2026-01-01 00:00", ["11-01 05:30"]),
        ("at(2026-03-08T02:30:00)", "2026-01-01 00:00", ["03-08 07:30"]),
    ],
)
def test_when_clocks_change(expression, after, expected):
    assert firings(expression, after, len(expected)) == expected


def test_zones_east_of_greenwich_too():
    assert firings("cron(0 0 1 * ? *)", "2026-01-15 00:00", 2, "Australia/Sydney") == ["01-31 13:00", "02-28 13:00"]
