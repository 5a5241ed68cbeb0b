"""Signing in: by password, by proof (SRP), with an administrator's password; tokens, refreshing, signing out."""

from __future__ import annotations

import base64
import hmac
import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from joserfc import jwk, jwt
from pycognito.aws_srp import AWSSRP

from cloudchamber.config import Config
from cloudchamber.console import views
from cloudchamber.protocol import models
from cloudchamber.testing import RunningCloud
from tests.services.cognito_idp.user_pool_calls import FLOWS, PASSWORD, Site, as_dict, claims, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import boto3

    from cloudchamber.testing import CloudClock

NO = "Incorrect username or password."


def by_proof(site: Site, name: str, password: str = PASSWORD) -> dict[str, Any]:
    """What AWS's clients do, by pycognito's arithmetic."""
    return AWSSRP(name, password, site.pool, site.client, client=site.idp).authenticate_user()


def test_tokens_say_what_they_say_on_aws(site: Site, frozen_clock: CloudClock):
    site.add("ann", email="ann@example.com", email_verified="true", name="Ann")
    sub = site.user("ann")["Attributes"]["sub"]
    result = site.sign_in("ann")
    now = int(frozen_clock.now())
    access, identity = claims(result["AccessToken"]), claims(result["IdToken"])
    assert (result["ExpiresIn"], result["TokenType"]) == (3600, "Bearer")
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{site.pool}"
    both = {"sub": sub, "iss": issuer, "auth_time": now, "iat": now, "exp": now + 3600}
    assert {name: access[name] for name in both} == both == {name: identity[name] for name in both}
    assert access["origin_jti"] == identity["origin_jti"]
    assert access["jti"] != identity["jti"]
    assert access["event_id"] == identity["event_id"]
    mine = {
        "token_use": "access", "client_id": site.client, "username": "ann", "scope": "aws.cognito.signin.user.admin"
    }  # fmt: skip
    assert {name: access[name] for name in mine} == mine
    mine = {
        "token_use": "id", "aud": site.client, "cognito:username": "ann", "email": "ann@example.com",
        "email_verified": True, "name": "Ann",
    }  # fmt: skip
    assert {name: identity[name] for name in mine} == mine
    assert "email" not in access


def test_anybody_can_verify_tokens_by_the_published_keys(site: Site):
    site.add("ann")
    result = site.sign_in("ann")
    place = f"{site.cloud.endpoint}/{site.pool}/.well-known"
    document = httpx.get(f"{place}/openid-configuration").json()
    assert document["issuer"] == claims(result["IdToken"])["iss"]
    assert document["jwks_uri"] == f"{place}/jwks.json"
    keys = jwk.KeySet.import_key_set(httpx.get(document["jwks_uri"]).json())
    for token in (result["IdToken"], result["AccessToken"]):
        assert jwt.decode(token, keys, algorithms=["RS256"]).claims["iss"] == document["issuer"]
    assert httpx.get(f"{site.cloud.endpoint}/us-east-1_Nobody000/.well-known/jwks.json").status_code == 404


def test_the_keys_are_there_on_cognitos_own_hosts_too(site: Site):
    host = {"Host": f"cognito-idp.us-east-1.localhost:{site.cloud.port}"}
    found = httpx.get(f"{site.cloud.endpoint}/{site.pool}/.well-known/jwks.json", headers=host).json()
    assert [key["alg"] for key in found["keys"]] == ["RS256", "RS256"]


def test_a_password_is_proved_without_being_sent(site: Site):
    site.add("ann")
    result = by_proof(site, "ann")["AuthenticationResult"]
    assert site.idp.get_user(AccessToken=result["AccessToken"])["Username"] == "ann"
    with pytest.raises(site.idp.exceptions.NotAuthorizedException, match=NO):
        by_proof(site, "ann", "Wrong0ne!")
    spans = list(site.cloud.spans(service="cognito-idp", operation="RespondToAuthChallenge"))
    assert spans
    assert PASSWORD not in str(spans[0].input)


def test_a_proof_with_a_harmful_number_is_refused(site: Site):
    site.add("ann")
    for harmful in ("0", "00", "zz", "-1"):
        asked = {"ClientId": site.client, "AuthFlow": "USER_SRP_AUTH"}
        refused("InvalidParameterException", "Incorrect SRP_A value.", site.idp.initiate_auth, **asked,
                AuthParameters={"USERNAME": "ann", "SRP_A": harmful})  # fmt: skip


def test_a_stolen_answer_proves_nothing_twice(site: Site):
    site.add("ann")
    proof = AWSSRP("ann", PASSWORD, site.pool, site.client, client=site.idp)
    challenge = site.begin("USER_SRP_AUTH", USERNAME="ann", SRP_A=proof.get_auth_params()["SRP_A"])
    answers = proof.process_challenge(challenge["ChallengeParameters"], {"USERNAME": "ann"})
    asked = {"ClientId": site.client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": answers}
    assert site.idp.respond_to_auth_challenge(**asked)["AuthenticationResult"]
    text = "Invalid session for the user."
    refused("NotAuthorizedException", text, site.idp.respond_to_auth_challenge, **asked)


def test_a_wrong_password_and_nobody(make: Callable[..., Site]):
    site = make()
    site.add("ann")
    asked = {"ClientId": site.client, "AuthFlow": "USER_PASSWORD_AUTH"}
    given = {"USERNAME": "ann", "PASSWORD": "Wrong0ne!"}
    refused("NotAuthorizedException", NO, site.idp.initiate_auth, **asked, AuthParameters=given)
    given = {"USERNAME": "bob", "PASSWORD": PASSWORD}
    refused("UserNotFoundException", "User does not exist.", site.idp.initiate_auth, **asked, AuthParameters=given)
    text = "Missing required parameter PASSWORD"
    refused("InvalidParameterException", text, site.idp.initiate_auth, **asked, AuthParameters={"USERNAME": "ann"})


def test_nobody_looks_like_somebody_where_that_is_hidden(make: Callable[..., Site]):
    site = make(client={"PreventUserExistenceErrors": "ENABLED"})
    asked = {"ClientId": site.client, "AuthFlow": "USER_PASSWORD_AUTH"}
    given = {"USERNAME": "bob", "PASSWORD": PASSWORD}
    refused("NotAuthorizedException", NO, site.idp.initiate_auth, **asked, AuthParameters=given)
    with pytest.raises(site.idp.exceptions.NotAuthorizedException, match=NO):
        by_proof(site, "bob")
    salts = {
        site.begin("USER_SRP_AUTH", USERNAME="bob", SRP_A="abcdef")["ChallengeParameters"]["SALT"] for _ in range(2)
    }
    assert len(salts) == 1
    site = make(UsernameAttributes=["email"], client={"PreventUserExistenceErrors": "ENABLED"})
    shown = site.begin("USER_SRP_AUTH", USERNAME="bob@example.com", SRP_A="abcdef")["ChallengeParameters"]
    assert len(shown["USER_ID_FOR_SRP"]) == 36  # as for somebody


def test_flows_have_to_be_allowed(make: Callable[..., Site]):
    site = make(client={"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]})
    site.add("ann")
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    call, code = site.idp.initiate_auth, "InvalidParameterException"
    for flow, text in (
        ("USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", "USER_SRP_AUTH is not enabled for the client."),
        ("ADMIN_USER_PASSWORD_AUTH", "Initiate Auth method not supported."),
    ):
        refused(code, text, call, ClientId=site.client, AuthFlow=flow, AuthParameters=given)
    asked = {"UserPoolId": site.pool, "ClientId": site.client, "AuthParameters": given}
    text = "Auth flow not enabled for this client"
    refused(code, text, site.idp.admin_initiate_auth, **asked, AuthFlow="ADMIN_USER_PASSWORD_AUTH")


def test_who_is_not_confirmed_or_disabled_stays_out(site: Site):
    site.idp.sign_up(ClientId=site.client, Username="ann", Password=PASSWORD)
    asked = {"ClientId": site.client, "AuthFlow": "USER_PASSWORD_AUTH"}
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    refused(
        "UserNotConfirmedException", "User is not confirmed.", site.idp.initiate_auth, **asked, AuthParameters=given
    )
    site.idp.admin_confirm_sign_up(UserPoolId=site.pool, Username="ann")
    token = site.sign_in("ann")["AccessToken"]
    site.idp.admin_disable_user(UserPoolId=site.pool, Username="ann")
    refused("NotAuthorizedException", "User is disabled.", site.idp.initiate_auth, **asked, AuthParameters=given)
    refused("NotAuthorizedException", None, site.idp.get_user, AccessToken=token)
    site.idp.admin_enable_user(UserPoolId=site.pool, Username="ann")
    assert site.sign_in("ann")


def test_an_administrators_password_is_replaced_at_the_first_sign_in(site: Site, account: str):
    address = f"ann-{account}@example.com"
    site.idp.admin_create_user(
        UserPoolId=site.pool, Username="ann", DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": address}, {"Name": "email_verified", "Value": "true"}],
    )  # fmt: skip
    mail = site.cloud.mail(address)[0]
    assert mail.subject == "Your temporary password"
    assert mail.text.startswith("Your username is ann and temporary password is ")
    temporary = mail.text.rpartition(" ")[2][:-1]
    challenge = site.begin(USERNAME="ann", PASSWORD=temporary)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    shown = challenge["ChallengeParameters"]
    assert shown["USER_ID_FOR_SRP"] == "ann"
    assert json.loads(shown["userAttributes"]) == {"email": address, "email_verified": "true"}
    assert json.loads(shown["requiredAttributes"]) == []
    asked = {"ClientId": site.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"]}
    text = "Password does not conform to policy: Password not long enough"
    refused("InvalidPasswordException", text, site.idp.respond_to_auth_challenge, **asked,
            ChallengeResponses={"USERNAME": "ann", "NEW_PASSWORD": "short"})  # fmt: skip
    done = site.answer(challenge, "ann", NEW_PASSWORD="An0ther!pass", **{"userAttributes.name": "Ann"})
    assert claims(done["AuthenticationResult"]["IdToken"])["name"] == "Ann"
    assert site.user("ann")["UserStatus"] == "CONFIRMED"
    assert site.sign_in("ann", "An0ther!pass")


def test_a_temporary_password_ends(site: Site, frozen_clock: CloudClock):
    site.idp.admin_create_user(UserPoolId=site.pool, Username="ann", TemporaryPassword=PASSWORD)
    frozen_clock.advance(7 * 86_400)
    text = "Temporary password has expired and must be reset by an administrator."
    asked = {"ClientId": site.client, "AuthFlow": "USER_PASSWORD_AUTH"}
    given = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    refused("NotAuthorizedException", text, site.idp.initiate_auth, **asked, AuthParameters=given)


def test_who_fails_too_often_waits_ever_longer(site: Site, frozen_clock: CloudClock):
    site.add("ann")
    asked = {"ClientId": site.client, "AuthFlow": "USER_PASSWORD_AUTH"}
    wrong = {"USERNAME": "ann", "PASSWORD": "Wrong0ne!"}
    right = {"USERNAME": "ann", "PASSWORD": PASSWORD}
    for _ in range(5):
        refused("NotAuthorizedException", NO, site.idp.initiate_auth, **asked, AuthParameters=wrong)
    too_often = "Password attempts exceeded"
    refused("NotAuthorizedException", too_often, site.idp.initiate_auth, **asked, AuthParameters=right)
    frozen_clock.advance(1)
    refused("NotAuthorizedException", NO, site.idp.initiate_auth, **asked, AuthParameters=wrong)
    frozen_clock.advance(1)
    refused("NotAuthorizedException", too_often, site.idp.initiate_auth, **asked, AuthParameters=right)
    frozen_clock.advance(1)
    assert site.sign_in("ann")
    refused("NotAuthorizedException", NO, site.idp.initiate_auth, **asked, AuthParameters=wrong)


def test_a_session_ends(site: Site, frozen_clock: CloudClock):
    site.idp.admin_create_user(UserPoolId=site.pool, Username="ann", TemporaryPassword=PASSWORD)
    challenge = site.begin(USERNAME="ann", PASSWORD=PASSWORD)
    frozen_clock.advance(180)
    asked = {"ClientId": site.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"]}
    given = {"USERNAME": "ann", "NEW_PASSWORD": PASSWORD}
    text = "Invalid session for the user, session is expired."
    refused("NotAuthorizedException", text, site.idp.respond_to_auth_challenge, **asked, ChallengeResponses=given)


# tokens that come back


def test_a_refresh_token_gives_fresh_tokens_until_it_ends(make: Callable[..., Site], frozen_clock: CloudClock):
    validity = {"AccessTokenValidity": 10, "RefreshTokenValidity": 2,
                "TokenValidityUnits": {"AccessToken": "minutes", "RefreshToken": "hours"}}  # fmt: skip
    site = make(client=validity)
    site.add("ann")
    first = site.sign_in("ann")
    assert first["ExpiresIn"] == 600
    frozen_clock.advance(600)
    text = "Access Token has expired"
    refused("NotAuthorizedException", text, site.idp.get_user, AccessToken=first["AccessToken"])
    fresh = site.begin("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=first["RefreshToken"])["AuthenticationResult"]
    assert "RefreshToken" not in fresh
    before, after = claims(first["AccessToken"]), claims(fresh["AccessToken"])
    assert (after["origin_jti"], after["auth_time"]) == (before["origin_jti"], before["auth_time"])
    assert after["iat"] == before["iat"] + 600
    frozen_clock.advance(2 * 3600)
    asked = {"ClientId": site.client, "AuthFlow": "REFRESH_TOKEN_AUTH"}
    given = {"REFRESH_TOKEN": first["RefreshToken"]}
    text = "Refresh Token has expired"
    refused("NotAuthorizedException", text, site.idp.initiate_auth, **asked, AuthParameters=given)
    given = {"REFRESH_TOKEN": "made.up"}
    text = "Invalid Refresh Token"
    refused("NotAuthorizedException", text, site.idp.initiate_auth, **asked, AuthParameters=given)


def test_refresh_tokens_rotate_and_an_old_one_is_noticed(make: Callable[..., Site], frozen_clock: CloudClock):
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    flows = [flow for flow in FLOWS if flow != "ALLOW_REFRESH_TOKEN_AUTH"]
    site = make(client={"RefreshTokenRotation": rotation, "ExplicitAuthFlows": flows})
    site.add("ann")
    old = site.sign_in("ann")["RefreshToken"]

    def rotate(token: str) -> Any:
        return site.idp.get_tokens_from_refresh_token(ClientId=site.client, RefreshToken=token)["AuthenticationResult"]

    new = rotate(old)["RefreshToken"]
    assert new != old
    assert rotate(old)["AccessToken"]  # a client may try again for a while
    frozen_clock.advance(10)
    refused("RefreshTokenReuseException", None, site.idp.get_tokens_from_refresh_token, ClientId=site.client,
            RefreshToken=old)  # fmt: skip
    text = "Refresh token rotation cannot be enabled for app clients with ALLOW_REFRESH_TOKEN_AUTH."
    refused("InvalidParameterException", text, site.idp.create_user_pool_client, UserPoolId=site.pool, ClientName="x",
            RefreshTokenRotation=rotation, ExplicitAuthFlows=FLOWS)  # fmt: skip


def test_a_revoked_token_takes_its_access_tokens_along(site: Site):
    site.add("ann")
    one, other = site.sign_in("ann"), site.sign_in("ann")
    site.idp.revoke_token(ClientId=site.client, Token=one["RefreshToken"])
    text = "Access Token has been revoked"
    refused("NotAuthorizedException", text, site.idp.get_user, AccessToken=one["AccessToken"])
    asked = {"ClientId": site.client, "AuthFlow": "REFRESH_TOKEN_AUTH"}
    given = {"REFRESH_TOKEN": one["RefreshToken"]}
    text = "Refresh Token has been revoked"
    refused("NotAuthorizedException", text, site.idp.initiate_auth, **asked, AuthParameters=given)
    assert site.idp.get_user(AccessToken=other["AccessToken"])
    refused("UnsupportedTokenTypeException", None, site.idp.revoke_token, ClientId=site.client,
            Token=one["AccessToken"])  # fmt: skip


def test_signing_out_everywhere_voids_what_was_given_out(site: Site):
    site.add("ann")
    one, other = site.sign_in("ann"), site.sign_in("ann")
    site.idp.global_sign_out(AccessToken=one["AccessToken"])
    for tokens in (one, other):
        text = "Access Token has been revoked"
        refused("NotAuthorizedException", text, site.idp.get_user, AccessToken=tokens["AccessToken"])
    third = site.sign_in("ann")
    assert site.idp.get_user(AccessToken=third["AccessToken"])
    site.idp.admin_user_global_sign_out(UserPoolId=site.pool, Username="ann")
    refused("NotAuthorizedException", None, site.idp.get_user, AccessToken=third["AccessToken"])


def test_tampered_and_foreign_tokens_are_refused(make: Callable[..., Site]):
    site, other = make(), make()
    site.add("ann")
    other.add("ann")
    result = site.sign_in("ann")
    header, body, signature = result["AccessToken"].split(".")
    foreign = other.sign_in("ann")["AccessToken"].split(".")
    nothing = "eyJhbGciOiJub25lIn0"
    for token in (
        f"{header}.{foreign[1]}.{signature}", f"{foreign[0]}.{body}.{foreign[2]}", f"{nothing}.{body}.", "a.b.c",
        result["IdToken"],
    ):  # fmt: skip
        refused("NotAuthorizedException", "Invalid Access Token", site.idp.get_user, AccessToken=token)


def test_groups_and_their_roles_are_in_tokens(site: Site, account: str):
    site.add("ann")
    for name, precedence in (("staff", 2), ("chiefs", 1)):
        site.idp.create_group(
            UserPoolId=site.pool, GroupName=name, Precedence=precedence, RoleArn=f"arn:aws:iam::{account}:role/{name}"
        )
        site.idp.admin_add_user_to_group(UserPoolId=site.pool, GroupName=name, Username="ann")
    result = site.sign_in("ann")
    assert claims(result["AccessToken"])["cognito:groups"] == ["chiefs", "staff"]
    identity = claims(result["IdToken"])
    assert identity["cognito:roles"] == [f"arn:aws:iam::{account}:role/{name}" for name in ("chiefs", "staff")]
    assert identity["cognito:preferred_role"] == f"arn:aws:iam::{account}:role/chiefs"


def test_a_client_reads_what_it_may(make: Callable[..., Site]):
    site = make(client={"ReadAttributes": ["email"]})
    site.add("ann", email="ann@example.com", name="Ann")
    result = site.sign_in("ann")
    assert "name" not in claims(result["IdToken"])
    shown = as_dict(site.idp.get_user(AccessToken=result["AccessToken"])["UserAttributes"])
    assert set(shown) == {"sub", "email"}


def test_a_user_who_is_gone_has_no_tokens(site: Site):
    site.add("ann")
    token = site.sign_in("ann")["AccessToken"]
    site.idp.delete_user(AccessToken=token)
    refused("UserNotFoundException", "User does not exist.", site.idp.get_user, AccessToken=token)
    refused("UserNotFoundException", None, site.idp.admin_get_user, UserPoolId=site.pool, Username="ann")


def test_pools_users_and_tokens_survive_a_restart(tmp_path: Path):
    config = Config(port=0, data_dir=tmp_path)
    first = RunningCloud(config).start()
    idp = first.session("123456789012").client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)
    site = Site(first, idp, pool, client["UserPoolClient"]["ClientId"])
    site.add("ann")
    tokens = site.sign_in("ann")
    first.stop()
    second = RunningCloud(config).start()
    try:
        site = Site(second, second.session("123456789012").client("cognito-idp"), pool, site.client)
        assert site.idp.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ann"
        assert site.begin("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])["AuthenticationResult"]
        assert site.sign_in("ann")
    finally:
        second.stop()


def test_no_password_stands_in_the_store(tmp_path: Path):
    running = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    idp = running.session("123456789012").client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app", ExplicitAuthFlows=FLOWS)
    site = Site(running, idp, pool, client["UserPoolClient"]["ClientId"])
    site.add("ann", "V3ry!secret!password")
    tokens = site.sign_in("ann", "V3ry!secret!password")
    spans = running.spans(service="cognito-idp")
    running.stop()
    kept = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"V3ry!secret!password" not in kept
    assert tokens["RefreshToken"].encode() not in kept
    model = models.load("cognito-idp")
    shown = [views.span(span, model.operation(span.operation)) for span in spans]
    assert "V3ry!secret!password" not in str(shown)
    assert tokens["AccessToken"] not in str(shown)


def test_revoking_asks_for_the_clients_secret(make: Callable[..., Site]):
    site = make(client={"EnableTokenRevocation": False})
    text = "Token revocation is not enabled for this client."
    refused("UnsupportedOperationException", text, site.idp.revoke_token, ClientId=site.client, Token="x.y")
    site = make(client={"GenerateSecret": True})
    refused("UnauthorizedException", None, site.idp.revoke_token, ClientId=site.client, Token="x.y")
    secret = site.idp.describe_user_pool_client(UserPoolId=site.pool, ClientId=site.client)["UserPoolClient"]
    site.idp.revoke_token(ClientId=site.client, Token="x.y", ClientSecret=secret["ClientSecret"])


def test_without_revocation_tokens_name_no_origin(make: Callable[..., Site], frozen_clock: CloudClock):
    site = make(client={"EnableTokenRevocation": False})
    site.add("ann")
    token = site.sign_in("ann")["AccessToken"]
    assert "origin_jti" not in claims(token)
    frozen_clock.advance(1)
    site.idp.global_sign_out(AccessToken=token)
    refused("NotAuthorizedException", "Access Token has been revoked", site.idp.get_user, AccessToken=token)


def test_an_id_token_opens_a_role_to_who_has_it(make: Callable[..., Site], aws: boto3.Session, account: str):
    site = make()
    site.add("ann")
    issuer = f"cognito-idp.us-east-1.amazonaws.com/{site.pool}"
    iam = aws.client("iam")
    provider = iam.create_open_id_connect_provider(Url=f"https://{issuer}", ClientIDList=[site.client])
    trust = {
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": provider["OpenIDConnectProviderArn"]},
        "Condition": {"StringEquals": {f"{issuer}:aud": site.client}},
    }  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = iam.create_role(RoleName="people", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    asked = {"RoleArn": role, "RoleSessionName": "ann"}
    sts = aws.client("sts")
    token = site.sign_in("ann")["IdToken"]
    assumed = sts.assume_role_with_web_identity(**asked, WebIdentityToken=token)
    assert assumed["SubjectFromWebIdentityToken"] == claims(token)["sub"]
    header, body, signature = token.split(".")
    forged = f"{header}.{body[:-2]}AA.{signature}"
    refused("InvalidIdentityToken", None, sts.assume_role_with_web_identity, **asked, WebIdentityToken=forged)


def test_a_refresh_token_belongs_to_its_client_and_device(make: Callable[..., Site]):
    site = make(DeviceConfiguration={"ChallengeRequiredOnNewDevice": False}, client={"GenerateSecret": True})
    other = site.idp.create_user_pool_client(UserPoolId=site.pool, ClientName="b", ExplicitAuthFlows=FLOWS)
    site.add("ann")
    described = site.idp.describe_user_pool_client(UserPoolId=site.pool, ClientId=site.client)["UserPoolClient"]
    proof = hmac.digest(described["ClientSecret"].encode(), f"ann{site.client}".encode(), "sha256")
    secret_hash = base64.b64encode(proof).decode()
    result = site.begin(USERNAME="ann", PASSWORD=PASSWORD, SECRET_HASH=secret_hash)["AuthenticationResult"]
    given = {"REFRESH_TOKEN": result["RefreshToken"]}
    asked = {"AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": given}
    call, code = site.idp.initiate_auth, "NotAuthorizedException"
    client = other["UserPoolClient"]["ClientId"]
    refused(code, "Refresh Token has different Client.", call, ClientId=client, **asked)
    asked["AuthParameters"] = {**given, "SECRET_HASH": "bm8="}
    refused(code, f"SecretHash does not match for the client: {site.client}", call, ClientId=site.client, **asked)
    assert site.begin("REFRESH_TOKEN_AUTH", **given, SECRET_HASH=secret_hash)["AuthenticationResult"]
    device = result["NewDeviceMetadata"]["DeviceKey"]
    verifier = {"PasswordVerifier": "AQAB", "Salt": "AQAB"}
    site.idp.confirm_device(AccessToken=result["AccessToken"], DeviceKey=device, DeviceSecretVerifierConfig=verifier)
    asked["AuthParameters"] = {**given, "SECRET_HASH": secret_hash}
    refused(code, "Invalid Refresh Token", call, ClientId=site.client, **asked)
    assert site.begin("REFRESH_TOKEN_AUTH", **given, SECRET_HASH=secret_hash, DEVICE_KEY=device)
