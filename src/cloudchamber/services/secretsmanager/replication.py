"""Replicas in other regions: ReplicateSecretToRegions, RemoveRegionsFromReplication, StopReplicationToReplica.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
A replica is a secret of its own region, under a key of its own; the primary writes it whenever it changes itself
(`base.save`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import operation
from cloudchamber.services.secretsmanager import sealing
from cloudchamber.services.secretsmanager.copying import Copying
from cloudchamber.services.secretsmanager.errors import InvalidParameter, InvalidRequest
from cloudchamber.services.secretsmanager.secret import FAILED, IN_SYNC, Replica, Secret, Version, replication_status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.secretsmanager import shapes


def check_regions(ctx: Context, wanted: Sequence[shapes.ReplicaRegionType]) -> list[Replica]:
    """The replicas that are asked for; InvalidParameter."""
    found = []
    for one in wanted:
        region = one.get("Region", "")
        if region in ("", ctx.region):
            raise InvalidParameter("Invalid replica region.")
        found.append(Replica(region, one.get("KmsKeyId", "")))
    if len({replica.region for replica in found}) < len(found):
        raise InvalidParameter("Duplicate replica regions.")
    return found


class Replication(Copying):
    @operation
    async def replicate_secret_to_regions(
        self, ctx: Context, request: shapes.ReplicateSecretToRegionsRequest
    ) -> shapes.ReplicateSecretToRegionsResponse:
        secret = self.writable(ctx, request)
        wanted = check_regions(ctx, request["AddReplicaRegions"])
        known = {replica.region for replica in secret.replicas if replica.status == IN_SYNC}
        for replica in wanted:
            if replica.region in known:
                raise InvalidParameter(f"The secret is already replicated to region {replica.region}.")
        secret = await self.replicate(ctx, secret, wanted, force=bool(request.get("ForceOverwriteReplicaSecret")))
        shown: Any = replication_status(secret, {copy.region: copy.accessed_on for copy in self.copies(secret)})
        return {"ARN": secret.arn, "ReplicationStatus": shown}

    async def replicate(self, ctx: Context, secret: Secret, wanted: Sequence[Replica], *, force: bool) -> Secret:
        """Make replicas, as the caller. What cannot be made is kept as failed, with the reason."""
        for replica in wanted:
            copy = replace(
                secret, region=replica.region, kms_key=replica.kms_key, primary_region=secret.region, replicas=(),
                accessed_on=None, created_at=ctx.now(),
            )  # fmt: skip
            failure, versions = "", list[Version]()
            try:
                versions = await self._copied(ctx, secret, copy)
            except AwsError as error:
                failure = f"Replication failed: {error.message}"
            there = self.store.secrets.get(secret.account, replica.region, secret.name)
            if there is not None and not failure and not (force and not there.replicas):
                failure = f"Replication failed: Secret name {secret.name} already exists in region {replica.region}."
            made = replace(replica, status=FAILED if failure else IN_SYNC, message=failure)
            secret = self.again(secret)
            others = tuple(other for other in secret.replicas if other.region != replica.region)
            secret = replace(secret, replicas=(*others, made), changed_at=ctx.now())
            with self.platform.store.transaction():
                if not failure:
                    if there is not None:
                        self.store.remove(there)
                    self.store.secrets.put(replace(copy, stages=secret.stages))
                self.save(secret, versions)
        return secret

    async def _copied(self, ctx: Context, secret: Secret, copy: Secret) -> list[Version]:
        """The labelled versions of a secret under the key of a copy."""
        found = []
        for version_id in dict.fromkeys(secret.stages.values()):
            version = self.store.versions.get(secret.account, secret.region, secret.name, version_id)
            if version is not None:
                value = await sealing.unseal(ctx, secret, version)
                sealed = await sealing.seal(ctx, copy, version_id, value)
                found.append(replace(sealed, created_at=version.created_at))
        return found

    @operation
    async def remove_regions_from_replication(
        self, ctx: Context, request: shapes.RemoveRegionsFromReplicationRequest
    ) -> shapes.RemoveRegionsFromReplicationResponse:
        secret, gone = self.writable(ctx, request), set(request["RemoveReplicaRegions"])
        known = {replica.region for replica in secret.replicas}
        if not gone <= known:
            raise InvalidParameter("The secret has no replica in one of the regions.")
        kept = tuple(replica for replica in secret.replicas if replica.region not in gone)
        changed = replace(secret, replicas=kept, changed_at=ctx.now())
        with self.platform.store.transaction():
            for copy in self.copies(secret):
                if copy.region in gone:
                    self.store.remove(copy)
            self.save(changed)
        shown: Any = replication_status(changed, {copy.region: copy.accessed_on for copy in self.copies(changed)})
        return {"ARN": changed.arn, "ReplicationStatus": shown}

    @operation
    async def stop_replication_to_replica(
        self, ctx: Context, request: shapes.StopReplicationToReplicaRequest
    ) -> shapes.StopReplicationToReplicaResponse:
        """The replica becomes a secret by itself; rotation is not taken along."""
        copy = self.live(ctx, request)
        if not copy.primary_region:
            raise InvalidRequest(
                "Operation not permitted on a primary secret. Call must be made in a replica's region."
            )
        with self.platform.store.transaction():
            self.forget_replica(copy)
            self.store.secrets.put(replace(copy, primary_region="", rotation=None, changed_at=ctx.now()))
        return {"ARN": copy.arn}

    def forget_replica(self, copy: Secret) -> None:
        """The primary of a replica no longer knows it. Inside a transaction."""
        if not copy.primary_region:
            return
        primary = self.store.secrets.get(copy.account, copy.primary_region, copy.name)
        if primary is not None:
            kept = tuple(replica for replica in primary.replicas if replica.region != copy.region)
            self.store.secrets.put(replace(primary, replicas=kept))
