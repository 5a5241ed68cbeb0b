"""Operations on subscriptions that exist: listings, attributes, and the end of one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.arn import account_of
from cloudchamber.core.service import operation
from cloudchamber.services.sns import limits
from cloudchamber.services.sns import subscription as subscriptions
from cloudchamber.services.sns.base import check_subscription_arn, page
from cloudchamber.services.sns.confirming import Confirming, new_token
from cloudchamber.services.sns.errors import (
    AuthorizationError,
    FilterPolicyLimitExceeded,
    InvalidParameter,
    SubscriptionLimitExceeded,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.sns import shapes
    from cloudchamber.services.sns.subscription import Subscription
    from cloudchamber.services.sns.topic import Topic


class Subscriptions(Confirming):
    @operation
    async def subscribe(self, ctx: Context, request: shapes.SubscribeInput) -> shapes.SubscribeResponse:
        topic = self.topic(ctx, request["TopicArn"])
        protocol = request["Protocol"]
        endpoint = subscriptions.checked_endpoint(topic, protocol, request.get("Endpoint") or "")
        if protocol == "application":
            self.endpoint(endpoint, "Endpoint")
        self._check_large(topic, protocol)
        waits = subscriptions.needs_confirmation(protocol, endpoint, ctx.account)
        fresh = subscriptions.Subscription(
            f"{topic.arn}:{ids.uuid()}", topic.arn, ctx.account, topic.region, protocol, endpoint,
            "pending" if waits else "confirmed", ctx.now(), ctx.caller.endpoint, was_authenticated=not waits,
        )  # fmt: skip
        wanted = dict(request.get("Attributes") or {})
        self._check(fresh, wanted, "Attributes Reason: ")
        fresh = replace(fresh, attributes=_merged({}, wanted))
        existing = self.store.subscribed(topic.arn, protocol, endpoint)
        if existing is not None:
            shown = existing.shown_attributes(topic)
            if any(value != shown.get(name, "") for name, value in wanted.items()):
                raise InvalidParameter("Attributes Reason: Subscription already exists with different attributes")
            # Who owns the endpoint need not confirm what somebody else asked for.
            fresh = existing if waits or existing.state == "confirmed" else replace(fresh, arn=existing.arn)
        else:
            self._check_room(topic, fresh)
        if fresh.state == "pending":
            fresh = self.ask(ctx, topic, fresh)
        elif fresh is not existing:
            with self.platform.store.transaction():
                self.store.put_subscription(fresh)
        shows_arn = fresh.state == "confirmed" or request.get("ReturnSubscriptionArn")
        return {"SubscriptionArn": fresh.arn if shows_arn else "pending confirmation"}

    @operation
    async def unsubscribe(self, ctx: Context, request: shapes.UnsubscribeInput) -> None:
        """By a link anybody may, unless the confirmation forbade it; the endpoint is then told how to come back."""
        check_subscription_arn(request["SubscriptionArn"])
        found = self.store.subscriptions.get(request["SubscriptionArn"])
        if found is None:  # idempotent
            return
        is_signed = ctx.principal.kind != "anonymous"
        if not is_signed and found.needs_signature_to_end:
            raise AuthorizationError("Unsubscribe requires an authenticated request for this subscription")
        topic = self.topic_by_arn(found.topic_arn)
        ended = replace(found, token=new_token(), state="deleted", state_since=ctx.now())
        with self.platform.store.transaction():
            self.store.delete_subscription(found)
            if topic is not None:
                self.store.topics.put(replace(topic, subscriptions_deleted=topic.subscriptions_deleted + 1))
            if not is_signed:
                self.store.ended.put(ended)
        if not is_signed and topic is not None:
            self.tell_ended(ctx, topic, ended)

    @operation
    async def list_subscriptions(
        self, ctx: Context, request: shapes.ListSubscriptionsInput
    ) -> shapes.ListSubscriptionsResponse:
        found, more = page(
            request,
            _arn,
            lambda after, limit: self.store.subscriptions.where(
                account=ctx.account, region=ctx.region, order="arn", after=after, limit=limit
            ),
        )
        return {"Subscriptions": _shown(found), **more}  # type: ignore[typeddict-item]

    @operation
    async def list_subscriptions_by_topic(
        self, ctx: Context, request: shapes.ListSubscriptionsByTopicInput
    ) -> shapes.ListSubscriptionsByTopicResponse:
        topic = self.topic(ctx, request["TopicArn"])
        found, more = page(
            request,
            _arn,
            lambda after, limit: self.store.subscriptions.where(
                topic_arn=topic.arn, order="arn", after=after, limit=limit
            ),
        )
        return {"Subscriptions": _shown(found), **more}  # type: ignore[typeddict-item]

    @operation
    async def get_subscription_attributes(
        self, ctx: Context, request: shapes.GetSubscriptionAttributesInput
    ) -> shapes.GetSubscriptionAttributesResponse:
        found = self.subscription(request["SubscriptionArn"])
        return {"Attributes": found.shown_attributes(self.topic_by_arn(found.topic_arn))}

    @operation
    async def set_subscription_attributes(self, ctx: Context, request: shapes.SetSubscriptionAttributesInput) -> None:
        found = self.subscription(request["SubscriptionArn"])
        name, value = request["AttributeName"], request.get("AttributeValue") or ""
        self._check(found, {name: value})
        changed = replace(found, attributes=_merged(found.attributes, {name: value}))
        if changed.filter_policy and not found.filter_policy:
            self._check_filters(account_of(found.arn), found.topic_arn)
        with self.platform.store.transaction():
            self.store.put_subscription(changed)

    def _check_room(self, topic: Topic, fresh: Subscription) -> None:
        if topic.is_fifo and self.store.subscriptions.count(topic_arn=topic.arn) >= limits.FIFO_SUBSCRIPTIONS_MAX:
            raise SubscriptionLimitExceeded("Subscription limit exceeded")
        if fresh.filter_policy:
            self._check_filters(topic.account, topic.arn)

    @staticmethod
    def _check_large(topic: Topic, protocol: str) -> None:
        """A topic for messages above 256 KiB has subscriptions of some protocols only."""
        if topic.message_bytes_max > limits.MESSAGE_BYTES_MAX and protocol not in ("sqs", "lambda", "firehose"):
            raise InvalidParameter(
                f"Protocol Reason: {protocol} is not supported by a topic for messages above 256 KiB"
            )

    @staticmethod
    def _check(subscription: Subscription, changes: dict[str, str], prefix: str = "") -> None:
        for name in changes:
            if name not in subscriptions.SETTABLE and name not in ("ReplayPolicy", "SubscriptionRoleArn"):
                raise InvalidParameter(f"{prefix}Unknown attribute {name}" if prefix else "AttributeName")
        fault = subscriptions.attribute_fault(subscription, changes)
        if fault is not None:
            raise InvalidParameter(f"{prefix}{fault}")

    def _check_filters(self, account: str, topic_arn: str) -> None:
        filtered = sum(1 for subscription in self.store.confirmed(topic_arn) if subscription.filter_policy)
        if filtered >= limits.FILTER_POLICIES_PER_TOPIC_MAX:
            raise FilterPolicyLimitExceeded(
                f"The number of filter policies of account {account} on this topic exceeds the limit of "
                f"{limits.FILTER_POLICIES_PER_TOPIC_MAX}"
            )


def _merged(attributes: dict[str, str], changes: dict[str, str]) -> dict[str, str]:
    """Attributes after a change; an empty value takes one away, and a filter's scope goes with the filter."""
    result = {name: value for name, value in {**attributes, **changes}.items() if value != ""}
    if changes.get("FilterPolicy") == "":
        result.pop("FilterPolicyScope", None)
    return result


def _arn(subscription: Subscription) -> str:
    return subscription.arn


def _shown(found: Sequence[Subscription]) -> list[shapes.Subscription]:
    return [
        {
            "SubscriptionArn": subscription.shown_arn,
            "Owner": subscription.account,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": subscription.topic_arn,
        }
        for subscription in found
    ]
