"""Virtual MFA devices. They are real: a code is good if an authenticator with the device's seed shows it now.

Left out: QRCodePNG in CreateVirtualMFADevice's answer (drawing one needs a library that is not here; authenticators
take the Base32StringSeed as well), and hardware and FIDO devices, which only a console or AWS's shop can register.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
"""

from __future__ import annotations

from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypedDict

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Check, Platform, operation, private_operation
from cloudchamber.services.iam import wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import DeleteConflict, EntityAlreadyExists, NoSuchEntity, over_quota
from cloudchamber.services.iam.limits import USERS_MAX
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.policy import tag_keys
from cloudchamber.services.iam.store_mfa import MfaDevice, MfaStore, new_seed
from cloudchamber.services.iam.tags import with_tags, without_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.records import User

DEVICES_MAX: Final = USERS_MAX
DEVICES_PER_USER_MAX: Final = 8


class InvalidAuthenticationCode(AwsError):
    code = "InvalidAuthenticationCode"
    status = 403

    def __init__(self) -> None:
        super().__init__("Authentication code for device is not valid.")


class VerifyMfaRequest(TypedDict):
    UserName: str
    SerialNumber: str
    TokenCode: str


class VerifyMfaResponse(TypedDict):
    Valid: bool


class Mfa(IamBase):
    """Operations on MFA devices."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.mfa = MfaStore(platform.store)

    def build_rules(self) -> dict[str, Rule]:
        return {**super().build_rules(), **RULES}

    def user_obstacles(self, user: User) -> Iterator[str]:
        yield from super().user_obstacles(user)
        if self.devices_of(user):
            yield "must delete MFA device first."

    def counts(self, account: str) -> dict[str, int]:
        devices = self.mfa.devices.count(account=account)
        in_use = devices - self.mfa.devices.count(account=account, user_id="")
        return {**super().counts(account), "MFADevices": devices, "MFADevicesInUse": in_use}

    def devices_of(self, user: User) -> list[MfaDevice]:
        """The devices enabled for a user."""
        return self.mfa.devices.where(user_id=user.id)

    # the directory

    def find(self, arn: str) -> Resource | None:
        parts = arn.split(":", 5)
        if len(parts) == 6 and parts[2] == "iam" and parts[5].startswith("mfa/"):
            device = self.mfa.devices.get(parts[4], arn)
            return None if device is None else _resource(device)
        return super().find(arn)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        yield from super().list_resources(account, region)
        if region in (None, "", "us-east-1", "aws-global"):
            wanted: dict[str, Any] = {} if account is None else {"account": account}
            yield from map(_resource, self.mfa.devices.where(**wanted))

    # the life of a device

    @operation
    async def create_virtual_mfa_device(
        self, ctx: Context, request: shapes.CreateVirtualMFADeviceRequest
    ) -> shapes.CreateVirtualMFADeviceResponse:
        name, path = request["VirtualMFADeviceName"], request.get("Path") or "/"
        tags = with_tags({}, request.get("Tags") or (), ignore_case=True)
        serial = f"arn:aws:iam::{ctx.account}:mfa{path}{name}"
        device = MfaDevice(ctx.account, serial, name, path, ctx.now(), new_seed(), tags=tags)
        with self.platform.store.transaction():
            if self.mfa.devices.get(ctx.account, serial) is not None:
                raise EntityAlreadyExists("MFADevice entity at the same path and name already exists.")
            if self.mfa.devices.count(account=ctx.account) >= DEVICES_MAX:
                raise over_quota("VirtualMFADevicesPerAccount", DEVICES_MAX)
            self.mfa.devices.put(device)
        shown: shapes.VirtualMFADevice = {"SerialNumber": serial, "Base32StringSeed": device.seed.encode()}
        if tags:
            shown["Tags"] = wire.tag_list(tags)
        return {"VirtualMFADevice": shown}

    @operation
    async def delete_virtual_mfa_device(self, ctx: Context, request: shapes.DeleteVirtualMFADeviceRequest) -> None:
        device = self._device(ctx, request)
        if device.user_id:
            raise DeleteConflict("MFA VirtualDevice in use. Must deactivate first")
        self.mfa.devices.delete(ctx.account, device.serial)

    @operation
    async def enable_mfa_device(self, ctx: Context, request: shapes.EnableMFADeviceRequest) -> None:
        user, now = self.user(ctx, request["UserName"]), ctx.now()
        with self.platform.store.transaction():
            device = self._device(ctx, request)
            if device.user_id:
                raise EntityAlreadyExists("MFA Device is already in use.")
            if len(self.devices_of(user)) >= DEVICES_PER_USER_MAX:
                raise over_quota("MFADevicesPerUser", DEVICES_PER_USER_MAX)
            self.mfa.devices.put(device.enabled(user.id, now, _step_of_pair(device, request, now)))

    @operation
    async def resync_mfa_device(self, ctx: Context, request: shapes.ResyncMFADeviceRequest) -> None:
        user, now = self.user(ctx, request["UserName"]), ctx.now()
        device = self._device_of(ctx, request, user)
        self.mfa.devices.put(device.synchronised(now, _step_of_pair(device, request, now)))

    @operation
    async def deactivate_mfa_device(self, ctx: Context, request: shapes.DeactivateMFADeviceRequest) -> None:
        device = self._device_of(ctx, request, self.user_or_caller(ctx, request))
        self.mfa.devices.put(device.disabled())

    @private_operation
    async def verify_mfa(self, ctx: Context, request: VerifyMfaRequest) -> VerifyMfaResponse:
        """Whether a user of the calling account has the device and its code is good now. A good code is spent."""
        user = self.store.users.get(ctx.account, request["UserName"].lower())
        device = self.mfa.devices.get(ctx.account, request["SerialNumber"])
        if user is None or device is None or device.user_id != user.id:
            return {"Valid": False}
        now = ctx.now()
        step = device.step_of(request["TokenCode"], now)
        if step is None:
            return {"Valid": False}
        self.mfa.devices.put(device.synchronised(now, step))
        return {"Valid": True}

    # looking

    @operation
    async def get_mfa_device(self, ctx: Context, request: shapes.GetMFADeviceRequest) -> shapes.GetMFADeviceResponse:
        device = self._device(ctx, request)
        if request.get("UserName"):
            device = self._device_of(ctx, request, self.user(ctx, request["UserName"]))
        answer: shapes.GetMFADeviceResponse = {"SerialNumber": device.serial}
        user = self.store.user_by_id(device.user_id) if device.user_id else None
        if user is not None and device.enabled_at is not None:
            answer["UserName"], answer["EnableDate"] = user.name, wire.instant(device.enabled_at)
        return answer

    @operation
    async def list_mfa_devices(
        self, ctx: Context, request: shapes.ListMFADevicesRequest
    ) -> shapes.ListMFADevicesResponse:
        user = self.user_or_caller(ctx, request)
        devices, paging = page_of(self.devices_of(user), lambda device: device.serial, request)
        shown: list[shapes.MFADevice] = [
            {"UserName": user.name, "SerialNumber": device.serial, "EnableDate": wire.instant(device.enabled_at or 0.0)}
            for device in devices
        ]
        return {**paging, "MFADevices": shown}

    @operation
    async def list_virtual_mfa_devices(
        self, ctx: Context, request: shapes.ListVirtualMFADevicesRequest
    ) -> shapes.ListVirtualMFADevicesResponse:
        wanted = request.get("AssignmentStatus") or "Any"
        found = [
            device
            for device in self.mfa.devices.where(account=ctx.account)
            if wanted == "Any" or (wanted == "Assigned") == bool(device.user_id)
        ]
        devices, paging = page_of(found, lambda device: device.serial, request)
        return {**paging, "VirtualMFADevices": [self._listed_device(device) for device in devices]}

    def _listed_device(self, device: MfaDevice) -> shapes.VirtualMFADevice:
        shown: shapes.VirtualMFADevice = {"SerialNumber": device.serial}
        user = self.store.user_by_id(device.user_id) if device.user_id else None
        if user is not None and device.enabled_at is not None:
            shown["User"], shown["EnableDate"] = wire.user(user, detailed=False), wire.instant(device.enabled_at)
        return shown

    # tags

    @operation
    async def tag_mfa_device(self, ctx: Context, request: shapes.TagMFADeviceRequest) -> None:
        device = self._device(ctx, request)
        self.mfa.devices.put(replace(device, tags=with_tags(device.tags, request["Tags"], ignore_case=True)))

    @operation
    async def untag_mfa_device(self, ctx: Context, request: shapes.UntagMFADeviceRequest) -> None:
        device = self._device(ctx, request)
        self.mfa.devices.put(replace(device, tags=without_tags(device.tags, request["TagKeys"], ignore_case=True)))

    @operation
    async def list_mfa_device_tags(
        self, ctx: Context, request: shapes.ListMFADeviceTagsRequest
    ) -> shapes.ListMFADeviceTagsResponse:
        found, paging = page_of(wire.tag_list(self._device(ctx, request).tags), itemgetter("Key"), request)
        return {**paging, "Tags": found}

    # finding

    def _device(self, ctx: Context, request: Request) -> MfaDevice:
        """NoSuchEntity."""
        serial = request["SerialNumber"]
        found = self.mfa.devices.get(ctx.account, serial)
        if found is None:
            raise NoSuchEntity(f"VirtualMFADevice with serial number {serial} doesn't exist.")
        return found

    def _device_of(self, ctx: Context, request: Request, user: User) -> MfaDevice:
        """NoSuchEntity, also for a device that is not this user's."""
        device = self._device(ctx, request)
        if device.user_id != user.id:
            raise NoSuchEntity("MFA Device invalid for user.")
        return device


def _step_of_pair(device: MfaDevice, request: Request, now: float) -> int:
    step = device.step_of_pair(request["AuthenticationCode1"], request["AuthenticationCode2"], now)
    if step is None:
        raise InvalidAuthenticationCode
    return step


def _resource(device: MfaDevice) -> Resource:
    attributes = {"SerialNumber": device.serial, "Path": device.path, "VirtualMfaDeviceName": device.name}
    return Resource(
        device.serial, "AWS::IAM::VirtualMFADevice", device.name, device.account, "", device.tags,
        attributes=attributes,
    )  # fmt: skip


def _creates(ctx: Context, request: Request) -> tuple[Check]:
    path = request.get("Path") or "/"
    arn = f"arn:aws:iam::{ctx.account}:mfa{path}{request['VirtualMFADeviceName']}"
    return (Check("iam:CreateVirtualMFADevice", arn, tag_keys(request)),)


RULES: Final[Mapping[str, Rule]] = {"CreateVirtualMFADevice": _creates}
