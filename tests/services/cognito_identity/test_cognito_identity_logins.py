"""Which tokens are taken as logins, and in which words the others are refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from joserfc import jwk

from tests.services.cognito_identity.identity_calls import NO_MATCH, forbidden
from tests.services.sts.saml_idp import ATTRIBUTES, Idp
from tests.services.sts.sts_calls import refusal, status_of

NOT_OPENID = ("NotAuthorizedException", "Invalid login token. Not a valid OpenId Connect identity token.")
UNVERIFIED = ("NotAuthorizedException", "Invalid login token. Couldn't verify signed token.")
UNSUPPORTED = ("NotAuthorizedException", "Token is not from a supported provider of this identity pool.")
WRONG_ISSUER = ("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName")


def refused(federation, token, name=None):
    """How GetId, GetOpenIdToken and GetCredentialsForIdentity refuse a login: all in the same way."""
    federation.with_roles()
    logins = {name or federation.name: token}
    guest = federation.id()
    answers = {
        refusal(federation.anyone.get_id, IdentityPoolId=federation.pool, Logins=logins),
        refusal(federation.anyone.get_open_id_token, IdentityId=guest, Logins=logins),
        federation.refused(guest, Logins=logins),
    }
    assert len(answers) == 1
    return answers.pop()


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("token", ["an-access-token", "a.b.c", "e30.W10.x", "é.é.é"])
def test_text_that_is_no_token(federation, token):
    assert refused(federation, token) == NOT_OPENID


def test_a_tampered_token(federation):
    head, body, signature = federation.issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    assert refused(federation, f"{head}.{part({**claims, 'sub': 'bob'})}.{signature}") == UNVERIFIED


def test_an_expired_token(federation, frozen_clock):
    token, now = federation.issuer.token(), int(frozen_clock.now())
    frozen_clock.advance(301)
    assert refused(federation, token) == (
        "NotAuthorizedException",
        f"Invalid login token. Token expired: {now + 301} >= {now + 300}",
    )


def test_a_token_of_the_future(federation, clock):
    later = int(clock.now()) + 3600
    answer = refused(federation, federation.issuer.token(iat=later, exp=later + 300))
    assert answer == ("NotAuthorizedException", "Invalid login token. Token is not yet valid.")


def test_a_token_for_another_app(federation):
    answer = refused(federation, federation.issuer.token(aud="another-app"))
    assert answer == ("NotAuthorizedException", "Invalid login token. Incorrect token audience.")


def test_a_token_without_an_audience(federation):
    answer = refused(federation, federation.issuer.token(aud=None))
    assert answer == ("NotAuthorizedException", "Invalid login token. Missing a required claim: aud")


def test_a_token_of_another_issuer(federation):
    assert refused(federation, federation.issuer.token(iss="https://example.com")) == WRONG_ISSUER
    assert refused_as(federation, federation.issuer.token(), "example.com") == WRONG_ISSUER


def refused_as(federation, token, name):
    return refusal(federation.anyone.get_id, IdentityPoolId=federation.pool, Logins={name: token})


def test_an_unsigned_token(federation, clock):
    claims = {"iss": federation.issuer.url, "sub": "ann", "aud": "my-app", "iat": int(clock.now()), "exp": 2**33}
    assert refused(federation, f"{part({'alg': 'none'})}.{part(claims)}.") == NOT_OPENID


def test_the_public_key_is_no_shared_secret(federation, clock):
    claims = {"iss": federation.issuer.url, "sub": "ann", "aud": "my-app", "iat": int(clock.now()), "exp": 2**33}
    signed = f"{part({'alg': 'HS256', 'kid': 'rsa-1'})}.{part(claims)}"
    mac = hmac.new(federation.issuer.keys[0].as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    assert refused(federation, f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}") == NOT_OPENID


def test_a_key_that_the_issuer_does_not_publish(federation):
    for kid in ("rsa-1", "other"):
        key = jwk.RSAKey.generate_key(2048, {"kid": kid})
        token = federation.issuer.token(key=key)
        assert refused_as(federation, token, federation.name) == UNVERIFIED


def test_a_provider_the_pool_does_not_have(federation, issuer):
    other = federation.identity.create_identity_pool(
        IdentityPoolName="other", AllowUnauthenticatedIdentities=True, SupportedLoginProviders={
            "graph.facebook.com": "1", "accounts.google.com": "1"},
    )["IdentityPoolId"]  # fmt: skip
    get_id = federation.anyone.get_id
    assert refusal(get_id, IdentityPoolId=other, Logins=federation.logins()) == UNSUPPORTED
    pool = "cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"
    token = issuer.token(iss=f"https://{pool}")
    assert refusal(get_id, IdentityPoolId=other, Logins={pool: token}) == UNSUPPORTED
    google = issuer.token(iss="accounts.google.com")
    assert refusal(get_id, IdentityPoolId=other, Logins={"accounts.google.com": google}) == (
        "NotAuthorizedException",
        "Invalid login token. Incorrect token audience.",
    )
    # Only Facebook can say what its tokens are worth.
    assert status_of(get_id, IdentityPoolId=other, Logins={"graph.facebook.com": "x"}) == 501
    assert refusal(get_id, IdentityPoolId=federation.pool, Logins={"graph.facebook.com": "x"}) == UNSUPPORTED


def test_a_pool_without_providers_takes_no_login(federation):
    bare = federation.identity.create_identity_pool(IdentityPoolName="b", AllowUnauthenticatedIdentities=True)
    bare_id = bare["IdentityPoolId"]
    assert refusal(federation.anyone.get_id, IdentityPoolId=bare_id, Logins=federation.logins()) == NO_MATCH


def test_a_provider_that_iam_has_forgotten(federation):
    federation.actors.iam.delete_open_id_connect_provider(OpenIDConnectProviderArn=federation.provider_arn)
    assert refused_as(federation, federation.issuer.token(), federation.name) == UNSUPPORTED


def test_an_issuer_that_does_not_answer(federation):
    federation.issuer.status = 503
    try:
        logins = {federation.name: federation.issuer.token(key=jwk.RSAKey.generate_key(2048, {"kid": "new"}))}
        code, _ = refusal(federation.anyone.get_id, IdentityPoolId=federation.pool, Logins=logins)
    finally:
        federation.issuer.status = 200
    assert code in ("ExternalServiceException", "NotAuthorizedException")


def test_a_saml_login_with_its_roles(federation, clock):
    idp = Idp(clock.now)
    account, iam = federation.actors.account, federation.actors.iam
    arn = iam.create_saml_provider(Name="idp", SAMLMetadataDocument=idp.metadata)["SAMLProviderArn"]
    federation.update(SamlProviderARNs=[arn])
    role, other = (f"arn:aws:iam::{account}:role/{name}" for name in ("users", "other"))
    federation.with_roles(**{arn: {"Type": "Token", "AmbiguousRoleResolution": "Deny"}})
    idp.attributes = {f"{ATTRIBUTES}Role": [f"{role},{arn}", f"{other},{arn}"], f"{ATTRIBUTES}RoleSessionName": ["ann"]}
    logins = {arn: idp.response()}
    ann = federation.id(Logins=logins)
    session = federation.session(ann, Logins=logins, CustomRoleArn=role)
    assert ":assumed-role/users/" in session.client("sts").get_caller_identity()["Arn"]
    # Two roles are offered and none is chosen; one is chosen that is not offered.
    for more in ({}, {"CustomRoleArn": f"arn:aws:iam::{account}:role/guests"}):
        assert federation.refused(ann, Logins=logins, **more) == forbidden(ann)
    tampered = base64.b64encode(base64.b64decode(logins[arn]).replace(b">ann<", b">bob<")).decode()
    code, message = refused_as(federation, tampered, arn)
    assert (code, message) == ("NotAuthorizedException", "Invalid login token. Response signature invalid")


def test_a_saml_provider_that_the_pool_does_not_have(federation):
    arn = f"arn:aws:iam::{federation.actors.account}:saml-provider/idp"
    assert refused_as(federation, "x", arn) == UNSUPPORTED
