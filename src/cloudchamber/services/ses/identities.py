"""Identities in v1: verify, list, delete, and what is known of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import addresses, errors, limits
from cloudchamber.services.ses.verifying import Verifying, with_dkim

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.core.context import Context
    from cloudchamber.services.ses.tables import Identity

V1_STATUS = {"SUCCESS": "Success", "PENDING": "Pending", "FAILED": "Failed", "NOT_STARTED": "NotStarted"}
_V1_MX = {"USE_DEFAULT_VALUE": "UseDefaultValue", "REJECT_MESSAGE": "RejectMessage"}
_KINDS = ("Bounce", "Complaint", "Delivery")


class Identities(Verifying):
    @operation
    async def verify_email_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.address(request["EmailAddress"])
        self.register(ctx, request["EmailAddress"])
        return {}

    @operation
    async def verify_email_address(self, ctx: Context, request: Request) -> None:
        self.address(request["EmailAddress"])
        self.register(ctx, request["EmailAddress"])

    @operation
    async def confirm_verification(self, ctx: Context, request: Request) -> None:
        """What the link in a verification mail opens. Opened again it changes nothing."""
        identity = self.store.by_token(request["Token"])
        if identity is None or self.status(identity) == "FAILED":
            raise errors.InvalidParameter(self.version, "The verification link has expired or is unknown.")
        if identity.verified_at is None:
            self.store.identities.put(replace(identity, verified_at=ctx.now()))

    @operation
    async def verify_domain_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.register(ctx, self.domain(request["Domain"]))
        return {"VerificationToken": identity.token}

    @operation
    async def verify_domain_dkim(self, ctx: Context, request: Request) -> dict[str, Any]:
        identity = self.register(ctx, self.domain(request["Domain"]))
        if not identity.dkim_tokens:
            identity = self.store.identities.put(with_dkim(identity))
        return {"DkimTokens": list(identity.dkim_tokens)}

    @operation
    async def delete_identity(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.store.identities.delete(ctx.account, ctx.region, addresses.folded(request["Identity"]))
        return {}

    @operation
    async def delete_verified_email_address(self, ctx: Context, request: Request) -> None:
        self.store.identities.delete(ctx.account, ctx.region, addresses.folded(request["EmailAddress"]))

    @operation
    async def list_verified_email_addresses(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.store.identities.where(account=ctx.account, region=ctx.region, order="name")
        return {"VerifiedEmailAddresses": [i.name for i in found if not i.is_domain and i.verified_at is not None]}

    @operation
    async def list_identities(self, ctx: Context, request: Request) -> dict[str, Any]:
        kind = request.get("IdentityType")
        found, more = self.listed(ctx, self.store.identities, request.get("NextToken"), request.get("MaxItems"))
        return {"Identities": [i.name for i in found if kind is None or i.is_domain == (kind == "Domain")], **more}

    # what is known of them

    def _each(self, ctx: Context, request: Request, show: Callable[[Identity], dict[str, Any]]) -> dict[str, Any]:
        """What there is to show of those asked for that exist."""
        names = request["Identities"]
        if len(names) > limits.IDENTITIES_ASKED_MAX:
            raise errors.InvalidParameter(self.version, "Too many identities, 100 at most.")
        found = ((n, self.store.identities.get(ctx.account, ctx.region, addresses.folded(n))) for n in names)
        return {name: show(identity) for name, identity in found if identity is not None}

    @operation
    async def get_identity_verification_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        def show(identity: Identity) -> dict[str, Any]:
            shown = {"VerificationStatus": V1_STATUS[self.status(identity)]}
            return shown | ({"VerificationToken": identity.token} if identity.is_domain else {})

        return {"VerificationAttributes": self._each(ctx, request, show)}

    @operation
    async def get_identity_dkim_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        def show(identity: Identity) -> dict[str, Any]:
            shown: dict[str, Any] = {
                "DkimEnabled": identity.dkim_enabled,
                "DkimVerificationStatus": "Success" if identity.dkim_tokens else "NotStarted",
            }
            return shown | ({"DkimTokens": list(identity.dkim_tokens)} if identity.dkim_tokens else {})

        return {"DkimAttributes": self._each(ctx, request, show)}

    @operation
    async def get_identity_mail_from_domain_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        def show(identity: Identity) -> dict[str, Any]:
            shown = {"BehaviorOnMXFailure": _V1_MX[identity.on_mx_failure]}
            if not identity.mail_from_domain:
                return shown
            return shown | {"MailFromDomain": identity.mail_from_domain, "MailFromDomainStatus": "Success"}

        return {"MailFromDomainAttributes": self._each(ctx, request, show)}

    @operation
    async def get_identity_notification_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        def show(identity: Identity) -> dict[str, Any]:
            shown: dict[str, Any] = {"ForwardingEnabled": identity.forwards_feedback}
            shown |= {f"{kind}Topic": topic for kind, topic in identity.topics.items()}
            return shown | {f"HeadersIn{kind}NotificationsEnabled": kind in identity.with_headers for kind in _KINDS}

        return {"NotificationAttributes": self._each(ctx, request, show)}
