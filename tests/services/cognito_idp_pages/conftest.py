"""A pool with a domain and an application, and browsers to visit it with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.services.cognito_idp.conftest import idp  # noqa: F401 - a fixture
from tests.services.cognito_idp.user_pool_calls import Site
from tests.services.cognito_idp_pages.browser import CALLBACK, Browser

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.testing import RunningCloud

SCOPES = ["openid", "email", "profile", "aws.cognito.signin.user.admin"]


@dataclass
class App(Site):
    """An application in front of a pool with a domain."""

    domain: str = ""
    secret: str = ""

    @property
    def root(self) -> str:
        return f"{self.cloud.endpoint}/_aws/cognito-idp/{self.domain}"

    def browser(self) -> Browser:
        return Browser(self.cloud.endpoint, self.domain)

    def query(self, **more: str) -> dict[str, str]:
        """An authorization request; an empty value leaves a parameter out."""
        asked = {"client_id": self.client, "response_type": "code", "redirect_uri": CALLBACK, "state": "xyz", **more}
        return {name: value for name, value in asked.items() if value}

    def open(self, browser: Browser | None = None, **more: str) -> Browser:
        return (browser or self.browser()).get("/oauth2/authorize", **self.query(**more))

    def signed_in(self, name: str = "ann", **more: str) -> Browser:
        return self.open(**more).submit(username=name, password="Passw0rd!")

    def token(self, basic: tuple[str, str] | None = None, **form: str) -> httpx.Response:
        return httpx.post(f"{self.root}/oauth2/token", data=form, auth=basic or ("", "") if basic else None)

    def redeem(self, code: str, **more: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code", "client_id": self.client, "code": code, "redirect_uri": CALLBACK, **more
        }  # fmt: skip
        return self.token(**{name: value for name, value in form.items() if value})


@pytest.fixture
def app_of(cloud: RunningCloud, idp: Any, account: str) -> Callable[..., App]:  # noqa: F811
    """`app_of(client={…}, AutoVerifiedAttributes=[…])` makes a pool, a domain and a client."""

    def make(client: dict[str, Any] | None = None, domain: str = "", **settings: Any) -> App:
        pool = idp.create_user_pool(**{"PoolName": "people", **settings})["UserPool"]["Id"]
        name = domain or f"app-{account}"
        idp.create_user_pool_domain(UserPoolId=pool, Domain=name)
        wanted = {
            "ClientName": "app", "AllowedOAuthFlowsUserPoolClient": True, "AllowedOAuthFlows": ["code", "implicit"],
            "AllowedOAuthScopes": SCOPES, "CallbackURLs": [CALLBACK], "LogoutURLs": ["http://localhost:3000/goodbye"],
            "SupportedIdentityProviders": ["COGNITO"], **(client or {}),
        }  # fmt: skip
        made = idp.create_user_pool_client(UserPoolId=pool, **wanted)["UserPoolClient"]
        return App(cloud, idp, pool, made["ClientId"], name, made.get("ClientSecret", ""))

    return make


@pytest.fixture
def app(app_of: Callable[..., App]) -> App:
    """A pool that verifies mail addresses, with Ann in it."""
    made = app_of(AutoVerifiedAttributes=["email"])
    made.add("ann", email="ann@example.com", email_verified="true")
    return made
