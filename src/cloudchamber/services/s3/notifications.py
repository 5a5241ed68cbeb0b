"""A bucket's notification configuration: stored once every destination in it has been found to take messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import events
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.errors import InvalidArgument
from cloudchamber.services.s3.outbox import Delivery, Outbox, origin_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket

UNABLE = "Unable to validate the following destination configurations"


class Notifications(Outbox, Configuration):
    @operation
    async def put_bucket_notification_configuration(self, ctx: Context, request: Request) -> None:
        bucket, given = self.bucket(ctx, request), dict(request["NotificationConfiguration"])
        events.check(given)
        if given.get("EventBridgeConfiguration") is not None:
            self.platform.dispatcher.lookup("events", "PutEvents")  # not offered: nobody would get the events
        known = set(events.destinations(bucket.configurations.get("notification") or {}))
        for kind, arn in events.destinations(given):
            self._check_arn(bucket, kind, arn)
            if not request.get("SkipDestinationValidation"):
                await self._check_destination(ctx, bucket, (kind, arn), (kind, arn) in known)
        for member in events.KINDS:
            if given.get(member):
                given[member] = [{**one, "Id": one.get("Id") or ids.uuid()} for one in given[member]]
        self.configure(bucket, "notification", given or None)

    @staticmethod
    def _check_arn(bucket: Bucket, kind: str, arn: str) -> None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[0] != "arn":
            raise InvalidArgument("The ARN could not be parsed", "arn", arn)
        if parts[2] != kind:
            raise InvalidArgument("The ARN is not well formed", kind, arn)
        if parts[3] != bucket.region:
            raise InvalidArgument(
                "The notification destination service region is not valid for the bucket location constraint",
                "arn",
                arn,
            )

    async def _check_destination(
        self, ctx: Context, bucket: Bucket, destination: tuple[str, str], is_known: bool
    ) -> None:
        """Whether it is there and takes messages of the bucket's: a queue or topic gets a test message."""
        kind, arn = destination
        origin = origin_of(ctx)
        own = self.own_context(bucket, "Notify", ctx.span.header)
        body = orjson.dumps(events.test_message(bucket, origin))
        delivery = Delivery(0, bucket.name, bucket.account, bucket.region, kind, arn, origin.at, 0, "", body)
        try:
            if kind == "lambda":
                bound = self.platform.dispatcher.lookup("lambda", "Invoke")
                own.source_arn, own.source_account = bucket.arn, bucket.account
                self.platform.dispatcher.authorize(own, bound, {"FunctionName": arn})
                if ctx.resources.find(arn) is None:
                    raise InvalidArgument(UNABLE)
            elif arn.endswith(".fifo"):
                raise InvalidArgument(UNABLE)
            elif not is_known:
                await self.send(own, bucket, delivery)
        except NotImplementedByUs:
            raise
        except AwsError:
            raise InvalidArgument(UNABLE, f"{arn}", "null") from None

    @operation
    async def get_bucket_notification_configuration(self, ctx: Context, request: Request) -> Mapping[str, Any]:
        return self.bucket(ctx, request).configurations.get("notification") or {}
