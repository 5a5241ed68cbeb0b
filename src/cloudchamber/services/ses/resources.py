"""CloudFormation's resource types of SES.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SES.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    ask,
    changed,
    kept,
    name_within,
    picked,
    seen,
    undone,
    unless_gone,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

TAGS = Tagged("sesv2")


def _arn(ctx: Context, kind: str, name: str) -> str:
    return f"arn:aws:ses:{ctx.region}:{ctx.account}:{kind}/{name}"


class EmailIdentity(Type):
    # property -> the operation that puts it, and what it goes back to
    settings: ClassVar[Mapping[str, tuple[str, dict[str, Any]]]] = {
        "ConfigurationSetAttributes": ("PutEmailIdentityConfigurationSetAttributes", {}),
        "DkimAttributes": ("PutEmailIdentityDkimAttributes", {"SigningEnabled": True}),
        "FeedbackAttributes": ("PutEmailIdentityFeedbackAttributes", {"EmailForwardingEnabled": True}),
        "MailFromAttributes": ("PutEmailIdentityMailFromAttributes", {"MailFromDomain": ""}),
    }
    refused: ClassVar[Mapping[str, Any]] = {"DkimSigningAttributes": {}}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties["EmailIdentity"]
        await ask(ctx, "sesv2:CreateEmailIdentity", EmailIdentity=name, Tags=TAGS.wanted(desired))
        async with undone(lambda: self.delete(ctx, name, desired.properties)):
            await self._set_up(ctx, name, desired, {})
        return await self._made(ctx, name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self._set_up(ctx, physical_id, desired, previous)
        await TAGS.change(ctx, _arn(ctx, "identity", physical_id), desired)
        return await self._made(ctx, physical_id)

    async def _set_up(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        for key, (operation, default) in self.settings.items():
            if changed(desired, previous, key):
                value = desired.properties.get(key) or default
                await ask(ctx, f"sesv2:{operation}", value, EmailIdentity=name)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties["EmailIdentity"]
        found = await seen(ctx.call("sesv2:GetEmailIdentity", EmailIdentity=name))
        return None if found is None else await self._made(ctx, name)

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await self._set_up(ctx, made.physical_id, desired, {})
        return made

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("sesv2:DeleteEmailIdentity", EmailIdentity=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("sesv2:GetEmailIdentity", EmailIdentity=physical_id)
        dkim, mail_from = found.get("DkimAttributes") or {}, found.get("MailFromAttributes") or {}
        shown = {
            "EmailIdentity": physical_id, "DkimAttributes": picked(dkim, "SigningEnabled"),
            "FeedbackAttributes": {"EmailForwardingEnabled": found.get("FeedbackForwardingStatus", True)},
            "ConfigurationSetAttributes": picked(found, "ConfigurationSetName"),
            "MailFromAttributes": {
                **picked(mail_from, "MailFromDomain"),
                **picked({"BehaviorOnMxFailure": mail_from.get("BehaviorOnMxFailure")}, "BehaviorOnMxFailure"),
            },
            "Tags": found.get("Tags"),
        }  # fmt: skip
        return picked(shown, *shown)

    @staticmethod
    async def _made(ctx: Context, name: str) -> Made:
        """The DNS records that a domain's DKIM wants, for Route 53."""
        found = await ctx.call("sesv2:GetEmailIdentity", EmailIdentity=name)
        attributes = {}
        for number, token in enumerate((found.get("DkimAttributes") or {}).get("Tokens") or (), 1):
            attributes[f"DkimDNSTokenName{number}"] = f"{token}._domainkey.{name}"
            attributes[f"DkimDNSTokenValue{number}"] = f"{token}.dkim.amazonses.com"
        return Made(name, attributes)


class Template(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        template = desired.properties.get("Template") or {}
        name = template.get("TemplateName") or name_within(desired, 64)
        await ask(ctx, "ses:CreateTemplate", Template={**template, "TemplateName": name})
        return Made(name, {"Id": name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        template = {**(desired.properties.get("Template") or {}), "TemplateName": physical_id}
        await ask(ctx, "ses:UpdateTemplate", Template=template)
        return Made(physical_id, {"Id": physical_id})

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = (desired.properties.get("Template") or {}).get("TemplateName") or name_within(desired, 64)
        found = await seen(ctx.call("ses:GetTemplate", TemplateName=name))
        return None if found is None else Made(name, {"Id": name})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("ses:DeleteTemplate", TemplateName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("ses:GetTemplate", TemplateName=physical_id))["Template"]
        template = picked(found, "TemplateName", "SubjectPart", "TextPart", "HtmlPart")
        return {"Id": physical_id, "Template": template, **kept(properties, "Tags")}


class ConfigurationSet(Type):
    # property -> what it goes back to; each is put by an operation of its name
    options: ClassVar[Mapping[str, dict[str, Any]]] = {
        "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
        "ReputationOptions": {"ReputationMetricsEnabled": False},
        "SendingOptions": {"SendingEnabled": True},
        "SuppressionOptions": {"SuppressedReasons": []},
        "TrackingOptions": {},
        "VdmOptions": {"VdmOptions": {}},
    }
    refused: ClassVar[Mapping[str, Any]] = {"ArchivingOptions": {}}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("Name") or name_within(desired, 64)
        more = {"ConfigurationSetName": name, "Tags": TAGS.wanted(desired)}
        await ask(ctx, "sesv2:CreateConfigurationSet", desired.properties, **more)
        return Made(name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        for option, default in self.options.items():
            if changed(desired, previous, option):
                value = desired.properties.get(option) or default
                given = {option: value} if option == "VdmOptions" and "VdmOptions" not in value else value
                await ask(ctx, f"sesv2:PutConfigurationSet{option}", given, ConfigurationSetName=physical_id)
        await TAGS.change(ctx, _arn(ctx, "configuration-set", physical_id), desired)
        return Made(physical_id)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("Name") or name_within(desired, 64)
        found = await seen(ctx.call("sesv2:GetConfigurationSet", ConfigurationSetName=name))
        return None if found is None else Made(name)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("sesv2:DeleteConfigurationSet", ConfigurationSetName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("sesv2:GetConfigurationSet", ConfigurationSetName=physical_id)
        shown = {
            option: {name: found[option].get(name) for name in properties[option]}
            for option in self.options
            if option in properties and found.get(option)
        }
        return {"Name": physical_id, **shown, **picked(found, "Tags")}


def _spelt(name: str) -> str:
    """`renderingFailure` -> `RENDERING_FAILURE`: templates have the names of the older API."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()


class EventDestination(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties["EventDestination"]
        identifier = wanted.get("Name") or name_within(desired, 64)
        more = {"EventDestinationName": identifier, "EventDestination": self._form(wanted)}
        await ask(ctx, "sesv2:CreateConfigurationSetEventDestination", desired.properties, "EventDestination", **more)
        return Made(identifier, {"Id": identifier})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        form = self._form(desired.properties["EventDestination"])
        more = {"EventDestinationName": physical_id, "EventDestination": form}
        await ask(ctx, "sesv2:UpdateConfigurationSetEventDestination", desired.properties, "EventDestination", **more)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"ConfigurationSetName": properties["ConfigurationSetName"], "EventDestinationName": physical_id}
        await unless_gone(ask(ctx, "sesv2:DeleteConfigurationSetEventDestination", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"ConfigurationSetName": properties["ConfigurationSetName"]}
        listed = (await ask(ctx, "sesv2:GetConfigurationSetEventDestinations", named))["EventDestinations"]
        found = next((one for one in listed if one["Name"] == physical_id), None)
        given = properties["EventDestination"]
        wanted = self._form(given)
        same = found is not None and all(found.get(key) == value for key, value in wanted.items())
        return {**named, "Id": physical_id, "EventDestination": given if same else found or {}}

    @staticmethod
    def _form(wanted: Mapping[str, Any]) -> dict[str, Any]:
        """The destination as the API has it."""
        form = {name: value for name, value in wanted.items() if name not in ("Name", "Enabled")}
        form["Enabled"] = str(wanted.get("Enabled", False)).lower() == "true"
        form["MatchingEventTypes"] = [_spelt(name) for name in wanted["MatchingEventTypes"]]
        if "SnsDestination" in form:
            form["SnsDestination"] = {"TopicArn": form["SnsDestination"]["TopicARN"]}
        if "CloudWatchDestination" in form:
            dimensions = form["CloudWatchDestination"].get("DimensionConfigurations") or ()
            form["CloudWatchDestination"] = {
                "DimensionConfigurations": [
                    {**one, "DimensionValueSource": _spelt(one["DimensionValueSource"])} for one in dimensions
                ]
            }
        return form


TYPES: Mapping[str, ResourceType] = {
    "AWS::SES::ConfigurationSet": ConfigurationSet(),
    "AWS::SES::ConfigurationSetEventDestination": EventDestination(),
    "AWS::SES::EmailIdentity": EmailIdentity(),
    "AWS::SES::Template": Template(),
}
