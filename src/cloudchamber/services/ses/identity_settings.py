"""What is set on identities in v1: DKIM, MAIL FROM, notifications, sending authorization policies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import errors
from cloudchamber.services.ses.tables import Post
from cloudchamber.services.ses.verifying import Verifying, with_dkim

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_V2_MX = {"UseDefaultValue": "USE_DEFAULT_VALUE", "RejectMessage": "REJECT_MESSAGE"}


class IdentitySettings(Verifying):
    @operation
    async def set_identity_dkim_enabled(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.identity(ctx, request["Identity"])
        if request["DkimEnabled"] and not identity.dkim_tokens:
            if not identity.is_domain:
                text = f"Domain {identity.name.rpartition('@')[2]} is not verified for DKIM signing."
                raise errors.InvalidParameter(self.version, text)
            identity = with_dkim(identity)
        self.store.identities.put(replace(identity, dkim_enabled=request["DkimEnabled"]))
        return {}

    @operation
    async def set_identity_mail_from_domain(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, domain = self.identity(ctx, request["Identity"]), request.get("MailFromDomain") or ""
        self.check_mail_from(identity.name, domain)
        behaviour = _V2_MX[request.get("BehaviorOnMXFailure") or "UseDefaultValue"]
        self.store.identities.put(replace(identity, mail_from_domain=domain, on_mx_failure=behaviour))
        return {}

    @operation
    async def set_identity_notification_topic(self, ctx: Context, request: Request) -> dict[str, Any]:
        """The topic is asked at once, as on AWS: it gets a message that says so."""
        identity, kind = self.identity(ctx, request["Identity"]), request["NotificationType"]
        topic = request.get("SnsTopic") or ""
        if topic:
            text = (
                f"You have successfully subscribed your Amazon SNS topic '{topic}' to receive '{kind}' notifications "
                f"from Amazon SES for identity '{identity.name}'."
            )
            message = orjson.dumps({"notificationType": "AmazonSnsSubscriptionSucceeded", "message": text}).decode()
            sent = {"TopicArn": topic, "Message": message}
            marks = (ctx.span.trace_id, ctx.span.span_id)
            try:
                await self.told(Post(ctx.account, ctx.region, "sns:Publish", identity.arn, sent, *marks))
            except AwsError:
                raise errors.NoTopic(self.version, f"Could not publish to SNS topic: {topic}") from None
            identity = self.identity(ctx, request["Identity"])  # as it is after the call
        elif kind in ("Bounce", "Complaint") and not identity.forwards_feedback:
            raise errors.InvalidParameter(
                self.version, f"Cannot remove the {kind} topic while feedback forwarding is disabled."
            )
        topics = {name: arn for name, arn in identity.topics.items() if name != kind}
        self.store.identities.put(replace(identity, topics={**topics, kind: topic} if topic else topics))
        return {}

    @operation
    async def set_identity_feedback_forwarding_enabled(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.identity(ctx, request["Identity"])
        if not request["ForwardingEnabled"] and not {"Bounce", "Complaint"} <= set(identity.topics):
            raise errors.InvalidParameter(
                self.version,
                f"Identity {identity.name} must have topics for both Bounce and Complaint notifications before "
                "feedback forwarding can be disabled.",
            )
        self.store.identities.put(replace(identity, forwards_feedback=request["ForwardingEnabled"]))
        return {}

    @operation
    async def set_identity_headers_in_notifications_enabled(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, kind = self.identity(ctx, request["Identity"]), request["NotificationType"]
        kept = tuple(name for name in identity.with_headers if name != kind)
        self.store.identities.put(replace(identity, with_headers=(*kept, kind) if request["Enabled"] else kept))
        return {}

    # sending authorization

    @operation
    async def put_identity_policy(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.save_policy(self.identity(ctx, request["Identity"]), request["PolicyName"], request["Policy"])
        return {}

    @operation
    async def delete_identity_policy(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity, gone = self.identity(ctx, request["Identity"]), request["PolicyName"]
        kept = {name: text for name, text in identity.policies.items() if name != gone}
        self.store.identities.put(replace(identity, policies=kept))
        return {}

    @operation
    async def get_identity_policies(self, ctx: Context, request: Request) -> dict[str, Any]:
        policies = self.identity(ctx, request["Identity"]).policies
        return {"Policies": {name: policies[name] for name in request["PolicyNames"] if name in policies}}

    @operation
    async def list_identity_policies(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"PolicyNames": sorted(self.identity(ctx, request["Identity"]).policies)}
