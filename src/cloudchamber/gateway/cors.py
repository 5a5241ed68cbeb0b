"""Requests that browsers send for a page: which pages may talk to the AWS API, and the headers that let them read.

Every call is signed, but the key `test` is no secret: were any origin let in, any page a developer visits could run
functions on their machine. So only pages of this machine may (`localhost`, `*.localhost`, loopback addresses, the very
address a request came in on) and what `Origins.also` names; the others are refused before anything is done. AWS itself
lets any origin in: there the secret is one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudchamber.protocol.wire import Response

if TYPE_CHECKING:
    from cloudchamber.gateway.http import Request

METHODS = "HEAD,GET,PUT,POST,DELETE,OPTIONS,PATCH"
MAX_AGE_SECONDS = "600"
_LOCAL = re.compile(
    r"https?://(?:(?:[a-z0-9_-]+\.)*localhost|(?:[a-z0-9_-]+\.)*localhost\.localstack\.cloud|127(?:\.\d{1,3}){3}|"
    r"\[::1\])(?::\d{1,5})?\Z",
    re.ASCII,
)
_ADDRESS = re.compile(r"https?://((?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])(?::\d{1,5})?)\Z", re.ASCII)
_ORIGIN = re.compile(r"https?://[^/?#]+")


class Origins:
    """The origins whose pages may use the API. `also` holds those allowed by configuration; `*` allows all."""

    def __init__(self) -> None:
        self.also: frozenset[str] = frozenset()

    def refuses(self, request: Request) -> bool:
        """Whether a browser sends this for a page from elsewhere."""
        headers = request.headers
        origin = headers.get("origin")
        if origin is None:
            if headers.get("sec-fetch-site") != "cross-site":
                return False
            found = _ORIGIN.match(headers.get("referer", ""))
            origin = found[0] if found else "null"
        return not self.trusts(origin.lower(), request.host)

    def trusts(self, origin: str, host: str) -> bool:
        if origin in self.also or "*" in self.also or _LOCAL.match(origin) is not None:
            return True
        # Of names only local ones: any name can be made to resolve to this machine, an address cannot.
        address = _ADDRESS.match(origin)
        return address is not None and address[1] == host


def refusal(request: Request) -> Response:
    origin = request.headers.get("origin") or request.headers.get("referer") or "unknown"
    text = f"Pages of the origin {origin[:256]} may not use this cloud: it only serves pages of this machine"
    return Response(403, [("Content-Type", "text/plain; charset=utf-8")], text.encode("utf-8", "replace"))


def is_preflight(request: Request) -> bool:
    return "origin" in request.headers and "access-control-request-method" in request.headers


def is_public(request: Request) -> bool:
    """Whether a request has nothing to show but itself: it gets what anybody gets, so any page may have it sent."""
    return (
        request.method in ("GET", "HEAD", "OPTIONS")
        and "authorization" not in request.headers
        and "X-Amz-" not in request.query_string
        and "Signature=" not in request.query_string
    )


def preflight(request: Request) -> Response:
    headers = [
        ("Access-Control-Allow-Origin", request.headers["origin"]),
        ("Access-Control-Allow-Methods", METHODS),
        ("Access-Control-Allow-Headers", request.headers.get("access-control-request-headers", "*")),
        ("Access-Control-Max-Age", MAX_AGE_SECONDS),
        ("Vary", "Origin"),
    ]
    if request.headers.get("access-control-request-private-network") == "true":
        headers.append(("Access-Control-Allow-Private-Network", "true"))
    return Response(204, headers)


def allow(request: Request, response: Response) -> None:
    """Let the page read the answer; one that speaks for itself (a bucket's CORS) is left alone."""
    if any(name.lower() == "access-control-allow-origin" for name, _ in response.headers):
        return
    exposed = ", ".join(dict.fromkeys([name for name, _ in response.headers] + ["x-amzn-RequestId", "Date"]))
    response.headers.append(("Access-Control-Allow-Origin", request.headers["origin"]))
    response.headers.append(("Access-Control-Expose-Headers", exposed))
    response.headers.append(("Vary", "Origin"))
