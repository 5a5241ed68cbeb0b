"""Multi-Region keys: ReplicateKey, UpdatePrimaryRegion.

Related keys share id, material, spec, usage, origin and rotation; each has state, policy, tags, aliases, grants of its
own.
https://docs.aws.amazon.com/kms/latest/developerguide/multi-region-keys-overview.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms import key_policies
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.errors import AlreadyExists, NotFound, UnsupportedOperation
from cloudchamber.services.kms.key import (
    AWS_KMS,
    ENABLED,
    EXTERNAL,
    PENDING_IMPORT,
    Key,
    check_not_pending_deletion,
    check_usable,
    metadata,
)
from cloudchamber.services.kms.tags import checked_tags

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes


class MultiRegion(KmsBase):
    @operation
    async def replicate_key(self, ctx: Context, request: shapes.ReplicateKeyRequest) -> shapes.ReplicateKeyResponse:
        primary, region = self.key(ctx, request), request["ReplicaRegion"]
        _check_primary(primary)
        check_usable(primary)
        if region == primary.region:
            raise ValidationError("The replica Region must be different from the Region of the primary key.")
        tags = checked_tags(request.get("Tags") or ())
        imported = primary.origin == EXTERNAL
        replica = replace(
            primary,
            region=region,
            state=PENDING_IMPORT if imported else ENABLED,
            created_at=ctx.now(),
            policy=request.get("Policy") or key_policies.default_policy(primary.account),
            description=request.get("Description") or "",
            tags=tags,
            material_number=0 if imported else primary.material_number,
            material_id="" if imported else primary.material_id,
            expires_at=None,
        )
        if self.store.keys.get(primary.account, region, primary.id) is not None:
            raise AlreadyExists(f"{replica.arn} already exists.")
        if request.get("Policy"):
            key_policies.check(ctx, replica, bypass=bool(request.get("BypassPolicyLockoutSafetyCheck")))
        with self.platform.store.transaction():
            self.store.keys.put(replica)
            for material in self.store.materials_of(primary) if primary.origin == AWS_KMS else ():
                self.store.put_material(replace(material, region=region))
        return {
            "ReplicaKeyMetadata": metadata(replica, self.store.regions(replica)),
            "ReplicaPolicy": replica.policy,
            "ReplicaTags": [{"TagKey": k, "TagValue": v} for k, v in sorted(tags.items())],
        }

    @operation
    async def update_primary_region(self, ctx: Context, request: shapes.UpdatePrimaryRegionRequest) -> None:
        primary, region = self.key(ctx, request), request["PrimaryRegion"]
        _check_primary(primary)
        check_usable(primary)
        chosen = self.keyring.in_region(primary, region)
        if chosen.key is None:
            raise NotFound(chosen.missing)
        check_not_pending_deletion(chosen.key)
        with self.platform.store.transaction():
            for related in self.store.related(primary):
                self.store.keys.put(replace(related, primary_region=region))
        self.plan()


def _check_primary(key: Key) -> None:
    if not key.is_primary:
        kind = "a replica key" if key.is_multi_region else "not a multi-Region key"
        raise UnsupportedOperation(f"{key.arn} is {kind}, which is not valid for this operation.")
