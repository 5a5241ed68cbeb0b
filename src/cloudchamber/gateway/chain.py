"""From a request to an answer: which door, which service, who calls, run it, write it down.

Doors other than AWS's API (the console, LocalStack's health page, the data planes) come first and match by host or
path; what they do not take is an AWS API call. Every error on the way is answered as the addressed service would.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from cloudchamber.core import ids
from cloudchamber.core.context import Caller, Context
from cloudchamber.core.dispatch import Dispatcher, new_span
from cloudchamber.core.errors import AwsError, InternalFailure
from cloudchamber.core.faults import Dropped
from cloudchamber.core.trace import BODY_BYTES_MAX, Span
from cloudchamber.gateway import cors
from cloudchamber.gateway.auth import Authenticator, Family, Identified, failure, signature_of
from cloudchamber.gateway.hosts import Address, Addresses
from cloudchamber.gateway.http import BodyTooLarge, Disconnected, Request, Response
from cloudchamber.gateway.sigv4 import IncompleteSignature, Signature
from cloudchamber.registry import LoadedService, Registry, not_implemented

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.gateway.server import Upgrade
    from cloudchamber.protocol.routing import Route

log = logging.getLogger("cloudchamber.gateway")

BODY_BYTES_LIMIT = 128 * 1024 * 1024  # of an operation that takes its input whole
INFLATED_BYTES_LIMIT = 128 * 1024 * 1024


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

    async def __call__(self, request: Request) -> Response | Upgrade:
        try:
            for door in self.doors:
                if door.opens(request):
                    return await door.answer(request)
            if request.method == "OPTIONS" and cors.is_preflight(request):
                return cors.preflight(request)
            response = await self._aws(request)
            if "origin" in request.headers:
                cors.allow(request, response)
            return response
        except (Dropped, Disconnected, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("request failed outside of dispatch")
            return Response(500, [("Content-Type", "text/plain")], b"InternalFailure")

    # the AWS road

    async def _aws(self, request: Request) -> Response:
        begun = self._clock.perf()
        trace_header = request.headers.get("x-amzn-trace-id")
        span = new_span("", "", ids.request_id(), trace_header, self._clock.now())
        call = _Call(request, span)
        try:
            await self._prepare(call)
            response = await self._run(call)
            span.status = response.status
            error = None
        except AwsError as raised:
            error = raised
            response = self._error(call, raised)
        except (Dropped, Disconnected):
            span.status = 499
            self._dispatcher.close(span, self._clock.perf() - begun)
            raise
        response.headers.append(("x-amzn-RequestId", span.request_id))
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
        address = self._addresses.locate(request, call.signature)
        if address is None:
            raise AwsError("No service could be told from the request", code="UnknownService", status=400)
        span.service, call.address = address.service, address
        if address.service not in self._addresses.offered:
            raise not_implemented(address.service, address.operation or "(operation)")
        call.loaded = loaded = self._registry.get(address.service)
        if request.stream is not None and not any(p.startswith("rest") for p in loaded.model.protocols):
            await request.buffered(BODY_BYTES_LIMIT)
        call.route = route = loaded.router.route(request)
        span.operation, span.protocol = route.operation, route.protocol
        operation = loaded.model.operation(route.operation)
        call.unsigned_ok = operation.is_unsigned or loaded.service.takes_anonymous
        if not operation.streams_input:
            await request.buffered(BODY_BYTES_LIMIT)

    async def _run(self, call: _Call) -> Response:
        loaded, route, request = call.loaded, call.route, call.request
        assert loaded is not None and route is not None
        identified = self._identify(call)
        context = self._context(call, identified)
        bound = loaded.operation(route.operation)
        codec = loaded.codec(route.operation, route.protocol)
        if loaded.model.operation(route.operation).streams_input:
            wire: Any = _Streamed(request, self._authenticator.authentic_body(request, identified))
        else:
            if "content-encoding" in request.headers:
                request.body = inflate(request)
            wire = request
        parameters = loaded.service.adopt(wire, codec.parse(wire))
        output = await self._dispatcher.run(bound, context, parameters)
        return codec.serialize(output, call.span.request_id)

    def _identify(self, call: _Call) -> Identified:
        family = call.family
        if call.incomplete is not None:
            raise failure("incomplete", family, call.incomplete)
        return self._authenticator.identify(call.request, call.signature, family, call.unsigned_ok)

    def _context(self, call: _Call, identified: Identified) -> Context:
        request = call.request
        principal = identified.principal
        region = identified.signature.region if identified.signature is not None else call.region
        caller = Caller(
            request.client_ip,
            request.secure,
            request.headers.get("user-agent", ""),
            request.endpoint,
            request.headers.get("referer", ""),
        )
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
        if span.input_bytes <= BODY_BYTES_MAX:
            span.input = request.body
        if isinstance(response.body, bytes):
            span.output_bytes = len(response.body)
            if span.output_bytes <= BODY_BYTES_MAX:
                span.output = response.body


class _Call:
    """What is known of a call so far."""

    __slots__ = ("address", "incomplete", "loaded", "request", "route", "signature", "span", "unsigned_ok")

    def __init__(self, request: Request, span: Span) -> None:
        self.request = request
        self.span = span
        self.signature: Signature | None = None
        self.incomplete: str | None = None
        self.address: Address | None = None
        self.loaded: LoadedService | None = None
        self.route: Route | None = None
        self.unsigned_ok = False

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
        if encoding.strip().lower() != "gzip" or not body:
            continue
        try:
            inflater = zlib.decompressobj(wbits=31)
            body = inflater.decompress(body, INFLATED_BYTES_LIMIT)
        except (zlib.error, gzip.BadGzipFile):
            raise AwsError("Content-Encoding is gzip and the body is not", code="SerializationException") from None
        if inflater.unconsumed_tail:
            raise BodyTooLarge("Request size exceeded")
    return body


def _plain_error(error: AwsError, call: _Call) -> Response:
    """An error where no service is known to speak for: JSON for JSON-like requests, else XML."""
    from cloudchamber.protocol import errors, models  # noqa: PLC0415 - only on this path

    name = call.address.service if call.address else ""
    metadata: dict[str, Any] = {"protocol": "json", "jsonVersion": "1.1"}
    model = models.ServiceModel(name or "unknown", {"metadata": metadata, "operations": {}, "shapes": {}})
    if name:
        try:
            model = models.load(name)
        except KeyError:
            pass
    is_json = "x-amz-target" in call.request.headers or "json" in call.request.headers.get("content-type", "")
    protocol = model.protocols[0] if name else ("json" if is_json else "query")
    return errors.ErrorSerializer(model, protocol)(error, call.span.request_id)


Application = Callable[[Request], Awaitable["Response | Upgrade"]]
