"""Tokens that must open nothing, held against every door that takes tokens of a user pool."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cloudchamber.identity import jwt
from tests.planes.http.http_api import HttpApi
from tests.planes.rest.rest_calls import Api
from tests.security.attacks import refusal
from tests.services.cognito_idp.user_pool_calls import PASSWORD, as_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing.cloud import RunningCloud
    from tests.planes.rest.rest_calls import Account

TRUST = {"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Principal": {"Federated": "*"}, "Action": "sts:AssumeRoleWithWebIdentity"}]}  # fmt: skip


@dataclass
class Tokens:
    id: str
    access: str
    refresh: str


@dataclass
class Town:
    """A user pool, and doors that let its users in."""

    owner: Account
    pool: str
    client: str
    keys: list[dict[str, Any]]
    doors: dict[str, Callable[[str], bool]]

    def tokens(self, pool: str = "", client: str = "") -> Tokens:
        idp = self.owner.client("cognito-idp")
        found = idp.initiate_auth(
            ClientId=client or self.client, AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
        )["AuthenticationResult"]  # fmt: skip
        return Tokens(found["IdToken"], found["AccessToken"], found["RefreshToken"])

    def opened(self, token: str) -> set[str]:
        return {name for name, door in self.doors.items() if door(token)}


def new_pool(owner: Account) -> tuple[str, str]:
    idp = owner.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    idp.admin_create_user(
        UserPoolId=pool, Username="ann", MessageAction="SUPPRESS", UserAttributes=as_list(email="ann@example.com")
    )
    idp.admin_set_user_password(UserPoolId=pool, Username="ann", Password=PASSWORD, Permanent=True)
    return pool, new_client(owner, pool)


def new_client(owner: Account, pool: str) -> str:
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = owner.client("cognito-idp").create_user_pool_client(
        UserPoolId=pool, ClientName="app", ExplicitAuthFlows=flows
    )
    return str(made["UserPoolClient"]["ClientId"])


def opens(call: Callable[[], Any]) -> bool:
    """False only for a refusal: nothing else may happen."""
    error = refusal(call)
    assert error is None or 400 <= error.response["ResponseMetadata"]["HTTPStatusCode"] < 500, error
    return error is None


def answers(response: httpx.Response) -> bool:
    assert response.status_code in (200, 401, 403), response.text
    return response.status_code == 200


@pytest.fixture(scope="module")
def town(cloud: RunningCloud, owner: Account) -> Town:
    pool, client = new_pool(owner)
    issuer = f"cognito-idp.us-east-1.amazonaws.com/{pool}"
    rest, http = Api(owner), HttpApi.made(cloud, owner.session)
    guard = rest.client.create_authorizer(
        restApiId=rest.id, name="g", type="COGNITO_USER_POOLS", identitySource="method.request.header.Authorization",
        providerARNs=[f"arn:aws:cognito-idp:us-east-1:{owner.id}:userpool/{pool}"],
    )["id"]  # fmt: skip
    rest.method("GET", "/", authorizationType="COGNITO_USER_POOLS", authorizerId=guard)
    scope = "aws.cognito.signin.user.admin"
    rest.method("GET", "/scope", authorizationType="COGNITO_USER_POOLS", authorizerId=guard,
                authorizationScopes=[scope])  # fmt: skip
    rest.deploy()
    made = http.client.create_authorizer(
        ApiId=http.id, Name="j", AuthorizerType="JWT", IdentitySource=["$request.header.Authorization"],
        JwtConfiguration={"Issuer": f"https://{issuer}", "Audience": [client]},
    )["AuthorizerId"]  # fmt: skip
    back = http.http(f"{cloud.endpoint}/_cloudchamber/api/status")
    http.route("GET /x", back, AuthorizationType="JWT", AuthorizerId=made)
    http.deploy()
    nobody = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    public: Any = {
        name: boto3.client(name, region_name="us-east-1", endpoint_url=cloud.endpoint, config=nobody)
        for name in ("cognito-idp", "cognito-identity", "sts")
    }
    crowd = owner.client("cognito-identity").create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=False,
        CognitoIdentityProviders=[{"ProviderName": issuer, "ClientId": client}],
    )["IdentityPoolId"]  # fmt: skip
    iam = owner.client("iam")
    iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=[client])
    trust = json.loads(json.dumps(TRUST))
    trust["Statement"][0]["Principal"]["Federated"] = f"arn:aws:iam::{owner.id}:oidc-provider/{issuer}"
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    doors: dict[str, Callable[[str], bool]] = {
        "rest": lambda t: answers(rest.get("/", headers={"Authorization": t})),
        "scope": lambda t: answers(rest.get("/scope", headers={"Authorization": t})),
        "http": lambda t: answers(
            owner.http.get("/x", headers={"host": http.host, "Authorization": f"Bearer {t}"})
        ),
        "user": lambda t: opens(lambda: public["cognito-idp"].get_user(AccessToken=t)),
        "identity": lambda t: opens(lambda: public["cognito-identity"].get_id(
            IdentityPoolId=crowd, Logins={issuer: t})),
        "sts": lambda t: opens(lambda: public["sts"].assume_role_with_web_identity(
            RoleArn=role, RoleSessionName="ann", WebIdentityToken=t)),
    }  # fmt: skip
    keys = httpx.get(f"{cloud.endpoint}/{pool}/.well-known/jwks.json").json()["keys"]
    return Town(owner, pool, client, keys, doors)


ID_DOORS, ACCESS_DOORS = {"rest", "http", "identity", "sts"}, {"scope", "http", "user"}


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def read(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    head, body, _ = (json.loads(base64.urlsafe_b64decode(one + "==")) if at < 2 else one
                     for at, one in enumerate(token.split(".")))  # fmt: skip
    return head, body


def forgeries(token: str, keys: list[dict[str, Any]]) -> dict[str, str]:
    """What an attacker who has seen the token and the published keys can make of them."""
    head, body = read(token)
    first, signature = token.partition(".")[0], token.rpartition(".")[2]
    mine = rsa.generate_private_key(65537, 2048)
    published = next(key for key in keys if key["kid"] == head["kid"])
    n, e = (int.from_bytes(base64.urlsafe_b64decode(published[name] + "==")) for name in ("n", "e"))
    public = rsa.RSAPublicNumbers(e, n).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def shared(secret: bytes, algorithm: str = "HS256") -> str:
        signed = f"{part({**head, 'alg': algorithm})}.{part(body)}"
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{base64.urlsafe_b64encode(mac).rstrip(b'=').decode()}"

    def by_me(more: dict[str, Any]) -> str:
        signed = f"{part({**head, **more})}.{part(body)}"
        made = mine.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"

    jwk = jwt.public_jwk(mine, head["kid"])
    unsigned = token.rpartition(".")[0]
    return {
        "none": f"{part({**head, 'alg': 'none'})}.{part(body)}.",
        "none with a signature": f"{part({**head, 'alg': 'None'})}.{part(body)}.{signature}",
        "no signature": f"{unsigned}.",
        "two parts": unsigned,
        "shared secret": shared(pem),
        "shared modulus": shared(published["n"].encode()),
        "empty secret": shared(b""),
        "another subject": f"{first}.{part({**body, 'sub': 'bob', 'username': 'bob'})}.{signature}",
        "a longer life": f"{first}.{part({**body, 'exp': body['exp'] + 9999})}.{signature}",
        "another head": f"{part({**head, 'x': 1})}.{part(body)}.{signature}",
        "my key": by_me({}),
        "my key in the head": by_me({"jwk": jwk}),
        "my key elsewhere": by_me({"jku": "http://localhost:1/keys"}),
        "no key id": by_me({"kid": None}),
        "a path for a key id": by_me({"kid": "../../dev/null"}),
        "an extension": by_me({"crit": ["exp"]}),
        "a list for an algorithm": f"{part({**head, 'alg': ['RS256']})}.{part(body)}.{signature}",
        "an object for an issuer": f"{part(head)}.{part({**body, 'iss': {}})}.{signature}",
        "a list for an issuer": f"{part(head)}.{part({**body, 'iss': [body['iss']]})}.{signature}",
        "nothing": "....",
        "deep": f"{base64.urlsafe_b64encode(b'[' * 9000).decode().rstrip('=')}.e30.x",
        "large number": f"{part(head)}.{part({**body, 'exp': 1e999})}.{signature}",
        "not base64": "a.b!.c",
        "other letters": "ä.ö.ü",
    }


def test_true_tokens_open_their_doors(town: Town):
    tokens = town.tokens()
    assert town.opened(tokens.id) == ID_DOORS
    assert town.opened(tokens.access) == ACCESS_DOORS
    assert town.opened(tokens.refresh) == set()


@pytest.mark.parametrize("kind", ["id", "access"])
def test_forged_tokens_open_nothing(town: Town, kind: str):
    for name, forged in forgeries(getattr(town.tokens(), kind), town.keys).items():
        sendable = {door: call for door, call in town.doors.items() if forged.isascii() or door not in
                    ("rest", "scope", "http")}  # fmt: skip
        assert not {door for door, call in sendable.items() if call(forged)}, name


def test_tokens_of_another_pool_open_nothing(town: Town):
    pool, client = new_pool(town.owner)
    tokens = town.tokens(pool, client)
    assert town.opened(tokens.id) == set()
    assert town.opened(tokens.access) == {"user"}  # of its own pool


def test_tokens_of_another_client_open_only_what_is_the_pools(town: Town):
    tokens = town.tokens(client=new_client(town.owner, town.pool))
    assert town.opened(tokens.id) == {"rest"}
    assert town.opened(tokens.access) == {"scope", "user"}


def test_tokens_that_have_expired_open_nothing(town: Town, frozen_clock: Any):
    tokens = town.tokens()
    frozen_clock.advance(3600)
    assert town.opened(tokens.id) == town.opened(tokens.access) == set()


def test_tokens_from_the_future_open_nothing_but_their_own_pool(town: Town, frozen_clock: Any):
    now = frozen_clock.now()
    frozen_clock.advance(1800)
    tokens = town.tokens()
    frozen_clock.freeze(now)
    try:
        assert town.opened(tokens.id) == set()
    finally:
        frozen_clock.freeze(now + 1800)


def test_a_revoked_access_token_is_void_where_the_pool_is_asked(town: Town):
    tokens = town.tokens()
    idp = town.owner.client("cognito-idp")
    idp.revoke_token(Token=tokens.refresh, ClientId=town.client)
    assert "user" not in town.opened(tokens.access)
    assert not opens(lambda: idp.initiate_auth(
        ClientId=town.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": tokens.refresh}
    ))  # fmt: skip
