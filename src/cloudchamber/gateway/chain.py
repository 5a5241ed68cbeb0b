"""From a request to an answer: which door, which service, who calls, run it, write it down.

Doors other than AWS's API (the console, LocalStack's health page, the data planes) come first and match by host or
path; what they do not take is an AWS API call. Every error on the way is answered as the addressed service would.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
import zlib
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from cloudchamber.core import ids
from cloudchamber.core.context import Caller, Context
from cloudchamber.core.dispatch import Dispatcher, new_span
from cloudchamber.core.errors import AwsError, InternalFailure
from cloudchamber.core.faults import Dropped
from cloudchamber.core.service import Service
from cloudchamber.core.spans import BODY_BYTES_MAX, Span
from cloudchamber.gateway import buckets, cors
from cloudchamber.gateway.auth import Authenticator, Family, Identified, failure, signature_of
from cloudchamber.gateway.hosts import Address, Addresses, signing_names
from cloudchamber.gateway.http import BodyTooLarge, Disconnected, Request, Response
from cloudchamber.gateway.sigv4 import S3_NAMES, IncompleteSignature, Signature
from cloudchamber.protocol import models
from cloudchamber.protocol.errors import ErrorSerializer
from cloudchamber.protocol.routing import Router, UnknownOperation
from cloudchamber.registry import LoadedService, Registry, not_implemented

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.gateway.server import Upgrade
    from cloudchamber.protocol.routing import Route

log = logging.getLogger("cloudchamber.gateway")

BODY_BYTES_LIMIT = 128 * 1024 * 1024  # of an operation that takes its input whole
INFLATED_BYTES_LIMIT = 128 * 1024 * 1024
CLIENT_GONE = 499
PLAIN_HOSTS = frozenset({"localhost", "127.0.0.1"})  # whose root is the AWS API: no door is there
FUNCTION_MARK = "exec-env/AWS_Lambda_"  # in the user agent of SDKs that run in a function
REQUEST_ID_HEADERS = Service.request_id_headers
NO_SERVICE = (
    "No service could be told from the request: it has no X-Amz-Target, no signature, no host of a service "
    "and no known Action"
)


class Door(Protocol):
    """A part of the cloud that takes requests by host or path."""

    def opens(self, request: Request) -> bool: ...
    async def answer(self, request: Request) -> Response | Upgrade: ...


class Chain:
    """The application behind the server."""

    def __init__(self, clock: Clock, registry: Registry, dispatcher: Dispatcher, authenticator: Authenticator) -> None:
        self._clock = clock
        self._registry = registry
        self._dispatcher = dispatcher
        self._authenticator = authenticator
        self._addresses = Addresses()
        self.doors: list[Door] = []
        self.origins = cors.Origins()

    async def __call__(self, request: Request) -> Response | Upgrade:
        try:
            if request.path != "/" or request.host.partition(":")[0] not in PLAIN_HOSTS:
                for door in self.doors:
                    if door.opens(request):
                        return await door.answer(request)
            if "origin" in request.headers or "sec-fetch-site" in request.headers:
                return await self._for_page(request)
            return await self.aws_api(request)
        except (Dropped, Disconnected):
            raise
        except AwsError as error:
            return Response(error.status, [("Content-Type", "text/plain")], f"{error.code}: {error.message}".encode())
        except Exception:
            log.exception("request failed outside of dispatch")
            return Response(500, [("Content-Type", "text/plain")], b"InternalFailure")

    async def _for_page(self, request: Request) -> Response:
        """What a browser sends. The rules of a resource (a bucket's) say which pages may; else the cloud's own."""
        own = self._own_rules(request)
        if not own and self.origins.refuses(request) and (own is None or not cors.is_public(request)):
            return cors.refusal(request)
        if own is None and request.method == "OPTIONS" and cors.is_preflight(request):
            return cors.preflight(request)
        response = await self.aws_api(request)
        if own is not None:
            response.headers += own
        elif "origin" in request.headers:
            cors.allow(request, response)
        return response

    def _own_rules(self, request: Request) -> list[tuple[str, str]] | None:
        try:
            address = self._locate(request, signature_of(request))
        except IncompleteSignature:
            return None
        if address is None or address.service not in self._addresses.offered:
            return None
        return self._registry.get(address.service).service.page_headers(request)

    # the AWS road

    def _locate(self, request: Request, signature: Signature | None) -> Address | None:
        """Which service, with its resource in the path where the host names it."""
        found = buckets.by_host(request) if signature is None else None
        found = found or self._addresses.locate(request, signature) or self._addresses.by_scope(request)
        if found is None and buckets.SERVICE in self._addresses.offered:
            found = buckets.unclaimed(request)
        if found is not None and found.service == buckets.SERVICE:
            buckets.place(request)
        return found

    async def aws_api(self, request: Request) -> Response:
        """The answer to a call of AWS's API."""
        begun = self._clock.perf()
        trace_header = request.headers.get("x-amzn-trace-id")
        span = new_span("", "", ids.request_id(), trace_header, self._clock.now())
        call = _Call(request, span)
        error: AwsError | None = None
        try:
            await self._prepare(call)
            response = await self._run(call)
            span.status = response.status
        except (Dropped, Disconnected, asyncio.CancelledError):  # nobody is there to be answered
            span.status = CLIENT_GONE
            self._dispatcher.close(span, self._clock.perf() - begun)
            raise
        except AwsError as raised:
            error = raised
            response = self._error(call, raised)
        except Exception as unforeseen:  # our bug, in a codec or on the way
            log.exception("%s:%s failed outside of its handler", span.service, span.operation)
            span.stack = traceback.format_exc()
            error = InternalFailure(f"An internal error occurred ({type(unforeseen).__name__})")
            response = self._error(call, error)
        loaded = call.loaded
        for name in REQUEST_ID_HEADERS if loaded is None else loaded.service.request_id_headers:
            response.headers.append((name, span.request_id))
        self._keep_bodies(span, request, response)
        self._dispatcher.close(span, self._clock.perf() - begun, error)
        return response

    async def _prepare(self, call: _Call) -> None:
        """Find the service, the operation and the caller."""
        request, span = call.request, call.span
        try:
            call.signature = signature_of(request)
        except IncompleteSignature as error:
            call.incomplete = str(error)
        address = self._locate(request, call.signature)
        if address is None:
            raise AwsError(NO_SERVICE, code="UnknownService", status=400)
        span.service, call.address = address.service, address
        if address.service not in self._addresses.offered:
            raise _not_offered(address, request)
        call.loaded = loaded = self._registry.get(address.service)
        if request.stream is not None and not any(p.startswith("rest") for p in loaded.model.protocols):
            await request.buffered(BODY_BYTES_LIMIT)
        try:
            call.route = route = loaded.router.route(request)
        except UnknownOperation as error:
            raise loaded.service.unknown(request, error) from None
        span.operation, span.protocol = route.operation, route.protocol
        operation = loaded.model.operation(route.operation)
        call.unsigned_ok = operation.is_unsigned or loaded.service.takes_anonymous
        call.streams = operation.streams_input
        if request.stream is not None and not (call.streams and _declares_payload(request, call.signature)):
            await request.buffered(BODY_BYTES_LIMIT)

    async def _run(self, call: _Call) -> Response:
        loaded, route, request = call.loaded, call.route, call.request
        assert loaded is not None and route is not None
        identified = self._identify(call)
        context = self._context(call, identified)
        bound = loaded.operation(route.operation)
        codec = loaded.codec(route.operation, route.protocol)
        wire: Any = request
        if call.streams:
            wire = _Streamed(request, self._authenticator.authentic_body(request, identified))
        elif "content-encoding" in request.headers:
            await self._decode(request, identified)
        parsed = codec.parse(wire)
        if route.protocol.startswith("rest"):  # half of the input is not in the body
            call.span.input = dict(parsed)
        parameters = loaded.service.adopt(wire, parsed)
        output = await self._dispatcher.run(bound, context, parameters)
        return codec.serialize(output, call.span.request_id)

    async def _decode(self, request: Request, identified: Identified) -> None:
        """Take a body out of what it was wrapped in for its way."""
        decoded = self._authenticator.authentic_body(request, identified)
        if decoded is not None:
            request.body = b"".join([piece async for piece in decoded])
        request.body = inflate(request)

    def _identify(self, call: _Call) -> Identified:
        family = call.family
        if call.request.method == "OPTIONS":  # a preflight is nobody's: its URL was signed for what is to follow
            return self._authenticator.identify(call.request, None, family, call.unsigned_ok)
        if call.incomplete is not None:
            raise failure("incomplete", family, call.incomplete)
        signature, loaded = call.signature, call.loaded
        assert loaded is not None
        if signature is not None and loaded.model.name not in (signing_names(signature.service) or ()):
            text = f"Credential should be scoped to correct service: '{loaded.model.signing_name}'. "
            raise failure("mismatch", family, text)
        return self._authenticator.identify(call.request, signature, family, call.unsigned_ok)

    def _context(self, call: _Call, identified: Identified) -> Context:
        request = call.request
        principal = identified.principal
        region = identified.signature.region if identified.signature is not None else call.region
        agent = request.headers.get("user-agent", "")
        # Functions reach this cloud by HTTP within the machine; on AWS theirs is HTTPS, and policies may insist on it.
        is_secure = request.secure or (principal.kind == "role" and FUNCTION_MARK in agent)
        caller = Caller(request.client_ip, is_secure, agent, request.endpoint, request.headers.get("referer", ""))
        return self._dispatcher.open(call.span, principal, principal.account, region, caller)

    def _error(self, call: _Call, error: AwsError) -> Response:
        span = call.span
        loaded = call.loaded
        if loaded is None:
            response = _plain_error(error, call)
        else:
            protocol = call.route.protocol if call.route else loaded.router.default_protocol(call.request)
            try:
                response = loaded.errors(protocol)(error, span.request_id)
            except Exception:
                log.exception("an error could not be written")
                response = loaded.errors(protocol)(InternalFailure("An internal error occurred"), span.request_id)
        span.status = response.status
        if not span.started_at:
            span.started_at = self._clock.now()
        return response

    @staticmethod
    def _keep_bodies(span: Span, request: Request, response: Response) -> None:
        """References to the bytes, for whoever looks at the trace."""
        span.input_bytes = len(request.body)
        if span.input is None and span.input_bytes <= BODY_BYTES_MAX:
            span.input = request.body
        if isinstance(response.body, bytes):
            span.output_bytes = len(response.body)
            if span.output_bytes <= BODY_BYTES_MAX:
                span.output = response.body


class _Call:
    """What is known of a call so far."""

    __slots__ = ("address", "incomplete", "loaded", "request", "route", "signature", "span", "streams", "unsigned_ok")

    def __init__(self, request: Request, span: Span) -> None:
        self.request = request
        self.span = span
        self.signature: Signature | None = None
        self.incomplete: str | None = None
        self.address: Address | None = None
        self.loaded: LoadedService | None = None
        self.route: Route | None = None
        self.unsigned_ok = False
        self.streams = False

    @property
    def region(self) -> str:
        return (self.address.region if self.address else None) or "us-east-1"

    @property
    def family(self) -> Family:
        """Whose names the service's authentication errors have."""
        if self.loaded is None or self.route is None:
            return "query"
        if not self.loaded.service.wraps_errors:
            return "s3"
        if self.route.protocol in ("query", "ec2", "rest-xml") or "awsQueryCompatible" in self.loaded.model.metadata:
            return "query"
        return "json"


class _Streamed:
    """A request whose body is handed to the handler as it comes."""

    __slots__ = ("body", "headers", "method", "path", "query_string", "stream")

    def __init__(self, request: Request, body: Any) -> None:
        self.method = request.method
        self.path = request.path
        self.query_string = request.query_string
        self.headers: Mapping[str, str] = request.headers
        self.body = request.body
        self.stream = body


def inflate(request: Request) -> bytes:
    """A body the client has compressed, as SDKs do where a service allows it. RequestEntityTooLarge for a bomb."""
    body = request.body
    for encoding in reversed(request.headers["content-encoding"].split(",")):
        if encoding.strip().lower() == "gzip" and body:
            body = _gunzip(body)
    return body


def _gunzip(body: bytes) -> bytes:
    """All members of a gzip body. SerializationException if it is none, or ends early."""
    parts: list[bytes] = []
    left = INFLATED_BYTES_LIMIT
    while body:
        inflater = zlib.decompressobj(wbits=31)
        try:
            parts.append(inflater.decompress(body, left))
        except zlib.error:
            raise AwsError("Content-Encoding is gzip and the body is not", code="SerializationException") from None
        left -= len(parts[-1])
        if inflater.unconsumed_tail or left <= 0:
            raise BodyTooLarge("Request size exceeded")
        if not inflater.eof:
            raise AwsError("The gzip body ends early", code="SerializationException")
        body = inflater.unused_data
    return b"".join(parts)


def _declares_payload(request: Request, signature: Signature | None) -> bool:
    """Whether a body can be handed on as it comes: its hash need not be known for the signature to verify."""
    if signature is None or "x-amz-content-sha256" in request.headers:
        return True
    return signature.is_presigned and signature.service in S3_NAMES


def _not_offered(address: Address, request: Request) -> AwsError:
    """The refusal of a service that AWS has and this cloud lacks, by the operation's name where it can be told."""
    operation = address.operation
    if operation is None:
        try:
            operation = _foreign_router(address.service).route(request).operation
        except AwsError:
            operation = "(operation)"
    return not_implemented(address.service, operation[:128])


@lru_cache(maxsize=16)
def _foreign_router(service: str) -> Router:
    return Router(models.load(service))


def _plain_error(error: AwsError, call: _Call) -> Response:
    """An error where no service is loaded to speak for itself."""
    request, address = call.request, call.address
    if address is None:
        is_json = "x-amz-target" in request.headers or "json" in request.headers.get("content-type", "")
        metadata = {"protocol": "json", "jsonVersion": "1.1"}
        model = models.ServiceModel("unknown", {"metadata": metadata, "operations": {}, "shapes": {}})
        return ErrorSerializer(model, "json" if is_json else "query")(error, call.span.request_id)
    router = _foreign_router(address.service)
    wrapped = address.service not in ("s3", "s3control")
    serializer = ErrorSerializer(models.load(address.service), router.default_protocol(request), wrapped)
    return serializer(error, call.span.request_id)


Application = Callable[[Request], Awaitable["Response | Upgrade"]]
