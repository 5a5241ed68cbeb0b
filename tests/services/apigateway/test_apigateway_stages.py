"""Deployments and stages: variables, caches, canaries, settings of methods."""

from __future__ import annotations

import pytest

from tests.services.apigateway.api_calls import patch, refused, replace

DEFAULTS = {
    "metricsEnabled": False, "loggingLevel": "OFF", "dataTraceEnabled": False, "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10_000.0, "cachingEnabled": False, "cacheTtlInSeconds": 300, "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}  # fmt: skip


@pytest.fixture
def staged(mocked):
    mocked.deployment = mocked.deploy()
    return mocked


def update(api, *operations):
    return api.update_stage(stageName="v1", patchOperations=list(operations))


# wrong input


def test_stages_that_aws_refuses(staged):
    with refused("BadRequest", "Stage name only allows a-zA-Z0-9_-"):
        staged.create_stage(stageName="a b", deploymentId=staged.deployment)
    with refused("BadRequest", "Deployment id does not exist"):
        staged.create_stage(stageName="a", deploymentId="nothing")
    for wrong in (
        {"variables": {"a": "b c"}}, {"variables": {"a-b": "c"}}, {"cacheClusterSize": "0.7"},
        {"canarySettings": {"percentTraffic": 101.0}},
    ):  # fmt: skip
        with refused("BadRequest"):
            staged.create_stage(stageName="a", deploymentId=staged.deployment, **wrong)
    with refused("NotFound", "Invalid Documentation version specified"):
        staged.create_stage(stageName="a", deploymentId=staged.deployment, documentationVersion="1")


@pytest.mark.parametrize(
    "operation",
    [
        replace("/*/*/caching/ttlInSeconds", "3601"), replace("/*/*/caching/ttlInSeconds", "soon"),
        replace("/*/*/logging/loglevel", "LOUD"), replace("/*/*/caching/enabled", "maybe"),
        replace("/*/*/caching/unauthorizedCacheControlHeaderStrategy", "IGNORE"), patch("add", "/*/*/caching/enabled"),
        replace("/canarySettings/percentTraffic", "101"), replace("/stageName", "v2"), replace("/variables/a", "b c"),
        patch("copy", "/deploymentId", **{"from": "/canarySettings/deploymentId"}),
        patch("copy", "/description", **{"from": "/deploymentId"}),
    ],
)  # fmt: skip
def test_patches_of_stages_that_aws_refuses(staged, operation):
    before = staged.get_stage(stageName="v1")
    with refused("BadRequest"):
        update(staged, operation)
    assert staged.get_stage(stageName="v1") == before


def test_settings_that_there_are_not(staged):
    with refused("BadRequest") as caught:
        update(staged, replace("/{proxy+}/ANY//throttling/burstLimit", "1"))
    message = caught.value.response["Error"]["Message"]
    assert message.startswith(
        "Invalid method setting path: /{proxy+}/ANY//throttling/burstLimit. Must be one of: [/deploymentId, "
    )


# wrong state


def test_what_cannot_be_deployed(api):
    with refused("BadRequest", "The REST API doesn't contain any methods"):
        api.create_deployment()
    api.put_method(resourceId=api.root, httpMethod="GET", authorizationType="NONE")
    with refused("BadRequest", "No integration defined for method"):
        api.create_deployment()


def test_what_is_not_there(mocked):
    for call in (mocked.get_stage, mocked.delete_stage, mocked.update_stage):
        with refused("NotFound", "Invalid stage identifier specified"):
            call(stageName="nothing")
    for call in (mocked.get_deployment, mocked.delete_deployment, mocked.update_deployment):
        with refused("NotFound", "Invalid Deployment identifier specified"):
            call(deploymentId="nothing")


def test_what_is_in_use_or_there_already(staged):
    with refused("Conflict", "Stage already exists"):
        staged.create_stage(stageName="v1", deploymentId=staged.deployment)
    with refused("BadRequest", "Active stages pointing to this deployment must be moved or deleted"):
        staged.delete_deployment(deploymentId=staged.deployment)
    staged.delete_stage(stageName="v1")
    staged.delete_deployment(deploymentId=staged.deployment)
    assert staged.get_deployments()["items"] == []


def test_an_api_has_ten_stages_at_most(staged):
    for n in range(2, 11):
        staged.create_stage(stageName=f"v{n}", deploymentId=staged.deployment)
    with refused("LimitExceeded"):
        staged.create_stage(stageName="v11", deploymentId=staged.deployment)


# behaviour


def test_a_deployment_makes_its_stage_and_moves_it(staged):
    assert staged.get_stage(stageName="v1")["deploymentId"] == staged.deployment
    second = staged.deploy(variables={"a": "b"}, stageDescription="s", description="d")
    stage = staged.get_stage(stageName="v1")
    assert (stage["deploymentId"], stage["variables"], stage["description"]) == (second, {"a": "b"}, "s")
    assert staged.get_deployment(deploymentId=second)["description"] == "d"
    assert [one["stageName"] for one in staged.get_stages(deploymentId=second)["item"]] == ["v1"]
    assert staged.get_stages(deploymentId=staged.deployment)["item"] == []


def test_a_deployment_says_what_is_in_it(staged):
    shown = staged.get_deployment(deploymentId=staged.deployment, embed=["apisummary"])
    assert shown["apiSummary"] == {"/": {"GET": {"authorizationType": "NONE", "apiKeyRequired": False}}}
    staged.method("POST")
    assert staged.get_deployment(deploymentId=staged.deployment, embed=["apisummary"]) == shown
    changed = staged.update_deployment(
        deploymentId=staged.deployment, patchOperations=[replace("/description", "first")]
    )
    assert changed["description"] == "first"


def test_what_is_deployed_stays_as_it_was(staged, cloud):
    """A snapshot has the methods with their integrations, in AWS's members."""
    staged.delete_method(resourceId=staged.root, httpMethod="GET")
    snapshot = cloud.look(lambda running: running.registry.get("apigateway").service.store.snapshot(staged.deployment))
    (resource,) = snapshot["resources"]
    assert (resource["id"], resource["path"]) == (staged.root, "/")
    assert resource["methods"]["GET"]["methodIntegration"]["type"] == "MOCK"
    assert set(snapshot) == {
        "api", "resources", "authorizers", "models", "requestValidators", "gatewayResponses",
    }  # fmt: skip


def test_settings_of_methods_have_what_aws_fills_in(staged):
    stage = update(
        staged, replace("/*/*/metrics/enabled", "true"), replace("/~1pets~1{id}/GET/caching/ttlInSeconds", "60")
    )
    assert stage["methodSettings"] == {
        "*/*": {**DEFAULTS, "metricsEnabled": True},
        "~1pets~1{id}/GET": {**DEFAULTS, "cacheTtlInSeconds": 60},
    }
    stage = update(staged, patch("remove", "/~1pets~1{id}/GET"))
    assert list(stage["methodSettings"]) == ["*/*"]


@pytest.mark.parametrize(
    ("path", "value", "member", "expected"),
    [
        ("metrics/enabled", "true", "metricsEnabled", True),
        ("logging/dataTrace", "true", "dataTraceEnabled", True),
        ("logging/loglevel", "INFO", "loggingLevel", "INFO"),
        ("throttling/burstLimit", "7", "throttlingBurstLimit", 7),
        ("throttling/rateLimit", "2.5", "throttlingRateLimit", 2.5),
        ("caching/ttlInSeconds", "0", "cacheTtlInSeconds", 0),
        ("caching/enabled", "true", "cachingEnabled", True),
        ("caching/dataEncrypted", "true", "cacheDataEncrypted", True),
        ("caching/requireAuthorizationForCacheControl", "false", "requireAuthorizationForCacheControl", False),
        (
            "caching/unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403",
            "unauthorizedCacheControlHeaderStrategy", "FAIL_WITH_403",
        ),
    ],
)  # fmt: skip
def test_each_setting_of_a_method(staged, path, value, member, expected):
    settings = update(staged, replace(f"/*/*/{path}", value))["methodSettings"]["*/*"]
    assert settings == {**DEFAULTS, member: expected}


def test_other_settings_of_a_stage(staged):
    stage = update(
        staged, replace("/description", "d"), replace("/variables/a", "1"), patch("add", "/variables/b", "2"),
        replace("/cacheClusterEnabled", "true"), replace("/cacheClusterSize", "1.6"),
        replace("/tracingEnabled", "true"), replace("/accessLogSettings/format", "$context.requestId"),
        replace("/accessLogSettings/destinationArn", "arn:aws:logs:us-east-1:123456789012:log-group:g"),
    )  # fmt: skip
    assert (stage["description"], stage["variables"]) == ("d", {"a": "1", "b": "2"})
    assert (stage["cacheClusterStatus"], stage["cacheClusterSize"], stage["tracingEnabled"]) == (
        "AVAILABLE",
        "1.6",
        True,
    )
    assert stage["accessLogSettings"]["format"] == "$context.requestId"
    stage = update(staged, patch("remove", "/variables/a"), patch("remove", "/accessLogSettings"))
    assert stage["variables"] == {"b": "2"}
    assert "accessLogSettings" not in stage
    assert stage["lastUpdatedDate"] >= stage["createdDate"]


def test_a_client_certificate_must_be_there(staged, gateway):
    with refused("NotFound", "Invalid Client Certificate identifier specified"):
        update(staged, replace("/clientCertificateId", "nothing"))
    made = gateway.generate_client_certificate()["clientCertificateId"]
    assert update(staged, replace("/clientCertificateId", made))["clientCertificateId"] == made
    with refused("BadRequest"):
        gateway.delete_client_certificate(clientCertificateId=made)


def test_a_canary_is_tried_and_then_promoted(staged):
    canary = staged.create_deployment(
        stageName="v1", canarySettings={"percentTraffic": 10.0, "stageVariableOverrides": {"a": "canary"}}
    )["id"]
    stage = staged.get_stage(stageName="v1")
    assert stage["deploymentId"] == staged.deployment
    assert stage["canarySettings"] == {
        "percentTraffic": 10.0, "useStageCache": False, "stageVariableOverrides": {"a": "canary"},
        "deploymentId": canary,
    }  # fmt: skip
    with refused("BadRequest", "Active stages pointing to this deployment must be moved or deleted"):
        staged.delete_deployment(deploymentId=canary)
    update(staged, replace("/variables/a", "base"), replace("/variables/b", "kept"))
    stage = update(
        staged, replace("/canarySettings/percentTraffic", "0.0"),
        patch("copy", "/variables", **{"from": "/canarySettings/stageVariableOverrides"}),
        patch("copy", "/deploymentId", **{"from": "/canarySettings/deploymentId"}),
        patch("remove", "/canarySettings"),
    )  # fmt: skip
    assert (stage["deploymentId"], stage["variables"]) == (canary, {"a": "canary", "b": "kept"})
    assert "canarySettings" not in stage


def test_a_canary_needs_a_stage(mocked):
    with refused("BadRequest"):
        mocked.deploy("new", canarySettings={"percentTraffic": 10.0})


def test_flushing_caches_needs_a_stage(staged):
    staged.flush_stage_cache(stageName="v1")
    staged.flush_stage_authorizers_cache(stageName="v1")
    for call in (staged.flush_stage_cache, staged.flush_stage_authorizers_cache):
        with refused("NotFound", "Invalid stage identifier specified"):
            call(stageName="nothing")


def test_a_method_is_tried_before_it_is_deployed(api):
    place = {"resourceId": api.resource("/pets/{id}"), "httpMethod": "GET"}
    api.put_method(**place, authorizationType="AWS_IAM", requestParameters={"method.request.path.id": True})
    template = '{"statusCode": 200}'
    api.put_integration(**place, type="MOCK", requestTemplates={"application/json": template})
    header = "method.response.header.X-Pet"
    api.put_method_response(**place, statusCode="200", responseParameters={header: True})
    body = '{"id": "$input.params("id")", "v": "$stageVariables.v"}'
    api.put_integration_response(
        **place, statusCode="200", responseTemplates={"application/json": body}, responseParameters={header: "'dog'"}
    )
    tried = api.test_invoke_method(**place, pathWithQueryString="/pets/7?a=b", stageVariables={"v": "x"})
    assert (tried["status"], tried["body"]) == (200, '{"id": "7", "v": "x"}')
    assert tried["headers"]["X-Pet"] == "dog"
    assert tried["multiValueHeaders"]["X-Pet"] == ["dog"]
    assert "Starting execution for request" in tried["log"]
    assert tried["latency"] >= 0
    with refused("NotFound", "Invalid Method identifier specified"):
        api.test_invoke_method(**{**place, "httpMethod": "POST"})
