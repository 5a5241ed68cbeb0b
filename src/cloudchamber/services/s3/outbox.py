"""Events: what happened to objects, written down with the change itself and delivered afterwards, at least once.

A row goes when its destination has taken it. One that does not is asked again after 1, 2, 4 … seconds, an hour at most,
for a day. Deliveries are made as the service principal, on behalf of the bucket, so the destination's policy decides.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AwsError
from cloudchamber.identity.principals import service
from cloudchamber.services.s3 import events
from cloudchamber.services.s3.base import S3Base
from cloudchamber.services.s3.tables import EVENTS

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

log = logging.getLogger("cloudchamber.s3")

PRINCIPAL = service("s3.amazonaws.com")
AT_ONCE = 100
RETRY_SECONDS_MAX = 3600.0
GIVE_UP_SECONDS = 86_400.0


@dataclass(slots=True)
class Delivery:
    id: int
    bucket: str
    account: str
    region: str
    kind: str
    arn: str
    at: float
    attempts: int
    trace: str
    body: bytes


class Outbox(S3Base):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        platform.store.ensure("s3_events", EVENTS)
        self._has_events = True
        self._is_delivering = False
        self._retry: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._has_events = True
        self.wake_outbox()

    def own_context(self, bucket: Bucket, operation: str, trace: str = "") -> Context:
        """A context for what S3 does by itself with a bucket."""
        span = new_span("s3", operation, ids.request_id(), trace or None, self.clock.now())
        span.door = "internal"
        return self.platform.dispatcher.open(span, PRINCIPAL, bucket.account, bucket.region, INTERNAL)

    def record(self, ctx: Context, bucket: Bucket, event: str, version: Version) -> None:
        """Inside the transaction of the change: an event to deliver, where the bucket wants it."""
        if "notification" not in bucket.configurations:
            return
        origin = origin_of(ctx)
        span = ctx.span
        trace = span.header
        for one in events.wanted(bucket, event, version.key):
            if one.kind == events.EVENT_BRIDGE:
                body = events.bridged(bucket, event, version, origin)
            else:
                body = events.record(bucket, event, version, origin)
                body["s3"]["configurationId"] = one.configuration
                body = {"Records": [body]}
            self.platform.store.execute(
                "INSERT INTO s3_events (due, bucket, account, region, kind, arn, at, attempts, trace, body) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?, ?)",
                (origin.at, bucket.name, bucket.account, bucket.region, one.kind, one.arn, origin.at, trace,
                 orjson.dumps(body)),
            )  # fmt: skip
            self._has_events = True

    def wake_outbox(self) -> None:
        """After the commit: deliver what is due."""
        if self._has_events and not self._is_delivering:
            self._is_delivering = True
            self.clock.spawn(self._deliver(), "s3 events")

    async def _deliver(self) -> None:
        try:
            while rows := self._due():
                for row in rows:
                    await self._attempt(Delivery(*row))
        finally:
            self._is_delivering = False
        due = self.platform.store.value("SELECT min(due) FROM s3_events")
        self._has_events = due is not None
        if due is not None:
            if self._retry is not None:
                self._retry.cancel()
            self._retry = self.clock.at(due, self.wake_outbox, "s3 events again")

    def _due(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self.platform.store.all(
            "SELECT id, bucket, account, region, kind, arn, at, attempts, trace, body FROM s3_events "
            "WHERE due <= ? ORDER BY due, id LIMIT ?",
            (self.clock.now(), AT_ONCE),
        )
        return rows

    async def _attempt(self, delivery: Delivery) -> None:
        failure: AwsError | None = None
        bucket = self.store.buckets.get(delivery.bucket)
        if bucket is not None and bucket.account == delivery.account:
            try:
                await self.send(self.own_context(bucket, "Notify", delivery.trace), bucket, delivery)
            except AwsError as error:
                failure = error
        now, store = self.clock.now(), self.platform.store
        with store.transaction():
            if failure is None or now - delivery.at > GIVE_UP_SECONDS:
                store.execute("DELETE FROM s3_events WHERE id = ?", (delivery.id,))
            else:
                wait_s = min(2.0**delivery.attempts, RETRY_SECONDS_MAX)
                store.execute(
                    "UPDATE s3_events SET attempts = attempts + 1, due = ? WHERE id = ?", (now + wait_s, delivery.id)
                )
        if failure is not None:
            log.warning("event of %s to %s failed: %s", delivery.bucket, delivery.arn or delivery.kind, failure)

    async def send(self, ctx: Context, bucket: Bucket, delivery: Delivery) -> None:
        """Hand a message to its destination. Raises the destination's AwsError."""
        parts = delivery.arn.split(":", 5)
        parameters: dict[str, Any]
        if delivery.kind == events.EVENT_BRIDGE:
            entry = orjson.loads(delivery.body)
            entry |= {"Time": delivery.at, "Detail": orjson.dumps(entry["Detail"]).decode()}
            operation, parameters, region = "events:PutEvents", {"Entries": [entry]}, bucket.region
        elif delivery.kind == "sqs":
            url = f"http://localhost/{parts[4]}/{parts[5]}"
            operation, region = "sqs:SendMessage", parts[3]
            parameters = {"QueueUrl": url, "MessageBody": delivery.body.decode()}
        elif delivery.kind == "sns":
            operation, region = "sns:Publish", parts[3]
            parameters = {
                "TopicArn": delivery.arn, "Message": delivery.body.decode(), "Subject": "Amazon S3 Notification",
            }  # fmt: skip
        else:
            operation, region = "lambda:Invoke", parts[3]
            parameters = {"FunctionName": delivery.arn, "InvocationType": "Event", "Payload": delivery.body}
        await ctx.call(operation, principal=PRINCIPAL, region=region, source_arn=bucket.arn, **parameters)


def origin_of(ctx: Context) -> events.Origin:
    principal = ctx.principal
    requester = principal.account or principal.name
    if principal.kind == "service":  # a service stands for itself and for its address
        return events.Origin(ctx.now(), requester, requester, requester, ctx.request_id)
    return events.Origin(ctx.now(), f"AWS:{principal.user_id}", requester, ctx.caller.source_ip, ctx.request_id)
