"""Traces: bounded, searchable, with secrets masked."""

from __future__ import annotations

import gc
import json
from types import FunctionType, ModuleType

import pytest

from cloudchamber.console import views
from cloudchamber.core.spans import Span
from cloudchamber.core.trace import Traces


def span(number: int, body: bytes = b"") -> Span:
    return Span(f"r{number}", "1-0-0", f"s{number}", None, "sqs", "SendMessage", input=body)


def test_the_ring_keeps_the_newest_spans():
    traces = Traces(spans_max=3)
    for number in range(10):
        traces.record(span(number))
    assert [s.request_id for s in traces.latest()] == ["r9", "r8", "r7"]
    assert traces.recorded == 10
    assert traces.by_request("r1") is None


def test_the_ring_is_bounded_in_bytes_too():
    traces = Traces(spans_max=1_000_000)
    for number in range(8000):
        traces.record(span(number, b"x" * 8000))
    assert len(traces) < 4000


def test_a_listener_hears_each_span_until_it_stops():
    traces, heard = Traces(), []
    stop = traces.listen(heard.append)
    traces.record(span(1))
    stop()
    traces.record(span(2))
    assert [s.request_id for s in heard] == ["r1"]


def test_secrets_in_bodies_are_masked():
    assert views.body(b'{"Password": "hunter2", "UserName": "ann"}', None) == {
        "Password": views.MASK,
        "UserName": "ann",
    }
    form = views.body(b"Action=CreateLoginProfile&Password=hunter2&UserName=ann", None)
    assert form == {"Action": "CreateLoginProfile", "Password": views.MASK, "UserName": "ann"}
    xml = views.body(b"<r><SecretAccessKey>abc</SecretAccessKey><Id>1</Id></r>", None)
    assert xml == f"<r><SecretAccessKey>{views.MASK}</SecretAccessKey><Id>1</Id></r>"


def test_a_call_leaves_a_span_with_its_principal_sizes_usage_and_decision(cloud, aws, account):
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    answer = sqs.send_message(QueueUrl=url, MessageBody="hello")
    found = cloud.spans(request_id=answer["ResponseMetadata"]["RequestId"])[0]
    assert (found.service, found.operation, found.account, found.region) == ("sqs", "SendMessage", account, "us-east-1")
    assert found.principal == f"arn:aws:iam::{account}:root"
    assert found.status == 200
    assert found.usage == {"sqs.requests": 1}
    assert found.input_bytes > 0
    assert found.output_bytes > 0


def test_a_trace_header_of_the_client_names_the_trace(cloud, aws, account):
    sqs = aws.client("sqs")
    trace_id = "1-67891233-abcdef012345678912345678"

    def add(request, **_):
        request.headers["X-Amzn-Trace-Id"] = f"Root={trace_id};Parent=53995c3f42cd8ad8;Sampled=1"

    sqs.meta.events.register("before-send.sqs.ListQueues", add)
    sqs.list_queues()
    found = cloud.spans(account=account, operation="ListQueues")[0]
    assert (found.trace_id, found.parent_id) == (trace_id, "53995c3f42cd8ad8")


def test_a_decision_does_not_hold_on_to_what_was_decided_about(cloud, aws, account):
    """Condition keys of DynamoDB read the request when they are asked: it may be megabytes."""
    iam, table = aws.client("iam"), aws.client("dynamodb")
    table.create_table(
        TableName="held", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    iam.create_user(UserName="ann")
    allow = {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_user_policy(UserName="ann", PolicyName="puts", PolicyDocument=document)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    ann = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("dynamodb")
    item = {"id": {"S": "1"}, "text": {"S": "x" * 300_000}}
    ann.put_item(TableName="held", Item=item)
    with pytest.raises(ann.exceptions.ClientError, match="AccessDenied"):
        ann.batch_write_item(RequestItems={"held": [{"PutRequest": {"Item": item}}]})

    def large(span):
        """Texts of that size among what the span leads to."""
        seen, left = set(), [span]
        while left and len(seen) < 100_000:
            one = left.pop()
            if id(one) in seen or isinstance(one, type | FunctionType | ModuleType):
                continue
            seen.add(id(one))
            if isinstance(one, str | bytes) and len(one) > 100_000:
                return True
            left += gc.get_referents(one)
        return False

    for operation, said in (
        ("PutItem", "Allowed by statement 1"),
        ("BatchWriteItem", "Denied: no identity-based policy"),
    ):
        span = cloud.spans(account=account, operation=operation)[0]
        assert said in "\n".join(span.decision.explain())
        assert not cloud.look(lambda _, span=span: large(span.decision))


def test_what_goes_into_a_function_is_shown_and_other_bytes_are_counted():
    """A form that a page sends in bytes has passwords in it."""
    shown = views.body({"Payload": b'{"n": 1, "password": "x"}', "Body": b"password=hunter2"}, None)
    assert shown == {"Payload": {"n": 1, "password": views.MASK}, "Body": "(16 bytes)"}
    assert views.body({"Payload": b"\xff\x00"}, None) == {"Payload": "(2 bytes)"}
