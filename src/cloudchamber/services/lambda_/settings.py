"""What is configured beside a function: asynchronous invocation, recursion, runtime management, code signing, tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.lambda_ import names
from cloudchamber.services.lambda_.base import LambdaBase, paged
from cloudchamber.services.lambda_.configuration import runtime_arn, stamp
from cloudchamber.services.lambda_.errors import (
    InvalidParameterValue,
    NoCodeSigningConfig,
    NoSuchThing,
    ResourceConflict,
    ResourceNotFound,
)  # fmt: skip
from cloudchamber.services.lambda_.names import LATEST, FunctionName
from cloudchamber.services.lambda_.records import EVENT_INVOKE, Function, Setting, SigningConfig

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes

_EVENT_MEMBERS = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")
_DESTINATIONS = ("sqs", "sns", "lambda", "events", "s3")


class Settings(LambdaBase):
    # asynchronous invocation

    @operation
    async def put_function_event_invoke_config(
        self, ctx: Context, request: shapes.PutFunctionEventInvokeConfigRequest
    ) -> shapes.FunctionEventInvokeConfig:
        return self._configure_events(ctx, self.qualified(ctx, request), request, {})

    @operation
    async def update_function_event_invoke_config(
        self, ctx: Context, request: shapes.UpdateFunctionEventInvokeConfigRequest
    ) -> shapes.FunctionEventInvokeConfig:
        known = self._event_setting(ctx, request)
        name = FunctionName(known.account, known.region, known.function, known.qualifier)
        return self._configure_events(ctx, name, request, known.settings)

    def _configure_events(
        self, ctx: Context, name: FunctionName, request: Request, known: dict[str, Any]
    ) -> shapes.FunctionEventInvokeConfig:
        new = {**known, **{member: request[member] for member in _EVENT_MEMBERS if request.get(member) is not None}}
        for side in ("OnSuccess", "OnFailure"):
            arn = ((new.get("DestinationConfig") or {}).get(side) or {}).get("Destination") or ""
            parts = arn.split(":")
            if arn and (len(parts) < 6 or parts[2] not in _DESTINATIONS):
                raise InvalidParameterValue(f"The provided destination config DestinationConfig({side}) is invalid.")
            if arn and arn.startswith(name.arn):
                raise InvalidParameterValue("The destination ARN is the function itself.")
        setting = Setting(*name.key, EVENT_INVOKE, name.qualifier or LATEST, new, ctx.now())
        self.store.settings.put(setting)
        return _shown_events(setting)

    def _event_setting(self, ctx: Context, request: Request) -> Setting:
        name = self.qualified(ctx, request)
        found = self.store.settings.get(*name.key, EVENT_INVOKE, name.qualifier or LATEST)
        if found is None:
            raise ResourceNotFound(
                f"The function {name.arn}:{name.qualifier or LATEST} doesn't have an EventInvokeConfig"
            )
        return found

    @operation
    async def get_function_event_invoke_config(
        self, ctx: Context, request: shapes.GetFunctionEventInvokeConfigRequest
    ) -> shapes.FunctionEventInvokeConfig:
        return _shown_events(self._event_setting(ctx, request))

    @operation
    async def delete_function_event_invoke_config(
        self, ctx: Context, request: shapes.DeleteFunctionEventInvokeConfigRequest
    ) -> dict[str, Any]:
        known = self._event_setting(ctx, request)
        self.store.settings.delete(known.account, known.region, known.function, EVENT_INVOKE, known.qualifier)
        return {}

    @operation
    async def list_function_event_invoke_configs(
        self, ctx: Context, request: shapes.ListFunctionEventInvokeConfigsRequest
    ) -> shapes.ListFunctionEventInvokeConfigsResponse:
        name = self.named(ctx, request)
        self.function(name)
        found = self.store.settings.where(
            account=name.account, region=name.region, function=name.name, kind=EVENT_INVOKE
        )
        chosen, marker = paged(request, found, lambda s: s.qualifier, "NextMarker")
        return {"FunctionEventInvokeConfigs": [_shown_events(s) for s in chosen], **marker}  # type: ignore[typeddict-item]

    # recursion and runtime management

    @operation
    async def put_function_recursion_config(
        self, ctx: Context, request: shapes.PutFunctionRecursionConfigRequest
    ) -> shapes.PutFunctionRecursionConfigResponse:
        function = self.function(self.named(ctx, request))
        self.store.functions.put(replace(function, recursive_loop=request["RecursiveLoop"]))
        return {"RecursiveLoop": request["RecursiveLoop"]}

    @operation
    async def get_function_recursion_config(
        self, ctx: Context, request: shapes.GetFunctionRecursionConfigRequest
    ) -> shapes.GetFunctionRecursionConfigResponse:
        return {"RecursiveLoop": self.function(self.named(ctx, request)).recursive_loop}

    @operation
    async def put_runtime_management_config(
        self, ctx: Context, request: shapes.PutRuntimeManagementConfigRequest
    ) -> shapes.PutRuntimeManagementConfigResponse:
        version = self.version(self.named(ctx, request))
        update = {"UpdateRuntimeOn": request["UpdateRuntimeOn"]}
        if request["UpdateRuntimeOn"] == "Manual":
            if not request.get("RuntimeVersionArn"):
                raise InvalidParameterValue("RuntimeVersionArn is required when UpdateRuntimeOn is Manual.")
            update["RuntimeVersionArn"] = request["RuntimeVersionArn"]
        self.store.versions.put(replace(version, runtime_update=update))
        return {"FunctionArn": version.arn, **update}  # type: ignore[typeddict-item]

    @operation
    async def get_runtime_management_config(
        self, ctx: Context, request: shapes.GetRuntimeManagementConfigRequest
    ) -> shapes.GetRuntimeManagementConfigResponse:
        version = self.version(self.named(ctx, request))
        update = version.runtime_update or {"UpdateRuntimeOn": "Auto"}
        arn = update.get("RuntimeVersionArn") or runtime_arn(version.region, version.settings["Runtime"])
        return {"FunctionArn": version.arn, **update, "RuntimeVersionArn": arn}  # type: ignore[typeddict-item]

    # code signing: kept and shown; no signature is checked

    @operation
    async def create_code_signing_config(
        self, ctx: Context, request: shapes.CreateCodeSigningConfigRequest
    ) -> shapes.CreateCodeSigningConfigResponse:
        number = f"csc-{ids.uuid().replace('-', '')[:17]}"
        arn = f"arn:aws:lambda:{ctx.region}:{ctx.account}:code-signing-config:{number}"
        settings = {
            "CodeSigningConfigId": number, "Description": request.get("Description") or "",
            "AllowedPublishers": request["AllowedPublishers"],
            "CodeSigningPolicies": request.get("CodeSigningPolicies") or {"UntrustedArtifactOnDeployment": "Warn"},
        }  # fmt: skip
        config = self.store.signing.put(SigningConfig(arn, ctx.account, ctx.region, settings, ctx.now()))
        return {"CodeSigningConfig": _shown_signing(config)}

    def _signing(self, arn: str) -> SigningConfig:
        found = self.store.signing.get(arn)
        if found is None:
            raise ResourceNotFound(f"The code signing configuration cannot be found: {arn}")
        return found

    @operation
    async def get_code_signing_config(
        self, ctx: Context, request: shapes.GetCodeSigningConfigRequest
    ) -> shapes.GetCodeSigningConfigResponse:
        return {"CodeSigningConfig": _shown_signing(self._signing(request["CodeSigningConfigArn"]))}

    @operation
    async def update_code_signing_config(
        self, ctx: Context, request: shapes.UpdateCodeSigningConfigRequest
    ) -> shapes.UpdateCodeSigningConfigResponse:
        config = self._signing(request["CodeSigningConfigArn"])
        members = ("Description", "AllowedPublishers", "CodeSigningPolicies")
        new = {member: request[member] for member in members if request.get(member) is not None}  # type: ignore[literal-required]
        config = replace(config, settings={**config.settings, **new}, modified_at=ctx.now())
        return {"CodeSigningConfig": _shown_signing(self.store.signing.put(config))}

    @operation
    async def delete_code_signing_config(
        self, ctx: Context, request: shapes.DeleteCodeSigningConfigRequest
    ) -> dict[str, Any]:
        config = self._signing(request["CodeSigningConfigArn"])
        if self._signed_by(config):
            raise ResourceConflict(f"The code signing configuration is in use by functions: {config.arn}")
        self.store.signing.delete(config.arn)
        return {}

    def _signed_by(self, config: SigningConfig) -> list[Function]:
        functions = self.store.functions.where(account=config.account, region=config.region)
        return [function for function in functions if function.signing_config == config.arn]

    @operation
    async def list_code_signing_configs(
        self, ctx: Context, request: shapes.ListCodeSigningConfigsRequest
    ) -> shapes.ListCodeSigningConfigsResponse:
        found = self.store.signing.where(account=ctx.account, region=ctx.region)
        chosen, marker = paged(request, found, lambda c: c.arn, "NextMarker")
        return {"CodeSigningConfigs": [_shown_signing(c) for c in chosen], **marker}  # type: ignore[typeddict-item]

    @operation
    async def list_functions_by_code_signing_config(
        self, ctx: Context, request: shapes.ListFunctionsByCodeSigningConfigRequest
    ) -> shapes.ListFunctionsByCodeSigningConfigResponse:
        found = self._signed_by(self._signing(request["CodeSigningConfigArn"]))
        chosen, marker = paged(request, found, lambda f: f.name, "NextMarker")
        return {"FunctionArns": [function.arn for function in chosen], **marker}  # type: ignore[typeddict-item]

    @operation
    async def put_function_code_signing_config(
        self, ctx: Context, request: shapes.PutFunctionCodeSigningConfigRequest
    ) -> shapes.PutFunctionCodeSigningConfigResponse:
        function, arn = self.function(self.named(ctx, request)), request["CodeSigningConfigArn"]
        if self.store.signing.get(arn) is None:
            raise NoCodeSigningConfig(f"The code signing configuration cannot be found: {arn}")
        self.store.functions.put(replace(function, signing_config=arn))
        return {"CodeSigningConfigArn": arn, "FunctionName": function.name}

    @operation
    async def get_function_code_signing_config(
        self, ctx: Context, request: shapes.GetFunctionCodeSigningConfigRequest
    ) -> shapes.GetFunctionCodeSigningConfigResponse:
        function = self.function(self.named(ctx, request))
        answer: Any = {"FunctionName": function.name}
        if function.signing_config:
            answer["CodeSigningConfigArn"] = function.signing_config
        return answer  # type: ignore[no-any-return]

    @operation
    async def delete_function_code_signing_config(
        self, ctx: Context, request: shapes.DeleteFunctionCodeSigningConfigRequest
    ) -> dict[str, Any]:
        self.store.functions.put(replace(self.function(self.named(ctx, request)), signing_config=""))
        return {}

    # tags

    def _tagged(self, arn: str) -> Function:
        name = names.of_arn(arn)
        if name is None:
            raise NoSuchThing
        if name.qualifier:
            raise InvalidParameterValue(
                "Tags on function aliases and versions are not supported. Please specify a function ARN."
            )
        return self.function(name)

    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> dict[str, Any]:
        function = self._tagged(request["Resource"])
        tags = {**function.tags, **request["Tags"]}
        if any(key.lower().startswith("aws:") for key in request["Tags"]):
            raise InvalidParameterValue("Tag keys cannot begin with aws:")
        if len(tags) > 50:
            raise InvalidParameterValue("The number of tags exceeds the limit of 50.")
        self.store.functions.put(replace(function, tags=tags))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> dict[str, Any]:
        function, gone = self._tagged(request["Resource"]), set(request["TagKeys"])
        self.store.functions.put(replace(function, tags={k: v for k, v in function.tags.items() if k not in gone}))
        return {}

    @operation
    async def list_tags(self, ctx: Context, request: shapes.ListTagsRequest) -> shapes.ListTagsResponse:
        return {"Tags": self._tagged(request["Resource"]).tags}


def _shown_events(setting: Setting) -> shapes.FunctionEventInvokeConfig:
    arn = f"arn:aws:lambda:{setting.region}:{setting.account}:function:{setting.function}:{setting.qualifier}"
    destinations = {"OnSuccess": {}, "OnFailure": {}, **(setting.settings.get("DestinationConfig") or {})}
    shown: Any = {
        "FunctionArn": arn, "LastModified": setting.modified_at, **setting.settings, "DestinationConfig": destinations,
    }  # fmt: skip
    return shown  # type: ignore[no-any-return]


def _shown_signing(config: SigningConfig) -> shapes.CodeSigningConfig:
    shown: Any = {"CodeSigningConfigArn": config.arn, "LastModified": stamp(config.modified_at), **config.settings}
    return shown  # type: ignore[no-any-return]
