"""Managed policies attached to users, groups and roles, and who has a policy.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import InvalidInput, no_such_policy, over_quota
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.records import Attachment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.paging import Paging
    from cloudchamber.services.iam.records import Group, Role, User

_MOST = {
    "user": ("PoliciesPerUser", limits.ATTACHED_POLICIES_PER_USER_MAX),
    "group": ("PoliciesPerGroup", limits.ATTACHED_POLICIES_PER_GROUP_MAX),
    "role": ("PoliciesPerRole", limits.ATTACHED_POLICIES_PER_ROLE_MAX),
}


class Attachments(IamBase):
    @operation
    async def attach_user_policy(self, ctx: Context, request: shapes.AttachUserPolicyRequest) -> None:
        self._attach("user", self.user(ctx, request["UserName"]), request["PolicyArn"])

    @operation
    async def attach_group_policy(self, ctx: Context, request: shapes.AttachGroupPolicyRequest) -> None:
        self._attach("group", self.group(ctx, request["GroupName"]), request["PolicyArn"])

    @operation
    async def attach_role_policy(self, ctx: Context, request: shapes.AttachRolePolicyRequest) -> None:
        self._attach("role", self.modifiable_role(ctx, request["RoleName"]), request["PolicyArn"])

    def _attach(self, kind: str, owner: User | Group | Role, arn: str) -> None:
        """Attaching a policy again changes nothing."""
        self.attachable(arn, f"Policy {arn} does not exist or is not attachable.")
        if self.store.attachments.get(owner.id, arn) is not None:
            return
        quota, most = _MOST[kind]
        if self.store.attachments.count(owner_id=owner.id) >= most:
            raise over_quota(quota, most)
        self.store.attachments.put(Attachment(owner.account, owner.id, arn, kind))

    @operation
    async def detach_user_policy(self, ctx: Context, request: shapes.DetachUserPolicyRequest) -> None:
        self._detach(self.user(ctx, request["UserName"]), request["PolicyArn"])

    @operation
    async def detach_group_policy(self, ctx: Context, request: shapes.DetachGroupPolicyRequest) -> None:
        self._detach(self.group(ctx, request["GroupName"]), request["PolicyArn"])

    @operation
    async def detach_role_policy(self, ctx: Context, request: shapes.DetachRolePolicyRequest) -> None:
        self._detach(self.modifiable_role(ctx, request["RoleName"]), request["PolicyArn"])

    def _detach(self, owner: User | Group | Role, arn: str) -> None:
        if not arn.startswith("arn:"):
            raise InvalidInput(f"ARN {arn} is not valid.")
        if not self.store.attachments.delete(owner.id, arn):
            raise no_such_policy(arn)

    # what is attached

    @operation
    async def list_attached_user_policies(
        self, ctx: Context, request: shapes.ListAttachedUserPoliciesRequest
    ) -> shapes.ListAttachedUserPoliciesResponse:
        policies, paging = self._attached_policies(self.user(ctx, request["UserName"]), request)
        return {**paging, "AttachedPolicies": policies}

    @operation
    async def list_attached_group_policies(
        self, ctx: Context, request: shapes.ListAttachedGroupPoliciesRequest
    ) -> shapes.ListAttachedGroupPoliciesResponse:
        policies, paging = self._attached_policies(self.group(ctx, request["GroupName"]), request)
        return {**paging, "AttachedPolicies": policies}

    @operation
    async def list_attached_role_policies(
        self, ctx: Context, request: shapes.ListAttachedRolePoliciesRequest
    ) -> shapes.ListAttachedRolePoliciesResponse:
        policies, paging = self._attached_policies(self.role(ctx, request["RoleName"]), request)
        return {**paging, "AttachedPolicies": policies}

    def _attached_policies(
        self, owner: User | Group | Role, request: Request
    ) -> tuple[list[shapes.AttachedPolicy], Paging]:
        prefix = request.get("PathPrefix") or "/"
        found = (self.policy_by_arn(attachment.policy_arn) for attachment in self.store.attached_to(owner.id))
        policies = [policy for policy in found if policy is not None and policy.path.startswith(prefix)]
        chosen, paging = page_of(policies, lambda policy: policy.arn, request)
        return [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in chosen], paging

    # who has a policy

    @operation
    async def list_entities_for_policy(
        self, ctx: Context, request: shapes.ListEntitiesForPolicyRequest
    ) -> shapes.ListEntitiesForPolicyResponse:
        arn = request["PolicyArn"]
        if self.policy_by_arn(arn) is None:
            raise no_such_policy(arn)
        wanted = (request.get("EntityFilter") or "").lower()
        prefix = request.get("PathPrefix") or "/"
        found = {
            f"{kind}/{entity.key}": (kind, entity)
            for kind, entity in self._holders(ctx, arn, request.get("PolicyUsageFilter"))
            if wanted in ("", kind) and entity.path.startswith(prefix)
        }
        chosen, paging = page_of(found, lambda key: key, request)
        shown = [found[key] for key in chosen]
        return {
            **paging,
            "PolicyGroups": [{"GroupName": e.name, "GroupId": e.id} for kind, e in shown if kind == "group"],
            "PolicyUsers": [{"UserName": e.name, "UserId": e.id} for kind, e in shown if kind == "user"],
            "PolicyRoles": [{"RoleName": e.name, "RoleId": e.id} for kind, e in shown if kind == "role"],
        }

    def _holders(self, ctx: Context, arn: str, usage: str | None) -> Iterator[tuple[str, User | Group | Role]]:
        """Those that have the policy attached, and those that have it as their boundary."""
        if usage != "PermissionsBoundary":
            by_id = {"user": self.store.user_by_id, "group": self.store.group_by_id, "role": self.store.role_by_id}
            for attachment in self.store.attachments.where(account=ctx.account, policy_arn=arn):
                entity = by_id[attachment.kind](attachment.owner_id)
                if entity is not None:
                    yield attachment.kind, entity
        if usage != "PermissionsPolicy":
            yield from (("user", user) for user in self.store.users.where(account=ctx.account, boundary=arn))
            yield from (("role", role) for role in self.store.roles.where(account=ctx.account, boundary=arn))
