"""CloudFormation's policies: managed ones with their versions, and inline ones of roles, users and groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties
from cloudchamber.protocol.provisioning import (
    Type,
    ask,
    changed,
    difference,
    name_within,
    picked,
    seen,
    undone,
    unless_gone,
)
from cloudchamber.services.iam.resource_entities import document

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

VERSIONS_MAX = 5  # of a managed policy; the oldest gives way
_KINDS = {"Groups": "Group", "Roles": "Role", "Users": "User"}


class ManagedPolicy(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("ManagedPolicyName") or name_within(desired, 128)
        found = (await ask(ctx, "iam:CreatePolicy", desired.properties, PolicyName=name))["Policy"]
        arn: str = found["Arn"]
        async with undone(lambda: self.delete(ctx, arn, desired.properties)):
            await self._attach(ctx, arn, desired, {})
        return await self._made(ctx, arn)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if changed(desired, previous, "PolicyDocument"):
            listed = (await ctx.call("iam:ListPolicyVersions", PolicyArn=physical_id))["Versions"]
            spare = [version["VersionId"] for version in listed if not version["IsDefaultVersion"]]
            if len(listed) >= VERSIONS_MAX:
                oldest = min(spare, key=lambda version: int(version[1:]))
                await ctx.call("iam:DeletePolicyVersion", PolicyArn=physical_id, VersionId=oldest)
            text = desired.properties["PolicyDocument"]
            await ask(ctx, "iam:CreatePolicyVersion", PolicyArn=physical_id, PolicyDocument=text, SetAsDefault=True)
        await self._attach(ctx, physical_id, desired, previous)
        return await self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        for member, kind in _KINDS.items():
            for name in properties.get(member) or ():
                named = {f"{kind}Name": name}
                await unless_gone(ask(ctx, f"iam:Detach{kind}Policy", named, PolicyArn=physical_id))
        listed = await unless_gone(ctx.call("iam:ListPolicyVersions", PolicyArn=physical_id)) or {"Versions": ()}
        for version in listed["Versions"]:
            if not version["IsDefaultVersion"]:
                named = {"VersionId": version["VersionId"]}
                await unless_gone(ctx.call("iam:DeletePolicyVersion", PolicyArn=physical_id, **named))
        await unless_gone(ctx.call("iam:DeletePolicy", PolicyArn=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("iam:GetPolicy", PolicyArn=physical_id))["Policy"]
        version = {"PolicyArn": physical_id, "VersionId": found["DefaultVersionId"]}
        text = (await ask(ctx, "iam:GetPolicyVersion", version))["PolicyVersion"]["Document"]
        to = await ctx.call("iam:ListEntitiesForPolicy", PolicyArn=physical_id)
        members = {
            member: [entity[f"{kind}Name"] for entity in to.get(f"Policy{member}") or ()]
            for member, kind in _KINDS.items()
        }
        shown = {"ManagedPolicyName": found["PolicyName"], "PolicyDocument": document(text)}
        return shown | picked(found, "Path", "Description") | picked(members, *members)

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("ManagedPolicyName") or name_within(desired, 128)
        path = desired.properties.get("Path") or "/"
        arn = f"arn:aws:iam::{ctx.account}:policy{path}{name}"
        found = await seen(ask(ctx, "iam:GetPolicy", PolicyArn=arn))
        return None if found is None else await self._made(ctx, arn)

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await self._attach(ctx, made.physical_id, desired, {})
        return await self._made(ctx, made.physical_id)

    @staticmethod
    async def _attach(ctx: Context, arn: str, desired: Desired, previous: Properties) -> None:
        for member, kind in _KINDS.items():
            added, gone = difference(desired.properties.get(member), previous.get(member))
            for name in added:
                await ask(ctx, f"iam:Attach{kind}Policy", {f"{kind}Name": name}, PolicyArn=arn)
            for name in gone:
                await unless_gone(ask(ctx, f"iam:Detach{kind}Policy", {f"{kind}Name": name}, PolicyArn=arn))

    @staticmethod
    async def _made(ctx: Context, arn: str) -> Made:
        found = (await ctx.call("iam:GetPolicy", PolicyArn=arn))["Policy"]
        names = ("AttachmentCount", "CreateDate", "DefaultVersionId", "IsAttachable", "PermissionsBoundaryUsageCount")
        attributes = {name: found[name] for name in (*names, "PolicyId", "UpdateDate") if name in found}
        return Made(arn, {"PolicyArn": arn, **attributes})


class Policy(Type):
    """An inline policy put on any number of roles, users and groups."""

    async def make(self, ctx: Context, desired: Desired) -> Made:
        async with undone(lambda: self.delete(ctx, desired.name, desired.properties)):
            await self._put(ctx, desired.properties, {})
        return Made(desired.name, {"Id": desired.name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self._put(ctx, desired.properties, previous)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        for member in _KINDS:
            await self._take(ctx, member, properties.get(member) or [], properties["PolicyName"])

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        shown = dict(properties)
        for member, kind in _KINDS.items():
            holders = []
            for name in properties.get(member) or ():
                named = {f"{kind}Name": name, "PolicyName": properties["PolicyName"]}
                found = await unless_gone(ask(ctx, f"iam:Get{kind}Policy", named))
                if found is not None:
                    holders.append(name)
                    shown["PolicyDocument"] = document(found["PolicyDocument"])
            if member in properties:
                shown[member] = holders
        if not any(shown.get(member) for member in _KINDS):
            raise AwsError(f"Nobody has the policy {properties['PolicyName']}.", code="NoSuchEntity")
        return shown

    async def _put(self, ctx: Context, wanted: Properties, had: Properties) -> None:
        name = wanted["PolicyName"]
        same = had.get("PolicyName") == name
        for member, kind in _KINDS.items():
            holders = wanted.get(member) or []
            stay = same and wanted.get("PolicyDocument") == had.get("PolicyDocument")
            for holder in difference(holders, had.get(member) if stay else ())[0]:
                await ask(ctx, f"iam:Put{kind}Policy", wanted, **{f"{kind}Name": holder})
            if had:
                before = had.get(member) or []
                gone = difference(holders, before)[1] if same else before
                await self._take(ctx, member, gone, had["PolicyName"])

    @staticmethod
    async def _take(ctx: Context, member: str, holders: list[Any], name: str) -> None:
        kind = _KINDS[member]
        for holder in holders:
            named = {f"{kind}Name": holder, "PolicyName": name}
            await unless_gone(ask(ctx, f"iam:Delete{kind}Policy", named))


class EntityPolicy(Type):
    """An inline policy of one role, user or group."""

    def __init__(self, kind: str) -> None:
        self.holder = kind

    def _named(self, properties: Properties) -> dict[str, str]:
        member = f"{self.holder}Name"
        return {member: properties[member], "PolicyName": properties["PolicyName"]}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        await ask(ctx, f"iam:Put{self.holder}Policy", desired.properties)
        return Made(f"{desired.properties['PolicyName']}|{desired.properties[f'{self.holder}Name']}")

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await ask(ctx, f"iam:Put{self.holder}Policy", desired.properties)
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ask(ctx, f"iam:Delete{self.holder}Policy", self._named(properties)))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ask(ctx, f"iam:Get{self.holder}Policy", self._named(properties))
        return {**self._named(properties), "PolicyDocument": document(found["PolicyDocument"])}
