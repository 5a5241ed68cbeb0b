"""The walk from an application to the sign-in page and back, and who may take it."""

from __future__ import annotations

import httpx
import pytest
from joserfc import jwk, jwt

from cloudchamber.services.cognito_idp.pages.oauth import is_proof
from tests.services.cognito_idp.user_pool_calls import claims
from tests.services.cognito_idp_pages.browser import CALLBACK, CHALLENGE, VERIFIER

PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
INVALID_GRANT = (400, {"error": "invalid_grant"})


def told(response):
    return response.status_code, response.json()


# the whole walk


def test_a_code_with_proof_becomes_tokens_that_verify(app):
    browser = app.open(scope="openid email", nonce="n-1", **PKCE)
    assert browser.title == "Sign in"
    browser.submit(username="ann", password="Passw0rd!")
    assert browser.query["state"] == "xyz"
    answer = app.redeem(browser.query["code"], code_verifier=VERIFIER)
    made = answer.json()
    assert answer.headers["cache-control"] == "no-store"
    assert set(made) == {"id_token", "access_token", "refresh_token", "expires_in", "token_type"}
    published = httpx.get(f"{app.cloud.endpoint}/{app.pool}/.well-known/jwks.json").json()
    keys = jwk.KeySet.import_key_set(published)
    said = jwt.decode(made["id_token"], keys, algorithms=["RS256"]).claims
    assert (said["aud"], said["nonce"], said["email"]) == (app.client, "n-1", "ann@example.com")
    access = jwt.decode(made["access_token"], keys, algorithms=["RS256"]).claims
    assert (access["scope"], access["version"], access["username"]) == ("openid email", 2, "ann")
    fresh = app.token(grant_type="refresh_token", client_id=app.client, refresh_token=made["refresh_token"]).json()
    assert set(fresh) == {"id_token", "access_token", "expires_in", "token_type"}
    assert claims(fresh["access_token"])["origin_jti"] == access["origin_jti"]


def test_the_implicit_flow_gives_tokens_in_the_fragment(app):
    browser = app.signed_in(response_type="token", scope="openid")
    assert browser.query == {}
    given = browser.fragment
    assert set(given) == {"id_token", "access_token", "token_type", "expires_in", "state"}
    assert claims(given["access_token"])["scope"] == "openid"


def test_without_openid_there_is_no_id_token(app):
    given = app.signed_in(response_type="token", scope="profile").fragment
    assert "id_token" not in given


def test_a_second_application_needs_no_second_sign_in(app):
    browser = app.signed_in()
    app.open(browser)
    assert "code" in browser.query
    app.open(browser, prompt="none")
    assert "code" in browser.query
    for prompt in ("login", "select_account", "login consent"):
        app.open(browser, prompt=prompt)
        assert browser.title == "Sign in"


def test_prompt_none_signs_nobody_in(app):
    browser = app.open(prompt="none")
    assert browser.query == {"error": "login_required", "state": "xyz"}


def test_a_browser_stays_signed_in_for_an_hour(app, frozen_clock):
    browser = app.signed_in()
    frozen_clock.advance(3599)
    assert "code" in app.open(browser).query
    frozen_clock.advance(1)
    app.open(browser)
    assert browser.title == "Sign in"


def test_signing_out_everywhere_signs_browsers_out(app, frozen_clock):
    browser = app.signed_in()
    frozen_clock.advance(1)
    app.idp.admin_user_global_sign_out(UserPoolId=app.pool, Username="ann")
    app.open(browser)
    assert browser.title == "Sign in"


def test_the_pages_are_at_the_domains_own_host_too(app):
    region_host = f"{app.domain}.auth.us-east-1.amazoncognito.localhost:{app.cloud.port}"
    url = f"{app.cloud.endpoint}/login"
    shown = httpx.get(url, params=app.query(), headers={"host": region_host})
    assert shown.status_code == 200
    assert 'action="/login?' in shown.text
    elsewhere = region_host.replace("us-east-1", "eu-west-1")
    assert httpx.get(url, params=app.query(), headers={"host": elsewhere}).status_code == 404
    real = f"{app.domain}.auth.us-east-1.amazoncognito.com"
    assert httpx.get(url, params=app.query(), headers={"host": real}).status_code == 200
    assert httpx.get(f"{app.cloud.endpoint}/_aws/cognito-idp/nobody/login").status_code == 404


def test_the_configuration_leads_to_the_pages(app):
    published = httpx.get(f"{app.cloud.endpoint}/{app.pool}/.well-known/openid-configuration").json()
    assert published["token_endpoint"] == f"{app.root}/oauth2/token"
    assert httpx.get(published["authorization_endpoint"], params=app.query()).status_code == 302


# who may not


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"client_id": ""}, "Required String parameter 'client_id' is not present"),
        ({"client_id": "nobody"}, "Client does not exist."),
        ({"redirect_uri": ""}, "Required String parameter 'redirect_uri' is not present"),
        ({"redirect_uri": "https://evil.example"}, "redirect_mismatch"),
        ({"redirect_uri": f"{CALLBACK}/"}, "redirect_mismatch"),
        ({"redirect_uri": f"{CALLBACK}@evil.example"}, "redirect_mismatch"),
        ({"redirect_uri": "//evil.example"}, "redirect_mismatch"),
        ({"redirect_uri": "javascript:alert(1)"}, "redirect_mismatch"),
    ],
)
@pytest.mark.parametrize("path", ["/oauth2/authorize", "/login", "/signup", "/forgotPassword", "/logout"])
def test_nobody_is_sent_where_the_client_does_not_say(app, path, asked, error):
    browser = app.browser().get(path, **app.query(**asked))
    assert (browser.landed, browser.response.status_code) == ("", 400)
    assert browser.error == error
    assert browser.url.startswith(f"{app.root}/error?")


def test_the_error_page_repeats_nothing_that_others_put_there(app):
    browser = app.browser().get("/error", error="<script>alert(1)</script>")
    assert browser.error == "Something went wrong."
    assert "script" not in browser.response.text


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "id_token"}, "invalid_request"),
        ({"scope": "openid phone"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"identity_provider": "Elsewhere"}, "invalid_request"),
    ],
)
def test_the_application_hears_what_is_wrong(app, asked, error):
    browser = app.open(**asked)
    assert (browser.query["error"], browser.query["state"]) == (error, "xyz")


def test_a_flow_that_the_client_does_not_have(app_of):
    app = app_of(client={"AllowedOAuthFlows": ["code"]})
    assert app.open(response_type="token").query == {"error": "unauthorized_client", "state": "xyz"}
    off = app_of(client={"AllowedOAuthFlowsUserPoolClient": False}, domain=f"{app.domain}-2")
    assert off.open().error == "Client is not enabled for OAuth2.0 flows."


def test_a_client_of_another_pool_is_not_known(app, app_of):
    other = app_of(domain=f"{app.domain}-2")
    browser = app.browser().get("/oauth2/authorize", **other.query())
    assert browser.error == "Client does not exist."


# codes


def test_a_code_serves_once(app):
    code = app.signed_in().query["code"]
    assert app.redeem(code).status_code == 200
    assert told(app.redeem(code)) == INVALID_GRANT


@pytest.mark.parametrize("verifier", ["", "wrong-" * 10, VERIFIER[:-1], CHALLENGE])
def test_a_code_needs_its_proof_and_is_spent_by_a_wrong_one(app, verifier):
    code = app.signed_in(**PKCE).query["code"]
    assert told(app.redeem(code, code_verifier=verifier)) == INVALID_GRANT
    assert told(app.redeem(code, code_verifier=VERIFIER)) == INVALID_GRANT


def test_a_code_is_for_its_callback_and_its_client(app, idp):
    code = app.signed_in().query["code"]
    other = idp.create_user_pool_client(UserPoolId=app.pool, ClientName="other")["UserPoolClient"]["ClientId"]
    assert told(app.redeem(code, client_id=other)) == INVALID_GRANT
    assert told(app.redeem(code, redirect_uri="http://localhost:3000/")) == INVALID_GRANT
    assert told(app.redeem(code, redirect_uri="")) == (400, {"error": "invalid_request"})


def test_a_code_is_good_for_five_minutes(app, frozen_clock):
    code = app.signed_in().query["code"]
    frozen_clock.advance(300)
    assert told(app.redeem(code)) == INVALID_GRANT


def test_a_code_of_one_who_is_gone(app):
    code = app.signed_in().query["code"]
    app.idp.admin_disable_user(UserPoolId=app.pool, Username="ann")
    assert told(app.redeem(code)) == INVALID_GRANT


# the token endpoint


def test_a_client_with_a_secret_has_to_show_it(app_of):
    app = app_of(client={"GenerateSecret": True})
    app.add("ann")
    assert told(app.redeem(app.signed_in().query["code"])) == (400, {"error": "invalid_client"})
    code = app.signed_in().query["code"]
    assert told(app.redeem(code, client_secret="wrong")) == (400, {"error": "invalid_client"})
    assert app.redeem(code, client_secret=app.secret).status_code == 200
    form = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
    basic = (app.client, app.secret)
    assert app.token(basic, **form, code=app.signed_in().query["code"]).status_code == 200
    assert app.token((app.client, "x"), **form, code="c").json() == {"error": "invalid_client"}
    assert app.token(basic, **form, code="c", client_id="other").json() == {"error": "invalid_request"}


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code", "client_id": "nobody"}, "invalid_client"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "made-up", "redirect_uri": CALLBACK}, "invalid_grant"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "made-up"}, "invalid_grant"),
        ({"grant_type": "client_credentials"}, "unauthorized_client"),
        ({"grant_type": "authorization_code", "client_secret": "x"}, "invalid_client"),
    ],
)
def test_what_the_token_endpoint_refuses(app, form, error):
    assert told(app.token(**{"client_id": app.client, **form})) == (400, {"error": error})


def test_an_application_gets_a_token_of_its_own(app_of, idp):
    app = app_of()
    idp.create_resource_server(
        UserPoolId=app.pool, Identifier="shop", Name="Shop",
        Scopes=[{"ScopeName": one, "ScopeDescription": one} for one in ("read", "write")],
    )  # fmt: skip
    made = idp.create_user_pool_client(
        UserPoolId=app.pool, ClientName="job", GenerateSecret=True, AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["client_credentials"], AllowedOAuthScopes=["shop/read", "shop/write"],
    )["UserPoolClient"]  # fmt: skip
    basic = (made["ClientId"], made["ClientSecret"])
    given = app.token(basic, grant_type="client_credentials", scope="shop/read").json()
    assert set(given) == {"access_token", "expires_in", "token_type"}
    said = claims(given["access_token"])
    assert (said["scope"], said["sub"], said["token_use"]) == ("shop/read", made["ClientId"], "access")
    assert claims(app.token(basic, grant_type="client_credentials").json()["access_token"])["scope"] == (
        "shop/read shop/write"
    )
    refused = app.token(basic, grant_type="client_credentials", scope="openid")
    assert told(refused) == (400, {"error": "invalid_scope"})
    assert app.token((made["ClientId"], "x"), grant_type="client_credentials").json() == {"error": "invalid_client"}


# userInfo and revoke


def test_user_info_tells_the_claims_of_the_scopes(app):
    tokens = app.redeem(app.signed_in(scope="openid email").query["code"]).json()
    url = f"{app.root}/oauth2/userInfo"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    shown = httpx.get(url, headers=bearer).json()
    assert (shown["email"], shown["email_verified"], shown["username"]) == ("ann@example.com", "true", "ann")
    assert httpx.post(url, headers=bearer).json() == shown
    for header in ({}, {"authorization": "Bearer x"}, {"authorization": f"Bearer {tokens['id_token']}"}):
        refused = httpx.get(url, headers=header)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_token")
        assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    bare = app.redeem(app.signed_in(scope="profile").query["code"]).json()["access_token"]
    assert httpx.get(url, headers={"authorization": f"Bearer {bare}"}).json()["error"] == "insufficient_scope"


def test_a_revoked_refresh_token_takes_its_access_tokens_along(app):
    tokens = app.redeem(app.signed_in().query["code"]).json()
    url, form = f"{app.root}/oauth2/revoke", {"client_id": app.client, "token": tokens["refresh_token"]}
    assert httpx.post(url, data={**form, "token": tokens["access_token"]}).json() == {"error": "unsupported_token_type"}
    assert httpx.post(url, data={"client_id": app.client}).json() == {"error": "invalid_request"}
    assert httpx.post(url, data={**form, "client_id": "nobody"}).json() == {"error": "invalid_client"}
    assert httpx.post(url, data={**form, "token": "made-up"}).status_code == 200
    assert httpx.post(url, data=form).status_code == 200
    refreshed = app.token(grant_type="refresh_token", client_id=app.client, refresh_token=tokens["refresh_token"])
    assert told(refreshed) == INVALID_GRANT
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert httpx.get(f"{app.root}/oauth2/userInfo", headers=bearer).status_code == 401


def test_pages_of_other_origins_may_redeem(app):
    asked = {"origin": "http://localhost:3000", "access-control-request-method": "POST"}
    allowed = httpx.options(f"{app.root}/oauth2/token", headers=asked)
    assert (allowed.status_code, allowed.headers["access-control-allow-origin"]) == (204, "*")
    assert httpx.post(f"{app.root}/oauth2/token").headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in httpx.get(f"{app.root}/login", params=app.query()).headers


# signing out


def test_signing_out_ends_the_browsers_session_only(app):
    browser = app.signed_in()
    tokens = app.redeem(browser.query["code"]).json()
    browser.get("/logout", client_id=app.client, logout_uri="http://localhost:3000/goodbye")
    assert browser.landed == "http://localhost:3000/goodbye"
    app.open(browser)
    assert browser.title == "Sign in"
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert httpx.get(f"{app.root}/oauth2/userInfo", headers=bearer).status_code == 200


def test_signing_out_leads_to_the_sign_in_page_or_where_the_client_says(app):
    browser = app.signed_in()
    browser.get("/logout", **app.query())
    assert browser.title == "Sign in"
    browser = app.signed_in()
    browser.get("/logout", client_id=app.client, logout_uri="https://evil.example/goodbye")
    assert (browser.landed, browser.error) == ("", "redirect_mismatch")
    assert "code" in app.open(browser).query


# federation: another pool is the provider


@pytest.fixture
def federated(app, app_of, idp):
    """The application's pool takes users of another pool."""
    back = f"{app.root}/oauth2/idpresponse"
    corp = app_of(client={"CallbackURLs": [back], "GenerateSecret": True}, domain=f"{app.domain}-corp")
    corp.add("carl", email="carl@corp.example", email_verified="true")
    issuer = f"https://cognito-idp.us-east-1.amazonaws.com/{corp.pool}"
    idp.create_identity_provider(
        UserPoolId=app.pool, ProviderName="Corp", ProviderType="OIDC", IdpIdentifiers=["corp.example"],
        ProviderDetails={"client_id": corp.client, "client_secret": corp.secret, "oidc_issuer": issuer,
                         "authorize_scopes": "openid email profile", "attributes_request_method": "GET"},
        AttributeMapping={"email": "email", "username": "sub"},
    )  # fmt: skip
    idp.update_user_pool_client(
        UserPoolId=app.pool, ClientId=app.client, AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"], CallbackURLs=[CALLBACK], SupportedIdentityProviders=["COGNITO", "Corp"],
    )  # fmt: skip
    return corp


def test_users_come_from_another_provider(app, federated):
    browser = app.open(scope="openid email")
    browser.follow("Continue with Corp")
    assert browser.url.startswith(federated.root)
    browser.submit(username="carl", password="Passw0rd!")
    tokens = app.redeem(browser.query["code"]).json()
    said = claims(tokens["id_token"])
    assert said["email"] == "carl@corp.example"
    assert said["cognito:username"].startswith("corp_") or said["cognito:username"].startswith("Corp_")
    assert said["identities"][0]["providerName"] == "Corp"
    assert "code" in app.open(browser).query
    again = app.open(browser, identity_provider="Corp", scope="openid email")
    assert claims(app.redeem(again.query["code"]).json()["id_token"])["sub"] == said["sub"]
    by_domain = app.open(app.browser(), idp_identifier="corp.example")
    assert by_domain.url.startswith(federated.root)


def test_only_the_browser_that_went_away_may_come_back(app, federated, frozen_clock):
    browser = app.browser()
    first = browser.http.get(f"{app.root}/oauth2/authorize", params=app.query(identity_provider="Corp"))
    state = httpx.URL(first.headers["location"]).params["state"]
    back = f"{app.root}/oauth2/idpresponse"
    stranger = app.browser().get("/oauth2/idpresponse", code="x", state=state)
    assert stranger.error == "Invalid state"
    assert app.browser().get("/oauth2/idpresponse", code="x", state="made-up").error == "Invalid state"
    refused = browser.http.get(back, params={"state": state, "error": "access_denied"})
    assert httpx.URL(refused.headers["location"]).params["error"] == "invalid_request"
    assert browser.get("/oauth2/idpresponse", code="x", state=state).error == "Invalid state"
    first = browser.http.get(f"{app.root}/oauth2/authorize", params=app.query(identity_provider="Corp"))
    state = httpx.URL(first.headers["location"]).params["state"]
    made_up = browser.http.get(back, params={"state": state, "code": "made-up"})
    assert httpx.URL(made_up.headers["location"]).params["error"] == "server_error"
    first = browser.http.get(f"{app.root}/oauth2/authorize", params=app.query(identity_provider="Corp"))
    state = httpx.URL(first.headers["location"]).params["state"]
    frozen_clock.advance(600)
    assert browser.get("/oauth2/idpresponse", code="x", state=state).error == "Invalid state"


def test_the_proof_is_what_the_standard_says():
    """RFC 7636, appendix B."""
    assert is_proof("E9Melhoa2OwvFrEMTJguCM-s4Uf6VzqEf8-2PzxkSPY", "") is False
    assert is_proof("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
