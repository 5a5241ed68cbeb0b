"""Parameter policies on the clock, and restarts."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from cloudchamber.config import Config
from cloudchamber.testing import RunningCloud
from tests.services.calls import refused
from tests.services.ssm.ssm_calls import DAY


def expires(clock, in_s: float) -> dict[str, object]:
    at = datetime.fromtimestamp(int(clock.now()) + in_s, UTC).isoformat().replace("+00:00", "Z")
    return {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": at}}


def before(count: int, unit: str = "Days") -> dict[str, object]:
    attributes = {"Before": str(count), "Unit": unit}
    return {"Type": "ExpirationNotification", "Version": "1.0", "Attributes": attributes}


def unchanged(count: int) -> dict[str, object]:
    attributes = {"After": str(count), "Unit": "Days"}
    return {"Type": "NoChangeNotification", "Version": "1.0", "Attributes": attributes}


@pytest.fixture
def put_with(put):
    return lambda *policies, **more: put("x", **{"Tier": "Advanced", "Policies": json.dumps(policies), **more})


def statuses(ssm) -> dict[str, str]:
    [shown] = ssm.describe_parameters()["Parameters"]
    return {policy["PolicyType"]: policy["PolicyStatus"] for policy in shown["Policies"]}


def test_policies_that_aws_refuses(put, put_with, frozen_clock):
    with refused("InvalidPolicyTypeException"):
        put_with({"Type": "Colour", "Version": "1.0", "Attributes": {}})
    for attributes in ({}, {"Timestamp": "soon"}, {"Timestamp": "2030-01-01", "Unit": "Days"}):
        with refused("InvalidPolicyAttributeException"):
            put_with({"Type": "Expiration", "Version": "1.0", "Attributes": attributes})
    with refused("InvalidPolicyAttributeException"):
        put_with(expires(frozen_clock, DAY), before(1, "Weeks"))
    with refused("InvalidPolicyAttributeException"):
        put("x", Tier="Advanced", Policies="nonsense")
    with refused("IncompatiblePolicyException"):
        put_with(expires(frozen_clock, DAY), expires(frozen_clock, DAY))
    with refused("IncompatiblePolicyException"):
        put_with(before(1))
    with refused("PoliciesLimitExceededException"):
        put_with(*[unchanged(n + 1) for n in range(11)])


def test_policies_are_for_advanced_parameters(put_with):
    with refused("ValidationException"):
        put_with(unchanged(1), Tier="Standard")
    assert put_with(unchanged(1), Tier="Intelligent-Tiering")["Tier"] == "Advanced"


def test_a_parameter_expires(ssm, put_with, frozen_clock):
    put_with(expires(frozen_clock, 10 * DAY), before(3))
    assert statuses(ssm) == {"Expiration": "Pending", "ExpirationNotification": "Pending"}
    frozen_clock.advance(7 * DAY)
    assert statuses(ssm) == {"Expiration": "Pending", "ExpirationNotification": "Finished"}
    frozen_clock.advance(3 * DAY - 1)
    assert ssm.get_parameter(Name="x")["Parameter"]["Value"] == "v"
    frozen_clock.advance(1)
    with refused("ParameterNotFound"):
        ssm.get_parameter(Name="x")


def test_a_change_begins_the_wait_for_one_anew(ssm, put, put_with, frozen_clock):
    put_with(unchanged(5))
    frozen_clock.advance(4 * DAY)
    put("x", "w", Overwrite=True)
    frozen_clock.advance(4 * DAY)
    assert statuses(ssm) == {"NoChangeNotification": "Pending"}
    frozen_clock.advance(DAY)
    assert statuses(ssm) == {"NoChangeNotification": "Finished"}
    put("x", "u", Overwrite=True)
    assert statuses(ssm) == {"NoChangeNotification": "Pending"}


def test_policies_stay_until_others_come(ssm, put, put_with, frozen_clock):
    put_with(expires(frozen_clock, 5 * DAY))
    put("x", "w", Overwrite=True)
    [policy] = ssm.get_parameter_history(Name="x")["Parameters"][1]["Policies"]
    assert json.loads(policy["PolicyText"])["Type"] == "Expiration"
    put("x", "u", Overwrite=True, Policies="[{}]"[1:-1])
    frozen_clock.advance(6 * DAY)
    assert ssm.get_parameter(Name="x")["Parameter"]["Value"] == "u"


def test_a_restart_forgets_nothing(tmp_path):
    config = Config(port=0, data_dir=tmp_path)
    first = RunningCloud(config).start()
    first.clock.freeze()
    ssm = first.session("123456789012").client("ssm")
    ssm.put_parameter(Name="/a/plain", Value="v", Type="String")
    ssm.put_parameter(Name="/a/secure", Value="w", Type="SecureString")
    policies = json.dumps([expires(first.clock, DAY)])
    ssm.put_parameter(Name="/a/mortal", Value="u", Type="String", Tier="Advanced", Policies=policies)
    first.stop()

    second = RunningCloud(config).start()
    try:
        ssm = second.session("123456789012").client("ssm")
        assert ssm.get_parameter(Name="/a/secure", WithDecryption=True)["Parameter"]["Value"] == "w"
        assert len(ssm.get_parameters_by_path(Path="/a")["Parameters"]) == 3
        second.clock.advance(DAY)
        answer = ssm.get_parameters(Names=["/a/plain", "/a/mortal"])
        assert answer["InvalidParameters"] == ["/a/mortal"]
        assert ssm.put_parameter(Name="/a/plain", Value="x", Overwrite=True)["Version"] == 2
    finally:
        second.stop()
