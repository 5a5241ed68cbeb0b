"""Resource types of CloudFormation's own: custom resources, wait conditions, nested stacks, macros."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.services.calls import refused
from tests.services.cloudformation.cfn_calls import Stacks, invalid
from tests.services.lambda_.lambda_calls import made_role, package

CUSTOM = """
Parameters: {{Size: {{Type: Number, Default: 1}}}}
Resources:
  C:
    Type: Custom::Thing
    Properties: {{ServiceToken: '{0}', Size: !Ref Size, On: true, ServiceTimeout: 60}}
Outputs: {{V: {{Value: !GetAtt C.Answer}}, Id: {{Value: !Ref C}}}}
"""


class Asked:
    """What a topic that backs custom resources was asked, and the answers to it."""

    def __init__(self, aws: Any, account: str) -> None:
        self.sqs, sns = aws.client("sqs"), aws.client("sns")
        self.topic = sns.create_topic(Name="custom")["TopicArn"]
        self.url = self.sqs.create_queue(QueueName="asked")["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{account}:asked"
        allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"Policy": json.dumps({"Statement": [allow]})})
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    def next(self) -> dict[str, Any]:
        (message,) = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=5)["Messages"]
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        found: dict[str, Any] = json.loads(message["Body"])
        return found

    def answer(self, status: str = "SUCCESS", **more: Any) -> dict[str, Any]:
        """Answer the next question, and give it back."""
        question = self.next()
        body = {name: question[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
        put(question["ResponseURL"], {"Status": status, **body, **more})
        return question


def put(url: str, body: Any) -> int:
    request = urllib.request.Request(url, json.dumps(body).encode(), method="PUT")
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def asked(aws: Any, account: str) -> Asked:
    return Asked(aws, account)


def test_a_custom_resource_lives_and_dies(cfn: Any, cloud, stacks: Stacks, asked: Asked):
    template = CUSTOM.format(asked.topic)
    stack_id = cfn.create_stack(StackName="s", TemplateBody=template)["StackId"]
    created = asked.answer(PhysicalResourceId="thing-1", Data={"Answer": "42"})
    assert stacks.settled("s")["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.outputs() == {"V": "42", "Id": "thing-1"}
    properties = {"ServiceToken": asked.topic, "Size": "1", "On": "true", "ServiceTimeout": "60"}
    assert created["ResourceProperties"] == properties
    assert (created["RequestType"], created["StackId"], created["ResourceType"], created["LogicalResourceId"]) == (
        "Create", stack_id, "Custom::Thing", "C",
    )  # fmt: skip
    given = [{"ParameterKey": "Size", "ParameterValue": "2"}]
    cfn.update_stack(StackName="s", UsePreviousTemplate=True, Parameters=given)
    updated = asked.answer(PhysicalResourceId="thing-2", Data={"Answer": "43"})
    assert (updated["RequestType"], updated["PhysicalResourceId"]) == ("Update", "thing-1")
    assert updated["OldResourceProperties"] == properties
    old = asked.answer()  # another id is another thing: the old one goes
    assert (old["RequestType"], old["PhysicalResourceId"]) == ("Delete", "thing-1")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.outputs() == {"V": "43", "Id": "thing-2"}
    cfn.delete_stack(StackName="s")
    assert asked.answer()["PhysicalResourceId"] == "thing-2"
    assert stacks.settled(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_custom_resource_that_fails(cfn: Any, stacks: Stacks, asked: Asked):
    cfn.create_stack(StackName="s", TemplateBody=CUSTOM.format(asked.topic))
    question = asked.answer("FAILED", Reason="no room", PhysicalResourceId="half")
    gone = asked.answer()
    assert (gone["RequestType"], gone["PhysicalResourceId"]) == ("Delete", "half")
    assert stacks.settled("s")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reasons()["C"] == (
        "Received response status [FAILED] from custom resource. Message returned: no room "
        f"(RequestId: {question['RequestId']})"
    )


def test_a_custom_resource_that_never_answers(cfn: Any, cloud, stacks: Stacks, asked: Asked):
    cloud.clock.freeze()
    cfn.create_stack(StackName="s", TemplateBody=CUSTOM.format(asked.topic))
    cloud.clock.advance(59)
    assert stacks.status() == "CREATE_IN_PROGRESS"
    cloud.clock.advance(2)
    assert stacks.status() == "ROLLBACK_COMPLETE"
    assert stacks.reasons()["C"].startswith("CloudFormation did not receive a response from your Custom Resource.")
    cloud.clock.resume()


def test_a_response_url_is_good_once_and_guarded(cloud, cfn: Any, stacks: Stacks, asked: Asked):
    cfn.create_stack(StackName="s", TemplateBody=CUSTOM.format(asked.topic))
    question = asked.next()
    url = question["ResponseURL"]
    assert put(f"{url}x", {"Status": "SUCCESS"}) == 403
    assert put(url, {"Status": "SUCCESS", "PhysicalResourceId": "p", "Data": {"Answer": "1"}}) == 200
    assert stacks.settled("s")["StackStatus"] == "CREATE_COMPLETE"
    assert put(url, {"Status": "SUCCESS"}) == 403


def test_a_deletion_does_not_wait_for_a_creation(cfn: Any, stacks: Stacks, asked: Asked):
    stack_id = cfn.create_stack(StackName="s", TemplateBody=CUSTOM.format(asked.topic))["StackId"]
    asked.next()
    cfn.delete_stack(StackName="s")
    assert stacks.settled(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_deletion_can_be_asked_for_during_a_rollback(cloud, cfn: Any, stacks: Stacks, asked: Asked):
    template = CUSTOM.format(asked.topic).replace(
        "Outputs:", "  B: {Type: AWS::SSM::Parameter, DependsOn: C}\nOutputs:"
    )
    stack_id = cfn.create_stack(StackName="s", TemplateBody=template)["StackId"]
    asked.answer(PhysicalResourceId="p", Data={"Answer": "1"})
    question = asked.next()  # to delete what it made
    assert stacks.status() == "ROLLBACK_IN_PROGRESS"
    cfn.delete_stack(StackName="s")
    put(question["ResponseURL"], {"Status": "SUCCESS"})
    assert stacks.settled(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_creation_has_a_time_limit(cloud, cfn: Any, stacks: Stacks, asked: Asked):
    cloud.clock.freeze()
    template = CUSTOM.format(asked.topic).replace(", ServiceTimeout: 60", "")
    cfn.create_stack(StackName="s", TemplateBody=template, TimeoutInMinutes=5)
    cloud.clock.advance(301)
    assert stacks.status() == "ROLLBACK_COMPLETE"
    reason = "Stack creation time exceeded the specified timeout. Rollback requested by user."
    assert ("s", "ROLLBACK_IN_PROGRESS", reason) in stacks.events()
    assert stacks.reasons()["C"] == "Resource creation cancelled"
    cloud.clock.resume()


def test_an_update_can_be_cancelled(cfn: Any, stacks: Stacks, asked: Asked):
    stacks.create("Resources: {Q: {Type: AWS::SQS::Queue}}")
    with invalid("CancelUpdateStack cannot be called from current stack status"):
        cfn.cancel_update_stack(StackName="s")
    cfn.update_stack(StackName="s", TemplateBody=CUSTOM.format(asked.topic))
    asked.next()
    stack_id = stacks.get()["StackId"]
    with invalid(f"Stack [{stack_id}] cannot be deleted while in status UPDATE_IN_PROGRESS"):
        cfn.delete_stack(StackName="s")
    with invalid(f"Stack:{stack_id} is in UPDATE_IN_PROGRESS state and can not be updated."):
        cfn.update_stack(StackName="s", UsePreviousTemplate=True)
    cfn.cancel_update_stack(StackName="s")
    assert stacks.settled("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.physical("Q")


FUNCTION = """
import cfnresponse
def handler(event, context):
    if event["RequestType"] == "Create" and event["ResourceProperties"].get("Fail"):
        return cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason="asked to fail")
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {"Answer": event["ResourceProperties"]["Size"] * 2}, "fixed")
"""


def test_a_function_backs_a_custom_resource(aws: Any, cfn: Any, stacks: Stacks):
    role = made_role(aws.client("iam"))
    made = aws.client("lambda").create_function(
        FunctionName="f", Runtime="python3.11", Handler="index.handler", Role=role, Timeout=5,
        Code={"ZipFile": package(FUNCTION)},
    )  # fmt: skip
    stack = stacks.create(CUSTOM.format(made["FunctionArn"]))
    while stack["StackStatus"] == "CREATE_IN_PROGRESS":  # the function runs in the machine's time
        stack = stacks.settled("s")
    assert stacks.outputs() == {"V": "11", "Id": "fixed"}


# wait conditions

WAIT = """
Resources:
  H: {Type: AWS::CloudFormation::WaitConditionHandle}
  W: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref H, Timeout: 300, Count: 2}}
  Q: {Type: AWS::SQS::Queue, DependsOn: W}
Outputs: {V: {Value: !GetAtt W.Data}}
"""


def test_a_wait_condition_waits_for_its_signals(cloud, cfn: Any, stacks: Stacks):
    cfn.create_stack(StackName="s", TemplateBody=WAIT)
    cloud.clock.settle()
    url = stacks.physical("H")
    assert put(url, {"Status": "SUCCESS", "UniqueId": "1", "Data": "a", "Reason": "r"}) == 200
    assert put(url, {"Status": "SUCCESS", "UniqueId": "1", "Data": "a", "Reason": "r"}) == 200  # the same once more
    cloud.clock.settle()
    assert stacks.status() == "CREATE_IN_PROGRESS"
    assert put(url, {"Status": "SUCCESS", "UniqueId": "2", "Data": "b", "Reason": "r"}) == 200
    assert stacks.settled("s")["StackStatus"] == "CREATE_COMPLETE"
    assert json.loads(stacks.outputs()["V"]) == {"1": "a", "2": "b"}


def test_a_wait_condition_fails_or_times_out(cloud, cfn: Any, stacks: Stacks):
    cloud.clock.freeze()
    cfn.create_stack(StackName="s", TemplateBody=WAIT)
    cloud.clock.advance(301)
    assert stacks.status() == "ROLLBACK_COMPLETE"
    assert stacks.reasons()["W"] == "WaitCondition timed out. Received 0 conditions when expecting 2"
    cfn.create_stack(StackName="t", TemplateBody=WAIT)
    cloud.clock.settle()
    put(stacks.physical("H", "t"), {"Status": "FAILURE", "UniqueId": "1", "Data": "", "Reason": "broken"})
    assert stacks.settled("t")["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reasons("t")["W"] == "WaitCondition received failed message: 'broken' for uniqueId: 1"
    cloud.clock.resume()


def test_a_creation_policy_waits_for_signals(cloud, cfn: Any, stacks: Stacks):
    template = (
        "Resources: {W: {Type: AWS::CloudFormation::WaitCondition, "
        "CreationPolicy: {ResourceSignal: {Count: 1, Timeout: PT15M}}}}"
    )
    cfn.create_stack(StackName="s", TemplateBody=template)
    cloud.clock.settle()
    signal = {"StackName": "s", "LogicalResourceId": "W", "UniqueId": "1", "Status": "SUCCESS"}
    cfn.signal_resource(**signal)
    assert stacks.settled("s")["StackStatus"] == "CREATE_COMPLETE"
    with invalid("Resource W is in CREATE_COMPLETE and cannot be signaled"):
        cfn.signal_resource(**signal)


# nested stacks

CHILD = """
Parameters: {Name: {Type: String}}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}}
Outputs: {Url: {Value: !Ref Q}}
"""


@pytest.fixture
def child(aws: Any, account: str) -> str:
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=f"n{account}")
    s3.put_object(Bucket=f"n{account}", Key="child.yaml", Body=CHILD.encode())
    return f"https://s3.amazonaws.com/n{account}/child.yaml"


def parent(url: str, name: str = "one", more: str = "") -> str:
    return f"""
Resources:
  N: {{Type: AWS::CloudFormation::Stack, Properties: {{TemplateURL: '{url}', Parameters: {{Name: {name}}}}}}}
  {more}
Outputs: {{V: {{Value: !GetAtt N.Outputs.Url}}}}
"""


def test_nested_stacks(cfn: Any, stacks: Stacks, sqs: Any, child: str):
    stack = stacks.create(parent(child), tags={"a": "1"})
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.outputs()["V"].endswith("/one")
    nested = stacks.get(stacks.physical("N"))
    assert (nested["ParentId"], nested["RootId"]) == (stack["StackId"], stack["StackId"])
    assert nested["StackName"].startswith("s-N-")
    assert nested["Tags"] == [{"Key": "a", "Value": "1"}]
    assert stacks.update(parent(child, "two"))["StackStatus"] == "UPDATE_COMPLETE"
    assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["two"]
    stacks.delete()
    assert stacks.get(nested["StackId"])["StackStatus"] == "DELETE_COMPLETE"
    assert "QueueUrls" not in sqs.list_queues()


def test_a_nested_stack_goes_back_with_its_parent(stacks: Stacks, sqs: Any, child: str):
    stacks.create(parent(child))
    broken = (
        "P: {Type: AWS::SSM::Parameter, DependsOn: N, Properties: {Type: String, Value: v, AllowedPattern: '[0-9]+'}}"
    )
    assert stacks.update(parent(child, "two", broken))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["one"]


def test_a_nested_update_that_fails_takes_its_parent_back(stacks: Stacks, sqs: Any, child: str):
    queue = "X: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 1}}"
    stacks.create(parent(child, more=queue))
    sqs.create_queue(QueueName="taken")
    changed = parent(child, "taken", queue.replace("1}", "2}"))
    assert stacks.update(changed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.get(stacks.physical("N"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert sorted(url.rpartition("/")[2] for url in sqs.list_queues(QueueNamePrefix="one")["QueueUrls"]) == ["one"]
    found = sqs.get_queue_attributes(QueueUrl=stacks.physical("X"), AttributeNames=["DelaySeconds"])["Attributes"]
    assert found == {"DelaySeconds": "1"}


def test_a_parent_that_fails_ends_the_update_of_its_child(
    cfn: Any, stacks: Stacks, aws: Any, asked: Asked, account: str
):
    """The child waits for a custom resource when the parent's other resource fails."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=f"w{account}")
    plain = "Resources: {Q: {Type: AWS::SQS::Queue}}"
    custom = "{Type: Custom::Thing, Properties: {ServiceToken: '" + asked.topic + "'}}"
    s3.put_object(Bucket=f"w{account}", Key="1", Body=plain.encode())
    s3.put_object(Bucket=f"w{account}", Key="2", Body=plain.replace("}}", "}, C: " + custom + "}").encode())
    template = "Resources: {N: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: 'CHILD'}}, MORE}"
    template = template.replace("CHILD", f"https://s3.amazonaws.com/w{account}/1")
    stacks.create(template.replace(", MORE", ""))
    gate = "G: " + custom
    broken = (
        "B: {Type: AWS::SSM::Parameter, DependsOn: G, Properties: {Type: String, Value: v, AllowedPattern: '[0-9]+'}}"
    )
    changed = template.replace("/1'", "/2'").replace("MORE", f"{gate}, {broken}")
    cfn.update_stack(StackName="s", TemplateBody=changed)
    first, second = asked.next(), asked.next()
    for question in (first, second):
        if question["LogicalResourceId"] == "G":
            put(question["ResponseURL"], {"Status": "SUCCESS", "PhysicalResourceId": "g"})
    assert asked.answer()["RequestType"] == "Delete"
    assert stacks.settled("s")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.get(stacks.physical("N"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_a_nested_stack_that_fails(stacks: Stacks, sqs: Any, child: str):
    sqs.create_queue(QueueName="one")
    assert stacks.create(parent(child))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert stacks.reasons()["N"].startswith("Embedded stack arn:aws:cloudformation:us-east-1:")
    assert "was not successfully created: The following resource(s) failed to create: [Q]." in stacks.reasons()["N"]


# macros

MACRO = """
def handler(event, context):
    if event["params"].get("fail"):
        return {"requestId": event["requestId"], "status": "failure", "errorMessage": "not today"}
    fragment = event["fragment"]
    if "Resources" in fragment:
        fragment["Resources"]["Added"] = {"Type": "AWS::SQS::Queue"}
    else:
        fragment["DelaySeconds"] = int(event["params"]["delay"]) + int(event["templateParameterValues"].get("N", 0))
    return {"requestId": event["requestId"], "status": "success", "fragment": fragment}
"""


@pytest.fixture
def macro(aws: Any, stacks: Stacks) -> str:
    role = made_role(aws.client("iam"))
    arn = aws.client("lambda").create_function(
        FunctionName="m", Runtime="python3.11", Handler="index.handler", Role=role, Timeout=5,
        Code={"ZipFile": package(MACRO)},
    )["FunctionArn"]  # fmt: skip
    template = (
        f"Resources: {{M: {{Type: AWS::CloudFormation::Macro, Properties: {{Name: Mine, FunctionName: '{arn}'}}}}}}"
    )
    stacks.create(template, "macros")
    return "Mine"


def test_macros_transform_a_whole_and_a_part(cfn: Any, stacks: Stacks, sqs: Any, macro: str):
    template = """
Transform: Mine
Parameters: {N: {Type: Number, Default: 3}}
Resources:
  Q:
    Type: AWS::SQS::Queue
    Properties:
      Fn::Transform: {Name: Mine, Parameters: {delay: 4}}
"""
    with refused("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"):
        stacks.create(template)
    stacks.create(template, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert stacks.physical("Added")
    found = sqs.get_queue_attributes(QueueUrl=stacks.physical("Q"), AttributeNames=["DelaySeconds"])["Attributes"]
    assert found == {"DelaySeconds": "7"}


def test_a_macro_that_fails(cfn: Any, stacks: Stacks, macro: str, account: str):
    part = "{'Fn::Transform': {Name: Mine, Parameters: {fail: 'yes'}}}"
    template = f"Resources: {{Q: {{Type: AWS::SQS::Queue, Properties: {part}}}}}"
    message = f"Transform {account}::Mine failed with: not today"
    with invalid(message):
        stacks.create(template, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    made = cfn.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=template)
    found = cfn.describe_change_set(ChangeSetName=made["Id"])
    assert (found["Status"], found["StatusReason"]) == ("FAILED", message)
    with invalid(f"No transform named {account}::Other found."):
        stacks.create(template.replace("Mine", "Other"), "t", Capabilities=["CAPABILITY_AUTO_EXPAND"])


def test_a_part_is_included_from_s3(aws: Any, stacks: Stacks, account: str):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=f"i{account}")
    s3.put_object(Bucket=f"i{account}", Key="q.yaml", Body=b"I: {Type: AWS::SQS::Queue}")
    template = f"""
Resources:
  Q: {{Type: AWS::SQS::Queue}}
  Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: 's3://i{account}/q.yaml'}}}}
"""
    stacks.create(template, Capabilities=["CAPABILITY_AUTO_EXPAND"])
    assert stacks.physical("I") != stacks.physical("Q")
