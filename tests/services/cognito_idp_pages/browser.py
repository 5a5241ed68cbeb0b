"""A browser of few words: it follows links, fills in forms, keeps cookies, and stops where the application begins."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx

CALLBACK = "http://localhost:3000/callback"


@dataclass
class Form:
    action: str
    values: dict[str, str] = field(default_factory=dict)


class Reader(HTMLParser):
    """What is on a page: forms, links, labels, and what it tells."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: dict[str, str] = {}
        self.told: dict[str, str] = {}
        self.labelled: set[str] = set()
        self.inputs: set[str] = set()
        self._reading = ""
        self._href = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag == "form":
            self.forms.append(Form(given["action"]))
        elif tag == "input":
            if given["type"] == "radio" and "checked" not in given:
                return
            self.forms[-1].values[given["name"]] = given.get("value", "")
            if given["type"] not in ("hidden", "radio"):
                self.inputs.add(given["id"])
        elif tag == "label" and given.get("for"):
            self.labelled.add(given["for"])
        elif tag == "a":
            self._href, self._reading = given["href"], "a"
        elif tag in ("h1", "code") or "role" in given:
            self._reading = given.get("role") or tag

    def handle_data(self, data: str) -> None:
        if self._reading == "a":
            self.links[data] = self._href
        elif self._reading:
            self.told[self._reading] = data
        self._reading = ""


class Browser:
    def __init__(self, endpoint: str, domain: str) -> None:
        self.root = f"{endpoint}/_aws/cognito-idp/{domain}"
        self.http = httpx.Client(follow_redirects=False)
        self.response: httpx.Response
        self.url = self.root
        self.landed = ""  # the application's URL, once there

    def get(self, path: str, **query: str) -> Browser:
        url = path if "://" in path else urljoin(self.url, path) if path.startswith("?") else self.root + path
        return self._take(self.http.get(url, params=query or None))

    def follow(self, text: str) -> Browser:
        """A link by its text."""
        return self._take(self.http.get(urljoin(self.url, self.page.links[text])))

    def submit(self, number: int = 0, **values: str) -> Browser:
        """A form of the page with what is typed."""
        form = self.page.forms[number]
        unknown = set(values) - set(form.values) - {"answer"}
        assert not unknown, f"the form has no {unknown}"
        return self._take(self.http.post(urljoin(self.url, form.action), data={**form.values, **values}))

    def _take(self, response: httpx.Response) -> Browser:
        self.landed = ""
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if target.startswith(CALLBACK) or "goodbye" in target:
                self.landed = target
                break
            response = self.http.get(target)
        self.response, self.url = response, str(response.url)
        return self

    @property
    def page(self) -> Reader:
        return Reader(self.response.text)

    @property
    def title(self) -> str:
        return self.page.told["h1"]

    @property
    def error(self) -> str:
        return self.page.told.get("alert", "")

    @property
    def notice(self) -> str:
        return self.page.told.get("status", "")

    @property
    def query(self) -> dict[str, str]:
        """What the application was told in its callback's query."""
        assert self.landed, self.response.text
        return dict(parse_qsl(urlsplit(self.landed).query))

    @property
    def fragment(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.landed).fragment))


VERIFIER = "verifier-" * 6
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
