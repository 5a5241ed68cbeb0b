"""Who may call: signatures, resource policies, functions that authorise, with the bodies AWS gives."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import Api, allow, refused

if TYPE_CHECKING:
    import httpx

    from tests.planes.rest.rest_calls import Account

NO_TOKEN = {"message": "Missing Authentication Token"}
DENIED = {"Message": "User is not authorized to access this resource with an explicit deny"}
NOT_ALLOWED = {"Message": "User is not authorized to access this resource"}


def user(owner: Account, name: str, policy: str | None = None) -> Any:
    """A session of a new user."""
    iam = owner.client("iam")
    iam.create_user(UserName=name)
    if policy is not None:
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return owner.cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"])


# signatures


def test_a_signed_method_wants_a_signature(api: Api, owner: Account):
    api.method("GET", "/", authorizationType="AWS_IAM")
    api.deploy()
    refused(api.get("/"), 403, NO_TOKEN, "MissingAuthenticationTokenException")
    assert api.signed("GET", "/", owner.session).status_code == 200
    wrong = owner.cloud.session_with("AKIAIOSFODNN7EXAMPLE", "x" * 40)
    text = "The security token included in the request is invalid."
    refused(api.signed("GET", "/", wrong), 403, {"message": text}, "UnrecognizedClientException")
    forged = owner.cloud.session_with(owner.id, "not the secret")
    response = api.signed("GET", "/", forged)
    assert response.status_code == 403
    assert response.headers["x-amzn-errortype"] == "InvalidSignatureException"
    assert response.json()["message"].startswith("The request signature we calculated does not match")


def test_a_user_calls_what_their_policies_allow(api: Api, owner: Account):
    api.method("GET", "/open/{id}", authorizationType="AWS_IAM")
    api.method("GET", "/closed", authorizationType="AWS_IAM")
    api.deploy()
    arn = f"arn:aws:execute-api:us-east-1:{owner.id}:{api.id}/s/GET"
    session = user(owner, "ann", allow("execute-api:Invoke", resource=f"{arn}/open/*"))
    assert api.signed("GET", "/open/5", session).status_code == 200
    hidden = arn.replace(owner.id, f"********{owner.id[-4:]}")
    who = f"arn:aws:iam::{owner.id}:user/ann"
    text = f"User: {who} is not authorized to perform: execute-api:Invoke on resource: {hidden}/closed"
    refused(api.signed("GET", "/closed", session), 403, {"Message": text}, "AccessDeniedException")


def test_another_account_needs_both_policies(api: Api, owner: Account):
    api.method("GET", "/", authorizationType="AWS_IAM")
    other = owner.cloud.new_account()
    policy = allow("execute-api:Invoke", resource="execute-api:/*", Principal={"AWS": other})
    api.deploy()
    stranger = owner.cloud.session(other)
    assert api.signed("GET", "/", stranger).status_code == 403
    patch = [{"op": "replace", "path": "/policy", "value": policy}]
    api.client.update_rest_api(restApiId=api.id, patchOperations=patch)
    api.deploy()
    assert api.signed("GET", "/", stranger).status_code == 200


def test_the_function_is_told_who_signed(api: Api, owner: Account, function: str):
    api.function("GET", "/", function, authorizationType="AWS_IAM")
    identity = api.deploy().signed("GET", "/", owner.session).json()["requestContext"]["identity"]
    assert identity["userArn"] == f"arn:aws:iam::{owner.id}:root"
    assert identity["accessKey"] == owner.id  # a root key of this cloud
    assert (identity["accountId"], identity["caller"], identity["user"]) == (owner.id, owner.id, owner.id)


def test_the_integration_may_call_as_the_caller(api: Api, owner: Account):
    owner.client("sqs").create_queue(QueueName="mine")
    uri = f"arn:aws:apigateway:us-east-1:sqs:path/{owner.id}/mine"
    form = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}
    api.method(
        "POST", "/",
        {"type": "AWS", "uri": uri, "credentials": "arn:aws:iam::*:user/*", "requestParameters": form,
         "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=x"}},
        authorizationType="AWS_IAM", responses={"200": {}, "403": {"selectionPattern": "403"}},
    )  # fmt: skip
    api.deploy()
    weak = user(owner, "weak", allow("execute-api:Invoke"))
    strong = user(owner, "strong", allow("execute-api:Invoke", "sqs:SendMessage"))
    assert api.signed("POST", "/", weak).status_code == 403
    assert api.signed("POST", "/", strong).status_code == 200


# resource policies


def test_with_a_resource_policy_only_what_it_allows_is_called(owner: Account):
    statements = [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/*"},
        {"Effect": "Deny", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/GET/secret"},
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*/PUT/*",
         "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
    ]  # fmt: skip
    api = Api(owner, policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    for verb, path in (("GET", "/a"), ("GET", "/secret"), ("PUT", "/a")):
        api.method(verb, path)
    api.deploy()
    assert api.get("/a").status_code == 200
    arn = f"arn:aws:execute-api:us-east-1:********{owner.id[-4:]}:{api.id}/s"
    text = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {arn}"
    refused(api.call("PUT", "/a"), 403, {"Message": f"{text}/PUT/a"}, "AccessDeniedException")
    secret = {"Message": f"{text}/GET/secret with an explicit deny"}
    refused(api.get("/secret"), 403, secret, "AccessDeniedException")


# functions that authorise


@pytest.fixture
def token(api: Api, function: str) -> dict[str, Any]:
    """Members of a method that a TOKEN authoriser guards."""
    made = api.client.create_authorizer(
        restApiId=api.id, name="t", type="TOKEN", authorizerUri=api.owner.lambda_uri(function),
        identitySource="method.request.header.Authorization", identityValidationExpression="[a-z]+",
        authorizerResultTtlInSeconds=60,
    )  # fmt: skip
    return {"authorizationType": "CUSTOM", "authorizerId": made["id"]}


def with_token(api: Api, token: str, path: str = "/") -> httpx.Response:
    return api.get(path, headers={"Authorization": token})


def test_a_function_decides_by_token(api: Api, function: str, token: dict[str, Any]):
    api.function("GET", "/", function, **token)
    api.deploy()
    event = with_token(api, "ann").json()
    authorizer = event["requestContext"]["authorizer"]
    assert (authorizer["principalId"], authorizer["name"]) == ("user|ann", "ann")
    assert (authorizer["number"], authorizer["yes"]) == ("7", "true")  # all values are texts
    refused(api.get("/"), 401, {"message": "Unauthorized"}, "UnauthorizedException")
    for bad in ("ANN", "stranger"):
        refused(with_token(api, bad), 401, {"message": "Unauthorized"}, "UnauthorizedException")
    refused(with_token(api, "deny"), 403, DENIED, "AccessDeniedException")
    refused(with_token(api, "elsewhere"), 403, NOT_ALLOWED, "AccessDeniedException")
    refused(with_token(api, "broken"), 500, {"message": None}, "AuthorizerConfigurationException")


def invocations(owner: Account) -> int:
    return len(owner.cloud.spans(service="lambda", operation="Invoke", account=owner.id))


def test_what_a_function_decided_is_kept_for_its_time(api: Api, owner: Account, token: dict[str, Any]):
    api.method("GET", "/", **token)
    api.method("GET", "/other", **token)
    api.deploy()
    clock = owner.cloud.clock
    clock.freeze()
    try:
        before = invocations(owner)
        assert [with_token(api, "bob").status_code for _ in range(3)] == [200] * 3
        assert invocations(owner) == before + 1
        # The policy that was kept names one method only.
        refused(with_token(api, "bob", "/other"), 403, NOT_ALLOWED, "AccessDeniedException")
        clock.advance(60)
        assert with_token(api, "bob", "/other").status_code == 200
        assert invocations(owner) == before + 2
        api.client.flush_stage_authorizers_cache(restApiId=api.id, stageName="s")
        assert with_token(api, "bob").status_code == 200
    finally:
        clock.resume()


def test_a_request_authoriser_sees_the_request_and_needs_its_sources(api: Api, function: str):
    made = api.client.create_authorizer(
        restApiId=api.id, name="r", type="REQUEST", authorizerUri=api.owner.lambda_uri(function),
        identitySource="method.request.header.X-Token, method.request.querystring.tenant",
    )  # fmt: skip
    who = {"200": {"responseTemplates": {"application/json": '"$context.authorizer.principalId"'}}}
    api.method("GET", "/{id}", authorizationType="CUSTOM", authorizerId=made["id"], responses=who)
    api.deploy()
    good = {"X-Token": "ann"}
    assert api.get("/1?tenant=a", headers=good).text == '"user|ann"'
    refused(api.get("/1", headers=good), 401, {"message": "Unauthorized"}, "UnauthorizedException")
    refused(api.get("/1?tenant=a"), 401, {"message": "Unauthorized"}, "UnauthorizedException")
    refused(api.get("/1?tenant=a", headers={"X-Token": "deny"}), 403, DENIED, "AccessDeniedException")


def test_an_authoriser_that_may_not_be_called_is_500(api: Api):
    uri = api.owner.lambda_uri(f"arn:aws:lambda:us-east-1:{api.owner.id}:function:gone")
    made = api.client.create_authorizer(restApiId=api.id, name="t", type="TOKEN", authorizerUri=uri,
                                        identitySource="method.request.header.Authorization")  # fmt: skip
    api.method("GET", "/", authorizationType="CUSTOM", authorizerId=made["id"])
    api.deploy()
    refused(with_token(api, "ann"), 500, {"message": None}, "AuthorizerConfigurationException")


def test_somebody_with_an_identity_of_a_pool_is_known_by_it(api: Api, owner: Account, function: str):
    api.function("GET", "/", function, authorizationType="AWS_IAM")
    api.deploy()
    identities = owner.client("cognito-identity")
    pool = identities.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    trust = {"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
             "Action": "sts:AssumeRoleWithWebIdentity"}  # fmt: skip
    role = owner.client("iam").create_role(
        RoleName="guests", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": trust})
    )["Role"]["Arn"]
    owner.client("iam").put_role_policy(RoleName="guests", PolicyName="p", PolicyDocument=allow("execute-api:Invoke"))
    identities.set_identity_pool_roles(IdentityPoolId=pool, Roles={"unauthenticated": role})
    identity = identities.get_id(IdentityPoolId=pool)["IdentityId"]
    key = identities.get_credentials_for_identity(IdentityId=identity)["Credentials"]
    guest = owner.cloud.session_with(key["AccessKeyId"], key["SecretKey"], key["SessionToken"])
    known = api.signed("GET", "/", guest).json()["requestContext"]["identity"]
    assert (known["cognitoIdentityId"], known["cognitoIdentityPoolId"]) == (identity, pool)
    assert (known["cognitoAuthenticationType"], known["accessKey"]) == ("unauthenticated", key["AccessKeyId"])
