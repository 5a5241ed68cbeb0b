"""The door to the pages of user pools' domains.

`DOMAIN.auth.REGION.amazoncognito.com` and the like by Host (also `.localhost` in the place of `.com`), and on this
machine's plain name `/_aws/cognito-idp/DOMAIN/…`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from cloudchamber.core import ids
from cloudchamber.core.context import Caller
from cloudchamber.core.dispatch import Dispatcher, new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.gateway.http import Request, Response
from cloudchamber.identity import principals

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock

PREFIX = "/_aws/cognito-idp/"
BODY_BYTES_MAX = 256 * 1024
_MARK = ".amazoncognito."
_HOST = re.compile(
    r"([a-z0-9][a-z0-9-]*)\.auth\.([a-z0-9-]+)\.amazoncognito\.(?:com|localhost|localhost\.localstack\.cloud)"
    r"(?::\d+)?\Z"
)


class UserPoolPages:
    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    @property
    def _clock(self) -> Clock:
        return self._dispatcher.clock

    def opens(self, request: Request) -> bool:
        return request.path.startswith(PREFIX) or (_MARK in request.host and _place(request) is not None)

    async def answer(self, request: Request) -> Response:
        place = _place(request)
        if place is None:
            return Response(404, [("Content-Type", "text/plain")], b"There is no such page")
        domain, region, base, path = place
        await request.buffered(BODY_BYTES_MAX)
        caller = Caller(request.client_ip, request.secure, request.headers.get("user-agent", ""), request.endpoint)
        span = new_span("cognito-idp", "", ids.request_id(), None, self._clock.now())
        nobody = principals.ANONYMOUS
        ctx = self._dispatcher.open(span, nobody, "", region or "us-east-1", caller)
        headers = request.headers
        try:
            made: Any = await ctx.call(
                "cognito-idp:serve_page", Domain=domain, Region=region, Method=request.method, Path=path, Base=base,
                Origin=request.endpoint, Query=request.query_string.encode("latin-1", "replace"), Body=request.body,
                Cookie=headers.get("cookie", "").encode("latin-1", "replace"),
                Authorization=headers.get("authorization", "").encode("latin-1", "replace"),
            )  # fmt: skip
        except AwsError as error:
            return Response(error.status, [("Content-Type", "text/plain; charset=utf-8")], error.message.encode())
        page = made["Page"]
        return Response(page.status, page.headers, b"" if request.method == "HEAD" else page.body)


def _place(request: Request) -> tuple[str, str, str, str] | None:
    """The domain, its region where the host says it, the path of its root, and the path below that."""
    found = _HOST.match(request.host.lower())
    if found is not None:
        return found[1], found[2], "", unquote(request.path)
    if request.path.startswith(PREFIX):
        domain, _, path = request.path.removeprefix(PREFIX).partition("/")
        return (domain, "", PREFIX + domain, f"/{unquote(path)}") if domain else None
    return None
