"""Users, and the permissions boundaries of users and roles.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import DeleteConflict, already_exists, over_quota
from cloudchamber.services.iam.records import User
from cloudchamber.services.iam.tags import with_tags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes


class Users(IamBase):
    @operation
    async def create_user(self, ctx: Context, request: shapes.CreateUserRequest) -> shapes.CreateUserResponse:
        name, boundary = request["UserName"], request.get("PermissionsBoundary")
        tags = with_tags({}, request.get("Tags") or (), ignore_case=True)
        if boundary:
            self.check_boundary(boundary)
        if self.store.users.get(ctx.account, name.lower()) is not None:
            raise already_exists("User", name)
        if self.store.users.count(account=ctx.account) >= limits.USERS_MAX:
            raise over_quota("UsersPerAccount", limits.USERS_MAX)
        path = request.get("Path") or "/"
        user = User(ctx.account, name, path, ids.iam_id("AIDA"), ctx.now(), boundary or None, tags)
        with self.platform.store.transaction():
            self.store.users.put(user)
        return {"User": wire.user(user)}

    @operation
    async def get_user(self, ctx: Context, request: shapes.GetUserRequest) -> shapes.GetUserResponse:
        if not request.get("UserName") and ctx.principal.kind == "root":
            return {"User": self._root(ctx)}
        return {"User": wire.user(self.user_or_caller(ctx, request))}

    def _root(self, ctx: Context) -> shapes.User:
        """The root user, who has neither name nor path."""
        return {"UserId": ctx.account, "Arn": ctx.principal.arn, "CreateDate": 0.0}  # type: ignore[typeddict-item]

    @operation
    async def list_users(self, ctx: Context, request: shapes.ListUsersRequest) -> shapes.ListUsersResponse:
        users, paging = self.listing(self.store.users, request, ctx.account)
        return {**paging, "Users": [wire.user(user, detailed=False) for user in users]}

    @operation
    async def update_user(self, ctx: Context, request: shapes.UpdateUserRequest) -> None:
        user = self.user(ctx, request["UserName"])
        name = request.get("NewUserName") or user.name
        holder = self.store.users.get(ctx.account, name.lower())
        if holder is not None and holder.id != user.id:
            raise already_exists("User", name)
        with self.platform.store.transaction():
            self.store.users.delete(ctx.account, user.key)
            self.store.users.put(replace(user, name=name, path=request.get("NewPath") or user.path))

    @operation
    async def delete_user(self, ctx: Context, request: shapes.DeleteUserRequest) -> None:
        user = self.user(ctx, request["UserName"])
        obstacle = next(self.user_obstacles(user), None)
        if obstacle is not None:
            raise DeleteConflict(f"Cannot delete entity, {obstacle}")
        with self.platform.store.transaction():
            self.user_gone(user)
            self.store.users.delete(ctx.account, user.key)

    def user_obstacles(self, user: User) -> Iterator[str]:
        if self.store.logins.get(user.id) is not None:
            yield "must delete login profile first."
        if self.store.keys_of(user.id):
            yield "must delete access keys first."
        yield from super().user_obstacles(user)
        if self.store.memberships.count(user_id=user.id):
            yield "must remove users from group first."
        if self.store.attached_to(user.id):
            yield "must detach all policies first."
        if self.store.inline_of(user.id):
            yield "must delete policies first."

    # permissions boundaries

    @operation
    async def put_user_permissions_boundary(
        self, ctx: Context, request: shapes.PutUserPermissionsBoundaryRequest
    ) -> None:
        user = self.user(ctx, request["UserName"])
        self.check_boundary(request["PermissionsBoundary"])
        self.store.users.put(replace(user, boundary=request["PermissionsBoundary"]))

    @operation
    async def delete_user_permissions_boundary(
        self, ctx: Context, request: shapes.DeleteUserPermissionsBoundaryRequest
    ) -> None:
        self.store.users.put(replace(self.user(ctx, request["UserName"]), boundary=None))

    @operation
    async def put_role_permissions_boundary(
        self, ctx: Context, request: shapes.PutRolePermissionsBoundaryRequest
    ) -> None:
        role = self.modifiable_role(ctx, request["RoleName"])
        self.check_boundary(request["PermissionsBoundary"])
        self.store.roles.put(replace(role, boundary=request["PermissionsBoundary"]))

    @operation
    async def delete_role_permissions_boundary(
        self, ctx: Context, request: shapes.DeleteRolePermissionsBoundaryRequest
    ) -> None:
        self.store.roles.put(replace(self.modifiable_role(ctx, request["RoleName"]), boundary=None))
