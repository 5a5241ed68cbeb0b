"""How much waits or runs at a resource, as the directory tells it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

WAITS = """
import boto3, os
def handler(event, context):
    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=os.environ["STARTED"], MessageBody="started")
    sqs.receive_message(QueueUrl=os.environ["GATE"], WaitTimeSeconds=20)
"""


def depth(cloud, arn: str) -> int | None:
    return cloud.look(lambda inside: inside.directory.depth(arn))


def test_a_queue_is_as_deep_as_what_is_visible_in_flight_and_delayed(cloud, aws, account, frozen_clock):
    sqs = aws.client("sqs")
    arn = f"arn:aws:sqs:us-east-1:{account}:jobs"
    assert depth(cloud, arn) is None
    url = sqs.create_queue(QueueName="jobs", Attributes={"MessageRetentionPeriod": "600"})["QueueUrl"]
    assert depth(cloud, arn) == 0
    for body in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=body)
    sqs.send_message(QueueUrl=url, MessageBody="c", DelaySeconds=60)
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    assert depth(cloud, arn) == 3
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert depth(cloud, arn) == 2
    frozen_clock.advance(601)  # no longer than messages are retained
    assert depth(cloud, arn) == 0


def test_a_function_is_as_deep_as_its_invocations_that_run(cloud, aws, function):
    sqs = aws.client("sqs")
    started, gate = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("started", "gate"))
    variables = {"Variables": {"STARTED": started, "GATE": gate}}
    arn = function("waits", WAITS, "sqs:SendMessage", "sqs:ReceiveMessage", Environment=variables)
    assert depth(cloud, arn) == 0
    with ThreadPoolExecutor() as threads:
        running = [threads.submit(aws.client("lambda").invoke, FunctionName="waits") for _ in range(2)]
        for _ in running:
            assert sqs.receive_message(QueueUrl=started, WaitTimeSeconds=20, MaxNumberOfMessages=1)["Messages"]
        assert depth(cloud, arn) == 2
        sqs.send_message(QueueUrl=gate, MessageBody="go on")
        sqs.send_message(QueueUrl=gate, MessageBody="go on")
    assert [one.result()["StatusCode"] for one in running] == [200, 200]
    assert depth(cloud, arn) == 0


def test_a_function_with_reserved_concurrency_has_a_depth_too(cloud, aws, function):
    sqs = aws.client("sqs")
    started, gate = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("started", "gate"))
    variables = {"Variables": {"STARTED": started, "GATE": gate}}
    arn = function("waits", WAITS, "sqs:SendMessage", "sqs:ReceiveMessage", Environment=variables)
    client = aws.client("lambda")
    client.put_function_concurrency(FunctionName="waits", ReservedConcurrentExecutions=5)
    with ThreadPoolExecutor() as threads:
        running = threads.submit(client.invoke, FunctionName="waits")
        assert sqs.receive_message(QueueUrl=started, WaitTimeSeconds=20)["Messages"]
        assert depth(cloud, arn) == 1
        sqs.send_message(QueueUrl=gate, MessageBody="go on")
    assert running.result()["StatusCode"] == 200
    assert depth(cloud, arn) == 0


def test_nothing_waits_or_runs_at_what_is_no_queue_and_no_function(cloud, aws):
    topic = aws.client("sns").create_topic(Name="t")["TopicArn"]
    assert depth(cloud, topic) is None
    assert depth(cloud, "arn:aws:lambda:us-east-1:123456789012:function:none") is None
    assert depth(cloud, "no ARN") is None
