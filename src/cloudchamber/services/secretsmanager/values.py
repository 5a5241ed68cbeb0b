"""GetSecretValue, BatchGetSecretValue, PutSecretValue.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.secretsmanager import limits, rotation, sealing
from cloudchamber.services.secretsmanager.copying import Copying, value_of
from cloudchamber.services.secretsmanager.errors import (
    InvalidParameter,
    InvalidRequest,
    LimitExceeded,
    ResourceNotFound,
)
from cloudchamber.services.secretsmanager.search import matches
from cloudchamber.services.secretsmanager.secret import CURRENT, Secret, Version, attached

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.secretsmanager import shapes


class Values(Copying):
    @operation
    async def get_secret_value(
        self, ctx: Context, request: shapes.GetSecretValueRequest
    ) -> shapes.GetSecretValueResponse:
        secret = self.live(ctx, request)
        version = self._version(secret, request.get("VersionId"), request.get("VersionStage"))
        value = await sealing.unseal(ctx, secret, version)
        self._remember_access(ctx, secret, version)
        answer: shapes.GetSecretValueResponse = {
            "ARN": secret.arn, "Name": secret.name, "VersionId": version.id, "CreatedDate": version.created_at,
            "VersionStages": secret.labels_of(version.id),
        }  # fmt: skip
        if isinstance(value, bytes):
            answer["SecretBinary"] = value
        else:
            answer["SecretString"] = value
        return answer

    def _version(self, secret: Secret, version_id: str | None, label: str | None) -> Version:
        """The version that is asked for, without either the current one. ResourceNotFound, InvalidRequest."""
        if version_id is None:
            label = label or CURRENT
            holder = secret.stages.get(label, "")
            missing = f"staging label: {label}"
        else:
            holder, missing = version_id, f"VersionId: {version_id}"
        found = self.store.versions.get(secret.account, secret.region, secret.name, holder)
        if found is None:
            raise ResourceNotFound(f"Secrets Manager can't find the specified secret value for {missing}")
        if version_id is not None and label is not None and secret.stages.get(label) != version_id:
            raise InvalidRequest("You provided a VersionStage that is not associated to the provided VersionId.")
        return found

    def _remember_access(self, ctx: Context, secret: Secret, version: Version) -> None:
        """The day of the last access is kept, so a read writes once a day."""
        now = ctx.now()
        today = now - now % limits.DAY_SECONDS
        if version.accessed_on == today and secret.accessed_on == today:
            return
        with self.platform.store.transaction():
            place = (secret.account, secret.region, secret.name)
            kept, held = self.store.secrets.get(*place), self.store.versions.get(*place, version.id)
            if kept is not None and held is not None:
                self.store.secrets.put(replace(kept, accessed_on=today))
                self.store.versions.put(replace(held, accessed_on=today))

    @operation
    async def batch_get_secret_value(
        self, ctx: Context, request: shapes.BatchGetSecretValueRequest
    ) -> shapes.BatchGetSecretValueResponse:
        """Each value is read by a call of its own, so that each is asked for; refusals are listed."""
        named, filters = request.get("SecretIdList"), request.get("Filters")
        if (named is None) == (filters is None):
            raise InvalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
        if named is not None and (request.get("MaxResults") or request.get("NextToken")):
            raise InvalidParameter("You can use MaxResults and NextToken with Filters only.")
        more = ""
        if named is None:
            named, more = self._found(ctx, request)
        values: list[Any] = []
        errors: list[Any] = []
        for secret_id in named:
            try:
                values.append(dict(await ctx.call("secretsmanager:GetSecretValue", SecretId=secret_id)))
            except AwsError as error:
                code = "AccessDeniedException" if error.code == "AccessDenied" else error.code
                errors.append({"SecretId": secret_id, "ErrorCode": code, "Message": error.message})
        answer: shapes.BatchGetSecretValueResponse = {"SecretValues": values, "Errors": errors}
        if more:
            answer["NextToken"] = more
        return answer

    def _found(self, ctx: Context, request: shapes.BatchGetSecretValueRequest) -> tuple[list[str], str]:
        """A page of the ARNs that filters mean, and the token of the next."""
        after, size = self.after(request.get("NextToken")), request.get("MaxResults") or limits.BATCH_LISTED
        secrets = self.store.secrets.where(account=ctx.account, region=ctx.region)
        tests = request.get("Filters") or ()
        found = [one for one in secrets if one.name > after and one.deletion_at is None and matches(one, tests)]
        more = encode_marker(found[size - 1].name) if len(found) > size else ""
        return [one.arn for one in found[:size]], more

    @operation
    async def put_secret_value(
        self, ctx: Context, request: shapes.PutSecretValueRequest
    ) -> shapes.PutSecretValueResponse:
        secret = self.writable(ctx, request)
        if request.get("RotationToken"):
            raise NotImplementedByUs(
                "RotationToken (rotation through assumed roles) is not implemented in cloudchamber"
            )
        value = value_of(request)
        if value is None:
            raise InvalidRequest("You must provide either SecretString or SecretBinary.")
        labels = list(request.get("VersionStages") or [CURRENT])
        draft = await self.draft(ctx, secret, request, value)
        secret = self.again(secret)
        if draft is None:
            version_id = request["ClientRequestToken"]
        else:
            version_id = draft.id
            if not self.store.versions_of(secret) and CURRENT not in labels:
                labels.append(CURRENT)  # the first version is the current one, whatever else it is
        stages = attached(secret.stages, labels, version_id)
        if list(stages.values()).count(version_id) > limits.LABELS_MAX:
            raise LimitExceeded(f"A version can have at most {limits.LABELS_MAX} staging labels.")
        if draft is not None:
            changed = replace(draft.marked(secret), stages=stages, changed_at=ctx.now())
            if CURRENT in labels:
                changed = rotation.postponed(changed, ctx.now())
            with self.platform.store.transaction():
                self.save(changed, draft.versions)
            self.plan()
            secret = changed
        return {
            "ARN": secret.arn, "Name": secret.name, "VersionId": version_id,
            "VersionStages": secret.labels_of(version_id),
        }  # fmt: skip
