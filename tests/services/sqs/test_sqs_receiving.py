"""ReceiveMessage, DeleteMessage, ChangeMessageVisibility and their batches, on standard queues."""

import json

import pytest

from tests.services.sqs.sqs_calls import NO_QUEUE, bodies, counts, invalid, receive, refused

PREFIX = "AWS.SimpleQueueService."


@pytest.fixture
def held(sqs, create, frozen_clock):
    """A message in flight: the queue's URL, and its receipt handle."""
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    return url, sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]


# ReceiveMessage: wrong input


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("MaxNumberOfMessages", (0, 11, -1), "Must be between 1 and 10, if provided."),
        ("WaitTimeSeconds", (-1, 21), "Must be >= 0 and <= 20, if provided."),
        ("VisibilityTimeout", (-1, 43201), "Must be >= 0 and <= 43200, if provided."),
    ],
)
def test_a_receive_has_its_ranges(sqs, create, name, values, reason):
    url = create("q")
    for value in values:
        with refused(*invalid(value, name, reason)):
            sqs.receive_message(QueueUrl=url, **{name: value})


def test_an_attempt_id_is_for_fifo_queues(sqs, create):
    reason = "The request include parameter that is not valid for this queue type."
    with refused(*invalid("a", "ReceiveRequestAttemptId", reason)):
        sqs.receive_message(QueueUrl=create("q"), ReceiveRequestAttemptId="a")


@pytest.mark.parametrize("member", ["AttributeNames", "MessageSystemAttributeNames"])
def test_an_unknown_system_attribute_is_named(sqs, create, member):
    with refused("InvalidAttributeName", "Unknown Attribute Colour."):
        sqs.receive_message(QueueUrl=create("q"), **{member: ["Colour"]})


def test_nothing_is_received_from_a_queue_that_does_not_exist(sqs, create):
    with refused(NO_QUEUE, "The specified queue does not exist.", query_error="QueueDoesNotExist"):
        receive(sqs, create("q") + "x")


# ReceiveMessage: behaviour


def test_a_receive_gives_one_message_unless_asked_for_more(sqs, create):
    url = create("q")
    for n in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
    assert len(sqs.receive_message(QueueUrl=url)["Messages"]) == 1
    assert len(receive(sqs, url, 10)) == 10
    assert len(receive(sqs, url, 10)) == 1
    assert "Messages" not in sqs.receive_message(QueueUrl=url)


def test_a_received_message_is_hidden_for_its_visibility_timeout(sqs, create, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    for options, hidden_s in (({}, 30), ({"VisibilityTimeout": 5}, 5), ({"VisibilityTimeout": 43200}, 43200)):
        assert bodies(sqs, url, **options) == ["x"]
        frozen_clock.advance(hidden_s - 0.001)
        assert bodies(sqs, url) == []
        assert counts(sqs, url) == (0, 1, 0)
        frozen_clock.advance(0.001)
        assert counts(sqs, url) == (1, 0, 0)


def test_a_visibility_timeout_of_zero_hides_nothing(sqs, create):
    url = create("q", VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url) == bodies(sqs, url) == ["x"]
    assert counts(sqs, url) == (1, 0, 0)


def test_a_new_visibility_timeout_of_the_queue_leaves_messages_in_flight_alone(sqs, create, frozen_clock):
    url = create("q", VisibilityTimeout=10)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert bodies(sqs, url) == ["x"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "100"})
    frozen_clock.advance(10)
    assert bodies(sqs, url) == ["x"]
    frozen_clock.advance(99)
    assert bodies(sqs, url) == []


def test_system_attributes_say_when_by_whom_and_how_often(sqs, create, frozen_clock, account):
    url, sent_at = create("q"), frozen_clock.now()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    frozen_clock.advance(7)
    first = receive(sqs, url)[0]["Attributes"]
    frozen_clock.advance(30)
    second = receive(sqs, url)[0]["Attributes"]
    assert first == {
        "SenderId": account,  # AWS gives the account where root sends
        "SentTimestamp": str(int(sent_at * 1000)),
        "ApproximateReceiveCount": "1",
        "ApproximateFirstReceiveTimestamp": str(int((sent_at + 7) * 1000)),
    }
    assert second == {**first, "ApproximateReceiveCount": "2"}


def test_only_the_system_attributes_asked_for_are_shown(sqs, create):
    url = create("q", VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert "Attributes" not in sqs.receive_message(QueueUrl=url)["Messages"][0]
    for member in ("AttributeNames", "MessageSystemAttributeNames"):  # the first is the deprecated spelling
        found = sqs.receive_message(QueueUrl=url, **{member: ["SenderId", "SequenceNumber"]})["Messages"][0]
        assert list(found["Attributes"]) == ["SenderId"]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ([], []),
        (["All"], ["color", "color.dark", "size"]),
        ([".*"], ["color", "color.dark", "size"]),
        (["color"], ["color"]),
        (["color.*"], ["color.dark"]),
        (["col.*"], []),
        (["color.*", "size"], ["color.dark", "size"]),
        (["Color", "nothing"], []),
    ],
)
def test_message_attributes_are_filtered_by_name_and_prefix(sqs, create, names, shown):
    # "prefix.*" means attributes in that name space: what begins with "prefix.".
    url = create("q")
    sent = {name: {"DataType": "String", "StringValue": name} for name in ("color", "color.dark", "size")}
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=sent)
    found = receive(sqs, url, MessageAttributeNames=names)[0]
    assert sorted(found.get("MessageAttributes", {})) == shown
    assert ("MD5OfMessageAttributes" in found) == bool(shown)


def test_each_receive_gives_another_handle(sqs, create):
    url = create("q", VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert len({receive(sqs, url)[0]["ReceiptHandle"] for _ in range(5)}) == 5


def test_the_limit_of_messages_in_flight(sqs, create, cloud, monkeypatch):
    # AWS: about 120,000 on a standard queue, then OverLimit.
    from cloudchamber.services.sqs import limits  # noqa: PLC0415

    url = create("q")
    for _ in range(4):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    cloud.look(lambda _: monkeypatch.setattr(limits, "IN_FLIGHT_MAX", 3))
    assert len(receive(sqs, url, 3)) == 3
    message = "The maximum number of in flight messages is reached: 3."
    with refused("OverLimit", message, query_error="OverLimit", status=403):
        receive(sqs, url)


def test_an_injected_duplicate_gives_a_message_out_twice(sqs, create, faults):
    # What AWS calls at-least-once delivery, on demand.
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    faults.add("duplicate", service="sqs", operation="ReceiveMessage", times=1)
    first, second = receive(sqs, url), receive(sqs, url)
    assert [m["MessageId"] for m in first] == [m["MessageId"] for m in second] != []
    assert second[0]["Attributes"]["ApproximateReceiveCount"] == "2"
    assert receive(sqs, url) == []


# DeleteMessage


def test_what_is_no_handle_is_refused(sqs, create):
    message = 'The input receipt handle "fake" is not a valid receipt handle.'
    for call, more in ((sqs.delete_message, {}), (sqs.change_message_visibility, {"VisibilityTimeout": 1})):
        with refused("ReceiptHandleIsInvalid", message, query_error="ReceiptHandleIsInvalid", status=404):
            call(QueueUrl=create("q"), ReceiptHandle="fake", **more)
        with refused("MissingParameter", "The request must contain the parameter ReceiptHandle."):
            call(QueueUrl=create("q"), ReceiptHandle="", **more)


def test_a_handle_that_was_tampered_with_is_refused(sqs, held):
    url, handle = held
    with refused("ReceiptHandleIsInvalid", status=404):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=handle[:-2] + ("A" if handle[-2] != "A" else "B") + handle[-1])


def test_a_handle_of_another_queue_is_refused(sqs, create, held):
    handle, other = held[1], create("other")
    message = f'The receipt handle "{handle}" is not valid for this queue.'
    with refused("ReceiptHandleIsInvalid", message, status=404):
        sqs.delete_message(QueueUrl=other, ReceiptHandle=handle)
    with refused("ReceiptHandleIsInvalid", message, status=404):
        sqs.change_message_visibility(QueueUrl=other, ReceiptHandle=handle, VisibilityTimeout=0)


def test_a_deleted_message_is_gone_and_deleting_it_again_succeeds(sqs, held, frozen_clock):
    url, handle = held
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert counts(sqs, url) == (0, 0, 0)
    frozen_clock.advance(31)
    assert bodies(sqs, url) == []


def test_a_handle_deletes_after_the_visibility_timeout_too(sqs, held, frozen_clock):
    # On a standard queue, as long as nobody has received the message again.
    url, handle = held
    frozen_clock.advance(31)
    assert counts(sqs, url) == (1, 0, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    assert counts(sqs, url) == (0, 0, 0)


def test_an_old_handle_deletes_nothing_once_the_message_was_received_again(sqs, held, frozen_clock):
    # AWS: "the request succeeds, but the message might not be deleted".
    url, old = held
    frozen_clock.advance(31)
    new = receive(sqs, url)[0]["ReceiptHandle"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=old)
    assert counts(sqs, url) == (0, 1, 0)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=new)
    assert counts(sqs, url) == (0, 0, 0)


# ChangeMessageVisibility


def test_a_new_visibility_timeout_has_its_range(sqs, held):
    url, handle = held
    for timeout_s in (-1, 43201):
        with refused(*invalid(timeout_s, "VisibilityTimeout", "Must be >= 0 and <= 43200, if provided.")):
            sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=timeout_s)


def test_the_visibility_of_a_message_that_is_gone_cannot_be_changed(sqs, held):
    url, handle = held
    sqs.delete_message(QueueUrl=url, ReceiptHandle=handle)
    reason = "Message does not exist or is not available for visibility timeout change."
    with refused(*invalid(handle, "ReceiptHandle", reason)):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=1)


def test_an_old_handle_changes_nothing_once_the_message_was_received_again(sqs, held, frozen_clock):
    url, old = held
    frozen_clock.advance(30)
    receive(sqs, url)
    reason = "Message does not exist or is not available for visibility timeout change."
    with refused(*invalid(old, "ReceiptHandle", reason)):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=old, VisibilityTimeout=0)


def test_changing_what_is_visible_again_does_nothing(sqs, held, frozen_clock):
    # The documented MessageNotInflight does not come: AWS says OK and leaves the message where it is.
    url, handle = held
    frozen_clock.advance(30)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=600)
    assert bodies(sqs, url) == ["x"]


def test_a_visibility_timeout_is_changed_from_now_on(sqs, held, frozen_clock):
    url, handle = held
    frozen_clock.advance(20)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=60)
    frozen_clock.advance(59)
    assert bodies(sqs, url) == []
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=5)
    frozen_clock.advance(5)
    assert bodies(sqs, url) == ["x"]


def test_zero_gives_a_message_back_at_once(sqs, held):
    url, handle = held
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    assert counts(sqs, url) == (1, 0, 0)
    assert bodies(sqs, url) == ["x"]


def test_a_message_is_hidden_for_twelve_hours_in_all(sqs, held, frozen_clock):
    # "Extending the visibility timeout doesn't reset the 12-hour limit", which runs from the ReceiveMessage.
    url, handle = held

    def change(timeout_s):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=timeout_s)

    change(43200)
    frozen_clock.advance(43000)
    reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
    with refused(*invalid(201, "VisibilityTimeout", reason)):
        change(201)
    change(200)
    frozen_clock.advance(200)
    assert bodies(sqs, url) == ["x"]


def test_the_twelve_hours_begin_anew_with_each_receive(sqs, held, frozen_clock):
    frozen_clock.advance(43200)
    handle = receive(sqs, held[0])[0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=held[0], ReceiptHandle=handle, VisibilityTimeout=43200)
    assert counts(sqs, held[0]) == (0, 1, 0)


# DeleteMessageBatch, ChangeMessageVisibilityBatch


@pytest.mark.parametrize("operation", ["delete_message_batch", "change_message_visibility_batch"])
def test_batches_of_handles_have_the_rules_of_batches(sqs, create, operation):
    url, call = create("q"), getattr(sqs, operation)
    kind = "".join(part.title() for part in operation.split("_")) + "RequestEntry"

    def entries(*ids):
        return [{"Id": one, "ReceiptHandle": "h"} for one in ids]

    message = f"There should be at least one {kind} in the request."
    with refused(PREFIX + "EmptyBatchRequest", message, query_error="EmptyBatchRequest"):
        call(QueueUrl=url, Entries=[])
    message = "Maximum number of entries per request are 10. You have sent 11."
    with refused(PREFIX + "TooManyEntriesInBatchRequest", message):
        call(QueueUrl=url, Entries=entries(*map(str, range(11))))
    with refused(PREFIX + "BatchEntryIdsNotDistinct", "Id a repeated."):
        call(QueueUrl=url, Entries=entries("a", "a"))
    with refused(PREFIX + "InvalidBatchEntryId"):
        call(QueueUrl=url, Entries=entries("a b"))
    with refused(NO_QUEUE):
        call(QueueUrl=url + "x", Entries=entries("a"))


def test_messages_are_deleted_in_a_batch_each_for_itself(sqs, create):
    url = create("q")
    for n in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
    handles = [m["ReceiptHandle"] for m in receive(sqs, url)]
    result = sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "a", "ReceiptHandle": handles[0]},
            {"Id": "bad", "ReceiptHandle": "fake"},
            {"Id": "b", "ReceiptHandle": handles[2]},
        ],
    )
    assert result["Successful"] == [{"Id": "a"}, {"Id": "b"}]
    assert result["Failed"] == [
        {
            "Id": "bad", "SenderFault": True, "Code": "ReceiptHandleIsInvalid",
            "Message": 'The input receipt handle "fake" is not a valid receipt handle.',
        }
    ]  # fmt: skip
    assert counts(sqs, url) == (0, 1, 0)


def test_visibility_is_changed_in_a_batch_each_for_itself(sqs, create, frozen_clock):
    url = create("q")
    for n in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
    handles = [m["ReceiptHandle"] for m in receive(sqs, url)]
    result = sqs.change_message_visibility_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "now", "ReceiptHandle": handles[0], "VisibilityTimeout": 0},
            {"Id": "later", "ReceiptHandle": handles[1], "VisibilityTimeout": 100},
            {"Id": "long", "ReceiptHandle": handles[2], "VisibilityTimeout": 43201},
            {"Id": "none", "ReceiptHandle": handles[2]},
        ],
    )
    assert [e["Id"] for e in result["Successful"]] == ["now", "later"]
    assert [(e["Id"], e["Code"]) for e in result["Failed"]] == [
        ("long", "InvalidParameterValue"),
        ("none", "MissingParameter"),
    ]
    assert bodies(sqs, url) == ["0"]
    frozen_clock.advance(30)
    assert sorted(bodies(sqs, url)) == ["0", "2"]


# Ageing


def test_a_message_is_gone_at_the_end_of_its_retention(sqs, create, frozen_clock):
    url = create("q", MessageRetentionPeriod=60)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    frozen_clock.advance(59.999)
    assert counts(sqs, url) == (1, 0, 0)
    frozen_clock.advance(0.001)
    assert counts(sqs, url) == (0, 0, 0)
    assert bodies(sqs, url) == []


def test_messages_expire_each_at_its_own_instant(sqs, create, frozen_clock):
    # Rows are swept away once a minute; what clients see is exact all the same.
    url = create("q", MessageRetentionPeriod=60)
    for n in range(4):
        sqs.send_message(QueueUrl=url, MessageBody=str(n), DelaySeconds=45 if n == 3 else 0)
        frozen_clock.advance(10)
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)
    frozen_clock.advance(20)  # the first has expired, in flight
    assert counts(sqs, url) == (2, 0, 1)
    frozen_clock.advance(10)
    assert counts(sqs, url) == (1, 0, 1)
    frozen_clock.advance(10)
    assert counts(sqs, url) == (1, 0, 0)
    assert bodies(sqs, url, VisibilityTimeout=0) == ["3"]
    frozen_clock.advance(10)
    assert counts(sqs, url) == (0, 0, 0)
    assert bodies(sqs, url) == []


def test_expired_rows_do_not_stay(sqs, create, frozen_clock, cloud):
    url = create("q", MessageRetentionPeriod=60)
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
        frozen_clock.advance(5)
    frozen_clock.advance(120)

    def rows(c):
        store = c.registry.get("sqs").service.store
        number = store.queues.where(account=url.split("/")[-2])[0].number
        return c.store.value("SELECT count(*) FROM sqs_messages WHERE queue = ?", (number,))

    assert cloud.look(rows) == 0


def test_a_new_retention_is_for_what_is_in_the_queue_too(sqs, create, frozen_clock):
    url = create("q")
    sqs.send_message(QueueUrl=url, MessageBody="x")
    frozen_clock.advance(100)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "101"})
    assert counts(sqs, url) == (1, 0, 0)
    frozen_clock.advance(1)
    assert counts(sqs, url) == (0, 0, 0)
    assert bodies(sqs, url) == []


def test_an_expired_message_cannot_be_changed(sqs, create, frozen_clock):
    url = create("q", MessageRetentionPeriod=60)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = sqs.receive_message(QueueUrl=url, VisibilityTimeout=600)["Messages"][0]["ReceiptHandle"]
    frozen_clock.advance(60)
    reason = "Message does not exist or is not available for visibility timeout change."
    with refused(*invalid(handle, "ReceiptHandle", reason)):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)


# Usage


def test_each_64_kib_of_payload_is_a_request_of_its_own(sqs, create, cloud):
    # https://aws.amazon.com/sqs/pricing/: "Each 64 KB chunk of a payload is billed as 1 request."
    url = create("q")

    def usage(operation):
        return cloud.spans(service="sqs", operation=operation, account=url.split("/")[-2])[0].usage

    sqs.send_message(QueueUrl=url, MessageBody="x" * 65_537)
    assert usage("SendMessage") == {"sqs.requests": 2}
    receive(sqs, url)
    assert usage("ReceiveMessage") == {"sqs.requests": 2}
    receive(sqs, url)
    assert usage("ReceiveMessage") == {"sqs.requests": 1}


def test_a_body_of_json_comes_back_to_the_letter(sqs, create):
    url, body = create("q"), json.dumps({"a": [1, "ü", None]}, indent=1)
    sqs.send_message(QueueUrl=url, MessageBody=body)
    assert bodies(sqs, url) == [body]
