"""Whole APIs, deployed from OpenAPI files, as clients and tools of others meet them."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.rest.rest_calls import Account, refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cloudchamber.testing.cloud import CloudClock

PASSWORD = "Passw0rd!"


class Imported:
    """An API made from an OpenAPI document and deployed."""

    def __init__(self, owner: Account, document: dict[str, Any], **stage: Any) -> None:
        self.owner = owner
        self.client = owner.client("apigateway")
        self.id = self.client.import_rest_api(body=json.dumps(document))["id"]
        self.client.create_deployment(restApiId=self.id, stageName="prod", **stage)
        self.base = f"http://127.0.0.1:{owner.cloud.port}/_aws/execute-api/{self.id}/prod"

    def call(self, verb: str, path: str, **how: Any) -> Any:
        return self.owner.http.request(verb, f"{self.base}{path}", **how)


def people(owner: Account) -> tuple[str, dict[str, str]]:
    """A user pool's ARN, and the tokens of somebody who signed in."""
    idp = owner.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]
    client = idp.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="app",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    idp.admin_create_user(UserPoolId=pool["Id"], Username="ann", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=pool["Id"], Username="ann", Password=PASSWORD, Permanent=True)
    signed_in = idp.initiate_auth(
        ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD}
    )
    return pool["Arn"], signed_in["AuthenticationResult"]


def shop(pool: str, uri: str) -> dict[str, Any]:
    """Pets behind a user pool, a key and a function."""
    guarded = {
        "security": [{"people": []}, {"api_key": []}],
        "x-amazon-apigateway-integration": {"type": "aws_proxy", "httpMethod": "POST", "uri": uri},
    }
    scoped = {**guarded, "security": [{"people": ["aws.cognito.signin.user.admin"]}]}
    return {
        "openapi": "3.0.1", "info": {"title": "shop", "version": "1"},
        "paths": {"/pets": {"get": guarded, "post": guarded}, "/scoped": {"get": scoped}},
        "components": {"securitySchemes": {
            "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "people": {
                "type": "apiKey", "name": "Authorization", "in": "header",
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [pool]},
            },
        }},
    }  # fmt: skip


@pytest.fixture
def clock(owner: Account) -> Iterator[CloudClock]:
    owner.cloud.clock.freeze()
    yield owner.cloud.clock
    owner.cloud.clock.resume()


def test_a_user_pool_a_key_and_a_cache_in_front_of_a_function(owner: Account, function: str, clock: CloudClock):
    pool, tokens = people(owner)
    api = Imported(owner, shop(pool, owner.lambda_uri(function)), cacheClusterEnabled=True, cacheClusterSize="0.5")
    settings = {"/*/*/caching/enabled": "true", "/~1pets/POST/caching/enabled": "true",
                "/*/*/caching/requireAuthorizationForCacheControl": "false",
                "/~1pets/POST/caching/requireAuthorizationForCacheControl": "false"}  # fmt: skip
    changes = [{"op": "replace", "path": path, "value": value} for path, value in settings.items()]
    api.client.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)
    plan = api.client.create_usage_plan(
        name="plan", apiStages=[{"apiId": api.id, "stage": "prod"}], throttle={"rateLimit": 1.0, "burstLimit": 5}
    )["id"]
    key = api.client.create_api_key(name="key", enabled=True)
    api.client.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    token = {"Authorization": f"Bearer {tokens['IdToken']}"}
    good = {**token, "x-api-key": key["value"]}

    refused(api.call("GET", "/pets"), 401, {"message": "Unauthorized"}, "UnauthorizedException")
    wrong = {**token, "x-api-key": "wrong" * 5}
    refused(api.call("GET", "/pets", headers=wrong), 403, {"message": "Forbidden"}, "ForbiddenException")

    first = api.call("GET", "/pets", headers=good)
    claims = first.json()["requestContext"]["authorizer"]["claims"]
    assert (claims["cognito:username"], claims["token_use"]) == ("ann", "id")
    called = len(owner.cloud.spans(service="lambda", operation="Invoke"))
    assert api.call("GET", "/pets", headers=good).text == first.text
    assert len(owner.cloud.spans(service="lambda", operation="Invoke")) == called

    posted = api.call("POST", "/pets", headers=good)
    assert api.call("POST", "/pets", headers={**good, "Cache-Control": "max-age=0"}).text != posted.text

    assert api.call("GET", "/pets", headers=good).status_code == 200  # the fifth
    refused(api.call("GET", "/pets", headers=good), 429, {"message": "Too Many Requests"}, "TooManyRequestsException")
    clock.advance(1)
    assert api.call("GET", "/pets", headers=good).status_code == 200


def test_tokens_of_the_wrong_kind_or_time_or_pool_are_refused(owner: Account, function: str, clock: CloudClock):
    pool, tokens = people(owner)
    _, strangers = people(owner)
    api = Imported(owner, shop(pool, owner.lambda_uri(function)))

    def status(path: str, token: str) -> int:
        return int(api.call("GET", path, headers={"Authorization": token, "x-api-key": "x"}).status_code)

    assert status("/pets", tokens["IdToken"]) == 403  # the token is good, the key is not
    assert status("/pets", tokens["AccessToken"]) == 401
    assert status("/pets", strangers["IdToken"]) == 401
    assert status("/pets", tokens["IdToken"][:-6] + "AAAAAA") == 401
    assert status("/pets", "nonsense") == 401
    assert status("/scoped", tokens["AccessToken"]) == 200
    assert status("/scoped", tokens["IdToken"]) == 401
    clock.advance(3601)
    response = api.call("GET", "/pets", headers={"Authorization": tokens["IdToken"]})
    refused(response, 401, {"message": "The incoming token has expired"}, "UnauthorizedException")


PET: dict[str, Any] = {
    "type": "object", "required": ["name", "kind"], "additionalProperties": False,
    "properties": {"name": {"type": "string", "minLength": 1, "maxLength": 20}, "kind": {"enum": ["cat", "dog"]},
                   "age": {"type": "integer", "minimum": 0}, "tags": {"type": "array", "items": {"type": "string"}}},
}  # fmt: skip


def contract() -> dict[str, Any]:
    """An API that validates what it is sent and echoes it."""
    mock: dict[str, Any] = {
        "type": "mock", "passthroughBehavior": "when_no_match",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseTemplates": {
            "application/json": '{"id": "$util.escapeJavaScript($input.params(\'id\')).replaceAll("\\\\\'", "\'")"}'}}},
    }  # fmt: skip
    answers = {"200": {"description": "fine", "content": {"application/json": {"schema": {"type": "object"}}}},
               "400": {"description": "not fine"}}  # fmt: skip
    place = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z0-9]+$"}}
    need = {"name": "limit", "in": "query", "required": True, "schema": {"type": "integer", "minimum": 1}}
    body = {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    shared = {"responses": answers, "x-amazon-apigateway-integration": mock}
    return {
        "openapi": "3.0.1", "info": {"title": "contract", "version": "1"},
        "x-amazon-apigateway-request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True}},
        "x-amazon-apigateway-request-validator": "all",
        "components": {"schemas": {"Pet": PET}},
        "paths": {
            "/pets": {"get": {"parameters": [need], **shared}, "post": {"requestBody": body, **shared}},
            "/pets/{id}": {"get": {"parameters": [place], **shared},
                           "put": {"parameters": [place], "requestBody": body, **shared}},
        },
    }  # fmt: skip


def test_schemathesis_finds_no_500_in_an_api_that_validates(owner: Account):
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings  # noqa: PLC0415 - with schemathesis

    api = Imported(owner, contract())
    limits = settings(
        max_examples=8, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
    )
    seen: set[int] = set()

    def probe(case: Any) -> None:
        response = case.call(base_url=api.base)
        seen.add(response.status_code)
        assert response.status_code < 500, (case, response.text)

    for result in schemathesis.openapi.from_dict(contract()).get_all_operations():
        for mode in (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE):
            limits(given(case=result.ok().as_strategy(generation_mode=mode))(probe))()
    assert {200, 400} <= seen


COLLECTION = {
    "info": {"name": "pets", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
    "item": [
        {"name": "make", "request": {"method": "POST", "url": "{{base}}/pets", "header": [
            {"key": "Content-Type", "value": "application/json"}],
            "body": {"mode": "raw", "raw": '{"name": "Rex", "kind": "dog"}'}},
         "event": [{"listen": "test", "script": {"exec": [
             "pm.test('made', () => pm.response.to.have.status(200))"]}}]},
        {"name": "refused", "request": {"method": "POST", "url": "{{base}}/pets", "header": [
            {"key": "Content-Type", "value": "application/json"}], "body": {"mode": "raw", "raw": "{}"}},
         "event": [{"listen": "test", "script": {"exec": [
             "pm.test('refused', () => { pm.response.to.have.status(400);",
             "pm.expect(pm.response.json().message).to.eql('Invalid request body'); })"]}}]},
    ],
}  # fmt: skip


def test_newman_runs_a_postman_collection_against_a_deployed_api(owner: Account, tmp_path: Path):
    newman = shutil.which("newman")
    if newman is None:
        pytest.skip("newman is not installed: npm install -g newman")
    api = Imported(owner, contract())
    file = tmp_path / "collection.json"
    file.write_text(json.dumps(COLLECTION))
    command = [newman, "run", str(file), "--env-var", f"base={api.base}", "--reporters", "json",
               "--reporter-json-export", str(tmp_path / "result.json")]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    stats = json.loads((tmp_path / "result.json").read_text())["run"]["stats"]
    assert (done.returncode, stats["assertions"]) == (0, {"total": 2, "pending": 0, "failed": 0})
