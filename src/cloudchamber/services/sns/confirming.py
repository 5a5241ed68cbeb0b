"""From asking an endpoint whether it wants a topic's messages to its answer, and what happens if there is none."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.sns import limits
from cloudchamber.services.sns.errors import AuthorizationError, InvalidParameter
from cloudchamber.services.sns.jobs import Jobs
from cloudchamber.services.sns.message import Published

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.sns import shapes
    from cloudchamber.services.sns.message import Kind
    from cloudchamber.services.sns.subscription import Subscription
    from cloudchamber.services.sns.topic import Topic

TOKEN_BYTES = 96
_ASKED = (
    "You have chosen to subscribe to the topic {topic}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)
_ENDED = (
    "You have chosen to deactivate subscription {subscription}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
)
_CAN_COME_BACK = frozenset({"http", "https", "email", "email-json"})


def new_token() -> str:
    return ids.token_bytes(TOKEN_BYTES).hex()


class Confirming(Jobs):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._expiry: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._plan_expiry()

    def ask(self, ctx: Context, topic: Topic, subscription: Subscription) -> Subscription:
        """Keep a subscription as pending and send its endpoint a token, also when it was asked before."""
        pending = replace(subscription, token=new_token(), state_since=ctx.now(), origin=ctx.caller.endpoint)
        message = self._question(ctx, pending, "SubscriptionConfirmation", _ASKED.format(topic=topic.arn))
        with self.platform.store.transaction():
            self.store.put_subscription(pending)
            deliveries = self.store.post(message, [(pending, None)])
        self.send_out(message, deliveries)
        self._plan_expiry()
        return pending

    def tell_ended(self, ctx: Context, topic: Topic, ended: Subscription) -> None:
        """Tell an endpoint that somebody ended its subscription by a link, and how to take it back."""
        if ended.protocol in _CAN_COME_BACK:
            text = _ENDED.format(subscription=ended.arn)
            message = self._question(ctx, ended, "UnsubscribeConfirmation", text)
            with self.platform.store.transaction():
                deliveries = self.store.post(message, [(ended, None)])
            self.send_out(message, deliveries)
        self._plan_expiry()

    @staticmethod
    def _question(ctx: Context, subscription: Subscription, kind: Kind, text: str) -> Published:
        return Published(
            ids.uuid(), subscription.topic_arn, text, ctx.now(), ctx.caller.endpoint, ctx.span.trace_id,
            ctx.span.span_id, kind, token=subscription.token,
        )  # fmt: skip

    @operation
    async def confirm_subscription(
        self, ctx: Context, request: shapes.ConfirmSubscriptionInput
    ) -> shapes.ConfirmSubscriptionResponse:
        topic = self.topic(ctx, request["TopicArn"])
        is_signed = ctx.principal.kind != "anonymous"
        needs_signature = (request.get("AuthenticateOnUnsubscribe") or "").lower() == "true"
        if needs_signature and not is_signed:
            raise AuthorizationError("AuthenticateOnUnsubscribe requires an authenticated request")
        found = self.store.by_token(request["Token"])
        if found is None or found.topic_arn != topic.arn:
            raise InvalidParameter("Token")
        if found.state == "confirmed":
            return {"SubscriptionArn": found.arn}
        confirmed = replace(
            found,
            state="confirmed",
            state_since=ctx.now(),
            account=ctx.account if is_signed else found.account,
            was_authenticated=is_signed,
            needs_signature_to_end=needs_signature,
        )
        with self.platform.store.transaction():
            self.store.ended.delete(found.token)
            self.store.put_subscription(confirmed)
        return {"SubscriptionArn": confirmed.arn}

    # tokens that were not used

    def _plan_expiry(self) -> None:
        """Keep one timer at the instant at which the oldest token stops being good."""
        oldest = self.store.oldest_unconfirmed()
        if not oldest:
            return
        due = min(subscription.state_since for subscription in oldest) + limits.CONFIRMATION_SECONDS
        if self._expiry is not None and self._expiry.is_pending:
            if self._expiry.due <= due:
                return
            self._expiry.cancel()
        self._expiry = self.clock.at(due, self._expire, "sns confirmation tokens")

    def _expire(self) -> None:
        before = self.clock.now() - limits.CONFIRMATION_SECONDS
        with self.platform.store.transaction():
            while overdue := [s for s in self.store.oldest_unconfirmed() if s.state_since <= before]:
                for subscription in overdue:
                    if subscription.state == "deleted":
                        self.store.ended.delete(subscription.token)
                    else:
                        self.store.delete_subscription(subscription)
        self._plan_expiry()
