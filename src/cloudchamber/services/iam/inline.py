"""Inline policies of users, groups and roles.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import LimitExceeded, no_such
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.policies import check_document
from cloudchamber.services.iam.records import InlinePolicy
from cloudchamber.services.iam.trust import policy_size

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.paging import Paging
    from cloudchamber.services.iam.records import Group, Role, User

_CHARS_MAX = {
    "user": limits.USER_INLINE_CHARS_MAX,
    "group": limits.GROUP_INLINE_CHARS_MAX,
    "role": limits.ROLE_INLINE_CHARS_MAX,
}


class InlinePolicies(IamBase):
    # users

    @operation
    async def put_user_policy(self, ctx: Context, request: shapes.PutUserPolicyRequest) -> None:
        self._put("user", self.user(ctx, request["UserName"]), request["PolicyName"], request["PolicyDocument"])

    @operation
    async def get_user_policy(self, ctx: Context, request: shapes.GetUserPolicyRequest) -> shapes.GetUserPolicyResponse:
        user = self.user(ctx, request["UserName"])
        found = self._get("user", user, request["PolicyName"])
        return {"UserName": user.name, "PolicyName": found.name, "PolicyDocument": wire.encoded(found.document)}

    @operation
    async def delete_user_policy(self, ctx: Context, request: shapes.DeleteUserPolicyRequest) -> None:
        self._delete("user", self.user(ctx, request["UserName"]), request["PolicyName"])

    @operation
    async def list_user_policies(
        self, ctx: Context, request: shapes.ListUserPoliciesRequest
    ) -> shapes.ListUserPoliciesResponse:
        names, paging = self._names(self.user(ctx, request["UserName"]), request)
        return {**paging, "PolicyNames": names}

    # groups

    @operation
    async def put_group_policy(self, ctx: Context, request: shapes.PutGroupPolicyRequest) -> None:
        self._put("group", self.group(ctx, request["GroupName"]), request["PolicyName"], request["PolicyDocument"])

    @operation
    async def get_group_policy(
        self, ctx: Context, request: shapes.GetGroupPolicyRequest
    ) -> shapes.GetGroupPolicyResponse:
        group = self.group(ctx, request["GroupName"])
        found = self._get("group", group, request["PolicyName"])
        return {"GroupName": group.name, "PolicyName": found.name, "PolicyDocument": wire.encoded(found.document)}

    @operation
    async def delete_group_policy(self, ctx: Context, request: shapes.DeleteGroupPolicyRequest) -> None:
        self._delete("group", self.group(ctx, request["GroupName"]), request["PolicyName"])

    @operation
    async def list_group_policies(
        self, ctx: Context, request: shapes.ListGroupPoliciesRequest
    ) -> shapes.ListGroupPoliciesResponse:
        names, paging = self._names(self.group(ctx, request["GroupName"]), request)
        return {**paging, "PolicyNames": names}

    # roles

    @operation
    async def put_role_policy(self, ctx: Context, request: shapes.PutRolePolicyRequest) -> None:
        role = self.modifiable_role(ctx, request["RoleName"])
        self._put("role", role, request["PolicyName"], request["PolicyDocument"])

    @operation
    async def get_role_policy(self, ctx: Context, request: shapes.GetRolePolicyRequest) -> shapes.GetRolePolicyResponse:
        role = self.role(ctx, request["RoleName"])
        found = self._get("role", role, request["PolicyName"])
        return {"RoleName": role.name, "PolicyName": found.name, "PolicyDocument": wire.encoded(found.document)}

    @operation
    async def delete_role_policy(self, ctx: Context, request: shapes.DeleteRolePolicyRequest) -> None:
        self._delete("role", self.modifiable_role(ctx, request["RoleName"]), request["PolicyName"])

    @operation
    async def list_role_policies(
        self, ctx: Context, request: shapes.ListRolePoliciesRequest
    ) -> shapes.ListRolePoliciesResponse:
        names, paging = self._names(self.role(ctx, request["RoleName"]), request)
        return {**paging, "PolicyNames": names}

    # all three

    def _put(self, kind: str, owner: User | Group | Role, name: str, document: str) -> None:
        check_document(document)
        others = sum(policy_size(held.document) for held in self.store.inline_of(owner.id) if held.name != name)
        most = _CHARS_MAX[kind]
        if others + policy_size(document) > most:
            raise LimitExceeded(f"Maximum policy size of {most} bytes exceeded for {kind} {owner.name}")
        self.store.inline.put(InlinePolicy(owner.id, name, document))

    def _get(self, kind: str, owner: User | Group | Role, name: str) -> InlinePolicy:
        found = self.store.inline.get(owner.id, name)
        if found is None:
            raise no_such(f"{kind} policy", name)
        return found

    def _delete(self, kind: str, owner: User | Group | Role, name: str) -> None:
        if not self.store.inline.delete(owner.id, name):
            raise no_such(f"{kind} policy", name)

    def _names(self, owner: User | Group | Role, request: Request) -> tuple[list[str], Paging]:
        return page_of((held.name for held in self.store.inline_of(owner.id)), lambda name: name, request)
