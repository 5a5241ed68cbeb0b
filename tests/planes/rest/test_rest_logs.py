"""What requests leave: metrics, access logs in the stage's format, execution logs, as the account's role permits."""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import Api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.planes.rest.rest_calls import Account


@pytest.fixture
def log_role(owner: Account) -> Iterator[str]:
    """The account's role for logs; it may write."""
    roles = [role["RoleName"] for role in owner.client("iam").list_roles()["Roles"]]
    arn = f"arn:aws:iam::{owner.id}:role/logs"
    if "logs" not in roles:
        arn = owner.role("logs", "apigateway.amazonaws.com", "logs:*")
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": arn}
    owner.client("apigateway").update_account(patchOperations=[change])
    yield arn
    change["value"] = ""
    owner.client("apigateway").update_account(patchOperations=[change])


def lines(owner: Account, group: str) -> list[str]:
    owner.cloud.clock.settle()
    found = owner.client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in found]


def test_an_access_log_has_a_line_a_request_in_the_stages_format(api: Api, owner: Account, log_role: str):
    owner.client("logs").create_log_group(logGroupName="access")
    api.method("GET", "/a/{id}", responses={"200": {"responseTemplates": {"application/json": '"12345"'}}})
    api.deploy()
    pattern = json.dumps({
        "id": "$context.requestId", "ip": "$context.identity.sourceIp", "at": "$context.resourcePath",
        "status": "$context.status", "size": "$context.responseLength", "who": "$context.authorizer.principalId",
        "why": "$context.error.message", "protocol": "$context.protocol-$context.identity.sourceIp-x",
        "end": "$context.stage.",
    })  # fmt: skip
    api.settings(("/accessLogSettings/destinationArn", f"arn:aws:logs:us-east-1:{owner.id}:log-group:access"),
                 ("/accessLogSettings/format", pattern))  # fmt: skip
    good, bad = api.get("/a/1"), api.get("/b")
    entries = {entry["id"]: entry for entry in map(json.loads, lines(owner, "access"))}
    assert len(entries) == 2
    assert entries[good.headers["x-amzn-requestid"]] == {
        "id": good.headers["x-amzn-requestid"], "ip": "127.0.0.1", "at": "/a/{id}", "status": "200", "size": "7",
        "who": "-", "why": "-", "protocol": "HTTP/1.1-127.0.0.1-x", "end": "s.",
    }  # fmt: skip
    assert entries[bad.headers["x-amzn-requestid"]]["why"] == "Missing Authentication Token"
    assert entries[bad.headers["x-amzn-requestid"]]["status"] == "403"


def test_the_execution_log_tells_the_story_of_a_request(api: Api, owner: Account, log_role: str):
    api.method("POST", "/a")
    api.deploy()
    api.settings(("/*/*/logging/loglevel", "INFO"), ("/*/*/logging/dataTrace", "true"))
    response = api.post("/a?x=1", json={"b": 2}, headers={"X-Api-Key": "secret-key-123456"})
    request_id = response.headers["x-amzn-requestid"]
    found = lines(owner, f"API-Gateway-Execution-Logs_{api.id}/s")
    assert all(line.startswith(f"({request_id}) ") for line in found)
    told = [line.partition(") ")[2] for line in found]
    assert f"Starting execution for request: {request_id}" in told
    assert "HTTP Method: POST, Resource Path: /a" in told
    assert "Method request query string: {x=1}" in told
    assert 'Body after transformations: {"statusCode": 200}' in told
    assert "x-api-key=***********123456" in "".join(told)
    assert told[-1] == "Method completed with status: 200"


def test_at_level_error_only_what_went_wrong_is_logged(api: Api, owner: Account, log_role: str):
    api.method("GET", "/good")
    api.method("GET", "/bad", {"type": "MOCK", "requestTemplates": {"application/json": "{}"}})
    api.deploy()
    api.settings(("/*/*/logging/loglevel", "ERROR"))
    api.get("/good")
    api.get("/bad")
    found = lines(owner, f"API-Gateway-Execution-Logs_{api.id}/s")
    assert len(found) == 2
    assert "Unable to parse statusCode" in found[0]


def test_without_a_role_for_logs_nothing_is_written(api: Api, owner: Account, log_role: str):
    api.method("GET", "/")
    api.deploy()
    api.settings(("/*/*/logging/loglevel", "INFO"))
    change = {"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}
    owner.client("apigateway").update_account(patchOperations=[change])
    assert api.get("/").status_code == 200
    owner.cloud.clock.settle()
    prefix = f"API-Gateway-Execution-Logs_{api.id}"
    assert owner.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"] == []


def total(owner: Account, metric: str, **dimensions: str) -> float:
    now = datetime.datetime.fromtimestamp(owner.cloud.clock.now(), datetime.UTC)
    answer: Any = owner.client("cloudwatch").get_metric_statistics(
        Namespace="AWS/ApiGateway", MetricName=metric, Period=3600, Statistics=["Sum"],
        StartTime=now - datetime.timedelta(hours=2), EndTime=now + datetime.timedelta(hours=1),
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
    )  # fmt: skip
    return sum(point["Sum"] for point in answer["Datapoints"])


def test_requests_errors_hits_and_misses_are_counted(owner: Account):
    api = Api(owner, name="counted")
    api.method("GET", "/a")
    api.method("GET", "/bad", {"type": "MOCK", "requestTemplates": {"application/json": "{}"}})
    api.deploy(cacheClusterEnabled=True)
    api.settings(
        ("/*/*/caching/enabled", "true"), ("/~1a/GET/metrics/enabled", "true"), ("/~1a/GET/caching/enabled", "true")
    )
    for path in ("/a", "/a", "/a", "/bad", "/nowhere"):
        api.get(path)
    wanted = {"Count": 5, "CacheHitCount": 2, "CacheMissCount": 2, "4XXError": 1, "5XXError": 1}
    for metric, value in wanted.items():
        assert total(owner, metric, ApiName="counted") == value, metric
        assert total(owner, metric, ApiName="counted", Stage="s") == value, metric
    assert total(owner, "Count", ApiName="counted", Stage="s", Method="GET", Resource="/a") == 3
