"""Connections to the WebSocket APIs of API Gateway: the handshake is the API's to answer, each message is an operation.

Messages of one client are worked on side by side, as on AWS: the answer to a quick one may overtake a slow one's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.context import Caller
from cloudchamber.core.dispatch import Dispatcher, new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.core.faults import Dropped
from cloudchamber.core.spans import BODY_BYTES_MAX
from cloudchamber.gateway.http import Request, Response
from cloudchamber.gateway.websocket import GOING_AWAY, WebSocket
from cloudchamber.identity.principals import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.gateway.upgrade import Upgrade
    from cloudchamber.registry import Registry

SERVICE = "apigatewayv2"
MESSAGE_BYTES_MAX, FRAME_BYTES_MAX = 128 * 1024, 32 * 1024
AT_WORK_MAX = 64  # messages of one client; it is held back when there are more
UNACCEPTABLE = 1003  # of a binary message
_REASONS = {1005: "Client-side close frame status not set", 1006: "Connection closed abnormally"}


class WebSocketApis:
    def __init__(self, registry: Registry, dispatcher: Dispatcher) -> None:
        self._registry = registry
        self._dispatcher = dispatcher

    async def connect(self, request: Request, asked: Mapping[str, Any], place: tuple[str, str]) -> Upgrade | Response:
        """The answer to a handshake. `asked` are the members of `execute`, `place` the API's account and region."""
        try:
            made = await self._run("connect", asked, place, request)
        except AwsError as error:
            return Response(error.status, [("Content-Type", "text/plain")], error.code.encode())
        if "Connection" not in made:
            return Response(made["Status"], list(made["Headers"]), made["Body"])
        connection = made["Connection"]

        async def serve(socket: WebSocket) -> None:
            await self._serve(connection, socket)

        return WebSocket(request, serve, made["Headers"], (MESSAGE_BYTES_MAX, FRAME_BYTES_MAX))

    async def _serve(self, connection: Any, socket: WebSocket) -> None:
        service: Any = self._registry.get(SERVICE).service
        service.opened(connection, socket)
        clock = self._dispatcher.clock
        at_work: set[Any] = set()
        room = clock.waiter()

        def ended(task: Any) -> None:
            at_work.discard(task)
            room.wake()

        try:
            async for message in socket:
                if isinstance(message, bytes):
                    connection.close(UNACCEPTABLE, "Binary payloads are not supported")
                    break
                while len(at_work) >= AT_WORK_MAX:
                    await room.wait()
                task = clock.spawn(self._message(connection, message, socket.request), "a message of a WebSocket")
                at_work.add(task)
                task.add_done_callback(ended)
        finally:
            if not clock.is_stopping:
                clock.spawn(self._disconnect(connection, socket), "the end of a WebSocket")

    async def _message(self, connection: Any, message: str, request: Request) -> None:
        asked = {"Connection": connection, "Message": message}
        try:
            await self._run("message", asked, (connection.account, connection.region), request, message.encode())
        except Dropped:
            connection.close(GOING_AWAY, "")
        except AwsError:  # a fault, or a mistake of ours: it is on the span
            return

    async def _disconnect(self, connection: Any, socket: WebSocket) -> None:
        code, reason = connection.closed_as or socket.closed_by_client
        if socket.failed_with:
            code, reason = socket.failed_with, ""
        asked = {"Connection": connection, "Code": code, "Reason": reason or _REASONS.get(code, "")}
        try:
            await self._run("disconnect", asked, (connection.account, connection.region), socket.request)
        except (AwsError, Dropped):
            return

    async def _run(
        self, operation: str, asked: Mapping[str, Any], place: tuple[str, str], request: Request, shown: bytes = b""
    ) -> Mapping[str, Any]:
        """One operation of the service, with a span of its own."""
        dispatcher, headers = self._dispatcher, request.headers
        clock = dispatcher.clock
        begun = clock.perf()
        span = new_span(SERVICE, operation, ids.request_id(), headers.get("x-amzn-trace-id"), clock.now())
        caller = Caller(request.client_ip, request.secure, headers.get("user-agent", ""), request.endpoint)
        ctx = dispatcher.open(span, ANONYMOUS, *place, caller)
        if "Connection" in asked:
            span.resource = f"arn:aws:execute-api:{place[1]}:{place[0]}:{asked['Connection'].api_id}"
        span.input_bytes = len(shown)
        span.input = shown if len(shown) <= BODY_BYTES_MAX else None
        error: AwsError | None = None
        try:
            made = await dispatcher.run(dispatcher.lookup(SERVICE, operation), ctx, asked)
            span.status = made.get("Status", 200)
            return made
        except AwsError as raised:
            error = raised
            span.status = raised.status
            raise
        finally:
            dispatcher.close(span, clock.perf() - begun, error)
