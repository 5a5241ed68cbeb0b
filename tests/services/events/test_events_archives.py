"""Archives and replays."""

from __future__ import annotations

import pytest

from tests.services.calls import refused
from tests.services.events.events_calls import put, rule_to


@pytest.fixture
def archive(events, account):
    """`archive(pattern…)`: an archive `a` of the default bus; its ARN."""

    def make(**how):
        bus = f"arn:aws:events:us-east-1:{account}:event-bus/default"
        made = events.create_archive(ArchiveName="a", EventSourceArn=bus, **how)
        assert made["State"] == "ENABLED"
        return made["ArchiveArn"]

    return make


def replay(events, clock, archive_arn, window=(-3600, 3600), **destination):
    bus = archive_arn.replace("archive/a", "event-bus/default")
    now = clock.now()
    return events.start_replay(
        ReplayName="again", EventSourceArn=archive_arn, EventStartTime=now + window[0], EventEndTime=now + window[1],
        Destination={"Arn": bus, **destination},
    )  # fmt: skip


# wrong input and state


def test_an_archive_is_made_once_and_of_a_bus_that_is_there(events, archive, account):
    archive()
    with refused("ResourceAlreadyExistsException", "Archive a already exists."):
        archive()
    with refused("ResourceNotFoundException", "Event bus gone does not exist."):
        events.create_archive(ArchiveName="b", EventSourceArn=f"arn:aws:events:us-east-1:{account}:event-bus/gone")
    with refused("InvalidEventPatternException"):
        events.update_archive(ArchiveName="a", EventPattern="[]")


@pytest.mark.parametrize("call", ["describe_archive", "delete_archive", "update_archive"])
def test_an_archive_that_is_not_there(events, call):
    with refused("ResourceNotFoundException", "Archive a does not exist."):
        getattr(events, call)(ArchiveName="a")


@pytest.mark.parametrize("call", ["describe_replay", "cancel_replay"])
def test_a_replay_that_is_not_there(events, call):
    with refused("ResourceNotFoundException", "Replay x does not exist."):
        getattr(events, call)(ReplayName="x")


def test_a_replay_that_makes_no_sense(events, archive, clock, account):
    arn = archive()
    with refused(
        "ValidationException",
        "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
    ):
        replay(events, clock, arn, (10, 5))
    other = f"arn:aws:events:us-east-1:{account}:event-bus/b"
    with refused(
        "ValidationException",
        "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
    ):
        replay(events, clock, arn, Arn=other)
    with refused("ValidationException", "Parameter EventSourceArn is not valid. Reason: Archive x does not exist."):
        events.start_replay(ReplayName="r", EventSourceArn=arn[:-1] + "x", EventStartTime=1, EventEndTime=2,
                            Destination={"Arn": other})  # fmt: skip
    replay(events, clock, arn)
    clock.settle()
    with refused("ResourceAlreadyExistsException", "Replay again already exists."):
        replay(events, clock, arn)
    with refused("IllegalStatusException", "Replay again is not in a valid state for this operation."):
        events.cancel_replay(ReplayName="again")


# behaviour


def test_an_archive_keeps_what_its_pattern_means_for_as_long_as_it_is_to(events, archive, frozen_clock):
    archive(EventPattern='{"detail": {"keep": [true]}}', RetentionDays=2, Description="d")
    put(events, {"keep": True})
    put(events, {"keep": False})
    frozen_clock.advance(86_400)
    put(events, {"keep": True})
    found = events.describe_archive(ArchiveName="a")
    assert (found["EventCount"], found["RetentionDays"], found["Description"]) == (2, 2, "d")
    assert found["SizeBytes"] > 0
    frozen_clock.advance(86_400)
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 1
    assert [a["ArchiveName"] for a in events.list_archives(NamePrefix="a")["Archives"]] == ["a"]
    assert events.list_archives(NamePrefix="b")["Archives"] == []


def test_a_replay_puts_events_again_in_their_order(events, archive, queue, frozen_clock):
    arn, q = archive(), queue("q.fifo")
    for n in range(120):
        put(events, {"n": n})
        if n % 50 == 0:
            frozen_clock.advance(1)
    rule_to(events, q.arn, SqsParameters={"MessageGroupId": "g"})
    started = replay(events, frozen_clock, arn)
    assert started["State"] == "STARTING"
    found = q.events()
    assert [event["detail"]["n"] for event in found] == list(range(120))
    assert {event["replay-name"] for event in found} == {"again"}
    state = events.describe_replay(ReplayName="again")
    assert state["State"] == "COMPLETED"
    assert state["ReplayEndTime"] >= state["ReplayStartTime"] >= state["EventLastReplayedTime"]
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 120
    assert [r["ReplayName"] for r in events.list_replays(State="COMPLETED")["Replays"]] == ["again"]


def test_a_replay_may_be_for_some_rules_and_some_time(events, archive, queue, frozen_clock):
    arn, first, second = archive(), queue("first"), queue("second")
    put(events, {"n": 1})
    frozen_clock.advance(100)
    put(events, {"n": 2})
    rule = rule_to(events, first.arn, rule="first")
    rule_to(events, second.arn, rule="second")
    replay(events, frozen_clock, arn, (-50, 3600), FilterArns=[rule])
    assert [event["detail"]["n"] for event in first.events()] == [2]
    assert second.events() == []


def test_a_deleted_archive_keeps_nothing(events, archive, account):
    archive()
    put(events)
    events.delete_archive(ArchiveName="a")
    archive()
    assert events.describe_archive(ArchiveName="a")["EventCount"] == 0
