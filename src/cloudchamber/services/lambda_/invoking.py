"""Invoke, InvokeAsync, InvokeWithResponseStream: https://docs.aws.amazon.com/lambda/latest/dg/lambda-invocation.html"""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import Request, operation
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.errors import InvalidRequestContent, RequestTooLarge
from cloudchamber.services.lambda_.events import Events
from cloudchamber.services.lambda_.execution import Call

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cloudchamber.core.context import Context
    from cloudchamber.runtime.environment import Outcome
    from cloudchamber.services.lambda_ import shapes
    from cloudchamber.services.lambda_.names import FunctionName
    from cloudchamber.services.lambda_.records import Version

EMPTY = b"{}"


class Invoking(Events):
    @operation
    async def invoke(self, ctx: Context, request: shapes.InvocationRequest) -> shapes.InvocationResponse:
        name = self.named(ctx, request)
        self.function(name)
        version = self.routed(name)
        kind = request.get("InvocationType") or "RequestResponse"
        most = limits.ASYNC_PAYLOAD_BYTES_MAX if kind == "Event" else limits.SYNC_PAYLOAD_BYTES_MAX
        payload = checked_payload(request.get("Payload"), most)
        if kind == "DryRun":
            return {"StatusCode": 204}
        if kind == "Event":
            self.post(ctx, name, payload)
            return {"StatusCode": 202}
        outcome = await self.execute(ctx, version, _call(ctx, request, name, (payload, self.trace_for(ctx, version))))
        answer: shapes.InvocationResponse = {
            "StatusCode": 200, "ExecutedVersion": version.version, "Payload": outcome.payload,
        }  # fmt: skip
        if outcome.error:
            answer["FunctionError"] = outcome.error
        if request.get("LogType") == "Tail":
            answer["LogResult"] = base64.b64encode(outcome.tail).decode()
        return answer

    @operation
    async def invoke_async(self, ctx: Context, request: Request) -> shapes.InvokeAsyncResponse:
        name = self.named(ctx, request)
        self.function(name)
        given = request.get("InvokeArgs")
        if given is not None and not isinstance(given, bytes):
            given = b"".join([chunk async for chunk in given])
        self.post(ctx, name, checked_payload(given, limits.ASYNC_PAYLOAD_BYTES_MAX))
        return {"Status": 202}

    @operation
    async def invoke_with_response_stream(
        self, ctx: Context, request: shapes.InvokeWithResponseStreamRequest
    ) -> shapes.InvokeWithResponseStreamResponse:
        name = self.named(ctx, request)
        self.function(name)
        version = self.routed(name)
        payload = checked_payload(request.get("Payload"), limits.SYNC_PAYLOAD_BYTES_MAX)
        if request.get("InvocationType") == "DryRun":
            return {"StatusCode": 204}
        chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        call = _call(ctx, request, name, (payload, self.trace_for(ctx, version)))
        call.on_chunk = chunks.put_nowait
        work = self.clock.spawn(self._run_streamed(ctx, version, call, chunks), f"stream of {version.name}")
        return {
            "StatusCode": 200, "ExecutedVersion": version.version,
            "ResponseStreamContentType": "application/octet-stream",
            "EventStream": _events(chunks, work, request.get("LogType") == "Tail"),
        }  # fmt: skip

    async def _run_streamed(
        self, ctx: Context, version: Version, call: Call, chunks: asyncio.Queue[bytes | None]
    ) -> Outcome:
        try:
            return await self.execute(ctx, version, call)
        finally:
            chunks.put_nowait(None)


async def _events(
    chunks: asyncio.Queue[bytes | None], work: asyncio.Task[Outcome], with_log: bool
) -> AsyncIterator[dict[str, Any]]:
    """The answer as it is made; one that came whole is one piece."""
    was_streamed = False
    while (chunk := await chunks.get()) is not None:
        was_streamed = True
        yield {"PayloadChunk": {"Payload": chunk}}
    outcome = await work
    complete: dict[str, str] = {}
    if outcome.error:
        complete = {"ErrorCode": outcome.error, "ErrorDetails": outcome.payload.decode()}
    elif not was_streamed:
        yield {"PayloadChunk": {"Payload": outcome.payload}}
    if with_log:
        complete["LogResult"] = base64.b64encode(outcome.tail).decode()
    yield {"InvokeComplete": complete}


def checked_payload(payload: bytes | None, most: int) -> bytes:
    """A JSON document; `{}` where there is none. RequestTooLargeException, InvalidRequestContentException."""
    if not payload:
        return EMPTY
    if len(payload) > most:
        raise RequestTooLarge(f"Request must be smaller than {most} bytes for the InvokeFunction operation")
    try:
        orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestContent(
            f"Could not parse request body into json: Could not parse payload into json: {error}"
        ) from None
    return bytes(payload)


def _call(ctx: Context, request: Request, name: FunctionName, called: tuple[bytes, str]) -> Call:
    """`called` is the payload and the X-Ray header for what the function does."""
    payload, trace = called
    context = request.get("ClientContext") or ""
    if context:
        try:
            context = base64.b64decode(context, validate=True).decode()
            orjson.loads(context)
        except (ValueError, UnicodeDecodeError):
            raise InvalidRequestContent("Client context must be a valid Base64-encoded JSON object.") from None
    return Call(payload, name.qualified_arn, ctx.request_id, trace, context)
