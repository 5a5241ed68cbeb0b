"""What anybody with a response URL puts to it: nonsense fails the resource, and is never the end of the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from cloudchamber.services.apigateway.v2.values import Scope, compiled

if TYPE_CHECKING:
    import boto3

    from cloudchamber.testing.cloud import CloudClock

DEEP = b'{"Status": "SUCCESS", "Data": {"a": ' + b"[" * 800 + b"]" * 800 + b"}}"


@pytest.fixture
def response_url(aws: boto3.Session, account: str) -> str:
    """Where the stack `s` waits for its custom resource, which a topic and a queue have told of."""
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    policy = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]}  # fmt: skip
    url = sqs.create_queue(QueueName="q", Attributes={"Policy": json.dumps(policy)})["QueueUrl"]
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{account}:q",
        Attributes={"RawMessageDelivery": "true"},
    )  # fmt: skip
    template = {"Resources": {"C": {"Type": "Custom::C", "Properties": {"ServiceToken": topic}}}}
    aws.client("cloudformation").create_stack(StackName="s", TemplateBody=json.dumps(template), DisableRollback=True)
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
    return str(json.loads(message["Body"])["ResponseURL"])


@pytest.mark.parametrize("body", [DEEP, b"[" * 900, b"\xff", b'{"Status": {}}', b"null"])
def test_nonsense_fails_the_resource(aws: boto3.Session, response_url: str, clock: CloudClock, body: bytes):
    assert httpx.put(response_url, content=body).status_code == 200
    clock.settle()
    found: Any = aws.client("cloudformation").describe_stacks(StackName="s")["Stacks"][0]
    assert found["StackStatus"] == "CREATE_FAILED"
    assert httpx.put(response_url, content=b'{"Status": "SUCCESS"}').status_code == 403  # it serves once


def test_another_url_is_nobodys(response_url: str):
    for url in (response_url[:-1], response_url + "x", response_url.rpartition("/")[0] + "/", response_url + "/../x"):
        assert httpx.put(url, content=b'{"Status": "SUCCESS"}').status_code == 403


def test_a_value_nested_too_deeply_is_none():
    body = b'{"a": ' + b"[" * 800 + b"]" * 800 + b"}"
    assert compiled("$request.body.a")(Scope(body=body)) is None
