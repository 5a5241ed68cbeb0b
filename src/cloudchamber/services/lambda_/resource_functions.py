"""CloudFormation's functions, versions, aliases and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resource_types import Desired, Made, Properties
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    ask,
    changed,
    kept,
    name_within,
    picked,
    seen,
    undone,
    unless_gone,
)
from cloudchamber.services.lambda_.errors import InvalidParameterValue
from cloudchamber.services.lambda_.inline_code import packed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

TAGS = Tagged("lambda", "ListTags", name="Resource", is_map=True)
INLINE_RUNTIMES = ("nodejs", "python")
# What a setting goes back to when a template no longer names it.
_DEFAULTS: Mapping[str, Any] = {
    "DeadLetterConfig": {"TargetArn": ""}, "Description": "", "Environment": {"Variables": {}},
    "EphemeralStorage": {"Size": 512}, "FileSystemConfigs": [], "KmsKeyArn": "", "Layers": [], "MemorySize": 128,
    "SnapStart": {"ApplyOn": "None"}, "Timeout": 3, "TracingConfig": {"Mode": "PassThrough"},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}  # fmt: skip
_SETTINGS = (*_DEFAULTS, "Handler", "Role", "Runtime", "LoggingConfig", "ImageConfig", "CapacityProviderConfig",
             "DurableConfig")  # fmt: skip
_BESIDE = ("ReservedConcurrentExecutions", "RuntimeManagementConfig", "RecursiveLoop")


def code_of(properties: Properties) -> dict[str, Any]:
    """Where the code is, with inline code packed. InvalidParameterValue for a runtime that has none."""
    code = dict(properties["Code"])
    if isinstance(code.get("ZipFile"), str):
        runtime = properties.get("Runtime") or ""
        if not runtime.startswith(INLINE_RUNTIMES):
            raise InvalidParameterValue("ZipFile can only be used when Runtime is set to either of nodejs or python.")
        code["ZipFile"] = packed(code["ZipFile"], runtime)
    return code


class Function(Type):
    refused: ClassVar[Mapping[str, Any]] = {"FunctionScalingConfig": None, "PublishToLatestPublished": False}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        name = wanted.get("FunctionName") or name_within(desired, 64)
        more = {"FunctionName": name, "Code": code_of(wanted), "Tags": TAGS.wanted(desired)}
        await ask(ctx, "lambda:CreateFunction", wanted, **more)
        async with undone(lambda: self.delete(ctx, name, wanted)):
            for setting in _BESIDE:
                if setting in wanted:
                    await _put_beside(ctx, name, setting, wanted[setting])
        return await self._made(ctx, name)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties
        if changed(desired, previous, "Code", "Architectures"):
            architectures = wanted.get("Architectures") or ["x86_64"]
            more = {"FunctionName": physical_id, "Architectures": architectures}
            await ask(ctx, "lambda:UpdateFunctionCode", code_of(wanted), **more)
        settings = {
            name: wanted.get(name, _DEFAULTS.get(name)) for name in _SETTINGS if changed(desired, previous, name)
        }
        if settings.get("LoggingConfig", 0) is None:
            settings["LoggingConfig"] = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{physical_id}"}
        if settings:
            await ask(ctx, "lambda:UpdateFunctionConfiguration", settings, FunctionName=physical_id)
        for setting in _BESIDE:
            if changed(desired, previous, setting):
                await _put_beside(ctx, physical_id, setting, wanted.get(setting))
        if changed(desired, previous, "CodeSigningConfigArn"):
            await _sign(ctx, physical_id, wanted.get("CodeSigningConfigArn"))
        made = await self._made(ctx, physical_id)
        await TAGS.change(ctx, made.attributes["Arn"], desired)
        return made

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(ctx.call("lambda:DeleteFunction", FunctionName=physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        """With `Code` as the template has it: where a package came from cannot be read back."""
        answer = await ctx.call("lambda:GetFunction", FunctionName=physical_id)
        found = answer["Configuration"]
        shown = picked(found, "FunctionName", "PackageType", "Architectures", "LoggingConfig", *_SETTINGS)
        shown |= picked({"KmsKeyArn": found.get("KMSKeyArn")}, "KmsKeyArn")
        shown |= {"Arn": found["FunctionArn"], "Code": properties["Code"]}
        if found.get("Layers"):
            shown["Layers"] = [layer["Arn"] for layer in found["Layers"]]
        if "VpcConfig" in shown:
            shown["VpcConfig"] = picked(shown["VpcConfig"], "SubnetIds", "SecurityGroupIds")
        if "SnapStart" in shown:
            shown["SnapStart"] = {"ApplyOn": shown["SnapStart"]["ApplyOn"]}
        shown |= await _read_beside(ctx, physical_id, properties)
        reserved = (answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions")
        if reserved is not None:
            shown["ReservedConcurrentExecutions"] = reserved
        if answer.get("Tags"):
            shown["Tags"] = [{"Key": key, "Value": value} for key, value in answer["Tags"].items()]
        return shown

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("FunctionName") or name_within(desired, 64)
        found = await seen(ctx.call("lambda:GetFunctionConfiguration", FunctionName=name))
        return None if found is None else await self._made(ctx, name)

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        for setting in _BESIDE:
            if setting in desired.properties:
                await _put_beside(ctx, made.physical_id, setting, desired.properties[setting])
        return made

    @staticmethod
    async def _made(ctx: Context, name: str) -> Made:
        found = await ctx.call("lambda:GetFunctionConfiguration", FunctionName=name)
        snap = found["SnapStart"]
        attributes = {f"SnapStartResponse.{part}": snap[part] for part in ("ApplyOn", "OptimizationStatus")}
        return Made(name, {"Arn": found["FunctionArn"], "SnapStartResponse": snap, **attributes})


async def _put_beside(ctx: Context, name: str, setting: str, value: Any) -> None:
    """Settings of a function that have operations of their own."""
    named = {"FunctionName": name}
    if setting == "RecursiveLoop":
        await ask(ctx, "lambda:PutFunctionRecursionConfig", named, RecursiveLoop=value or "Terminate")
    elif setting == "RuntimeManagementConfig":
        await ask(ctx, "lambda:PutRuntimeManagementConfig", value or {"UpdateRuntimeOn": "Auto"}, **named)
    elif value is None:
        await ask(ctx, "lambda:DeleteFunctionConcurrency", named)
    else:
        await ask(ctx, "lambda:PutFunctionConcurrency", ReservedConcurrentExecutions=value, **named)


async def _read_beside(ctx: Context, name: str, properties: Properties) -> dict[str, Any]:
    """Those of a function's settings with operations of their own that its template names."""
    shown: dict[str, Any] = {}
    if "RecursiveLoop" in properties:
        shown |= picked(await ask(ctx, "lambda:GetFunctionRecursionConfig", FunctionName=name), "RecursiveLoop")
    if "RuntimeManagementConfig" in properties:
        found = await ask(ctx, "lambda:GetRuntimeManagementConfig", FunctionName=name)
        shown["RuntimeManagementConfig"] = picked(found, *properties["RuntimeManagementConfig"])
    if "CodeSigningConfigArn" in properties:
        found = await ask(ctx, "lambda:GetFunctionCodeSigningConfig", FunctionName=name)
        shown |= picked(found, "CodeSigningConfigArn")
    return shown


async def _sign(ctx: Context, name: str, arn: str | None) -> None:
    if arn:
        await ctx.call("lambda:PutFunctionCodeSigningConfig", FunctionName=name, CodeSigningConfigArn=arn)
    else:
        await ctx.call("lambda:DeleteFunctionCodeSigningConfig", FunctionName=name)


async def _provision(ctx: Context, name: str, qualifier: str, config: Any) -> None:
    named = {"FunctionName": name, "Qualifier": qualifier}
    if config:
        await ask(ctx, "lambda:PutProvisionedConcurrencyConfig", config, **named)
    else:
        await unless_gone(ask(ctx, "lambda:DeleteProvisionedConcurrencyConfig", named))


class Version(Type):
    refused: ClassVar[Mapping[str, Any]] = {"FunctionScalingConfig": None}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        found = await ask(ctx, "lambda:PublishVersion", wanted)
        arn, number = found["FunctionArn"], found["Version"]
        if wanted.get("ProvisionedConcurrencyConfig"):
            await _provision(ctx, wanted["FunctionName"], number, wanted["ProvisionedConcurrencyConfig"])
        if wanted.get("RuntimePolicy"):
            named = {"FunctionName": wanted["FunctionName"], "Qualifier": number}
            await ask(ctx, "lambda:PutRuntimeManagementConfig", wanted["RuntimePolicy"], **named)
        return Made(arn, {"Version": number, "FunctionArn": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id, {"Version": physical_id.rpartition(":")[2], "FunctionArn": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        name, _, number = physical_id.rpartition(":")
        await unless_gone(ctx.call("lambda:DeleteFunction", FunctionName=name, Qualifier=number))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("lambda:GetFunctionConfiguration", FunctionName=physical_id)
        named = kept(properties, "FunctionName", "ProvisionedConcurrencyConfig", "RuntimePolicy")
        return {**named, **picked(found, "Description", "CodeSha256", "Version")}


def _routing(wanted: Any) -> dict[str, Any]:
    """Weights of versions: a list in templates, a mapping for the service."""
    weights = (wanted or {}).get("AdditionalVersionWeights") or ()
    return {"AdditionalVersionWeights": {one["FunctionVersion"]: one["FunctionWeight"] for one in weights}}


class Alias(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        routing = _routing(wanted.get("RoutingConfig")) if wanted.get("RoutingConfig") else None
        arn = (await ask(ctx, "lambda:CreateAlias", wanted, "RoutingConfig", RoutingConfig=routing))["AliasArn"]
        if wanted.get("ProvisionedConcurrencyConfig"):
            async with undone(lambda: self.delete(ctx, arn, wanted)):
                await _provision(ctx, wanted["FunctionName"], wanted["Name"], wanted["ProvisionedConcurrencyConfig"])
        return Made(arn, {"AliasArn": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties
        more = {"RoutingConfig": _routing(wanted.get("RoutingConfig")), "Description": wanted.get("Description", "")}
        await ask(ctx, "lambda:UpdateAlias", wanted, "RoutingConfig", "Description", **more)
        if changed(desired, previous, "ProvisionedConcurrencyConfig"):
            await _provision(ctx, wanted["FunctionName"], wanted["Name"], wanted.get("ProvisionedConcurrencyConfig"))
        return Made(physical_id, {"AliasArn": physical_id})

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        named = {"FunctionName": desired.properties["FunctionName"], "Name": desired.properties["Name"]}
        found = await seen(ask(ctx, "lambda:GetAlias", named))
        return None if found is None else Made(found["AliasArn"], {"AliasArn": found["AliasArn"]})

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        wanted = desired.properties
        if wanted.get("ProvisionedConcurrencyConfig"):
            await _provision(ctx, wanted["FunctionName"], wanted["Name"], wanted["ProvisionedConcurrencyConfig"])
        return made

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        named = {"FunctionName": properties["FunctionName"], "Name": properties["Name"]}
        await unless_gone(ask(ctx, "lambda:DeleteAlias", named))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        named = {"FunctionName": properties["FunctionName"], "Name": properties["Name"]}
        found = await ask(ctx, "lambda:GetAlias", named)
        weights = (found.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        listed = [{"FunctionVersion": version, "FunctionWeight": weight} for version, weight in weights.items()]
        routing = {"RoutingConfig": {"AdditionalVersionWeights": listed}} if listed else {}
        said = {**named, "AliasArn": physical_id, **kept(properties, "ProvisionedConcurrencyConfig")}
        return {**said, **picked(found, "FunctionVersion", "Description"), **routing}


class LayerVersion(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        name = desired.properties.get("LayerName") or name_within(desired, 140)
        found = await ask(ctx, "lambda:PublishLayerVersion", desired.properties, LayerName=name)
        arn = found["LayerVersionArn"]
        return Made(arn, {"LayerVersionArn": arn})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id, {"LayerVersionArn": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        layer, _, number = physical_id.rpartition(":")
        await unless_gone(ctx.call("lambda:DeleteLayerVersion", LayerName=layer, VersionNumber=int(number)))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("lambda:GetLayerVersionByArn", Arn=physical_id)
        shown = {"LayerVersionArn": physical_id, "LayerName": physical_id.split(":")[-2]}
        names = ("CompatibleArchitectures", "CompatibleRuntimes", "Description", "LicenseInfo")
        return {**shown, **kept(properties, "Content"), **picked(found, *names)}


class LayerVersionPermission(Type):
    async def make(self, ctx: Context, desired: Desired) -> Made:
        layer, _, number = desired.properties["LayerVersionArn"].rpartition(":")
        more = {"LayerName": layer, "VersionNumber": number, "StatementId": desired.name}
        await ask(ctx, "lambda:AddLayerVersionPermission", desired.properties, **more)
        identifier = f"{desired.properties['LayerVersionArn']}#{desired.name}"
        return Made(identifier, {"Id": identifier})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        arn, _, statement = physical_id.partition("#")
        layer, _, number = arn.rpartition(":")
        named: dict[str, Any] = {"LayerName": layer, "VersionNumber": int(number), "StatementId": statement}
        await unless_gone(ask(ctx, "lambda:RemoveLayerVersionPermission", named))
