"""Rates and crons: the instants they name, and rules that fire at each of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cloudchamber.services.events.errors import ValidationException
from cloudchamber.services.events.schedule import next_firing, parse_schedule
from tests.services.calls import refused


def at(text: str) -> float:
    return datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC).timestamp()


def firings(expression: str, after: str, count: int = 3) -> list[str]:
    found, instant = [], at(after)
    for _ in range(count):
        due = next_firing(expression, instant, at(after))
        if due is None:
            break
        found.append(datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%d %H:%M"))
        instant = due
    return found


@pytest.mark.parametrize(
    ("expression", "after", "expected"),
    [
        ("rate(1 minute)", "2026-01-01 00:00", ["2026-01-01 00:01", "2026-01-01 00:02"]),
        ("rate(2 days)", "2026-01-01 10:30", ["2026-01-03 10:30", "2026-01-05 10:30"]),
        ("cron(0 10 * * ? *)", "2026-01-01 10:00", ["2026-01-02 10:00", "2026-01-03 10:00"]),
        ("cron(15 12 * * ? *)", "2026-01-01 00:00", ["2026-01-01 12:15"]),
        ("cron(0 18 ? * MON-FRI *)", "2026-01-02 18:00", ["2026-01-05 18:00", "2026-01-06 18:00"]),
        ("cron(0 8 1 * ? *)", "2026-01-01 09:00", ["2026-02-01 08:00", "2026-03-01 08:00"]),
        ("cron(0/15 * * * ? *)", "2026-01-01 00:40", ["2026-01-01 00:45", "2026-01-01 01:00"]),
        ("cron(0/10 * ? * MON-FRI *)", "2026-01-02 23:50", ["2026-01-05 00:00"]),
        ("cron(0 0 L * ? *)", "2026-02-01 00:00", ["2026-02-28 00:00", "2026-03-31 00:00"]),
        ("cron(0 0 3W * ? *)", "2026-01-01 00:00", ["2026-01-02 00:00", "2026-02-03 00:00"]),
        ("cron(0 0 1W * ? *)", "2026-02-02 00:00", ["2026-03-02 00:00"]),
        ("cron(0 0 LW * ? *)", "2026-01-01 00:00", ["2026-01-30 00:00"]),
        ("cron(0 9 ? * 3#2 *)", "2026-01-01 00:00", ["2026-01-13 09:00", "2026-02-10 09:00"]),
        ("cron(0 9 ? * 6L *)", "2026-01-01 00:00", ["2026-01-30 09:00"]),
        ("cron(0 0 29 2 ? *)", "2026-01-01 00:00", ["2028-02-29 00:00", "2032-02-29 00:00"]),
        ("cron(0 0 1 JAN,JUL ? 2027-2028)", "2026-01-01 00:00", ["2027-01-01 00:00", "2027-07-01 00:00"]),
        ("cron(30 1 1 1 ? 2020)", "2026-01-01 00:00", []),
        ("cron(0 0 31 * ? *)", "2026-03-31 00:00", ["2026-05-31 00:00"]),
        ("cron(0 0 ? * FRI-MON *)", "2026-01-05 00:00", ["2026-01-09 00:00", "2026-01-10 00:00"]),
    ],
)
def test_when_a_schedule_fires(expression, after, expected):
    assert firings(expression, after, max(len(expected), 1)) == expected


WRONG = [
    "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)", "rate(5 seconds)", "rate(5)", "rate( 5 minutes)",
    "5 minutes", "at(2030-01-01T00:00:00)",
    "cron(* * * * *)", "cron(0 10 * * * *)", "cron(0 10 ? * ? *)", "cron(60 10 * * ? *)", "cron(0 24 * * ? *)",
    "cron(0 10 32 * ? *)", "cron(0 10 * 13 ? *)", "cron(0 10 ? * 8 *)", "cron(0 10 * * ? 1969)", "cron(0/0 * * * ? *)",
    "cron(x * * * ? *)", "cron(0 10 ? * MON#6 *)",
]  # fmt: skip


@pytest.mark.parametrize("expression", WRONG)
def test_what_is_no_schedule(expression):
    with pytest.raises(ValidationException) as caught:
        parse_schedule(expression)
    assert caught.value.message == "Parameter ScheduleExpression is not valid."


# rules


def test_a_rule_with_a_wrong_schedule_is_refused(events):
    with refused("ValidationException", "Parameter ScheduleExpression is not valid."):
        events.put_rule(Name="r", ScheduleExpression="rate(1 minutes)")


def test_schedules_are_for_the_default_bus(events):
    events.create_event_bus(Name="b")
    with refused("ValidationException", "ScheduleExpression is supported only on the default event bus."):
        events.put_rule(Name="r", ScheduleExpression="rate(1 minute)", EventBusName="b")


def test_a_cron_rule_fires_at_each_of_its_instants_when_a_day_passes(events, queue, cloud, frozen_clock, account):
    q = queue()
    start = (int(frozen_clock.now()) // 86_400 + 1) * 86_400 + 30
    frozen_clock.advance(start - frozen_clock.now())
    arn = events.put_rule(Name="r", ScheduleExpression="cron(0 0/6 * * ? *)")["RuleArn"]
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": q.arn}])
    frozen_clock.advance(86_400)
    midnight = start - 30
    expected = [midnight + hours * 3600 for hours in (6, 12, 18, 24)]
    messages = q.messages()
    assert sorted(int(m["Attributes"]["SentTimestamp"]) / 1000 for m in messages) == expected
    spans = [s.started_at for s in cloud.spans(service="sqs", operation="SendMessage") if s.account == account]
    assert sorted(spans) == expected
    found = sorted((json.loads(m["Body"]) for m in messages), key=lambda event: event["time"])
    assert [event["time"] for event in found] == [
        datetime.fromtimestamp(due, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for due in expected
    ]
    assert {(e["source"], e["detail-type"], e["resources"][0]) for e in found} == {
        ("aws.events", "Scheduled Event", arn)
    }


def test_a_rate_counts_from_when_the_rule_was_enabled(events, queue, frozen_clock):
    q = queue()
    events.put_rule(Name="r", ScheduleExpression="rate(5 minutes)", State="DISABLED")
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": q.arn}])
    frozen_clock.advance(420)
    assert q.events() == []
    events.enable_rule(Name="r")
    frozen_clock.advance(299)
    assert q.events() == []
    frozen_clock.advance(1)
    assert len(q.events()) == 1
    events.put_rule(Name="r", ScheduleExpression="rate(5 minutes)", Description="changed")
    frozen_clock.advance(300)
    assert len(q.events()) == 1
    events.disable_rule(Name="r")
    frozen_clock.advance(3600)
    assert q.events() == []


def test_a_deleted_rule_fires_no_more(events, queue, frozen_clock):
    q = queue()
    events.put_rule(Name="r", ScheduleExpression="rate(1 minute)")
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": q.arn}])
    events.remove_targets(Rule="r", Ids=["t"])
    events.delete_rule(Name="r")
    frozen_clock.advance(600)
    assert q.events() == []


def test_a_schedule_and_a_pattern_in_one_rule_both_fire(events, queue, frozen_clock):
    q = queue()
    events.put_rule(Name="r", ScheduleExpression="rate(1 hour)", EventPattern='{"source": ["app"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": q.arn}])
    events.put_events(Entries=[{"Source": "app", "DetailType": "d", "Detail": "{}"}])
    frozen_clock.advance(3600)
    assert sorted(event["source"] for event in q.events()) == ["app", "aws.events"]
