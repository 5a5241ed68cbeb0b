"""CloudFormation's further resources of IAM: instance profiles, keys, identity providers, certificates, MFA devices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

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
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


class InstanceProfile(Type):
    tags = Tagged("iam", "ListInstanceProfileTags", "TagInstanceProfile", "UntagInstanceProfile", "InstanceProfileName")

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("InstanceProfileName") or name_within(desired, 128)
        more = {"InstanceProfileName": name, "Tags": self.tags.wanted(desired)}
        await ask(ctx, "iam:CreateInstanceProfile", desired.properties, **more)
        async with undone(lambda: self.delete(ctx, name, desired.properties)):
            for role in desired.properties["Roles"]:
                await ctx.call("iam:AddRoleToInstanceProfile", InstanceProfileName=name, RoleName=role)
        return await self._made(ctx, name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        added, gone = difference(desired.properties["Roles"], previous["Roles"])
        named = {"InstanceProfileName": physical_id}
        for role in gone:  # first: a profile holds one role
            await unless_gone(ask(ctx, "iam:RemoveRoleFromInstanceProfile", named, RoleName=role))
        for role in added:
            await ask(ctx, "iam:AddRoleToInstanceProfile", named, RoleName=role)
        await self.tags.change(ctx, physical_id, desired)
        return await self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"InstanceProfileName": physical_id}
        for role in properties.get("Roles") or ():
            await unless_gone(ask(ctx, "iam:RemoveRoleFromInstanceProfile", named, RoleName=role))
        await unless_gone(ask(ctx, "iam:DeleteInstanceProfile", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("iam:GetInstanceProfile", InstanceProfileName=physical_id))["InstanceProfile"]
        shown = picked(found, "InstanceProfileName", "Path", "Arn")
        return {**shown, "Roles": [role["RoleName"] for role in found["Roles"]]}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("InstanceProfileName") or name_within(desired, 128)
        found = await seen(ask(ctx, "iam:GetInstanceProfile", InstanceProfileName=name))
        return None if found is None else await self._made(ctx, name)

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        found = await ask(ctx, "iam:GetInstanceProfile", InstanceProfileName=made.physical_id)
        there = [role["RoleName"] for role in found["InstanceProfile"]["Roles"]]
        for role in difference(desired.properties["Roles"], there)[0]:
            await ask(ctx, "iam:AddRoleToInstanceProfile", InstanceProfileName=made.physical_id, RoleName=role)
        return made

    @staticmethod
    async def _made(ctx: Context, name: str) -> Made:
        found = await ctx.call("iam:GetInstanceProfile", InstanceProfileName=name)
        return Made(name, {"Arn": found["InstanceProfile"]["Arn"], "InstanceProfileName": name})


class AccessKey(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        user = desired.properties["UserName"]
        key = (await ctx.call("iam:CreateAccessKey", UserName=user))["AccessKey"]
        if desired.properties.get("Status") == "Inactive":
            named = {"UserName": user, "AccessKeyId": key["AccessKeyId"]}
            await ask(ctx, "iam:UpdateAccessKey", named, Status="Inactive")
        return Made(key["AccessKeyId"], {"Id": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if changed(desired, previous, "Status"):
            status = desired.properties.get("Status") or "Active"
            named = {"UserName": desired.properties["UserName"], "AccessKeyId": physical_id}
            await ask(ctx, "iam:UpdateAccessKey", named, Status=status)
        return Made(physical_id, {"Id": physical_id})  # IAM shows a secret once: the one of the creation stays

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"UserName": properties["UserName"], "AccessKeyId": physical_id}
        await unless_gone(ask(ctx, "iam:DeleteAccessKey", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        listed = (await ctx.call("iam:ListAccessKeys", UserName=properties["UserName"]))["AccessKeyMetadata"]
        found: Mapping[str, Any] = next((key for key in listed if key["AccessKeyId"] == physical_id), {})
        return {"Id": physical_id, **kept(properties, "Serial"), **picked(found, "UserName", "Status")}


class OidcProvider(Type):
    tags = Tagged(
        "iam", "ListOpenIDConnectProviderTags", "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider",
        "OpenIDConnectProviderArn",
    )  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        tags = self.tags.wanted(desired)
        made = await ask(ctx, "iam:CreateOpenIDConnectProvider", desired.properties, Tags=tags)
        arn = made["OpenIDConnectProviderArn"]
        return Made(arn, {"Arn": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        named = {"OpenIDConnectProviderArn": physical_id}
        wanted = desired.properties
        added, gone = difference(wanted.get("ClientIdList"), previous.get("ClientIdList"))
        for client in added:
            await ask(ctx, "iam:AddClientIDToOpenIDConnectProvider", named, ClientID=client)
        for client in gone:
            await ask(ctx, "iam:RemoveClientIDFromOpenIDConnectProvider", named, ClientID=client)
        if changed(desired, previous, "ThumbprintList") and wanted.get("ThumbprintList"):
            await ask(ctx, "iam:UpdateOpenIDConnectProviderThumbprint", wanted, **named)
        await self.tags.change(ctx, physical_id, desired)
        return Made(physical_id, {"Arn": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("iam:DeleteOpenIDConnectProvider", OpenIDConnectProviderArn=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("iam:GetOpenIDConnectProvider", OpenIDConnectProviderArn=physical_id)
        shown = {"Arn": physical_id, "Url": f"https://{found['Url']}", "ClientIdList": found.get("ClientIDList")}
        return picked({**found, **shown}, *shown, "ThumbprintList", "Tags")


class SamlProvider(Type):
    refused: ClassVar[Mapping[str, Any]] = {
        "AddPrivateKey": None,
        "RemovePrivateKey": None,
        "PrivateKeyList": [],
        "AssertionEncryptionMode": None,
    }
    tags = Tagged("iam", "ListSAMLProviderTags", "TagSAMLProvider", "UntagSAMLProvider", "SAMLProviderArn")

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("Name") or name_within(desired, 128)
        more = {"Name": name, "Tags": self.tags.wanted(desired)}
        arn = (await ask(ctx, "iam:CreateSAMLProvider", desired.properties, **more))["SAMLProviderArn"]
        return await self._made(ctx, arn)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if changed(desired, previous, "SamlMetadataDocument"):
            await ask(ctx, "iam:UpdateSAMLProvider", desired.properties, SAMLProviderArn=physical_id)
        await self.tags.change(ctx, physical_id, desired)
        return await self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("iam:DeleteSAMLProvider", SAMLProviderArn=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("iam:GetSAMLProvider", SAMLProviderArn=physical_id)
        name = physical_id.rpartition("/")[2]
        shown = {"Arn": physical_id, "Name": name, "SamlMetadataDocument": found["SAMLMetadataDocument"]}
        return {**shown, **picked(found, "Tags")}

    @staticmethod
    async def _made(ctx: Context, arn: str) -> Made:
        found = await ctx.call("iam:GetSAMLProvider", SAMLProviderArn=arn)
        return Made(arn, {"Arn": arn, **picked(found, "SAMLProviderUUID")})


class ServiceLinkedRole(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = (await ask(ctx, "iam:CreateServiceLinkedRole", desired.properties))["Role"]["RoleName"]
        return Made(name, {"RoleName": name})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        if changed(desired, previous, "Description"):
            text = desired.properties.get("Description", "")
            await ask(ctx, "iam:UpdateRole", RoleName=physical_id, Description=text)
        return Made(physical_id, {"RoleName": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("iam:DeleteServiceLinkedRole", RoleName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("iam:GetRole", RoleName=physical_id))["Role"]
        named = {"AWSServiceName": found["Path"].split("/")[2], **kept(properties, "CustomSuffix")}
        return {**named, **picked(found, "RoleName", "Description")}


class ServerCertificate(Type):
    tags = Tagged(
        "iam", "ListServerCertificateTags", "TagServerCertificate", "UntagServerCertificate", "ServerCertificateName"
    )

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("ServerCertificateName") or name_within(desired, 128)
        more = {"ServerCertificateName": name, "Tags": self.tags.wanted(desired)}
        made = await ask(ctx, "iam:UploadServerCertificate", desired.properties, **more)
        return Made(name, {"Arn": made["ServerCertificateMetadata"]["Arn"]})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        named = {"ServerCertificateName": physical_id}
        if changed(desired, previous, "Path"):
            await ask(ctx, "iam:UpdateServerCertificate", named, NewPath=desired.properties.get("Path") or "/")
        await self.tags.change(ctx, physical_id, desired)
        return Made(physical_id, {"Arn": (await self._now(ctx, physical_id))["Arn"]})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("iam:DeleteServerCertificate", ServerCertificateName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ask(ctx, "iam:GetServerCertificate", ServerCertificateName=physical_id)
        certificate = found["ServerCertificate"]
        shown = picked(certificate["ServerCertificateMetadata"], "ServerCertificateName", "Path", "Arn")
        tags = tag_list(await self.tags.now(ctx, physical_id))
        shown |= picked({**certificate, "Tags": tags}, "CertificateBody", "CertificateChain", "Tags")
        return shown | kept(properties, "PrivateKey")

    @staticmethod
    async def _now(ctx: Context, name: str) -> Any:
        found = await ctx.call("iam:GetServerCertificate", ServerCertificateName=name)
        return found["ServerCertificate"]["ServerCertificateMetadata"]


class VirtualMfaDevice(Type):
    """The device; to assign it to its `Users` takes two codes that it shows, which no template has."""

    tags = Tagged("iam", "ListMFADeviceTags", "TagMFADevice", "UntagMFADevice", "SerialNumber")

    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("VirtualMfaDeviceName") or name_within(desired, 64)
        more = {"VirtualMFADeviceName": name, "Tags": self.tags.wanted(desired)}
        made = await ask(ctx, "iam:CreateVirtualMFADevice", desired.properties, "VirtualMfaDeviceName", **more)
        serial = made["VirtualMFADevice"]["SerialNumber"]
        return Made(serial, {"SerialNumber": serial})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await self.tags.change(ctx, physical_id, desired)
        return Made(physical_id, {"SerialNumber": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("iam:DeleteVirtualMFADevice", SerialNumber=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        tags = tag_list(await self.tags.now(ctx, physical_id))
        said = kept(properties, "Users", "VirtualMfaDeviceName", "Path")
        return {"SerialNumber": physical_id, **said, **picked({"Tags": tags}, "Tags")}
