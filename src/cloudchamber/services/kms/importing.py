"""Keys that bring their own material: GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial.

A symmetric key may have several imported materials: one current, older ones that decrypt, one that waits for a
rotation. Whatever the key is bound to must be there for it to be enabled.
https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms import limits
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.errors import (
    ExpiredImportToken,
    IncorrectKeyMaterial,
    InvalidImportToken,
    InvalidState,
    NotFound,
    UnsupportedOperation,
)
from cloudchamber.services.kms.key import (
    CURRENT,
    ENABLED,
    EXTERNAL,
    PENDING_IMPORT,
    PENDING_REPLICAS,
    PENDING_ROTATION,
    Key,
    Material,
    check_not_pending_deletion,
    material_id,
)
from cloudchamber.services.kms.store import ImportParameters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes
    from cloudchamber.services.kms.store import KmsStore


class Importing(KmsBase):
    @operation
    async def get_parameters_for_import(
        self, ctx: Context, request: shapes.GetParametersForImportRequest
    ) -> shapes.GetParametersForImportResponse:
        key, algorithm = self.key(ctx, request), request["WrappingAlgorithm"]
        _check_imported(key)
        check_not_pending_deletion(key)
        _check_wrapping(key, algorithm, request["WrappingKeySpec"])
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        wrapping = await asyncio.to_thread(keypairs.make, request["WrappingKeySpec"])
        valid_to = ctx.now() + limits.IMPORT_SECONDS
        token = ids.token()
        with self.platform.store.transaction():
            self.store.db.execute("DELETE FROM kms_imports WHERE valid_to <= ?", (ctx.now() - limits.IMPORT_SECONDS,))
            self.store.imports.put(
                ImportParameters(token, key.account, key.region, key.id, algorithm, wrapping, valid_to)
            )
        return {
            "KeyId": key.arn,
            "ImportToken": token.encode(),
            "PublicKey": keypairs.public_bytes(keypairs.load_private(wrapping)),
            "ParametersValidTo": valid_to,
        }

    @operation
    async def import_key_material(
        self, ctx: Context, request: shapes.ImportKeyMaterialRequest
    ) -> shapes.ImportKeyMaterialResponse:
        key = self.key(ctx, request)
        _check_imported(key)
        check_not_pending_deletion(key)
        expires_at = _expiry(request, ctx.now())
        secret = self._unwrapped(ctx, key, request)
        with self.platform.store.transaction():
            material = self._place(key, request, secret)
            described = request.get("KeyMaterialDescription") or material.description
            self.store.put_material(replace(material, secret=secret, expires_at=expires_at, description=described))
            if material.state == CURRENT:
                key = replace(key, material_number=material.number, material_id=material.id)
            self.store.keys.put(_settled(self.store, key))
            if material.state == PENDING_REPLICAS:
                _release(self.store, key, material)
        self.plan()
        answer: shapes.ImportKeyMaterialResponse = {"KeyId": key.arn}
        if key.kind.family == "symmetric":
            answer["KeyMaterialId"] = material.id
        return answer

    def _unwrapped(self, ctx: Context, key: Key, request: shapes.ImportKeyMaterialRequest) -> bytes:
        """The material in a request, known to be of the key's spec."""
        token = request["ImportToken"].decode("ascii", "replace")
        parameters = self.store.imports.get(token)
        place = (key.account, key.region, key.id)
        if parameters is None or (parameters.account, parameters.region, parameters.key_id) != place:
            raise InvalidImportToken
        if parameters.valid_to <= ctx.now():
            raise ExpiredImportToken
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        wrapping = keypairs.load_private(parameters.wrapping_key)
        secret = keypairs.unwrap(wrapping, parameters.algorithm, request["EncryptedKeyMaterial"])
        if not keypairs.fits(key.kind, secret):
            raise IncorrectKeyMaterial
        return secret

    def _place(self, key: Key, request: shapes.ImportKeyMaterialRequest, secret: bytes) -> Material:
        """The row that imported material goes to: the one it had, or a new one."""
        named, kind = request.get("KeyMaterialId"), request.get("ImportType")
        fresh = material_id(key.id, secret)
        mine = self.store.materials_of(key)
        if key.kind.family != "symmetric":
            if named or kind or request.get("KeyMaterialDescription"):
                raise ValidationError(
                    "ImportType, KeyMaterialDescription and KeyMaterialId are valid for symmetric encryption keys only."
                )
            kind = "EXISTING_KEY_MATERIAL" if mine else "NEW_KEY_MATERIAL"
        is_replica = key.is_multi_region and not key.is_primary
        if kind is None:
            kind = "EXISTING_KEY_MATERIAL" if mine or is_replica else "NEW_KEY_MATERIAL"
        if kind == "NEW_KEY_MATERIAL":
            if named:
                raise ValidationError("You cannot specify a KeyMaterialId with ImportType NEW_KEY_MATERIAL.")
            return self._new(key, mine, fresh)
        if named and named != fresh:
            raise IncorrectKeyMaterial
        found = next((m for m in mine if m.id == fresh), None)
        if found is None and is_replica:
            found = self._of_primary(key, fresh)
        if found is None:
            raise IncorrectKeyMaterial
        return found

    def _new(self, key: Key, mine: Sequence[Material], fresh: str) -> Material:
        if key.is_multi_region and not key.is_primary:
            raise UnsupportedOperation(f"{key.arn} is a replica key, which is not valid for this operation.")
        if any(m.id == fresh for m in mine):
            raise IncorrectKeyMaterial
        if any(m.is_pending for m in mine):
            raise InvalidState(f"{key.arn} has key material that is pending rotation.")
        place = (key.account, key.region, key.id)
        if not mine:
            return Material(*place, 0, fresh, CURRENT, None)
        state = PENDING_REPLICAS if len(self.store.related(key)) > 1 else PENDING_ROTATION
        return Material(*place, mine[-1].number + 1, fresh, state, None)

    def _of_primary(self, replica: Key, fresh: str) -> Material | None:
        """The row of a replica for a material that its primary has."""
        primary = self.store.keys.get(replica.account, replica.primary_region, replica.id)
        rows = [] if primary is None else self.store.materials_of(primary)
        found = next((m for m in rows if m.id == fresh), None)
        return None if found is None else replace(found, region=replica.region, description="")

    @operation
    async def delete_imported_key_material(
        self, ctx: Context, request: shapes.DeleteImportedKeyMaterialRequest
    ) -> shapes.DeleteImportedKeyMaterialResponse:
        key = self.key(ctx, request)
        _check_imported(key)
        answer: shapes.DeleteImportedKeyMaterialResponse = {"KeyId": key.arn}
        wanted = request.get("KeyMaterialId") or key.material_id
        if not wanted:  # nothing was ever imported: no effect
            return answer
        lost = [m for m in self.store.materials_of(key) if m.id == wanted]
        if not lost:
            raise NotFound(f"Key material {wanted} of {key.arn} does not exist")
        with self.platform.store.transaction():
            after_loss(self.store, key, lost)
            if key.is_primary and lost[0].is_pending:  # it was never bound to the key: it goes everywhere
                for related in self.store.related(key):
                    after_loss(self.store, related, [m for m in self.store.materials_of(related) if m.id == wanted])
        self.plan()
        if key.kind.family == "symmetric":
            answer["KeyMaterialId"] = wanted
        return answer


def after_loss(store: KmsStore, key: Key, lost: Sequence[Material]) -> Key:
    """`key` without the given materials, as stored: what is bound to it waits for being imported again."""
    for material in lost:
        if material.is_pending:
            store.drop_material(material)
        else:
            store.put_material(replace(material, secret=None, expires_at=None))
    return store.keys.put(_settled(store, key))


def _settled(store: KmsStore, key: Key) -> Key:
    """State and expiry of a key as its materials have them."""
    materials = store.materials_of(key)
    expires_at = min((m.expires_at for m in materials if m.expires_at is not None), default=None)
    bound = [m for m in materials if not m.is_pending]
    complete = bool(bound) and all(m.secret is not None for m in bound)
    if not complete and not key.is_pending_deletion:
        return replace(key, expires_at=expires_at, state=PENDING_IMPORT)
    state = ENABLED if key.state == PENDING_IMPORT else key.state
    return replace(key, expires_at=expires_at, state=state)


def _release(store: KmsStore, key: Key, material: Material) -> None:
    """Once all regions have a new material, the primary may rotate to it."""
    rows = [store.materials.get(k.account, k.region, k.id, material.number) for k in store.related(key)]
    found = [row for row in rows if row is not None and row.secret is not None]
    if len(found) == len(rows):
        for row in found:
            store.put_material(replace(row, state=PENDING_ROTATION))


def _check_imported(key: Key) -> None:
    if key.origin != EXTERNAL:
        raise UnsupportedOperation(f"{key.arn} origin is {key.origin} which is not valid for this operation.")


def _check_wrapping(key: Key, algorithm: str, wrapping_spec: str) -> None:
    """UnsupportedOperation for a way of wrapping that this kind of material cannot take."""
    direct = algorithm.startswith("RSAES_OAEP")
    if (not direct and not algorithm.startswith("RSA_AES_KEY_WRAP")) or not wrapping_spec.startswith("RSA_"):
        raise UnsupportedOperation(f"Wrapping algorithm {algorithm} with {wrapping_spec} is not supported.")
    family = key.kind.family
    too_long = key.spec == "ECC_NIST_P521" and wrapping_spec == "RSA_2048"
    if (direct and (family == "rsa" or too_long)) or (not direct and family not in ("rsa", "ec")):
        raise UnsupportedOperation(f"Wrapping algorithm {algorithm} is not supported for key spec {key.spec}.")


def _expiry(request: shapes.ImportKeyMaterialRequest, now: float) -> float | None:
    """When imported material expires, in epoch seconds. ValidationError."""
    valid_to = request.get("ValidTo")
    if request.get("ExpirationModel", "KEY_MATERIAL_EXPIRES") != "KEY_MATERIAL_EXPIRES":
        if valid_to is not None:
            raise ValidationError(
                "A validTo date cannot be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE."
            )
        return None
    if valid_to is None:
        raise ValidationError("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES.")
    if not now < valid_to <= now + limits.EXPIRY_SECONDS_MAX:
        raise ValidationError("The validTo date must be in the future, within 365 days.")
    return valid_to
