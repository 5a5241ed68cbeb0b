"""What the cloud's services measure of themselves arrives in CloudWatch, and alarms go off by it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import httpx
import pytest
from botocore.exceptions import ClientError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()


@pytest.fixture
def noon(frozen_clock):
    frozen_clock.freeze(NOON)
    return frozen_clock


@pytest.fixture
def statistics(aws, noon):
    """`statistics(namespace, metric, statistic, **dimensions)`: the values of the last hour's minutes."""
    cloudwatch = aws.client("cloudwatch")

    def ask(namespace: str, metric: str, statistic: str = "Sum", **dimensions: str) -> list[float]:
        now = noon.now()
        found = cloudwatch.get_metric_statistics(
            Namespace=namespace, MetricName=metric, StartTime=now - 3600, EndTime=now + 60, Period=60,
            Statistics=[statistic], Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()],
        )["Datapoints"]  # fmt: skip
        return [point[statistic] for point in sorted(found, key=lambda point: point["Timestamp"])]

    return ask


def alarm(aws, name: str, metric: tuple[str, str], dimensions: dict[str, str], **more) -> None:
    request = {
        "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", **more,
    }  # fmt: skip
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name, Namespace=metric[0], MetricName=metric[1],
        Dimensions=[{"Name": n, "Value": v} for n, v in dimensions.items()], **request,
    )  # fmt: skip


def state(aws, name: str) -> str:
    [found] = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return found["StateValue"]


def test_an_alarm_on_a_functions_errors_sends_a_mail(cloud, aws, noon, function):
    function("fails", "def handler(event, context):\n    raise ValueError(event)\n")
    sns = aws.client("sns")
    topic = sns.create_topic(Name="operations")["TopicArn"]
    address = f"operations@{noon.now():.0f}.example.com"
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    noon.settle()
    [asked] = cloud.mail(to=address)
    assert httpx.get(asked.links[0]).status_code == 200  # whoever reads the mail confirms with a click
    alarm(aws, "errors", ("AWS/Lambda", "Errors"), {"FunctionName": "fails"}, AlarmActions=[topic])

    aws.client("lambda").invoke(FunctionName="fails", Payload=b"1")
    noon.advance(120)
    assert state(aws, "errors") == "ALARM"
    told = next(mail for mail in cloud.mail(to=address) if "ALARM" in mail.subject)
    assert 'ALARM: "errors" in US East (N. Virginia)' in told.subject
    noon.advance(600)
    assert state(aws, "errors") == "INSUFFICIENT_DATA"  # nobody has invoked it since


def test_an_alarm_on_the_depth_of_a_queue_comes_and_goes(aws, noon):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    alarm(
        aws, "depth", ("AWS/SQS", "ApproximateNumberOfMessagesVisible"), {"QueueName": "jobs"},
        Statistic="Maximum", EvaluationPeriods=2,
    )  # fmt: skip
    sqs.send_message(QueueUrl=url, MessageBody="x")
    noon.advance(240)
    assert state(aws, "depth") == "ALARM"
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    noon.advance(240)
    assert state(aws, "depth") == "OK"


def test_a_queue_counts_its_messages(aws, statistics):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="x")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "yy"}, {"Id": "b", "MessageBody": "zzz"}])
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    for metric, value in (("Sent", 3), ("Received", 1), ("Deleted", 1)):
        assert statistics("AWS/SQS", f"NumberOfMessages{metric}", QueueName="q") == [value]
    assert statistics("AWS/SQS", "SentMessageSize", "Maximum", QueueName="q") == [3]
    assert statistics("AWS/SQS", "SentMessageSize", "SampleCount", QueueName="q") == [3]
    assert statistics("AWS/SQS", "ApproximateNumberOfMessagesVisible", "Maximum", QueueName="q") == [2]
    listed = aws.client("cloudwatch").list_metrics(Namespace="AWS/SQS", MetricName="NumberOfMessagesSent")["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "QueueName", "Value": "q"}]]


def test_a_function_counts_and_times_its_invocations(aws, function, statistics):
    function("f", "def handler(event, context):\n    return 1 / event\n")
    for payload in (b"1", b"0", b"2"):
        aws.client("lambda").invoke(FunctionName="f", Payload=payload)
    assert statistics("AWS/Lambda", "Invocations", FunctionName="f") == [3]
    assert statistics("AWS/Lambda", "Errors", FunctionName="f") == [1]
    assert statistics("AWS/Lambda", "Duration", "SampleCount", FunctionName="f") == [3]
    assert statistics("AWS/Lambda", "ConcurrentExecutions", "Maximum", FunctionName="f") == [1]
    assert statistics("AWS/Lambda", "Invocations") == [3]  # of the whole account
    aws.client("lambda").put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError, match="TooManyRequestsException"):
        aws.client("lambda").invoke(FunctionName="f", Payload=b"1")
    assert statistics("AWS/Lambda", "Throttles", FunctionName="f")[-1] >= 1


def test_a_table_tells_what_capacity_it_used(aws, statistics):
    dynamodb = aws.client("dynamodb")
    dynamodb.create_table(
        TableName="things", KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
    )  # fmt: skip
    dynamodb.put_item(TableName="things", Item={"k": {"S": "a"}, "v": {"S": "x" * 1500}})
    dynamodb.get_item(TableName="things", Key={"k": {"S": "a"}})
    assert statistics("AWS/DynamoDB", "ConsumedWriteCapacityUnits", TableName="things") == [2]
    assert statistics("AWS/DynamoDB", "ConsumedReadCapacityUnits", TableName="things") == [0.5]


def test_topics_rules_and_log_groups_are_measured(aws, noon, statistics):
    sns, sqs, events, logs = (aws.client(name) for name in ("sns", "sqs", "events", "logs"))
    url = sqs.create_queue(QueueName="end")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="r", EventPattern='{"source": ["my.app"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    sns.publish(TopicArn=topic, Message="hello")
    events.put_events(Entries=[{"Source": "my.app", "DetailType": "d", "Detail": "{}"}])
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    line = {"timestamp": int(noon.now() * 1000), "message": "12345"}
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[line])
    noon.settle()
    assert statistics("AWS/SNS", "NumberOfMessagesPublished", TopicName="t") == [1]
    assert statistics("AWS/SNS", "PublishSize", "Maximum", TopicName="t") == [5]
    assert statistics("AWS/SNS", "NumberOfNotificationsDelivered", TopicName="t") == [1]
    assert statistics("AWS/Events", "TriggeredRules", RuleName="r") == [1]
    assert statistics("AWS/Events", "Invocations", RuleName="r") == [1]
    assert statistics("AWS/Logs", "IncomingLogEvents", LogGroupName="g") == [1]
    assert statistics("AWS/Logs", "IncomingBytes", LogGroupName="g") == [31]


def test_a_bucket_is_measured_once_a_day(aws, noon):
    s3 = aws.client("s3")
    name = f"measured-{aws.client('sts').get_caller_identity()['Account']}"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="a", Body=b"12345")
    s3.put_object(Bucket=name, Key="b", Body=b"123", StorageClass="STANDARD_IA")
    noon.advance(86_400)
    cloudwatch, now = aws.client("cloudwatch"), noon.now()

    def value(metric: str, kind: str) -> list[float]:
        dimensions = [{"Name": "BucketName", "Value": name}, {"Name": "StorageType", "Value": kind}]
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/S3", MetricName=metric, Dimensions=dimensions, StartTime=now - 86_400, EndTime=now,
            Period=86_400, Statistics=["Average"],
        )["Datapoints"]  # fmt: skip
        return [point["Average"] for point in found]

    assert value("NumberOfObjects", "AllStorageTypes") == [2]
    assert value("BucketSizeBytes", "StandardStorage") == [5]
    assert value("BucketSizeBytes", "StandardIAStorage") == [3]
