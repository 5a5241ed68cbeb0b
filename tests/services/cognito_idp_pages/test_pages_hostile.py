"""Visits from strangers: whatever they send, they get an answer that is no failure of ours, and no way in."""

from __future__ import annotations

import base64
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudchamber.services.cognito_idp.pages.oauth import CallbackError, PageError, asked, is_proof
from cloudchamber.services.cognito_idp.pages.serving import ROUTES
from cloudchamber.services.cognito_idp.pages.visit import Visit, with_query
from cloudchamber.services.cognito_idp.records import Client
from tests.services.cognito_idp_pages.browser import CALLBACK

patient = settings(
    deadline=None, max_examples=60, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
NAMES = st.sampled_from(
    ["client_id", "redirect_uri", "response_type", "scope", "state", "code", "grant_type", "username", "password",
     "challenge", "session", "told", "_csrf", "token", "refresh_token", "SAMLResponse", "RelayState", "error", "x"]
)  # fmt: skip
VALUES = st.binary(max_size=12) | st.sampled_from(
    [b"code", b"token", b"[", b"{}", b'{"a":1}', b"MFA_SETUP", b"NEW_PASSWORD_REQUIRED", b"authorization_code",
     b"refresh_token", b"client_credentials", b"CLIENT", CALLBACK.encode(), b"\xff\xfe", b"a" * 300]
)  # fmt: skip
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=6)
SETTINGS = {
    "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": [CALLBACK],
}  # fmt: skip
CLIENT = Client(id="c", pool_id="p", name="n", created_at=0.0, changed_at=0.0, settings=SETTINGS)


def encoded(fields, client):
    return "&".join(f"{name}={quote_from_bytes(value.replace(b'CLIENT', client.encode()))}" for name, value in fields)


@patient
@given(st.sampled_from(sorted(ROUTES)), st.tuples(FIELDS, FIELDS), st.booleans(), st.binary(min_size=1, max_size=20))
def test_whatever_is_sent_is_answered(app, route, fields, is_ours, junk):
    (method, path), (query, form) = route, fields
    if not hasattr(app, "http"):
        app.http = app.open().http
        app.csrf = app.open().page.forms[0].values["_csrf"]
    mine = {"client_id": app.client, "response_type": "code", "redirect_uri": CALLBACK} if is_ours else {}
    text = encoded(query, app.client) + "".join(f"&{name}={value}" for name, value in mine.items())
    headers = {
        "authorization": f"Basic {base64.b64encode(junk).decode()}" if is_ours else "Bearer " + junk.hex(),
        "content-type": "application/x-www-form-urlencoded",
    }
    body = encoded(form, app.client) if method == "POST" else None
    answer = app.http.request(method, f"{app.root}{path}?{text}", content=body, headers=headers)
    assert answer.status_code < 500, answer.text
    target = answer.headers.get("location", "")
    assert target.startswith(("/_aws/cognito-idp/", CALLBACK)) or not target
    assert "code=" not in target or "error" in target or "/confirm" in target or "/login" in target


@patient
@given(st.dictionaries(NAMES, st.text(max_size=40), max_size=8))
def test_nobody_is_asked_back_to_where_the_client_does_not_say(query):
    try:
        found = asked(CLIENT, {"client_id": "c", **query})
    except PageError:
        return
    except CallbackError as error:
        target = error.location
    else:
        target = found.back({"code": "x"})
    assert target.startswith(f"{CALLBACK}?")


@patient
@given(st.text(max_size=150), st.text(max_size=150))
def test_no_text_is_a_proof_by_chance(challenge, verifier):
    assert not is_proof(challenge, verifier)


@patient
@given(st.binary(max_size=60), st.text(max_size=40), st.text(max_size=40))
def test_a_visit_can_always_be_read(body, cookie, authorization):
    visit = Visit("POST", "/", "a=1&&=%zz", body, cookie, authorization, "", "http://localhost")
    assert isinstance(visit.form, dict)
    assert isinstance(visit.cookies, dict)
    assert visit.basic is None or len(visit.basic) == 2
    assert len(body) < 8 or body.hex() not in repr(visit)  # a few may be there by chance


@pytest.mark.parametrize("value", ["a b", "a&b=c", "a#b", "ä", "%"])
def test_what_is_told_does_not_break_the_callback(value):
    url = with_query("http://localhost:3000/cb?keep=1", {"state": value})
    assert url.startswith("http://localhost:3000/cb?keep=1&state=")
    assert url.count("#") == 0
    assert url.count("&") == 1


def test_applications_have_schemes_of_their_own():
    assert with_query("myapp://", {"code": "x"}) == "myapp://?code=x"
    assert with_query("com.example:/done", {"code": "x"}) == "com.example:/done?code=x"
