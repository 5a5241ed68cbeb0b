"""Small services together: secrets that rotate under a running function, keys that decide who reads a queue, rules that
fire by what happens and by the time, and why a stranger's message was refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from botocore.exceptions import ClientError

ROTATES = """
import boto3, json
def handler(event, context):
    client = boto3.client("secretsmanager")
    arn, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    if step == "createSecret":
        client.put_secret_value(
            SecretId=arn, ClientRequestToken=token, VersionStages=["AWSPENDING"],
            SecretString=client.get_random_password(PasswordLength=20)["RandomPassword"],
        )
    elif step == "testSecret":
        pending = client.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
        assert len(pending["SecretString"]) == 20
    elif step == "finishSecret":
        stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
        current = next(version for version, names in stages.items() if "AWSCURRENT" in names)
        client.update_secret_version_stage(
            SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
"""
READS = """
import boto3
def handler(event, context):
    return boto3.client("secretsmanager").get_secret_value(SecretId="password")["SecretString"]
"""


def invoked(aws, name: str) -> str:
    return json.loads(aws.client("lambda").invoke(FunctionName=name)["Payload"].read())


def open_to(service: str, arn: str) -> str:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sqs:SendMessage", "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


def queue(aws, name: str, service: str) -> tuple[str, str]:
    """URL and ARN of a queue that a service may send to."""
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": open_to(service, arn)})
    return url, arn


def received(aws, url: str) -> list[dict]:
    found = aws.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", ())]


def test_a_running_function_gets_the_rotated_secret(aws, frozen_clock, function):
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="password", SecretString="first")
    function("reads", READS, "secretsmanager:GetSecretValue")
    rotator = function("rotates", ROTATES, "secretsmanager:*")
    aws.client("lambda").add_permission(
        FunctionName="rotates", StatementId="s", Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )  # fmt: skip
    assert invoked(aws, "reads") == "first"
    rules = {"AutomaticallyAfterDays": 30}
    secrets.rotate_secret(SecretId="password", RotationLambdaARN=rotator, RotationRules=rules)
    frozen_clock.settle()
    second = invoked(aws, "reads")
    assert len(second) == 20
    frozen_clock.advance(30 * 86_400)
    third = invoked(aws, "reads")
    assert len(third) == 20
    assert third != second
    previous = secrets.get_secret_value(SecretId="password", VersionStage="AWSPREVIOUS")
    assert previous["SecretString"] == second


def test_a_message_under_a_customers_key_needs_leave_to_decrypt(cloud, aws):
    key = aws.client("kms").create_key()["KeyMetadata"]["KeyId"]
    sqs, iam = aws.client("sqs"), aws.client("iam")
    url = sqs.create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="for your eyes only")
    sessions = {}
    for name, actions in (("reader", ["sqs:*", "kms:Decrypt"]), ("stranger", ["sqs:*"])):
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        made = iam.create_access_key(UserName=name)["AccessKey"]
        sessions[name] = cloud.session_with(made["AccessKeyId"], made["SecretAccessKey"]).client("sqs")
    with pytest.raises(ClientError, match=r"KMS\.AccessDeniedException") as refused:
        sessions["stranger"].receive_message(QueueUrl=url)
    assert "kms:Decrypt" in refused.value.response["Error"]["Message"]
    [message] = sessions["reader"].receive_message(QueueUrl=url)["Messages"]
    assert message["Body"] == "for your eyes only"


def test_a_rule_fires_by_an_upload(aws, account, clock):
    url, arn = queue(aws, "uploads", "events.amazonaws.com")
    s3, events = aws.client("s3"), aws.client("events")
    bucket = f"watched-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"object": {"key": [{"suffix": ".png"}]}},
    }
    events.put_rule(Name="uploads", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="uploads", Targets=[{"Id": "1", "Arn": arn}])
    for key in ("a.txt", "b.png"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    clock.settle()
    assert [event["detail"]["object"]["key"] for event in received(aws, url)] == ["b.png"]


def test_a_schedule_fires_at_each_of_its_instants(aws, frozen_clock):
    frozen_clock.freeze(datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp())
    url, arn = queue(aws, "ticks", "events.amazonaws.com")
    events = aws.client("events")
    events.put_rule(Name="every-six-hours", ScheduleExpression="cron(0 0/6 * * ? *)")
    events.put_targets(Rule="every-six-hours", Targets=[{"Id": "1", "Arn": arn}])
    frozen_clock.advance(86_400)
    assert sorted(event["time"] for event in received(aws, url)) == [
        "2026-03-01T18:00:00Z", "2026-03-02T00:00:00Z", "2026-03-02T06:00:00Z", "2026-03-02T12:00:00Z",
    ]  # fmt: skip


def test_a_refused_publish_from_another_account_can_be_explained(cloud, aws):
    topic = aws.client("sns").create_topic(Name="ours")["TopicArn"]
    with pytest.raises(ClientError) as refused:
        cloud.session().client("sns").publish(TopicArn=topic, Message="x")
    assert refused.value.response["Error"]["Code"] == "AuthorizationError"
    request_id = refused.value.response["ResponseMetadata"]["RequestId"]
    told = httpx.get(f"{cloud.endpoint}/_cloudchamber/api/explain/{request_id}").text
    assert "sns:Publish" in told
    assert topic in told
    assert "resource-based policy" in told
