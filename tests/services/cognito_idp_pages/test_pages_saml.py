"""Users who come from a SAML provider: the request they take there, and the signed response that brings them back."""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace

import httpx
import pytest
from lxml import etree

from tests.services.cognito_idp.user_pool_calls import claims
from tests.services.cognito_idp_pages.browser import CALLBACK
from tests.services.sts.saml_idp import Idp

MAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress"


@pytest.fixture
def provider(app, idp, clock):
    """A SAML provider of the pool, which knows Sam."""
    made = Idp(
        clock.now, subject="sam@corp", audience=f"urn:amazon:cognito:sp:{app.pool}",
        recipient=f"{app.root}/saml2/idpresponse", attributes={MAIL: ["sam@corp.example"]},
    )  # fmt: skip
    metadata = made.metadata.replace("HTTP-POST", "HTTP-Redirect")
    idp.create_identity_provider(
        UserPoolId=app.pool, ProviderName="Corp", ProviderType="SAML", ProviderDetails={"MetadataFile": metadata},
        AttributeMapping={"email": MAIL},
    )  # fmt: skip
    idp.update_user_pool_client(
        UserPoolId=app.pool, ClientId=app.client, AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"], CallbackURLs=[CALLBACK], SupportedIdentityProviders=["Corp"],
    )  # fmt: skip
    return made


class Visitor:
    """A browser that was sent to the provider."""

    def __init__(self, app):
        self.app, self.browser = app, app.browser()
        sent = self.browser.http.get(f"{app.root}/oauth2/authorize", params=app.query())
        self.url = httpx.URL(sent.headers["location"])
        self.state = self.url.params["RelayState"]
        self.request = etree.fromstring(zlib.decompress(base64.b64decode(self.url.params["SAMLRequest"]), -15))

    def answered(self, provider, **more):
        """The provider with its answer to this request (`InResponseTo` stands beside the recipient)."""
        recipient = f'{provider.recipient}" InResponseTo="{self.request.get("ID")}'
        return replace(provider, recipient=recipient, **more)

    def post(self, response, state=None, browser=None):
        """What the provider's page does: a form from another site, with which no cookie goes along."""
        form = {"SAMLResponse": response, "RelayState": state or self.state}
        posted = httpx.post(f"{self.app.root}/saml2/idpresponse", data=form)
        target = posted.headers["location"]
        if target.startswith(CALLBACK):
            return posted
        return (browser or self.browser).get(str(posted.url.join(target)))


def told(response):
    return httpx.URL(response.headers["location"]).params


def test_a_user_comes_with_a_signed_response(app, provider):
    visitor = Visitor(app)
    assert str(visitor.url).startswith("https://idp.example.com/sso?")
    assert visitor.request.get("AssertionConsumerServiceURL") == provider.recipient
    assert visitor.request.findtext("{*}Issuer") == provider.audience
    browser = visitor.post(visitor.answered(provider).response())
    said = claims(app.redeem(browser.query["code"]).json()["id_token"])
    assert said["email"] == "sam@corp.example"
    assert said["identities"][0]["userId"] == "sam@corp"
    again = Visitor(app)
    browser = again.post(again.answered(provider).response())
    assert claims(app.redeem(browser.query["code"]).json()["id_token"])["sub"] == said["sub"]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"audience": "urn:amazon:cognito:sp:us-east-1_other"}, "does not contain the required audience"),
        ({"ends": -1.0}, "has expired"),
        ({"issuer": "https://evil.example"}, "Issuer not present"),
        ({"subject": ""}, "NameID is required"),
    ],
)
def test_a_response_that_does_not_hold(app, provider, changed, reason):
    visitor = Visitor(app)
    refused = told(visitor.post(visitor.answered(provider, **changed).response()))
    assert refused["error"] == "invalid_request"
    assert reason in refused["error_description"]


def test_a_response_that_was_tampered_with_or_signed_by_another(app, provider):
    for key, change in (("evil", lambda raw: raw), ("idp", lambda raw: raw.replace(b"sam@corp<", b"root@corp<"))):
        visitor = Visitor(app)
        raw = base64.b64decode(visitor.answered(provider).response(key))
        refused = told(visitor.post(base64.b64encode(change(raw)).decode()))
        assert "Response signature invalid" in refused["error_description"]


def test_a_response_to_another_request_or_at_another_place(app, provider):
    visitor, other = Visitor(app), Visitor(app)
    refused = told(visitor.post(other.answered(provider).response()))
    assert "answers another request" in refused["error_description"]
    elsewhere = replace(provider, recipient="https://evil.example")
    refused = told(other.post(other.answered(elsewhere).response()))
    assert "Recipient is required" in refused["error_description"]


def test_only_the_browser_that_went_away_may_come_back(app, provider):
    visitor = Visitor(app)
    stranger = visitor.post(visitor.answered(provider).response(), browser=app.browser())
    assert (stranger.landed, stranger.error) == ("", "Invalid state")
    for state in ("made-up", visitor.state):
        again = visitor.post(visitor.answered(provider).response(), state=state)
        assert again.error == "Invalid state"
    assert app.browser().get("/saml2/arrived", state=Visitor(app).state).error == "Invalid state"
