"""Templates and sending in v2."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import errors, limits
from cloudchamber.services.ses import mail as mails
from cloudchamber.services.ses.mail import Mail
from cloudchamber.services.ses.policy import parsed
from cloudchamber.services.ses.rendering import Rendering
from cloudchamber.services.ses.sends import raw_mail, tags_of
from cloudchamber.services.ses.tables import Template
from cloudchamber.services.ses.v2_identities import shown_tags
from cloudchamber.services.ses.v2_identities import tags_of as resource_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_STATUSES = {
    "MessageRejected": "MESSAGE_REJECTED", "BadRequestException": "INVALID_PARAMETER",
    "TooManyRequestsException": "ACCOUNT_DAILY_QUOTA_EXCEEDED", "SendingPausedException": "ACCOUNT_SENDING_PAUSED",
    "NotFoundException": "CONFIGURATION_SET_NOT_FOUND",
}  # fmt: skip
_LEFT_OUT = ("ListManagementOptions", "EndpointId", "TenantName")


def _headers(content: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((header["Name"], header["Value"]) for header in content.get("Headers") or ())


def _size_of_attachments(content: Mapping[str, Any]) -> int:
    return sum(len(attached["RawContent"]) for attached in content.get("Attachments") or ())


def _check_supported(request: Request) -> None:
    for name in _LEFT_OUT:
        if request.get(name):
            raise NotImplementedByUs(f"{name} exists on AWS and is not implemented in cloudchamber")


class SendsV2(Rendering):
    def _read_template(self, ctx: Context, name: str, content: Mapping[str, Any], tags: dict[str, str]) -> Template:
        parts = (content.get("Subject") or "", content.get("Text") or "", content.get("Html") or "")
        return Template(ctx.account, ctx.region, name, ctx.now(), *parts, tags=tags)

    @operation
    async def create_email_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        name, tags = request["TemplateName"], resource_tags(request)
        self.save_template(self._read_template(ctx, name, request["TemplateContent"], tags), is_new=True)
        return {}

    @operation
    async def update_email_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        kept = self._read_template(ctx, request["TemplateName"], request["TemplateContent"], {})
        self.save_template(kept, is_new=False)
        return {}

    @operation
    async def get_email_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.template(ctx, request["TemplateName"])
        parts = {"Subject": found.subject, "Text": found.text, "Html": found.html}
        content = {name: part for name, part in parts.items() if part}
        return {"TemplateName": found.name, "TemplateContent": content, "Tags": shown_tags(found.tags)}

    @operation
    async def delete_email_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.template(ctx, request["TemplateName"])
        self.store.templates.delete(found.account, found.region, found.name)
        return {}

    @operation
    async def list_email_templates(self, ctx: Context, request: Request) -> dict[str, Any]:
        found, more = self.listed(ctx, self.store.templates, request.get("NextToken"), request.get("PageSize"))
        shown = [{"TemplateName": one.name, "CreatedTimestamp": one.created_at} for one in found]
        return {"TemplatesMetadata": shown, **more}

    @operation
    async def test_render_email_template(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"RenderedTemplate": self.test_render(ctx, request["TemplateName"], request["TemplateData"])}

    # sending

    def _draft(self, request: Request, destination: Mapping[str, Any] | None) -> Mail:
        to = destination or {}
        return Mail(
            request.get("FromEmailAddress") or "", tuple(to.get("ToAddresses") or ()),
            cc=tuple(to.get("CcAddresses") or ()), bcc=tuple(to.get("BccAddresses") or ()),
            reply_to=tuple(request.get("ReplyToAddresses") or ()),
            return_path=request.get("FeedbackForwardingEmailAddress") or "",
            tags=tags_of(request.get("EmailTags") or request.get("DefaultEmailTags")),
            configuration_set=request.get("ConfigurationSetName") or "",
            source_arn=request.get("FromEmailAddressIdentityArn") or "",
        )  # fmt: skip

    @operation
    async def send_email(self, ctx: Context, request: Request) -> dict[str, Any]:
        _check_supported(request)
        content = request["Content"]
        kinds = [kind for kind in ("Simple", "Raw", "Template") if content.get(kind)]
        if len(kinds) != 1:
            text = "Exactly one of Simple, Raw and Template must be specified in Content."
            raise errors.InvalidParameter(self.version, text)
        draft = self._draft(request, request.get("Destination"))
        if kinds == ["Raw"]:
            raw = parsed(content["Raw"]["Data"])
            self.check_size(raw.size_bytes)
            if not draft.recipients:
                draft = replace(draft, to=raw.all("To"), cc=raw.all("Cc"), bcc=raw.all("Bcc"))
            return {"MessageId": self.send(ctx, raw_mail(raw, draft))}
        if not draft.source:
            raise errors.InvalidParameter(self.version, "Missing required header 'From'.")
        inner = content[kinds[0]]
        attachments = tuple(inner.get("Attachments") or ())
        draft = replace(draft, size_bytes=_size_of_attachments(inner), attachments=attachments)
        if kinds == ["Template"]:
            found, data = self._asked_template(ctx, inner), self.data(inner.get("TemplateData") or "{}")
            return {"MessageId": self.send_rendered(ctx, draft, found, data, _headers(inner))}
        body = inner["Body"]
        mail = replace(
            draft, subject=inner["Subject"]["Data"], text=(body.get("Text") or {}).get("Data", ""),
            html=(body.get("Html") or {}).get("Data", ""),
        )  # fmt: skip
        return {"MessageId": self.send(ctx, mails.composed(mail, _headers(inner)))}

    @operation
    async def send_bulk_email(self, ctx: Context, request: Request) -> dict[str, Any]:
        _check_supported(request)
        entries, inner = request["BulkEmailEntries"], request["DefaultContent"].get("Template")
        if not inner:
            raise errors.InvalidParameter(self.version, "A template must be specified in DefaultContent.")
        if len(entries) > limits.BULK_DESTINATIONS_MAX:
            raise errors.InvalidParameter(self.version, f"Destination count exceeds {limits.BULK_DESTINATIONS_MAX}.")
        found, default = self._asked_template(ctx, inner), self.data(inner.get("TemplateData") or "{}")
        size, attachments = _size_of_attachments(inner), tuple(inner.get("Attachments") or ())
        results = []
        for entry in entries:
            draft = replace(self._draft(request, entry["Destination"]), size_bytes=size, attachments=attachments)
            draft = replace(draft, tags={**draft.tags, **tags_of(entry.get("ReplacementTags"))})
            own = (entry.get("ReplacementEmailContent") or {}).get("ReplacementTemplate") or {}
            headers = dict(_headers(inner)) | {h["Name"]: h["Value"] for h in entry.get("ReplacementHeaders") or ()}
            try:
                data = {**default, **self.data(own.get("ReplacementTemplateData") or "{}")}
                message_id = self.send_rendered(ctx, draft, found, data, tuple(headers.items()))
                results.append({"Status": "SUCCESS", "MessageId": message_id})
            except AwsError as error:
                results.append({"Status": _STATUSES.get(error.code, "FAILED"), "Error": error.message})
        return {"BulkEmailEntryResults": results}

    def _asked_template(self, ctx: Context, inner: Mapping[str, Any]) -> Template:
        """A stored template by name or ARN, or the one that stands in the request."""
        content = inner.get("TemplateContent")
        if content:
            return self._read_template(ctx, inner.get("TemplateName") or "inline", content, {})
        name = inner.get("TemplateName") or (inner.get("TemplateArn") or "").rpartition("/")[2]
        if not name:
            raise errors.InvalidParameter(self.version, "A template name, ARN or content must be specified.")
        return self.template(ctx, name)
