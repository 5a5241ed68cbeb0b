"""APIs, quick create, tags, VPC links."""

from __future__ import annotations

import pytest

from tests.services.apigatewayv2.conftest import FUNCTION, refused


def test_a_new_http_api_has_what_aws_fills_in(client, cloud, clock):
    clock.freeze()
    made = client.create_api(Name="pets", ProtocolType="HTTP", Description="d", Version="1", Tags={"a": "b"})
    assert len(made["ApiId"]) == 10
    assert made["ApiEndpoint"] == f"http://{made['ApiId']}.execute-api.us-east-1.localhost:{cloud.port}"
    assert made["CreatedDate"].timestamp() == pytest.approx(clock.now(), abs=0.01)
    del made["ResponseMetadata"]
    got = client.get_api(ApiId=made["ApiId"])
    del got["ResponseMetadata"]
    assert got == made
    expected = {
        "ApiKeySelectionExpression": "$request.header.x-api-key", "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4", "Name": "pets", "ProtocolType": "HTTP", "Description": "d", "Version": "1",
        "RouteSelectionExpression": "$request.method $request.path", "Tags": {"a": "b"},
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected


def test_a_websocket_api_is_reached_by_ws(client, socket):
    assert client.get_api(ApiId=socket)["ApiEndpoint"].startswith(f"ws://{socket}.execute-api.us-east-1.localhost:")


def test_what_does_not_go_together_is_refused(client):
    with refused("BadRequestException", "RouteSelectionExpression is a required parameter for protocol type WEBSOCKET"):
        client.create_api(Name="x", ProtocolType="WEBSOCKET")
    with refused("BadRequestException", "CorsConfiguration is not supported for protocol type WEBSOCKET"):
        client.create_api(
            Name="x", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.a",
            CorsConfiguration={"AllowOrigins": ["*"]},
        )  # fmt: skip
    with refused("BadRequestException"):
        client.create_api(Name="x", ProtocolType="HTTP", RouteSelectionExpression="$request.body.action")
    with refused("BadRequestException"):
        client.create_api(Name="x", ProtocolType="SMTP")
    with refused("BadRequestException"):
        client.create_api(ProtocolType="HTTP")
    for origin in ("example.com", "https://a b"):
        with refused("BadRequestException"):
            client.create_api(Name="x", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": [origin]})
    with refused("BadRequestException"):
        client.create_api(
            Name="x", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"], "AllowCredentials": True}
        )


def test_an_api_there_is_not(client, account, cloud):
    message = f"Invalid API identifier specified {account}:nothing"
    for call in ("get_api", "delete_api", "get_routes", "get_stages", "get_integrations", "get_deployments"):
        with refused("NotFoundException", message, 404):
            getattr(client, call)(ApiId="nothing")
    other = client.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    stranger = cloud.session().client("apigatewayv2")
    with refused("NotFoundException", status=404):
        stranger.get_api(ApiId=other)
    with refused("NotFoundException", status=404):
        cloud.session(account, region="eu-west-1").client("apigatewayv2").get_api(ApiId=other)


def test_updates_change_what_they_name(client, http):
    cors = {"AllowOrigins": ["https://a.example"], "MaxAge": 5}
    client.update_api(ApiId=http, Name="new", Description="d", CorsConfiguration=cors, DisableExecuteApiEndpoint=True)
    got = client.update_api(ApiId=http, Version="2")
    assert (got["Name"], got["Description"], got["Version"]) == ("new", "d", "2")
    assert (got["CorsConfiguration"], got["DisableExecuteApiEndpoint"]) == (cors, True)
    assert "Description" not in client.update_api(ApiId=http, Description="")
    client.delete_cors_configuration(ApiId=http)
    assert "CorsConfiguration" not in client.get_api(ApiId=http)
    with refused("BadRequestException"):
        client.update_api(ApiId=http, Target=FUNCTION)


def test_apis_are_listed_in_pages(client):
    ids = sorted(client.create_api(Name=f"a{n}", ProtocolType="HTTP")["ApiId"] for n in range(5))
    pages = list(client.get_paginator("get_apis").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["Items"]) for page in pages] == [2, 2, 1]
    assert [api["ApiId"] for page in pages for api in page["Items"]] == ids
    with refused("BadRequestException", "Invalid nextToken"):
        client.get_apis(NextToken="rubbish")
    with refused("BadRequestException"):
        client.get_apis(MaxResults="many")


def test_a_deleted_api_takes_everything_along(client, http, proxy):
    client.create_route(ApiId=http, RouteKey="GET /", Target=f"integrations/{proxy(http)}")
    client.create_stage(ApiId=http, StageName="s", AutoDeploy=True)
    client.delete_api(ApiId=http)
    with refused("NotFoundException", status=404):
        client.get_api(ApiId=http)
    assert client.get_apis()["Items"] == []


def test_quick_create_of_a_function(client):
    api = client.create_api(Name="q", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]
    integration = client.get_integrations(ApiId=api)["Items"][0]
    assert (integration["IntegrationType"], integration["IntegrationUri"]) == ("AWS_PROXY", FUNCTION)
    assert (integration["PayloadFormatVersion"], integration["ApiGatewayManaged"]) == ("2.0", True)
    route = client.get_routes(ApiId=api)["Items"][0]
    assert (route["RouteKey"], route["Target"]) == ("$default", f"integrations/{integration['IntegrationId']}")
    stage = client.get_stages(ApiId=api)["Items"][0]
    assert (stage["StageName"], stage["AutoDeploy"], stage["ApiGatewayManaged"]) == ("$default", True, True)
    assert stage["DeploymentId"]
    client.update_api(ApiId=api, Target="https://example.com/x", RouteKey="GET /x")
    assert client.get_integrations(ApiId=api)["Items"][0]["IntegrationUri"] == "https://example.com/x"
    assert client.get_routes(ApiId=api)["Items"][0]["RouteKey"] == "GET /x"


def test_quick_create_of_a_url_with_a_route(client):
    api = client.create_api(Name="q", ProtocolType="HTTP", Target="https://example.com", RouteKey="GET /pets")["ApiId"]
    integration = client.get_integrations(ApiId=api)["Items"][0]
    assert (integration["IntegrationType"], integration["IntegrationMethod"]) == ("HTTP_PROXY", "ANY")
    assert client.get_routes(ApiId=api)["Items"][0]["RouteKey"] == "GET /pets"
    with refused("BadRequestException", "Invalid HTTP endpoint specified for URI: nowhere"):
        client.create_api(Name="q", ProtocolType="HTTP", Target="nowhere")


def test_tags_by_arn(client, http):
    arn = f"arn:aws:apigateway:us-east-1::/apis/{http}"
    client.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    client.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert client.get_tags(ResourceArn=arn)["Tags"] == client.get_api(ApiId=http)["Tags"] == {"b": "2"}
    client.create_stage(ApiId=http, StageName="s", Tags={"c": "3"})
    assert client.get_tags(ResourceArn=f"{arn}/stages/s")["Tags"] == {"c": "3"}
    with refused("BadRequestException"):
        client.tag_resource(ResourceArn=arn, Tags={"aws:x": "1"})
    with refused("BadRequestException"):
        client.get_tags(ResourceArn="arn:aws:sqs:us-east-1:123456789012:q")
    with refused("NotFoundException", status=404):
        client.get_tags(ResourceArn="arn:aws:apigateway:us-east-1::/apis/nothing")


def test_vpc_links_are_kept(client, http):
    link = client.create_vpc_link(Name="l", SubnetIds=["subnet-1"], Tags={"a": "b"})
    assert (link["VpcLinkStatus"], link["VpcLinkVersion"]) == ("AVAILABLE", "V2")
    assert client.update_vpc_link(VpcLinkId=link["VpcLinkId"], Name="m")["Name"] == "m"
    assert [one["Name"] for one in client.get_vpc_links()["Items"]] == ["m"]
    client.create_integration(
        ApiId=http, IntegrationType="HTTP_PROXY", IntegrationMethod="ANY", PayloadFormatVersion="1.0",
        ConnectionType="VPC_LINK", ConnectionId=link["VpcLinkId"], IntegrationUri="arn:aws:servicediscovery:x",
    )  # fmt: skip
    with refused("BadRequestException"):
        client.delete_vpc_link(VpcLinkId=link["VpcLinkId"])
    client.delete_api(ApiId=http)
    client.delete_vpc_link(VpcLinkId=link["VpcLinkId"])
    with refused("NotFoundException", f"VpcLink {link['VpcLinkId']} not found", 404):
        client.get_vpc_link(VpcLinkId=link["VpcLinkId"])
