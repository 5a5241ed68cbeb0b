"""The one road: fault, validate, authorise, handle, meter, span. Calls from the wire and between services walk it.

wire:      gateway -> `open` a context -> `run` the operation -> serialise -> `close`
services:  ctx.call -> `call` -> the same `run`
"""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from cloudchamber.core import ids
from cloudchamber.core.arn import account_of
from cloudchamber.core.context import INTERNAL, Caller, Context
from cloudchamber.core.errors import AwsError, InternalFailure, ValidationError
from cloudchamber.core.faults import Dropped, Faults, Target, error_of
from cloudchamber.core.spans import LOOKING, Span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudchamber.core.clock import Clock
    from cloudchamber.core.events import Facts
    from cloudchamber.core.meter import Meter
    from cloudchamber.core.resources import Directory
    from cloudchamber.core.service import Rule, Service
    from cloudchamber.core.trace import Traces
    from cloudchamber.identity.principals import Principal

log = logging.getLogger("cloudchamber.dispatch")


@dataclass(slots=True)
class BoundOperation:
    """An operation with all that running it takes, put together once."""

    service: Service
    name: str
    handler: Callable[[Context, Any], Awaitable[Any]]
    rule: Rule
    validate: Callable[[Mapping[str, Any]], None] | None = None
    is_private: bool = False


class Authorizer(Protocol):
    def __call__(self, ctx: Context, bound: BoundOperation, request: Mapping[str, Any]) -> None:
        """Raise AccessDenied unless IAM allows the call; leave the decision on the span."""


class CallRecorded(NamedTuple):
    """Fact: a call has ended."""

    span: Span


class Dispatcher:
    def __init__(self, clock: Clock, facts: Facts, faults: Faults, traces: Traces, meter: Meter) -> None:
        self.clock = clock
        self.facts = facts
        self.faults = faults
        self.traces = traces
        self.meter = meter
        # Set by the composition root once the parts exist that need a dispatcher themselves.
        self.directory: Directory
        self.authorize: Authorizer
        self.lookup: Callable[[str, str], BoundOperation]

    def open(self, span: Span, principal: Principal, account: str, region: str, caller: Caller) -> Context:
        """A context for a call; `span` starts now."""
        span.started_at = self.clock.now()
        span.identity, span.caller = principal, caller
        span.principal = principal.arn
        span.account = account
        span.region = region
        return Context(self, span, principal, caller)

    async def run(self, bound: BoundOperation, ctx: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """The output of an operation. Raises AwsError; Dropped if a fault says that nobody is to hear an answer."""
        if self.faults.is_active:
            await self._misbehave(bound, ctx)
        if bound.validate is not None:
            try:
                bound.validate(request)
            except ValidationError as error:
                raise bound.service.invalid(error, request) from None
        bound.service.screen(ctx)
        self.authorize(ctx, bound, request)
        try:
            output: Mapping[str, Any] = await bound.handler(ctx, request)
            return output
        except AwsError:
            raise
        except Exception as error:  # our bug: traced with its stack, and the process lives on
            ctx.span.stack = traceback.format_exc()
            log.exception("%s:%s failed", bound.service.name, bound.name)
            raise InternalFailure(f"An internal error occurred ({type(error).__name__})") from error

    async def _misbehave(self, bound: BoundOperation, ctx: Context) -> None:
        target = Target(bound.service.name, bound.name, ctx.principal.arn, ctx.account, ctx.region)
        rule = self.faults.strike(target)
        if rule is None:
            return
        ctx.span.fault = f"{rule.kind} ({rule.id})"
        if rule.kind == "latency":
            await self.clock.sleep_wall(rule.latency_s)
        elif rule.kind == "drop":
            raise Dropped
        else:
            raise error_of(rule)

    def close(self, span: Span, duration_s: float, error: AwsError | None = None) -> None:
        """The span ends and is recorded."""
        span.duration_s = duration_s
        if error is not None:
            span.error_code, span.error_message = error.code, error.message
        if span.door == LOOKING:
            return
        self.traces.record(span)
        self.facts.emit(CallRecorded(span))

    async def call(
        self,
        parent: Context,
        operation: str,
        request: Mapping[str, Any],
        options: tuple[Principal | None, str | None, str | None],
    ) -> Mapping[str, Any]:
        """A call from inside: the same road, entered at dispatch, as the principal AWS would use."""
        principal, region, source_arn = options
        service, _, name = operation.partition(":")
        bound = self.lookup(service, name)
        span = child_span(parent.span, service, name)
        as_whom = principal or parent.principal
        ctx = self.open(span, as_whom, as_whom.account or parent.account, region or parent.region, parent.caller)
        ctx.source_arn, ctx.source_account = source_arn, parent.account if source_arn else None
        ctx.via = parent.span.service
        span.source = source_arn or parent.span.resource or parent.span.source
        return await self._walk(bound, ctx, request)

    async def enter(
        self, principal: Principal, account: str, region: str, operation: str, request: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """A call that a timer, a data plane or a test begins: it has no parent."""
        return await self._begin("internal", principal, (account, region), operation, request)

    async def look(
        self, principal: Principal, account: str, region: str, operation: str, request: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """A call by which the console looks at what is there: nothing is recorded of it."""
        return await self._begin(LOOKING, principal, (account, region), operation, request)

    async def _begin(
        self, door: str, principal: Principal, place: tuple[str, str], operation: str, request: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        service, _, name = operation.partition(":")
        span = new_span(service, name, ids.request_id(), None, self.clock.now())
        span.door = door
        ctx = self.open(span, principal, *place, INTERNAL)
        return await self._walk(self.lookup(service, name), ctx, request)

    async def again(self, span: Span, request: Mapping[str, Any]) -> tuple[str, AwsError | None]:
        """Make a call that was made, as who made it: their policies as they stand now decide. The request id of the new
        call, and the error it ended with; what came out is on its span."""
        bound = self.lookup(span.service, span.operation)
        made = new_span(span.service, span.operation, ids.request_id(), None, self.clock.now())
        made.door, made.source = "replay", span.source
        ctx = self.open(made, span.identity, span.account, span.region, span.caller)
        if span.source and span.identity.kind == "service":
            ctx.source_arn, ctx.source_account = span.source, account_of(span.source) or span.account
        try:
            await self._walk(bound, ctx, request)
        except AwsError as error:
            return made.request_id, error
        return made.request_id, None

    async def _walk(self, bound: BoundOperation, ctx: Context, request: Mapping[str, Any]) -> Mapping[str, Any]:
        span, begun = ctx.span, self.clock.perf()
        span.input = request
        error: AwsError | None = None
        try:
            output = await self.run(bound, ctx, request)
            span.output, span.status = output, 200
            return output
        except Dropped:
            error = AwsError("Connection was closed", code="RequestTimeout", status=408)
            span.status = error.status
            raise error from None
        except AwsError as raised:
            error = raised
            span.status = raised.status
            raise
        finally:
            self.close(span, self.clock.perf() - begun, error)


def new_span(service: str, operation: str, request_id: str, trace_header: str | None, now: float) -> Span:
    """A span that begins a trace, or goes on with the one an `X-Amzn-Trace-Id` header names."""
    if not trace_header:
        return Span(request_id, ids.trace_id(now), ids.span_id(), None, service, operation)
    trace_id, parent, lineage = parse_trace_header(trace_header)
    return Span(request_id, trace_id or ids.trace_id(now), ids.span_id(), parent, service, operation, lineage=lineage)


def child_span(parent: Span, service: str, operation: str) -> Span:
    span = Span(ids.request_id(), parent.trace_id, ids.span_id(), parent.span_id, service, operation)
    span.lineage = parent.lineage
    span.door = LOOKING if parent.door == LOOKING else "service"
    return span


def parse_trace_header(text: str) -> tuple[str | None, str | None, str]:
    """Trace id, parent and lineage of `Root=1-…-…;Parent=…;Sampled=1;Lineage=…`."""
    fields = dict(part.strip().partition("=")[::2] for part in text[:512].split(";"))
    return fields.get("Root") or None, fields.get("Parent") or None, fields.get("Lineage") or ""
