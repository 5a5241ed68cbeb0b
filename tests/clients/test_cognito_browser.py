"""The pages of a user pool in a real browser with scripts switched off: sign up, confirm, sign in with proof, out."""

from __future__ import annotations

import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from tests.services.cognito_idp_pages.browser import CHALLENGE, VERIFIER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.testing import RunningCloud

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
PASSWORD = "Passw0rd!"


@pytest.fixture
def page(account: str) -> Iterator[Any]:
    """A page as wide as a phone's, without scripts."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        made = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 640}).new_page()
        made.set_default_timeout(15_000)
        yield made
        browser.close()


class Application(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"the application")

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def application() -> Iterator[str]:
    """The address of the application that users come from and go back to."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_browser_walks_from_sign_up_to_sign_out(
    cloud: RunningCloud, account: str, page: Any, application: str
) -> None:
    callback, goodbye = f"{application}/callback", f"{application}/goodbye"
    idp = cloud.session(account).client("cognito-idp")
    pool = idp.create_user_pool(PoolName="people", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    idp.create_user_pool_domain(UserPoolId=pool, Domain=f"web-{account}")
    client = idp.create_user_pool_client(
        UserPoolId=pool, ClientName="app", AllowedOAuthFlowsUserPoolClient=True, AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"], CallbackURLs=[callback], LogoutURLs=[goodbye],
    )["UserPoolClient"]["ClientId"]  # fmt: skip
    root = f"http://localhost:{cloud.port}/_aws/cognito-idp/web-{account}"
    asked = {
        "client_id": client, "response_type": "code", "redirect_uri": callback, "state": "xyz",
        "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip
    page.goto(f"{root}/oauth2/authorize?{urlencode(asked)}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    page.get_by_role("link", name="Create an account").click()
    mail = f"ann-{account}@example.com"
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Email").fill(mail)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    found = re.search(r"\d{6}", cloud.mail(to=mail)[0].text)
    assert found is not None
    page.get_by_label("Verification code").fill(found[0])
    page.get_by_role("button", name="Confirm account").click()
    page.wait_for_url(f"{callback}?**")
    page.goto(f"{root}/logout?{urlencode({'client_id': client, 'logout_uri': goodbye})}")
    page.wait_for_url("**/goodbye")

    page.goto(f"{root}/oauth2/authorize?{urlencode(asked)}")
    page.get_by_label("Username").fill("ann")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text() == "Incorrect username or password."
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{callback}?**")
    told = parse_qs(urlsplit(page.url).query)
    assert told["state"] == ["xyz"]
    form = {
        "grant_type": "authorization_code", "client_id": client, "code": told["code"][0], "redirect_uri": callback,
        "code_verifier": VERIFIER,
    }  # fmt: skip
    tokens = httpx.post(f"{root}/oauth2/token", data=form).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert httpx.get(f"{root}/oauth2/userInfo", headers=bearer).json()["email"] == mail

    page.goto(f"{root}/oauth2/authorize?{urlencode(asked)}")  # signed in already
    page.wait_for_url(f"{callback}?**")
    page.goto(f"{root}/logout?{urlencode({'client_id': client, 'logout_uri': goodbye})}")
    page.wait_for_url("**/goodbye")
    page.goto(f"{root}/oauth2/authorize?{urlencode(asked)}")
    assert page.get_by_role("heading").inner_text() == "Sign in"
