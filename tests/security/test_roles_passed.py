"""Roles that APIs call with: only who may pass a role on gives it to API Gateway, by whatever operation, and never one
of another account.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-control-access-using-iam-policies-to-create-and-manage-api.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.planes.rest.rest_calls import Account, allow
from tests.planes.rest.test_rest_authorisation import user

if TYPE_CHECKING:
    from collections.abc import Callable

URI = "arn:aws:apigateway:us-east-1:dynamodb:action/Scan"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:{}:function:f/invocations"
)


def replaced(path: str, value: str) -> list[dict[str, str]]:
    return [{"op": "replace", "path": path, "value": value}]


def document(role: str, *, is_authorizers: bool = False) -> bytes:
    integration = {"type": "aws", "httpMethod": "POST", "uri": URI, "responses": {}}
    found: dict[str, Any] = {"swagger": "2.0", "info": {"title": "t", "version": "1"}}
    method: dict[str, Any] = {"responses": {"200": {"description": "x"}}}
    if is_authorizers:
        found["securityDefinitions"] = {"a": {
            "type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "custom",
            "x-amazon-apigateway-authorizer": {
                "type": "token", "authorizerUri": FUNCTION.format(1), "authorizerCredentials": role}}}  # fmt: skip
        method["security"] = [{"a": []}]
        integration = {"type": "mock"}
    else:
        integration["credentials"] = role
    found["paths"] = {"/": {"get": {**method, "x-amazon-apigateway-integration": integration}}}
    return json.dumps(found).replace("credentials", "cr\\u0065dentials").encode()


def http_document(role: str) -> str:
    integration = {
        "type": "aws_proxy", "integrationSubtype": "SQS-ReceiveMessage", "payloadFormatVersion": "1.0",
        "credentials": role, "requestParameters": {"QueueUrl": "https://x"},
    }  # fmt: skip
    paths = {"/": {"get": {"responses": {}, "x-amazon-apigateway-integration": integration}}}
    return json.dumps({"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": paths})


def ways(session: Any, account: str, role: str) -> dict[str, Callable[[], Any]]:
    """Operations that give API Gateway a role, on an API of the session's own."""
    rest, http = session.client("apigateway"), session.client("apigatewayv2")
    api = rest.create_rest_api(name="a")
    place = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "POST"}
    rest.put_method(**place, authorizationType="NONE")
    rest.put_integration(**place, type="MOCK")
    uri = FUNCTION.format(account)
    token = {"type": "TOKEN", "authorizerUri": uri, "identitySource": "method.request.header.A"}
    known = rest.create_authorizer(restApiId=api["id"], name="known", **token)["id"]
    return {
        "PutIntegration": lambda: rest.put_integration(
            **place, type="AWS", integrationHttpMethod="POST", uri=URI, credentials=role
        ),
        "UpdateIntegration": lambda: rest.update_integration(
            **place, patchOperations=[*replaced("/uri", URI), *replaced("/credentials", role)]
        ),
        "CreateAuthorizer": lambda: rest.create_authorizer(
            restApiId=api["id"], name="a", **token, authorizerCredentials=role
        ),
        "UpdateAuthorizer": lambda: rest.update_authorizer(
            restApiId=api["id"], authorizerId=known, patchOperations=replaced("/authorizerCredentials", role)
        ),
        "UpdateAccount": lambda: rest.update_account(patchOperations=replaced("/cloudwatchRoleArn", role)),
        "ImportRestApi": lambda: rest.import_rest_api(body=document(role)),
        "ImportRestApi, authorizers": lambda: rest.import_rest_api(body=document(role, is_authorizers=True)),
        "PutRestApi": lambda: rest.put_rest_api(restApiId=api["id"], mode="merge", body=document(role)),
        "ImportApi": lambda: http.import_api(Body=http_document(role)),
        "ReimportApi": lambda: http.reimport_api(
            ApiId=http.create_api(Name="h", ProtocolType="HTTP")["ApiId"], Body=http_document(role)
        ),
    }  # fmt: skip


def refused(call: Callable[[], Any], role: str) -> None:
    with pytest.raises(ClientError) as caught:
        call()
    error = caught.value.response["Error"]
    assert error["Code"] == "AccessDeniedException", error
    assert f"is not authorized to perform: iam:PassRole on resource: {role}" in error["Message"]


def test_who_may_not_pass_a_role_gives_apis_none(owner: Account):
    role = owner.role("strong", "apigateway.amazonaws.com", "*")
    developer = user(owner, "developer", allow("apigateway:*"))
    for call in ways(developer, owner.id, role).values():
        refused(call, role)
    trusted = user(owner, "trusted", allow("apigateway:*", "iam:PassRole"))
    for call in ways(trusted, owner.id, role).values():
        call()


def test_a_role_of_another_account_is_never_called_with(owner: Account):
    """The role trusts API Gateway, which acts for whoever has an API: its own account must have passed it on."""
    other = Account(owner.cloud, owner.cloud.new_account())
    role = other.role("theirs", "apigateway.amazonaws.com", "*")
    for call in ways(owner.session, owner.id, role).values():
        refused(call, role)


def test_user_pools_work_in_no_role_that_was_not_passed_on(owner: Account):
    other = Account(owner.cloud, owner.cloud.new_account())
    role = other.role("texts", "cognito-idp.amazonaws.com", "*")
    idp = owner.client("cognito-idp")
    pool, texts = idp.create_user_pool(PoolName="p")["UserPool"]["Id"], {"SnsCallerArn": role, "ExternalId": "x"}
    calls: list[Callable[[], Any]] = [
        lambda: idp.create_user_pool(PoolName="q", SmsConfiguration=texts),
        lambda: idp.update_user_pool(UserPoolId=pool, SmsConfiguration=texts),
        lambda: idp.set_user_pool_mfa_config(UserPoolId=pool, SmsMfaConfiguration={"SmsConfiguration": texts}),
        lambda: idp.create_user_import_job(UserPoolId=pool, JobName="j", CloudWatchLogsRoleArn=role),
    ]
    for call in calls:
        refused(call, role)
