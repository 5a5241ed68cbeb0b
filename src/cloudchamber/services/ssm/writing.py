"""PutParameter, DeleteParameter, DeleteParameters.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
A value is sealed before the change is made: what KMS refuses changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.ssm import data_types, lifetime, limits, names, parameter, sealing
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.errors import (
    ParameterAlreadyExists,
    ParameterLimitExceeded,
    ParameterMaxVersionLimitExceeded,
    ParameterNotFound,
    constraint,
)
from cloudchamber.services.ssm.parameter import ADVANCED, DEFAULT_KEY, SECURE, STANDARD, STRING, Parameter, Version
from cloudchamber.services.ssm.settings import DEFAULT_TIER, setting_value
from cloudchamber.services.ssm.tags import check_tags

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.ssm import shapes
    from cloudchamber.services.ssm.names import Reference

_COUNTS_MAX = {STANDARD: limits.STANDARD_PARAMETERS_MAX, ADVANCED: limits.ADVANCED_PARAMETERS_MAX}


class Writing(SsmBase):
    @operation
    async def put_parameter(self, ctx: Context, request: shapes.PutParameterRequest) -> shapes.PutParameterResult:
        ref = names.check_new(ctx, request["Name"])
        policies = lifetime.parse(request["Policies"]) if "Policies" in request else None
        was = self._existing(ref, request)
        draft = self._draft(ctx, ref, request, policies)
        if draft.type == SECURE:
            sealed = await sealing.seal(ctx, ref.arn, draft.tier, draft.key_id, draft.value)
            draft = replace(draft, value=sealed)
            if was != self._existing(ref, request):  # another call was quicker while KMS answered
                draft = replace(draft, number=self._next_number(ref))
        with self.platform.store.transaction():
            self._keep(ref, draft, policies, {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()})
        self.plan()
        if draft.tier == ADVANCED:
            ctx.meter("ssm.advanced_requests")
        return {"Version": draft.number, "Tier": draft.tier}

    def _existing(self, ref: Reference, request: shapes.PutParameterRequest) -> Parameter | None:
        """The parameter as it is, if it may be overwritten. ParameterAlreadyExists."""
        found = self.store.parameters.get(ref.account, ref.region, ref.path)
        if request.get("Overwrite") and request.get("Tags"):
            raise ValidationError(
                "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please "
                "remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
                "RemoveTagsFromResource."
            )
        if found is not None and not request.get("Overwrite"):
            raise ParameterAlreadyExists
        return found

    def _next_number(self, ref: Reference) -> int:
        found = self.store.parameters.get(ref.account, ref.region, ref.path)
        return 1 if found is None else found.version + 1

    def _draft(
        self,
        ctx: Context,
        ref: Reference,
        request: shapes.PutParameterRequest,
        policies: tuple[lifetime.Policy, ...] | None,
    ) -> Version:
        """The new version, not sealed yet. What a request does not say stays as it was."""
        found = self.store.parameters.get(ref.account, ref.region, ref.path)
        old = None if found is None else self.store.latest(found)
        value = request["Value"]
        kind = request.get("Type") or (old.type if old else "")
        if not value:
            raise constraint(
                "Value at 'value' failed to satisfy constraint: Member must have length greater than or equal to 1"
            )
        if not kind:
            raise ValidationError("A parameter type is required when you create a parameter.")
        if kind != SECURE and request.get("KeyId"):
            raise ValidationError("KeyId is required for SecureString type parameter only.")
        has_policies = bool(policies if policies is not None else found and found.policies)
        tier = self._tier(ctx, request, found, has_policies)
        parameter.check_size(value, tier)
        pattern = request.get("AllowedPattern", old.allowed_pattern if old else "")
        if pattern:
            parameter.check_pattern(value, pattern)
        data_type = request.get("DataType") or (old.data_type if old else data_types.TEXT)
        if data_type == "aws:ec2:image" and kind != STRING:
            raise ValidationError("The data type aws:ec2:image is supported for String parameters only.")
        data_types.check(value, data_type)
        check_tags({}, request.get("Tags") or ())
        return Version(
            ref.account, ref.region, ref.path, found.version + 1 if found else 1, kind, value, tier, data_type,
            ctx.now(), ctx.principal.arn, (request.get("KeyId") or DEFAULT_KEY) if kind == SECURE else "",
            request.get("Description", old.description if old else ""), pattern,
        )  # fmt: skip

    def _tier(
        self, ctx: Context, request: shapes.PutParameterRequest, found: Parameter | None, has_policies: bool
    ) -> str:
        """The tier of a new version. ValidationException for one that it cannot have, ParameterLimitExceeded."""
        was = "" if found is None else found.tier
        asked = request.get("Tier") or (was if was == ADVANCED else setting_value(self.store, ctx, DEFAULT_TIER))
        if asked == parameter.INTELLIGENT and was == ADVANCED:
            asked = ADVANCED
        is_full = found is None and self.store.count(ctx.account, ctx.region, STANDARD) >= _COUNTS_MAX[STANDARD]
        size = len(request["Value"].encode())
        tier = parameter.choose_tier(asked, size, has_policies=has_policies, is_full=is_full)
        parameter.check_downgrade(was, tier)
        if has_policies and tier == STANDARD:
            raise ValidationError(
                "Parameter policies are supported for parameters that use the advanced-parameter tier only. To assign "
                "a policy, upgrade the parameter to use the advanced-parameter tier."
            )
        if tier != was and self.store.count(ctx.account, ctx.region, tier) >= _COUNTS_MAX[tier]:
            advice = " or upgrade to the advanced-parameter tier (charges apply)" if tier == STANDARD else ""
            raise ParameterLimitExceeded(
                f"You have reached the maximum number of {tier.lower()} parameters for this AWS account and Region "
                f"({_COUNTS_MAX[tier]}). To add more parameters, either delete existing parameters{advice}."
            )
        return tier

    def _keep(
        self,
        ref: Reference,
        draft: Version,
        policies: tuple[lifetime.Policy, ...] | None,
        tags: dict[str, str],
    ) -> None:
        """Write the new version, letting go of the oldest one past the limit. Inside a transaction."""
        was = self.store.parameters.get(ref.account, ref.region, ref.path)
        if was is None:
            base = Parameter(
                ref.account, ref.region, ref.path, names.parent(ref.path), ref.name, 1, draft.tier, tags=tags
            )
        else:
            base = was
            self._make_room(was)
        kept = lifetime.after_change(base.policies if policies is None else policies)
        due_at = lifetime.next_due(kept, draft.modified_at)
        changed = replace(base, version=draft.number, tier=draft.tier, policies=kept, due_at=due_at)
        self.store.add(changed, draft, was)

    def _make_room(self, found: Parameter) -> None:
        """Delete the oldest version if there are as many as there may be. ParameterMaxVersionLimitExceeded."""
        oldest = self.store.history(found, found.version - limits.VERSIONS_MAX, 1)
        if oldest and oldest[0].number == found.version - limits.VERSIONS_MAX + 1:
            if oldest[0].labels:
                raise ParameterMaxVersionLimitExceeded(
                    f"You attempted to create a new version of {found.name} by calling the PutParameter API with the "
                    f"overwrite flag. Version {oldest[0].number}, the oldest version, can't be deleted because it has "
                    "a label associated with it. Move the label to another version of the parameter, and try again."
                )
            self.store.versions.delete(found.account, found.region, found.path, oldest[0].number)

    @operation
    async def delete_parameter(self, ctx: Context, request: shapes.DeleteParameterRequest) -> None:
        found = self.parameter(names.locate_own(ctx, request["Name"]))
        with self.platform.store.transaction():
            self.store.remove(found)
        self.plan()

    @operation
    async def delete_parameters(
        self, ctx: Context, request: shapes.DeleteParametersRequest
    ) -> shapes.DeleteParametersResult:
        deleted, invalid = [], []
        with self.platform.store.transaction():
            for name in request["Names"]:
                try:
                    found = self.parameter(names.locate_own(ctx, name))
                except ParameterNotFound:
                    invalid.append(name)
                    continue
                self.store.remove(found)
                deleted.append(name)
        self.plan()
        return {"DeletedParameters": deleted, "InvalidParameters": invalid}
