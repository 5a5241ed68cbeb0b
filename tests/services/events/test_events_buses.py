"""Buses, their policies, other accounts and regions, and who may do what."""

from __future__ import annotations

import json

import pytest

from tests.services.calls import refused
from tests.services.events.events_calls import made_queue, put, rule_to


@pytest.fixture
def other(session, cloud):
    """A session of another account, which has made nothing yet."""
    account = cloud.new_account()
    made = session(account)
    made.account = account
    return made


def bus_arn(account: str, name: str = "default", region: str = "us-east-1") -> str:
    return f"arn:aws:events:{region}:{account}:event-bus/{name}"


# wrong input and state


def test_a_bus_is_made_once(events):
    events.create_event_bus(Name="b")
    with refused("ResourceAlreadyExistsException", "Event bus b already exists."):
        events.create_event_bus(Name="b")


def test_a_bus_that_is_not_there(events):
    with refused("ResourceNotFoundException", "Event bus b does not exist."):
        events.describe_event_bus(Name="b")
    with refused("ResourceNotFoundException", "Event bus b does not exist."):
        events.put_rule(Name="r", EventPattern='{"source": ["app"]}', EventBusName="b")


def test_a_partners_bus_is_not_made_up(events):
    with refused(
        "NotImplemented", "events: partner event sources exist on AWS and are not implemented in cloudchamber", 501
    ):
        events.create_event_bus(Name="aws.partner/x/y", EventSourceName="aws.partner/x/y")


def test_the_default_bus_stays(events):
    with refused("ValidationException", "Cannot delete event bus default."):
        events.delete_event_bus(Name="default")


def test_a_bus_with_rules_stays(events):
    events.create_event_bus(Name="b")
    events.put_rule(Name="r", EventPattern='{"source": ["app"]}', EventBusName="b")
    with refused("ValidationException", "Event bus b can't be deleted because it contains rules."):
        events.delete_event_bus(Name="b")
    events.delete_rule(Name="r", EventBusName="b")
    events.delete_event_bus(Name="b")
    events.delete_event_bus(Name="b")  # as on AWS, no error


def test_a_policy_that_is_none(events):
    with refused("ValidationException"):
        events.put_permission(Policy="{}")
    with refused("ValidationException", "Parameter(s) Action, StatementId must be specified."):
        events.put_permission(Principal="*")


def test_removing_a_permission_that_is_not_there(events, account):
    with refused("ResourceNotFoundException", "EventBus does not have a policy."):
        events.remove_permission(StatementId="s")
    events.put_permission(Action="events:PutEvents", Principal=account, StatementId="a")
    with refused("ResourceNotFoundException", "Statement with the provided id does not exist."):
        events.remove_permission(StatementId="s")


# behaviour


def test_the_default_bus_is_there_by_itself(events, account):
    assert events.describe_event_bus()["Arn"] == bus_arn(account)
    events.create_event_bus(Name="b", Description="mine", Tags=[{"Key": "k", "Value": "v"}])
    assert [bus["Name"] for bus in events.list_event_buses()["EventBuses"]] == ["b", "default"]
    assert events.describe_event_bus(Name=bus_arn(account, "b"))["Description"] == "mine"
    assert events.list_tags_for_resource(ResourceARN=bus_arn(account, "b"))["Tags"] == [{"Key": "k", "Value": "v"}]
    assert events.update_event_bus(Name="b", Description="other")["Description"] == "other"


def test_each_bus_has_its_own_events(events, queue):
    events.create_event_bus(Name="b")
    q = queue()
    arn = rule_to(events, q.arn, bus="b")
    assert arn.endswith(":rule/b/r")
    put(events, {"on": "default"})
    put(events, {"on": "b"}, EventBusName="b")
    assert [event["detail"] for event in q.events()] == [{"on": "b"}]


def test_permissions_make_up_the_policy(events, account):
    events.put_permission(Action="events:PutEvents", Principal="111122223333", StatementId="a")
    condition = {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"}
    events.put_permission(Action="events:PutEvents", Principal="*", StatementId="b", Condition=condition)
    policy = json.loads(events.describe_event_bus()["Policy"])
    assert policy["Statement"] == [
        {"Sid": "a", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
         "Action": "events:PutEvents", "Resource": bus_arn(account)},
        {"Sid": "b", "Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": bus_arn(account),
         "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
    ]  # fmt: skip
    events.remove_permission(StatementId="a")
    assert [s["Sid"] for s in json.loads(events.describe_event_bus()["Policy"])["Statement"]] == ["b"]
    events.remove_permission(RemoveAllPermissions=True)
    assert "Policy" not in events.describe_event_bus()


def test_another_account_needs_the_buses_leave(events, queue, other, account):
    theirs, q = other.client("events"), queue()
    rule_to(events, q.arn)
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{other.account}:root is not authorized to perform: events:PutEvents on resource: "
        f"{bus_arn(account)} because no resource-based policy allows the events:PutEvents action",
    ):
        put(theirs, EventBusName=bus_arn(account))
    events.put_permission(Action="events:PutEvents", Principal=other.account, StatementId="a")
    put(theirs, EventBusName=bus_arn(account))
    assert [event["account"] for event in q.events()] == [other.account]


def test_a_rule_sends_on_to_another_accounts_bus(events, queue, other, account):
    theirs, q, dead = other.client("events"), queue(), made_queue(other.client("sqs"), queue().clock, "dead")
    rule_to(events, q.arn)
    rule_to(theirs, bus_arn(account), DeadLetterConfig={"Arn": dead.arn})
    put(theirs, {"n": 1})
    assert q.events() == []
    assert [m["MessageAttributes"]["ERROR_CODE"]["StringValue"] for m in dead.messages()] == ["NO_PERMISSIONS"]
    events.put_permission(Action="events:PutEvents", Principal=other.account, StatementId="a")
    event_id = put(theirs, {"n": 2})["EventId"]
    assert [(e["id"], e["account"], e["detail"]) for e in q.events()] == [(event_id, other.account, {"n": 2})]


def test_a_rule_sends_on_to_another_region(events, session, account, clock):
    west = session(account, "eu-west-1")
    q = made_queue(west.client("sqs"), clock, "q")
    rule_to(west.client("events"), q.arn)
    rule_to(events, bus_arn(account, region="eu-west-1"))
    put(events)
    assert [event["region"] for event in q.events()] == ["us-east-1"]


def test_what_was_sent_on_goes_no_further(events, queue, account):
    for name in ("b", "c"):
        events.create_event_bus(Name=name)
    second, third, dead = queue("second"), queue("third"), queue("dead")
    rule_to(events, bus_arn(account, "b"))
    rule_to(events, second.arn, bus="b")
    rule_to(events, bus_arn(account, "c"), bus="b", rule="on", DeadLetterConfig={"Arn": dead.arn})
    rule_to(events, third.arn, bus="c")
    put(events)
    assert len(second.events()) == 1
    assert third.events() == []
    assert [m["MessageAttributes"]["ERROR_CODE"]["StringValue"] for m in dead.messages()] == [
        "THIRD_REGION_HOP_DETECTED"
    ]


def test_a_bus_policy_may_refuse_within_the_account(events, account, aws, cloud):
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    allow = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "events:PutEvents", "Resource": "*",
        "Condition": {"StringEquals": {"events:source": "app", "events:detail-type": "done"}}}}  # fmt: skip
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(allow))
    key = iam.create_access_key(UserName="u")["AccessKey"]
    user = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("events")
    assert "EventId" in put(user)
    with refused("AccessDeniedException"):
        put(user, Source="other")
    deny = {"Version": "2012-10-17", "Statement": [{
        "Sid": "s", "Effect": "Deny", "Principal": "*", "Action": "events:PutEvents", "Resource": bus_arn(account)},
    ]}  # fmt: skip
    events.put_permission(Policy=json.dumps(deny))
    with refused("AccessDeniedException"):
        put(user)


def test_a_role_for_a_target_has_to_be_passed(events, account, aws, cloud):
    iam = aws.client("iam")
    events.put_rule(Name="r", EventPattern='{"source": ["app"]}')
    iam.create_user(UserName="u")
    allow = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "events:*", "Resource": "*"}}
    iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=json.dumps(allow))
    key = iam.create_access_key(UserName="u")["AccessKey"]
    user = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("events")
    role = f"arn:aws:iam::{account}:role/r"
    target = {"Id": "t", "Arn": f"arn:aws:sqs:us-east-1:{account}:q", "RoleArn": role}
    with refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{account}:user/u is not authorized to perform: iam:PassRole on resource: {role} because "
        "no identity-based policy allows the iam:PassRole action",
    ):
        user.put_targets(Rule="r", Targets=[target])
