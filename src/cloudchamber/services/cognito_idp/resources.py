"""CloudFormation's resource types of user pools.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Cognito.html
Properties are the members of the operations, with a few names of their own; a template may hand numbers and booleans
over as text, which the shapes of the operations tell apart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import (
    AlreadyExists,
    Desired,
    Made,
    Properties,
    ResourceType,
    tag_changes,
    text_of,
)
from cloudchamber.protocol import models

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.protocol.models import Shape

_GONE: Final = ("ResourceNotFoundException", "UserNotFoundException")
_INTEGERS: Final = ("integer", "long")
_READ_ONLY: Final = ("CreationDate", "LastModifiedDate")


def typed(value: Any, shape: Shape) -> Any:
    """A property as its member wants it: text as number or boolean, scalars as text."""
    if shape.type == "structure":
        known = shape.members
        return {k: typed(v, known[k]) for k, v in value.items() if k in known and v is not None}
    if shape.type == "list":
        return [typed(item, shape.member) for item in value]
    if shape.type == "map":
        return {str(k): typed(v, shape.value) for k, v in value.items()}
    if shape.type in _INTEGERS:
        return int(value)
    if shape.type == "boolean":
        return text_of(value).lower() == "true"
    return text_of(value) if shape.type == "string" else value


def _request(operation: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    """What of some properties an operation takes."""
    shape = models.load("cognito-idp").operation(operation).input
    assert shape is not None
    found: dict[str, Any] = typed(properties, shape)
    return found


async def _call(ctx: Context, operation: str, properties: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    return await ctx.call(f"cognito-idp:{operation}", **_request(operation, {**properties, **more}))


async def _remove(ctx: Context, operation: str, **named: Any) -> None:
    try:
        await ctx.call(f"cognito-idp:{operation}", **named)
    except AwsError as error:
        if error.code not in _GONE:
            raise


def _without_dates(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in _READ_ONLY}


class UserPool(ResourceType):
    def _settings(self, desired: Desired) -> dict[str, Any]:
        properties = dict(desired.properties)
        properties["PoolName"] = properties.pop("UserPoolName", None) or desired.name
        tags = properties.get("UserPoolTags") or {}
        properties["UserPoolTags"] = {k: v for k, v in {**desired.tags, **tags}.items() if not k.startswith("aws:")}
        return properties

    @staticmethod
    def _mfa(properties: Properties) -> dict[str, Any] | None:
        """SetUserPoolMfaConfig's part of the properties; None where MFA is off and nothing is said of it."""
        enabled = properties.get("EnabledMfas") or ()
        if not enabled and text_of(properties.get("MfaConfiguration") or "OFF") == "OFF":
            return None
        config: dict[str, Any] = {"MfaConfiguration": properties.get("MfaConfiguration") or "OFF"}
        if "SMS_MFA" in enabled or (not enabled and properties.get("SmsConfiguration")):
            config["SmsMfaConfiguration"] = {
                "SmsAuthenticationMessage": properties.get("SmsAuthenticationMessage"),
                "SmsConfiguration": properties.get("SmsConfiguration"),
            }
        if "SOFTWARE_TOKEN_MFA" in enabled:
            config["SoftwareTokenMfaConfiguration"] = {"Enabled": True}
        if "EMAIL_OTP" in enabled:
            config["EmailMfaConfiguration"] = {
                "Message": properties.get("EmailAuthenticationMessage"),
                "Subject": properties.get("EmailAuthenticationSubject"),
            }
        return config

    async def create(self, ctx: Context, desired: Desired) -> Made:
        settings = self._settings(desired)
        mfa = self._mfa(desired.properties)
        settings.pop("MfaConfiguration", None)  # set with its factors below
        pool_id = (await _call(ctx, "CreateUserPool", settings))["UserPool"]["Id"]
        if mfa is not None:
            try:
                await _call(ctx, "SetUserPoolMfaConfig", mfa, UserPoolId=pool_id)
            except AwsError:  # nobody would know of the pool
                await self._discard(ctx, pool_id)
                raise
        return self._made(ctx, pool_id)

    @staticmethod
    async def _discard(ctx: Context, pool_id: str) -> None:
        await ctx.call("cognito-idp:UpdateUserPool", UserPoolId=pool_id, DeletionProtection="INACTIVE")
        await ctx.call("cognito-idp:DeleteUserPool", UserPoolId=pool_id)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        settings = self._settings(desired)
        known = (await ctx.call("cognito-idp:DescribeUserPool", UserPoolId=physical_id))["UserPool"]
        present = {attribute["Name"] for attribute in known["SchemaAttributes"]}
        added = [
            attribute for attribute in settings.get("Schema") or ()
            if not {attribute["Name"], f"custom:{attribute['Name']}", f"dev:{attribute['Name']}"} & present
        ]  # fmt: skip
        if added:
            await _call(ctx, "AddCustomAttributes", {"UserPoolId": physical_id, "CustomAttributes": added})
        mfa = self._mfa(desired.properties) or {"MfaConfiguration": "OFF"}
        settings.pop("MfaConfiguration", None)
        await _call(ctx, "UpdateUserPool", settings, UserPoolId=physical_id)
        await _call(ctx, "SetUserPoolMfaConfig", mfa, UserPoolId=physical_id)
        wanted = Desired(
            desired.type, desired.logical_id, {"Tags": settings["UserPoolTags"]}, desired.name, desired.tags,
            desired.token, desired.stack_id,
        )  # fmt: skip
        _, removed = tag_changes(wanted, known["UserPoolTags"])
        if removed:
            await ctx.call("cognito-idp:UntagResource", ResourceArn=known["Arn"], TagKeys=removed)
        return self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await _remove(ctx, "DeleteUserPool", UserPoolId=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("cognito-idp:DescribeUserPool", UserPoolId=physical_id))["UserPool"]
        return {"UserPoolName": found["Name"], **{name: found[name] for name in properties if name in found}}

    @staticmethod
    def _made(ctx: Context, pool_id: str) -> Made:
        host = f"cognito-idp.{ctx.region}.amazonaws.com"
        arn = f"arn:aws:cognito-idp:{ctx.region}:{ctx.account}:userpool/{pool_id}"
        attributes = {
            "Arn": arn, "ProviderName": f"{host}/{pool_id}", "ProviderURL": f"https://{host}/{pool_id}",
            "UserPoolId": pool_id,
        }  # fmt: skip
        return Made(pool_id, attributes)


class UserPoolClient(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("ClientName") or desired.name
        made = await _call(ctx, "CreateUserPoolClient", desired.properties, ClientName=name)
        return self._made(made["UserPoolClient"])

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        changed = await _call(ctx, "UpdateUserPoolClient", desired.properties, ClientId=physical_id)
        return self._made(changed["UserPoolClient"])

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await _remove(ctx, "DeleteUserPoolClient", UserPoolId=properties["UserPoolId"], ClientId=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call(
            "cognito-idp:DescribeUserPoolClient", UserPoolId=properties["UserPoolId"], ClientId=physical_id
        )
        shown = _without_dates(found["UserPoolClient"])
        return {name: shown[name] for name in (*properties, "ClientId") if name in shown}

    @staticmethod
    def _made(client: Mapping[str, Any]) -> Made:
        attributes = {"ClientId": client["ClientId"], "Name": client["ClientName"]}
        if client.get("ClientSecret"):
            attributes["ClientSecret"] = client["ClientSecret"]
        return Made(client["ClientId"], attributes)


class _Named(ResourceType):
    """A part of a pool that has a name of its own, which is its physical id."""

    noun: str  # of its operations: Create…, Update…, Delete…, Describe… or Get…
    key: str  # the property and member with the name
    reads: str = "Describe"
    attributes: tuple[str, ...] = ()

    def _name(self, desired: Desired) -> str:
        return str(desired.properties.get(self.key) or desired.name)

    def _shown(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        found: Mapping[str, Any] = next(iter(answer.values()))
        return found

    async def create(self, ctx: Context, desired: Desired) -> Made:
        name = self._name(desired)
        if await self._found(ctx, desired, name):
            raise AlreadyExists(desired.type, name)
        await _call(ctx, f"Create{self.noun}", desired.properties, **{self.key: name})
        return Made(name)

    async def _found(self, ctx: Context, desired: Desired, name: str) -> bool:
        named = {"UserPoolId": desired.properties["UserPoolId"], self.key: name}
        try:
            await _call(ctx, f"{self.reads}{self.noun}", named)
        except AwsError as error:
            if error.code in _GONE:
                return False
            raise
        return True

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        await _call(ctx, f"Update{self.noun}", desired.properties, **{self.key: physical_id})
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await _remove(ctx, f"Delete{self.noun}", UserPoolId=properties["UserPoolId"], **{self.key: physical_id})

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"UserPoolId": properties["UserPoolId"], self.key: physical_id}
        shown = self._shown(await _call(ctx, f"{self.reads}{self.noun}", named))
        return {name: shown[name] for name in properties if name in shown}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = self._name(desired)
        return Made(name) if await self._found(ctx, desired, name) else None


class UserPoolGroup(_Named):
    noun, key, reads = "Group", "GroupName", "Get"


class UserPoolResourceServer(_Named):
    noun, key = "ResourceServer", "Identifier"


class UserPoolIdentityProvider(_Named):
    noun, key = "IdentityProvider", "ProviderName"


class UserPoolDomain(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        made = await _call(ctx, "CreateUserPoolDomain", desired.properties)
        return self._made(str(desired.properties["Domain"]), made)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        changed = await _call(ctx, "UpdateUserPoolDomain", desired.properties)
        return self._made(physical_id, changed)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        found = await ctx.call("cognito-idp:DescribeUserPoolDomain", Domain=physical_id)
        if found["DomainDescription"]:
            await _remove(ctx, "DeleteUserPoolDomain", UserPoolId=properties["UserPoolId"], Domain=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await ctx.call("cognito-idp:DescribeUserPoolDomain", Domain=physical_id)).get("DomainDescription")
        if not found:
            raise AwsError(f"Domain {physical_id} does not exist.", code="ResourceNotFoundException")
        return {name: found[name] for name in properties if name in found}

    @staticmethod
    def _made(name: str, answer: Mapping[str, Any]) -> Made:
        front = answer.get("CloudFrontDomain")
        return Made(name, {"CloudFrontDistribution": front} if front else {})


class UserPoolUser(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("Username") or desired.name
        made = await _call(ctx, "AdminCreateUser", desired.properties, Username=name)
        return Made(made["User"]["Username"])

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        """Every property replaces the user; only the stack's tags, of which a user has none, bring one here."""
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await _remove(ctx, "AdminDeleteUser", UserPoolId=properties["UserPoolId"], Username=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("cognito-idp:AdminGetUser", UserPoolId=properties["UserPoolId"], Username=physical_id)
        attributes = [one for one in found["UserAttributes"] if one["Name"] != "sub"]
        return {"UserPoolId": properties["UserPoolId"], "Username": found["Username"], "UserAttributes": attributes}


class UserPoolUserToGroupAttachment(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        await _call(ctx, "AdminAddUserToGroup", desired.properties)
        return Made(desired.name)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await _remove(ctx, "AdminRemoveUserFromGroup", **_request("AdminRemoveUserFromGroup", properties))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = _request("AdminListGroupsForUser", properties)
        groups = (await ctx.call("cognito-idp:AdminListGroupsForUser", **named))["Groups"]
        if properties["GroupName"] not in [group["GroupName"] for group in groups]:
            return {}
        return {name: properties[name] for name in ("UserPoolId", "Username", "GroupName")}


TYPES: Mapping[str, ResourceType] = {
    "AWS::Cognito::UserPool": UserPool(),
    "AWS::Cognito::UserPoolClient": UserPoolClient(),
    "AWS::Cognito::UserPoolDomain": UserPoolDomain(),
    "AWS::Cognito::UserPoolGroup": UserPoolGroup(),
    "AWS::Cognito::UserPoolIdentityProvider": UserPoolIdentityProvider(),
    "AWS::Cognito::UserPoolResourceServer": UserPoolResourceServer(),
    "AWS::Cognito::UserPoolUser": UserPoolUser(),
    "AWS::Cognito::UserPoolUserToGroupAttachment": UserPoolUserToGroupAttachment(),
}
