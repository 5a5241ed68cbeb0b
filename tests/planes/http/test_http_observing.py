"""Access logs and metrics of HTTP APIs."""

from __future__ import annotations

import json
from datetime import UTC, datetime

FORMAT = json.dumps({
    "id": "$context.requestId", "route": "$context.routeKey", "status": "$context.status", "path": "$context.path",
    "method": "$context.httpMethod", "size": "$context.responseLength", "ip": "$context.identity.sourceIp",
    "integration": "$context.integrationStatus", "error": "$context.integrationErrorMessage",
    "who": "$context.authorizer.sub",
})  # fmt: skip


def lines(cloud, aws, group: str, count: int) -> list[dict]:
    logs = aws.client("logs")
    for _ in range(200):
        cloud.clock.settle()
        events = logs.filter_log_events(logGroupName=group)["events"]
        if len(events) >= count:
            return [json.loads(event["message"]) for event in events]
    raise AssertionError("nothing was logged")


def test_each_request_is_a_line(api, echo, cloud, aws, account):
    aws.client("logs").create_log_group(logGroupName="access")
    arn = f"arn:aws:logs:us-east-1:{account}:log-group:access"
    api.route("POST /x", api.function(echo))
    api.deploy(AccessLogSettings={"DestinationArn": arn, "Format": FORMAT})
    answer = api.call("POST", "/x", content="return 7")
    api.call("POST", "/x", content="raise")
    api.get("/nothing")
    found = {(line["status"], line["route"]): line for line in lines(cloud, aws, "access", 3)}
    fine = found["200", "POST /x"]
    assert fine["id"] == answer.headers["apigw-requestid"]
    assert (fine["method"], fine["path"], fine["size"], fine["ip"]) == ("POST", "/x", "1", "127.0.0.1")
    assert (fine["integration"], fine["error"], fine["who"]) == ("200", "-", "-")
    assert "on purpose" in found["500", "POST /x"]["error"]
    assert found["404", "-"]["integration"] == "-"
    api.client.delete_access_log_settings(ApiId=api.id, StageName="$default")
    assert "AccessLogSettings" not in api.client.get_stage(ApiId=api.id, StageName="$default")


def test_requests_are_measured(api, echo, aws):
    api.route("POST /x", api.function(echo))
    api.deploy(RouteSettings={"POST /x": {"DetailedMetricsEnabled": True}})
    for body in ("return 1", "raise", "return 2"):
        api.call("POST", "/x", content=body)
    api.get("/nothing")
    cloudwatch = aws.client("cloudwatch")

    def total(name: str, **dimensions: str) -> float:
        now = datetime.fromtimestamp(api.cloud.clock.now() + 60, UTC)
        found = cloudwatch.get_metric_statistics(
            Namespace="AWS/ApiGateway", MetricName=name, Statistics=["Sum"], Period=3600, EndTime=now,
            StartTime=datetime.fromtimestamp(api.cloud.clock.now() - 3600, UTC),
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        )["Datapoints"]  # fmt: skip
        return sum(point["Sum"] for point in found)

    assert total("Count", ApiId=api.id) == 4
    assert total("4xx", ApiId=api.id, Stage="$default") == 1
    assert total("5xx", ApiId=api.id, Stage="$default") == 1
    assert total("Count", ApiId=api.id, Stage="$default", Route="POST /x") == 3
    assert total("IntegrationLatency", ApiId=api.id) > 0


def test_each_request_is_a_span_with_what_it_called_below_it(api, echo, cloud):
    api.route("GET /x", api.function(echo))
    api.deploy()
    api.get("/x")
    spans = cloud.spans(service="apigatewayv2", operation="execute")
    called = cloud.spans(service="lambda", operation="Invoke", trace_id=spans[0].trace_id)
    assert called[0].parent_id == spans[0].span_id
