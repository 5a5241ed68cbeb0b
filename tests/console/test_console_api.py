"""What the console's pages are made of, without a browser: calls by page and filter, again as who made them, what was
seen to call what, and all of it with a lot in it.
"""

from __future__ import annotations

import json
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from cloudchamber.core import trace
from cloudchamber.identity import principals
from tests.services.lambda_.lambda_calls import made_role, package

CALLS, ITEMS, QUEUES = 100_000, 10_000, 500
FORWARDS = """
import boto3
def handler(event, context):
    for record in event["Records"]:
        boto3.client("dynamodb").put_item(TableName="seen", Item={"id": {"S": record["messageId"]}})
"""


@pytest.fixture
def api(cloud):
    def ask(path, method="GET", body=None, **query):
        text = f"{cloud.endpoint}/_cloudchamber/api/{path}" + (f"?{urlencode(query)}" if query else "")
        data = None if body is None else json.dumps(body).encode()
        try:
            with urlopen(Request(text, data, method=method)) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            pytest.fail(f"{error.code} {error.read().decode()}")

    return ask


def user_with(cloud, account, *actions):
    """A user's session, allowed the given actions; the root's IAM client."""
    iam = cloud.session(account).client("iam")
    iam.create_user(UserName="ann")
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_user_policy(UserName="ann", PolicyName="some", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]), iam


@pytest.mark.parametrize("operation", ["json", "query", "rest"])
def test_a_call_is_made_again_as_who_made_it(cloud, api, operation):
    account = cloud.new_account()
    cloud.session(account).client("sqs").create_queue(QueueName="q")
    cloud.session(account).client("s3").create_bucket(Bucket=f"b-{account}")
    ann, iam = user_with(cloud, account, "sqs:*", "sns:*", "s3:*")
    if operation == "json":
        url = f"{cloud.endpoint}/{account}/q"
        answer = ann.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    elif operation == "query":
        answer = ann.client("sns").create_topic(Name="news")
    else:
        answer = ann.client("s3").put_bucket_tagging(
            Bucket=f"b-{account}", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]}
        )
    first = answer["ResponseMetadata"]["RequestId"]
    again = api(f"traces/{first}/replay", "POST")
    assert again["error"] is None
    call = api(f"traces/{again['request_id']}")["call"]
    assert (call["principal"], call["door"]) == (f"arn:aws:iam::{account}:user/ann", "replay")
    assert call["decision"]["allowed"] is True
    if operation == "json":
        assert api("queue", arn=f"arn:aws:sqs:us-east-1:{account}:q")["visible"] == 2

    iam.delete_user_policy(UserName="ann", PolicyName="some")
    refused = api(f"traces/{first}/replay", "POST")
    assert refused["error"]["code"] in ("AccessDenied", "AccessDeniedException", "AuthorizationError")
    assert "ann is not authorized to perform" in refused["error"]["message"]


def test_what_cannot_be_made_again_says_why(cloud, api):
    aws = cloud.session(cloud.new_account())
    aws.client("s3").create_bucket(Bucket="large")
    answer = aws.client("s3").put_object(Bucket="large", Key="k", Body=b"x" * 100_000)
    path = f"traces/{answer['ResponseMetadata']['RequestId']}/replay"
    with pytest.raises(pytest.fail.Exception, match=r"400 .*no longer there as a whole"):
        api(path, "POST")


def test_only_what_looks_leaves_no_trace(cloud, api):
    account = cloud.new_account()
    with pytest.raises(pytest.fail.Exception, match=r"400 .*sqs:CreateQueue does more than to look"):
        api("call/sqs/CreateQueue", "POST", {"QueueName": "q"}, account=account, look=1)
    assert api("call/sqs/ListQueues", "POST", {}, account=account, look=1) == {"output": {}}
    assert api("traces", account=account)["spans"] == []
    assert "QueueUrl" in api("call/sqs/CreateQueue", "POST", {"QueueName": "q"}, account=account)["output"]
    assert [span["operation"] for span in api("traces", account=account)["spans"]] == ["CreateQueue"]


def test_calls_are_found_by_a_part_of_their_text(cloud, api):
    account = cloud.new_account()
    sqs = cloud.session(account).client("sqs")
    sqs.create_queue(QueueName="orders")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="nothing")
    found = api("traces", account=account, text="NonExistentQueue")["spans"]
    assert [span["operation"] for span in found] == ["GetQueueUrl"]
    assert [s["operation"] for s in api("traces", account=account, text="ORDERS")["spans"]] == ["CreateQueue"]
    within = api("traces", resource=f"arn:aws:sqs:us-east-1:{account}:orders")["spans"]
    assert [span["operation"] for span in within] == ["CreateQueue"]


def test_the_diagram_follows_events_from_the_queue_through_the_function_to_the_table(cloud, api):
    account = cloud.new_account()
    aws = cloud.session(account)
    sqs, functions = aws.client("sqs"), aws.client("lambda")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    queue = f"arn:aws:sqs:us-east-1:{account}:jobs"
    aws.client("dynamodb").create_table(
        TableName="seen", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}], BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )  # fmt: skip
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/seen"
    role = made_role(aws.client("iam"), "forward", "sqs:*", "dynamodb:PutItem", "logs:*")
    function = functions.create_function(
        FunctionName="forward", Runtime="python3.11", Handler="index.handler", Code={"ZipFile": package(FORWARDS)},
        Role=role, Timeout=20,
    )["FunctionArn"]  # fmt: skip
    functions.create_event_source_mapping(FunctionName="forward", EventSourceArn=queue)
    before = api("architecture", account=account)
    assert {"from": queue, "to": function, "kind": "link", "calls": 0, "errors": 0} in before["edges"]
    sqs.send_message(QueueUrl=url, MessageBody="a job")
    cloud.clock.settle()
    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)

    told = api("architecture", account=account)
    traffic = {(edge["from"], edge["to"]) for edge in told["edges"] if edge["kind"] == "traffic"}
    assert {(f"who:{account}:root", queue), (queue, function), (function, table)} <= traffic
    assert (function, queue) not in traffic
    by_arn = {node["arn"]: node for node in told["nodes"]}
    assert by_arn[queue]["depth"] == 1
    assert by_arn[table]["calls"] == 2  # made, and written to


def test_a_diagram_of_a_stack_has_its_logical_ids(cloud, api):
    account = cloud.new_account()
    template = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}, "News": {"Type": "AWS::SNS::Topic"}}}
    cloudformation = cloud.session(account).client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=json.dumps(template))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="shop", WaiterConfig={"Delay": 1})
    cloud.session(account).client("sqs").create_queue(QueueName="other")
    told = api("architecture", account=account, stack="shop")
    assert told["stacks"] == ["shop"]
    named = {(node["logical_id"], node["stack"]) for node in told["nodes"] if node["type"] != "person"}
    assert named == {("Jobs", "shop"), ("News", "shop")}
    assert "other" in {node["name"] for node in api("architecture", account=account)["nodes"]}


def test_a_policy_that_is_enough_names_what_was_used(cloud, api):
    account = cloud.new_account()
    cloud.session(account).client("sqs").create_queue(QueueName="q")
    ann, _ = user_with(cloud, account, "sqs:SendMessage")
    url = f"{cloud.endpoint}/{account}/q"
    ann.client("sqs").send_message(QueueUrl=url, MessageBody="hello")
    with pytest.raises(Exception, match="not authorized"):
        ann.client("sqs").purge_queue(QueueUrl=url)
    arn = f"arn:aws:iam::{account}:user/ann"
    queue = f"arn:aws:sqs:us-east-1:{account}:q"
    told = api("identity", principal=arn)
    assert told["policy"]["Statement"] == [{"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": [queue]}]
    assert told["refused"] == {queue: ["sqs:PurgeQueue"]}
    [seen] = [one for one in api("identity")["principals"] if one["principal"] == arn]
    assert seen == {"principal": arn, "calls": 2, "refused": 1}


def test_a_policy_that_is_enough_names_all_that_one_call_asked_for(cloud, api):
    account = cloud.new_account()
    s3 = cloud.session(account).client("s3")
    for name in ("from", "to"):
        s3.create_bucket(Bucket=f"{name}-{account}")
    s3.put_object(Bucket=f"from-{account}", Key="k", Body=b"x")
    ann, _ = user_with(cloud, account, "s3:*")
    source = {"Bucket": f"from-{account}", "Key": "k"}
    ann.client("s3").copy_object(Bucket=f"to-{account}", Key="k", CopySource=source)
    policy = api("identity", principal=f"arn:aws:iam::{account}:user/ann")["policy"]
    asked = {(action, arn) for one in policy["Statement"] for action in one["Action"] for arn in one["Resource"]}
    assert asked == {
        ("s3:GetObject", f"arn:aws:s3:::from-{account}/k"),
        ("s3:PutObject", f"arn:aws:s3:::to-{account}/k"),
    }


@pytest.fixture(scope="module")
def crowded(cloud):
    """A hundred thousand calls, ten thousand items, five hundred queues: made on the one road, from inside."""
    account = cloud.new_account()
    root = principals.root(account)

    async def fill(running):
        async def call(operation, request):
            await running.dispatcher.enter(root, account, "us-east-1", operation, request)

        key = [{"AttributeName": "id", "KeyType": "HASH"}]
        attributes = [{"AttributeName": "id", "AttributeType": "S"}]
        await call("dynamodb:CreateTable", {
            "TableName": "many", "KeySchema": key, "AttributeDefinitions": attributes, "BillingMode": "PAY_PER_REQUEST",
        })  # fmt: skip
        for number in range(QUEUES):
            await call("sqs:CreateQueue", {"QueueName": f"queue-{number:03}"})
        for number in range(ITEMS):
            await call("dynamodb:PutItem", {"TableName": "many", "Item": {"id": {"S": f"item-{number:05}"}}})
        for number in range(CALLS - ITEMS):
            await call("sqs:GetQueueUrl", {"QueueName": f"queue-{number % QUEUES:03}"})

    cloud.run(fill)
    return account


def test_a_hundred_thousand_calls_are_read_by_the_page(cloud, api, crowded):
    assert api("traces", limit=1)["remembered"] >= CALLS
    for offset in (0, 9_990, 50_000, 99_000):
        page = api("traces", account=crowded, limit=50, offset=offset)
        assert (len(page["spans"]), page["more"]) == (50, True)
    oldest = api("traces", account=crowded, operation="CreateTable")["spans"]
    assert [span["resource"] for span in oldest] == [f"arn:aws:dynamodb:us-east-1:{crowded}:table/many"]
    [call] = api(f"traces/{oldest[0]['request_id']}")["spans"]
    assert call["operation"] == "CreateTable"
    assert api(f"explain/{call['request_id']}")["call"] == "dynamodb:CreateTable"


def test_what_is_remembered_of_many_calls_is_bounded(cloud, crowded):
    ring, archive = cloud.look(lambda running: (len(running.traces), running.traces.archive))
    assert ring <= trace.SPANS_MAX
    assert len(archive) >= CALLS - trace.SPANS_MAX
    packed = sum(len(segment.packed) for segment in archive.segments)
    assert packed / len(archive) < 200  # bytes a call


def test_a_large_table_and_many_resources_come_by_the_page(api, crowded):
    page = api("resources", account=crowded, limit=50, offset=450)
    assert (len(page["resources"]), page["total"]) == (50, QUEUES + 1)
    assert page["types"] == {"AWS::DynamoDB::Table": 1, "AWS::SQS::Queue": QUEUES}
    assert api("resources", arn=f"arn:aws:dynamodb:us-east-1:{crowded}:table/many")["name"] == "many"
    items = api("call/dynamodb/Scan", "POST", {"TableName": "many", "Limit": 25}, account=crowded)["output"]
    assert len(items["Items"]) == 25
    assert "LastEvaluatedKey" in items


def test_a_diagram_of_many_resources_shows_the_busiest(api, crowded):
    told = api("architecture", account=crowded)
    assert told["resources"] == QUEUES + 1
    assert len(told["nodes"]) == 120
    assert "many" in {node["name"] for node in told["nodes"]}
    assert len(api("architecture", account=crowded, limit=1000)["nodes"]) == 500
