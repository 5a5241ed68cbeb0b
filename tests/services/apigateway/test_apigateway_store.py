"""The tables' indexes, what an undone transaction leaves, and what a restart finds."""

from __future__ import annotations

import pytest

from cloudchamber.services.apigateway.records import ApiMapping, Domain, UsagePlan
from cloudchamber.services.apigateway.store import ApiStore
from cloudchamber.storage.engine import Store


@pytest.fixture
def store():
    return ApiStore(Store(None))


def a_plan(stages=("a:v1",), **body):
    apis = [{"apiId": stage.partition(":")[0], "stage": stage.partition(":")[2]} for stage in stages]
    return UsagePlan("1", "us-east-1", "p", 0.0, {"apiStages": apis, **body})


@pytest.mark.parametrize(
    ("table", "columns"),
    [
        ("apis", ["account", "region"]),
        ("parts", ["api_id", "kind"]),
        ("stages", ["api_id"]),
        ("deployments", ["api_id"]),
        ("keys", ["account", "region", "value"]),
        ("keys", ["region", "id"]),
        ("plans", ["region", "id"]),
        ("plan_keys", ["key_id"]),
        ("kept", ["region", "id"]),
        ("domains", ["name"]),
        ("mappings", ["api_id"]),
        ("mappings", ["account", "region", "domain"]),
        ("plan_stages", ["api_id", "stage"]),
        ("usage", ["plan", "key"]),
    ],
)
def test_what_is_looked_for_has_an_index(store, table, columns):
    where = " AND ".join(f"{column} = ?" for column in columns)
    plan = store.db.plan(f"SELECT * FROM apigateway_{table} WHERE {where}", ["x"] * len(columns))
    assert "SEARCH" in plan
    assert "SCAN" not in plan


def test_what_is_kept_in_memory_is_forgotten_when_a_change_is_undone(store):
    with store.db.transaction():
        store.save_plan(a_plan())
    assert [plan.id for plan in store.usage_plans_for("a", "v1")] == ["p"]
    assert store.domain("x.example.com") is None
    with pytest.raises(RuntimeError), store.db.transaction():
        store.save_plan(a_plan(()))
        store.domains.put(Domain("1", "us-east-1", "x.example.com", 0.0, {}))
        store.domains_changed()
        assert store.usage_plans_for("a", "v1") == ()
        assert store.domain("x.example.com") is not None
        raise RuntimeError
    assert [plan.id for plan in store.usage_plans_for("a", "v1")] == ["p"]
    assert store.domain("x.example.com") is None


def test_longer_paths_of_a_domain_come_first(store):
    store.domains.put(Domain("1", "us-east-1", "x.example.com", 0.0, {}))
    for path in ("", "pets/dogs", "pets"):
        store.mappings.put(ApiMapping("1", "us-east-1", "x.example.com", path, path, "a", "v1"))
    store.domains_changed()
    _, mappings = store.domain("X.Example.com:4566")
    assert [mapping.path for mapping in mappings] == ["pets/dogs", "pets", ""]


def test_a_wildcard_stands_for_one_part_of_a_host(store):
    for name in ("*.example.com", "a.example.com"):
        store.domains.put(Domain("1", "us-east-1", name, 0.0, {}))
    hosts = ("a.example.com", "b.example.com:443", "a.b.example.com", "example.com")
    found = [store.domain(host) for host in hosts]
    assert [one and one[0].name for one in found] == ["a.example.com", "*.example.com", None, None]


def test_a_quota_begins_anew_with_each_period(store):
    day = 86_400.0
    plan = a_plan(quota={"limit": 2, "period": "DAY", "offset": 1})
    with store.db.transaction():
        store.save_plan(plan)
        used = [store.add_usage(plan, "k", at) for at in (0.0, 1.0, day, day + 1, day + 2)]
    assert used == [True, False, True, True, False]
    assert store.usage("p", "k", 0, 5) == {0: 1, 1: 2}
    assert [store.remaining(plan, "k", at) for at in (0.0, day, 2 * day)] == [0, 0, 2]
    with store.db.transaction():
        store.set_remaining(plan, "k", 5, day)
    assert [store.remaining(plan, "k", at) for at in (0.0, day, 2 * day)] == [0, 5, 2]
    with store.db.transaction():
        store.remove_plan(plan)
    assert store.usage("p", "k", 0, 5) == {}


def test_a_plan_without_a_quota_counts_and_never_ends(store):
    plan = a_plan()
    with store.db.transaction():
        store.save_plan(plan)
        assert all(store.add_usage(plan, "k", 0.0) for _ in range(10))
    assert store.usage("p", "k", 0, 0) == {0: 10}


def test_a_restart_finds_all_of_it(tmp_path):
    path = tmp_path / "state.db"
    store = ApiStore(Store(path))
    with store.db.transaction():
        store.save_plan(a_plan(quota={"limit": 2, "period": "DAY"}))
        store.save_snapshot("d", {"api": {"id": "a"}})
        store.add_usage(store.plans.get("1", "us-east-1", "p"), "k", 0.0)
    store.db.close()
    again = ApiStore(Store(path))
    (plan,) = again.usage_plans_for("a", "v1")
    assert again.snapshot("d") == {"api": {"id": "a"}}
    assert again.snapshot("nothing") is None
    assert again.remaining(plan, "k", 0.0) == 1
    again.db.close()
