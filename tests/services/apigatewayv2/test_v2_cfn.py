"""CloudFormation's types of HTTP and WebSocket APIs: made, changed, read and removed as the engine calls them."""

from __future__ import annotations

import json

import pytest

from tests.resources.stack_calls import Stack
from tests.services.apigatewayv2.conftest import FUNCTION, refused
from tests.services.apigatewayv2.test_v2_openapi import PETS

KIND = "AWS::ApiGatewayV2::"
CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/c"


@pytest.fixture
def stack(cloud, account) -> Stack:
    return Stack(cloud, account)


@pytest.fixture
def api(stack):
    return stack.create(f"{KIND}Api", Name="api", ProtocolType="HTTP", Description="d")


@pytest.fixture
def integration(stack, api):
    return stack.create(
        f"{KIND}Integration", ApiId=api.ref, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION,
        PayloadFormatVersion="2.0",
    )  # fmt: skip


@pytest.fixture
def route(stack, api, integration):
    return stack.create(f"{KIND}Route", ApiId=api.ref, RouteKey="GET /a", Target=f"integrations/{integration.ref}")


def test_an_api_of_properties(stack, client, api, account):
    shown = client.get_api(ApiId=api.ref)
    assert api.att("ApiEndpoint") == shown["ApiEndpoint"]
    assert api.att("ExecuteApiArn") == f"arn:aws:execute-api:us-east-1:{account}:{api.ref}"
    assert api.read() == {"Name": "api", "ProtocolType": "HTTP", "Description": "d"}
    api.update(
        tags={"a": "1"}, Name="new", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"], "MaxAge": "5"}
    )
    shown = client.get_api(ApiId=api.ref)
    assert (shown["Name"], shown["Tags"], "Description" in shown) == ("new", {"a": "1"}, False)
    assert shown["CorsConfiguration"] == {"AllowOrigins": ["*"], "MaxAge": 5}
    api.delete()
    api.delete()
    with refused("NotFoundException", status=404):
        client.get_api(ApiId=api.ref)


def test_an_api_of_a_document(stack, client, aws):
    api = stack.create(f"{KIND}Api", Body=PETS, DisableExecuteApiEndpoint=True, Tags={"a": "1"})
    shown = client.get_api(ApiId=api.ref)
    assert (shown["Name"], shown["DisableExecuteApiEndpoint"]) == ("Pets", True)
    assert shown["Tags"] == {"team": "pets", "a": "1"}
    assert len(client.get_routes(ApiId=api.ref)["Items"]) == 4
    smaller = {**PETS, "paths": {"/pets": {"get": PETS["paths"]["/pets"]["get"]}}}
    api.update(Body=json.dumps(smaller), Tags={"a": "1"})
    assert [route["RouteKey"] for route in client.get_routes(ApiId=api.ref)["Items"]] == ["GET /pets"]
    aws.client("s3").create_bucket(Bucket="definitions")
    aws.client("s3").put_object(Bucket="definitions", Key="pets.json", Body=json.dumps(PETS))
    other = stack.create(f"{KIND}Api", BodyS3Location={"Bucket": "definitions", "Key": "pets.json"})
    assert len(client.get_routes(ApiId=other.ref)["Items"]) == 4


def test_routes_and_integrations(stack, client, api, integration, route):
    assert route.att("RouteId") == route.ref
    assert route.read()["RouteKey"] == "GET /a"
    route.update(ApiId=api.ref, RouteKey="GET /b", OperationName="o", Target=f"integrations/{integration.ref}")
    got = client.get_route(ApiId=api.ref, RouteId=route.ref)
    assert (got["RouteKey"], got["OperationName"]) == ("GET /b", "o")
    proxy = {"ApiId": api.ref, "IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY",
             "IntegrationUri": "https://a.example", "PayloadFormatVersion": "1.0"}  # fmt: skip
    made = stack.create(
        f"{KIND}Integration", **proxy, RequestParameters={"append:header.a": "1", "append:header.b": "2"},
        ResponseParameters={"200": {"ResponseParameters": [{"Destination": "overwrite:statuscode", "Source": "201"}]}},
    )  # fmt: skip
    got = client.get_integration(ApiId=api.ref, IntegrationId=made.ref)
    assert got["ResponseParameters"] == {"200": {"overwrite:statuscode": "201"}}
    assert made.read()["ResponseParameters"] == made.desired.properties["ResponseParameters"]
    made.update(**proxy, RequestParameters={"append:header.a": "3"}, TimeoutInMillis="1000")
    got = client.get_integration(ApiId=api.ref, IntegrationId=made.ref)
    assert (got["RequestParameters"], got["TimeoutInMillis"]) == ({"append:header.a": "3"}, 1000)
    assert got["ResponseParameters"] == {}
    made.delete()
    route.delete()
    integration.delete()
    assert client.get_integrations(ApiId=api.ref)["Items"] == []


def test_stages_and_deployments(stack, client, api, route, account):
    logs = {"DestinationArn": f"arn:aws:logs:us-east-1:{account}:log-group:g", "Format": "$context.requestId"}
    stage = stack.create(
        f"{KIND}Stage", ApiId=api.ref, StageName="s", AutoDeploy=True, AccessLogSettings=logs,
        StageVariables={"a": "1"}, RouteSettings={"GET /a": {"ThrottlingBurstLimit": "5"}},
    )  # fmt: skip
    assert stage.ref == "s"
    assert stage.read()["AccessLogSettings"] == logs
    stage.update(tags={"x": "y"}, ApiId=api.ref, StageName="s", AutoDeploy=True, StageVariables={"b": "2"})
    got = client.get_stage(ApiId=api.ref, StageName="s")
    assert (got["StageVariables"], got["RouteSettings"], got["Tags"]) == ({"b": "2"}, {}, {"x": "y"})
    assert "AccessLogSettings" not in got
    deployment = stack.create(f"{KIND}Deployment", ApiId=api.ref, Description="one")
    other = stack.create(f"{KIND}Stage", ApiId=api.ref, StageName="t", DeploymentId=deployment.ref)
    assert deployment.att("DeploymentId") == deployment.ref
    assert client.get_stage(ApiId=api.ref, StageName="t")["DeploymentId"] == deployment.ref
    other.delete()
    deployment.delete()
    assert [one["AutoDeployed"] for one in client.get_deployments(ApiId=api.ref)["Items"]] == [True]


def test_overrides_of_what_quick_create_made(stack, client):
    api = stack.create(f"{KIND}Api", Name="q", ProtocolType="HTTP", Target=FUNCTION)
    stack.create(
        f"{KIND}ApiGatewayManagedOverrides", ApiId=api.ref, Route={"AuthorizationType": "AWS_IAM"},
        Integration={"TimeoutInMillis": "1000"}, Stage={"StageVariables": {"a": "b"}},
    )  # fmt: skip
    assert client.get_routes(ApiId=api.ref)["Items"][0]["AuthorizationType"] == "AWS_IAM"
    assert client.get_integrations(ApiId=api.ref)["Items"][0]["TimeoutInMillis"] == 1000
    assert client.get_stage(ApiId=api.ref, StageName="$default")["StageVariables"] == {"a": "b"}


def test_authorisers_models_and_responses(stack, client, api):
    authorizer = stack.create(
        f"{KIND}Authorizer", ApiId=api.ref, Name="j", AuthorizerType="JWT", IdentitySource=["$request.header.A"],
        JwtConfiguration={"Issuer": "https://i.example", "Audience": ["x"]},
    )  # fmt: skip
    assert authorizer.att("AuthorizerId") == authorizer.ref
    authorizer.update(
        ApiId=api.ref, Name="k", AuthorizerType="JWT", IdentitySource=["$request.header.A"],
        JwtConfiguration={"Issuer": "https://i.example", "Audience": ["y"]},
    )  # fmt: skip
    assert client.get_authorizer(ApiId=api.ref, AuthorizerId=authorizer.ref)["JwtConfiguration"]["Audience"] == ["y"]
    socket = stack.create(
        f"{KIND}Api", Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action"
    )
    model = stack.create(f"{KIND}Model", ApiId=socket.ref, Name="M", Schema={"type": "object"})
    assert json.loads(client.get_model(ApiId=socket.ref, ModelId=model.ref)["Schema"]) == {"type": "object"}
    mock = stack.create(f"{KIND}Integration", ApiId=socket.ref, IntegrationType="MOCK")
    stack.create(
        f"{KIND}IntegrationResponse", ApiId=socket.ref, IntegrationId=mock.ref, IntegrationResponseKey="$default"
    )
    route = stack.create(f"{KIND}Route", ApiId=socket.ref, RouteKey="$default", Target=f"integrations/{mock.ref}")
    response = stack.create(f"{KIND}RouteResponse", ApiId=socket.ref, RouteId=route.ref, RouteResponseKey="$default")
    assert response.read()["RouteResponseKey"] == "$default"
    response.delete()
    assert client.get_route_responses(ApiId=socket.ref, RouteId=route.ref)["Items"] == []


def test_domains_mappings_and_vpc_links(stack, client, api, route, account):
    name = f"c{account}.example.com"
    configurations = [{"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL"}]
    domain = stack.create(f"{KIND}DomainName", DomainName=name, DomainNameConfigurations=configurations)
    assert domain.ref == name
    assert domain.att("RegionalDomainName").endswith("execute-api.us-east-1.amazonaws.com")
    stack.create(f"{KIND}Stage", ApiId=api.ref, StageName="s", AutoDeploy=True)
    mapping = stack.create(f"{KIND}ApiMapping", DomainName=name, ApiId=api.ref, Stage="s", ApiMappingKey="v1")
    mapping.update(DomainName=name, ApiId=api.ref, Stage="s")
    assert mapping.read() == {"DomainName": name, "ApiId": api.ref, "Stage": "s"}
    assert client.get_api_mapping(DomainName=name, ApiMappingId=mapping.ref)["ApiMappingKey"] == ""
    mapping.delete()
    domain.delete()
    link = stack.create(f"{KIND}VpcLink", Name="l", SubnetIds=["subnet-1"])
    link.update(tags={"a": "b"}, Name="m", SubnetIds=["subnet-1"])
    got = client.get_vpc_link(VpcLinkId=link.ref)
    assert (got["Name"], got["Tags"]) == ("m", {"a": "b"})
