"""Somebody with a browser: the hosted pages' forms, codes and tokens, and calls of the API."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cloudchamber.blueprints.drilling import Broken, expect

if TYPE_CHECKING:
    import httpx

    from cloudchamber.blueprints.drilling import Drill

PASSWORD = "a-good-passw0rd"


@dataclass(slots=True)
class Visitor:
    """Somebody with a browser: what the site does, from Python."""

    drill: Drill
    name: str
    email: str = field(init=False)
    tokens: dict[str, Any] = field(default_factory=dict)
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = self.drill.browser()
        self.email = f"{self.name}-{self.drill.word()}@example.com"

    def address(self, host: str) -> str:
        return f"http://{host.format(**self.drill.outputs)}.localhost:{self.drill.endpoint.rpartition(':')[2]}"

    @property
    def auth_url(self) -> str:
        return self.address("{AuthDomain}.auth.{Region}.amazoncognito")

    @property
    def api_url(self) -> str:
        return self.address("{ApiId}.execute-api") + f"/{self.drill.outputs['StageName']}"

    def asking(self, verifier: str, state: str = "here") -> dict[str, str]:
        """The authorization request."""
        digest = hashlib.sha256(verifier.encode()).digest()
        return {
            "client_id": self.drill.outputs["UserPoolClientId"], "response_type": "code", "scope": "openid email",
            "redirect_uri": self.drill.outputs["SiteUrl"], "state": state, "code_challenge_method": "S256",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }  # fmt: skip

    def verifier(self) -> str:
        return "".join(self.drill.word() for _ in range(6))

    def sent(self, page: httpx.Response, **given: str) -> httpx.Response:
        """The answer to the first form of a page, filled in; fields that are shown with a value keep it."""
        found = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', page.text, re.S)
        if found is None:
            raise Broken(f"there is no form at {page.url}: {page.status_code}")
        fields = re.findall(r'<(?:input|button)[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', found[2])
        form = {name: html.unescape(value) for name, value in fields} | given
        action = page.url.join(html.unescape(found[1]))
        return self.http.post(str(action), data=form)

    def page(self, path: str, query: dict[str, str]) -> httpx.Response:
        answer = self.http.get(f"{self.auth_url}{path}?{urlencode(query)}")
        while answer.is_redirect and answer.headers["location"].startswith("/"):
            answer = self.http.get(str(answer.url.join(answer.headers["location"])))
        return answer

    def code_of(self, answer: httpx.Response, state: str = "here") -> str:
        """The code that an answer leads back to the site with."""
        there: str = answer.headers.get("location", "")
        query = parse_qs(urlsplit(there).query)
        if not there.startswith(self.drill.outputs["SiteUrl"]) or query.get("state") != [state] or "code" not in query:
            raise Broken(f"{answer.status_code} does not lead back with a code: {there or answer.text[-300:]}")
        return query["code"][0]

    def token(self, **form: str) -> httpx.Response:
        form = {"client_id": self.drill.outputs["UserPoolClientId"], **form}
        return self.http.post(f"{self.auth_url}/oauth2/token", data=form)

    def for_code(self, code: str, verifier: str) -> httpx.Response:
        return self.token(
            grant_type="authorization_code", code=code, code_verifier=verifier,
            redirect_uri=self.drill.outputs["SiteUrl"],
        )  # fmt: skip

    def redeem(self, answer: httpx.Response, verifier: str) -> None:
        """Tokens for the code that an answer leads back with."""
        redeemed = self.for_code(self.code_of(answer), verifier)
        expect(redeemed.status_code, 200)
        self.tokens = redeemed.json()

    def sign_up(self) -> None:
        """Sign up, and confirm with the code of the mail: who does both in one browser is signed in."""
        verifier = self.verifier()
        form = self.page("/signup", self.asking(verifier))
        confirming = self.sent(form, username=self.email, password=PASSWORD)
        mails = self.drill.mail(self.email)
        code = re.search(r"code is (\d{6})", mails[0]["text"]) if mails else None
        if code is None:
            raise Broken(f"there is no mail with a code: {confirming.status_code} {confirming.text[-300:]}")
        self.redeem(self.sent(confirming, username=self.email, code=code[1]), verifier)

    def sign_in(self) -> None:
        verifier = self.verifier()
        form = self.page("/oauth2/authorize", self.asking(verifier))
        self.redeem(self.sent(form, username=self.email, password=PASSWORD), verifier)

    def sign_out(self) -> None:
        """Of the hosted page, which leads back to the site."""
        asking = {"client_id": self.drill.outputs["UserPoolClientId"], "logout_uri": self.drill.outputs["SiteUrl"]}
        answer = self.http.get(f"{self.auth_url}/logout?{urlencode(asking)}")
        expect((answer.status_code, answer.headers.get("location")), (302, asking["logout_uri"]))

    def refresh(self) -> None:
        answer = self.token(grant_type="refresh_token", refresh_token=self.tokens["refresh_token"])
        expect(answer.status_code, 200)
        self.tokens |= answer.json()

    def api(self, method: str, path: str, body: Any = None, token: str | None = None) -> httpx.Response:
        used = self.tokens["id_token"] if token is None else token
        return self.http.request(
            method, self.api_url + path, headers={"Authorization": used} if used else {}, json=body
        )  # fmt: skip

    def dragons(self, family: str = "") -> dict[str, dict[str, str]]:
        """By name."""
        answer = self.api("GET", "/dragons" + (f"?family={family}" if family else ""))
        expect(answer.status_code, 200)
        return {dragon["name"]: dragon for dragon in answer.json()["dragons"]}
