"""CloudFormation's roles, users and groups: who is given policies, and what else stands on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import unquote

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    ask,
    changed,
    difference,
    kept,
    name_within,
    picked,
    seen,
    tag_list,
    undone,
    unless_gone,
)

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


def document(text: Any) -> Any:
    """A policy of an answer, which IAM gives URL-encoded."""
    return orjson.loads(unquote(text)) if isinstance(text, str) else text


class Entity(Type):
    """What roles, users and groups have in common: a name and an ARN, managed policies and inline ones."""

    kind: ClassVar[str]  # "Role"
    name_max: ClassVar[int] = 64
    id_member: ClassVar[str]
    tags: ClassVar[Tagged | None] = None

    async def make(self, ctx: Context, desired: Desired) -> Made:
        member = f"{self.kind}Name"
        name = desired.properties.get(member) or name_within(desired, self.name_max)
        tags = None if self.tags is None else self.tags.wanted(desired)
        answer = await ask(ctx, f"iam:Create{self.kind}", {**desired.properties, member: name, "Tags": tags})
        async with undone(lambda: self.delete(ctx, name, desired.properties)):
            await self._policies(ctx, name, desired, {})
            await self.rest(ctx, name, desired, {})
        return self.shown(name, answer[self.kind])

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self._policies(ctx, physical_id, desired, previous)
        await self.rest(ctx, physical_id, desired, previous)
        if self.tags is not None:
            await self.tags.change(ctx, physical_id, desired)
        return self.shown(physical_id, await self.now(ctx, physical_id))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {f"{self.kind}Name": physical_id}
        for arn in properties.get("ManagedPolicyArns") or ():
            await unless_gone(ask(ctx, f"iam:Detach{self.kind}Policy", named, PolicyArn=arn))
        for policy in properties.get("Policies") or ():
            await unless_gone(ask(ctx, f"iam:Delete{self.kind}Policy", named, PolicyName=policy["PolicyName"]))
        await unless_gone(ask(ctx, f"iam:Delete{self.kind}", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        """Of policies only those that the template names here: others of the stack may put theirs on it, too."""
        found = await self.now(ctx, physical_id)
        named = {f"{self.kind}Name": physical_id}
        attached = await ask(ctx, f"iam:ListAttached{self.kind}Policies", named)
        arns = {policy["PolicyArn"] for policy in attached["AttachedPolicies"]}
        policies = []
        for wanted in properties.get("Policies") or ():
            name = wanted["PolicyName"]
            policy = await unless_gone(ask(ctx, f"iam:Get{self.kind}Policy", named, PolicyName=name))
            if policy is not None:
                policies.append({"PolicyName": name, "PolicyDocument": document(policy["PolicyDocument"])})
        shown = picked(found, f"{self.kind}Name", "Path", "Arn", "Description", "MaxSessionDuration", self.id_member)
        if self.kind == "Role":
            shown["AssumeRolePolicyDocument"] = document(found["AssumeRolePolicyDocument"])
        boundary = found.get("PermissionsBoundary")
        more = {
            "ManagedPolicyArns": [arn for arn in properties.get("ManagedPolicyArns") or () if arn in arns],
            "Policies": policies,
            "PermissionsBoundary": boundary and boundary["PermissionsBoundaryArn"],
            "Tags": None if self.tags is None else tag_list(await self.tags.now(ctx, physical_id)),
        }
        return shown | picked(more, *more)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get(f"{self.kind}Name") or name_within(desired, self.name_max)
        found = await seen(ask(ctx, f"iam:Get{self.kind}", {f"{self.kind}Name": name}))
        return None if found is None else self.shown(name, found[self.kind])

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await self._policies(ctx, made.physical_id, desired, {})
        await self.rest(ctx, made.physical_id, desired, {})
        return made

    async def now(self, ctx: Context, name: str) -> Any:
        return (await ask(ctx, f"iam:Get{self.kind}", {f"{self.kind}Name": name}))[self.kind]

    def shown(self, name: str, found: Properties) -> Made:
        return Made(name, {"Arn": found["Arn"], self.id_member: found[self.id_member], f"{self.kind}Name": name})

    async def rest(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        """What this kind has beside policies."""

    async def _policies(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        named = {f"{self.kind}Name": name}
        added, gone = difference(desired.properties.get("ManagedPolicyArns"), previous.get("ManagedPolicyArns"))
        for arn in added:
            await ask(ctx, f"iam:Attach{self.kind}Policy", named, PolicyArn=arn)
        for arn in gone:
            await unless_gone(ask(ctx, f"iam:Detach{self.kind}Policy", named, PolicyArn=arn))
        had = {policy["PolicyName"]: policy for policy in previous.get("Policies") or ()}
        wanted = {policy["PolicyName"]: policy for policy in desired.properties.get("Policies") or ()}
        for key, policy in wanted.items():
            if had.get(key) != policy:
                await ask(ctx, f"iam:Put{self.kind}Policy", policy, **named)
        for key in had.keys() - wanted.keys():
            await unless_gone(ask(ctx, f"iam:Delete{self.kind}Policy", named, PolicyName=key))


async def bound(ctx: Context, kind: str, name: str, desired: Desired) -> None:
    """Change the permissions boundary of a role or user."""
    arn = desired.properties.get("PermissionsBoundary")
    named = {f"{kind}Name": name}
    if arn:
        await ask(ctx, f"iam:Put{kind}PermissionsBoundary", named, PermissionsBoundary=arn)
    else:
        await unless_gone(ask(ctx, f"iam:Delete{kind}PermissionsBoundary", named))


class Role(Entity):
    kind = "Role"
    id_member = "RoleId"
    tags = Tagged("iam", "ListRoleTags", "TagRole", "UntagRole", "RoleName")

    async def rest(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        if not previous:
            return
        wanted = desired.properties
        if changed(desired, previous, "Description", "MaxSessionDuration"):
            settings = {
                "Description": wanted.get("Description", ""),
                "MaxSessionDuration": wanted.get("MaxSessionDuration", 3600),
            }
            await ask(ctx, "iam:UpdateRole", settings, RoleName=name)
        if changed(desired, previous, "AssumeRolePolicyDocument"):
            trust = wanted["AssumeRolePolicyDocument"]
            await ask(ctx, "iam:UpdateAssumeRolePolicy", RoleName=name, PolicyDocument=trust)
        if changed(desired, previous, "PermissionsBoundary"):
            await bound(ctx, self.kind, name, desired)


class User(Entity):
    kind = "User"
    id_member = "UserId"
    tags = Tagged("iam", "ListUserTags", "TagUser", "UntagUser", "UserName")

    async def rest(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        wanted = desired.properties
        added, gone = difference(wanted.get("Groups"), previous.get("Groups"))
        for group in added:
            await ctx.call("iam:AddUserToGroup", UserName=name, GroupName=group)
        for group in gone:
            await unless_gone(ctx.call("iam:RemoveUserFromGroup", UserName=name, GroupName=group))
        if changed(desired, previous, "LoginProfile"):
            await self._login(ctx, name, wanted.get("LoginProfile"), previous.get("LoginProfile"))
        if not previous:
            return
        if changed(desired, previous, "Path"):
            await ctx.call("iam:UpdateUser", UserName=name, NewPath=wanted.get("Path") or "/")
        if changed(desired, previous, "PermissionsBoundary"):
            await bound(ctx, self.kind, name, desired)

    @staticmethod
    async def _login(ctx: Context, name: str, wanted: Any, had: Any) -> None:
        if wanted:
            operation = "iam:UpdateLoginProfile" if had else "iam:CreateLoginProfile"
            await ask(ctx, operation, wanted, UserName=name)
        else:
            await unless_gone(ctx.call("iam:DeleteLoginProfile", UserName=name))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        for group in properties.get("Groups") or ():
            await unless_gone(ctx.call("iam:RemoveUserFromGroup", UserName=physical_id, GroupName=group))
        if properties.get("LoginProfile"):
            await unless_gone(ctx.call("iam:DeleteLoginProfile", UserName=physical_id))
        await super().delete(ctx, physical_id, properties)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        groups = (await ctx.call("iam:ListGroupsForUser", UserName=physical_id))["Groups"]
        shown = dict(await super().read(ctx, physical_id, properties))
        shown |= kept(properties, "LoginProfile")
        return shown | ({"Groups": [group["GroupName"] for group in groups]} if groups else {})

    def shown(self, name: str, found: Properties) -> Made:
        return Made(name, {"Arn": found["Arn"], "UserName": name})


class Group(Entity):
    kind = "Group"
    name_max = 128
    id_member = "GroupId"

    async def rest(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        if previous and changed(desired, previous, "Path"):
            await ctx.call("iam:UpdateGroup", GroupName=name, NewPath=desired.properties.get("Path") or "/")

    def shown(self, name: str, found: Properties) -> Made:
        return Made(name, {"Arn": found["Arn"], "GroupName": name})


class UserToGroupAddition(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        made: list[str] = []
        group = desired.properties["GroupName"]
        try:
            for user in desired.properties["Users"]:
                await ctx.call("iam:AddUserToGroup", UserName=user, GroupName=group)
                made.append(user)
        except AwsError:
            await self._remove(ctx, group, made)
            raise
        return Made(desired.name, {"Id": desired.name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        group, before = desired.properties["GroupName"], previous["GroupName"]
        added, gone = difference(desired.properties["Users"], previous["Users"] if group == before else ())
        for user in added:
            await ctx.call("iam:AddUserToGroup", UserName=user, GroupName=group)
        await self._remove(ctx, before, gone if group == before else previous["Users"])
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await self._remove(ctx, properties["GroupName"], properties["Users"])

    @staticmethod
    async def _remove(ctx: Context, group: str, users: list[str]) -> None:
        for user in users:
            await unless_gone(ctx.call("iam:RemoveUserFromGroup", UserName=user, GroupName=group))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("iam:GetGroup", GroupName=properties["GroupName"])
        members = [user["UserName"] for user in found["Users"]]
        return {**properties, "Users": [user for user in properties["Users"] if user in members]}
