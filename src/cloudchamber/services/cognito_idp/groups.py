"""Groups of users, with the roles and precedence that tokens tell of."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import Request, operation
from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.base import Answer, listed
from cloudchamber.services.cognito_idp.errors import GroupExists, LimitExceeded
from cloudchamber.services.cognito_idp.naming import Naming
from cloudchamber.services.cognito_idp.records import Group, Membership

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class Groups(Naming):
    @operation
    async def create_group(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        if self.store.groups.get(pool.id, request["GroupName"]) is not None:
            raise GroupExists
        if self.store.groups.count(pool_id=pool.id) >= limits.GROUPS_MAX:
            raise LimitExceeded("Maximum number of groups exceeded.")
        now = ctx.now()
        made = Group(
            pool.id, request["GroupName"], now, now, request.get("Description") or "", request.get("RoleArn") or "",
            request.get("Precedence"),
        )  # fmt: skip
        return {"Group": _shown(self.store.groups.put(made))}

    @operation
    async def get_group(self, ctx: Context, request: Request) -> Answer:
        return {"Group": _shown(self.group(self.pool(ctx, request), request["GroupName"]))}

    @operation
    async def update_group(self, ctx: Context, request: Request) -> Answer:
        group = self.group(self.pool(ctx, request), request["GroupName"])
        changed = replace(
            group, changed_at=ctx.now(), description=request.get("Description", group.description),
            role_arn=request.get("RoleArn", group.role_arn), precedence=request.get("Precedence", group.precedence),
        )  # fmt: skip
        return {"Group": _shown(self.store.groups.put(changed))}

    @operation
    async def delete_group(self, ctx: Context, request: Request) -> Answer:
        group = self.group(self.pool(ctx, request), request["GroupName"])
        with self.platform.store.transaction():
            for membership in self.store.memberships.where(pool_id=group.pool_id, group_name=group.name):
                self.store.memberships.delete(group.pool_id, group.name, membership.username)
            self.store.groups.delete(group.pool_id, group.name)
        return {}

    @operation
    async def list_groups(self, ctx: Context, request: Request) -> Answer:
        found = self.store.groups.where(pool_id=self.pool(ctx, request).id)
        chosen, more = listed(request, found, lambda group: group.name, limit="Limit")
        return {"Groups": [_shown(group) for group in chosen], **more}

    @operation
    async def admin_add_user_to_group(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        group, user = self.group(pool, request["GroupName"]), self.user(pool, request["Username"])
        if self.store.memberships.get(pool.id, group.name, user.username) is None:
            if len(self.store.groups_of(user)) >= limits.GROUPS_OF_A_USER_MAX:
                raise LimitExceeded("Maximum number of groups per user exceeded.")
            self.store.memberships.put(Membership(pool.id, group.name, user.username, ctx.now()))
        return {}

    @operation
    async def admin_remove_user_from_group(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        group, user = self.group(pool, request["GroupName"]), self.user(pool, request["Username"])
        self.store.memberships.delete(pool.id, group.name, user.username)
        return {}

    @operation
    async def admin_list_groups_for_user(self, ctx: Context, request: Request) -> Answer:
        found = self.store.groups_of(self.user(self.pool(ctx, request), request["Username"]))
        chosen, more = listed(request, sorted(found, key=lambda g: g.name), lambda group: group.name, limit="Limit")
        return {"Groups": [_shown(group) for group in chosen], **more}

    @operation
    async def list_users_in_group(self, ctx: Context, request: Request) -> Answer:
        pool = self.pool(ctx, request)
        group = self.group(pool, request["GroupName"])
        found = self.store.memberships.where(pool_id=pool.id, group_name=group.name)
        chosen, more = listed(request, found, lambda membership: membership.username, limit="Limit")
        users = self.store.users_of(pool.id, [membership.username for membership in chosen])
        return {"Users": [self.shown(user) for user in users], **more}


def _shown(group: Group) -> Answer:
    shown: Answer = {
        "GroupName": group.name, "UserPoolId": group.pool_id, "LastModifiedDate": group.changed_at,
        "CreationDate": group.created_at,
    }  # fmt: skip
    if group.description:
        shown["Description"] = group.description
    if group.role_arn:
        shown["RoleArn"] = group.role_arn
    if group.precedence is not None:
        shown["Precedence"] = group.precedence
    return shown
