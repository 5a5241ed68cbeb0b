"""Making keys and looking at them: CreateKey, DescribeKey, ListKeys, GetPublicKey, UpdateKeyDescription."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.arn import account_of
from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms import key_policies, limits, managed
from cloudchamber.services.kms.base import KmsBase, paged
from cloudchamber.services.kms.errors import UnsupportedOperation
from cloudchamber.services.kms.key import (
    CURRENT,
    ENABLED,
    EXTERNAL,
    PENDING_IMPORT,
    Key,
    Material,
    algorithm_members,
    check_not_pending_deletion,
    check_usable,
    material_id,
    metadata,
    spec_members,
)
from cloudchamber.services.kms.specs import ENCRYPT, SPECS, SYMMETRIC, Spec
from cloudchamber.services.kms.tags import checked_tags

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes

_IMPORTABLE = ("symmetric", "hmac", "rsa", "ec")


class Keys(KmsBase):
    @operation
    async def create_key(self, ctx: Context, request: shapes.CreateKeyRequest) -> shapes.CreateKeyResponse:
        spec, usage = _chosen(request)
        origin = request.get("Origin") or "AWS_KMS"
        if origin not in ("AWS_KMS", EXTERNAL) or request.get("CustomKeyStoreId") or request.get("XksKeyId"):
            raise NotImplementedByUs("Custom key stores exist on AWS and are not implemented in cloudchamber")
        if origin == EXTERNAL and spec.family not in _IMPORTABLE:
            raise UnsupportedOperation(f"Key spec {spec.name} is not supported for key origin EXTERNAL.")
        tags = checked_tags(request.get("Tags") or ())
        multi_region = bool(request.get("MultiRegion"))
        key = Key(
            ctx.account,
            ctx.region,
            f"mrk-{ids.uuid().replace('-', '')}" if multi_region else ids.uuid(),
            spec.name,
            usage,
            PENDING_IMPORT if origin == EXTERNAL else ENABLED,
            ctx.now(),
            request.get("Policy") or key_policies.default_policy(ctx.account),
            origin,
            request.get("Description") or "",
            tags,
            primary_region=ctx.region if multi_region else "",
        )
        if request.get("Policy"):
            key_policies.check(ctx, key, bypass=bool(request.get("BypassPolicyLockoutSafetyCheck")))
        secret = None if origin == EXTERNAL else await self._new_secret(spec)
        if secret is not None:
            key = replace(key, material_id=material_id(key.id, secret))
        with self.platform.store.transaction():
            self.store.keys.put(key)
            if secret is not None:
                self.store.put_material(Material(key.account, key.region, key.id, 0, key.material_id, CURRENT, secret))
        ctx.meter("kms.requests")
        return {"KeyMetadata": metadata(key, [key.region])}

    @staticmethod
    async def _new_secret(spec: Spec) -> bytes:
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        if spec.family == "rsa":  # up to a second of work, during which others go on
            return await asyncio.to_thread(keypairs.make, spec.name)
        return keypairs.make(spec.name)

    @operation
    async def describe_key(self, ctx: Context, request: shapes.DescribeKeyRequest) -> shapes.DescribeKeyResponse:
        name = request["KeyId"].rpartition(":")[2]
        short = name.removeprefix(managed.PREFIX)
        located = self.keyring.locate(ctx, request["KeyId"], aliases=True)
        # Looking at a predefined alias makes its key, as on AWS.
        if located.key is None and name != short and short in managed.KNOWN and account_of(located.arn) == ctx.account:
            self.keyring.make_managed(ctx, short)
        key = self.key(ctx, request, aliases=True)
        return {"KeyMetadata": metadata(key, self.store.regions(key))}

    @operation
    async def list_keys(self, ctx: Context, request: shapes.ListKeysRequest) -> shapes.ListKeysResponse:
        if "OTHER_ACCOUNTS_VIA_RAM" in (request.get("ResourceOwners") or ()):
            raise NotImplementedByUs("Keys shared through AWS RAM are not implemented in cloudchamber")
        ctx.meter("kms.requests")
        found, more = paged(
            request,
            (limits.KEYS_LISTED, limits.KEYS_LISTED_MAX),
            lambda after, limit: self.store.keys.where(
                account=ctx.account, region=ctx.region, order="id", after=(after,), limit=limit
            ),
            lambda key: key.id,
        )
        return {"Keys": [{"KeyId": key.id, "KeyArn": key.arn} for key in found], **more}  # type: ignore[typeddict-item]

    @operation
    async def get_public_key(self, ctx: Context, request: shapes.GetPublicKeyRequest) -> shapes.GetPublicKeyResponse:
        key = self.key(ctx, request, aliases=True)
        if not key.kind.is_asymmetric:
            raise UnsupportedOperation(f"{key.arn} is not an asymmetric key.")
        check_usable(key)
        private = self.current(key)
        from cloudchamber.services.kms import keypairs  # noqa: PLC0415 - loads `cryptography`

        public = keypairs.public_bytes(private)
        answer: Any = {"KeyId": key.arn, "PublicKey": public, "KeyUsage": key.usage}
        shown: shapes.GetPublicKeyResponse = answer | spec_members(key) | algorithm_members(key)
        return shown

    @operation
    async def update_key_description(self, ctx: Context, request: shapes.UpdateKeyDescriptionRequest) -> None:
        key = self.key(ctx, request)
        check_not_pending_deletion(key)
        with self.platform.store.transaction():
            self.store.keys.put(replace(key, description=request["Description"]))


def _chosen(request: shapes.CreateKeyRequest) -> tuple[Spec, str]:
    """The spec and the usage of a new key. ValidationError unless they fit."""
    old, new = request.get("CustomerMasterKeySpec"), request.get("KeySpec")
    if old and new and old != new:
        raise ValidationError("You cannot specify different values for KeySpec and CustomerMasterKeySpec.")
    name = new or old or SYMMETRIC
    spec = SPECS.get(name)
    if spec is None:  # SM2, which AWS has in its China Regions only
        raise UnsupportedOperation(f"Key spec {name} is not supported in this Region.")
    usage = request.get("KeyUsage")
    if usage is None:
        if name != SYMMETRIC:
            raise ValidationError(
                "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."
            )
        usage = ENCRYPT
    if usage not in spec.algorithms:
        wanted = " or ".join(spec.algorithms)
        raise ValidationError(
            f"The operation failed because the KeyUsage value of the CMK is {usage}. To perform this operation, the "
            f"KeyUsage value must be {wanted}."
        )
    return spec, usage
