"""Random updates with something failing somewhere: what was rolled back is as it was, what was deleted is gone."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.services.cloudformation.cfn_calls import Stacks

NAMES = "ABCDEFG"
UPDATES = 12
OPERATIONS = [
    ("sqs", "CreateQueue"), ("sqs", "SetQueueAttributes"), ("sqs", "TagQueue"), ("ssm", "PutParameter"),
    ("sns", "CreateTopic"), ("sns", "SetTopicAttributes"),
]  # fmt: skip


def resource(seed: random.Random, kind: int, name: str, others: list[str]) -> dict[str, Any]:
    """A resource of one of three types; some changes of it are in place, some replace it."""
    number = seed.randrange(3)
    if kind == 0:
        made: dict[str, Any] = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": number}}
        if seed.random() < 0.4:
            made["Properties"]["QueueName"] = f"{name}-{number}"
    elif kind == 1:
        made = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": f"d{number}"}}
        if seed.random() < 0.4:
            made["Properties"]["TopicName"] = f"{name}-{number}"
    else:
        values = [{"Ref": other} for other in others[:2]] or ["v"]
        value = {"Fn::Join": ["-", [*values, str(number)]]}
        made = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": value}}
    if others and seed.random() < 0.3:
        made["DependsOn"] = seed.choice(others)
    return made


def template(seed: random.Random) -> dict[str, Any]:
    resources: dict[str, Any] = {}
    for place, name in enumerate(NAMES):
        if seed.random() < 0.75:
            resources[name] = resource(seed, place % 3, name, list(resources))
    return {"Resources": resources or {"A": {"Type": "AWS::SQS::Queue"}}}


class World:
    """What there is in an account, but for what changes by itself."""

    def __init__(self, aws: Any) -> None:
        self.sqs, self.sns, self.ssm = aws.client("sqs"), aws.client("sns"), aws.client("ssm")

    def __call__(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for url in self.sqs.list_queues().get("QueueUrls", []):
            attributes = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            attributes.pop("LastModifiedTimestamp")
            found[url] = (attributes, self.sqs.list_queue_tags(QueueUrl=url).get("Tags"))
        for topic in self.sns.list_topics()["Topics"]:
            arn = topic["TopicArn"]
            tags = self.sns.list_tags_for_resource(ResourceArn=arn)["Tags"]
            found[arn] = (self.sns.get_topic_attributes(TopicArn=arn)["Attributes"], sorted(map(str, tags)))
        for parameter in self.ssm.describe_parameters()["Parameters"]:
            found[parameter["Name"]] = self.ssm.get_parameter(Name=parameter["Name"])["Parameter"]["Value"]
        return found


@pytest.mark.parametrize("start", range(3))
def test_what_fails_leaves_no_trace(aws: Any, cfn: Any, stacks: Stacks, account: str, start: int):
    seed, cloud = random.Random(start), stacks.cloud
    world = World(aws)
    stacks.create(template(seed))
    ends = []
    for _ in range(UPDATES):
        before, ids = world(), physical(cfn)
        service, operation = seed.choice(OPERATIONS)
        fault = None
        if seed.random() < 0.6:
            fault = cloud.faults.add("error", service=service, operation=operation, account=account, times=1)
        body, tags = template(seed), [{"Key": "t", "Value": str(seed.randrange(2))}]
        try:
            cfn.update_stack(StackName="s", TemplateBody=json.dumps(body), Tags=tags)
        except cfn.exceptions.ClientError as error:
            if error.response["Error"]["Message"] != "No updates are to be performed.":
                raise
        status = stacks.settled("s")["StackStatus"]
        ends.append(status)
        if fault is not None:
            cloud.faults.remove(fault)
        if status == "UPDATE_ROLLBACK_COMPLETE":
            assert (world(), physical(cfn)) == (before, ids)
        else:
            assert status in ("UPDATE_COMPLETE", "CREATE_COMPLETE"), stacks.events()[-20:]
            assert sorted(world()) == sorted(physical(cfn).values())
            assert set(physical(cfn)) == set(body["Resources"])
    assert "UPDATE_ROLLBACK_COMPLETE" in ends and "UPDATE_COMPLETE" in ends
    stacks.delete()
    assert world() == {}


def physical(cfn: Any) -> dict[str, str]:
    listed = cfn.list_stack_resources(StackName="s")["StackResourceSummaries"]
    return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in listed}
