"""Rules, targets, tags, TestEventPattern."""

from __future__ import annotations

import json

import pytest

from tests.services.calls import refused
from tests.services.events.events_calls import put, rule_to

ROLE = "arn:aws:iam::{}:role/r"
EVENT = {
    "id": "1", "detail-type": "d", "source": "app", "account": "1", "time": "2026-01-01T00:00:00Z",
    "region": "us-east-1", "resources": [], "detail": {"a": 1},
}  # fmt: skip

# wrong input


def test_a_rule_needs_a_pattern_or_a_schedule(events):
    with refused("ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."):
        events.put_rule(Name="r")


def test_a_wrong_pattern_is_refused_with_its_place(events):
    with refused(
        "InvalidEventPatternException",
        'Event pattern is not valid. Reason: "source" must be an object or an array\n'
        ' at [Source: (String)"{"source": "x"}"; line: 1, column: 13]',
    ):
        events.put_rule(Name="r", EventPattern='{"source": "x"}')


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ({"Arn": "x"}, "Parameter x is not valid. Reason: Provided Arn is not in correct format."),
        (
            {"Arn": "arn:aws:states:us-east-1:111122223333:stateMachine:m"},
            "RoleArn is required for target arn:aws:states:us-east-1:111122223333:stateMachine:m.",
        ),
        (
            {"Arn": "arn:aws:sqs:us-east-1:111122223333:q.fifo"},
            "Parameter(s) SqsParameters must be specified for target: t.",
        ),
        (
            {"Arn": "arn:aws:sqs:us-east-1:111122223333:q", "Input": "{"},
            "JSON syntax error in input for target t: {",
        ),
        (
            {"Arn": "arn:aws:sqs:us-east-1:111122223333:q", "Input": "1", "InputPath": "$"},
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        ({"Arn": "arn:aws:sqs:us-east-1:111122223333:q", "InputPath": "detail"}, "Invalid InputPath for target t."),
        (
            {"Arn": "arn:aws:sqs:us-east-1:111122223333:q", "InputTransformer": {"InputTemplate": "<x>"}},
            "InputTemplate for target t contains invalid placeholder x.",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_target_that_is_refused(events, target, message):
    events.put_rule(Name="r", EventPattern='{"source": ["app"]}')
    with refused("ValidationException", message):
        events.put_targets(Rule="r", Targets=[{"Id": "t", **target}])
    assert events.list_targets_by_rule(Rule="r")["Targets"] == []


def test_a_sixth_target_is_one_too_many(events):
    events.put_rule(Name="r", EventPattern='{"source": ["app"]}')
    targets = [{"Id": str(n), "Arn": f"arn:aws:sqs:us-east-1:111122223333:q{n}"} for n in range(6)]
    with refused("LimitExceededException", "The requested resource exceeds the maximum number allowed."):
        events.put_targets(Rule="r", Targets=targets)


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("x", "event is not valid JSON."),
        ("[]", "event must be a JSON object."),
        ('{"id": "1"}', "detail-type is a required field."),
    ],
)
def test_an_event_to_test_needs_the_fields_of_one(events, event, reason):
    with refused("ValidationException", f"Parameter Event is not valid. Reason: {reason}"):
        events.test_event_pattern(EventPattern='{"source": ["app"]}', Event=event)


# wrong state


@pytest.mark.parametrize("call", ["describe_rule", "enable_rule", "disable_rule"])
def test_a_rule_that_is_not_there(events, call):
    with refused("ResourceNotFoundException", "Rule r does not exist on EventBus default."):
        getattr(events, call)(Name="r")


def test_targets_of_a_rule_that_is_not_there(events):
    with refused("ResourceNotFoundException", "Rule r does not exist on EventBus default."):
        events.list_targets_by_rule(Rule="r")
    with refused("ResourceNotFoundException", "Rule r does not exist on EventBus default."):
        events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": "arn:aws:sqs:us-east-1:111122223333:q"}])
    with refused("ResourceNotFoundException", "Rule r does not exist on EventBus default."):
        events.remove_targets(Rule="r", Ids=["t"])


def test_a_rule_with_targets_stays(events, queue):
    rule_to(events, queue().arn)
    with refused("ValidationException", "Rule can't be deleted since it has targets."):
        events.delete_rule(Name="r")


def test_deleting_what_is_not_there_is_no_error(events):
    events.delete_rule(Name="r")


# behaviour


def test_a_rule_shows_what_it_was_made_of(events, account):
    events.put_rule(Name="r", EventPattern='{"source": ["app"]}', Description="d", State="DISABLED")
    rule = events.describe_rule(Name="r")
    del rule["ResponseMetadata"]
    assert rule == {
        "Name": "r", "Arn": f"arn:aws:events:us-east-1:{account}:rule/r", "EventPattern": '{"source": ["app"]}',
        "State": "DISABLED", "Description": "d", "EventBusName": "default", "CreatedBy": account,
    }  # fmt: skip


def test_put_rule_replaces_what_it_does_not_name_and_keeps_tags(events):
    tags = [{"Key": "k", "Value": "v"}]
    arn = events.put_rule(Name="r", EventPattern='{"source": ["app"]}', Description="d", Tags=tags)["RuleArn"]
    events.put_rule(Name="r", EventPattern='{"source": ["b"]}', Tags=[{"Key": "x", "Value": "y"}])
    assert "Description" not in events.describe_rule(Name="r")
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == tags


def test_rules_are_listed_in_pages(events):
    for name in ("b2", "a", "b1", "b3"):
        events.put_rule(Name=name, EventPattern='{"source": ["app"]}')
    first = events.list_rules(NamePrefix="b", Limit=2)
    assert [rule["Name"] for rule in first["Rules"]] == ["b1", "b2"]
    second = events.list_rules(NamePrefix="b", Limit=2, NextToken=first["NextToken"])
    assert [rule["Name"] for rule in second["Rules"]] == ["b3"]
    assert "NextToken" not in second


def test_rules_are_found_by_their_target(events, queue):
    q = queue()
    for name in ("b", "a"):
        rule_to(events, q.arn, rule=name)
    assert events.list_rule_names_by_target(TargetArn=q.arn)["RuleNames"] == ["a", "b"]
    assert events.list_rule_names_by_target(TargetArn=q.arn + "x")["RuleNames"] == []


def test_a_removed_target_gets_nothing_more(events, queue):
    q = queue()
    rule_to(events, q.arn)
    assert events.remove_targets(Rule="r", Ids=["t"])["FailedEntryCount"] == 0
    put(events)
    assert q.events() == []


def test_tags_come_and_go(events, account):
    arn = events.put_rule(Name="r", EventPattern='{"source": ["app"]}')["RuleArn"]
    events.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    events.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    with refused("ResourceNotFoundException", "Rule x does not exist on EventBus default."):
        events.list_tags_for_resource(ResourceARN=arn[:-1] + "x")


def test_a_pattern_can_be_tried(events):
    text = json.dumps(EVENT)
    assert events.test_event_pattern(EventPattern='{"detail": {"a": [1]}}', Event=text)["Result"] is True
    assert events.test_event_pattern(EventPattern='{"detail": {"a": [2]}}', Event=text)["Result"] is False


# what a target is given


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ({"Input": '{"fixed": 1}'}, '{"fixed": 1}'),
        ({"InputPath": "$.detail.a"}, '{"b":[1,"x"]}'),
        ({"InputPath": "$.detail.a.b[1]"}, '"x"'),
        (
            {"InputTransformer": {"InputPathsMap": {"v": "$.detail.a.b[1]", "all": "$.detail.a"},
                                  "InputTemplate": '{"v": <v>, "text": "is <v>!", "all": <all>}'}},
            '{"v": "x", "text": "is x!", "all": {"b":[1,"x"]}}',
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"gone": "$.detail.gone"}, "InputTemplate": '"no <gone>."'}},
            '"no ."',
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"all": "$.detail.a"}, "InputTemplate": '{"text": "<all>"}'}},
            '{"text": "{\\"b\\":[1,\\"x\\"]}"}',
        ),
        ({"InputTransformer": {"InputTemplate": '"<aws.events.rule-name> fired"'}}, '"r fired"'),
    ],
    ids=json.dumps,
)  # fmt: skip
def test_the_input_of_a_target(events, queue, target, body):
    q = queue()
    rule_to(events, q.arn, **target)
    put(events, {"a": {"b": [1, "x"]}})
    assert q.bodies() == [body]


def test_the_predefined_variables(events, queue, account):
    q = queue()
    names = {"arn": "rule-arn", "json": "event.json", "event": "event", "at": "event.ingestion-time"}
    template = "{" + ", ".join(f'"{name}": <aws.events.{variable}>' for name, variable in names.items()) + "}"
    arn = rule_to(events, q.arn, InputTransformer={"InputTemplate": template})
    put(events, {"a": 1})
    found = q.events()[0]
    assert found["arn"] == arn
    assert found["json"]["detail"] == {"a": 1}
    assert "detail" not in found["event"]
    assert found["at"].endswith("Z")
