"""Sending in v1, and how much was sent."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import errors, limits
from cloudchamber.services.ses import mail as mails
from cloudchamber.services.ses.mail import Mail
from cloudchamber.services.ses.policy import parsed
from cloudchamber.services.ses.rendering import Rendering

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context

# Statuses of a bulk destination, by the code of the error that sending to it alone would give.
_STATUSES = {
    "MessageRejected": "MessageRejected", "ConfigurationSetDoesNotExist": "ConfigurationSetDoesNotExist",
    "TemplateDoesNotExist": "TemplateDoesNotExist", "InvalidParameterValue": "InvalidParameterValue",
    "InvalidRenderingParameter": "InvalidParameterValue", "Throttling": "AccountDailyQuotaExceeded",
    "AccountSendingPausedException": "AccountSendingPaused",
    "ConfigurationSetSendingPausedException": "ConfigurationSetSendingPaused",
}  # fmt: skip


def tags_of(listed: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    return {tag["Name"]: tag["Value"] for tag in listed or ()}


def _draft(request: Request, destination: Mapping[str, Any]) -> Mail:
    """A mail as far as sender and recipients go."""
    return Mail(
        request["Source"], tuple(destination.get("ToAddresses") or ()), cc=tuple(destination.get("CcAddresses") or ()),
        bcc=tuple(destination.get("BccAddresses") or ()), reply_to=tuple(request.get("ReplyToAddresses") or ()),
        return_path=request.get("ReturnPath") or "", tags=tags_of(request.get("Tags") or request.get("DefaultTags")),
        configuration_set=request.get("ConfigurationSetName") or "", source_arn=request.get("SourceArn") or "",
    )  # fmt: skip


def raw_mail(raw: mails.Raw, mail: Mail) -> Mail:
    """A raw message, with what the call says instead of its headers."""
    return replace(
        mail,
        source=mail.source or next(iter(raw.all("From")), ""),
        subject=raw.one("Subject"),
        text=raw.body("plain"),
        html=raw.body("html"),
        return_path=mail.return_path or raw.one("Return-Path"),
        headers=raw.headers,
        size_bytes=raw.size_bytes,
        tags={**raw.tags, **mail.tags},
        configuration_set=mail.configuration_set or raw.one("X-SES-CONFIGURATION-SET"),
        source_arn=mail.source_arn or raw.one("X-SES-SOURCE-ARN"),
        raw=raw,
    )


class Sends(Rendering):
    @operation
    async def send_email(self, ctx: Context, request: Request) -> dict[str, Any]:
        message, draft = request["Message"], _draft(request, request["Destination"])
        body = message["Body"]
        mail = replace(
            draft, subject=message["Subject"]["Data"], text=(body.get("Text") or {}).get("Data", ""),
            html=(body.get("Html") or {}).get("Data", ""),
        )  # fmt: skip
        return {"MessageId": self.send(ctx, mails.composed(mail))}

    @operation
    async def send_raw_email(self, ctx: Context, request: Request) -> dict[str, Any]:
        raw = parsed(request["RawMessage"]["Data"])
        self.check_size(raw.size_bytes)
        to = request.get("Destinations")
        draft = Mail(
            request.get("Source") or "", tuple(to or raw.all("To")), cc=() if to else raw.all("Cc"),
            bcc=() if to else raw.all("Bcc"), tags=tags_of(request.get("Tags")),
            configuration_set=request.get("ConfigurationSetName") or "",
            source_arn=request.get("SourceArn") or request.get("FromArn") or "",
        )  # fmt: skip
        return {"MessageId": self.send(ctx, raw_mail(raw, draft))}

    @operation
    async def send_templated_email(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.template(ctx, request["Template"])
        data = self.data(request["TemplateData"], found.name)
        mail = _draft(request, request["Destination"])
        return {"MessageId": self.send_rendered(ctx, mail, found, data)}

    @operation
    async def send_bulk_templated_email(self, ctx: Context, request: Request) -> dict[str, Any]:
        entries = request["Destinations"]
        if len(entries) > limits.BULK_DESTINATIONS_MAX:
            raise errors.InvalidParameter(self.version, f"Destination count exceeds {limits.BULK_DESTINATIONS_MAX}.")
        found = self.template(ctx, request["Template"])
        default = self.data(request["DefaultTemplateData"], found.name)
        statuses = []
        for entry in entries:
            mail = _draft(request, entry["Destination"])
            mail = replace(mail, tags={**mail.tags, **tags_of(entry.get("ReplacementTags"))})
            try:
                data = {**default, **self.data(entry.get("ReplacementTemplateData") or "{}", found.name)}
                statuses.append({"Status": "Success", "MessageId": self.send_rendered(ctx, mail, found, data)})
            except AwsError as error:
                statuses.append({"Status": _STATUSES.get(error.code, "Failed"), "Error": error.message})
        return {"Status": statuses}

    # how much

    @operation
    async def get_send_quota(self, ctx: Context, request: Request) -> dict[str, Any]:
        per_day, per_second = self.quota()
        sent = self.store.sent_since(ctx.account, ctx.region, ctx.now() - limits.DAY_SECONDS)
        return {"Max24HourSend": per_day, "MaxSendRate": per_second, "SentLast24Hours": float(sent)}

    @operation
    async def get_send_statistics(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"SendDataPoints": [
            {"Timestamp": at, "DeliveryAttempts": attempts, "Bounces": bounces, "Complaints": complaints,
             "Rejects": rejects}
            for at, attempts, bounces, complaints, rejects in self.store.statistics(ctx.account, ctx.region)
        ]}  # fmt: skip

    @operation
    async def get_account_sending_enabled(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"Enabled": self.store.settings(ctx.account, ctx.region).is_enabled}

    @operation
    async def update_account_sending_enabled(self, ctx: Context, request: Request) -> None:
        settings = self.store.settings(ctx.account, ctx.region)
        self.store.accounts.put(replace(settings, is_enabled=bool(request.get("Enabled"))))
