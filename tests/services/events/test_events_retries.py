"""What becomes of a delivery that fails: retries on the clock, dead letters, roles; and log groups, functions."""

from __future__ import annotations

import json

from tests.services.events.events_calls import put, rule_to


def attributes(message):
    return {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}


def test_a_failing_target_is_tried_again_with_growing_pauses(events, queue, faults, frozen_clock, cloud):
    q = queue()
    rule_to(events, q.arn)
    start, account = frozen_clock.now(), q.arn.split(":")[4]
    fault = faults.add("error", service="sqs", operation="SendMessage", account=account, code="ServiceUnavailable",
                       status=503)  # fmt: skip
    put(events, {"n": 1})
    frozen_clock.advance(10)
    tries = [s.started_at - start for s in cloud.spans(service="sqs", operation="SendMessage") if s.account == account]
    assert sorted(tries) == [0, 1, 3, 7]
    faults.remove(fault)
    frozen_clock.advance(5)
    assert [event["detail"] for event in q.events()] == [{"n": 1}]


def test_attempts_run_out(events, queue, faults, frozen_clock, account):
    q, dead = queue(), queue("dead")
    arn = rule_to(events, q.arn, DeadLetterConfig={"Arn": dead.arn}, RetryPolicy={"MaximumRetryAttempts": 2})
    fault = faults.add("error", service="sqs", operation="SendMessage", account=account, code="ServiceUnavailable",
                       status=503, message="busy", times=3)  # fmt: skip
    event_id = put(events, {"n": 1})["EventId"]
    frozen_clock.advance(60)
    faults.remove(fault)
    (letter,) = dead.messages()
    assert json.loads(letter["Body"])["id"] == event_id
    assert attributes(letter) == {
        "RULE_ARN": arn, "TARGET_ARN": q.arn, "ERROR_CODE": "ERROR_FROM_TARGET",
        "ERROR_MESSAGE": attributes(letter)["ERROR_MESSAGE"], "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts",
        "RETRY_ATTEMPTS": "2",
    }  # fmt: skip
    assert q.events() == []


def test_an_event_grows_too_old(events, queue, faults, frozen_clock, account):
    q, dead = queue(), queue("dead")
    rule_to(events, q.arn, DeadLetterConfig={"Arn": dead.arn}, RetryPolicy={"MaximumEventAgeInSeconds": 60})
    faults.add("error", service="sqs", operation="SendMessage", account=account, code="ServiceUnavailable",
               status=503, times=6)  # fmt: skip
    put(events)
    frozen_clock.advance(120)
    (letter,) = dead.messages()
    assert attributes(letter)["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert attributes(letter)["RETRY_ATTEMPTS"] == "5"


def test_a_queue_that_is_not_there_needs_no_retry(events, queue, account):
    dead = queue("dead")
    gone = f"arn:aws:sqs:us-east-1:{account}:gone"
    rule_to(events, gone, DeadLetterConfig={"Arn": dead.arn})
    put(events)
    (letter,) = dead.messages()
    found = attributes(letter)
    assert (found["TARGET_ARN"], found["ERROR_CODE"], found["RETRY_ATTEMPTS"]) == (gone, "NO_RESOURCE", "0")
    assert "EXHAUSTED_RETRY_CONDITION" not in found


def test_a_target_may_have_a_role(events, aws, queue, account):
    iam, q, dead = aws.client("iam"), queue(is_open=False), queue("dead")
    role = f"arn:aws:iam::{account}:role/r"
    rule_to(events, q.arn, RoleArn=role, DeadLetterConfig={"Arn": dead.arn})
    put(events, {"n": 1})
    assert [attributes(letter)["ERROR_CODE"] for letter in dead.messages()] == ["FAILED_TO_ASSUME_ROLE"]
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}}  # fmt: skip
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    put(events, {"n": 2})
    assert [attributes(letter)["ERROR_CODE"] for letter in dead.messages()] == ["NO_PERMISSIONS"]
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": q.arn}}
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=json.dumps(allow))
    put(events, {"n": 3})
    assert [event["detail"] for event in q.events()] == [{"n": 3}]


def test_a_kind_of_target_that_is_not_there_yet_goes_to_the_dead_letters(events, queue, aws, account):
    dead, iam = queue("dead"), aws.client("iam")
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"}}  # fmt: skip
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    target = f"arn:aws:ecs:us-east-1:{account}:cluster/c"
    rule_to(events, target, RoleArn=f"arn:aws:iam::{account}:role/r", DeadLetterConfig={"Arn": dead.arn})
    put(events)
    (letter,) = dead.messages()
    assert attributes(letter)["ERROR_CODE"] == "SDK_CLIENT_ERROR"
    assert attributes(letter)["ERROR_MESSAGE"] == f"{target} is a kind of target that is not implemented"


def test_a_log_group_takes_events_whom_its_policy_lets_in(events, aws, queue, account, clock):
    logs, dead = aws.client("logs"), queue("dead")
    group = f"arn:aws:logs:us-east-1:{account}:log-group:/aws/events/g"
    logs.create_log_group(logGroupName="/aws/events/g")
    rule_to(events, group, DeadLetterConfig={"Arn": dead.arn})
    put(events, {"n": 1})
    assert [attributes(letter)["ERROR_CODE"] for letter in dead.messages()] == ["NO_PERMISSIONS"]
    policy = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": f"{group}:*"}}  # fmt: skip
    logs.put_resource_policy(policyName="p", policyDocument=json.dumps(policy))
    put(events, {"n": 2})
    clock.settle()
    found = logs.filter_log_events(logGroupName="/aws/events/g")["events"]
    assert [json.loads(event["message"])["detail"] for event in found] == [{"n": 2}]
