"""HTTP and HTTPS integrations: real requests to whatever is at the URL, within API Gateway's time limit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

SECONDS_MAX = 29.0
BODY_BYTES_MAX = 10 * 1024 * 1024
KEEPALIVE_MAX = 50

# Headers of one connection, which are not handed on over another.
HOP_BY_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding",
    "upgrade", "content-length", "host",
})  # fmt: skip


class CallFailed(Exception):
    """Nobody answered as HTTP demands."""


class CallTimedOut(CallFailed):
    """No whole answer within the time limit."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`headers` may repeat names. `url` has the query."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes
    seconds_max: float = SECONDS_MAX
    verify: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    status: int
    headers: list[tuple[str, str]]  # as they came, without those of the connection
    body: bytes


class HttpCaller:
    """Keeps connections open for the next call. One for each service that calls."""

    def __init__(self) -> None:
        self._clients: dict[tuple[bool, bool], Any] = {}

    async def call(self, request: Outgoing) -> Answered:
        """CallTimedOut, CallFailed."""
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        headers = [(name, value) for name, value in request.headers if name.lower() not in HOP_BY_HOP]
        client = self._client(request)
        try:
            made = client.build_request(
                request.method, request.url, headers=_without_defaults(headers), content=request.body,
                timeout=request.seconds_max,
            )  # fmt: skip
            answer = await client.send(made, stream=True)
            try:
                body = await _read(answer)
            finally:
                await answer.aclose()
        except httpx.TimeoutException:
            raise CallTimedOut(f"{request.url} did not answer within {request.seconds_max:g} s") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise CallFailed(f"{type(error).__name__}: {error}") from None
        kept = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in answer.headers.raw
            if name.decode("latin-1").lower() not in HOP_BY_HOP
        ]
        return Answered(answer.status_code, kept, body)

    def _client(self, request: Outgoing) -> Any:
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        key = (request.url.startswith("https:"), request.verify)
        found = self._clients.get(key)
        if found is None:  # only https reads the machine's certificates and proxies
            found = self._clients[key] = httpx.AsyncClient(
                verify=all(key), trust_env=all(key), follow_redirects=False,
                limits=httpx.Limits(max_keepalive_connections=KEEPALIVE_MAX, max_connections=None),
            )  # fmt: skip
        return found


def _without_defaults(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """The headers, and none that httpx would add for a client that says nothing."""
    names = {name.lower() for name, _ in headers}
    added = [] if "user-agent" in names else [("User-Agent", "AmazonAPIGateway")]
    added += [] if "accept" in names else [("Accept", "*/*")]
    added += [] if "accept-encoding" in names else [("Accept-Encoding", "identity")]
    return [(name.encode("latin-1", "replace"), _bytes(value)) for name, value in [*headers, *added]]


def _bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


async def _read(answer: Any) -> bytes:
    """The body as it came, still encoded."""
    body = bytearray()
    async for chunk in answer.aiter_raw():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise CallFailed("the answer is too large")
    return bytes(body)
