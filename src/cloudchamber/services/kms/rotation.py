"""New material for a key that keeps its id: automatic and on-demand rotation.

Every material stays, and decrypts what it encrypted. Related multi-Region keys rotate together, by the primary's clock.
https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.kms import limits
from cloudchamber.services.kms.base import KmsBase, paged
from cloudchamber.services.kms.errors import Conflict, InvalidState, LimitExceeded, UnsupportedOperation
from cloudchamber.services.kms.key import (
    CURRENT,
    EXTERNAL,
    NON_CURRENT,
    PENDING_ROTATION,
    Key,
    Material,
    check_usable,
    material_id,
)

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes
    from cloudchamber.services.kms.store import KmsStore


class Rotation(KmsBase):
    @operation
    async def enable_key_rotation(self, ctx: Context, request: shapes.EnableKeyRotationRequest) -> None:
        key = self.key(ctx, request)
        _check_rotates_by_itself(key)
        check_usable(key)
        days = request.get("RotationPeriodInDays") or limits.ROTATION_DAYS
        next_at = ctx.now() + days * limits.DAY_SECONDS
        if key.rotation_days == days:  # asking for what is there changes nothing
            return
        self._set(key, days, next_at)

    @operation
    async def disable_key_rotation(self, ctx: Context, request: shapes.DisableKeyRotationRequest) -> None:
        key = self.key(ctx, request)
        _check_rotates_by_itself(key)
        check_usable(key)
        self._set(key, None, None)

    def _set(self, key: Key, days: int | None, next_at: float | None) -> None:
        with self.platform.store.transaction():
            for related in self.store.related(key):
                self.store.keys.put(replace(related, rotation_days=days, next_rotation_at=next_at))
        self.plan()

    @operation
    async def get_key_rotation_status(
        self, ctx: Context, request: shapes.GetKeyRotationStatusRequest
    ) -> shapes.GetKeyRotationStatusResponse:
        key = self.key(ctx, request)
        # A key that is to be deleted shows no rotation; cancelling the deletion brings it back.
        if key.rotation_days is None or key.next_rotation_at is None or key.is_pending_deletion:
            return {"KeyId": key.arn, "KeyRotationEnabled": False}
        return {
            "KeyId": key.arn, "KeyRotationEnabled": True, "RotationPeriodInDays": key.rotation_days,
            "NextRotationDate": key.next_rotation_at,
        }  # fmt: skip

    @operation
    async def rotate_key_on_demand(
        self, ctx: Context, request: shapes.RotateKeyOnDemandRequest
    ) -> shapes.RotateKeyOnDemandResponse:
        key, now = self.key(ctx, request), ctx.now()
        _check_symmetric(key)
        _check_primary(key)
        check_usable(key)
        if key.rotations_on_demand >= limits.ON_DEMAND_ROTATIONS_MAX:
            raise LimitExceeded("The maximum number of on-demand rotations has been reached for this key.")
        if key.next_rotation_at is not None and key.next_rotation_at - now <= limits.ROTATION_NEAR_SECONDS:
            raise Conflict(f"An automatic rotation of {key.arn} is in progress or about to begin.")
        if key.origin == EXTERNAL and _pending(self.store, key) is None:
            raise InvalidState(f"{key.arn} has no key material that is pending rotation.")
        with self.platform.store.transaction():
            for related in rotate(self.store, key, now, "ON_DEMAND"):
                self.store.keys.put(replace(related, rotations_on_demand=key.rotations_on_demand + 1))
        return {"KeyId": key.arn}

    @operation
    async def list_key_rotations(
        self, ctx: Context, request: shapes.ListKeyRotationsRequest
    ) -> shapes.ListKeyRotationsResponse:
        key = self.key(ctx, request)
        _check_symmetric(key)
        everything = request.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
        materials = [m for m in self.store.materials_of(key) if everything or m.rotated_at is not None]
        found, more = paged(
            request,
            (limits.ROTATIONS_LISTED, limits.ROTATIONS_LISTED_MAX),
            lambda after, limit: [m for m in materials if _place(m) > after][:limit],
            _place,
        )
        return {"Rotations": [_shown(key, material) for material in found], **more}  # type: ignore[typeddict-item]


def _place(material: Material) -> str:
    return f"{material.number:08d}"


def _shown(key: Key, material: Material) -> Any:
    """`RotationsListEntry`."""
    entry: dict[str, Any] = {
        "KeyId": key.id, "KeyMaterialId": material.id, "KeyMaterialState": material.state,
    }  # fmt: skip
    if material.rotated_at is not None:
        entry["RotationDate"], entry["RotationType"] = material.rotated_at, material.rotation_type
    if key.origin == EXTERNAL:
        entry["ImportState"] = "PENDING_IMPORT" if material.secret is None else "IMPORTED"
        if material.description:
            entry["KeyMaterialDescription"] = material.description
        if material.secret is not None:
            expires = material.expires_at is not None
            entry["ExpirationModel"] = "KEY_MATERIAL_EXPIRES" if expires else "KEY_MATERIAL_DOES_NOT_EXPIRE"
            if expires:
                entry["ValidTo"] = material.expires_at
    return entry


def _check_symmetric(key: Key) -> None:
    if key.kind.family != "symmetric":
        raise UnsupportedOperation


def _check_primary(key: Key) -> None:
    if key.is_multi_region and not key.is_primary:
        raise UnsupportedOperation(f"{key.arn} is a replica key, which is not valid for this operation.")


def _check_rotates_by_itself(key: Key) -> None:
    """UnsupportedOperation for keys that have no automatic rotation of their own."""
    _check_symmetric(key)
    if key.origin == EXTERNAL:
        raise UnsupportedOperation(f"{key.arn} origin is EXTERNAL which is not valid for this operation.")
    _check_primary(key)


def _pending(store: KmsStore, key: Key) -> Material | None:
    """The imported material that the next rotation makes the current one."""
    return next((m for m in store.materials_of(key) if m.state == PENDING_ROTATION), None)


def rotate(store: KmsStore, key: Key, now: float, how: str) -> list[Key]:
    """A new current material for `key` and its related keys, which are returned. Runs inside a transaction."""
    imported = _pending(store, key) if key.origin == EXTERNAL else None
    secret = ids.token_bytes(32)  # unused where material was imported: each region has its own copy of that
    if imported is None:
        number, fresh_id = store.materials_of(key)[-1].number + 1, material_id(key.id, secret)
    else:
        number, fresh_id = imported.number, imported.id
    rotated = []
    for related in store.related(key):
        old = store.materials.get(related.account, related.region, related.id, related.material_number)
        assert old is not None, "the current material has a row, even if its secret is missing"
        store.put_material(replace(old, state=NON_CURRENT))
        new = store.materials.get(related.account, related.region, related.id, number)
        if new is None:
            new = Material(related.account, related.region, related.id, number, fresh_id, CURRENT, secret)
        store.put_material(replace(new, state=CURRENT, rotated_at=now, rotation_type=how))
        rotated.append(store.keys.put(replace(related, material_number=number, material_id=fresh_id)))
    return rotated
