"""What SES operations ask IAM.

Who sends is asked for the identity that stands for the sender and for the configuration set named; the operations of
v1 that manage things know no resources, those of v2 do.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonses.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsimpleemailservicev2.html
https://docs.aws.amazon.com/ses/latest/dg/control-user-access.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, free, on
from cloudchamber.services.ses import addresses
from cloudchamber.services.ses import mail as mails

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context


@lru_cache(maxsize=8)
def parsed(raw: bytes) -> mails.Raw:
    """A raw message; kept, since the handler reads it right after the question to IAM."""
    return mails.parsed(raw)


def everybody(destination: Mapping[str, Any] | None) -> list[str]:
    found = destination or {}
    return [address for kind in ("ToAddresses", "CcAddresses", "BccAddresses") for address in found.get(kind) or ()]


def _identity_arn(ctx: Context, source: str, source_arn: str) -> str:
    """That of the identity there is for the sender, the address's before the domain's."""
    if source_arn:
        return source_arn
    prefix = f"arn:aws:ses:{ctx.region}:{ctx.account}:identity/"
    candidates = addresses.identities_of(addresses.take_apart(source)[1]) if source else ["*"]
    return next((prefix + name for name in candidates if ctx.resources.find(prefix + name)), prefix + candidates[0])


def _asked(
    ctx: Context, request: Request, action: str, parts: tuple[str, Sequence[str], str], version: str
) -> Iterator[Check]:
    """`parts`: the sender, the recipients, where feedback goes."""
    source, recipients, feedback = parts
    name, address = addresses.take_apart(source)
    keys: dict[str, str | list[str]] = {
        "ses:FromAddress": address,
        "ses:Recipients": [addresses.take_apart(recipient)[1] for recipient in recipients],
        "ses:ApiVersion": version,
    }
    if name:
        keys["ses:FromDisplayName"] = name
    if feedback:
        keys["ses:FeedbackAddress"] = addresses.take_apart(feedback)[1]
    source_arn = request.get("SourceArn") or request.get("FromEmailAddressIdentityArn") or ""
    yield Check(f"ses:{action}", _identity_arn(ctx, source, source_arn), keys)
    name = request.get("ConfigurationSetName") or ""
    if name:
        yield Check(f"ses:{action}", f"arn:aws:ses:{ctx.region}:{ctx.account}:configuration-set/{name}", keys)


def _sends(action: str) -> Rule:
    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        recipients = everybody(request.get("Destination"))
        for entry in request.get("Destinations") or ():
            recipients += everybody(entry.get("Destination"))
        parts = (request["Source"], recipients, request.get("ReturnPath") or "")
        return _asked(ctx, request, action, parts, "1")

    return rule


def _sends_raw(ctx: Context, request: Request) -> Iterator[Check]:
    raw = parsed(request["RawMessage"]["Data"])
    source = request.get("Source") or next(iter(raw.all("From")), "")
    recipients = request.get("Destinations") or [*raw.all("To"), *raw.all("Cc"), *raw.all("Bcc")]
    return _asked(ctx, request, "SendRawEmail", (source, recipients, raw.one("Return-Path")), "1")


def _sends_v2(ctx: Context, request: Request) -> Iterator[Check]:
    content = request["Content"]
    source, recipients = request.get("FromEmailAddress") or "", everybody(request.get("Destination"))
    action = "SendTemplatedEmail" if content.get("Template") else "SendEmail"
    if content.get("Raw"):
        raw, action = parsed(content["Raw"]["Data"]), "SendRawEmail"
        source = source or next(iter(raw.all("From")), "")
        recipients = recipients or [*raw.all("To"), *raw.all("Cc"), *raw.all("Bcc")]
    feedback = request.get("FeedbackForwardingEmailAddress") or ""
    return _asked(ctx, request, action, (source, recipients, feedback), "2")


def _sends_bulk_v2(ctx: Context, request: Request) -> Iterator[Check]:
    recipients = [a for entry in request["BulkEmailEntries"] for a in everybody(entry.get("Destination"))]
    feedback = request.get("FeedbackForwardingEmailAddress") or ""
    parts = (request.get("FromEmailAddress") or "", recipients, feedback)
    return _asked(ctx, request, "SendBulkTemplatedEmail", parts, "2")


RULES: Mapping[str, Rule] = {
    "SendEmail": _sends("SendEmail"),
    "SendTemplatedEmail": _sends("SendTemplatedEmail"),
    "SendBulkTemplatedEmail": _sends("SendBulkTemplatedEmail"),
    "SendRawEmail": _sends_raw,
    "ConfirmVerification": free,  # by the link of a mail: its token is enough
}


def _named(kind: str, member: str) -> Any:
    return lambda ctx, request: f"arn:aws:ses:{ctx.region}:{ctx.account}:{kind}/{request[member]}"


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    return {**keys, "aws:TagKeys": names} if names else keys


_IDENTITY = _named("identity", "EmailIdentity")
_SET = _named("configuration-set", "ConfigurationSetName")
_TEMPLATE = _named("template", "TemplateName")

RULES_V2: Mapping[str, Rule] = {
    "SendEmail": _sends_v2,
    "SendBulkEmail": _sends_bulk_v2,
    **{name: on(_IDENTITY, f"ses:{name}", _tag_keys) for name in (
        "CreateEmailIdentity", "GetEmailIdentity", "DeleteEmailIdentity", "CreateEmailIdentityPolicy",
        "UpdateEmailIdentityPolicy", "DeleteEmailIdentityPolicy", "GetEmailIdentityPolicies",
        "PutEmailIdentityConfigurationSetAttributes", "PutEmailIdentityDkimAttributes",
        "PutEmailIdentityDkimSigningAttributes", "PutEmailIdentityFeedbackAttributes",
        "PutEmailIdentityMailFromAttributes")},
    **{name: on(_SET, f"ses:{name}", _tag_keys) for name in (
        "CreateConfigurationSet", "GetConfigurationSet", "DeleteConfigurationSet",
        "CreateConfigurationSetEventDestination", "UpdateConfigurationSetEventDestination",
        "DeleteConfigurationSetEventDestination", "GetConfigurationSetEventDestinations",
        "PutConfigurationSetDeliveryOptions", "PutConfigurationSetReputationOptions",
        "PutConfigurationSetSendingOptions", "PutConfigurationSetSuppressionOptions",
        "PutConfigurationSetTrackingOptions", "PutConfigurationSetVdmOptions")},
    **{name: on(_TEMPLATE, f"ses:{name}") for name in (
        "CreateEmailTemplate", "GetEmailTemplate", "UpdateEmailTemplate", "DeleteEmailTemplate",
        "TestRenderEmailTemplate")},
    **{name: on(lambda ctx, request: str(request["ResourceArn"]), f"ses:{name}", _tag_keys) for name in (
        "TagResource", "UntagResource", "ListTagsForResource")},
}  # fmt: skip
