"""Stacks: made, changed, removed, and what goes wrong on the way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.calls import refused
from tests.services.cloudformation.cfn_calls import QUEUE, Stacks, invalid

FOUR = """
Parameters:
  Delay: {Type: Number, Default: 5}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      DelaySeconds: !Ref Delay
      RedrivePolicy: {deadLetterTargetArn: !GetAtt D.Arn, maxReceiveCount: 3}
  D: {Type: AWS::SQS::Queue}
  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: hello}}
  P: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub "${Q}"}}
Outputs:
  Url: {Value: !Ref Q, Description: where}
"""
PARAMETER = "{Type: AWS::SSM::Parameter, Properties: {Type: String, Value: v}}"
# A parameter whose value does not match its pattern: its making fails.
BROKEN = "{Type: AWS::SSM::Parameter, Properties: {Type: String, Value: v, AllowedPattern: '[0-9]+'}}"


def test_a_stack_makes_what_its_template_says(stacks: Stacks, sqs: Any, ssm: Any):
    stack = stacks.create(FOUR, parameters={"Delay": "7"}, tags={"team": "blue"})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    url = stacks.physical("Q")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert attributes["DelaySeconds"] == "7"
    dead = sqs.get_queue_attributes(QueueUrl=stacks.physical("D"), AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    assert json.loads(attributes["RedrivePolicy"]) == {"deadLetterTargetArn": dead, "maxReceiveCount": 3}
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "blue"}
    assert stack["Outputs"] == [{"OutputKey": "Url", "OutputValue": url, "Description": "where"}]
    assert ssm.get_parameter(Name=stacks.physical("P"))["Parameter"]["Value"] == url
    assert url.rpartition("/")[2].startswith("s-Q-")


def test_events_come_in_awss_order(stacks: Stacks):
    stacks.create("Resources: {P: " + PARAMETER + "}")
    assert stacks.events() == [
        ("s", "CREATE_IN_PROGRESS", "User Initiated"),
        ("P", "CREATE_IN_PROGRESS", ""),
        ("P", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("P", "CREATE_COMPLETE", ""),
        ("s", "CREATE_COMPLETE", ""),
    ]


@pytest.mark.usefixtures("frozen_clock")
def test_no_two_events_have_the_same_time(cfn: Any, stacks: Stacks):
    stacks.create("Resources: {P: " + PARAMETER + "}")
    times = [event["Timestamp"] for event in cfn.describe_stack_events(StackName="s")["StackEvents"]]
    assert times == sorted(set(times), reverse=True)


def test_a_creation_answers_before_it_is_done(cloud, cfn: Any, stacks: Stacks):
    cloud.clock.freeze()
    cfn.create_stack(StackName="s", TemplateBody=QUEUE)
    assert stacks.events()[0] == ("s", "CREATE_IN_PROGRESS", "User Initiated")
    cloud.clock.settle()  # time stands still, and the work is done all the same
    assert stacks.status() == "CREATE_COMPLETE"
    cloud.clock.resume()


def test_two_stacks_of_one_name(cfn: Any, stacks: Stacks):
    stacks.create(QUEUE)
    with refused("AlreadyExistsException", "Stack [s] already exists"):
        cfn.create_stack(StackName="s", TemplateBody=QUEUE)
    first = stacks.delete()
    assert first["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.create(QUEUE)["StackId"] != first["StackId"]


@pytest.mark.parametrize("name", ["1", "a_b", "-a", "a" * 129])
def test_names_that_aws_does_not_take(cfn: Any, name: str):
    with refused("ValidationError"):
        cfn.create_stack(StackName=name, TemplateBody=QUEUE)


def test_stacks_that_are_not_there(cfn: Any):
    with invalid("Stack with id x does not exist"):
        cfn.describe_stacks(StackName="x")
    with invalid("Stack [x] does not exist"):
        cfn.update_stack(StackName="x", TemplateBody=QUEUE)
    with invalid("Stack [x] does not exist"):
        cfn.describe_stack_events(StackName="x")
    with invalid("Stack with id x does not exist"):
        cfn.get_template(StackName="x")
    cfn.delete_stack(StackName="x")  # AWS says nothing


# failing creations


def test_a_creation_that_fails_is_rolled_back(stacks: Stacks, ssm: Any):
    stack = stacks.create(f"Resources: {{A: {PARAMETER}, B: {{DependsOn: A, {BROKEN[1:]}}}")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    events = stacks.events()
    reason = "The following resource(s) failed to create: [B]. Rollback requested by user."
    assert ("s", "ROLLBACK_IN_PROGRESS", reason) in events
    assert stacks.reasons()["B"].startswith('Resource handler returned message: "')
    assert events[-1] == ("s", "ROLLBACK_COMPLETE", "")
    assert ("A", "DELETE_COMPLETE", "") in events
    assert ssm.describe_parameters()["Parameters"] == []


def test_what_is_rolled_back_can_only_be_deleted(cfn: Any, stacks: Stacks):
    stack = stacks.create(f"Resources: {{B: {BROKEN}}}")
    with invalid(f"Stack:{stack['StackId']} is in ROLLBACK_COMPLETE state and can not be updated."):
        cfn.update_stack(StackName="s", TemplateBody=QUEUE)
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_failure_can_be_kept(stacks: Stacks, ssm: Any):
    stack = stacks.create(f"Resources: {{A: {PARAMETER}, B: {BROKEN}}}", DisableRollback=True)
    assert stack["StackStatus"] == "CREATE_FAILED"
    assert stack["StackStatusReason"].startswith("The following resource(s) failed to create: [")
    fixed = stacks.update(f"Resources: {{A: {PARAMETER}, B: {PARAMETER}}}")
    assert fixed["StackStatus"] == "UPDATE_COMPLETE"
    assert len(ssm.describe_parameters()["Parameters"]) == 2


def test_a_failure_can_delete_the_stack(cfn: Any, cloud, stacks: Stacks):
    stack_id = cfn.create_stack(StackName="s", TemplateBody=f"Resources: {{B: {BROKEN}}}", OnFailure="DELETE")[
        "StackId"
    ]
    assert stacks.settled(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_kept_failure_can_be_rolled_back_later(cfn: Any, stacks: Stacks, ssm: Any):
    stacks.create(f"Resources: {{A: {PARAMETER}, B: {{DependsOn: A, {BROKEN[1:]}}}", OnFailure="DO_NOTHING")
    assert len(ssm.describe_parameters()["Parameters"]) == 1
    cfn.rollback_stack(StackName="s")
    assert stacks.settled("s")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_name_that_is_taken_fails_and_leaves_the_other_alone(stacks: Stacks, sqs: Any):
    url = sqs.create_queue(QueueName="mine")["QueueUrl"]
    stack = stacks.create("Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: mine}}}")
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already exists" in stacks.reasons()["Q"]
    assert sqs.get_queue_url(QueueName="mine")["QueueUrl"] == url


# updates


def test_an_update_changes_in_place(stacks: Stacks, sqs: Any):
    stacks.create(FOUR)
    before = {name: stacks.physical(name) for name in "QDTP"}
    assert stacks.update(parameters={"Delay": "9"})["StackStatus"] == "UPDATE_COMPLETE"
    assert {name: stacks.physical(name) for name in "QDTP"} == before
    attributes = sqs.get_queue_attributes(QueueUrl=before["Q"], AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "9"}
    changed = [event for event in stacks.events() if event[1].startswith("UPDATE")]
    assert changed == [
        ("s", "UPDATE_IN_PROGRESS", "User Initiated"),
        ("Q", "UPDATE_IN_PROGRESS", ""),
        ("Q", "UPDATE_COMPLETE", ""),
        ("s", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("s", "UPDATE_COMPLETE", ""),
    ]


def test_an_update_replaces_what_cannot_change(stacks: Stacks, sqs: Any, ssm: Any):
    stacks.create(FOUR)
    old = stacks.physical("Q")
    stacks.update(FOUR.replace("DelaySeconds:", "QueueName: other\n      DelaySeconds:"))
    new = stacks.physical("Q")
    assert new != old and new.endswith("/other")
    assert old not in sqs.list_queues()["QueueUrls"]
    assert ssm.get_parameter(Name=stacks.physical("P"))["Parameter"]["Value"] == new
    reason = "Requested update requires the creation of a new physical resource; hence creating one."
    assert ("Q", "UPDATE_IN_PROGRESS", reason) in stacks.events()
    assert stacks.events()[-3:] == [
        ("Q", "DELETE_IN_PROGRESS", ""),
        ("Q", "DELETE_COMPLETE", ""),
        ("s", "UPDATE_COMPLETE", ""),
    ]


def test_an_update_removes_what_is_no_longer_wanted(stacks: Stacks, sqs: Any):
    stacks.create("Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SQS::Queue}}")
    gone = stacks.physical("B")
    stacks.update("Resources: {A: {Type: AWS::SQS::Queue}}")
    assert gone not in sqs.list_queues()["QueueUrls"]
    with invalid("Resource B does not exist for stack s"):
        stacks.resource("B")


def test_an_update_that_changes_nothing(cfn: Any, stacks: Stacks):
    stacks.create(FOUR)
    with invalid("No updates are to be performed."):
        cfn.update_stack(StackName="s", TemplateBody=FOUR)
    assert stacks.status() == "CREATE_COMPLETE"


def test_an_update_that_fails_midway_restores_everything(stacks: Stacks, sqs: Any, ssm: Any, cfn: Any):
    """In place, replaced, new and removed: compared attribute by attribute."""
    two = (
        "Resources: {{ Q: {{Type: AWS::SQS::Queue, Properties: {{{0}}}}}, "
        "R: {{Type: AWS::SQS::Queue, Properties: {{{1}}}}}{2} }}"
    )
    first = two.format("DelaySeconds: 1", "QueueName: one", ", G: {Type: AWS::SQS::Queue}")
    stacks.create(first, tags={"a": "1"}, parameters={})

    def world() -> Any:
        urls = sorted(sqs.list_queues()["QueueUrls"])
        found = {}
        for url in urls:
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            attributes.pop("LastModifiedTimestamp")
            found[url] = (attributes, sqs.list_queue_tags(QueueUrl=url).get("Tags"))
        resources = cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]
        stack = stacks.get()
        kept = {name: stack.get(name) for name in ("Tags", "Outputs", "Parameters", "Description")}
        ids = {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in resources}
        return found, ids, kept, cfn.get_template(StackName="s")["TemplateBody"]

    before = world()
    more = f", N: {{Type: AWS::SQS::Queue}}, X: {{DependsOn: [Q, R, N], {BROKEN[1:]}"
    stack = stacks.update(two.format("DelaySeconds: 2, VisibilityTimeout: 9", "QueueName: two", more), tags={"a": "2"})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert world() == before
    assert [status for who, status, _ in stacks.events() if who == "s"][-4:] == [
        "UPDATE_IN_PROGRESS",
        "UPDATE_ROLLBACK_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_ROLLBACK_COMPLETE",
    ]
    assert ("s", "UPDATE_ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [X].") in [
        (who, status, reason.strip()) for who, status, reason in stacks.events()
    ]
    assert stacks.update(first.replace("DelaySeconds: 1", "DelaySeconds: 3"))["StackStatus"] == "UPDATE_COMPLETE"


def test_a_failed_update_can_be_kept_and_mended(stacks: Stacks, cfn: Any, ssm: Any):
    stacks.create(f"Resources: {{A: {PARAMETER}}}")
    failing = f"Resources: {{A: {PARAMETER.replace('Value: v', 'Value: w')}, X: {{DependsOn: A, {BROKEN[1:]}}}"
    assert stacks.update(failing, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    assert ssm.get_parameter(Name=stacks.physical("A"))["Parameter"]["Value"] == "w"
    cfn.rollback_stack(StackName="s")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ssm.get_parameter(Name=stacks.physical("A"))["Parameter"]["Value"] == "v"


def test_a_rollback_that_fails_can_be_continued(cloud, stacks: Stacks, cfn: Any, ssm: Any, account: str):
    stacks.create(f"Resources: {{A: {PARAMETER}}}")
    name = stacks.physical("A")
    failing = f"Resources: {{A: {PARAMETER.replace('Value: v', 'Value: w')}, X: {{DependsOn: A, {BROKEN[1:]}}}"
    cfn.update_stack(StackName="s", TemplateBody=failing, DisableRollback=True)
    cloud.clock.settle()
    fault = cloud.faults.add(
        "error", service="ssm", operation="PutParameter", account=account, code="InternalServerError"
    )
    cfn.rollback_stack(StackName="s")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_ROLLBACK_FAILED"
    assert stacks.get()["StackStatusReason"].startswith("The following resource(s) failed to update: [A].")
    cloud.faults.remove(fault)
    cfn.continue_update_rollback(StackName="s")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert ssm.get_parameter(Name=name)["Parameter"]["Value"] == "v"


def test_tags_of_the_stack_go_to_its_resources(stacks: Stacks, sqs: Any):
    stacks.create(QUEUE, tags={"a": "1", "b": "2"})
    stacks.update(tags={"a": "9"})
    assert sqs.list_queue_tags(QueueUrl=stacks.physical("Q"))["Tags"] == {"a": "9"}


def test_a_type_cannot_change(cfn: Any, stacks: Stacks):
    stacks.create(QUEUE)
    with invalid(
        "Update of resource type is not permitted. The new template modifies resource type of the following resources: "
        "[Q]"
    ):
        cfn.update_stack(StackName="s", TemplateBody="Resources: {Q: {Type: AWS::SNS::Topic}}")


# deletions


def test_a_deletion_leaves_what_is_to_be_kept(stacks: Stacks, sqs: Any):
    stacks.create("Resources: {A: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}, B: {Type: AWS::SQS::Queue}}")
    kept = stacks.physical("A")
    stack = stacks.delete()
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert sqs.list_queues()["QueueUrls"] == [kept]
    assert ("A", "DELETE_SKIPPED", "") in stacks.events(stack["StackId"])


def test_a_replaced_resource_can_be_kept(stacks: Stacks, sqs: Any):
    template = "Resources: {A: {Type: AWS::SQS::Queue, UpdateReplacePolicy: Retain, Properties: {QueueName: NAME}}}"
    stacks.create(template.replace("NAME", "one"))
    stacks.update(template.replace("NAME", "two"))
    assert sorted(url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]) == ["one", "two"]


def test_a_protected_stack_stays(cfn: Any, stacks: Stacks):
    stacks.create(QUEUE, EnableTerminationProtection=True)
    with invalid("Stack [s] cannot be deleted while TerminationProtection is enabled"):
        cfn.delete_stack(StackName="s")
    cfn.update_termination_protection(StackName="s", EnableTerminationProtection=False)
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_deletion_that_fails_can_go_on_without_the_resource(cloud, cfn: Any, stacks: Stacks, account: str):
    stacks.create(QUEUE)
    fault = cloud.faults.add("error", service="sqs", operation="DeleteQueue", account=account, code="InternalError")
    stack = stacks.delete()
    cloud.faults.remove(fault)
    assert stack["StackStatus"] == "DELETE_FAILED"
    assert stack["StackStatusReason"] == "The following resource(s) failed to delete: [Q]. "
    cfn.delete_stack(StackName="s", RetainResources=["Q"])
    assert stacks.settled(stack["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_independent_resources_are_made_side_by_side(cloud, stacks: Stacks, account: str):
    template = {"Resources": {f"Q{n}": {"Type": "AWS::SQS::Queue"} for n in range(5)}}
    fault = cloud.faults.add("latency", service="sqs", operation="CreateQueue", account=account, latency_s=0.01)
    stacks.create(template)
    cloud.faults.remove(fault)
    begun = [who for who, status, reason in stacks.events() if status == "CREATE_IN_PROGRESS" and not reason]
    first_end = next(n for n, (who, status, _) in enumerate(stacks.events()) if status == "CREATE_COMPLETE")
    assert len(begun) == 5 and first_end > len(begun)


def test_a_creation_that_is_rolled_back_keeps_what_its_policy_says(stacks: Stacks, ssm: Any):
    kept = "{DeletionPolicy: POLICY, " + PARAMETER[1:]
    template = f"Resources: {{A: {kept}, B: {{DependsOn: A, {BROKEN[1:]}}}"
    stacks.create(template.replace("POLICY", "RetainExceptOnCreate"))
    assert ssm.describe_parameters()["Parameters"] == []
    stacks.create(template.replace("POLICY", "Retain"), "t")
    assert len(ssm.describe_parameters()["Parameters"]) == 1
    stacks.create(template.replace("POLICY", "Retain"), "u", RetainExceptOnCreate=True)
    assert len(ssm.describe_parameters()["Parameters"]) == 1


def test_types_can_be_limited(cfn: Any):
    with invalid("Resource type AWS::SQS::Queue is not allowed by parameter ResourceTypes [AWS::SNS::*]"):
        cfn.create_stack(StackName="s", TemplateBody=QUEUE, ResourceTypes=["AWS::SNS::*"])


def test_a_change_set_that_is_not_executed_can_be_deleted_with_its_stack(cfn: Any, stacks: Stacks):
    cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=QUEUE)
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.create(QUEUE)["StackStatus"] == "CREATE_COMPLETE"


FILTER = """
Resources:
  A: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: a}}
  B: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: b}}
  F:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: !Ref A
      FilterName: f
      FilterPattern: ERROR
      MetricTransformations: [{MetricName: m, MetricNamespace: n, MetricValue: "1"}]
"""


def test_some_types_go_before_their_successors_come(aws: Any, stacks: Stacks):
    """Metric filters: AWS's schema says delete_then_create. Their physical id stays the same all the while."""
    logs = aws.client("logs")

    def filtered() -> list[str]:
        found = logs.describe_metric_filters()["metricFilters"]
        return [each["logGroupName"] for each in found]

    stacks.create(FILTER)
    assert filtered() == ["a"]
    moved = FILTER.replace("!Ref A", "!Ref B")
    broken = moved + f"  X: {{DependsOn: F, {BROKEN[1:]}"
    assert stacks.update(broken)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert filtered() == ["a"]
    assert stacks.update(moved)["StackStatus"] == "UPDATE_COMPLETE"
    assert filtered() == ["b"]
    assert stacks.delete()["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_update_that_is_mended_leaves_nothing_behind(stacks: Stacks, sqs: Any):
    """What was new or replaced in the failed update is replaced again in the next."""
    template = "Resources: {A: {Type: AWS::SQS::Queue, Properties: {QueueName: a0}}, MORE}"
    new = "B: {Type: AWS::SQS::Queue, Properties: {QueueName: b1}}"
    stacks.create(template.replace(", MORE", ""))
    failing = template.replace("a0", "a1").replace("MORE", f"{new}, X: {{DependsOn: [A, B], {BROKEN[1:]}")
    assert stacks.update(failing, DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    mended = template.replace("a0", "a2").replace("MORE", new.replace("b1", "b2"))
    assert stacks.update(mended)["StackStatus"] == "UPDATE_COMPLETE"
    assert sorted(url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]) == ["a2", "b2"]


def test_what_a_clean_up_cannot_remove_is_left(cloud, cfn: Any, stacks: Stacks, account: str):
    stacks.create("Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SQS::Queue}}")
    fault = cloud.faults.add("error", service="sqs", operation="DeleteQueue", account=account)
    stack = stacks.update("Resources: {A: {Type: AWS::SQS::Queue}}")
    cloud.faults.remove(fault)
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert stack["StackStatusReason"] == "Update successful. One or more resources could not be deleted."


def test_what_is_half_made_goes_too(cloud, aws: Any, cfn: Any, stacks: Stacks, account: str):
    """The topic is there when its subscription fails; so in a creation, in a replacement, and when it is mended."""
    sns = aws.client("sns")
    template = """
Resources:
  T:
    Type: AWS::SNS::Topic
    Properties: {TopicName: NAME, Subscription: [{Protocol: email, Endpoint: ann@example.com}]}
"""

    def topics() -> list[str]:
        return [each["TopicArn"].rpartition(":")[2] for each in sns.list_topics()["Topics"]]

    def failing() -> str:
        return str(cloud.faults.add("error", service="sns", operation="Subscribe", account=account))

    fault = failing()
    assert stacks.create(template.replace("NAME", "one"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert topics() == []
    stacks.delete()
    assert stacks.create(template.replace("NAME", "one"), DisableRollback=True)["StackStatus"] == "CREATE_FAILED"
    cloud.faults.remove(fault)
    assert stacks.update(template.replace("NAME", "one"))["StackStatus"] == "UPDATE_COMPLETE"
    assert topics() == ["one"]
    fault = failing()
    assert stacks.update(template.replace("NAME", "two"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert topics() == ["one"]
    assert stacks.update(template.replace("NAME", "two"), DisableRollback=True)["StackStatus"] == "UPDATE_FAILED"
    cloud.faults.remove(fault)
    assert stacks.update(template.replace("NAME", "two"))["StackStatus"] == "UPDATE_COMPLETE"
    assert topics() == ["two"]
