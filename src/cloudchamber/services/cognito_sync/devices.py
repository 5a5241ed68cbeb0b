"""Push synchronization: the devices of an identity, which datasets each wants to hear of, and the silent pushes.

A device is an endpoint of one of the pool's SNS platform applications, made and published to as the pool's role. A push
is a hint: one that fails is not sent again, the device hears of the change when it synchronizes next.
https://docs.aws.amazon.com/cognito/latest/developerguide/push-sync.html
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import operation
from cloudchamber.services.cognito_sync.base import OURSELVES, SyncBase
from cloudchamber.services.cognito_sync.errors import InvalidConfiguration, no_device
from cloudchamber.services.cognito_sync.tables import Device, Subscription

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.cognito_sync import shapes
    from cloudchamber.services.cognito_sync.tables import Dataset

log = logging.getLogger("cloudchamber.cognito_sync")


class Devices(SyncBase):
    @operation
    async def register_device(
        self, ctx: Context, request: shapes.RegisterDeviceRequest
    ) -> shapes.RegisterDeviceResponse:
        owner, push = await self.users_own(ctx, request), self.pool(ctx, request).push
        platform = request["Platform"]
        application = next((arn for arn in push.get("ApplicationArns") or () if f":app/{platform}/" in arn), None)
        if application is None or not push.get("RoleArn"):
            raise InvalidConfiguration(f"Push sync is not configured for platform {platform}.")
        try:
            made = await ctx.call(
                "sns:CreatePlatformEndpoint", principal=await self._publisher(ctx, push["RoleArn"]),
                PlatformApplicationArn=application, Token=request["Token"],
            )  # fmt: skip
        except AwsError as error:
            raise InvalidConfiguration(f"The device could not be registered with SNS: {error.message}") from None
        endpoint = made["EndpointArn"]
        for device in self.store.devices.where(identity=owner.identity):
            if device.endpoint_arn == endpoint:
                return {"DeviceId": device.id}
        device = Device(ids.uuid(), owner.pool, owner.identity, platform, request["Token"], endpoint)
        self.store.devices.put(device)
        return {"DeviceId": device.id}

    @operation
    async def subscribe_to_dataset(
        self, ctx: Context, request: shapes.SubscribeToDatasetRequest
    ) -> shapes.SubscribeToDatasetResponse:
        self.store.subscriptions.put(await self._subscription(ctx, request))
        return {}

    @operation
    async def unsubscribe_from_dataset(
        self, ctx: Context, request: shapes.UnsubscribeFromDatasetRequest
    ) -> shapes.UnsubscribeFromDatasetResponse:
        found = await self._subscription(ctx, request)
        self.store.subscriptions.delete(found.identity, found.dataset, found.device)
        return {}

    async def _subscription(self, ctx: Context, request: Any) -> Subscription:
        owner = await self.users_own(ctx, request)
        device = self.store.devices.get(request["DeviceId"])
        if device is None or device.identity != owner.identity:
            raise no_device(request["DeviceId"])
        return Subscription(*owner.place(request["DatasetName"]), device.id)

    def notify(self, ctx: Context, dataset: Dataset, device_id: str | None) -> None:
        """Tell the identity's other devices that a dataset has changed."""
        found = self.store.subscriptions.where(identity=dataset.identity, dataset=dataset.name)
        devices = [self.store.devices.get(one.device) for one in found if one.device != device_id]
        kept = self.store.pools.get(dataset.pool)
        role = None if kept is None else kept.push.get("RoleArn")
        if role and any(devices):
            self.clock.spawn(self._push(ctx, role, dataset, [one for one in devices if one]), "cognito push sync")

    async def _push(self, ctx: Context, role: str, dataset: Dataset, devices: list[Device]) -> None:
        text = orjson.dumps(
            {
                "source": "cognito-sync", "identityPoolId": dataset.pool, "identityId": dataset.identity,
                "datasetName": dataset.name, "syncCount": dataset.sync_count,
            }
        ).decode()  # fmt: skip
        for device in devices:
            try:
                await ctx.call(
                    "sns:Publish", principal=await self._publisher(ctx, role), TargetArn=device.endpoint_arn,
                    MessageStructure="json", Message=_message(device.platform, text),
                )  # fmt: skip
            except AwsError as error:
                log.info("push sync to %s: %s", device.endpoint_arn, error)

    async def _publisher(self, ctx: Context, role: str) -> Principal:
        """The pool's role, as which SNS is called."""
        answer = await ctx.call("sts:AssumeRole", principal=OURSELVES, RoleArn=role, RoleSessionName="cognito-sync")
        found = self.platform.identities.credential(answer["Credentials"]["AccessKeyId"])
        principal: Principal = found.principal
        return principal


def _message(platform: str, text: str) -> str:
    """What SNS hands each kind of device, so that it says nothing to the user."""
    if platform.startswith("APNS"):
        body = orjson.dumps({"aps": {"content-available": 1}, "data": orjson.loads(text)}).decode()
    else:
        body = orjson.dumps({"data": orjson.loads(text)}).decode()
    return orjson.dumps({"default": text, platform: body}).decode()
