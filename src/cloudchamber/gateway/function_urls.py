"""The door to functions by URL: hosts of the form `ID.lambda-url.REGION.…`, and the deployment packages whose address
GetFunction gives."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import Caller
from cloudchamber.core.dispatch import Dispatcher, new_span
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.gateway.auth import Authenticator, signature_of
from cloudchamber.gateway.http import Request, Response
from cloudchamber.gateway.sigv4 import IncompleteSignature
from cloudchamber.identity import principals

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.identity.principals import Principal
    from cloudchamber.registry import Registry

MARK, CODE = ".lambda-url.", "/_lambda/code/"
BODY_BYTES_MAX = 6 * 1024 * 1024
_JSON = [("Content-Type", "application/json")]
log = logging.getLogger("cloudchamber.gateway")


class FunctionUrls:
    def __init__(self, registry: Registry, dispatcher: Dispatcher, authenticator: Authenticator) -> None:
        self._registry = registry
        self._dispatcher = dispatcher
        self._authenticator = authenticator

    @property
    def _clock(self) -> Clock:
        return self._dispatcher.clock

    def opens(self, request: Request) -> bool:
        return MARK in request.host or request.path.startswith(CODE)

    async def answer(self, request: Request) -> Response:
        service: Any = self._registry.get("lambda").service
        if request.path.startswith(CODE):
            content = service.package(request.path.removeprefix(CODE).removesuffix(".zip"))
            return (
                Response(404, []) if content is None else Response(200, [("Content-Type", "application/zip")], content)
            )
        url = service.url(request.host.partition(".")[0])
        if url is None:
            return _refusal(404, "NotFoundException", None)
        await request.buffered(BODY_BYTES_MAX)
        cors = _cors_headers(request, url.settings.get("Cors") or {})
        if request.method == "OPTIONS" and cors and "access-control-request-method" in request.headers:
            return Response(200, cors)
        try:
            made = await self._invoke(request, url)
        except AccessDenied:
            return _refusal(403, "AccessDeniedException", "Forbidden")
        except AwsError as error:
            return _refusal(error.status, error.code, error.message)
        own = {name.lower() for name, _ in made["Headers"]}
        headers = [*made["Headers"], *(pair for pair in cors if pair[0].lower() not in own)]
        return Response(made["Status"], headers, made["Body"])

    async def _invoke(self, request: Request, url: Any) -> Any:
        principal = self._caller(request) if url.settings["AuthType"] == "AWS_IAM" else principals.ANONYMOUS
        trace = request.headers.get("x-amzn-trace-id")
        span = new_span("lambda", "Invoke", ids.request_id(), trace, self._clock.now())
        caller = Caller(request.client_ip, request.secure, request.headers.get("user-agent", ""), request.endpoint)
        ctx = self._dispatcher.open(span, principal, url.account, url.region, caller)
        host, _, port = request.host.partition(":")
        http = {
            "method": request.method, "path": request.path, "query": request.query_string, "host": host,
            "headers": request.headers, "body": request.body, "ip": request.client_ip, "port": port or "443",
            "scheme": "https" if request.secure else "http",
        }  # fmt: skip
        arn = f"arn:aws:lambda:{url.region}:{url.account}:function:{url.function}"
        return await ctx.call(
            "lambda:invoke_url", FunctionName=arn, Qualifier=url.qualifier, AuthType=url.settings["AuthType"],
            InvokeMode=url.settings["InvokeMode"], Http=http,
        )  # fmt: skip

    def _caller(self, request: Request) -> Principal:
        """Who signed the request. AccessDenied for nobody, or for a signature that does not verify."""
        try:
            signature = signature_of(request)
        except IncompleteSignature:
            raise AccessDenied("Forbidden") from None
        if signature is None or signature.service != "lambda":
            raise AccessDenied("Forbidden")
        try:
            return self._authenticator.identify(request, signature, "json", False).principal
        except AwsError as error:
            raise AccessDenied(error.message) from None


def _refusal(status: int, code: str, message: str | None) -> Response:
    return Response(status, [*_JSON, ("x-amzn-ErrorType", code)], orjson.dumps({"Message": message}))


def _cors_headers(request: Request, rules: Any) -> list[tuple[str, str]]:
    """What the URL's CORS configuration lets a page of another origin have; nothing for other requests."""
    origin = request.headers.get("origin")
    allowed = rules.get("AllowOrigins") or ()
    if origin is None or not ("*" in allowed or origin in allowed):
        return []
    headers = [("Access-Control-Allow-Origin", "*" if "*" in allowed and not rules.get("AllowCredentials") else origin)]
    if rules.get("AllowCredentials"):
        headers.append(("Access-Control-Allow-Credentials", "true"))
    if rules.get("ExposeHeaders"):
        headers.append(("Access-Control-Expose-Headers", ",".join(rules["ExposeHeaders"])))
    if request.method == "OPTIONS":
        for member, name in (("AllowMethods", "Methods"), ("AllowHeaders", "Headers")):
            if rules.get(member):
                headers.append((f"Access-Control-Allow-{name}", ",".join(rules[member])))
        if rules.get("MaxAge") is not None:
            headers.append(("Access-Control-Max-Age", str(rules["MaxAge"])))
    return headers
