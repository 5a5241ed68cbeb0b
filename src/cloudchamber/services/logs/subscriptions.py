"""Subscription filters, which send a group's events on to functions and streams, and destinations, through which they
reach another account's stream."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.errors import InvalidParameter, LimitExceeded, not_found
from cloudchamber.services.logs.metric_filters import check_filtered, page_of
from cloudchamber.services.logs.outbox import Delivery, Outbox
from cloudchamber.services.logs.patterns import compile_pattern
from cloudchamber.services.logs.positions import page_token, read_page_token
from cloudchamber.services.logs.tables import Destination, Filter
from cloudchamber.services.logs.tags import check_tags

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes
    from cloudchamber.services.logs.tables import LogGroup

_TARGET = re.compile(
    r"arn:aws:(lambda|kinesis|firehose|logs):[\w-]+:\d{12}:(function|stream|deliverystream|destination)[:/].+"
)
_SYSTEM_FIELDS = ("@aws.account", "@aws.region")
_KINDS = {"kinesis": "Kinesis", "firehose": "Firehose"}


class Subscriptions(Outbox):
    @operation
    async def put_subscription_filter(self, ctx: Context, request: shapes.PutSubscriptionFilterRequest) -> None:
        group, name = self.group(ctx, request["logGroupName"]), request["filterName"]
        check_filtered(group, request)
        compile_pattern(request["filterPattern"])
        wire = self._wire(ctx, request)
        await self._try(ctx, group, wire)
        existing = self.store.subscriptions.get(ctx.account, ctx.region, group.name, name)
        if existing is None and len(self.filters(group)[1]) >= limits.SUBSCRIPTION_FILTERS_MAX:
            raise LimitExceeded
        with self.platform.store.transaction():
            self.store.subscriptions.put(
                Filter(ctx.account, ctx.region, group.name, name, request["filterPattern"], self.now_ms(), wire)
            )
        self.filters_changed()

    def _wire(self, ctx: Context, request: Request) -> dict[str, Any]:
        target, role = request["destinationArn"], request.get("roleArn")
        kind = _TARGET.fullmatch(target)
        if kind is None:
            raise InvalidParameter("The specified destinationArn is not valid.")
        if kind[1] in _KINDS and not role:
            raise InvalidParameter(f"destinationArn for vendor {kind[1]} cannot be used without roleArn")
        if kind[1] == "lambda" and role:
            raise InvalidParameter("destinationArn for vendor lambda cannot be used with roleArn")
        if kind[1] == "logs":
            parts = target.split(":", 6)
            if self.store.destinations.get(parts[4], parts[3], parts[6]) is None:
                raise not_found("destination")
        for field in request.get("emitSystemFields") or ():
            if field not in _SYSTEM_FIELDS:
                raise InvalidParameter(f"The system field {field} is not valid.")
        kept = ("destinationArn", "roleArn", "distribution", "emitSystemFields")
        return {"distribution": "ByLogStream", **{name: request[name] for name in kept if request.get(name)}}

    async def _try(self, ctx: Context, group: LogGroup, wire: dict[str, Any]) -> None:
        """AWS takes a filter only once its destination has taken a message."""
        target = wire["destinationArn"]
        if ":destination:" in target:
            parts = target.split(":", 6)
            found = self.store.destinations.get(parts[4], parts[3], parts[6])
            target, role = ("", "") if found is None else (found.target_arn, found.role_arn)
        else:
            role = wire.get("roleArn") or ""
        vendor = target.split(":", 3)[2]
        probe = Delivery(
            0, ctx.now(), 0, ctx.account, ctx.region, group.name, target, role, "control", self._control(vendor)
        )
        own = self.own_context(ctx.account, ctx.region)
        try:
            if vendor == "lambda":
                await self.invoke(own, probe, InvocationType="DryRun")
            else:
                await self.send(own, probe)
        except NotImplementedByUs:
            raise
        except AwsError:
            if vendor == "lambda":
                raise InvalidParameter(
                    "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to "
                    "execute your function."
                ) from None
            kind = _KINDS[vendor]
            raise InvalidParameter(
                f"Could not deliver test message to specified {kind} stream. Check if the given {kind} stream "
                "is in ACTIVE state."
            ) from None

    def _control(self, vendor: str) -> bytes:
        kind = f"{_KINDS.get(vendor, '')} stream." if vendor == "kinesis" else f"{_KINDS.get(vendor, '')}."
        event = {
            "id": "", "timestamp": self.now_ms(),
            "message": f"CWL CONTROL MESSAGE: Checking health of destination {kind}",
        }  # fmt: skip
        return orjson.dumps({
            "messageType": "CONTROL_MESSAGE", "owner": "CloudwatchLogs", "logGroup": "", "logStream": "",
            "subscriptionFilters": [], "logEvents": [event],
        })  # fmt: skip

    @operation
    async def delete_subscription_filter(self, ctx: Context, request: shapes.DeleteSubscriptionFilterRequest) -> None:
        group = self.group(ctx, request["logGroupName"])
        with self.platform.store.transaction():
            if not self.store.subscriptions.delete(ctx.account, ctx.region, group.name, request["filterName"]):
                raise not_found("subscription filter")
        self.filters_changed()

    @operation
    async def describe_subscription_filters(
        self, ctx: Context, request: shapes.DescribeSubscriptionFiltersRequest
    ) -> shapes.DescribeSubscriptionFiltersResponse:
        group, prefix = self.group(ctx, request["logGroupName"]), request.get("filterNamePrefix") or ""
        found = [one for one in self.store.filters_of(self.store.subscriptions, group) if one.name.startswith(prefix)]
        page, token = page_of(found, request)
        shown: Any = [
            {"filterName": one.name, "logGroupName": one.group_name, "filterPattern": one.pattern,
             "creationTime": one.created_at, "applyOnTransformedLogs": False, **one.wire} for one in page
        ]  # fmt: skip
        return {"subscriptionFilters": shown} if token is None else {"subscriptionFilters": shown, "nextToken": token}

    # destinations

    @operation
    async def put_destination(
        self, ctx: Context, request: shapes.PutDestinationRequest
    ) -> shapes.PutDestinationResponse:
        name, target, tags = request["destinationName"], request["targetArn"], dict(request.get("tags") or {})
        check_tags({}, tags)
        kind = _TARGET.fullmatch(target)
        if kind is None or kind[1] not in _KINDS:
            raise InvalidParameter("The specified targetArn is not valid.")
        was = self.store.destinations.get(ctx.account, ctx.region, name)
        made = Destination(
            ctx.account, ctx.region, name, target, request["roleArn"],
            self.now_ms() if was is None else was.created_at, None if was is None else was.access_policy,
            tags or ({} if was is None else was.tags),
        )  # fmt: skip
        with self.platform.store.transaction():
            self.store.destinations.put(made)
        return {"destination": _shown(made)}

    @operation
    async def put_destination_policy(self, ctx: Context, request: shapes.PutDestinationPolicyRequest) -> None:
        found = self._destination(ctx, request)
        check_policy(request["accessPolicy"])
        changed = Destination(
            found.account, found.region, found.name, found.target_arn, found.role_arn, found.created_at,
            request["accessPolicy"], found.tags,
        )  # fmt: skip
        with self.platform.store.transaction():
            self.store.destinations.put(changed)

    @operation
    async def delete_destination(self, ctx: Context, request: shapes.DeleteDestinationRequest) -> None:
        found = self._destination(ctx, request)
        with self.platform.store.transaction():
            self.store.destinations.delete(found.account, found.region, found.name)

    @operation
    async def describe_destinations(
        self, ctx: Context, request: shapes.DescribeDestinationsRequest
    ) -> shapes.DescribeDestinationsResponse:
        prefix, limit = request.get("DestinationNamePrefix") or "", request.get("limit") or limits.LIST_MAX
        after = read_page_token(request.get("nextToken")).get("after", "")
        found = [
            one for one in self.store.destinations.where(
                account=ctx.account, region=ctx.region, order="name", after=(after,))
            if one.name.startswith(prefix)
        ]  # fmt: skip
        shown = [_shown(one) for one in found[:limit]]
        if len(found) > limit:
            return {"destinations": shown, "nextToken": page_token(after=found[limit - 1].name)}
        return {"destinations": shown}

    def _destination(self, ctx: Context, request: Request) -> Destination:
        found = self.store.destinations.get(ctx.account, ctx.region, request["destinationName"])
        if found is None:
            raise not_found("destination")
        return found


def check_policy(text: str) -> None:
    """InvalidParameter for what is no policy document."""
    try:
        validate_resource_policy(text)
    except MalformedPolicy as error:
        raise InvalidParameter(f"The policy document is not valid: {error}") from None


def _shown(found: Destination) -> Any:
    shown = {
        "destinationName": found.name, "targetArn": found.target_arn, "roleArn": found.role_arn, "arn": found.arn,
        "creationTime": found.created_at,
    }  # fmt: skip
    return shown if found.access_policy is None else {**shown, "accessPolicy": found.access_policy}
