"""What filters make of events: values for CloudWatch and batches for subscribers, written down with the events
themselves and delivered afterwards, at least once and in order.

A row goes when its destination has taken it. A destination that is busy or broken is asked again after 1, 2, 4 …
seconds, a minute at most, for a day; one that refuses (no permission, no such resource) is not asked again, as on AWS.
"""

from __future__ import annotations

import base64
import gzip
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied, AwsError, NotImplementedByUs
from cloudchamber.identity.principals import root, service
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.embedded_metrics import embedded_data
from cloudchamber.services.logs.metric_values import metric_data
from cloudchamber.services.logs.positions import event_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.logs.patterns import Pattern
    from cloudchamber.services.logs.tables import Event, Filter, LogGroup

log = logging.getLogger("cloudchamber.logs")

METRICS = "cloudwatch"
METRIC_DATA_MAX = 1000  # of one PutMetricData
AT_ONCE = 100
RETRY_SECONDS_MAX = 60.0
_RETRYABLE = ("Throttl", "TooManyRequests", "LimitExceeded", "ProvisionedThroughputExceeded")


@dataclass(slots=True)
class Delivery:
    """`target` is an ARN, or `METRICS`; instants in epoch seconds."""

    id: int
    begun: float
    attempts: int
    account: str
    region: str
    group_name: str
    target: str
    role: str
    spread: str
    body: bytes


class Outbox(LogsBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._has_rows = True
        self._is_delivering = False
        self._retry: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._has_rows = True
        self.wake_outbox()

    # writing down

    def record(self, ctx: Context, group: LogGroup, stream: str, events: Sequence[Event]) -> None:
        """Inside the transaction of the events: what the group's filters make of them."""
        metrics, subscriptions = self.filters(group)
        for one, pattern in metrics:
            self._put_metrics(ctx, group, metric_data(one, pattern, events))
        self._put_metrics(ctx, group, embedded_data(events))
        for one, pattern in subscriptions:
            matched = [event for event in events if pattern.matches(event.message)]
            if matched:
                spread = stream if one.wire.get("distribution") != "Random" else ""
                place = (one.wire["destinationArn"], one.wire.get("roleArn") or "", spread)
                self._put(ctx, group, place, _batch(group, stream, one, pattern, matched))

    def _put_metrics(self, ctx: Context, group: LogGroup, found: dict[str, list[dict[str, Any]]]) -> None:
        for namespace, data in found.items():
            for begin in range(0, len(data), METRIC_DATA_MAX):
                body = {"Namespace": namespace, "MetricData": data[begin : begin + METRIC_DATA_MAX]}
                self._put(ctx, group, (METRICS, "", ""), body)

    def _put(self, ctx: Context, group: LogGroup, place: tuple[str, str, str], body: Any) -> None:
        now = ctx.now()
        self.platform.store.execute(
            "INSERT INTO logs_outbox (due, begun, attempts, account, region, group_name, target, role, spread, body) "
            "VALUES (?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
            (now, now, group.account, group.region, group.name, *place, orjson.dumps(body)),
        )
        self._has_rows = True

    # delivering

    def wake_outbox(self) -> None:
        """After the commit: deliver what is due."""
        if self._has_rows and not self._is_delivering:
            self._is_delivering = True
            self.clock.spawn(self._deliver(), "logs deliveries")

    async def _deliver(self) -> None:
        try:
            while rows := self.platform.store.all(
                "SELECT id, begun, attempts, account, region, group_name, target, role, spread, body FROM logs_outbox "
                "WHERE due <= ? ORDER BY due, id LIMIT ?",
                (self.clock.now(), AT_ONCE),
            ):
                for row in rows:
                    await self._attempt(Delivery(*row))
        finally:
            self._is_delivering = False
        due = self.platform.store.value("SELECT min(due) FROM logs_outbox")
        self._has_rows = due is not None
        if due is not None:
            if self._retry is not None:
                self._retry.cancel()
            self._retry = self.clock.at(due, self.wake_outbox, "logs deliveries again")

    async def _attempt(self, delivery: Delivery) -> None:
        again = False
        try:
            if delivery.target == METRICS:
                await self._publish(delivery)
            else:
                await self.send(self.own_context(delivery.account, delivery.region), delivery)
        except AwsError as error:
            now = self.clock.now()
            again = _is_passing(error) and now - delivery.begun < limits.DELIVERY_SECONDS_MAX
            log.info("%s to %s: %s%s", delivery.group_name, delivery.target, error, " (again later)" if again else "")
        except Exception:  # our bug: one delivery must not hold up the others
            log.exception("delivery from %s to %s failed", delivery.group_name, delivery.target)
        with self.platform.store.transaction():
            if again:
                due = self.clock.now() + min(RETRY_SECONDS_MAX, 2.0**delivery.attempts)
                self.platform.store.execute(
                    "UPDATE logs_outbox SET due = ?, attempts = attempts + 1 WHERE id = ?", (due, delivery.id)
                )
            else:
                self.platform.store.execute("DELETE FROM logs_outbox WHERE id = ?", (delivery.id,))

    def own_context(self, account: str, region: str) -> Context:
        """A context for what CloudWatch Logs does by itself."""
        span = new_span("logs", "Deliver", ids.request_id(), None, self.clock.now())
        span.door = "internal"
        return self.platform.dispatcher.open(span, service("logs.amazonaws.com"), account, region, INTERNAL)

    async def _publish(self, delivery: Delivery) -> None:
        """Metric filters publish in the account's own name: nobody is asked for permission."""
        ctx = self.own_context(delivery.account, delivery.region)
        await ctx.call(
            "cloudwatch:PutMetricData", principal=root(delivery.account), **orjson.loads(delivery.body)
        )  # fmt: skip

    async def send(self, ctx: Context, delivery: Delivery) -> None:
        """Hand a batch to a subscriber. Raises the subscriber's AwsError."""
        target, role = delivery.target, delivery.role
        if ":destination:" in target:
            parts = target.split(":", 6)
            found = self.store.destinations.get(parts[4], parts[3], parts[6])
            if found is None:
                raise AwsError("The destination does not exist.", code="ResourceNotFoundException")
            target, role = found.target_arn, found.role_arn
        region, source = target.split(":", 4)[3], f"arn:aws:logs:{delivery.region}:{delivery.account}:log-group"
        packed = gzip.compress(delivery.body, 6, mtime=0)
        if target.split(":", 3)[2] == "lambda":
            payload = orjson.dumps({"awslogs": {"data": base64.b64encode(packed).decode()}})
            await self.invoke(ctx, delivery, InvocationType="Event", Payload=payload)
            return
        made = await ctx.call(
            "sts:AssumeRole", source_arn=f"{source}:{delivery.group_name}:*", RoleArn=role,
            RoleSessionName="CloudWatchLogsSubscription",
        )  # fmt: skip
        principal = self.platform.identities.credential(made["Credentials"]["AccessKeyId"]).principal
        if target.split(":", 3)[2] == "firehose":
            name = target.rpartition("/")[2]
            await ctx.call(
                "firehose:PutRecord", principal=principal, region=region, DeliveryStreamName=name,
                Record={"Data": packed},
            )  # fmt: skip
        else:
            key = delivery.spread or ids.uuid()
            await ctx.call(
                "kinesis:PutRecord", principal=principal, region=region, StreamARN=target, Data=packed, PartitionKey=key
            )

    async def invoke(self, ctx: Context, delivery: Delivery, **how: Any) -> None:
        """Invoke a function as CloudWatch Logs. AWS goes by two names, and a function's policy may allow either."""
        source = f"arn:aws:logs:{delivery.region}:{delivery.account}:log-group:{delivery.group_name}:*"
        region = delivery.target.split(":", 4)[3]
        for name in (f"logs.{delivery.region}.amazonaws.com", "logs.amazonaws.com"):
            try:
                await ctx.call(
                    "lambda:Invoke", principal=service(name), region=region, source_arn=source,
                    FunctionName=delivery.target, **how,
                )  # fmt: skip
            except AccessDenied:
                if name == "logs.amazonaws.com":
                    raise
            else:
                return


def _batch(group: LogGroup, stream: str, one: Filter, pattern: Pattern, events: Sequence[Event]) -> dict[str, Any]:
    """What a subscriber gets: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html"""
    shown = []
    for event in events:
        entry: dict[str, Any] = {
            "id": event_id(event.at, event.seq), "timestamp": event.at, "message": event.message
        }  # fmt: skip
        if one.pattern.startswith("["):
            entry["extractedFields"] = {
                name.removeprefix("$"): value for name, value in pattern.extract(event.message).items()
            }
        shown.append(entry)
    batch: dict[str, Any] = {
        "messageType": "DATA_MESSAGE", "owner": group.account, "logGroup": group.name, "logStream": stream,
        "subscriptionFilters": [one.name], "logEvents": shown,
    }  # fmt: skip
    known = {"@aws.account": group.account, "@aws.region": group.region}
    for name in one.wire.get("emitSystemFields") or ():
        batch.setdefault("systemFields", {})[name] = known[name]
    return batch


def _is_passing(error: AwsError) -> bool:
    """Whether it makes sense to try again later."""
    if isinstance(error, NotImplementedByUs):
        return False
    return error.status >= 500 or any(part in error.code for part in _RETRYABLE)
