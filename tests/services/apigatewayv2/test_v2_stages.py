"""Deployments and stages, with and without AutoDeploy; custom domains."""

from __future__ import annotations

import pytest

from tests.services.apigatewayv2.conftest import refused

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def routed(client, http, proxy) -> str:
    """An HTTP API with a route."""
    client.create_route(ApiId=http, RouteKey="GET /", Target=f"integrations/{proxy(http)}")
    return http


def test_without_routes_there_is_nothing_to_deploy(client, http, socket):
    with refused("BadRequestException", "Unable to deploy API because no routes exist in this API"):
        client.create_deployment(ApiId=http)
    with refused("BadRequestException", "At least one route is required before deploying the Api."):
        client.create_deployment(ApiId=socket)
    stage = client.create_stage(ApiId=http, StageName="s", AutoDeploy=True)
    said = "Deployment attempt failed: Unable to deploy API because no routes exist in this API"
    assert stage["LastDeploymentStatusMessage"] == said
    assert "DeploymentId" not in stage


def test_deployments_by_hand(client, routed):
    first = client.create_deployment(ApiId=routed, Description="one")
    assert (first["DeploymentStatus"], first["AutoDeployed"]) == ("DEPLOYED", False)
    stage = client.create_stage(ApiId=routed, StageName="s", DeploymentId=first["DeploymentId"])
    assert stage["DeploymentId"] == first["DeploymentId"]
    second = client.create_deployment(ApiId=routed, StageName="s")
    assert client.get_stage(ApiId=routed, StageName="s")["DeploymentId"] == second["DeploymentId"]
    with refused("BadRequestException", "Active stages pointing to this deployment must be moved or deleted"):
        client.delete_deployment(ApiId=routed, DeploymentId=second["DeploymentId"])
    client.delete_deployment(ApiId=routed, DeploymentId=first["DeploymentId"])
    with refused("NotFoundException", "Invalid Deployment identifier specified", 404):
        client.get_deployment(ApiId=routed, DeploymentId=first["DeploymentId"])
    client.update_deployment(ApiId=routed, DeploymentId=second["DeploymentId"], Description="two")
    assert [one["Description"] for one in client.get_deployments(ApiId=routed)["Items"]] == ["two"]
    with refused("NotFoundException", "Invalid stage identifier specified", 404):
        client.create_deployment(ApiId=routed, StageName="other")


def test_a_stage_follows_every_change(client, routed, proxy):
    stage = client.create_stage(ApiId=routed, StageName="$default", AutoDeploy=True)
    first = stage["DeploymentId"]
    assert stage["LastDeploymentStatusMessage"] == f"Successfully deployed stage with deployment ID '{first}'"
    assert client.get_deployment(ApiId=routed, DeploymentId=first)["AutoDeployed"] is True
    client.create_route(ApiId=routed, RouteKey="GET /more")
    second = client.get_stage(ApiId=routed, StageName="$default")["DeploymentId"]
    assert second != first
    assert [one["DeploymentId"] for one in client.get_deployments(ApiId=routed)["Items"]] == [second]
    with refused("BadRequestException"):
        client.create_deployment(ApiId=routed, StageName="$default")
    with refused("BadRequestException"):
        client.update_stage(ApiId=routed, StageName="$default", DeploymentId=second)


def test_stages(client, routed):
    client.create_stage(ApiId=routed, StageName="s", StageVariables={"a": "1", "b": "2"}, Description="d")
    with refused("ConflictException", "Stage already exists", 409):
        client.create_stage(ApiId=routed, StageName="s")
    place = {"ApiId": routed, "StageName": "s"}
    got = client.update_stage(**place, StageVariables={"a": "", "c": "3"})
    assert (got["StageVariables"], got["Description"]) == ({"b": "2", "c": "3"}, "d")
    message = "Unable to find Route by key GET /nothing within the provided RouteSettings"
    with refused("NotFoundException", message, 404):
        client.update_stage(**place, RouteSettings={"GET /nothing": {"DetailedMetricsEnabled": True}})
    client.update_stage(**place, RouteSettings={"GET /": {"ThrottlingBurstLimit": 5}})
    got = client.update_stage(**place, DefaultRouteSettings={"ThrottlingRateLimit": 7.5})
    assert got["RouteSettings"] == {"GET /": {"ThrottlingBurstLimit": 5}}
    assert got["DefaultRouteSettings"] == {"DetailedMetricsEnabled": False, "ThrottlingRateLimit": 7.5}
    client.delete_route_settings(**place, RouteKey="GET /")
    assert client.get_stage(**place)["RouteSettings"] == {}
    with refused("NotFoundException", status=404):
        client.delete_route_settings(**place, RouteKey="GET /")
    with refused("BadRequestException", "Execution logs are not supported on protocol type HTTP"):
        client.update_stage(**place, DefaultRouteSettings={"LoggingLevel": "INFO"})
    with refused("BadRequestException"):
        client.update_stage(**place, AccessLogSettings={"DestinationArn": "arn:aws:s3:::b", "Format": "x"})
    for name in ("a b", "$other", "x" * 129):
        with refused("BadRequestException"):
            client.create_stage(ApiId=routed, StageName=name)
    with refused("NotFoundException", "Invalid Deployment identifier specified", 404):
        client.create_stage(ApiId=routed, StageName="t", DeploymentId="nothing")
    client.delete_stage(**place)
    with refused("NotFoundException", "Invalid stage identifier specified", 404):
        client.get_stage(**place)


def test_the_default_stage_is_of_http_apis_only(client, socket):
    with refused("BadRequestException"):
        client.create_stage(ApiId=socket, StageName="$default")


# domains


def domain(client, name: str, **more) -> dict:
    return client.create_domain_name(
        DomainName=name, DomainNameConfigurations=[{"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL"}], **more
    )


def test_a_domain_is_the_same_for_both_versions(client, aws, account):
    name = f"d{account}.example.com"
    made = domain(client, name.upper(), Tags={"a": "b"})
    assert (made["DomainName"], made["ApiMappingSelectionExpression"]) == (name, "$request.basepath")
    configuration = made["DomainNameConfigurations"][0]
    assert configuration["DomainNameStatus"] == "AVAILABLE"
    assert configuration["ApiGatewayDomainName"].endswith(".execute-api.us-east-1.amazonaws.com")
    assert aws.client("apigateway").get_domain_name(domainName=name)["regionalCertificateArn"] == CERTIFICATE
    with refused("BadRequestException", "The domain name you provided already exists."):
        domain(client, name)
    client.update_domain_name(DomainName=name, MutualTlsAuthentication={"TruststoreUri": "s3://b/k"})
    assert client.get_domain_name(DomainName=name)["MutualTlsAuthentication"] == {"TruststoreUri": "s3://b/k"}
    client.delete_domain_name(DomainName=name)
    with refused("NotFoundException", "Invalid domain name identifier specified", 404):
        client.get_domain_name(DomainName=name)
    with refused("NotImplemented", status=501):
        domain(client, name, RoutingMode="ROUTING_RULE_ONLY")


def test_mappings(client, routed, account):
    name = f"m{account}.example.com"
    domain(client, name)
    client.create_stage(ApiId=routed, StageName="s", AutoDeploy=True)
    made = client.create_api_mapping(DomainName=name, ApiId=routed, Stage="s", ApiMappingKey="v1/pets")
    place = {"DomainName": name, "ApiMappingId": made["ApiMappingId"]}
    with refused("ConflictException", status=409):
        client.create_api_mapping(DomainName=name, ApiId=routed, Stage="s", ApiMappingKey="v1/pets")
    with refused("NotFoundException", "Invalid stage identifier specified", 404):
        client.create_api_mapping(DomainName=name, ApiId=routed, Stage="t")
    with refused("BadRequestException"):
        client.create_api_mapping(DomainName=name, ApiId=routed, Stage="s", ApiMappingKey="/v1")
    message = "Deleting stage failed. Please remove all base path mappings related to the stage in your domain: " + name
    with refused("BadRequestException", message):
        client.delete_stage(ApiId=routed, StageName="s")
    assert client.update_api_mapping(**place, ApiId=routed, ApiMappingKey="")["ApiMappingKey"] == ""
    assert client.get_api_mapping(**place)["Stage"] == "s"
    assert len(client.get_api_mappings(DomainName=name)["Items"]) == 1
    client.delete_api_mapping(**place)
    client.delete_stage(ApiId=routed, StageName="s")
    with refused("NotFoundException", status=404):
        client.get_api_mapping(**place)
