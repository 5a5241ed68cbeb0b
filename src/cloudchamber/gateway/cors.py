"""Cross-origin requests from browsers to the AWS API: a page served anywhere may talk to its developer's own cloud.

Credentials are not cookies here: every call is signed, so allowing any origin gives away nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.protocol.wire import Response

if TYPE_CHECKING:
    from cloudchamber.gateway.http import Request

METHODS = "HEAD,GET,PUT,POST,DELETE,OPTIONS,PATCH"
MAX_AGE_SECONDS = "600"


def is_preflight(request: Request) -> bool:
    return "origin" in request.headers and "access-control-request-method" in request.headers


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
