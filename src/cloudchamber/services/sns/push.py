"""Mobile push: platform applications, the devices that have them, and messages straight to a device.

No push service is called: what would go to a phone arrives in the mailbox, under the ARN of its endpoint.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.sns import limits, message
from cloudchamber.services.sns.base import page, parsed_arn
from cloudchamber.services.sns.channels import platform_of
from cloudchamber.services.sns.errors import EndpointDisabled, InvalidParameter, NotFound, PlatformApplicationDisabled
from cloudchamber.services.sns.jobs import Jobs
from cloudchamber.services.sns.tables import Application, Endpoint
from cloudchamber.storage.mailbox import MailArrived, Message

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.sns import shapes

PLATFORMS = frozenset({
    "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "FCM", "GCM", "MACOS", "MACOS_SANDBOX",
    "MPNS", "WNS",
})  # fmt: skip
_WITHOUT_PRINCIPAL = frozenset({"FCM", "GCM", "MPNS"})
_SECRETS = frozenset({"PlatformCredential", "PlatformPrincipal"})
_APPLICATION_ATTRIBUTES = frozenset({
    *_SECRETS, "EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure",
    "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate", "ApplePlatformTeamID",
    "ApplePlatformBundleID", "Enabled",
})  # fmt: skip
_ENDPOINT_ATTRIBUTES = frozenset({"CustomUserData", "Enabled", "Token", "ChannelId", "UserId"})
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}\Z")


class Push(Jobs):
    @operation
    async def create_platform_application(
        self, ctx: Context, request: shapes.CreatePlatformApplicationInput
    ) -> shapes.CreatePlatformApplicationResponse:
        name, platform, attributes = request["Name"], request["Platform"], dict(request["Attributes"])
        if not _NAME.match(name):
            raise InvalidParameter("Name")
        if platform not in PLATFORMS:
            raise InvalidParameter(f"Platform Reason: {platform} is not supported")
        _check_names(attributes, _APPLICATION_ATTRIBUTES)
        if not attributes.get("PlatformCredential"):
            raise InvalidParameter("Attributes Reason: PlatformCredential is required")
        if platform not in _WITHOUT_PRINCIPAL and not attributes.get("PlatformPrincipal"):
            raise InvalidParameter("Attributes Reason: PlatformPrincipal is required")
        existing = self.store.applications.get(ctx.account, ctx.region, platform, name)
        if existing is not None and existing.attributes != attributes:
            raise InvalidParameter("Attributes Reason: Platform application already exists with different attributes")
        application = Application(ctx.account, ctx.region, platform, name, attributes)
        self.store.applications.put(application)
        return {"PlatformApplicationArn": application.arn}

    @operation
    async def delete_platform_application(self, ctx: Context, request: shapes.DeletePlatformApplicationInput) -> None:
        """Its endpoints stay, and no message reaches them."""
        try:
            found = self.application(request["PlatformApplicationArn"])
        except NotFound:  # idempotent
            return
        self.store.applications.delete(found.account, found.region, found.platform, found.name)

    @operation
    async def list_platform_applications(
        self, ctx: Context, request: shapes.ListPlatformApplicationsInput
    ) -> shapes.ListPlatformApplicationsResponse:
        all_of_them = self.store.applications.where(account=ctx.account, region=ctx.region)
        found, more = page(
            request,
            lambda application: application.arn,
            lambda after, limit: [a for a in sorted(all_of_them, key=_arn) if after is None or a.arn > after[0]][
                :limit
            ],
        )
        shown: Any = [{"PlatformApplicationArn": a.arn, "Attributes": _shown(a)} for a in found]
        return {"PlatformApplications": shown, **more}  # type: ignore[typeddict-item]

    @operation
    async def get_platform_application_attributes(
        self, ctx: Context, request: shapes.GetPlatformApplicationAttributesInput
    ) -> shapes.GetPlatformApplicationAttributesResponse:
        return {"Attributes": _shown(self.application(request["PlatformApplicationArn"]))}

    @operation
    async def set_platform_application_attributes(
        self, ctx: Context, request: shapes.SetPlatformApplicationAttributesInput
    ) -> None:
        found, changes = self.application(request["PlatformApplicationArn"]), dict(request["Attributes"])
        _check_names(changes, _APPLICATION_ATTRIBUTES)
        self.store.applications.put(replace(found, attributes={**found.attributes, **changes}))

    # devices

    @operation
    async def create_platform_endpoint(
        self, ctx: Context, request: shapes.CreatePlatformEndpointInput
    ) -> shapes.CreateEndpointResponse:
        application, token = self.application(request["PlatformApplicationArn"]), request["Token"]
        if not token:
            raise InvalidParameter("Token")
        attributes = {"Enabled": "true", **(request.get("Attributes") or {}), "Token": token}
        if request.get("CustomUserData"):
            attributes["CustomUserData"] = request["CustomUserData"]
        _check_device(attributes)
        existing = self.store.endpoints.where(application=application.arn, token=token, limit=1)
        if existing:
            if existing[0].attributes != attributes:
                raise InvalidParameter(
                    f"Token Reason: Endpoint {existing[0].arn} already exists with the same Token, but different "
                    "attributes."
                )
            return {"EndpointArn": existing[0].arn}
        arn = f"{application.arn.replace(':app/', ':endpoint/', 1)}/{ids.uuid()}"
        self.store.endpoints.put(Endpoint(arn, application.arn, token, attributes))
        return {"EndpointArn": arn}

    @operation
    async def delete_endpoint(self, ctx: Context, request: shapes.DeleteEndpointInput) -> None:
        parsed_arn(request["EndpointArn"], "EndpointArn")
        self.store.endpoints.delete(request["EndpointArn"])

    @operation
    async def get_endpoint_attributes(
        self, ctx: Context, request: shapes.GetEndpointAttributesInput
    ) -> shapes.GetEndpointAttributesResponse:
        return {"Attributes": self.endpoint(request["EndpointArn"]).attributes}

    @operation
    async def set_endpoint_attributes(self, ctx: Context, request: shapes.SetEndpointAttributesInput) -> None:
        found = self.endpoint(request["EndpointArn"])
        attributes = {**found.attributes, **request["Attributes"]}
        _check_device(attributes)
        self.store.endpoints.put(replace(found, attributes=attributes, token=attributes["Token"]))

    @operation
    async def list_endpoints_by_platform_application(
        self, ctx: Context, request: shapes.ListEndpointsByPlatformApplicationInput
    ) -> shapes.ListEndpointsByPlatformApplicationResponse:
        application = self.application(request["PlatformApplicationArn"])
        found, more = page(
            request,
            _arn,
            lambda after, limit: self.store.endpoints.where(
                application=application.arn, order="arn", after=after, limit=limit
            ),
        )
        shown: Any = [{"EndpointArn": endpoint.arn, "Attributes": endpoint.attributes} for endpoint in found]
        return {"Endpoints": shown, **more}  # type: ignore[typeddict-item]

    def push_directly(self, ctx: Context, arn: str, request: Request) -> str:
        """Publish to one device; the message's id."""
        endpoint = self.endpoint(arn, "TargetArn")
        message.check_content(request, limits.MESSAGE_BYTES_MAX)
        message.checked_attributes(request.get("MessageAttributes"))
        texts = message.structured(request)
        if not self.is_enabled(endpoint):
            raise PlatformApplicationDisabled
        if not endpoint.is_enabled:
            raise EndpointDisabled
        text = request["Message"] if texts is None else texts.get(platform_of(arn), texts["default"])
        letter = Message(
            ids.uuid(), "push", arn.split(":")[4], arn.split(":")[3], endpoint.application, arn,
            request.get("Subject") or "", text, ctx.now(),
        )  # fmt: skip
        self.mailbox.deposit(letter)
        ctx.emit(MailArrived(letter))
        ctx.meter("sns.push_deliveries")
        return letter.id


def _arn(resource: Application | Endpoint) -> str:
    return resource.arn


def _check_names(attributes: dict[str, str], known: frozenset[str]) -> None:
    unknown = next((name for name in attributes if name not in known), None)
    if unknown is not None:
        raise InvalidParameter(f"Attributes Reason: Invalid attribute name: {unknown}")


def _check_device(attributes: dict[str, str]) -> None:
    _check_names(attributes, _ENDPOINT_ATTRIBUTES)
    attributes["Enabled"] = attributes["Enabled"].lower()
    if attributes["Enabled"] not in ("true", "false"):
        raise InvalidParameter("Attributes Reason: Invalid value for attribute: Enabled: must be true or false")
    if len(attributes.get("CustomUserData", "").encode()) > limits.USER_DATA_BYTES_MAX:
        raise InvalidParameter("CustomUserData Reason: must be at most 2048 bytes long in UTF-8 encoding")


def _shown(application: Application) -> dict[str, str]:
    """What can be read of an application: its credentials cannot."""
    attributes = {name: value for name, value in application.attributes.items() if name not in _SECRETS}
    return {"Enabled": "true", **attributes}
