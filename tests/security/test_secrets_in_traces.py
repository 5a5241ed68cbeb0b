"""What is remembered of calls must hold no password, code, token or secret that somebody could use.

Every call of these flows is looked at as the console shows it, and as the list of calls shows it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from cloudchamber.services.cognito_idp import totp
from tests.services.cognito_idp.user_pool_calls import as_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing.cloud import CloudClock, RunningCloud
    from tests.services.cognito_idp.user_pool_calls import Site
    from tests.services.cognito_idp_pages.conftest import App

FIRST, SECOND = "Fir5t-Secret!", "Sec0nd-Secret!"


def remembered(cloud: RunningCloud) -> str:
    """All that is remembered of all calls, as the console has it."""
    api = httpx.Client(base_url=f"{cloud.endpoint}/_cloudchamber/api/", timeout=30)
    listed = api.get("traces", params={"limit": 1000})
    calls = {span["request_id"]: api.get(f"traces/{span['request_id']}").text for span in listed.json()["spans"]}
    return listed.text + "".join(calls.values())


def held(cloud: RunningCloud, secrets: dict[str, str]) -> set[str]:
    text = remembered(cloud)
    assert "cognito-idp" in text  # what is no secret is there
    return {name for name, secret in secrets.items() if secret in text or json.dumps(secret)[1:-1] in text}


def test_user_pools_leave_no_secrets_in_traces(make: Callable[..., Site], cloud: RunningCloud, account: str,
                                               frozen_clock: CloudClock):  # fmt: skip
    site = make(AutoVerifiedAttributes=["email"], client={"GenerateSecret": False})
    idp, to = site.idp, f"ann@{account}.example.com"
    idp.set_user_pool_mfa_config(
        UserPoolId=site.pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration={"Enabled": True}
    )
    secrets = {"first password": FIRST, "second password": SECOND}
    idp.sign_up(ClientId=site.client, Username="ann", Password=FIRST, UserAttributes=as_list(email=to))
    secrets["sign-up code"] = site.code(to)
    idp.confirm_sign_up(ClientId=site.client, Username="ann", ConfirmationCode=site.code(to))
    found = site.sign_in("ann", FIRST)
    secrets |= {name: found[name] for name in ("AccessToken", "IdToken", "RefreshToken")}
    token = found["AccessToken"]
    secrets["app secret"] = app = idp.associate_software_token(AccessToken=token)["SecretCode"]
    idp.verify_software_token(AccessToken=token, UserCode=totp.code(app, int(frozen_clock.now() // 30)))
    idp.admin_set_user_mfa_preference(
        UserPoolId=site.pool, Username="ann", SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": True}
    )
    frozen_clock.advance(60)
    challenge = site.begin(USERNAME="ann", PASSWORD=FIRST)
    secrets["session"] = challenge["Session"]
    secrets["app code"] = f'"{totp.code(app, int(frozen_clock.now() // 30))}"'
    site.answer(challenge, "ann", SOFTWARE_TOKEN_MFA_CODE=secrets["app code"].strip('"'))
    idp.forgot_password(ClientId=site.client, Username="ann")
    secrets["forgotten code"] = site.code(to)
    idp.confirm_forgot_password(ClientId=site.client, Username="ann", ConfirmationCode=site.code(to), Password=SECOND)
    fresh = idp.initiate_auth(
        ClientId=site.client, AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": found["RefreshToken"]},
    )["AuthenticationResult"]  # fmt: skip
    secrets["fresh token"] = fresh["AccessToken"]
    idp.admin_create_user(UserPoolId=site.pool, Username="bob", TemporaryPassword="Temp0rary-Secret!",
                          UserAttributes=as_list(email=f"bob@{account}.example.com"))  # fmt: skip
    secrets["temporary password"] = "Temp0rary-Secret!"
    made = idp.create_user_pool_client(UserPoolId=site.pool, ClientName="c", GenerateSecret=True)["UserPoolClient"]
    secrets["client secret"] = made["ClientSecret"]
    idp.revoke_token(ClientId=site.client, Token=found["RefreshToken"])
    assert held(cloud, secrets) == set()


def test_pages_leave_no_secrets_in_traces(app: App, cloud: RunningCloud):
    browser = app.signed_in()
    code = browser.query["code"]
    told = app.redeem(code).json()
    secrets = {"password": "Passw0rd!", "code": code, **{n: told[n] for n in ("access_token", "id_token")}}
    secrets["refresh_token"] = told["refresh_token"]
    secrets |= {f"cookie {name}": value for name, value in browser.http.cookies.items()}
    assert len(secrets) > 5
    app.token(grant_type="refresh_token", client_id=app.client, refresh_token=told["refresh_token"])
    httpx.get(f"{app.root}/oauth2/userInfo", headers={"Authorization": f"Bearer {told['access_token']}"})
    httpx.post(f"{app.root}/oauth2/revoke", data={"token": told["refresh_token"], "client_id": app.client})
    assert held(cloud, secrets) == set()


def test_identity_pools_and_sts_leave_no_secrets_in_traces(site: Site, cloud: RunningCloud, aws: Any):
    site.add("ann")
    token = site.sign_in("ann")["IdToken"]
    name = f"cognito-idp.us-east-1.amazonaws.com/{site.pool}"
    identity, iam = aws.client("cognito-identity"), aws.client("iam")
    pool = identity.create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=False, AllowClassicFlow=True,
        CognitoIdentityProviders=[{"ProviderName": name, "ClientId": site.client}],
    )["IdentityPoolId"]  # fmt: skip
    trust = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"cognito-identity.amazonaws.com:aud": pool}}}]}  # fmt: skip
    role = iam.create_role(RoleName="users", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    identity.set_identity_pool_roles(IdentityPoolId=pool, Roles={"authenticated": role})
    logins = {name: token}
    own = identity.get_id(IdentityPoolId=pool, Logins=logins)["IdentityId"]
    given = identity.get_credentials_for_identity(IdentityId=own, Logins=logins)["Credentials"]
    basic = identity.get_open_id_token(IdentityId=own, Logins=logins)["Token"]
    session = aws.client("sts").assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="ann", WebIdentityToken=basic
    )["Credentials"]
    secrets = {
        "id token": token, "basic token": basic, "key": given["SecretKey"], "session": given["SessionToken"],
        "sts key": session["SecretAccessKey"], "sts session": session["SessionToken"],
    }  # fmt: skip
    assert held(cloud, secrets) == set()
