"""The account in v2: what it may send, and its suppression list."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import errors, limits
from cloudchamber.services.ses.sending import Sending
from cloudchamber.services.ses.tables import Suppressed

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_DETAILS = ("MailType", "WebsiteURL", "ContactLanguage", "UseCaseDescription", "AdditionalContactEmailAddresses")


class AccountV2(Sending):
    @operation
    async def get_account(self, ctx: Context, request: Request) -> dict[str, Any]:
        settings = self.store.settings(ctx.account, ctx.region)
        per_day, per_second = self.quota()
        sent = self.store.sent_since(ctx.account, ctx.region, ctx.now() - limits.DAY_SECONDS)
        shown = {
            "DedicatedIpAutoWarmupEnabled": False, "EnforcementStatus": "HEALTHY",
            "ProductionAccessEnabled": not self.is_sandboxed,
            "SendQuota": {"Max24HourSend": per_day, "MaxSendRate": per_second, "SentLast24Hours": float(sent)},
            "SendingEnabled": settings.is_enabled,
            "SuppressionAttributes": {"SuppressedReasons": list(settings.suppresses)},
        }  # fmt: skip
        return shown | ({"Details": settings.details} if settings.details else {})

    @operation
    async def put_account_details(self, ctx: Context, request: Request) -> dict[str, Any]:
        details = {name: request[name] for name in _DETAILS if request.get(name)}
        self.store.accounts.put(replace(self.store.settings(ctx.account, ctx.region), details=details))
        return {}

    @operation
    async def put_account_sending_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        settings = self.store.settings(ctx.account, ctx.region)
        self.store.accounts.put(replace(settings, is_enabled=bool(request.get("SendingEnabled"))))
        return {}

    @operation
    async def put_account_suppression_attributes(self, ctx: Context, request: Request) -> dict[str, Any]:
        settings = self.store.settings(ctx.account, ctx.region)
        self.store.accounts.put(replace(settings, suppresses=tuple(request.get("SuppressedReasons") or ())))
        return {}

    # the suppression list

    @operation
    async def put_suppressed_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        address = self.address(request["EmailAddress"]).lower()
        self.store.suppressed.put(Suppressed(ctx.account, ctx.region, address, request["Reason"], ctx.now()))
        return {}

    @operation
    async def get_suppressed_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"SuppressedDestination": _shown(self._suppressed(ctx, request["EmailAddress"]))}

    @operation
    async def delete_suppressed_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self._suppressed(ctx, request["EmailAddress"])
        self.store.suppressed.delete(found.account, found.region, found.address)
        return {}

    @operation
    async def list_suppressed_destinations(self, ctx: Context, request: Request) -> dict[str, Any]:
        since, until = request.get("StartDate"), request.get("EndDate")
        found, more = self.page(
            request.get("NextToken"),
            request.get("PageSize") or limits.LIST_PAGE,
            lambda one: one.address,
            lambda after, limit: self.store.suppressed.where(
                account=ctx.account, region=ctx.region, order="address", after=after, limit=limit
            ),
        )
        shown = [
            _shown(one)
            for one in found
            if (not request.get("Reasons") or one.reason in request["Reasons"])
            and (since is None or one.at >= since)
            and (until is None or one.at <= until)
        ]
        return {"SuppressedDestinationSummaries": shown, **more}

    def _suppressed(self, ctx: Context, address: str) -> Suppressed:
        found = self.store.suppressed.get(ctx.account, ctx.region, address.lower())
        if found is None:
            text = f"Email address {address} does not exist on your suppression list."
            raise errors.NotFound(self.version, text)
        return found


def _shown(found: Suppressed) -> dict[str, Any]:
    return {"EmailAddress": found.address, "Reason": found.reason, "LastUpdateTime": found.at}
