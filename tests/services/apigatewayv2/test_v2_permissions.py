"""Who may do what to HTTP and WebSocket APIs: actions are HTTP verbs, resources are paths."""

from __future__ import annotations

import json

import pytest

from tests.services.apigatewayv2.conftest import refused


@pytest.fixture
def allowed(aws, cloud):
    """`allowed(actions, resource, condition)` is a client that may do just that."""
    iam = aws.client("iam")
    iam.create_user(UserName="u")
    key = iam.create_access_key(UserName="u")["AccessKey"]
    client = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("apigatewayv2")

    def allow(action: str, resource: str, **condition):
        statement = {"Effect": "Allow", "Action": action, "Resource": f"arn:aws:apigateway:us-east-1::{resource}"}
        if condition:
            statement["Condition"] = condition
        document = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_user_policy(UserName="u", PolicyName="p", PolicyDocument=document)
        return client

    return allow


def test_a_path_is_a_resource(allowed, http):
    client = allowed("apigateway:GET", f"/apis/{http}")
    assert client.get_api(ApiId=http)["Name"] == "api"
    with refused("AccessDeniedException", status=403):
        client.get_routes(ApiId=http)
    client = allowed("apigateway:POST", f"/apis/{http}/routes")
    client.create_route(ApiId=http, RouteKey="GET /")
    with refused("AccessDeniedException", status=403):
        client.create_stage(ApiId=http, StageName="s")


def test_conditions_on_what_is_asked_for(allowed, http):
    client = allowed(
        "apigateway:POST", "/apis/*", StringEquals={"apigateway:Request/RouteAuthorizationType": ["AWS_IAM"]}
    )
    client.create_route(ApiId=http, RouteKey="GET /a", AuthorizationType="AWS_IAM")
    with refused("AccessDeniedException", status=403):
        client.create_route(ApiId=http, RouteKey="GET /b", AuthorizationType="NONE")


def test_conditions_on_tags(allowed, client, http):
    reader = allowed("apigateway:GET", "/apis/*", StringEquals={"aws:ResourceTag/team": "pets"})
    with refused("AccessDeniedException", status=403):
        reader.get_api(ApiId=http)
    client.tag_resource(ResourceArn=f"arn:aws:apigateway:us-east-1::/apis/{http}", Tags={"team": "pets"})
    assert reader.get_api(ApiId=http)["Name"] == "api"
