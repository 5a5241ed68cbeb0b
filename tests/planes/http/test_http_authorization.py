"""Who may call an HTTP API: IAM, tokens, functions; and what pages of other origins may do."""

from __future__ import annotations

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from cryptography.hazmat.primitives.asymmetric import rsa

from cloudchamber.identity import jwt
from tests.planes.websocket.websocket_calls import made_function
from tests.services.lambda_.lambda_calls import allow

if TYPE_CHECKING:
    import httpx

AUTHORIZER = """
import base64
import json

calls = 0

def handler(event, context):
    global calls
    calls += 1
    token = (event.get("headers") or {}).get("authorization") or (event.get("headers") or {}).get("Authorization")
    if token == "crash":
        raise ValueError("on purpose")
    if token == "unauthorized":
        raise Exception("Unauthorized")
    if "routeArn" in event and context.function_name == "simple":
        return {"isAuthorized": token == "secret", "context": {"calls": calls, "type": event["type"],
                                                               "sources": ",".join(event.get("identitySource") or [])}}
    arn = event.get("routeArn") or event["methodArn"]
    if token == "other":
        arn = arn.replace("/GET/", "/POST/")
    return {"principalId": "me", "context": {"calls": calls, "arn": event.get("routeArn") or event["methodArn"]},
            "policyDocument": {"Version": "2012-10-17", "Statement": [
                {"Action": "execute-api:Invoke", "Effect": "Allow" if token in ("secret", "other") else "Deny",
                 "Resource": arn}]}}
"""


@pytest.fixture(scope="module")
def simple(aws) -> str:
    return made_function(aws, "simple", AUTHORIZER)


@pytest.fixture(scope="module")
def by_policy(aws) -> str:
    return made_function(aws, "by_policy", AUTHORIZER)


def authorized(api, echo, function: str, *sources: str, **more) -> str:
    """An API whose only route asks a function; the authoriser's id."""
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    request = {"AuthorizerPayloadFormatVersion": "2.0", "IdentitySource": list(sources), **more}
    made = api.client.create_authorizer(
        ApiId=api.id, Name="a", AuthorizerType="REQUEST", AuthorizerUri=uri, **request
    )["AuthorizerId"]  # fmt: skip
    api.route("ANY /{proxy+}", api.function(echo), AuthorizationType="CUSTOM", AuthorizerId=made)
    api.deploy()
    return made


def test_a_function_says_yes_or_no(api, echo, simple):
    authorized(api, echo, simple, "$request.header.Authorization", EnableSimpleResponses=True)
    missing = api.get("/x")
    assert (missing.status_code, missing.json()) == (401, {"message": "Unauthorized"})
    wrong = api.get("/x", headers={"authorization": "wrong"})
    assert (wrong.status_code, wrong.json()) == (403, {"message": "Forbidden"})
    known = api.get("/x", headers={"authorization": "secret"}).json()["requestContext"]["authorizer"]["lambda"]
    assert (known["type"], known["sources"]) == ("REQUEST", "secret")
    assert api.get("/x", headers={"authorization": "unauthorized"}).json() == {"message": "Unauthorized"}
    crashed = api.get("/x", headers={"authorization": "crash"})
    assert (crashed.status_code, crashed.json()) == (500, {"message": "Internal Server Error"})


def test_what_it_says_is_kept_by_identity_source(api, echo, simple, clock):
    clock.freeze()
    authorized(
        api, echo, simple, "$request.header.Authorization", EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=60
    )

    def calls() -> int:
        answer = api.get("/x", headers={"authorization": "secret"}).json()
        return int(answer["requestContext"]["authorizer"]["lambda"]["calls"])

    first = calls()
    assert calls() == first
    clock.advance(61)
    assert calls() == first + 1
    api.client.reset_authorizers_cache(ApiId=api.id, StageName="$default")
    assert calls() == first + 2


def test_without_a_time_to_live_it_is_always_asked(api, echo, simple):
    authorized(
        api, echo, simple, "$request.header.Authorization", EnableSimpleResponses=True, AuthorizerResultTtlInSeconds=0
    )
    answers = [api.get("/x", headers={"authorization": "secret"}).json() for _ in range(2)]
    first, second = (answer["requestContext"]["authorizer"]["lambda"]["calls"] for answer in answers)
    assert second == first + 1


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_a_function_answers_with_a_policy(api, echo, by_policy, account, version):
    authorized(api, echo, by_policy, "$request.header.Authorization", AuthorizerPayloadFormatVersion=version)
    known = api.get("/pets/1", headers={"authorization": "secret"}).json()["requestContext"]["authorizer"]["lambda"]
    assert known["arn"] == f"arn:aws:execute-api:us-east-1:{account}:{api.id}/$default/GET/pets/1"
    assert api.get("/pets/1", headers={"authorization": "wrong"}).status_code == 403
    assert api.get("/pets/1", headers={"authorization": "other"}).status_code == 403


def test_format_1_tells_functions_of_the_authoriser_in_its_own_way(api, echo, by_policy, issuer, clock):
    lambda_ = api.client.create_authorizer(
        ApiId=api.id, Name="l", AuthorizerType="REQUEST", AuthorizerPayloadFormatVersion="1.0",
        AuthorizerUri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{by_policy}/invocations",
        IdentitySource=["$request.header.Authorization"],
    )["AuthorizerId"]  # fmt: skip
    jwt_ = api.client.create_authorizer(
        ApiId=api.id, Name="j", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer.url, "Audience": ["app"]},
    )["AuthorizerId"]  # fmt: skip
    integration = api.function(echo, "1.0")
    api.route("GET /lambda", integration, AuthorizationType="CUSTOM", AuthorizerId=lambda_)
    api.route("GET /jwt", integration, AuthorizationType="JWT", AuthorizerId=jwt_)
    api.deploy()
    known = api.get("/lambda", headers={"authorization": "secret"}).json()["requestContext"]["authorizer"]
    assert known["principalId"] == "me"
    known = api.get("/jwt", headers={"authorization": issuer.token(clock.now())}).json()["requestContext"]["authorizer"]
    assert (known["claims"]["sub"], known["scopes"]) == ("ada", None)


def test_several_sources_have_to_be_there(api, echo, simple):
    authorized(api, echo, simple, "$request.header.Authorization", "$request.querystring.k", EnableSimpleResponses=True)
    headers = {"authorization": "secret"}
    assert api.get("/x", headers=headers).status_code == 401
    assert api.get("/x?k=1", headers=headers).json()["requestContext"]["authorizer"]["lambda"]["sources"] == "secret,1"


# IAM


def signed(api, credentials, path="/x", service="execute-api") -> httpx.Response:
    url = f"http://{api.host}{path}"
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, service, "us-east-1").add_auth(request)
    return api.get(path, headers=dict(request.headers))


@pytest.fixture
def by_iam(api, echo):
    api.route("GET /{proxy+}", api.function(echo), AuthorizationType="AWS_IAM")
    api.deploy()
    return api


def test_iam_decides(by_iam, aws, cloud, account):
    assert by_iam.get("/x").json() == {"message": "Forbidden"}
    assert by_iam.get("/x").status_code == 403
    iam = aws.client("iam")
    iam.create_user(UserName="caller")
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    credentials = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).get_credentials()
    assert signed(by_iam, credentials).status_code == 403
    resource = f"arn:aws:execute-api:us-east-1:{account}:{by_iam.id}/$default/GET/allowed/*"
    iam.put_user_policy(
        UserName="caller", PolicyName="p", PolicyDocument=allow("execute-api:Invoke", resource=resource)
    )
    answer = signed(by_iam, credentials, "/allowed/1")
    assert answer.status_code == 200
    who = answer.json()["requestContext"]["authorizer"]["iam"]
    assert (who["userArn"], who["accountId"]) == (f"arn:aws:iam::{account}:user/caller", account)
    assert signed(by_iam, credentials, "/other").status_code == 403
    assert signed(by_iam, aws.get_credentials()).status_code == 200
    assert signed(by_iam, aws.get_credentials(), service="s3").status_code == 403


# tokens


class Issuer:
    """An issuer of tokens that publishes its key."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                documents = {
                    "/.well-known/openid-configuration": {"issuer": outer.url, "jwks_uri": f"{outer.url}/keys"},
                    "/keys": {"keys": [jwt.public_jwk(outer.key, "k1")]},
                }
                body = json.dumps(documents[self.path]).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def token(self, now: float, **claims) -> str:
        known = {"iss": self.url, "aud": "app", "sub": "ada", "iat": int(now), "exp": int(now) + 3600}
        return jwt.sign({**known, **claims}, self.key, "k1")


@pytest.fixture(scope="module")
def issuer():
    made = Issuer()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def by_token(api, echo, issuer):
    authorizer = api.client.create_authorizer(
        ApiId=api.id, Name="jwt", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer.url, "Audience": ["app", "other"]},
    )["AuthorizerId"]  # fmt: skip
    integration = api.function(echo)
    api.route("GET /any", integration, AuthorizationType="JWT", AuthorizerId=authorizer)
    api.route("GET /scoped", integration, AuthorizationType="JWT", AuthorizerId=authorizer,
              AuthorizationScopes=["pets:read", "pets:write"])  # fmt: skip
    api.deploy()
    return api


def bearing(token: str) -> dict[str, dict[str, str]]:
    return {"headers": {"authorization": f"Bearer {token}"}}


def test_a_token_lets_in(by_token, issuer, clock):
    token = issuer.token(clock.now(), roles=["a", "b"], admin=True)
    event = by_token.get("/any", **bearing(token)).json()
    claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
    assert (claims["sub"], claims["aud"], claims["roles"], claims["admin"]) == ("ada", "app", "[a b]", "true")
    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] is None
    assert by_token.get("/any", headers={"authorization": token}).status_code == 200


def test_no_token_or_a_bad_one(by_token, issuer, clock):
    missing = by_token.get("/any")
    assert (missing.status_code, missing.json()) == (401, {"message": "Unauthorized"})
    assert missing.headers["www-authenticate"] == "Bearer"
    now = clock.now()
    for token, reason in (
        (issuer.token(now, aud="nobody"), "the token does not have a valid audience"),
        (issuer.token(now, exp=int(now) - 1), "the token has expired"),
        (issuer.token(now, nbf=int(now) + 600), "the token is not yet valid"),
        ("rubbish", "the token is malformed"),
        (issuer.token(now)[:-8] + "AAAAAAAA", "the signature is not valid"),
    ):
        refused = by_token.get("/any", **bearing(token))
        assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized"})
        expected = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
        assert refused.headers["www-authenticate"] == expected


def test_scopes_are_needed(by_token, issuer, clock):
    now = clock.now()
    refused = by_token.get("/scoped", **bearing(issuer.token(now, scope="profile")))
    assert (refused.status_code, refused.json()) == (403, {"message": "Forbidden"})
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    event = by_token.get("/scoped", **bearing(issuer.token(now, scope="profile pets:write"))).json()
    assert event["requestContext"]["authorizer"]["jwt"]["scopes"] == ["pets:write"]
    assert by_token.get("/scoped", **bearing(issuer.token(now, scp=["pets:read"]))).status_code == 200


def test_access_tokens_name_their_client(by_token, issuer, clock):
    token = issuer.token(clock.now(), aud=None, client_id="app")
    assert by_token.get("/any", **bearing(token)).status_code in (200, 401)
    claims = {"iss": issuer.url, "client_id": "app", "sub": "a", "iat": int(clock.now()), "exp": int(clock.now()) + 60}
    assert by_token.get("/any", **bearing(jwt.sign(claims, issuer.key, "k1"))).status_code == 200


# pages of other origins

CORS = {
    "AllowOrigins": ["https://app.example.com", "https://*.test"], "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["authorization"], "ExposeHeaders": ["x-one"], "MaxAge": 300, "AllowCredentials": True,
}  # fmt: skip
PREFLIGHT = {"origin": "https://app.example.com", "access-control-request-method": "POST"}


def test_preflights_are_answered_by_the_gateway(api, echo):
    api.client.update_api(ApiId=api.id, CorsConfiguration=CORS)
    api.route("POST /x", api.function(echo))
    api.deploy()
    answer = api.call("OPTIONS", "/x", headers=PREFLIGHT)
    assert (answer.status_code, answer.content) == (204, b"")
    headers = answer.headers
    assert headers["access-control-allow-origin"] == "https://app.example.com"
    assert headers["access-control-allow-methods"] == "GET,POST"
    assert headers["access-control-allow-headers"] == "authorization"
    assert headers["access-control-max-age"] == "300"
    assert headers["access-control-allow-credentials"] == "true"
    other = api.call("OPTIONS", "/x", headers={**PREFLIGHT, "origin": "https://evil.example"})
    assert other.status_code == 204
    assert "access-control-allow-origin" not in other.headers


def test_answers_say_who_may_read_them_and_integrations_do_not(api, echo):
    api.client.update_api(ApiId=api.id, CorsConfiguration=CORS)
    api.route("POST /x", api.function(echo))
    api.deploy()
    result = {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "https://evil.example"}}
    answer = api.call("POST", "/x", content=f"return {json.dumps(result)}", headers={"origin": "https://a.test"})
    assert answer.headers.get_list("access-control-allow-origin") == ["https://a.test"]
    assert answer.headers["access-control-expose-headers"] == "x-one"
    refused = api.get("/nothing", headers={"origin": "https://a.test"})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (404, "https://a.test")


def test_without_a_configuration_options_is_a_method_like_others(api, echo):
    api.route("OPTIONS /x", api.function(echo))
    api.deploy()
    assert api.call("OPTIONS", "/x", headers=PREFLIGHT).json()["requestContext"]["http"]["method"] == "OPTIONS"
    api.client.update_api(ApiId=api.id, CorsConfiguration={"AllowOrigins": ["*"]})
    assert api.call("OPTIONS", "/x", headers=PREFLIGHT).headers["access-control-allow-origin"] == "*"
    api.client.delete_cors_configuration(ApiId=api.id)
    assert api.call("OPTIONS", "/x", headers=PREFLIGHT).status_code == 200


def test_a_user_pool_is_an_issuer(api, echo, aws):
    """Tokens of a pool of this cloud, which says it is AWS's: no key is fetched over the network."""
    pools = aws.client("cognito-idp")
    pool = pools.create_user_pool(PoolName="p")["UserPool"]["Id"]
    app = pools.create_user_pool_client(
        UserPoolId=pool, ClientName="c", ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    pools.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    pools.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Secret-12345", Permanent=True)
    tokens = pools.initiate_auth(
        ClientId=app, AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ada", "PASSWORD": "Secret-12345"}
    )["AuthenticationResult"]  # fmt: skip
    issuer = json.loads(_claims(tokens["IdToken"]))["iss"]
    authorizer = api.client.create_authorizer(
        ApiId=api.id, Name="pool", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": issuer, "Audience": [app]},
    )["AuthorizerId"]  # fmt: skip
    api.route("GET /me", api.function(echo), AuthorizationType="JWT", AuthorizerId=authorizer)
    api.deploy()
    assert api.get("/me").status_code == 401
    for kind in ("IdToken", "AccessToken"):
        claims = api.get("/me", **bearing(tokens[kind])).json()["requestContext"]["authorizer"]["jwt"]["claims"]
        assert claims.get("cognito:username", claims.get("username")) == "ada"


def _claims(token: str) -> bytes:
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_an_integration_may_call_as_the_caller(api, aws, cloud):
    queue = aws.client("sqs").create_queue(QueueName="callers")["QueueUrl"]
    caller = "arn:aws:iam::*:user/*"
    integration = api.service("SQS-SendMessage", caller, QueueUrl=queue, MessageBody="$request.path")
    api.route("GET /x", integration, AuthorizationType="AWS_IAM")
    api.route("GET /open", integration)
    api.deploy()
    iam = aws.client("iam")
    iam.create_user(UserName="sender")
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    credentials = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).get_credentials()
    iam.put_user_policy(UserName="sender", PolicyName="p", PolicyDocument=allow("execute-api:Invoke"))
    assert signed(api, credentials).status_code == 403
    iam.put_user_policy(
        UserName="sender", PolicyName="p", PolicyDocument=allow("execute-api:Invoke", "sqs:SendMessage")
    )
    assert signed(api, credentials).status_code == 200
    assert aws.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "/x"
    assert (api.get("/open").status_code, api.get("/open").json()) == (403, {"message": "Forbidden"})
