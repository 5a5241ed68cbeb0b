"""Calls of API destinations: real HTTP requests, authorised by their connection, no more a second than they allow.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import orjson

from cloudchamber.core.service import Platform, Request, private_operation
from cloudchamber.identity import principals
from cloudchamber.services.events import limits
from cloudchamber.services.events.destinations import Destinations
from cloudchamber.services.events.errors import EndpointBusy, EndpointRefused, ResourceNotFound, TooEarly

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.events.tables import ApiDestination, Connection

_AGENT = "Amazon/EventBridge/ApiDestinations"
_AGAIN = frozenset({401, 407, 409, 429})  # and 5xx


class HttpCalls(Destinations):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._clients: dict[bool, Any] = {}
        self._slots: dict[str, float] = {}  # by destination: the instant of the next call
        self._tokens: dict[
            str, tuple[str, float]
        ] = {}  # by connection and its last change: token, end in epoch seconds

    @private_operation
    async def invoke_api_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        """One call: `Arn`, `Body` (bytes), `Path` (list), `Headers` and `Query` (maps). `Slot` says that its turn has
        come. `Body` of the answer. EndpointBusy for what is worth a retry, EndpointRefused for what is not."""
        destination = self.destination_by_arn(request["Arn"])
        connection = None if destination is None else self.connection_by_arn(destination.connection_arn)
        if destination is None or connection is None:
            raise ResourceNotFound("The API destination or its connection does not exist.")
        if connection.state != "AUTHORIZED":
            raise EndpointRefused("The connection is not authorized.")
        if not request["Slot"]:
            self._take_slot(destination)
        secret = await ctx.call(
            "secretsmanager:GetSecretValue", principal=principals.root(connection.account), region=connection.region,
            SecretId=connection.secret_arn,
        )  # fmt: skip
        parameters = orjson.loads(secret["SecretString"])
        headers, query = await self._authorized(connection, parameters, dict(request["Headers"]), request["Query"])
        body = _with_parameters(request["Body"], parameters.get("InvocationHttpParameters") or {})
        url = destination.endpoint
        for value in request["Path"]:
            url = url.replace("*", quote(value, safe=""), 1)
        status, answer = await self._send(
            destination.method, url, {"params": query or None, "headers": headers, "content": body}
        )
        if status in (401, 407):
            self._tokens.pop(_token_key(connection), None)
        if not 200 <= status < 300:
            kind = EndpointBusy if status in _AGAIN or status >= 500 else EndpointRefused
            raise kind(f"{url} answered {status}")
        return {"Body": answer}

    def _take_slot(self, destination: ApiDestination) -> None:
        """TooEarly, with the instant when its turn comes, for a call that would be one too many."""
        now = self.clock.now()
        slot = max(now, self._slots.get(destination.arn, 0.0))
        self._slots[destination.arn] = slot + 1 / destination.rate_per_second
        if slot > now:
            raise TooEarly(slot)

    async def _send(self, method: str, url: str, how: dict[str, Any]) -> tuple[int, bytes]:
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        try:
            answer = await self._client(url).request(method, url, **how)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise EndpointBusy(f"{type(error).__name__}: {error}") from None
        return answer.status_code, answer.content

    def _client(self, url: str) -> Any:
        """A client for a scheme: only https reads the machine's certificates and proxies."""
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        is_secure = url.startswith("https:")
        if is_secure not in self._clients:
            self._clients[is_secure] = httpx.AsyncClient(
                verify=is_secure, trust_env=is_secure, timeout=limits.HTTP_SECONDS_MAX, follow_redirects=False,
                limits=httpx.Limits(max_keepalive_connections=0),
            )  # fmt: skip
        return self._clients[is_secure]

    async def _authorized(
        self, connection: Connection, parameters: Any, headers: dict[str, str], query: Any
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and query with what the connection adds; it wins over what the target says."""
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": _AGENT, **headers}
        extra = parameters.get("InvocationHttpParameters") or {}
        headers |= _pairs(extra, "HeaderParameters")
        if connection.kind == "BASIC":
            basic = parameters["BasicAuthParameters"]
            text = base64.b64encode(f"{basic['Username']}:{basic['Password']}".encode()).decode()
            headers["Authorization"] = f"Basic {text}"
        elif connection.kind == "API_KEY":
            key = parameters["ApiKeyAuthParameters"]
            headers[key["ApiKeyName"]] = key["ApiKeyValue"]
        else:
            headers["Authorization"] = f"Bearer {await self._token(connection, parameters['OAuthParameters'])}"
        return headers, {**query, **_pairs(extra, "QueryStringParameters")}

    async def _token(self, connection: Connection, oauth: Any) -> str:
        """An access token by client credentials, kept for as long as it is good."""
        import httpx  # noqa: PLC0415 - heavy, seldom needed

        key = _token_key(connection)
        kept = self._tokens.get(key)
        if kept is not None and kept[1] > self.clock.now():
            return kept[0]
        client, extra = oauth["ClientParameters"], oauth.get("OAuthHttpParameters") or {}
        form = {
            "grant_type": "client_credentials", "client_id": client["ClientID"],
            "client_secret": client["ClientSecret"], **_pairs(extra, "BodyParameters"),
        }  # fmt: skip
        how = {"params" if oauth["HttpMethod"] == "GET" else "data": form}
        url = oauth["AuthorizationEndpoint"]
        try:
            answer = await self._client(url).request(
                oauth["HttpMethod"], url, headers=_pairs(extra, "HeaderParameters"), **how
            )
            given = answer.json() if answer.is_success else {}
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise EndpointBusy(f"{type(error).__name__}: {error}") from None
        if not isinstance(given, dict) or not isinstance(given.get("access_token"), str):
            raise EndpointBusy(f"{url} gave no access token ({answer.status_code})")
        token: str = given["access_token"]
        if len(self._tokens) >= limits.TOKENS_CACHED_MAX:
            self._tokens.clear()
        self._tokens[key] = (token, self.clock.now() + float(given.get("expires_in") or 0))
        return token


def _token_key(connection: Connection) -> str:
    return f"{connection.arn}|{connection.modified_at}"


def _pairs(parameters: Any, member: str) -> dict[str, str]:
    return {one["Key"]: one["Value"] for one in parameters.get(member) or ()}


def _with_parameters(body: bytes, extra: Any) -> bytes:
    """A JSON object with the connection's body parameters; anything else as it is."""
    added = _pairs(extra, "BodyParameters")
    if not added:
        return body
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    return orjson.dumps(found | added) if isinstance(found, dict) else body
