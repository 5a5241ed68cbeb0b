"""Instance profiles: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import DeleteConflict, EntityAlreadyExists, no_such, over_quota
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.records import InstanceProfile
from cloudchamber.services.iam.tags import with_tags

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes


class InstanceProfiles(IamBase):
    @operation
    async def create_instance_profile(
        self, ctx: Context, request: shapes.CreateInstanceProfileRequest
    ) -> shapes.CreateInstanceProfileResponse:
        name = request["InstanceProfileName"]
        tags = with_tags({}, request.get("Tags") or (), ignore_case=False)
        if self.store.profiles.get(ctx.account, name.lower()) is not None:
            raise EntityAlreadyExists(f"Instance Profile {name} already exists.")
        if self.store.profiles.count(account=ctx.account) >= limits.INSTANCE_PROFILES_MAX:
            raise over_quota("InstanceProfilesPerAccount", limits.INSTANCE_PROFILES_MAX)
        path = request.get("Path") or "/"
        profile = InstanceProfile(ctx.account, name, path, ids.iam_id("AIPA"), ctx.now(), "", tags)
        self.store.profiles.put(profile)
        return {"InstanceProfile": wire.instance_profile(self.store, profile)}

    @operation
    async def get_instance_profile(
        self, ctx: Context, request: shapes.GetInstanceProfileRequest
    ) -> shapes.GetInstanceProfileResponse:
        profile = self.profile(ctx, request["InstanceProfileName"])
        return {"InstanceProfile": wire.instance_profile(self.store, profile)}

    @operation
    async def list_instance_profiles(
        self, ctx: Context, request: shapes.ListInstanceProfilesRequest
    ) -> shapes.ListInstanceProfilesResponse:
        found, paging = self.listing(self.store.profiles, request, ctx.account)
        shown = [wire.instance_profile(self.store, profile, detailed=False) for profile in found]
        return {**paging, "InstanceProfiles": shown}

    @operation
    async def list_instance_profiles_for_role(
        self, ctx: Context, request: shapes.ListInstanceProfilesForRoleRequest
    ) -> shapes.ListInstanceProfilesForRoleResponse:
        role = self.role(ctx, request["RoleName"])
        found, paging = page_of(self.store.profiles_of(ctx.account, role.id), lambda profile: profile.key, request)
        shown = [wire.instance_profile(self.store, profile, detailed=False) for profile in found]
        return {**paging, "InstanceProfiles": shown}

    @operation
    async def delete_instance_profile(self, ctx: Context, request: shapes.DeleteInstanceProfileRequest) -> None:
        profile = self.profile(ctx, request["InstanceProfileName"])
        if profile.role_id:
            raise DeleteConflict("Cannot delete entity, must remove roles from instance profile first.")
        self.store.profiles.delete(ctx.account, profile.key)

    @operation
    async def add_role_to_instance_profile(self, ctx: Context, request: shapes.AddRoleToInstanceProfileRequest) -> None:
        profile = self.profile(ctx, request["InstanceProfileName"])
        role = self.modifiable_role(ctx, request["RoleName"])
        if profile.role_id:
            raise over_quota("InstanceSessionsPerInstanceProfile", limits.ROLES_PER_INSTANCE_PROFILE_MAX)
        self.store.profiles.put(replace(profile, role_id=role.id))

    @operation
    async def remove_role_from_instance_profile(
        self, ctx: Context, request: shapes.RemoveRoleFromInstanceProfileRequest
    ) -> None:
        profile = self.profile(ctx, request["InstanceProfileName"])
        role = self.modifiable_role(ctx, request["RoleName"])
        if profile.role_id != role.id:
            raise no_such("role", role.name)
        self.store.profiles.put(replace(profile, role_id=""))
