"""Groups and who is in them: https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import DeleteConflict, already_exists, no_such, over_quota
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.records import Group, Membership

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes


class Groups(IamBase):
    @operation
    async def create_group(self, ctx: Context, request: shapes.CreateGroupRequest) -> shapes.CreateGroupResponse:
        name = request["GroupName"]
        if self.store.groups.get(ctx.account, name.lower()) is not None:
            raise already_exists("Group", name)
        if self.store.groups.count(account=ctx.account) >= limits.GROUPS_MAX:
            raise over_quota("GroupsPerAccount", limits.GROUPS_MAX)
        group = Group(ctx.account, name, request.get("Path") or "/", ids.iam_id("AGPA"), ctx.now())
        self.store.groups.put(group)
        return {"Group": wire.group(group)}

    @operation
    async def get_group(self, ctx: Context, request: shapes.GetGroupRequest) -> shapes.GetGroupResponse:
        """The group and a page of its members."""
        group = self.group(ctx, request["GroupName"])
        members, paging = page_of(self.store.members_of(group.id), lambda user: user.key, request)
        users = [wire.user(user, detailed=False) for user in members]
        return {**paging, "Group": wire.group(group), "Users": users}

    @operation
    async def list_groups(self, ctx: Context, request: shapes.ListGroupsRequest) -> shapes.ListGroupsResponse:
        groups, paging = self.listing(self.store.groups, request, ctx.account)
        return {**paging, "Groups": [wire.group(group) for group in groups]}

    @operation
    async def update_group(self, ctx: Context, request: shapes.UpdateGroupRequest) -> None:
        group = self.group(ctx, request["GroupName"])
        name = request.get("NewGroupName") or group.name
        holder = self.store.groups.get(ctx.account, name.lower())
        if holder is not None and holder.id != group.id:
            raise already_exists("Group", name)
        with self.platform.store.transaction():
            self.store.groups.delete(ctx.account, group.key)
            self.store.groups.put(replace(group, name=name, path=request.get("NewPath") or group.path))

    @operation
    async def delete_group(self, ctx: Context, request: shapes.DeleteGroupRequest) -> None:
        group = self.group(ctx, request["GroupName"])
        if self.store.memberships.count(group_id=group.id):
            raise DeleteConflict("Cannot delete entity, must remove users from group first.")
        if self.store.attached_to(group.id):
            raise DeleteConflict("Cannot delete entity, must detach all policies first.")
        if self.store.inline_of(group.id):
            raise DeleteConflict("Cannot delete entity, must delete policies first.")
        self.store.groups.delete(ctx.account, group.key)

    # members

    @operation
    async def add_user_to_group(self, ctx: Context, request: shapes.AddUserToGroupRequest) -> None:
        """Adding a member again changes nothing."""
        group, user = self.group(ctx, request["GroupName"]), self.user(ctx, request["UserName"])
        if self.store.memberships.get(group.id, user.id) is not None:
            return
        if self.store.memberships.count(user_id=user.id) >= limits.GROUPS_PER_USER_MAX:
            raise over_quota("GroupsPerUser", limits.GROUPS_PER_USER_MAX)
        self.store.memberships.put(Membership(ctx.account, group.id, user.id))

    @operation
    async def remove_user_from_group(self, ctx: Context, request: shapes.RemoveUserFromGroupRequest) -> None:
        group, user = self.group(ctx, request["GroupName"]), self.user(ctx, request["UserName"])
        if not self.store.memberships.delete(group.id, user.id):
            raise no_such("user", user.name)

    @operation
    async def list_groups_for_user(
        self, ctx: Context, request: shapes.ListGroupsForUserRequest
    ) -> shapes.ListGroupsForUserResponse:
        user = self.user(ctx, request["UserName"])
        groups, paging = page_of(self.store.groups_of(user.id), lambda group: group.key, request)
        return {**paging, "Groups": [wire.group(group) for group in groups]}
