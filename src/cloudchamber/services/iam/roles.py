"""Roles and instance profiles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation, private_operation
from cloudchamber.services.iam import limits, trust, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import DeleteConflict, already_exists, over_quota
from cloudchamber.services.iam.records import Role, RoleUse
from cloudchamber.services.iam.tags import with_tags
from cloudchamber.services.iam.trust import policy_size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes


class Roles(IamBase):
    @operation
    async def create_role(self, ctx: Context, request: shapes.CreateRoleRequest) -> shapes.CreateRoleResponse:
        name, boundary = request["RoleName"], request.get("PermissionsBoundary")
        tags = with_tags({}, request.get("Tags") or (), ignore_case=True)
        trusted = self._trusted(request["AssumeRolePolicyDocument"])
        if boundary:
            self.check_boundary(boundary)
        if self.store.roles.get(ctx.account, name.lower()) is not None:
            raise already_exists("Role", name)
        if self.store.roles.count(account=ctx.account) >= limits.ROLES_MAX:
            raise over_quota("RolesPerAccount", limits.ROLES_MAX)
        role = Role(
            ctx.account,
            name,
            request.get("Path") or "/",
            ids.iam_id("AROA"),
            ctx.now(),
            request["AssumeRolePolicyDocument"],
            request.get("Description"),
            request.get("MaxSessionDuration") or limits.SESSION_SECONDS_DEFAULT,
            boundary or None,
            tags,
            trusted,
        )
        self.store.roles.put(role)
        shown = wire.role(self.store, role)
        del shown["RoleLastUsed"]
        return {"Role": shown}

    def _trusted(self, document: str) -> dict[str, str]:
        if policy_size(document) > limits.TRUST_POLICY_CHARS_MAX:
            raise over_quota("ACLSizePerRole", limits.TRUST_POLICY_CHARS_MAX)
        return trust.trusted_ids(self.store, document)

    @operation
    async def get_role(self, ctx: Context, request: shapes.GetRoleRequest) -> shapes.GetRoleResponse:
        return {"Role": wire.role(self.store, self.role(ctx, request["RoleName"]))}

    @operation
    async def list_roles(self, ctx: Context, request: shapes.ListRolesRequest) -> shapes.ListRolesResponse:
        roles, paging = self.listing(self.store.roles, request, ctx.account)
        return {**paging, "Roles": [wire.role(self.store, role, detailed=False) for role in roles]}

    @operation
    async def update_role(self, ctx: Context, request: shapes.UpdateRoleRequest) -> shapes.UpdateRoleResponse:
        """Of a service-linked role only the description can be changed."""
        name, session_s = request["RoleName"], request.get("MaxSessionDuration")
        role = self.role(ctx, name) if session_s is None else self.modifiable_role(ctx, name)
        description = request.get("Description", role.description)
        self.store.roles.put(replace(role, description=description, max_session_s=session_s or role.max_session_s))
        return {}

    @operation
    async def update_role_description(
        self, ctx: Context, request: shapes.UpdateRoleDescriptionRequest
    ) -> shapes.UpdateRoleDescriptionResponse:
        role = self.store.roles.put(replace(self.role(ctx, request["RoleName"]), description=request["Description"]))
        return {"Role": wire.role(self.store, role)}

    @operation
    async def update_assume_role_policy(self, ctx: Context, request: shapes.UpdateAssumeRolePolicyRequest) -> None:
        role = self.modifiable_role(ctx, request["RoleName"])
        trusted = self._trusted(request["PolicyDocument"])
        self.store.roles.put(replace(role, trust=request["PolicyDocument"], trusted_ids=trusted))

    @operation
    async def delete_role(self, ctx: Context, request: shapes.DeleteRoleRequest) -> None:
        role = self.modifiable_role(ctx, request["RoleName"])
        if self.store.profiles_of(ctx.account, role.id):
            raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
        if self.store.attached_to(role.id):
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")
        if self.store.inline_of(role.id):
            raise DeleteConflict("Cannot delete entity, must delete policies first.")
        with self.platform.store.transaction():
            self.store.roles.delete(ctx.account, role.key)
            self.store.role_uses.delete(role.id)

    @private_operation
    async def role_used(self, ctx: Context, request: Mapping[str, str]) -> Mapping[str, str]:
        """`{"Arn", "Region"}`: credentials of a role were used there. RoleLastUsed shows it."""
        account, name = request["Arn"].split(":", 5)[4], request["Arn"].rpartition("/")[2]
        role = self.store.roles.get(account, name.lower())
        if role is not None:
            self.store.role_uses.put(RoleUse(role.id, ctx.now(), request["Region"]))
        return {}
