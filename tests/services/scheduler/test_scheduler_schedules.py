"""Operations on schedules: what is kept, shown, refused."""

from __future__ import annotations

import pytest

from tests.services.calls import refused
from tests.services.scheduler.scheduler_calls import OFF, made_role

TRUST = "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."


def test_a_schedule_shows_what_it_was_made_with_and_the_defaults(scheduler, create, queue, role, hour):
    q = queue()
    account = q.arn.split(":")[4]
    arn = create("rate(1 hour)", q.arn, Input="x", State="DISABLED", Description="d")
    assert arn == f"arn:aws:scheduler:us-east-1:{account}:schedule/default/s"
    found = scheduler.get_schedule(Name="s")
    del found["ResponseMetadata"]
    assert found.pop("CreationDate").timestamp() == found.pop("LastModificationDate").timestamp() == hour
    assert found == {
        "Arn": arn, "Name": "s", "GroupName": "default", "State": "DISABLED", "Description": "d",
        "ScheduleExpression": "rate(1 hour)", "ScheduleExpressionTimezone": "UTC", "FlexibleTimeWindow": OFF,
        "ActionAfterCompletion": "NONE",
        "Target": {
            "Arn": q.arn, "RoleArn": role, "Input": "x",
            "RetryPolicy": {"MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185},
        },
    }  # fmt: skip


def test_an_update_replaces_everything(scheduler, create, queue, role):
    q = queue()
    create("rate(1 hour)", q.arn, Input="x", Description="d", State="DISABLED")
    scheduler.update_schedule(
        Name="s", ScheduleExpression="rate(2 hours)", FlexibleTimeWindow=OFF, State="DISABLED",
        Target={"Arn": q.arn, "RoleArn": role},
    )  # fmt: skip
    found = scheduler.get_schedule(Name="s")
    assert found["ScheduleExpression"] == "rate(2 hours)"
    assert "Description" not in found and "Input" not in found["Target"]


def test_a_schedule_there_is_cannot_be_made_again_but_by_the_same_request(create, queue):
    q = queue()
    arn = create("rate(1 hour)", q.arn, State="DISABLED", ClientToken="t")
    assert create("rate(1 hour)", q.arn, State="DISABLED", ClientToken="t") == arn
    with refused("ConflictException", "Schedule s already exists.", 409):
        create("rate(1 hour)", q.arn, State="DISABLED", ClientToken="u")
    with refused("ConflictException", "Schedule s already exists.", 409):
        create("rate(2 hours)", q.arn, State="DISABLED", ClientToken="t")


def test_what_is_not_there_is_not_found(scheduler, role):
    with refused("ResourceNotFoundException", "Schedule s does not exist.", 404):
        scheduler.get_schedule(Name="s")
    with refused("ResourceNotFoundException", "Schedule s does not exist.", 404):
        scheduler.delete_schedule(Name="s")
    with refused("ResourceNotFoundException", "Schedule s does not exist.", 404):
        scheduler.update_schedule(
            Name="s", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow=OFF,
            Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": role},
        )  # fmt: skip


def test_schedules_are_listed_by_group_prefix_and_state_in_pages(scheduler, create, queue):
    q = queue()
    scheduler.create_schedule_group(Name="g")
    for name, group, state in (("a1", "default", "ENABLED"), ("a2", "g", "DISABLED"), ("b1", "g", "DISABLED")):
        create("at(2199-01-01T00:00:00)", q.arn, name, GroupName=group, State=state)

    def names(**query):
        return [found["Name"] for found in scheduler.list_schedules(**query)["Schedules"]]

    assert names() == ["a1", "a2", "b1"]
    assert names(GroupName="g") == ["a2", "b1"]
    assert names(NamePrefix="a") == ["a1", "a2"]
    assert names(State="DISABLED", NamePrefix="a") == ["a2"]
    first = scheduler.list_schedules(MaxResults=2)
    assert [found["Name"] for found in first["Schedules"]] == ["a1", "a2"]
    assert first["Schedules"][1]["Target"] == {"Arn": q.arn} and first["Schedules"][1]["GroupName"] == "g"
    rest = scheduler.list_schedules(MaxResults=2, NextToken=first["NextToken"])
    assert [found["Name"] for found in rest["Schedules"]] == ["b1"] and "NextToken" not in rest
    with refused("ResourceNotFoundException", "Schedule group x does not exist.", 404):
        scheduler.list_schedules(GroupName="x")
    with refused("ValidationException", "Invalid NextToken."):
        scheduler.list_schedules(NextToken="x")


@pytest.mark.parametrize(
    "expression", ["rate(0 minutes)", "rate(5 seconds)", "cron(* * * * *)", "at(2026-02-30T00:00:00)", "at(soon)", "x"]
)
def test_a_wrong_expression_is_refused(create, expression):
    with refused("ValidationException", f"Invalid Schedule Expression {expression}."):
        create(expression, "arn:aws:sqs:us-east-1:123456789012:q")


def test_a_time_zone_has_to_exist(create):
    with refused("ValidationException", "Invalid Schedule Expression Timezone Mars/Olympus."):
        create("rate(1 hour)", "arn:aws:sqs:us-east-1:1:q", ScheduleExpressionTimezone="Mars/Olympus")


def test_a_flexible_window_has_a_length_and_a_closed_one_has_none(create):
    needed = "MaximumWindowInMinutes is required when the FlexibleTimeWindow mode is FLEXIBLE."
    with refused("ValidationException", needed):
        create("rate(1 hour)", "arn:aws:sqs:us-east-1:1:q", FlexibleTimeWindow={"Mode": "FLEXIBLE"})
    unwanted = "MaximumWindowInMinutes cannot be set when the FlexibleTimeWindow mode is OFF."
    with refused("ValidationException", unwanted):
        window = {"Mode": "OFF", "MaximumWindowInMinutes": 5}
        create("rate(1 hour)", "arn:aws:sqs:us-east-1:1:q", FlexibleTimeWindow=window)


def test_dates_have_to_make_sense_for_what_recurs(create, queue, hour):
    q = queue()
    with refused("ValidationException", "The StartDate you specify cannot be earlier than 5 minutes ago."):
        create("rate(1 hour)", q.arn, StartDate=hour - 301)
    with refused("ValidationException", "The EndDate you specify cannot be in the past."):
        create("rate(1 hour)", q.arn, EndDate=hour - 1)
    with refused("ValidationException", "The EndDate you specify must come after the StartDate."):
        create("rate(1 hour)", q.arn, StartDate=hour + 100, EndDate=hour + 50)
    create("at(2199-01-01T00:00:00)", q.arn, StartDate=hour - 301, EndDate=hour - 1)


def test_the_role_has_to_trust_the_scheduler_for_the_group(scheduler, iam, queue, account):
    q = queue()

    def make(role):
        scheduler.create_schedule(
            Name="s", ScheduleExpression="at(2199-01-01T00:00:00)", FlexibleTimeWindow=OFF,
            Target={"Arn": q.arn, "RoleArn": role},
        )  # fmt: skip

    with refused("ValidationException", TRUST):
        make(f"arn:aws:iam::{account}:role/nobody")
    group = f"arn:aws:scheduler:us-east-1:{account}:schedule-group/"
    other = made_role(iam, "other", condition={"ArnEquals": {"aws:SourceArn": f"{group}other"}})
    with refused("ValidationException", TRUST):
        make(other)
    own = {"ArnEquals": {"aws:SourceArn": f"{group}default"}, "StringEquals": {"aws:SourceAccount": account}}
    make(made_role(iam, "own", condition=own))


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "x"}, "Provided Arn is not in correct format."),
        ({"Arn": "arn:aws:dynamodb:us-east-1:1:table/t"}, "Provided Arn is not in correct format."),
        ({"Arn": "arn:aws:sqs:us-east-1:1:q.fifo"}, "SqsParameters.MessageGroupId is required for target {}."),
        ({"Arn": "arn:aws:events:us-east-1:1:event-bus/b"}, "EventBridgeParameters is required for target {}."),
        (
            {"Arn": "arn:aws:lambda:us-east-1:1:function:f", "Input": "{"},
            "Input for target {} must be a well-formed JSON object.",
        ),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage"}, "Input is required for target {}."),
        (
            {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage", "Input": "[]"},
            "Input for target {} must be a well-formed JSON object.",
        ),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:sqs:fly", "Input": "{}"}, "{} names no operation of an AWS service."),
        ({"Arn": "arn:aws:scheduler:::aws-sdk:bank:rob", "Input": "{}"}, "{} names no operation of an AWS service."),
        (
            {"Arn": "arn:aws:scheduler:::aws-sdk:sqs:getQueueUrl", "Input": "{}"},
            "The action getQueueUrl of sqs is not supported as a target: it only reads.",
        ),
    ],
)
def test_a_target_has_to_be_one(create, target, message):
    arn = target.pop("Arn")
    with refused("ValidationException", message.format(arn)):
        create("rate(1 hour)", arn, **target)


@pytest.mark.parametrize("arn", ["arn:aws:ecs:us-east-1:1:cluster/c", "arn:aws:scheduler:::aws-sdk:rds:stopDBCluster"])
def test_what_is_not_here_is_said_to_be_so(create, arn):
    with refused("NotImplemented", status=501):
        create("rate(1 hour)", arn, Input="{}")


def test_a_customer_key_is_said_not_to_be_here(scheduler, role):
    with refused("NotImplemented", "scheduler: KmsKeyArn exists on AWS and is not implemented in cloudchamber", 501):
        scheduler.create_schedule(
            Name="s", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow=OFF,
            KmsKeyArn="arn:aws:kms:us-east-1:123456789012:key/k",
            Target={"Arn": "arn:aws:sqs:us-east-1:123456789012:q", "RoleArn": role},
        )  # fmt: skip


def test_names_follow_the_model(create):
    with refused("ValidationException") as caught:
        create("rate(1 hour)", "arn:aws:sqs:us-east-1:1:q", "a b")
    assert "Value 'a b' at 'name' failed to satisfy constraint" in caught.value.response["Error"]["Message"]


def test_who_makes_a_schedule_must_be_allowed_to_pass_its_role(cloud, account, iam, queue, role):
    q = queue()
    iam.create_user(UserName="u")
    allowed = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "scheduler:*", "Resource": "*"}}'
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=allowed)
    key = iam.create_access_key(UserName="u")["AccessKey"]
    client = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("scheduler")
    with refused("AccessDeniedException", status=403) as caught:
        client.create_schedule(
            Name="s", ScheduleExpression="rate(1 hour)", FlexibleTimeWindow=OFF, Target={"Arn": q.arn, "RoleArn": role}
        )
    message = caught.value.response["Error"]["Message"]
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in message
