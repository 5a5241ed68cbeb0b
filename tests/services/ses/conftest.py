"""What every SES test needs: clients of both APIs, addresses of the test's own, a topic with a queue behind it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.services.ses.ses_calls import Listener

if TYPE_CHECKING:
    import boto3


@pytest.fixture
def ses(aws: boto3.Session) -> Any:
    """A v1 client as the root user of the test's own account."""
    return aws.client("ses")


@pytest.fixture
def sesv2(aws: boto3.Session) -> Any:
    return aws.client("sesv2")


@pytest.fixture
def ann(account: str) -> str:
    """An address to send to."""
    return f"ann-{account}@example.org"


@pytest.fixture
def shop(ses: Any, account: str) -> str:
    """An address to send from: its domain is verified."""
    ses.verify_domain_identity(Domain=f"shop{account}.example")
    return f"news@shop{account}.example"


@pytest.fixture
def listener(aws: boto3.Session) -> Listener:
    """A topic that SES may publish to, and the queue subscribed to it."""
    sns, sqs = aws.client("sns"), aws.client("sqs")
    topic = sns.create_topic(Name="events")["TopicArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"}, "Action": "sns:Publish"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": topic}]}
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(document))
    url = sqs.create_queue(QueueName="events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = {"Version": "2012-10-17", "Statement": [{**statement, "Resource": arn}]}
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps(document)})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    return Listener(sqs, url, topic)
