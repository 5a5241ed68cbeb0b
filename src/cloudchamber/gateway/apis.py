"""The door to the APIs of API Gateway: their own hosts, paths that stand for these, and custom domains.

    {api}.execute-api.{region}.amazonaws.com, {api}.execute-api.localhost, …     /{stage}/…
    /_aws/execute-api/{api}/{stage}/…          /restapis/{api}/{stage}/_user_request_/…

Each request is an operation, `execute`, of the service whose API it is: `apigateway` for REST APIs, `apigatewayv2` for
the others. A service tells whose an API is by `data_plane_api(api_id)`: kind (`REST`, `HTTP`, `WEBSOCKET`), account,
region; and where a host leads by `custom_domain(host, path)`: the API, its stage (empty: the path names it), and how
much of the path is before what the API sees.
"""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import Caller
from cloudchamber.core.dispatch import Dispatcher, new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.core.faults import Dropped
from cloudchamber.core.spans import BODY_BYTES_MAX
from cloudchamber.gateway.auth import Authenticator, signature_of
from cloudchamber.gateway.http import BodyTooLarge, Disconnected, Request, Response
from cloudchamber.gateway.sigv4 import IncompleteSignature
from cloudchamber.gateway.websocket_apis import WebSocketApis
from cloudchamber.identity.principals import ANONYMOUS
from cloudchamber.registry import SERVICES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudchamber.core.context import Context
    from cloudchamber.gateway.upgrade import Upgrade
    from cloudchamber.identity.principals import Principal
    from cloudchamber.registry import Registry

    AwsApi = Callable[[Request], Awaitable[Response]]

MARK = ".execute-api."
AWS_PATH, LOCALSTACK_PATH, USER_REQUEST = "/_aws/execute-api/", "/restapis/", "/_user_request_"
REQUEST_BYTES_MAX = 10 * 1024 * 1024
HOSTS_MAX, HOST_CHARS_MAX = 4096, 255  # that are remembered
CONNECTIONS = "/@connections/"
KINDS = ("apigateway", "apigatewayv2")
_PLAIN = re.compile(r"(?:localhost|[\d.]+|\[.*\])?(?::\d+)?\Z")  # hosts that nobody can give a domain's name
log = logging.getLogger("cloudchamber.gateway")


class Target(NamedTuple):
    """The API a request is for. `path` is what follows the stage, or begins with it where `stage` is None.

    `sent_path` is what the path would be on AWS, `base_path` the part of it that a custom domain has added.
    """

    api_id: str
    stage: str | None
    path: str
    sent_path: str
    base_path: str = ""


class Api(NamedTuple):
    service: str
    kind: str  # REST, HTTP, WEBSOCKET
    account: str
    region: str


class Apis:
    def __init__(
        self, registry: Registry, dispatcher: Dispatcher, authenticator: Authenticator, aws_api: AwsApi
    ) -> None:
        """`aws_api` answers calls of AWS's API: those of the management API come in under an API's own address."""
        self._registry = registry
        self._dispatcher = dispatcher
        self._authenticator = authenticator
        self._aws_api = aws_api
        self._sockets = WebSocketApis(registry, dispatcher)
        self._hosts: dict[str, str] = {}  # host -> the API it names; empty for a host that names none

    def opens(self, request: Request) -> bool:
        host, path = request.host, request.path
        if (path.startswith(LOCALSTACK_PATH) and USER_REQUEST in path) or path.startswith(AWS_PATH):
            return True
        named = self._hosts.get(host)
        if named is None:
            named = self._named(host)
        return bool(named) or self._domain(request) is not None

    def _named(self, host: str) -> str:
        """The API a host names; empty for one that names none."""
        name, mark, _ = host.lower().partition(MARK)
        found = name.rpartition(".")[2] if mark else ""
        if len(host) <= HOST_CHARS_MAX:
            if len(self._hosts) >= HOSTS_MAX:
                self._hosts.clear()
            self._hosts[host] = found
        return found

    def _domain(self, request: Request) -> Target | None:
        """Where a custom domain leads. None for other hosts."""
        host = request.host
        if _PLAIN.match(host) is not None:
            return None
        for name in KINDS:
            if self._registry.is_loaded(name):
                service: Any = self._registry.get(name).service
                found = service.custom_domain(host, request.path)
                if found is not None:
                    api_id, stage, base_path = found
                    rest = request.path[len(base_path) :]
                    return Target(api_id, stage or None, rest or "/", request.path, base_path)
                return None
        return None

    def _target(self, request: Request) -> Target | None:
        path = request.path
        if path.startswith(AWS_PATH):
            api_id, _, rest = path.removeprefix(AWS_PATH).partition("/")
            stage, slash, rest = rest.partition("/")
            return Target(api_id, stage, f"/{rest}", f"/{stage}{slash}{rest}")
        if path.startswith(LOCALSTACK_PATH) and USER_REQUEST in path:
            place, _, rest = path.removeprefix(LOCALSTACK_PATH).partition(USER_REQUEST)
            api_id, _, stage = place.partition("/")
            return Target(api_id, stage, rest or "/", f"/{stage}{rest}")
        named = self._named(request.host)
        return Target(named, None, path, path) if named else self._domain(request)

    async def answer(self, request: Request) -> Response | Upgrade:
        target = self._target(request)
        api = None if target is None else self._api(target.api_id)
        if target is None or api is None:
            return refusal(403, "ForbiddenException", "Forbidden")
        if api.kind == "WEBSOCKET":
            _, mark, rest = target.path.partition(CONNECTIONS)
            if mark:
                if not ("authorization" in request.headers or "X-Amz-Signature=" in request.query_string):
                    return refusal(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
                request.path = CONNECTIONS + rest
                return await self._aws_api(request)
            if request.wants_websocket:
                return await self._sockets.connect(request, self._asked(request, target), (api.account, api.region))
        is_too_large = False
        try:
            await request.buffered(REQUEST_BYTES_MAX)
        except BodyTooLarge:
            is_too_large = True
        return await self._execute(request, target, api, is_too_large)

    def _api(self, api_id: str) -> Api | None:
        for name in KINDS:
            if name in SERVICES:
                service: Any = self._registry.get(name).service
                found = service.data_plane_api(api_id)
                if found is not None:
                    return Api(name, *found)
        return None

    async def _execute(self, request: Request, target: Target, api: Api, is_too_large: bool) -> Response:
        dispatcher = self._dispatcher
        clock = dispatcher.clock
        begun = clock.perf()
        span = new_span(api.service, "execute", ids.request_id(), request.headers.get("x-amzn-trace-id"), clock.now())
        ctx = self._context(request, api, span)
        where = f"arn:aws:execute-api:{api.region}:{api.account}:{target.api_id}"
        span.resource = f"{where}/{request.method}{target.sent_path}"  # which stage it is, the service finds out
        error: AwsError | None = None
        try:
            made = await dispatcher.run(
                dispatcher.lookup(api.service, "execute"),
                ctx,
                self._asked(request, target, is_too_large),
            )
            response = Response(made["Status"], made["Headers"], made["Body"])
        except (Dropped, Disconnected, asyncio.CancelledError):  # nobody is there to be answered
            span.status = 499
            dispatcher.close(span, clock.perf() - begun)
            raise
        except AwsError as raised:  # a fault, or a mistake of ours
            error = raised
            response = refusal(raised.status, raised.code, raised.message)
        span.status = response.status
        body, answer = request.body, response.body
        span.input_bytes = len(body)
        span.input = body if len(body) <= BODY_BYTES_MAX else None
        if isinstance(answer, bytes):
            span.output_bytes = len(answer)
            span.output = answer if len(answer) <= BODY_BYTES_MAX else None
        dispatcher.close(span, clock.perf() - begun, error)
        return response

    def _asked(self, request: Request, target: Target, is_too_large: bool = False) -> dict[str, Any]:
        return {
            "ApiId": target.api_id, "Stage": target.stage, "Path": target.path, "SentPath": target.sent_path,
            "BasePath": target.base_path, "Http": request, "Identify": lambda: self._caller(request),
            "IsTooLarge": is_too_large,
        }  # fmt: skip

    def _context(self, request: Request, api: Api, span: Any) -> Context:
        agent, referer = request.headers.get("user-agent", ""), request.headers.get("referer", "")
        caller = Caller(request.client_ip, request.secure, agent, request.endpoint, referer)
        return self._dispatcher.open(span, ANONYMOUS, api.account, api.region, caller)

    def _caller(self, request: Request) -> Principal:
        """Who signed the request. AwsError for nobody, or for a signature that does not verify."""
        try:
            signature = signature_of(request)
        except IncompleteSignature as error:
            raise AwsError(str(error), code="IncompleteSignatureException", status=403) from None
        if signature is None:
            raise AwsError("Missing Authentication Token", code="MissingAuthenticationTokenException", status=403)
        if signature.service != "execute-api":
            text = "Credential should be scoped to correct service: 'execute-api'. "
            raise AwsError(text, code="InvalidSignatureException", status=403)
        return self._authenticator.identify(request, signature, "json", False).principal


def refusal(status: int, code: str, message: str) -> Response:
    """What API Gateway says before any API has a say."""
    headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", ids.request_id()), ("x-amzn-ErrorType", code)]
    return Response(status, headers, orjson.dumps({"message": message}))
