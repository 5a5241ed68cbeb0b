"""StartLiveTail: a session's events as they come, through boto3's event stream."""

import pytest

from tests.services.calls import refused
from tests.services.logs.logs_calls import NO_GROUP, put


def tail(logs, group, **more):
    return iter(logs.start_live_tail(logGroupIdentifiers=[group], **more)["responseStream"])


def following(stream):
    """The messages of the next update that has any."""
    for event in stream:
        results = event.get("sessionUpdate", {}).get("sessionResults")
        if results:
            return [result["message"] for result in results]
    raise AssertionError("the session has ended")


# wrong input, wrong state


def test_a_tail_names_groups_by_their_arns(logs, group):
    with refused("InvalidParameterException"):
        tail(logs, "g")
    with refused(*NO_GROUP):
        tail(logs, group + "x")
    with refused("InvalidParameterException"):
        tail(logs, group, logStreamNames=["s"], logStreamNamePrefixes=["s"])
    with refused("InvalidParameterException", "Invalid filter pattern"):
        tail(logs, group, logEventFilterPattern="{}")


# behaviour


def test_a_session_begins_with_what_was_asked_and_shows_what_comes(logs, group, now, account):
    put(logs, now, "before")
    stream = tail(logs, group, logEventFilterPattern="ERROR")
    begun = next(stream)["sessionStart"]
    assert (begun["logGroupIdentifiers"], begun["logEventFilterPattern"]) == ([group], "ERROR")
    put(logs, now, "ERROR 1", "fine")
    put(logs, now - 1000, "late ERROR")
    found = following(stream)
    while len(found) < 2:
        found += following(stream)
    assert found == ["ERROR 1", "late ERROR"]


def test_an_update_says_where_an_event_comes_from(logs, group, now, account):
    stream = tail(logs, group, logStreamNames=["t"])
    next(stream)
    logs.create_log_stream(logGroupName="g", logStreamName="t")
    put(logs, now, "elsewhere")
    put(logs, now, "here", stream="t")
    update = next(event for event in stream if event["sessionUpdate"]["sessionResults"])["sessionUpdate"]
    assert update == {
        "sessionMetadata": {"sampled": False},
        "sessionResults": [{
            "logStreamName": "t", "logGroupIdentifier": f"{account}:g", "message": "here", "timestamp": now,
            "ingestionTime": now,
        }],
    }  # fmt: skip


def test_a_quiet_session_says_so_each_second(logs, group, frozen_clock):
    stream = tail(logs, group)
    next(stream)
    frozen_clock.advance(1)
    assert next(stream)["sessionUpdate"]["sessionResults"] == []


def test_a_session_ends_after_three_hours(logs, group, frozen_clock):
    stream = tail(logs, group)
    next(stream)
    frozen_clock.advance(3 * 3600 + 1)
    with pytest.raises(Exception, match="SessionTimeoutException"):
        for _ in range(20_000):
            next(stream)
