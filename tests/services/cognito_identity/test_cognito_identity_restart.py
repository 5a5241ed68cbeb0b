"""What was given out before a restart still counts after it: identities, tokens, credentials, browsers."""

from __future__ import annotations

import boto3
import httpx
from botocore import UNSIGNED
from botocore.config import Config as ClientConfig

from cloudchamber.config import Config
from cloudchamber.testing import RunningCloud
from tests.services.cognito_identity.identity_calls import COGNITO, trusting
from tests.services.cognito_idp_pages.browser import CALLBACK
from tests.services.sts.sts_calls import EVERYTHING, Actors


def public(cloud):
    config = ClientConfig(signature_version=UNSIGNED, retries={"max_attempts": 0})
    return boto3.client("cognito-identity", region_name="us-east-1", endpoint_url=cloud.endpoint, config=config)


def test_a_restart_forgets_nobody(tmp_path):
    cloud = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    account = "100000000001"
    actors = Actors(cloud, account)
    identity, idp = actors.root.client("cognito-identity"), actors.root.client("cognito-idp")
    pool = identity.create_identity_pool(
        IdentityPoolName="p", AllowUnauthenticatedIdentities=True, DeveloperProviderName="mine"
    )["IdentityPoolId"]
    role = actors.role("r", trusting(pool, "*authenticated"), EVERYTHING)
    roles = {"authenticated": role, "unauthenticated": role}
    identity.set_identity_pool_roles(IdentityPoolId=pool, Roles=roles)
    guest = public(cloud).get_id(IdentityPoolId=pool)["IdentityId"]
    given = public(cloud).get_credentials_for_identity(IdentityId=guest)["Credentials"]
    ann = identity.get_open_id_token_for_developer_identity(IdentityPoolId=pool, Logins={"mine": "ann"})

    people = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=people, Domain="people")
    client = idp.create_user_pool_client(
        UserPoolId=people, ClientName="app", AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"], CallbackURLs=[CALLBACK],
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    idp.admin_create_user(UserPoolId=people, Username="ann", MessageAction="SUPPRESS")
    idp.admin_set_user_password(UserPoolId=people, Username="ann", Password="Passw0rd!", Permanent=True)
    asked = {"client_id": client, "response_type": "code", "redirect_uri": CALLBACK}
    browser = httpx.Client()
    page = browser.get(f"{cloud.endpoint}/_aws/cognito-idp/people/login", params=asked).text
    token = page.partition('name="_csrf" value="')[2].partition('"')[0]
    form = {"_csrf": token, "username": "ann", "password": "Passw0rd!"}
    signed_in = browser.post(f"{cloud.endpoint}/_aws/cognito-idp/people/login", params=asked, data=form)
    code = httpx.URL(signed_in.headers["location"]).params["code"]
    cloud.stop()

    cloud = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    try:
        session = cloud.session_with(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
        assert "Buckets" in session.client("s3").list_buckets()
        assert public(cloud).get_credentials_for_identity(IdentityId=guest)["IdentityId"] == guest
        logins = {COGNITO: ann["Token"]}
        again = public(cloud).get_credentials_for_identity(IdentityId=ann["IdentityId"], Logins=logins)
        assert again["IdentityId"] == ann["IdentityId"]
        root = f"{cloud.endpoint}/_aws/cognito-idp/people"
        back = browser.get(f"{root}/oauth2/authorize", params={**asked, "prompt": "none"})
        assert "code" in httpx.URL(back.headers["location"]).params
        redeem = {"grant_type": "authorization_code", "client_id": client, "code": code, "redirect_uri": CALLBACK}
        assert "access_token" in httpx.post(f"{root}/oauth2/token", data=redeem).json()
    finally:
        cloud.stop()
