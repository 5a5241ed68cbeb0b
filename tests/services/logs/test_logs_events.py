"""PutLogEvents, GetLogEvents, FilterLogEvents, and how the cloud's own writers and readers do it."""

import base64

import pytest

from cloudchamber.identity.principals import root
from tests.services.calls import refused
from tests.services.logs.logs_calls import DAY_MS, NO_STREAM, messages, put, searched

HOUR_MS = 3_600_000


def write(logs, *events):
    return logs.put_log_events(
        logGroupName="g", logStreamName="s", logEvents=[{"timestamp": at, "message": text} for at, text in events]
    )


def read(logs, **more):
    return logs.get_log_events(**{"logGroupName": "g", "logStreamName": "s", **more})


# PutLogEvents: wrong input


def test_events_of_a_batch_are_in_order(logs, group, now):
    message = "Log events in a single PutLogEvents request must be in chronological order."
    with refused("InvalidParameterException", message):
        write(logs, (now, "a"), (now - 1, "b"))


def test_a_batch_spans_a_day(logs, group, now):
    write(logs, (now - DAY_MS, "a"), (now, "b"))
    message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours."
    with refused("InvalidParameterException", message):
        write(logs, (now - DAY_MS - 1, "a"), (now, "b"))


def test_a_batch_holds_a_mebibyte_with_26_bytes_for_each_event(logs, group, now):
    text = "é" * 250_000  # half a million bytes
    size = 3 * (500_000 + 26)
    with refused("InvalidParameterException", f"Upload too large: {size} bytes exceeds limit of 1048576"):
        write(logs, (now, text), (now, text), (now, text))
    write(logs, (now, text), (now, text))


def test_an_event_holds_a_mebibyte(logs, group, now):
    with refused("InvalidParameterException", "Log event too large: 1048577 bytes exceeds limit of 1048576"):
        write(logs, (now, "x" * (1_048_577 - 26)))


@pytest.mark.parametrize("events", [[], [{"timestamp": 1}], [{"timestamp": 1, "message": ""}], [{"message": "x"}]])
def test_an_event_has_an_instant_and_a_message(logs, group, events):
    with refused("InvalidParameterException"):
        logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=events)


# wrong state


def test_events_need_their_stream(logs, group, now):
    with refused(*NO_STREAM):
        put(logs, now, "x", stream="nope")
    with refused(*NO_STREAM):
        read(logs, logStreamName="nope")
    with refused(*NO_STREAM):
        logs.filter_log_events(logGroupName="g", logStreamNames=["s", "nope"])


# behaviour


def test_events_too_old_or_too_new_are_left_out_and_named(logs, group, now):
    old = now - 14 * DAY_MS
    answer = write(logs, (old - 2, "a"), (old - 1, "b"), (old, "c"))
    assert answer["rejectedLogEventsInfo"] == {"tooOldLogEventEndIndex": 2}
    answer = write(logs, (now, "d"), (now + 2 * HOUR_MS, "e"), (now + 2 * HOUR_MS + 1, "f"))
    assert answer["rejectedLogEventsInfo"] == {"tooNewLogEventStartIndex": 2}
    logs.put_retention_policy(logGroupName="g", retentionInDays=3)
    answer = write(logs, (now - 3 * DAY_MS - 1, "g"), (now - 3 * DAY_MS, "h"))
    assert answer["rejectedLogEventsInfo"] == {"expiredLogEventEndIndex": 1}
    assert messages(read(logs, startFromHead=True)) == ["h", "d", "e"]


def test_sequence_tokens_are_handed_out_and_not_asked_for(logs, group, now):
    answer = put(logs, now, "a")
    assert answer["nextSequenceToken"].isdecimal()
    logs.put_log_events(
        logGroupName="g", logStreamName="s", sequenceToken="wrong", logEvents=[{"timestamp": now, "message": "b"}]
    )
    assert messages(read(logs)) == ["a", "b"]


def test_what_is_stored_is_counted(logs, group, now, cloud, account):
    put(logs, now, "abc", "é")
    assert logs.describe_log_groups()["logGroups"][0]["storedBytes"] == 3 + 2 + 2 * 26
    assert cloud.look(lambda c: c.meter.usage(account)[account]["logs.ingested_bytes"]) == 57


def test_a_stream_is_read_from_its_end_unless_from_its_head(logs, group, now):
    put(logs, now, *"abcde")
    assert messages(read(logs, limit=2)) == ["d", "e"]
    assert messages(read(logs, limit=2, startFromHead=True)) == ["a", "b"]
    assert read(logs, limit=1)["events"] == [{"timestamp": now + 4, "message": "e", "ingestionTime": now}]


def test_tokens_lead_forward_and_backward(logs, group, now):
    put(logs, now, *"abcde")
    page = read(logs, limit=2, startFromHead=True)
    assert page["nextForwardToken"].startswith("f/") and page["nextForwardToken"].endswith("/s")
    assert page["nextBackwardToken"].startswith("b/")
    second = read(logs, limit=2, startFromHead=True, nextToken=page["nextForwardToken"])
    assert messages(second) == ["c", "d"]
    assert messages(read(logs, nextToken=second["nextBackwardToken"])) == ["a", "b"]
    third = read(logs, startFromHead=True, nextToken=second["nextForwardToken"])
    assert messages(third) == ["e"]
    end = read(logs, startFromHead=True, nextToken=third["nextForwardToken"])
    assert (messages(end), end["nextForwardToken"]) == ([], third["nextForwardToken"])
    put(logs, now + 10, "f")
    assert messages(read(logs, startFromHead=True, nextToken=end["nextForwardToken"])) == ["f"]


def test_a_token_of_an_empty_stream_finds_what_comes(logs, group, now):
    token = read(logs)["nextForwardToken"]
    put(logs, now, "a")
    assert messages(read(logs, nextToken=token)) == ["a"]


def test_a_token_that_was_never_given_out_is_refused(logs, group):
    for token in ("x", "f/12x/s"):
        with refused("InvalidParameterException", "The specified nextToken is invalid."):
            read(logs, nextToken=token)
    with refused("InvalidParameterException", "The specified nextToken is invalid."):
        logs.filter_log_events(logGroupName="g", nextToken="!")
    for content in (b"[]", b'{"at": "x"}', b'{"at": -1}', b'{"after": 5}', b'{"other": 1}', b"{"):
        forged = base64.urlsafe_b64encode(content).decode()
        for listing in (logs.describe_log_groups, logs.describe_metric_filters, logs.describe_query_definitions):
            with refused("InvalidParameterException", "The specified nextToken is invalid."):
                listing(nextToken=forged)


def test_a_start_is_included_and_an_end_is_not(logs, group, now):
    put(logs, now, *"abc")
    assert messages(read(logs, startTime=now + 1)) == ["b", "c"]
    assert messages(read(logs, endTime=now + 2)) == ["a", "b"]
    assert searched(logs, startTime=now + 1, endTime=now + 2) == ["b"]


def test_events_of_an_instant_stay_in_the_order_they_came_in(logs, group, now):
    for text in "cab":
        write(logs, (now, text))
    assert messages(read(logs, startFromHead=True)) == searched(logs) == ["c", "a", "b"]


def test_an_answer_holds_a_mebibyte(logs, group, now):
    for n in range(3):
        put(logs, now + n, "x" * 500_000)
    first = read(logs, startFromHead=True)
    assert len(first["events"]) == 2
    assert len(read(logs, nextToken=first["nextForwardToken"])["events"]) == 1


# FilterLogEvents


def test_a_search_goes_through_all_streams_in_the_order_of_time(logs, group, now):
    logs.create_log_stream(logGroupName="g", logStreamName="t")
    put(logs, now, "a", stream="t")
    put(logs, now + 1, "b")
    put(logs, now + 2, "c", stream="t")
    found = logs.filter_log_events(logGroupName="g")
    shown = [(event["logStreamName"], event["message"]) for event in found["events"]]
    assert shown == [("t", "a"), ("s", "b"), ("t", "c")]
    assert found["searchedLogStreams"] == []
    ids = [event["eventId"] for event in found["events"]]
    assert ids == sorted(ids) and all(len(i) == 56 for i in ids)
    assert searched(logs, logStreamNames=["t"]) == searched(logs, logStreamNamePrefix="t") == ["a", "c"]
    assert searched(logs, logStreamNames=["t", "s"]) == ["a", "b", "c"]
    assert searched(logs, startFromHead=False) == ["c", "b", "a"]


def test_a_search_is_given_in_pages(logs, group, now):
    put(logs, now, *(f"{n} {'even' if n % 2 == 0 else 'odd'}" for n in range(20)))
    pages = list(
        logs.get_paginator("filter_log_events").paginate(
            logGroupName="g", filterPattern="even", PaginationConfig={"PageSize": 3}
        )
    )
    found = [text for page in pages for text in messages(page)]
    assert found == [f"{n} even" for n in range(0, 20, 2)]
    assert all(len(page["events"]) <= 3 for page in pages)


def test_names_and_a_prefix_exclude_each_other(logs, group):
    with refused("InvalidParameterException"):
        logs.filter_log_events(logGroupName="g", logStreamNames=["s"], logStreamNamePrefix="s")


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("a.b", "Invalid character(s) in term 'a.b'"),
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("{ $.a }", "Invalid filter pattern"), ("%(a)%", "Invalid filter pattern"),
    ],
)  # fmt: skip
def test_a_pattern_that_cannot_be_read_is_refused(logs, group, pattern, message):
    with refused("InvalidParameterException", message):
        searched(logs, pattern)


# inside the cloud


def test_writers_inside_the_cloud_need_no_group_and_no_order(cloud, logs, account, now):
    def append(running):
        events = [{"timestamp": now + n, "message": text} for n, text in ((1, "a\nsecond line"), (0, "b"))]
        return running.dispatcher.enter(
            root(account), account, "us-east-1", "logs:append",
            {"logGroupName": "/new", "logStreamName": "2026/[$LATEST]x", "logEvents": events},
        )  # fmt: skip

    cloud.run(append)
    cloud.run(append)
    assert len(logs.describe_log_groups()["logGroups"]) == 1
    found = logs.filter_log_events(logGroupName="/new")
    assert messages(found) == ["b", "b", "a\nsecond line", "a\nsecond line"]


@pytest.mark.usefixtures("group")
def test_a_reader_inside_the_cloud_waits_for_what_comes(cloud, logs, account, now):
    def wait(running, **more):
        return running.dispatcher.enter(
            root(account), account, "us-east-1", "logs:wait_for_events", {"logGroupIdentifier": "g", **more}
        )

    begun = cloud.run(wait)
    assert begun["events"] == []
    put(logs, now, "a ERROR", "b")
    put(logs, now - 1000, "late ERROR")  # an older instant, but it came in later
    found = cloud.run(lambda running: wait(running, position=begun["position"], filterPattern="ERROR"))
    assert [event["message"] for event in found["events"]] == ["a ERROR", "late ERROR"]

    async def both(running):
        waiting = running.clock.spawn(wait(running, position=found["position"], timeoutSeconds=60.0))
        await running.clock.breathe()
        assert not waiting.done()
        await running.dispatcher.enter(
            root(account), account, "us-east-1", "logs:append",
            {"logGroupName": "g", "logStreamName": "s", "logEvents": [{"timestamp": now, "message": "new"}]},
        )  # fmt: skip
        return await waiting

    assert [event["message"] for event in cloud.run(both)["events"]] == ["new"]


def test_each_way_of_reading_has_an_index(cloud):
    def plans(running):
        db = running.registry.get("logs").service.store.db
        events = (
            "SELECT seq FROM logs_events WHERE {} = 1 AND (at, seq) > (1, 1) AND (at, seq) < (9, 9) ORDER BY at, seq"
        )
        return [
            db.plan(events.format("stream")), db.plan(events.format("grp")),
            db.plan("SELECT min(at) FROM logs_events WHERE grp = 1"),
            db.plan("SELECT seq FROM logs_events WHERE grp = 1 AND at < 5 ORDER BY at LIMIT 10"),
            db.plan("SELECT name FROM logs_streams WHERE grp = 1 AND name >= 'a' AND name < 'b' ORDER BY name"),
            db.plan(
                "SELECT name FROM logs_streams WHERE grp = 1 AND (coalesce(last_at, 0), name) > (1, 'a') "
                "ORDER BY coalesce(last_at, 0), name"
            ),
            db.plan("SELECT id FROM logs_outbox WHERE due <= 1 ORDER BY due, id"),
        ]  # fmt: skip

    for plan in cloud.look(plans):
        assert "SCAN" not in plan and "TEMP B-TREE" not in plan, plan
