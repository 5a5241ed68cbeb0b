"""Dead-letter queues: redrive policies, who may use which queue, and the moment at which a message moves."""

import json

import pytest

from tests.services.sqs.sqs_calls import (
    NO_QUEUE,
    arn_of,
    attributes,
    bodies,
    counts,
    invalid,
    receive,
    redrive_policy,
    refused,
)


@pytest.fixture
def pair(sqs, create):
    """A source whose messages move after two receives, and its dead-letter queue. No visibility timeout."""
    dlq = create("dlq")
    url = create("q", VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 2))
    return url, dlq


# RedrivePolicy: wrong input


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "Redrive policy is not a valid JSON map."),
        ("[]", "Redrive policy is not a valid JSON map."),
        ("{}", "Redrive policy does not contain mandatory attribute: deadLetterTargetArn."),
        ('{"deadLetterTargetArn":"a"}', "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        ('{"deadLetterTargetArn":"a","maxReceiveCount":1}', "Invalid value for deadLetterTargetArn."),
    ],
)
def test_a_redrive_policy_has_its_form(sqs, create, text, reason):
    with refused(*invalid(text, "RedrivePolicy", reason)):
        create("q", RedrivePolicy=text)


@pytest.mark.parametrize("count", [0, 1001, -1, "x", 1.5, True, None])
def test_messages_move_after_1_to_1000_receives(sqs, create, count):
    text = redrive_policy(arn_of(sqs, create("dlq")), count)
    reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
    with refused(*invalid(text, "RedrivePolicy", reason)):
        create("q", RedrivePolicy=text)


def test_a_dead_letter_queue_is_of_the_same_account_and_region(create, account):
    for arn in (f"arn:aws:sqs:eu-west-1:{account}:dlq", "arn:aws:sqs:us-east-1:999999999999:dlq"):
        text = redrive_policy(arn, 1)
        with refused(*invalid(text, "RedrivePolicy", "Dead letter target owner should be same as the source.")):
            create("q", RedrivePolicy=text)


def test_a_dead_letter_queue_exists(create, account):
    text = redrive_policy(f"arn:aws:sqs:us-east-1:{account}:dlq", 1)
    with refused(*invalid(text, "RedrivePolicy", "Dead letter target does not exist.")):
        create("q", RedrivePolicy=text)


@pytest.mark.parametrize(("source", "target"), [("q", "dlq.fifo"), ("q.fifo", "dlq")])
def test_a_dead_letter_queue_is_of_the_same_type(sqs, create, source, target):
    text = redrive_policy(arn_of(sqs, create(target)), 1)
    with refused(*invalid(text, "RedrivePolicy", "Dead-letter queue must be same type of queue as the source.")):
        create(source, RedrivePolicy=text)


# RedriveAllowPolicy


@pytest.mark.parametrize(
    "policy",
    [
        "{",
        "[]",
        {},
        {"redrivePermission": "some"},
        {"redrivePermission": "byQueue"},
        {"redrivePermission": "byQueue", "sourceQueueArns": ["q"]},
        {"redrivePermission": "byQueue", "sourceQueueArns": [f"arn:aws:sqs:us-east-1:1:q{n}" for n in range(11)]},
        {"redrivePermission": "denyAll", "sourceQueueArns": ["arn:aws:sqs:us-east-1:1:q"]},
    ],
)
def test_a_redrive_allow_policy_has_its_form(create, policy):
    with refused("InvalidParameterValue"):
        create("dlq", RedriveAllowPolicy=policy if isinstance(policy, str) else json.dumps(policy))


@pytest.mark.parametrize(
    ("permission", "allowed"), [("allowAll", True), ("denyAll", False), ("byQueue", True), ("others", False)]
)
def test_a_dead_letter_queue_chooses_its_sources(sqs, create, account, permission, allowed):
    policy = {"redrivePermission": "byQueue" if permission == "others" else permission}
    if policy["redrivePermission"] == "byQueue":
        name = "q" if permission == "byQueue" else "other"
        policy["sourceQueueArns"] = [f"arn:aws:sqs:us-east-1:{account}:{name}"]
    dlq = create("dlq", RedriveAllowPolicy=json.dumps(policy))
    text = redrive_policy(arn_of(sqs, dlq), 1)
    if allowed:
        assert attributes(sqs, create("q", RedrivePolicy=text))["RedrivePolicy"] == text
        return
    reason = "Queue specified in deadLetterTargetArn does not allow this queue to use it as a dead-letter queue."
    with refused(*invalid(text, "RedrivePolicy", reason)):
        create("q", RedrivePolicy=text)


def test_a_source_that_is_shut_out_later_keeps_its_messages(sqs, pair):
    url, dlq = pair
    sqs.set_queue_attributes(QueueUrl=dlq, Attributes={"RedriveAllowPolicy": '{"redrivePermission":"denyAll"}'})
    sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [bodies(sqs, url) for _ in range(4)] == [["x"]] * 4
    assert counts(sqs, dlq) == (0, 0, 0)


# RedrivePolicy: behaviour


def test_a_max_receive_count_in_quotes_becomes_a_number(sqs, create):
    arn = arn_of(sqs, create("dlq"))
    url = create("q", RedrivePolicy=json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "5"}))
    assert json.loads(attributes(sqs, url)["RedrivePolicy"]) == {"deadLetterTargetArn": arn, "maxReceiveCount": 5}


def test_a_message_moves_at_the_receive_after_the_last_that_is_allowed(sqs, pair):
    url, dlq = pair
    sent = sqs.send_message(QueueUrl=url, MessageBody="x")
    assert [bodies(sqs, url) for _ in range(2)] == [["x"], ["x"]]
    assert counts(sqs, dlq) == (0, 0, 0)  # it does not move by itself
    assert bodies(sqs, url) == []
    assert (counts(sqs, url), counts(sqs, dlq)) == ((0, 0, 0), (1, 0, 0))
    [dead] = receive(sqs, dlq)
    assert dead["MessageId"] == sent["MessageId"]
    assert dead["Attributes"]["DeadLetterQueueSourceArn"] == arn_of(sqs, url)


def test_receives_are_counted_across_all_queues(sqs, pair):
    # "Returns the number of times a message has been received across all queues but not deleted."
    url, dlq = pair
    sqs.send_message(QueueUrl=url, MessageBody="x")
    first = receive(sqs, url)[0]["Attributes"]
    for _ in range(2):
        receive(sqs, url)
    dead = receive(sqs, dlq)[0]["Attributes"]
    assert dead["ApproximateReceiveCount"] == "3"
    for name in ("SentTimestamp", "ApproximateFirstReceiveTimestamp", "SenderId"):
        assert dead[name] == first[name]


def test_what_comes_behind_a_dead_message_is_received_with_the_same_call(sqs, pair):
    url, dlq = pair
    sqs.send_message(QueueUrl=url, MessageBody="old")
    receive(sqs, url)
    receive(sqs, url)
    for n in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
    # With a visibility timeout of 0 the same message must not come twice in one answer either.
    assert bodies(sqs, url) == ["0", "1", "2"]
    assert bodies(sqs, dlq) == ["old"]


def test_messages_move_again_from_dead_letter_queue_to_dead_letter_queue(sqs, create, pair):
    url, dlq = pair
    last = create("last")
    policy = redrive_policy(arn_of(sqs, last), 1)
    sqs.set_queue_attributes(QueueUrl=dlq, Attributes={"RedrivePolicy": policy, "VisibilityTimeout": "0"})
    sqs.send_message(QueueUrl=url, MessageBody="x")
    for _ in range(3):
        receive(sqs, url)
    assert bodies(sqs, dlq) == ["x"]  # each queue counts its own receives for its own limit
    assert bodies(sqs, dlq) == []
    assert bodies(sqs, last) == ["x"]


def test_without_its_dead_letter_queue_a_message_stays(sqs, pair):
    url, dlq = pair
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.delete_queue(QueueUrl=dlq)
    assert [bodies(sqs, url) for _ in range(4)] == [["x"]] * 4


def test_an_empty_redrive_policy_takes_it_away(sqs, pair):
    url, dlq = pair
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": ""})
    assert "RedrivePolicy" not in attributes(sqs, url)
    assert sqs.list_dead_letter_source_queues(QueueUrl=dlq)["queueUrls"] == []


def test_a_standard_message_ages_from_when_it_was_first_sent(sqs, create, frozen_clock):
    # "When a message is moved to a dead-letter queue, the enqueue timestamp is unchanged."
    dlq = create("dlq", MessageRetentionPeriod=100)
    url = create("q", VisibilityTimeout=0, RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1))
    sqs.send_message(QueueUrl=url, MessageBody="x")
    frozen_clock.advance(60)
    receive(sqs, url)
    receive(sqs, url)
    frozen_clock.advance(39.9)
    assert counts(sqs, dlq) == (1, 0, 0)
    frozen_clock.advance(0.1)
    assert counts(sqs, dlq) == (0, 0, 0)


# FIFO


@pytest.fixture
def fifo_pair(sqs, create):
    dlq = create("dlq.fifo", MessageRetentionPeriod=100)
    url = create(
        "q.fifo", VisibilityTimeout=10, ContentBasedDeduplication="true",
        RedrivePolicy=redrive_policy(arn_of(sqs, dlq), 1),
    )  # fmt: skip
    return url, dlq


def test_a_dead_fifo_message_makes_way_for_its_group(sqs, fifo_pair, frozen_clock):
    url, dlq = fifo_pair
    for body in ("a1", "a2", "b1"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=body[0])
    assert bodies(sqs, url, 1) == ["a1"]
    frozen_clock.advance(10)
    assert bodies(sqs, url) == ["b1", "a2"]
    assert bodies(sqs, dlq) == ["a1"]


def test_another_group_is_received_where_a_whole_group_is_dead(sqs, fifo_pair, frozen_clock):
    url, dlq = fifo_pair
    sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="a")
    assert bodies(sqs, url) == ["a"]
    frozen_clock.advance(10)
    sqs.send_message(QueueUrl=url, MessageBody="b", MessageGroupId="b")
    assert bodies(sqs, url, 1) == ["b"]
    assert counts(sqs, dlq) == (1, 0, 0)


def test_a_dead_fifo_message_is_enqueued_anew_with_its_id_for_deduplication(sqs, fifo_pair, frozen_clock):
    # "The original message's deduplication ID will be replaced with the original message's ID", and "for FIFO queues,
    # the enqueue timestamp resets when the message is moved to a dead-letter queue".
    url, dlq = fifo_pair
    sent = sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    receive(sqs, url)
    frozen_clock.advance(50)
    moved_at = frozen_clock.now()
    assert receive(sqs, url) == []
    [dead] = receive(sqs, dlq, VisibilityTimeout=0)
    found = dead["Attributes"]
    assert dead["MessageId"] == found["MessageDeduplicationId"] == sent["MessageId"]
    assert found["MessageGroupId"] == "g"
    assert found["SentTimestamp"] == str(int(moved_at * 1000))
    assert found["ApproximateReceiveCount"] == "2"
    assert found["DeadLetterQueueSourceArn"] == arn_of(sqs, url)
    assert int(found["SequenceNumber"]) > int(sent["SequenceNumber"])
    frozen_clock.advance(99.9)
    assert counts(sqs, dlq) == (1, 0, 0)
    frozen_clock.advance(0.1)
    assert counts(sqs, dlq) == (0, 0, 0)


def test_dead_messages_keep_the_order_of_their_group(sqs, fifo_pair, frozen_clock):
    url, dlq = fifo_pair
    for body in ("1", "2", "3"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    assert bodies(sqs, url) == ["1", "2", "3"]
    frozen_clock.advance(10)
    assert bodies(sqs, url) == []
    assert bodies(sqs, dlq) == ["1", "2", "3"]


# ListDeadLetterSourceQueues


def test_a_dead_letter_queue_lists_its_sources(sqs, create):
    dlq, other = create("dlq"), create("other")
    policy = redrive_policy(arn_of(sqs, dlq), 3)
    urls = [create(f"q{n}", RedrivePolicy=policy) for n in range(5)]
    assert sqs.list_dead_letter_source_queues(QueueUrl=dlq)["queueUrls"] == urls
    assert sqs.list_dead_letter_source_queues(QueueUrl=other)["queueUrls"] == []
    found, token = [], {}
    while True:
        page = sqs.list_dead_letter_source_queues(QueueUrl=dlq, MaxResults=2, **token)
        found.append(page["queueUrls"])
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert found == [urls[:2], urls[2:4], urls[4:]]


def test_sources_are_listed_under_the_rules_of_pages(sqs, create):
    url = create("dlq")
    with refused(NO_QUEUE):
        sqs.list_dead_letter_source_queues(QueueUrl=url + "x")
    with refused(*invalid(1001, "MaxResults", "MaxResults must be an integer between 1 and 1000.")):
        sqs.list_dead_letter_source_queues(QueueUrl=url, MaxResults=1001)
    message = "MaxResults is a mandatory parameter when you provide a value for NextToken."
    with refused("InvalidParameterValue", message):
        sqs.list_dead_letter_source_queues(QueueUrl=url, NextToken="eA==")
