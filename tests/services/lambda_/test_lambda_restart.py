"""What a cloud that ended owes: events that were accepted, mappings, provisioned environments."""

from __future__ import annotations

import json

from cloudchamber.config import Config
from cloudchamber.testing import RunningCloud
from tests.services.lambda_.lambda_calls import ECHO, made_role, package


def made(cloud: RunningCloud, account: str, name: str) -> None:
    session = cloud.session(account)
    role = made_role(session.client("iam"), f"r-{name}", "sqs:*")
    session.client("lambda").create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code={"ZipFile": package(ECHO)},
    )  # fmt: skip


def test_an_accepted_event_and_a_mapping_survive(tmp_path):
    account = "123456789012"
    first = RunningCloud(Config(data_dir=tmp_path, port=0)).start()
    made(first, account, "waits")
    made(first, account, "reads")
    session = first.session(account)
    sqs, client = session.client("sqs"), session.client("lambda")
    urls = {name: sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("in", "out")}
    arns = {name: f"arn:aws:sqs:us-east-1:{account}:{name}" for name in urls}
    for name in ("waits", "reads"):
        client.put_function_event_invoke_config(
            FunctionName=name, DestinationConfig={"OnSuccess": {"Destination": arns["out"]}}
        )
    client.put_function_concurrency(FunctionName="waits", ReservedConcurrentExecutions=0)
    client.invoke(FunctionName="waits", InvocationType="Event", Payload=b'"kept"')
    client.create_event_source_mapping(FunctionName="reads", EventSourceArn=arns["in"])
    first.stop()

    second = RunningCloud(Config(data_dir=tmp_path, port=0)).start()
    try:
        session = second.session(account)
        sqs, client = session.client("sqs"), session.client("lambda")
        client.delete_function_concurrency(FunctionName="waits")
        second.clock.advance(10)
        [message] = sqs.receive_message(QueueUrl=urls["out"], WaitTimeSeconds=5)["Messages"]
        assert json.loads(message["Body"])["requestPayload"] == "kept"
        sqs.send_message(QueueUrl=urls["in"], MessageBody="x")
        second.clock.settle()
        left = sqs.get_queue_attributes(QueueUrl=urls["in"], AttributeNames=["All"])["Attributes"]
        assert left["ApproximateNumberOfMessages"] == left["ApproximateNumberOfMessagesNotVisible"] == "0"
    finally:
        second.stop()
