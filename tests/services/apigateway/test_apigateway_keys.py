"""API keys, usage plans, usage."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.services.apigateway.api_calls import patch, plain, refused, replace

VALUE = "abcdefghij0123456789"


@pytest.fixture
def plan(gateway, mocked):
    """A plan with a stage: 5 requests a day."""
    mocked.deploy()
    return gateway.create_usage_plan(
        name="p", apiStages=[{"apiId": mocked.id, "stage": "v1"}], quota={"limit": 5, "period": "DAY"},
        throttle={"rateLimit": 2.0, "burstLimit": 3},
    )  # fmt: skip


@pytest.fixture
def use(cloud, account):
    """`use(plan, key)`: a request of a key, as the data plane counts it; whether the quota allows it."""

    def once(plan_id, key_id):
        def count(running):
            store = running.registry.get("apigateway").service.store
            with store.db.transaction():
                plan = store.plans.get(account, "us-east-1", plan_id)
                return store.add_usage(plan, key_id, running.clock.now())

        return cloud.look(count)

    return once


# wrong input


def test_keys_that_aws_refuses(gateway):
    with refused("BadRequest", "API Key value should be at least 20 characters"):
        gateway.create_api_key(name="k", value="short")
    with refused("BadRequest", "API Key value exceeds maximum size of 128 characters"):
        gateway.create_api_key(name="k", value="x" * 129)


def test_plans_that_aws_refuses(gateway):
    for wrong in (
        {"quota": {"limit": 0, "period": "DAY"}}, {"quota": {"limit": 1, "period": "YEAR"}}, {"quota": {"limit": 1}},
        {"quota": {"limit": 1, "period": "DAY", "offset": 2}}, {"throttle": {"rateLimit": -1.0}},
    ):  # fmt: skip
        with refused("BadRequest"):
            gateway.create_usage_plan(name="p", **wrong)
    with refused("NotFound", "API Stage not found: nothing:v1"):
        gateway.create_usage_plan(name="p", apiStages=[{"apiId": "nothing", "stage": "v1"}])


def test_dates_of_usage_that_aws_refuses(gateway, plan):
    for first, last in (("2026-01-02", "2026-01-01"), ("2026-01-01", "2026-12-31"), ("yesterday", "2026-01-01")):
        with refused("BadRequest"):
            gateway.get_usage(usagePlanId=plan["id"], startDate=first, endDate=last)


# wrong state


def test_what_is_not_there(gateway, plan):
    for call in (gateway.get_api_key, gateway.delete_api_key, gateway.update_api_key):
        with refused("NotFound", "Invalid API Key identifier specified"):
            call(apiKey="nothing")
    for call in (gateway.get_usage_plan, gateway.delete_usage_plan, gateway.update_usage_plan):
        with refused("NotFound", "Invalid Usage Plan ID specified"):
            call(usagePlanId="nothing")
    with refused("NotFound", "Invalid API Key identifier specified"):
        gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId="nothing", keyType="API_KEY")
    key = gateway.create_api_key(name="k")["id"]
    for call in (gateway.get_usage_plan_key, gateway.delete_usage_plan_key, gateway.update_usage):
        with refused("NotFound", "Invalid API Key identifier specified"):
            call(usagePlanId=plan["id"], keyId=key)


def test_a_value_is_of_one_key(gateway):
    gateway.create_api_key(name="a", value=VALUE)
    with refused("Conflict", "API Key already exists"):
        gateway.create_api_key(name="b", value=VALUE)


def test_a_key_is_in_one_plan_for_a_stage(gateway, plan, mocked):
    key = gateway.create_api_key(name="k")["id"]
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key, keyType="API_KEY")
    with refused("Conflict"):
        gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key, keyType="API_KEY")
    other = gateway.create_usage_plan(name="q", apiStages=[{"apiId": mocked.id, "stage": "v1"}])["id"]
    message = f"API Key '{key}' cannot reference multiple usage plans with the same API stage: {mocked.id}:v1"
    with refused("Conflict", message):
        gateway.create_usage_plan_key(usagePlanId=other, keyId=key, keyType="API_KEY")
    free = gateway.create_usage_plan(name="r")["id"]
    gateway.create_usage_plan_key(usagePlanId=free, keyId=key, keyType="API_KEY")
    with refused("Conflict", message):
        gateway.update_usage_plan(usagePlanId=free, patchOperations=[patch("add", "/apiStages", f"{mocked.id}:v1")])


def test_a_plan_with_stages_is_not_deleted(gateway, plan, mocked):
    message = (
        f"Cannot delete Usage Plan {plan['id']} because there are API Stages associated with it, including "
        f"{mocked.id}:v1"
    )
    with refused("BadRequest", message):
        gateway.delete_usage_plan(usagePlanId=plan["id"])
    with refused("BadRequest", "Invalid API Stage specified"):
        gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=[patch("remove", "/apiStages")])
    message = (
        f"Invalid patch path  '/apiStages/{mocked.id}:v1' specified for op 'remove'. Must be one of: [/apiStages, "
        "/quota, /throttle, /productCode, /apiStages/<apidId:stageName>/throttle/<resourcePath>/<httpMethod>, "
        "/apiStages/<apidId:stageName>/throttle]"
    )
    with refused("BadRequest", message):
        gateway.update_usage_plan(
            usagePlanId=plan["id"], patchOperations=[patch("remove", f"/apiStages/{mocked.id}:v1")]
        )
    removal = [patch("remove", "/apiStages", f"{mocked.id}:v1")]
    assert gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=removal)["apiStages"] == []
    gateway.delete_usage_plan(usagePlanId=plan["id"])
    assert gateway.get_usage_plans()["items"] == []


# behaviour


def test_a_key(gateway):
    made = gateway.create_api_key(name="k", description="d", enabled=True, customerId="c", value=VALUE)
    assert (made["value"], made["enabled"], made["stageKeys"]) == (VALUE, True, [])
    assert "value" not in gateway.get_api_key(apiKey=made["id"])
    assert gateway.get_api_key(apiKey=made["id"], includeValue=True)["value"] == VALUE
    assert len(gateway.create_api_key(name="other")["value"]) == 40
    assert [one["name"] for one in gateway.get_api_keys(nameQuery="k")["items"]] == ["k"]
    assert [one["id"] for one in gateway.get_api_keys(customerId="c")["items"]] == [made["id"]]
    assert {one["value"] for one in gateway.get_api_keys(includeValues=True)["items"]} >= {VALUE}
    operations = [replace("/enabled", "false"), replace("/name", "l"), replace("/description", "e")]
    changed = gateway.update_api_key(apiKey=made["id"], patchOperations=operations)
    assert (changed["enabled"], changed["name"], changed["description"]) == (False, "l", "e")
    gateway.delete_api_key(apiKey=made["id"])
    with refused("NotFound"):
        gateway.get_api_key(apiKey=made["id"])


def test_keys_are_imported(gateway, plan):
    rows = [
        "Name,key,description,Enabled,usageplanIds",
        f"a,{VALUE}1,first,TRUE,{plan['id']}",
        f'b,{VALUE}2,"second, too",false,"{plan["id"]},nothing"',
    ]
    found = gateway.import_api_keys(format="csv", body="\n".join(rows).encode())
    assert len(found["ids"]) == 2
    assert len(found["warnings"]) == 1
    keys = {one["name"]: one for one in gateway.get_api_keys(includeValues=True)["items"]}
    assert (keys["a"]["value"], keys["a"]["enabled"], keys["b"]["enabled"]) == (f"{VALUE}1", True, False)
    assert keys["b"]["description"] == "second, too"
    assert {one["name"] for one in gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"]} == {"a", "b"}


def test_a_file_of_keys_with_a_mistake_imports_nothing(gateway):
    for rows, strict in (
        (f"name,key\na,{VALUE}1\nb,short", False), ("name\na", False), ("", False),
        (f"name,key,usageplanids\na,{VALUE}2,nothing", True),
    ):  # fmt: skip
        with refused("BadRequest"):
            gateway.import_api_keys(format="csv", body=rows.encode(), failOnWarnings=strict)
    with refused("BadRequest"):
        gateway.import_api_keys(format="xml", body=b"x")
    assert gateway.get_api_keys()["items"] == []


def test_a_plan_is_changed(gateway, plan, mocked):
    stage = f"{mocked.id}:v1"
    changed = gateway.update_usage_plan(
        usagePlanId=plan["id"],
        patchOperations=[
            replace("/name", "q"), replace("/quota/limit", "9"), replace("/quota/period", "MONTH"),
            replace("/throttle/rateLimit", "7.5"), patch("add", "/productCode", "x"),
            replace(f"/apiStages/{stage}/throttle/~1pets/GET/rateLimit", "1"),
            replace(f"/apiStages/{stage}/throttle//pets/GET/burstLimit", "2"),
        ],
    )  # fmt: skip
    assert changed["quota"] == {"limit": 9, "offset": 0, "period": "MONTH"}
    assert changed["throttle"] == {"rateLimit": 7.5, "burstLimit": 3}
    throttle = {"/pets/GET": {"rateLimit": 1.0, "burstLimit": 2}}
    assert changed["apiStages"] == [{"apiId": mocked.id, "stage": "v1", "throttle": throttle}]
    assert plain(gateway.get_usage_plan(usagePlanId=plan["id"])) == plain(changed)
    removals = [
        patch("remove", "/quota"),
        patch("remove", "/throttle"),
        patch("remove", f"/apiStages/{stage}/throttle"),
    ]
    changed = gateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=removals)
    assert "quota" not in changed
    assert "throttle" not in changed
    assert changed["apiStages"] == [{"apiId": mocked.id, "stage": "v1"}]
    with refused("NotFound"):
        gateway.update_usage_plan(
            usagePlanId=plan["id"], patchOperations=[patch("add", "/apiStages", f"{mocked.id}:v2")]
        )


def test_plans_of_a_key(gateway, plan):
    key = gateway.create_api_key(name="k")["id"]
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key, keyType="API_KEY")
    gateway.create_usage_plan(name="other")
    assert [one["id"] for one in gateway.get_usage_plans(keyId=key)["items"]] == [plan["id"]]
    shown = gateway.get_usage_plan_key(usagePlanId=plan["id"], keyId=key)
    assert (shown["id"], shown["type"], shown["name"]) == (key, "API_KEY", "k")
    gateway.delete_usage_plan_key(usagePlanId=plan["id"], keyId=key)
    assert gateway.get_usage_plan_keys(usagePlanId=plan["id"])["items"] == []


def test_a_stage_that_goes_leaves_its_plans(gateway, plan, mocked):
    mocked.delete_stage(stageName="v1")
    assert gateway.get_usage_plan(usagePlanId=plan["id"])["apiStages"] == []


def test_usage_counts_down_each_day(gateway, plan, use, cloud):
    key = gateway.create_api_key(name="k")["id"]
    gateway.create_usage_plan_key(usagePlanId=plan["id"], keyId=key, keyType="API_KEY")
    today = datetime.fromtimestamp(cloud.look(lambda running: running.clock.now()), UTC).date().isoformat()
    assert [use(plan["id"], key) for _ in range(6)] == [True] * 5 + [False]
    days = {"usagePlanId": plan["id"], "startDate": today, "endDate": today}
    assert gateway.get_usage(**days)["items"] == {key: [[5, 0]]}
    patched = gateway.update_usage(usagePlanId=plan["id"], keyId=key, patchOperations=[replace("/remaining", "2")])
    assert patched["items"] == {key: [[5, 2]]}
    assert [use(plan["id"], key) for _ in range(3)] == [True, True, False]
    with refused("BadRequest", "Invalid patch path  '/extension' specified for op 'add'. Must be one of: []"):
        gateway.update_usage(usagePlanId=plan["id"], keyId=key, patchOperations=[patch("add", "/extension", "1")])
