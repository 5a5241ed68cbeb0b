"""Faults: rules match patterns, strike a seeded share, and stop when they are spent."""

from __future__ import annotations

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from cloudchamber.core.faults import FaultRule, Faults, Target

SEND = Target("sqs", "SendMessage", "arn:aws:iam::111122223333:user/ann", "111122223333", "us-east-1")
ONCE = Config(retries={"total_max_attempts": 1})


def struck(rule: FaultRule, times: int = 200) -> list[bool]:
    faults = Faults()
    faults.add(rule)
    return [faults.strike(SEND) is not None for _ in range(times)]


def test_the_same_seed_strikes_the_same_calls():
    rule = FaultRule("f", "error", share=0.3, seed=7)
    assert struck(rule) == struck(rule)
    assert struck(rule) != struck(FaultRule("f", "error", share=0.3, seed=8))


def test_a_share_of_the_calls_is_struck():
    assert 30 <= sum(struck(FaultRule("f", "error", share=0.3, seed=1))) <= 90


def test_a_rule_with_a_number_of_times_is_spent_after_them():
    assert struck(FaultRule("f", "error", times=2), 5) == [True, True, False, False, False]


@pytest.mark.parametrize(
    ("narrowing", "matches"),
    [
        ({"service": "sqs"}, True),
        ({"service": "sns"}, False),
        ({"operation": "Send*"}, True),
        ({"operation": "Receive*"}, False),
        ({"principal": "*:user/ann"}, True),
        ({"account": "999999999999"}, False),
        ({"region": "us-*"}, True),
    ],
)
def test_a_rule_matches_by_pattern(narrowing: dict[str, str], matches: bool):
    assert struck(FaultRule("f", "error", **narrowing), 1) == [matches]


@pytest.mark.parametrize("wrong", [{"kind": "explode"}, {"kind": "error", "share": 0}, {"kind": "error", "share": 1.5}])
def test_a_rule_that_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"kind|share"):
        Faults().add(FaultRule("f", **wrong))


def test_an_injected_error_is_the_answer_and_stands_in_the_trace(cloud, aws, account, faults):
    sqs = aws.client("sqs", config=ONCE)
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    faults.add("error", service="sqs", operation="SendMessage", account=account, code="OverLimit", status=403)
    with pytest.raises(ClientError) as caught:
        sqs.send_message(QueueUrl=url, MessageBody="x")
    assert caught.value.response["Error"]["Code"] == "OverLimit"
    span = cloud.spans(account=account, operation="SendMessage")[0]
    assert span.fault.startswith("error (fault-")
    faults.clear()
    assert sqs.send_message(QueueUrl=url, MessageBody="x")["MessageId"]


def test_a_throttle_is_retried_by_the_sdk_and_the_call_succeeds(aws, account, faults):
    sqs = aws.client("sqs", config=Config(retries={"total_max_attempts": 3, "mode": "standard"}))
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    faults.add("throttle", service="sqs", operation="SendMessage", account=account, times=1)
    answer = sqs.send_message(QueueUrl=url, MessageBody="x")
    assert answer["ResponseMetadata"]["RetryAttempts"] == 1


def test_a_region_that_is_down_answers_503_and_the_other_region_works(cloud, account, faults):
    faults.add("region-down", region="eu-west-1", account=account)
    with pytest.raises(ClientError) as caught:
        cloud.session(account, "eu-west-1").client("sqs", config=ONCE).list_queues()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    cloud.session(account, "us-east-1").client("sqs", config=ONCE).list_queues()


def test_a_dropped_call_ends_the_connection_without_an_answer(aws, account, faults):
    sqs = aws.client("sqs", config=ONCE)
    faults.add("drop", service="sqs", operation="ListQueues", account=account)
    with pytest.raises(ConnectionClosedError):
        sqs.list_queues()


def test_latency_is_felt_by_the_client_and_seen_in_the_span(cloud, aws, account, faults):
    sqs = aws.client("sqs", config=ONCE)
    faults.add("latency", service="sqs", account=account, latency_s=0.05)
    sqs.list_queues()
    assert cloud.spans(account=account)[0].duration_s >= 0.05
