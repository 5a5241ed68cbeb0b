"""CreateSecret, UpdateSecret, DescribeSecret, ListSecrets, DeleteSecret, RestoreSecret.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AccessDenied, NotImplementedByUs, ValidationError
from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.secretsmanager import limits, policy, rotation, sealing
from cloudchamber.services.secretsmanager.copying import Draft, value_of
from cloudchamber.services.secretsmanager.errors import (
    MARKED_FOR_DELETION,
    InvalidParameter,
    InvalidRequest,
    ResourceExists,
)
from cloudchamber.services.secretsmanager.replication import Replication, check_regions
from cloudchamber.services.secretsmanager.search import matches
from cloudchamber.services.secretsmanager.secret import (
    CURRENT,
    PENDING,
    PREVIOUS,
    Secret,
    Version,
    arn,
    attached,
    described,
    replication_status,
)
from cloudchamber.services.secretsmanager.tags import check_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.secretsmanager import shapes

_NAME = re.compile(r"[a-zA-Z0-9/_+=.@!-]{1,512}")
_SUFFIX_CHARS = 6
_SORTED: Mapping[str, Callable[[Secret], tuple[Any, ...]]] = {
    "created-date": lambda secret: (secret.created_at, secret.name),
    "last-changed-date": lambda secret: (secret.changed_at, secret.name),
    "last-accessed-date": lambda secret: (secret.accessed_on or 0.0, secret.name),
    "name": lambda secret: (secret.name,),
}
_ELSEWHERE = ("Type", "CrossAccountPrimaryARN")


def _refuse_elsewhere(request: Request) -> None:
    for member in _ELSEWHERE:
        if request.get(member):
            raise NotImplementedByUs(f"{member} is not implemented in cloudchamber")


class Secrets(Replication):
    @operation
    async def create_secret(self, ctx: Context, request: shapes.CreateSecretRequest) -> shapes.CreateSecretResponse:
        ctx.meter("secretsmanager.requests")
        _refuse_elsewhere(request)
        name, value, now = request["Name"], value_of(request), ctx.now()
        if not _NAME.fullmatch(name):
            raise ValidationError(
                "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
                "-/_+=.@!"
            )
        again = await self._made_before(ctx, request)
        if again is not None:
            return self._created(again, request.get("ClientRequestToken") or "")
        tags = check_tags({}, request.get("Tags") or ())
        wanted = check_regions(ctx, request.get("AddReplicaRegions") or ())
        secret = Secret(
            ctx.account, ctx.region, name, ids.alphanumeric(_SUFFIX_CHARS), now, now, request.get("Description", ""),
            request.get("KmsKeyId", ""), tags,
        )  # fmt: skip
        draft = Draft("")
        if value is not None:
            draft = await self.sealed(ctx, secret, request.get("ClientRequestToken") or ids.uuid(), value)
            secret = replace(secret, stages={CURRENT: draft.id})
        with self.platform.store.transaction():
            self._check_name_is_free(secret)
            self.save(secret, draft.versions)
        if wanted:
            secret = await self.replicate(ctx, secret, wanted, force=bool(request.get("ForceOverwriteReplicaSecret")))
        return self._created(secret, draft.id)

    async def _made_before(self, ctx: Context, request: shapes.CreateSecretRequest) -> Secret | None:
        """The secret that this very request has made before. ResourceExists, InvalidRequest for another one."""
        found = self.store.secrets.get(ctx.account, ctx.region, request["Name"])
        if found is None:
            return None
        if found.deletion_at is None and request.get("ClientRequestToken"):
            known = self.store.versions.get(found.account, found.region, found.name, request["ClientRequestToken"])
            if known is not None and await sealing.unseal(ctx, found, known) == value_of(request):
                return found
        self._check_name_is_free(found)
        return None

    def _check_name_is_free(self, secret: Secret) -> None:
        found = self.store.secrets.get(secret.account, secret.region, secret.name)
        if found is None:
            return
        if found.deletion_at is not None:
            raise InvalidRequest(
                "You can't create this secret because a secret with this name is already scheduled for deletion."
            )
        raise ResourceExists(f"The operation failed because the secret {secret.name} already exists.")

    def _created(self, secret: Secret, version_id: str) -> shapes.CreateSecretResponse:
        answer: shapes.CreateSecretResponse = {"ARN": secret.arn, "Name": secret.name}
        if version_id:
            answer["VersionId"] = version_id
        if secret.replicas:
            shown: Any = replication_status(secret, {})
            answer["ReplicationStatus"] = shown
        return answer

    @operation
    async def update_secret(self, ctx: Context, request: shapes.UpdateSecretRequest) -> shapes.UpdateSecretResponse:
        _refuse_elsewhere(request)
        secret, value = self.writable(ctx, request), value_of(request)
        kms_key = request.get("KmsKeyId", secret.kms_key)
        goal = replace(secret, kms_key=kms_key)
        draft: Draft | None = Draft("")
        resealed: list[Version] = []
        if value is not None:
            draft = await self.draft(ctx, goal, request, value)
        if kms_key != secret.kms_key:
            resealed = await self._resealed(ctx, secret, goal)
        changed = replace(
            self.again(secret), kms_key=kms_key, changed_at=ctx.now(),
            description=request.get("Description", secret.description),
        )  # fmt: skip
        version_id = draft.id if draft is not None else request.get("ClientRequestToken") or ""
        if draft is not None and draft.id:
            stages = attached(changed.stages, [CURRENT], draft.id)
            changed = rotation.postponed(replace(draft.marked(changed), stages=stages), ctx.now())
            resealed += draft.versions
        with self.platform.store.transaction():
            self.save(changed, resealed)
        self.plan()
        answer: shapes.UpdateSecretResponse = {"ARN": changed.arn, "Name": changed.name}
        if version_id and value is not None:
            answer["VersionId"] = version_id
        return answer

    async def _resealed(self, ctx: Context, secret: Secret, goal: Secret) -> list[Version]:
        """The labelled versions under the new key. Those that the caller may not open stay under the old one."""
        found = []
        for version_id in dict.fromkeys(secret.stages.get(label, "") for label in (CURRENT, PENDING, PREVIOUS)):
            version = self.store.versions.get(secret.account, secret.region, secret.name, version_id)
            if version is None:
                continue
            try:
                value = await sealing.unseal(ctx, secret, version)
            except AccessDenied:
                continue
            sealed = await sealing.seal(ctx, goal, version_id, value)
            found.append(replace(sealed, created_at=version.created_at, accessed_on=version.accessed_on))
        return found

    @operation
    async def describe_secret(
        self, ctx: Context, request: shapes.DescribeSecretRequest
    ) -> shapes.DescribeSecretResponse:
        secret = self.secret(ctx, request)
        shown: Any = described(secret)
        if secret.stages:
            shown["VersionIdsToStages"] = secret.labels_by_version()
        if secret.replicas:
            accessed = {copy.region: copy.accessed_on for copy in self.copies(secret)}
            shown["ReplicationStatus"] = replication_status(secret, accessed)
        answer: shapes.DescribeSecretResponse = shown
        return answer

    @operation
    async def list_secrets(self, ctx: Context, request: shapes.ListSecretsRequest) -> shapes.ListSecretsResponse:
        ctx.meter("secretsmanager.requests")
        after, size = self.after(request.get("NextToken")), request.get("MaxResults") or limits.LISTED
        filters, sort_by = request.get("Filters") or (), request.get("SortBy") or "created-date"
        wants_deleted = request.get("IncludePlannedDeletion")
        found = [
            secret
            for secret in self.store.secrets.where(account=ctx.account, region=ctx.region)
            if (wants_deleted or secret.deletion_at is None) and matches(secret, filters)
        ]
        found.sort(key=_SORTED[sort_by], reverse=request.get("SortOrder") == "desc")
        begin = next((place + 1 for place, secret in enumerate(found) if secret.arn == after), 0) if after else 0
        shown: list[Any] = []
        for secret in found[begin : begin + size]:
            one = described(secret)
            if secret.stages:
                one["SecretVersionsToStages"] = secret.labels_by_version()
            shown.append(one)
        answer: shapes.ListSecretsResponse = {"SecretList": shown}
        if len(found) > begin + size:
            answer["NextToken"] = encode_marker(found[begin + size - 1].arn)
        return answer

    @operation
    async def delete_secret(self, ctx: Context, request: shapes.DeleteSecretRequest) -> shapes.DeleteSecretResponse:
        window, force = request.get("RecoveryWindowInDays"), request.get("ForceDeleteWithoutRecovery")
        if force and window is not None:
            raise InvalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
        days = limits.RECOVERY_DAYS if window is None else window
        if not limits.RECOVERY_DAYS_MIN <= days <= limits.RECOVERY_DAYS_MAX:
            raise InvalidParameter("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
        now, secret_id = ctx.now(), request["SecretId"]
        if force and policy.locate(self.store, ctx, secret_id) is None:
            ctx.meter("secretsmanager.requests")
            missing = secret_id if secret_id.startswith("arn:") else arn(ctx.account, ctx.region, secret_id)
            return {"ARN": missing, "Name": secret_id.partition(":secret:")[2] or secret_id, "DeletionDate": now}
        secret = self.secret(ctx, request)
        if secret.replicas:
            regions = ", ".join(replica.region for replica in secret.replicas)
            raise InvalidRequest(f"You can't delete secret {secret.name} that still has replica regions [{regions}].")
        if secret.deletion_at is not None and not force:
            raise InvalidRequest(MARKED_FOR_DELETION)
        if force or secret.primary_region:
            at = now
            with self.platform.store.transaction():
                self.store.remove(secret)
                self.forget_replica(secret)
        else:
            at = now + days * limits.DAY_SECONDS
            with self.platform.store.transaction():
                self.save(replace(secret, deletion_at=at, changed_at=now))
        self.plan()
        return {"ARN": secret.arn, "Name": secret.name, "DeletionDate": at}

    @operation
    async def restore_secret(self, ctx: Context, request: shapes.RestoreSecretRequest) -> shapes.RestoreSecretResponse:
        secret = self.secret(ctx, request)
        with self.platform.store.transaction():
            self.save(rotation.rescheduled(replace(secret, deletion_at=None), ctx.now()))
        self.plan()
        return {"ARN": secret.arn, "Name": secret.name}
