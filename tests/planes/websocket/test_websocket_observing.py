"""Access logs, execution logs and metrics of WebSocket APIs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.planes.websocket.websocket_calls import allow, ask, read

TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "apigateway.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
FORMAT = json.dumps({
    "event": "$context.eventType", "route": "$context.routeKey", "connection": "$context.connectionId",
    "status": "$context.status",
})  # fmt: skip


def lines(cloud, aws, group: str, count: int) -> list[str]:
    logs = aws.client("logs")
    for _ in range(200):
        cloud.clock.settle()
        try:
            events = logs.filter_log_events(logGroupName=group)["events"]
        except logs.exceptions.ResourceNotFoundException:
            continue
        if len(events) >= count:
            return [event["message"] for event in events]
    raise AssertionError("nothing was logged")


@pytest.fixture
def logged(api, aws, echo):
    """An API that logs all there is, as the account's role."""
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="logger", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="logger", PolicyName="p", PolicyDocument=allow("logs:*"))
    aws.client("apigateway").update_account(
        patchOperations=[{"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}]
    )
    account = arn.split(":")[4]
    integration = api.function(echo)
    for key in ("$connect", "$default", "$disconnect"):
        api.route(key, integration, two_way=key == "$default")
    api.deploy(
        AccessLogSettings={"DestinationArn": f"arn:aws:logs:us-east-1:{account}:log-group:ws", "Format": FORMAT},
        DefaultRouteSettings={"LoggingLevel": "INFO", "DataTraceEnabled": True, "DetailedMetricsEnabled": True},
    )
    return api


def test_what_happens_to_a_connection_is_logged(logged, cloud, aws):
    with logged.connected() as client:
        connection = ask(client, "hello")["requestContext"]["connectionId"]
        ask(client, "fail")
    found = [json.loads(line) for line in lines(cloud, aws, "ws", 4)]
    assert {line["connection"] for line in found} == {connection}
    assert sorted((line["event"], line["route"], line["status"]) for line in found) == [
        ("CONNECT", "$connect", "200"), ("DISCONNECT", "$disconnect", "200"), ("MESSAGE", "$default", "200"),
        ("MESSAGE", "$default", "500"),
    ]  # fmt: skip
    story = "\n".join(lines(cloud, aws, f"/aws/apigateway/{logged.id}/prod", 16))
    assert "Endpoint request body after transformations: hello" in story
    assert "Execution failed: " in story
    assert "Method completed with status: 200" in story

    def total(name: str, **dimensions: str) -> float:
        now = cloud.clock.now()
        points = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway", MetricName=name, Statistics=["Sum"], Period=3600,
            StartTime=datetime.fromtimestamp(now - 3600, UTC), EndTime=datetime.fromtimestamp(now + 60, UTC),
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        )["Datapoints"]  # fmt: skip
        return sum(point["Sum"] for point in points)

    assert total("ConnectCount", ApiId=logged.id, Stage="prod") == 1
    assert total("MessageCount", ApiId=logged.id) == 2
    assert total("MessageCount", ApiId=logged.id, Route="$default", Stage="prod") == 2
    assert total("ExecutionError", ApiId=logged.id) == 1
    assert total("IntegrationError", ApiId=logged.id) == 1


def test_use_is_metered(api, aws, echo, cloud):
    api.route("$default", api.function(echo), two_way=True)
    api.deploy()
    account = aws.client("sts").get_caller_identity()["Account"]

    def used() -> dict:
        return dict(cloud.look(lambda running: running.meter.usage(account)).get(account, {}))

    before = used().get("apigateway.websocket_messages", 0)
    with api.connected() as client:
        client.send(["x" * 30_000, "y" * 10_000])
        assert len(read(client)["body"]) == 40_000
    cloud.clock.settle()
    assert used()["apigateway.websocket_messages"] == before + 2
    assert used()["apigateway.websocket_connection_minutes"] >= 1
