"""FIFO queues: order, message groups, deduplication, receive attempts."""

import pytest

from tests.services.sqs.sqs_calls import attributes, bodies, counts, invalid, receive, refused, unswept

IDENTIFIER = "can only include alphanumeric and punctuation characters. 1 to 128 in length."


@pytest.fixture
def url(create):
    return create("q.fifo", ContentBasedDeduplication="true")


@pytest.fixture
def send(sqs, url):
    def one(body, group="g", **more):
        return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group, **more)

    return one


# SendMessage: wrong input


def test_a_fifo_message_needs_a_group(sqs, url):
    with refused("MissingParameter", "The request must contain the parameter MessageGroupId."):
        sqs.send_message(QueueUrl=url, MessageBody="x")


def test_a_fifo_message_needs_a_deduplication_id_or_content_to_make_one_of(sqs, create):
    message = (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    with refused("InvalidParameterValue", message):
        sqs.send_message(QueueUrl=create("other.fifo"), MessageBody="x", MessageGroupId="g")


@pytest.mark.parametrize("name", ["MessageGroupId", "MessageDeduplicationId"])
@pytest.mark.parametrize("value", ["", "a b", "ü", "a" * 129])
def test_identifiers_have_their_characters(sqs, url, name, value):
    options = {"MessageGroupId": "g", name: value}
    with refused(*invalid(value, name, f"{name} {IDENTIFIER}")):
        sqs.send_message(QueueUrl=url, MessageBody="x", **options)


def test_every_ascii_punctuation_is_fit_for_an_identifier(sqs, url):
    punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=punctuation, MessageDeduplicationId=punctuation)
    found = receive(sqs, url)[0]["Attributes"]
    assert (found["MessageGroupId"], found["MessageDeduplicationId"]) == (punctuation, punctuation)


def test_a_fifo_message_has_no_delay_of_its_own(sqs, url, send):
    reason = "The request include parameter that is not valid for this queue type."
    with refused(*invalid(5, "DelaySeconds", reason)):
        send("x", DelaySeconds=5)
    send("x", DelaySeconds=0)


def test_an_entry_without_group_fails_for_itself(sqs, url):
    result = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[{"Id": "1", "MessageBody": "a", "MessageGroupId": "g"}, {"Id": "2", "MessageBody": "b"}],
    )
    assert [e["Id"] for e in result["Successful"]] == ["1"]
    assert result["Failed"] == [
        {
            "Id": "2", "SenderFault": True, "Code": "MissingParameter",
            "Message": "The request must contain the parameter MessageGroupId.",
        }
    ]  # fmt: skip


# Order


def test_a_group_is_received_in_order(sqs, url, send):
    for n in range(15):
        send(str(n))
    first = receive(sqs, url)
    assert [m["Body"] for m in first] == [str(n) for n in range(10)]
    for message in first:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert bodies(sqs, url) == [str(n) for n in range(10, 15)]


def test_a_group_is_blocked_while_a_message_of_it_is_in_flight(sqs, url, send):
    for body in ("a1", "a2", "a3"):
        send(body, "a")
    [a1] = receive(sqs, url, 1)
    assert receive(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=a1["ReceiptHandle"])
    assert bodies(sqs, url) == ["a2", "a3"]


def test_a_group_stays_blocked_until_the_last_in_flight_is_done(sqs, url, send):
    for body in ("1", "2", "3"):
        send(body)
    one, two = receive(sqs, url, 2)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])
    assert receive(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=two["ReceiptHandle"])
    assert bodies(sqs, url) == ["3"]


def test_groups_do_not_hold_each_other_up(sqs, url, send):
    for body in ("a1", "b1", "a2", "c1", "b2"):
        send(body, body[0])
    assert bodies(sqs, url, 1) == ["a1"]
    # "returns as many messages with the same message group ID as possible", then of the next group
    assert bodies(sqs, url, 2) == ["b1", "b2"]
    assert bodies(sqs, url, 10) == ["c1"]
    assert bodies(sqs, url) == []


def test_a_receive_takes_of_several_groups_each_in_order(sqs, url, send):
    for n in range(3):
        for group in "ab":
            send(f"{group}{n}", group)
    assert bodies(sqs, url) == ["a0", "a1", "a2", "b0", "b1", "b2"]


def test_what_was_not_deleted_comes_back_before_what_came_later(sqs, url, send, frozen_clock):
    send("1")
    send("2")
    assert bodies(sqs, url, 1) == ["1"]
    send("3")
    frozen_clock.advance(30)
    assert bodies(sqs, url) == ["1", "2", "3"]


def test_a_message_given_back_keeps_its_place(sqs, url, send):
    for body in ("1", "2", "3"):
        send(body)
    one, two = receive(sqs, url, 2)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=two["ReceiptHandle"], VisibilityTimeout=0)
    assert receive(sqs, url) == []  # the first is still out
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    assert bodies(sqs, url) == ["1", "2", "3"]


def test_sequence_numbers_grow(sqs, url, send):
    # 20 digits, not consecutive; growing within a group, and here within the queue.
    sent = [send(str(n), f"g{n % 3}")["SequenceNumber"] for n in range(6)]
    assert all(len(number) == 20 and number.isdigit() for number in sent)
    assert sorted(sent, key=int) == sent
    assert len(set(sent)) == 6
    received = {m["Body"]: m["Attributes"]["SequenceNumber"] for m in receive(sqs, url)}
    assert [received[str(n)] for n in range(6)] == sent


def test_a_received_fifo_message_tells_its_identifiers(sqs, url, send):
    send("x", "group", MessageDeduplicationId="dedup")
    found = receive(sqs, url)[0]["Attributes"]
    assert (found["MessageGroupId"], found["MessageDeduplicationId"]) == ("group", "dedup")


# Deduplication


def test_a_message_sent_twice_within_five_minutes_is_delivered_once(sqs, url, send, frozen_clock):
    first = send("x", MessageDeduplicationId="d")
    frozen_clock.advance(299.999)
    again = send("other body", MessageDeduplicationId="d")
    # AWS accepts it, and answers with what it knows: the first message.
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert bodies(sqs, url) == ["x"]


def test_the_five_minutes_end_at_their_instant_and_are_not_renewed(sqs, url, send, frozen_clock):
    first = send("x", MessageDeduplicationId="d")
    frozen_clock.advance(150)
    send("x", MessageDeduplicationId="d")
    frozen_clock.advance(150)
    assert send("x", MessageDeduplicationId="d")["MessageId"] != first["MessageId"]
    assert counts(sqs, url) == (2, 0, 0)


def test_a_deleted_message_is_deduplicated_all_the_same(sqs, url, send):
    send("x")
    sqs.delete_message(QueueUrl=url, ReceiptHandle=receive(sqs, url)[0]["ReceiptHandle"])
    send("x")
    assert counts(sqs, url) == (0, 0, 0)


def test_content_is_the_body_alone(sqs, url, send):
    send("x", MessageAttributes={"a": {"DataType": "String", "StringValue": "1"}})
    send("x", MessageAttributes={"a": {"DataType": "String", "StringValue": "2"}})
    send("y")
    assert bodies(sqs, url) == ["x", "y"]


def test_an_explicit_id_goes_before_the_content(sqs, url, send):
    send("x", MessageDeduplicationId="1")
    send("x", MessageDeduplicationId="2")
    send("x")
    assert bodies(sqs, url) == ["x", "x", "x"]


def test_deduplication_is_across_groups_unless_scoped_to_the_group(sqs, create):
    def sent(url):
        for group in "aba":
            sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId=group, MessageDeduplicationId="d")
        return counts(sqs, url)[0]

    assert sent(create("whole.fifo")) == 1
    assert sent(create("group.fifo", DeduplicationScope="messageGroup")) == 2
    fast = create("fast.fifo", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId")
    assert sent(fast) == 2
    assert attributes(sqs, fast)["FifoThroughputLimit"] == "perMessageGroupId"


def test_deduplication_holds_within_a_batch_too(sqs, url):
    entries = [{"Id": str(n), "MessageBody": "x", "MessageGroupId": "g"} for n in range(3)]
    result = sqs.send_message_batch(QueueUrl=url, Entries=entries)
    assert len({e["MessageId"] for e in result["Successful"]}) == 1
    assert bodies(sqs, url) == ["x"]


def test_markers_of_what_was_sent_do_not_stay(sqs, url, send, frozen_clock, cloud):
    send("x")
    frozen_clock.advance(420)

    def rows(c):
        store = c.registry.get("sqs").service.store
        number = store.queues.where(account=url.split("/")[-2])[0].number
        return c.store.value("SELECT count(*) FROM sqs_sent WHERE queue = ?", (number,))

    assert cloud.look(rows) == 0


# Delays


def test_the_delay_of_the_queue_holds_a_group_back(sqs, url, send, frozen_clock):
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "10"})
    send("1")
    frozen_clock.advance(5)
    send("2")
    frozen_clock.advance(5)
    assert counts(sqs, url) == (1, 0, 1)
    assert bodies(sqs, url) == ["1"]


def test_a_new_delay_of_a_fifo_queue_is_for_what_is_in_it_too(sqs, url, send, frozen_clock):
    # "For FIFO queues, the per-queue delay setting is retroactive."
    send("1")
    send("other", "b")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "10"})
    assert counts(sqs, url) == (0, 0, 2)
    assert bodies(sqs, url) == []
    frozen_clock.advance(10)
    assert bodies(sqs, url) == ["1", "other"]
    send("2", "c")
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"DelaySeconds": "0"})
    assert bodies(sqs, url) == ["2"]


# DeleteMessage, ChangeMessageVisibility


def test_an_expired_handle_deletes_nothing(sqs, url, send, frozen_clock):
    # Standard queues are more lenient.
    send("x")
    handle = receive(sqs, url)[0]["ReceiptHandle"]
    frozen_clock.advance(30)
    for call, more in ((sqs.delete_message, {}), (sqs.change_message_visibility, {"VisibilityTimeout": 9})):
        with refused(*invalid(handle, "ReceiptHandle", "The receipt handle has expired.")):
            call(QueueUrl=url, ReceiptHandle=handle, **more)
    assert bodies(sqs, url) == ["x"]


# ReceiveRequestAttemptId


def attempt(sqs, url, name="a", count=10, **options):
    found = receive(sqs, url, count, ReceiveRequestAttemptId=name, **options)
    return [(m["Body"], m["ReceiptHandle"]) for m in found]


@pytest.mark.parametrize("value", ["", "a b", "a" * 129])
def test_an_attempt_id_has_its_characters(sqs, url, value):
    with refused(*invalid(value, "ReceiveRequestAttemptId", f"ReceiveRequestAttemptId {IDENTIFIER}")):
        attempt(sqs, url, value)


def test_a_repeated_attempt_gives_the_same_messages_and_handles(sqs, url, send, frozen_clock):
    for body in ("1", "2", "3"):
        send(body)
    first = attempt(sqs, url, count=2)
    assert [body for body, _ in first] == ["1", "2"]
    assert attempt(sqs, url, "b") == []
    frozen_clock.advance(20)
    assert attempt(sqs, url) == first
    # "If a retry occurs within the deduplication interval, it resets the visibility timeout."
    frozen_clock.advance(29)
    assert bodies(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first[0][1])
    frozen_clock.advance(1)
    assert bodies(sqs, url) == ["2", "3"]


def test_an_attempt_is_not_repeated_once_a_message_of_it_was_deleted_or_changed(sqs, url, send):
    # "… if none of the messages have been modified (deleted or had their visibility changes)."
    for body in ("1", "2"):
        send(body)
    (_, one), (_, two) = attempt(sqs, url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=two, VisibilityTimeout=20)
    assert attempt(sqs, url) == []
    sqs.delete_message(QueueUrl=url, ReceiptHandle=one)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=two, VisibilityTimeout=0)
    [(body, handle)] = attempt(sqs, url)
    assert (body, handle != two) == ("2", True)


def test_an_attempt_is_remembered_for_five_minutes(sqs, url, send, frozen_clock):
    send("x")
    first = attempt(sqs, url, VisibilityTimeout=1000)
    frozen_clock.advance(299)
    assert attempt(sqs, url, VisibilityTimeout=1000) == first
    frozen_clock.advance(300)
    assert attempt(sqs, url) == []


# Ageing


def test_an_expired_message_does_not_block_its_group_nor_others(sqs, create, frozen_clock):
    url = create("short.fifo", MessageRetentionPeriod=60, ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="a1", MessageGroupId="a")
    frozen_clock.advance(30)
    sqs.send_message(QueueUrl=url, MessageBody="a2", MessageGroupId="a")
    sqs.send_message(QueueUrl=url, MessageBody="b1", MessageGroupId="b")
    frozen_clock.advance(30.5)  # swept at 60 s; now nothing is swept for a minute
    assert counts(sqs, url) == (2, 0, 0)
    frozen_clock.advance(20)
    sqs.send_message(QueueUrl=url, MessageBody="c1", MessageGroupId="c")
    frozen_clock.advance(10)
    assert counts(sqs, url) == (1, 0, 0)
    assert bodies(sqs, url, 1) == ["c1"]


# Messages that have expired and are not swept away yet


@pytest.fixture
def brief(sqs, cloud, create, frozen_clock):
    """A queue that keeps messages for 300 seconds: `send("body", "group")`."""
    url = create("brief.fifo", ContentBasedDeduplication="true", MessageRetentionPeriod="300")

    def send(body, group="g"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)
        unswept(cloud)

    return url, send


def test_a_group_does_not_keep_the_place_of_a_message_that_has_expired(sqs, brief, frozen_clock):
    url, send = brief
    send("gone", "b")
    frozen_clock.advance(200)
    send("a1", "a")
    frozen_clock.advance(100)
    send("b2", "b")
    assert bodies(sqs, url) == ["a1", "b2"]


def test_a_message_that_expires_in_flight_holds_its_group_up_no_longer(sqs, brief, frozen_clock):
    url, send = brief
    send("1")
    frozen_clock.advance(200)
    send("2")
    assert bodies(sqs, url, 1, VisibilityTimeout=1000) == ["1"]
    frozen_clock.advance(99)
    assert bodies(sqs, url) == []
    frozen_clock.advance(1)
    assert bodies(sqs, url) == ["2"]
