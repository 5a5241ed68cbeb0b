"""API keys, usage plans and throttling, on the cloud's clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import Api, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing.cloud import CloudClock
    from tests.planes.rest.rest_calls import Account

FORBIDDEN = {"message": "Forbidden"}
TOO_MANY = {"message": "Too Many Requests"}
EXCEEDED = {"message": "Limit Exceeded"}
DAY = 86_400
NOON = 1_795_003_200.0  # Wednesday, 2026-11-18


@pytest.fixture
def clock(owner: Account) -> Iterator[CloudClock]:
    """Stands still at noon of a Wednesday."""
    owner.cloud.clock.freeze(NOON)
    yield owner.cloud.clock
    owner.cloud.clock.resume()


def keyed(api: Api, **plan: Any) -> tuple[str, str, str]:
    """GET / that needs a key; a key of a plan, the key's id and the plan's."""
    api.method("GET", "/", apiKeyRequired=True)
    api.deploy()
    made = api.client.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "s"}], **plan)
    key = api.client.create_api_key(name="k", enabled=True)
    api.client.create_usage_plan_key(usagePlanId=made["id"], keyId=key["id"], keyType="API_KEY")
    return key["value"], key["id"], made["id"]


def statuses(api: Api, key: str, count: int) -> list[int]:
    return [api.get("/", headers={"X-Api-Key": key}).status_code for _ in range(count)]


def test_a_key_that_is_in_a_plan_opens_the_method(api: Api):
    value, key_id, _ = keyed(api)
    for headers in ({}, {"x-api-key": "x" * 20}):
        refused(api.get("/", headers=headers), 403, FORBIDDEN, "ForbiddenException")
    assert statuses(api, value, 1) == [200]
    api.client.update_api_key(apiKey=key_id, patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert statuses(api, value, 1) == [403]
    stray = api.client.create_api_key(name="stray", enabled=True)["value"]
    assert statuses(api, stray, 1) == [403]


def test_a_plan_lets_through_its_burst_and_then_its_rate(api: Api, clock: CloudClock):
    value, _, _ = keyed(api, throttle={"rateLimit": 2.0, "burstLimit": 3})
    assert statuses(api, value, 5) == [200, 200, 200, 429, 429]
    response = api.get("/", headers={"x-api-key": value})
    refused(response, 429, TOO_MANY, "TooManyRequestsException")
    clock.advance(1)
    assert statuses(api, value, 3) == [200, 200, 429]


@pytest.mark.parametrize(("period", "days"), [("DAY", 1), ("WEEK", 4), ("MONTH", 31)])
def test_a_quota_is_used_up_until_its_period_ends(api: Api, clock: CloudClock, period: str, days: int):
    value, key_id, plan_id = keyed(api, quota={"limit": 2, "period": period})
    assert statuses(api, value, 2) == [200, 200]
    refused(api.get("/", headers={"x-api-key": value}), 429, EXCEEDED, "LimitExceededException")
    today = "2026-11-18" if period == "DAY" else None
    if today is not None:
        usage = api.client.get_usage(usagePlanId=plan_id, startDate="2026-11-01", endDate="2026-11-30")
        assert [day for day in usage["items"][key_id] if day[0]] == [[2, 0]]
    clock.advance(days * DAY)
    assert statuses(api, value, 1) == [200]


def test_the_key_may_come_from_the_function_that_authorises(owner: Account, function: str):
    api = Api(owner, apiKeySource="AUTHORIZER")
    made = api.client.create_authorizer(
        restApiId=api.id, name="t", type="TOKEN", authorizerUri=owner.lambda_uri(function),
        identitySource="method.request.header.Authorization",
    )  # fmt: skip
    api.method("GET", "/", authorizationType="CUSTOM", authorizerId=made["id"], apiKeyRequired=True)
    api.deploy()
    plan = api.client.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": "s"}])["id"]
    key = api.client.create_api_key(name="k", enabled=True, value="ann-key-of-twenty-chars")["id"]
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert api.get("/", headers={"Authorization": "ann"}).status_code == 200
    refused(api.get("/", headers={"Authorization": "bob"}), 403, FORBIDDEN, "ForbiddenException")


def test_limits_of_minus_one_are_none(api: Api):
    api.method("GET", "/a")
    api.deploy()
    api.settings(("/*/*/throttling/burstLimit", "-1"), ("/*/*/throttling/rateLimit", "-1"))
    assert [api.get("/a").status_code for _ in range(5)] == [200] * 5


def test_a_method_has_limits_of_its_own_on_its_stage(api: Api, clock: CloudClock):
    api.method("GET", "/a")
    api.method("GET", "/b")
    api.deploy()
    api.settings(("/~1a/GET/throttling/burstLimit", "2"), ("/~1a/GET/throttling/rateLimit", "1"))
    assert [api.get("/a").status_code for _ in range(3)] == [200, 200, 429]
    assert [api.get("/b").status_code for _ in range(3)] == [200, 200, 200]
    refused(api.get("/a"), 429, TOO_MANY, "TooManyRequestsException")
    clock.advance(1)
    assert api.get("/a").status_code == 200


def test_limits_that_are_changed_hold_from_then_on(api: Api, clock: CloudClock):
    api.method("GET", "/a")
    api.deploy()
    api.settings(("/~1a/GET/throttling/burstLimit", "1"), ("/~1a/GET/throttling/rateLimit", "1"))
    assert [api.get("/a").status_code for _ in range(2)] == [200, 429]
    api.settings(("/~1a/GET/throttling/burstLimit", "3"), ("/~1a/GET/throttling/rateLimit", "3"))
    clock.advance(1)
    assert [api.get("/a").status_code for _ in range(4)] == [200, 200, 200, 429]
