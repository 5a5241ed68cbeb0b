"""Change sets, stack policies, drift, listings."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.services.calls import refused
from tests.services.cloudformation.cfn_calls import QUEUE, Stacks, invalid

TEMPLATE = """
Parameters: {Delay: {Type: Number, Default: 1}}
Resources:
  A: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
  B: {Type: AWS::SQS::Queue, Properties: {QueueName: one}}
  C: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt B.Arn}}
  D: {Type: AWS::SNS::Topic}
"""
CHANGED = TEMPLATE.replace("one", "two").replace("  D:", "  E:")


def changes(cfn: Any, **more: Any) -> dict[str, dict[str, Any]]:
    """The changes of the change set `c` of stack `s` by logical id."""
    listed = cfn.describe_change_set(ChangeSetName="c", StackName="s", **more)["Changes"]
    return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in listed}


def test_a_change_set_makes_a_stack(cfn: Any, stacks: Stacks):
    made = cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=QUEUE)
    assert stacks.status() == "REVIEW_IN_PROGRESS"
    assert stacks.events() == [("s", "REVIEW_IN_PROGRESS", "User Initiated")]
    found = cfn.describe_change_set(ChangeSetName=made["Id"])
    assert (found["Status"], found["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert changes(cfn)["Q"]["Action"] == "Add"
    cfn.execute_change_set(ChangeSetName=made["Id"])
    stack = stacks.settled("s")
    assert (stack["StackStatus"], stack["ChangeSetId"]) == ("CREATE_COMPLETE", made["Id"])
    assert cfn.describe_change_set(ChangeSetName=made["Id"])["ExecutionStatus"] == "EXECUTE_COMPLETE"
    with refused("InvalidChangeSetStatus"):
        cfn.execute_change_set(ChangeSetName=made["Id"])


def test_a_change_set_tells_what_it_would_do(cfn: Any, stacks: Stacks, sqs: Any):
    stacks.create(TEMPLATE)
    given = [{"ParameterKey": "Delay", "ParameterValue": "2"}]
    cfn.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=CHANGED, Parameters=given)
    assert "BeforeValue" not in changes(cfn)["A"]["Details"][0]["Target"]
    found = changes(cfn, IncludePropertyValues=True)
    assert json.loads(found["A"]["AfterContext"]) == {"Properties": {"DelaySeconds": 2}}
    assert {name: change["Action"] for name, change in found.items()} == {
        "A": "Modify", "B": "Modify", "C": "Modify", "D": "Remove", "E": "Add",
    }  # fmt: skip
    assert (found["A"]["Replacement"], found["B"]["Replacement"], found["C"]["Replacement"]) == (
        "False",
        "True",
        "False",
    )
    (detail,) = found["A"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"], detail["Evaluation"]) == (
        "ParameterReference", "Delay", "Static",
    )  # fmt: skip
    assert detail["Target"]["Name"] == "DelaySeconds"
    assert (detail["Target"]["BeforeValue"], detail["Target"]["AfterValue"]) == ("1", "2")
    (detail,) = found["C"]["Details"]
    assert (detail["ChangeSource"], detail["CausingEntity"], detail["Evaluation"]) == (
        "ResourceAttribute", "B.Arn", "Dynamic",
    )  # fmt: skip
    assert found["D"]["PolicyAction"] == "Delete"
    assert stacks.physical("B").endswith("/one")  # nothing has been done
    cfn.execute_change_set(ChangeSetName="c", StackName="s")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.physical("B").endswith("/two")


def test_a_change_set_without_changes_has_failed(cfn: Any, stacks: Stacks):
    stacks.create(TEMPLATE)
    cfn.create_change_set(StackName="s", ChangeSetName="c", UsePreviousTemplate=True)
    found = cfn.describe_change_set(ChangeSetName="c", StackName="s")
    assert (found["Status"], found["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert found["StatusReason"] == (
        "The submitted information didn't contain changes. Submit different information to create a change set."
    )
    with refused("InvalidChangeSetStatus") as caught:
        cfn.execute_change_set(ChangeSetName="c", StackName="s")
    assert caught.value.response["Error"]["Message"].endswith("cannot be executed in its current status of [FAILED]")


def test_change_sets_of_the_wrong_kind(cfn: Any, stacks: Stacks):
    stacks.create(QUEUE)
    with invalid("Stack [s] already exists and cannot be created again with the changeSet [c]."):
        cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=QUEUE)
    with invalid("Stack [x] does not exist"):
        cfn.create_change_set(StackName="x", ChangeSetName="c", TemplateBody=QUEUE)
    with refused("NotImplemented", status=501):
        cfn.create_change_set(
            StackName="s", ChangeSetName="c", ChangeSetType="IMPORT", TemplateBody=QUEUE,
            ResourcesToImport=[
                {"ResourceType": "AWS::SQS::Queue", "LogicalResourceId": "Q", "ResourceIdentifier": {"QueueUrl": "x"}}
            ],
        )  # fmt: skip
    with refused("ChangeSetNotFound", "ChangeSet [c] does not exist", 404):
        cfn.describe_change_set(ChangeSetName="c", StackName="s")


def test_change_sets_are_listed_and_deleted(cfn: Any, stacks: Stacks):
    stacks.create(QUEUE)
    for name in ("one", "two"):
        cfn.create_change_set(StackName="s", ChangeSetName=name, TemplateBody=TEMPLATE, Description="d")
    with refused("AlreadyExistsException"):
        cfn.create_change_set(StackName="s", ChangeSetName="one", TemplateBody=TEMPLATE)
    assert [each["ChangeSetName"] for each in cfn.list_change_sets(StackName="s")["Summaries"]] == ["one", "two"]
    cfn.delete_change_set(StackName="s", ChangeSetName="one")
    cfn.delete_change_set(StackName="s", ChangeSetName="one")  # AWS says nothing
    assert cfn.get_template(StackName="s", ChangeSetName="two")["TemplateBody"] == TEMPLATE
    cfn.execute_change_set(StackName="s", ChangeSetName="two")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_COMPLETE"


# stack policies


def policy(effect: str, action: str, resource: str) -> str:
    statements = [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]
    statements.append({"Effect": effect, "Action": action, "Principal": "*", "Resource": resource})
    return json.dumps({"Statement": statements})


def test_a_stack_policy_protects_a_resource(cfn: Any, stacks: Stacks):
    stacks.create(TEMPLATE, StackPolicyBody=policy("Deny", "Update:Replace", "LogicalResourceId/B"))
    assert stacks.update(parameters={"Delay": "3"})["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.update(CHANGED)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.reasons()["B"].startswith(
        "Action denied by stack policy: Statement [#2] does not allow [Update:Replace]"
    )
    cfn.set_stack_policy(StackName="s", StackPolicyBody=policy("Deny", "Update:Delete", "LogicalResourceId/D"))
    assert stacks.update(CHANGED)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    during = policy("Allow", "Update:*", "*")
    assert stacks.update(CHANGED, StackPolicyDuringUpdateBody=during)["StackStatus"] == "UPDATE_COMPLETE"
    cfn.set_stack_policy(StackName="s", StackPolicyBody=during)
    assert json.loads(cfn.get_stack_policy(StackName="s")["StackPolicyBody"]) == json.loads(during)
    with invalid("Error validating stack policy: Invalid stack policy"):
        cfn.set_stack_policy(StackName="s", StackPolicyBody="{}")


# drift


def test_drift(cfn: Any, stacks: Stacks, sqs: Any, ssm: Any):
    stacks.create(TEMPLATE)

    def detect() -> dict[str, str]:
        made = cfn.detect_stack_drift(StackName="s")["StackDriftDetectionId"]
        status = cfn.describe_stack_drift_detection_status(StackDriftDetectionId=made)
        assert status["DetectionStatus"] == "DETECTION_COMPLETE"
        found = cfn.describe_stack_resource_drifts(StackName="s")["StackResourceDrifts"]
        drifted = {each["LogicalResourceId"]: each["StackResourceDriftStatus"] for each in found}
        assert status["DriftedStackResourceCount"] == sum(each != "IN_SYNC" for each in drifted.values())
        return drifted

    assert set(detect().values()) == {"IN_SYNC"}
    assert stacks.get()["DriftInformation"]["StackDriftStatus"] == "IN_SYNC"
    sqs.set_queue_attributes(QueueUrl=stacks.physical("A"), Attributes={"DelaySeconds": "77"})
    sqs.delete_queue(QueueUrl=stacks.physical("B"))
    assert detect() == {"A": "MODIFIED", "B": "DELETED", "C": "IN_SYNC", "D": "IN_SYNC"}
    assert stacks.get()["DriftInformation"]["StackDriftStatus"] == "DRIFTED"
    found = cfn.detect_stack_resource_drift(StackName="s", LogicalResourceId="A")["StackResourceDrift"]
    assert found["PropertyDifferences"] == [
        {"PropertyPath": "/DelaySeconds", "ExpectedValue": "1", "ActualValue": "77", "DifferenceType": "NOT_EQUAL"}
    ]


# telling


def test_listings(cfn: Any, stacks: Stacks):
    stacks.create(TEMPLATE)
    stacks.create(QUEUE, "t")
    gone = stacks.delete("t")
    listed = cfn.list_stacks()["StackSummaries"]
    assert [(each["StackName"], each["StackStatus"]) for each in listed] == [
        ("t", "DELETE_COMPLETE"), ("s", "CREATE_COMPLETE"),
    ]  # fmt: skip
    assert [each["StackName"] for each in cfn.list_stacks(StackStatusFilter=["CREATE_COMPLETE"])["StackSummaries"]] == [
        "s"
    ]
    assert [each["StackName"] for each in cfn.describe_stacks()["Stacks"]] == ["s"]
    assert stacks.get(gone["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    by_physical = cfn.describe_stack_resources(PhysicalResourceId=stacks.physical("A"))["StackResources"]
    assert [each["LogicalResourceId"] for each in by_physical] == ["A", "B", "C", "D"]
    with invalid("Stack for nothing does not exist"):
        cfn.describe_stack_resources(PhysicalResourceId="nothing")
    with invalid("Resource X does not exist for stack s"):
        cfn.describe_stack_resource(StackName="s", LogicalResourceId="X")


def test_events_come_in_pages(cfn: Any, stacks: Stacks):
    stacks.create({"Resources": {f"Q{n}": {"Type": "AWS::SQS::Queue"} for n in range(40)}})
    first = cfn.describe_stack_events(StackName="s")
    assert len(first["StackEvents"]) == 100 and first["NextToken"]
    assert len(stacks.events()) == 2 + 40 * 3
    with invalid("Invalid NextToken"):
        cfn.describe_stack_events(StackName="s", NextToken="x")


def test_types_are_told(cfn: Any):
    listed = cfn.list_types(Visibility="PUBLIC", Filters={"TypeNamePrefix": "AWS::SQS::"})["TypeSummaries"]
    assert "AWS::SQS::Queue" in [each["TypeName"] for each in listed]
    found = cfn.describe_type(Type="RESOURCE", TypeName="AWS::SQS::Queue")
    assert json.loads(found["Schema"])["typeName"] == "AWS::SQS::Queue"
    with refused("TypeNotFoundException", status=404):
        cfn.describe_type(Type="RESOURCE", TypeName="AWS::EC2::Instance")


def test_notifications_tell_of_every_event(aws: Any, stacks: Stacks, sqs: Any, account: str):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="events")["TopicArn"]
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{account}:inbox"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allow]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    stacks.create("Resources: {T: {Type: AWS::SNS::Topic}}", NotificationARNs=[topic])
    bodies = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in found]
    statuses = {line for body in bodies for line in body.splitlines() if line.startswith("ResourceStatus=")}
    assert len(bodies) == 5
    assert statuses == {"ResourceStatus='CREATE_IN_PROGRESS'", "ResourceStatus='CREATE_COMPLETE'"}


@pytest.mark.parametrize("operation", ["create_stack_set", "list_stack_sets", "describe_publisher"])
def test_what_is_not_here_says_so(cfn: Any, operation: str):
    request = {"create_stack_set": {"StackSetName": "x"}}.get(operation, {})
    with refused("NotImplemented", status=501):
        getattr(cfn, operation)(**request)


def test_an_update_makes_change_sets_obsolete(cfn: Any, stacks: Stacks):
    stacks.create(TEMPLATE)
    cfn.create_change_set(StackName="s", ChangeSetName="c", TemplateBody=CHANGED)
    stacks.update(parameters={"Delay": "3"})
    assert cfn.describe_change_set(ChangeSetName="c", StackName="s")["ExecutionStatus"] == "OBSOLETE"
    with refused("InvalidChangeSetStatus"):
        cfn.execute_change_set(ChangeSetName="c", StackName="s")
