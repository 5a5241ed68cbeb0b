"""The JSON API under `/_cloudchamber/api/`: what the command line and the console see and steer.

One handler a noun. Errors are `{"error": …, "hint": …}` with the status that fits. Pages of other origins than this
machine's are refused, as at the AWS API: the console shows everything and steers everything.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

import orjson

from cloudchamber import __version__
from cloudchamber.console import architecture, calling, mail, pages, privilege, replaying, views
from cloudchamber.console.flows import Flows
from cloudchamber.core import ids
from cloudchamber.core.faults import FaultRule
from cloudchamber.core.meter import Meter
from cloudchamber.core.spans import Query
from cloudchamber.gateway.http import Request, Response
from cloudchamber.gateway.websocket import Closed, WebSocket, wants_websocket
from cloudchamber.identity import principals
from cloudchamber.registry import SERVICES
from cloudchamber.runtime import isolation
from cloudchamber.storage.snapshots import SnapshotError

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.core.spans import Span
    from cloudchamber.gateway.server import Upgrade

PREFIX = "/_cloudchamber/api/"
BODY_BYTES_MAX = 1024 * 1024
LISTED_MAX = 1000
STREAM_QUEUE_MAX = 1000
FILTERS = frozenset({"service", "operation", "account", "principal", "resource", "door", "region"})
NODES = 120  # of a diagram, where nothing else is asked for
FOREIGN_PAGE = "a page of another origin may not use this cloud"

Answer = Any
Handler = Callable[["Call"], Awaitable[Answer]]


class Refused(Exception):
    """An error of this API: status, what is wrong, and how to fix it."""

    def __init__(self, status: int, error: str, hint: str = "") -> None:
        super().__init__(error)
        self.status = status
        self.error = error
        self.hint = hint


class Call:
    """One request to the API, taken apart."""

    def __init__(self, method: str, rest: list[str], query: dict[str, str], body: dict[str, Any]) -> None:
        self.method = method
        self.rest = rest
        self.query = query
        self.body = body

    def number(self, name: str, default: int, most: int) -> int:
        text = self.query.get(name, str(default))
        if not text.isascii() or not text.isdigit():
            raise Refused(400, f"{name} is a whole number", f"got {text[:40]!r}")
        return min(int(text[:9]), most)


class ConsoleDoor:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._flows = Flows(cloud.traces)
        self._nouns: dict[str, Handler] = {
            "status": self._status,
            "clock": self._clock,
            "faults": self._faults,
            "traces": self._traces,
            "explain": self._explain,
            "snapshots": self._snapshots,
            "usage": self._usage,
            "resources": self._resources,
            "mail": self._mail,
            "queue": self._queue,
            "call": self._call,
            "architecture": self._architecture,
            "identity": self._identity,
        }

    def opens(self, request: Request) -> bool:
        return request.path.startswith("/_cloudchamber")

    async def answer(self, request: Request) -> Response | Upgrade:
        if self._cloud.chain.origins.refuses(request):
            return _json(403, {"error": FOREIGN_PAGE, "hint": "cloudchamber up --allow-origin …"})
        if request.path == PREFIX + "traces/stream" and wants_websocket(request):
            return WebSocket(request, self._stream_traces)
        if request.method in ("GET", "HEAD") and not request.path.startswith(PREFIX):
            found = pages.page(request.path)
            if found is not None:
                return found
        try:
            value = await self._route(request)
            return _json(200, value)
        except Refused as refused:
            return _json(refused.status, {"error": refused.error, "hint": refused.hint})
        except SnapshotError as error:
            return _json(404, {"error": str(error), "hint": "cloudchamber snapshot list"})
        except ValueError as error:
            return _json(400, {"error": str(error), "hint": ""})

    async def _route(self, request: Request) -> Answer:
        if not request.path.startswith(PREFIX):
            raise Refused(404, "nothing here", f"the API is under {PREFIX}")
        noun, *rest = [unquote(part) for part in request.path[len(PREFIX) :].split("/")]
        handler = self._nouns.get(noun)
        if handler is None:
            raise Refused(404, f"no such noun: {noun[:64]}", "one of " + ", ".join(self._nouns))
        raw = await request.buffered(BODY_BYTES_MAX)
        try:
            body = orjson.loads(raw) if raw else {}
        except orjson.JSONDecodeError:
            raise Refused(400, "the body is not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "the body is not a JSON object")
        query = dict(parse_qsl(request.query_string))
        return await handler(Call(request.method, rest, query, body))

    async def _status(self, call: Call) -> Answer:
        cloud = self._cloud
        return {
            "version": __version__,
            "pid": os.getpid(),
            "endpoint": cloud.endpoint,
            "data_dir": None if cloud.folder.is_temporary else str(cloud.folder.path.resolve()),
            "durability": cloud.config.durability,
            "ca_certificate": str(cloud.certificates.ensure().resolve()),
            "uptime_s": round(cloud.clock.wall() - cloud.started_at, 3),
            "clock": views.clock(cloud.clock),
            "services": {name: cloud.registry.is_loaded(name) for name in SERVICES},
            "calls": cloud.traces.recorded,
            "listeners": cloud.traces.listeners,
            "faults": len(cloud.faults.rules),
            "functions": await asyncio.to_thread(isolation.statement),
        }

    async def _clock(self, call: Call) -> Answer:
        clock = self._cloud.clock
        fired = 0
        if call.method == "POST":
            action = call.body.get("action")
            if action == "advance":
                fired = await clock.advance(_seconds(call.body.get("seconds")))
            elif action == "freeze":
                at = call.body.get("at")
                clock.freeze(None if at is None else _seconds(at))
            elif action == "resume":
                clock.resume_real()
            elif action == "reset":
                clock.reset()
            else:
                raise Refused(400, "action is one of advance, freeze, resume, reset")
        return {**views.clock(clock), "fired": fired}

    async def _faults(self, call: Call) -> Answer:
        faults = self._cloud.faults
        if call.method == "POST":
            known = set(FaultRule.__dataclass_fields__) - {"id"}
            unknown = set(call.body) - known
            if unknown:
                raise Refused(400, f"unknown: {', '.join(sorted(unknown))}", "one of " + ", ".join(sorted(known)))
            try:
                rule = FaultRule(id=f"fault-{ids.span_id()[:8]}", **call.body)
                faults.add(rule)
            except TypeError as error:
                raise Refused(400, str(error)) from None
        elif call.method == "DELETE":
            wanted = call.rest[0] if call.rest else None
            removed = faults.remove(wanted)
            if wanted is not None and not removed:
                raise Refused(404, f"no fault {wanted}", "cloudchamber fault list")
        return {"faults": [views.fault(rule, faults.counts(rule.id)) for rule in faults.rules]}

    async def _traces(self, call: Call) -> Answer:
        traces = self._cloud.traces
        if call.rest:
            span, together = await self._traced(call.rest[0])
            if call.rest[1:] == ["replay"] and call.method == "POST":
                return await replaying.replay(self._cloud, span)
            shown = [views.span(one) for one in together]
            return {"trace_id": span.trace_id, "call": views.span(span, self._model_of(span)), "spans": shown}
        limit = call.number("limit", 50, LISTED_MAX)
        offset = call.number("offset", 0, LISTED_MAX * 1000)
        wanted = {name: value for name, value in call.query.items() if name in FILTERS and value}
        query = Query(wanted, call.query.get("errors") in ("1", "true"), call.query.get("text", ""))
        found = await traces.page(query, offset, limit + 1)
        return {
            "spans": [views.span(span) for span in found[:limit]], "more": len(found) > limit,
            "recorded": traces.recorded, "remembered": traces.remembered,
        }  # fmt: skip

    async def _traced(self, request_id: str) -> tuple[Span, list[Span]]:
        found = await self._cloud.traces.trace_of(request_id)
        if found is None:
            raise Refused(404, f"no call with request id {request_id[:64]} is remembered", "cloudchamber trace last")
        return found

    def _model_of(self, span: Span) -> Any:
        loaded = self._cloud.registry.get(span.service) if span.service in SERVICES else None
        return (
            None
            if loaded is None or not loaded.model.has_operation(span.operation)
            else loaded.model.operation(span.operation)
        )

    async def _explain(self, call: Call) -> Answer:
        if not call.rest:
            raise Refused(400, "which call?", "explain/REQUEST_ID")
        return views.explanation((await self._traced(call.rest[0]))[0])

    async def _snapshots(self, call: Call) -> Answer:
        cloud = self._cloud
        if call.method == "POST":
            if len(call.rest) == 2 and call.rest[1] == "load":
                return views.snapshot(await cloud.load_snapshot(call.rest[0]))
            if len(call.rest) != 1:
                raise Refused(400, "which snapshot?", "snapshots/NAME or snapshots/NAME/load")
            return views.snapshot(cloud.save_snapshot(call.rest[0]))
        return {"snapshots": [views.snapshot(info) for info in cloud.snapshots.list()]}

    async def _usage(self, call: Call) -> Answer:
        usage = self._cloud.meter.usage(call.query.get("account"))
        return {
            account: {"usage": units, "cost_usd": Meter.cost_usd(units)} for account, units in sorted(usage.items())
        }

    async def _resources(self, call: Call) -> Answer:
        """A page of them, and how many there are of each type; or the one with an `arn`."""
        limit = call.number("limit", 200, LISTED_MAX)
        if call.query.get("arn"):
            return self._resource(call.query["arn"])
        offset, wanted = call.number("offset", 0, LISTED_MAX * 1000), call.query.get("type")
        found, types, matching = [], Counter[str](), 0
        for resource in self._cloud.directory.all(call.query.get("account"), call.query.get("region")):
            types[resource.type] += 1
            if wanted in (None, resource.type):
                matching += 1
                if offset < matching <= offset + limit:
                    found.append(views.resource(resource))
        return {"resources": found, "total": matching, "types": dict(sorted(types.items()))}

    def _resource(self, arn: str) -> Answer:
        found = self._cloud.directory.find(arn)
        if found is None:
            raise Refused(404, f"no resource {arn[:200]}", "cloudchamber resources list")
        return {**views.resource(found), "policy": self._cloud.directory.policy(arn)}

    async def _queue(self, call: Call) -> Answer:
        """What waits in a queue (`arn`), looked at without receiving it."""
        arn, limit = call.query.get("arn", ""), call.number("limit", 50, LISTED_MAX)
        if ":sqs:" not in arn:
            raise Refused(400, "which queue?", "queue?arn=…")
        self._resource(arn)
        parts = arn.split(":")
        request = {"QueueUrl": f"http://localhost/{parts[4]}/{parts[5]}", "Limit": limit}
        root = principals.root(parts[4])
        return await self._cloud.dispatcher.look(root, parts[4], parts[3], "sqs:peek_messages", request)

    async def _call(self, call: Call) -> Answer:
        """POST call/SERVICE/OPERATION with its input, as the root user of `account` in `region`; with `look=1` without
        a trace, for who only looks."""
        if call.method != "POST" or len(call.rest) != 2:
            raise Refused(400, "which operation?", "POST call/sqs/ListQueues with its input as JSON")
        account = call.query.get("account") or "000000000000"
        region = call.query.get("region") or "us-east-1"
        place = calling.Place(account, region, call.query.get("look") == "1")
        return await calling.call(self._cloud, ":".join(call.rest), call.body, place)

    async def _architecture(self, call: Call) -> Answer:
        return architecture.architecture(self._cloud, self._flows, call.query, call.number("limit", NODES, LISTED_MAX))

    async def _identity(self, call: Call) -> Answer:
        """Who was seen to call, or for one `principal` the policy that would be enough."""
        if call.query.get("principal"):
            return privilege.suggestion(self._flows, call.query["principal"])
        return {"principals": privilege.principals(self._flows, LISTED_MAX)}

    async def _mail(self, call: Call) -> Answer:
        cloud, message_id = self._cloud, call.rest[0] if call.rest else None
        if message_id is None:
            if call.method == "DELETE":
                return mail.delete(cloud, None)
            return mail.listed(cloud, call.number("limit", 50, LISTED_MAX), call.query)
        message = mail.get(cloud, message_id)
        if message is None:
            raise Refused(404, f"no message {message_id[:64]}", "cloudchamber mail list")
        if call.method == "DELETE":
            return mail.delete(cloud, message_id)
        if call.method == "POST" and call.rest[1:] == ["reply"]:
            if message.channel != "sms":
                raise Refused(400, "only text messages can be answered")
            return await mail.reply(cloud, message, str(call.body.get("text", "")))
        return mail.shown(message)

    async def _stream_traces(self, socket: WebSocket) -> None:
        """Each call as it ends, one JSON message a call, until the client leaves; a slow client misses some."""
        waiter = self._cloud.clock.waiter()
        queue: list[Span] = []

        def heard(span: Span) -> None:
            if len(queue) < STREAM_QUEUE_MAX:
                queue.append(span)
            waiter.wake()

        stop = self._cloud.traces.listen(heard)
        try:
            while True:
                spans, queue[:] = queue[:], []
                for span in spans:
                    socket.send(orjson.dumps(views.span(span)).decode())
                if not queue:
                    await socket.wait_or_closed(waiter)
        except Closed:
            return
        finally:
            stop()


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(400, "seconds is a number")
    return float(value)


def _json(status: int, value: Any) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Response(status, [("Content-Type", "application/json"), ("Cache-Control", "no-store")], body)
