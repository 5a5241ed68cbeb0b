"""Versions and their staging labels: ListSecretVersionIds, UpdateSecretVersionStage.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.secretsmanager import limits
from cloudchamber.services.secretsmanager.base import SecretsBase
from cloudchamber.services.secretsmanager.errors import InvalidParameter, LimitExceeded, ResourceNotFound
from cloudchamber.services.secretsmanager.secret import CURRENT, Secret, attached

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.secretsmanager import shapes


class Versions(SecretsBase):
    @operation
    async def list_secret_version_ids(
        self, ctx: Context, request: shapes.ListSecretVersionIdsRequest
    ) -> shapes.ListSecretVersionIdsResponse:
        secret = self.secret(ctx, request)
        after, size = self.after(request.get("NextToken")), request.get("MaxResults") or limits.LISTED
        found = [
            version
            for version in self.store.versions_of(secret)
            if version.id > after and (request.get("IncludeDeprecated") or secret.labels_of(version.id))
        ]
        shown: list[Any] = []
        for version in found[:size]:
            one: dict[str, Any] = {"VersionId": version.id, "CreatedDate": version.created_at}
            one["KmsKeyIds"] = [version.kms_key or "DefaultEncryptionKey"]
            if labels := secret.labels_of(version.id):
                one["VersionStages"] = labels
            if version.accessed_on is not None:
                one["LastAccessedDate"] = version.accessed_on
            shown.append(one)
        answer: shapes.ListSecretVersionIdsResponse = {"Versions": shown, "ARN": secret.arn, "Name": secret.name}
        if len(found) > size:
            answer["NextToken"] = encode_marker(found[size - 1].id)
        return answer

    @operation
    async def update_secret_version_stage(
        self, ctx: Context, request: shapes.UpdateSecretVersionStageRequest
    ) -> shapes.UpdateSecretVersionStageResponse:
        secret, label = self.writable(ctx, request), request["VersionStage"]
        target, source = request.get("MoveToVersionId"), request.get("RemoveFromVersionId")
        if target is None and source is None:
            raise InvalidParameter("You must specify MoveToVersionId, RemoveFromVersionId, or both.")
        self._check_source(secret, label, target, source)
        if target is None:
            stages = {name: holder for name, holder in secret.stages.items() if name != label}
        else:
            stages = attached(secret.stages, [label], target)
            if list(stages.values()).count(target) > limits.LABELS_MAX:
                raise LimitExceeded(f"A version can have at most {limits.LABELS_MAX} staging labels.")
        with self.platform.store.transaction():
            self.save(replace(secret, stages=stages, changed_at=ctx.now()))
        return {"ARN": secret.arn, "Name": secret.name}

    def _check_source(self, secret: Secret, label: str, target: str | None, source: str | None) -> None:
        """Both versions are there, and the label is taken from where it is. ResourceNotFound, InvalidParameter."""
        for version_id in (target, source):
            if version_id is not None and not self._exists(secret, version_id):
                raise ResourceNotFound(
                    f"Secrets Manager can't find the specified secret value for VersionId: {version_id}"
                )
        holder = secret.stages.get(label)
        if target is None and label == CURRENT:
            raise InvalidParameter(
                f"You can only move staging label {CURRENT} to a different secret version. It can't be completely "
                "removed."
            )
        if holder is not None and source is None and holder != target:
            raise InvalidParameter(
                f"The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to "
                f"version {holder}, so you must explicitly reference that version in RemoveFromVersionId."
            )
        if source is not None and holder != source:
            raise InvalidParameter(
                f"The parameter RemoveFromVersionId is not valid. Staging label {label} is not attached to version "
                f"{source}."
            )

    def _exists(self, secret: Secret, version_id: str) -> bool:
        """A version may be one that a rotation has only announced."""
        place = (secret.account, secret.region, secret.name)
        return version_id in secret.stages.values() or self.store.versions.get(*place, version_id) is not None
