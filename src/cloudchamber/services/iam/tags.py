"""Tags of users, roles, customer managed policies and instance profiles.

Keys of users' and roles' tags are told apart ignoring case; those of the others are not.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.iam import wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import InvalidInput, LimitExceeded, no_such_policy
from cloudchamber.services.iam.limits import TAGS_MAX
from cloudchamber.services.iam.paging import page_of
from cloudchamber.services.iam.records import CustomerPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.paging import Paging


def _folded(key: str, ignore_case: bool) -> str:
    return key.lower() if ignore_case else key


def with_tags(present: Mapping[str, str], added: Sequence[shapes.Tag], *, ignore_case: bool) -> dict[str, str]:
    """`present` with `added`. InvalidInput for a key that is reserved or comes twice, LimitExceeded above 50."""
    keys = [_folded(tag["Key"], ignore_case) for tag in added]
    if len(set(keys)) < len(keys):
        note = " Please note that Tag keys are case insensitive." if ignore_case else ""
        raise InvalidInput(f"Duplicate tag keys found.{note}")
    if any(key.lower().startswith("aws:") for key in keys):
        raise InvalidInput("System tags cannot be added/updated by requester")
    replaced = set(keys)
    merged = {key: value for key, value in present.items() if _folded(key, ignore_case) not in replaced}
    merged.update({tag["Key"]: tag["Value"] for tag in added})
    if len(merged) > TAGS_MAX:
        raise LimitExceeded(f"The number of tags has reached the maximum limit. Maximum tags allowed: {TAGS_MAX}")
    return merged


def without_tags(present: Mapping[str, str], removed: Iterable[str], *, ignore_case: bool) -> dict[str, str]:
    """`present` without the keys `removed`; keys that are not there are no error."""
    gone = {_folded(key, ignore_case) for key in removed}
    if any(key.lower().startswith("aws:") for key in gone):
        raise InvalidInput("System tags cannot be added/updated by requester")
    return {key: value for key, value in present.items() if _folded(key, ignore_case) not in gone}


class Tags(IamBase):
    @operation
    async def tag_user(self, ctx: Context, request: shapes.TagUserRequest) -> None:
        user = self.user(ctx, request["UserName"])
        self.store.users.put(replace(user, tags=with_tags(user.tags, request["Tags"], ignore_case=True)))

    @operation
    async def untag_user(self, ctx: Context, request: shapes.UntagUserRequest) -> None:
        user = self.user(ctx, request["UserName"])
        self.store.users.put(replace(user, tags=without_tags(user.tags, request["TagKeys"], ignore_case=True)))

    @operation
    async def list_user_tags(self, ctx: Context, request: shapes.ListUserTagsRequest) -> shapes.ListUserTagsResponse:
        tags, paging = _page(self.user(ctx, request["UserName"]).tags, request)
        return {**paging, "Tags": tags}

    @operation
    async def tag_role(self, ctx: Context, request: shapes.TagRoleRequest) -> None:
        role = self.modifiable_role(ctx, request["RoleName"])
        self.store.roles.put(replace(role, tags=with_tags(role.tags, request["Tags"], ignore_case=True)))

    @operation
    async def untag_role(self, ctx: Context, request: shapes.UntagRoleRequest) -> None:
        role = self.modifiable_role(ctx, request["RoleName"])
        self.store.roles.put(replace(role, tags=without_tags(role.tags, request["TagKeys"], ignore_case=True)))

    @operation
    async def list_role_tags(self, ctx: Context, request: shapes.ListRoleTagsRequest) -> shapes.ListRoleTagsResponse:
        tags, paging = _page(self.role(ctx, request["RoleName"]).tags, request)
        return {**paging, "Tags": tags}

    @operation
    async def tag_policy(self, ctx: Context, request: shapes.TagPolicyRequest) -> None:
        policy = self._customer_policy(ctx, request["PolicyArn"])
        self.store.policies.put(replace(policy, tags=with_tags(policy.tags, request["Tags"], ignore_case=False)))

    @operation
    async def untag_policy(self, ctx: Context, request: shapes.UntagPolicyRequest) -> None:
        policy = self._customer_policy(ctx, request["PolicyArn"])
        self.store.policies.put(replace(policy, tags=without_tags(policy.tags, request["TagKeys"], ignore_case=False)))

    @operation
    async def list_policy_tags(
        self, ctx: Context, request: shapes.ListPolicyTagsRequest
    ) -> shapes.ListPolicyTagsResponse:
        tags, paging = _page(self._customer_policy(ctx, request["PolicyArn"]).tags, request)
        return {**paging, "Tags": tags}

    def _customer_policy(self, ctx: Context, arn: str) -> CustomerPolicy:
        found = self.policy_by_arn(arn)
        if found is None:
            raise no_such_policy(arn)
        if not isinstance(found, CustomerPolicy):
            raise InvalidInput(f"Policies of AWS cannot have tags: {arn}.")
        return found

    @operation
    async def tag_instance_profile(self, ctx: Context, request: shapes.TagInstanceProfileRequest) -> None:
        profile = self.profile(ctx, request["InstanceProfileName"])
        self.store.profiles.put(replace(profile, tags=with_tags(profile.tags, request["Tags"], ignore_case=False)))

    @operation
    async def untag_instance_profile(self, ctx: Context, request: shapes.UntagInstanceProfileRequest) -> None:
        profile = self.profile(ctx, request["InstanceProfileName"])
        kept = without_tags(profile.tags, request["TagKeys"], ignore_case=False)
        self.store.profiles.put(replace(profile, tags=kept))

    @operation
    async def list_instance_profile_tags(
        self, ctx: Context, request: shapes.ListInstanceProfileTagsRequest
    ) -> shapes.ListInstanceProfileTagsResponse:
        tags, paging = _page(self.profile(ctx, request["InstanceProfileName"]).tags, request)
        return {**paging, "Tags": tags}


def _page(tags: Mapping[str, str], request: Request) -> tuple[list[shapes.Tag], Paging]:
    return page_of(wire.tag_list(tags), lambda tag: tag["Key"], request)
