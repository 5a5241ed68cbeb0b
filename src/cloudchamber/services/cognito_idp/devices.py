"""Devices that users sign in from: remembered ones prove themselves by SRP, in the place of a second factor.

https://docs.aws.amazon.com/cognito/latest/developerguide/amazon-cognito-user-pools-device-tracking.html
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import limits, srp
from cloudchamber.services.cognito_idp.attempts import Entry, Outcome, required
from cloudchamber.services.cognito_idp.base import Answer, listed
from cloudchamber.services.cognito_idp.errors import DeviceKeyExists, InvalidParameter, NotAuthorized, ResourceNotFound
from cloudchamber.services.cognito_idp.first_factors import SECRET_BLOCK_BYTES, FirstFactors, is_proof
from cloudchamber.services.cognito_idp.records import Attempt, Device, Pool, User
from cloudchamber.services.cognito_idp.second_factors import DEVICE_SRP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

DEVICE_VERIFIER: Final = "DEVICE_PASSWORD_VERIFIER"
GROUP_CHARS: Final = 9


class Devices(FirstFactors):
    # in a sign-in

    def _device(self, attempt: Attempt) -> Device:
        found = self.store.devices.get(attempt.pool_id, attempt.username, str(attempt.state.get("device")))
        if found is None or found.verifier is None:
            raise ResourceNotFound("Device does not exist.")
        return found

    async def answer_device(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        """The first half of a device's proof."""
        attempt = self.attempt(ctx, entry, DEVICE_SRP, session)
        key, public = required(responses, "DEVICE_KEY", "SRP_A")
        device = self._device(attempt)
        if key != device.key:
            raise ResourceNotFound("Device does not exist.")
        if srp.public_of_client(public) is None or device.verifier is None:
            raise InvalidParameter("Incorrect SRP_A value.")
        exchange = await asyncio.to_thread(srp.begin, device.verifier)
        attempt = self.with_state(attempt, srp={"a": public, "b": exchange.secret, "B": exchange.public})
        block = base64.b64encode(ids.token_bytes(SECRET_BLOCK_BYTES)).decode()
        asked = {
            "SALT": device.verifier.salt, "SRP_B": exchange.public, "SECRET_BLOCK": block, "DEVICE_KEY": device.key,
            "USERNAME": attempt.username,
        }  # fmt: skip
        return self.challenge(ctx, attempt, DEVICE_VERIFIER, asked, block)

    async def answer_device_proof(
        self, ctx: Context, entry: Entry, session: str | None, responses: Mapping[str, str]
    ) -> Outcome:  # fmt: skip
        names = ("PASSWORD_CLAIM_SECRET_BLOCK", "PASSWORD_CLAIM_SIGNATURE", "TIMESTAMP")
        block, _, _ = required(responses, *names)
        attempt = self.attempt(ctx, entry, DEVICE_VERIFIER, block)
        self.spend(attempt)
        device, user = self._device(attempt), self.of_attempt(attempt)
        assert device.verifier is not None
        who = (device.group, device.key)
        if not await asyncio.to_thread(is_proof, device.verifier, attempt.state["srp"], who, dict(responses)):
            raise NotAuthorized
        self.store.devices.put(replace(device, signed_in_at=ctx.now(), address=ctx.caller.source_ip))
        attempt = replace(attempt, id="", state={k: v for k, v in attempt.state.items() if k != "srp"})
        attempt = self.with_state(attempt, known_device=device.key, mfa=True, source="AuthenticateDevice")
        return await self.next_step(ctx, entry, user, attempt)

    def new_device(self, ctx: Context, pool: Pool, user: User) -> Device | None:
        """A device that signs in for the first time; None for a pool that keeps no track of them."""
        if not pool.settings.get("DeviceConfiguration"):
            return None
        now = ctx.now()
        group = f"-{ids.alphanumeric(GROUP_CHARS - 1)}"
        made = Device(
            pool.id, user.username, f"{pool.region}_{ids.uuid()}", group, now, now, now,
            address=ctx.caller.source_ip,
        )  # fmt: skip
        return self.store.devices.put(made)

    # operations of users

    @operation
    async def confirm_device(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        device = self._own(subject.user, request["DeviceKey"])
        if device.verifier is not None:
            raise DeviceKeyExists
        given = request.get("DeviceSecretVerifierConfig") or {}
        try:
            verifier, salt = (int.from_bytes(base64.b64decode(given[m], validate=True)) for m in
                              ("PasswordVerifier", "Salt"))  # fmt: skip
        except (KeyError, binascii.Error, ValueError):
            raise InvalidParameter("Invalid device secret verifier.") from None
        settings = subject.pool.settings.get("DeviceConfiguration") or {}
        must_ask = bool(settings.get("DeviceOnlyRememberedOnUserPrompt"))
        changed = replace(
            device, verifier=srp.Verifier(f"{salt:x}", f"{verifier:x}"), name=request.get("DeviceName") or device.name,
            remembered=not must_ask, changed_at=ctx.now(),
        )  # fmt: skip
        self.store.devices.put(changed)
        return {"UserConfirmationNecessary": must_ask}

    @operation
    async def update_device_status(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        self._remember(ctx, self._own(subject.user, request["DeviceKey"]), request)
        return {}

    @operation
    async def get_device(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request.get("AccessToken") or "")
        return {"Device": _shown(self._own(subject.user, request["DeviceKey"]))}

    @operation
    async def list_devices(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request["AccessToken"])
        return self._listed(subject.user, request)

    @operation
    async def forget_device(self, ctx: Context, request: Request) -> Answer:
        subject = await self.signed_in(ctx, request.get("AccessToken") or "")
        device = self._own(subject.user, request["DeviceKey"])
        self.store.devices.delete(device.pool_id, device.username, device.key)
        return {}

    # operations of administrators

    @operation
    async def admin_get_device(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        return {"Device": _shown(self._own(user, request["DeviceKey"]))}

    @operation
    async def admin_list_devices(self, ctx: Context, request: Request) -> Answer:
        return self._listed(self.user(self.pool(ctx, request), request["Username"]), request)

    @operation
    async def admin_forget_device(self, ctx: Context, request: Request) -> Answer:
        device = self._own(self.user(self.pool(ctx, request), request["Username"]), request["DeviceKey"])
        self.store.devices.delete(device.pool_id, device.username, device.key)
        return {}

    @operation
    async def admin_update_device_status(self, ctx: Context, request: Request) -> Answer:
        user = self.user(self.pool(ctx, request), request["Username"])
        self._remember(ctx, self._own(user, request["DeviceKey"]), request)
        return {}

    def _own(self, user: User, key: str) -> Device:
        found = self.store.devices.get(user.pool_id, user.username, key)
        if found is None:
            raise ResourceNotFound("Device does not exist.")
        return found

    def _remember(self, ctx: Context, device: Device, request: Request) -> None:
        status = request.get("DeviceRememberedStatus")
        if status is not None:
            self.store.devices.put(replace(device, remembered=status == "remembered", changed_at=ctx.now()))

    def _listed(self, user: User, request: Request) -> Answer:
        found = self.store.devices.where(pool_id=user.pool_id, username=user.username)
        asked = {**request, "Limit": request.get("Limit") or limits.DEVICES_LISTED}
        chosen, more = listed(asked, found, lambda device: device.key, "PaginationToken", "Limit")
        return {"Devices": [_shown(device) for device in chosen], **more}


def _shown(device: Device) -> Answer:
    told = {
        "device_status": "valid", "device_name": device.name, "last_ip_used": device.address,
        "dev:device_remembered_status": "remembered" if device.remembered else "not_remembered",
    }  # fmt: skip
    return {
        "DeviceKey": device.key, "DeviceAttributes": [{"Name": k, "Value": v} for k, v in told.items() if v],
        "DeviceCreateDate": device.created_at, "DeviceLastModifiedDate": device.changed_at,
        "DeviceLastAuthenticatedDate": device.signed_in_at,
    }  # fmt: skip
