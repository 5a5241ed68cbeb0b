"""Events on their way: written in the transaction of the mail, delivered in the background, started again by `resume`.

Each is one call to another service, made as `ses.amazonaws.com` on behalf of the configuration set or the identity, so
the topic's own policy decides. What fails for want of leave is over, as on AWS; what fails otherwise is tried again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.spans import Span
from cloudchamber.identity import principals
from cloudchamber.services.ses import events, limits
from cloudchamber.services.ses.base import SesBase
from cloudchamber.services.ses.tables import Post

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.ses.events import Outcome, Sent
    from cloudchamber.services.ses.tables import ConfigurationSet, Destination, Identity

log = logging.getLogger("cloudchamber.ses")
SES = principals.service("ses.amazonaws.com")
EVENT_SUBJECT = "Amazon SES Email Event Notification"
NOTIFICATION_TYPES = {"BOUNCE": "Bounce", "COMPLAINT": "Complaint", "DELIVERY": "Delivery"}


class Outbox(SesBase):
    def posts_of(
        self, ctx: Context, sent: Sent, outcome: Outcome, to: tuple[ConfigurationSet | None, Identity]
    ) -> Iterator[Post]:
        """What is to be told of an outcome, to a configuration set's destinations and the identity's topic."""
        configuration_set, identity = to
        marks = (ctx.span.trace_id, ctx.span.span_id)
        for destination in () if configuration_set is None else configuration_set.destinations:
            if destination.is_enabled and outcome.type in destination.types:
                assert configuration_set is not None
                operation, request = told_to(sent, outcome, destination)
                yield Post(sent.account, sent.region, operation, configuration_set.arn, request, *marks)
        kind = NOTIFICATION_TYPES.get(outcome.type, "")
        if identity.topics.get(kind):
            body = events.notified(sent, outcome, kind in identity.with_headers)
            request = {"TopicArn": identity.topics[kind], "Message": orjson.dumps(body).decode()}
            yield Post(identity.account, identity.region, "sns:Publish", identity.arn, request, *marks)

    def send_out(self, post_ids: Sequence[int]) -> None:
        """Begin what was just committed."""
        if post_ids:
            self.clock.spawn(self._send_each(post_ids), "ses events")

    async def _send_each(self, post_ids: Sequence[int]) -> None:
        for post_id in post_ids:
            await self._send(post_id)

    async def go_on(self) -> None:
        """Deliver what a killed process left behind."""
        for post_id, due in self.store.posts():
            self._plan(post_id, due)

    def _plan(self, post_id: int, due: float) -> None:
        self.clock.at(due, lambda: self._send(post_id), "ses event")

    async def _send(self, post_id: int) -> None:
        found = self.store.posted(post_id)
        if found is None:
            return
        post, attempts = found
        try:
            await self.told(post)
        except AwsError as error:
            is_final = isinstance(error, NotImplementedByUs) or error.status < 500
            if not is_final and attempts + 1 < limits.DELIVERY_ATTEMPTS_MAX:
                due = self.clock.now() + limits.DELIVERY_RETRY_SECONDS
                self.store.postpone(post_id, due)
                self._plan(post_id, due)
                return
            log.info("event of %s: %s: %s", post.source_arn, error.code, error.message)
        except Exception:  # our bug: it must not come back for ever
            log.exception("event of %s failed", post.source_arn)
        self.store.end(post_id)

    async def told(self, post: Post) -> None:
        """One call on behalf of a configuration set or an identity. AwsError."""
        span = Span(ids.request_id(), post.trace, post.span, None, "ses", "PublishEvent")
        ctx = self.platform.dispatcher.open(span, SES, post.account, post.region, INTERNAL)
        await ctx.call(post.operation, source_arn=post.source_arn, **post.request)


def told_to(sent: Sent, outcome: Outcome, destination: Destination) -> tuple[str, dict[str, Any]]:
    """The operation and its input that tell a destination of an event."""
    event = events.published(sent, outcome)
    if destination.topic:
        message = orjson.dumps(event).decode() + "\n"
        return "sns:Publish", {"TopicArn": destination.topic, "Subject": EVENT_SUBJECT, "Message": message}
    if destination.bus:
        entry = {
            "Source": "aws.ses", "DetailType": events.NAMES[outcome.type][1], "Detail": orjson.dumps(event).decode(),
            "EventBusName": destination.bus, "Resources": [sent.identity_arn], "Time": sent.at,
        }  # fmt: skip
        return "events:PutEvents", {"Entries": [entry]}
    name = events.METRICS.get(outcome.type, events.NAMES[outcome.type][0])
    datum = {
        "MetricName": name, "Value": 1.0, "Unit": "Count", "Timestamp": sent.at,
        "Dimensions": [_dimension(event, configured) for configured in destination.dimensions],
    }  # fmt: skip
    return "cloudwatch:PutMetricData", {"Namespace": "AWS/SES", "MetricData": [datum]}


def _dimension(event: dict[str, Any], configured: dict[str, str]) -> dict[str, str]:
    name, value = configured["DimensionName"], configured["DefaultDimensionValue"]
    if configured["DimensionValueSource"] == "MESSAGE_TAG":
        value = (event["mail"]["tags"].get(name) or [value])[0]
    elif configured["DimensionValueSource"] == "EMAIL_HEADER":
        found = (h["value"] for h in event["mail"]["headers"] if h["name"].lower() == name.lower())
        value = next(found, value)
    return {"Name": name, "Value": value}
