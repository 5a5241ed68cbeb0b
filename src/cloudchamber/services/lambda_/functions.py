"""Functions: how they are created, shown, changed and deleted, and what an account has of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.lambda_ import configuration, limits
from cloudchamber.services.lambda_.base import LAMBDA, check_revision, paged, session_name
from cloudchamber.services.lambda_.errors import (
    FunctionNotFound,
    InvalidParameterValue,
    NoCodeSigningConfig,
    ResourceConflict,
)  # fmt: skip
from cloudchamber.services.lambda_.names import LATEST
from cloudchamber.services.lambda_.records import Function, Version
from cloudchamber.services.lambda_.versions import Versions

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes

_SOURCES = ("ZipFile", "S3Bucket", "S3Key", "S3ObjectVersion", "ImageUri")
_CREATING = {"State": "Pending", "StateReason": "The function is being created.", "StateReasonCode": "Creating"}
_UPDATING = {
    "LastUpdateStatus": "InProgress", "LastUpdateStatusReason": "The function is being created.",
    "LastUpdateStatusReasonCode": "Creating",
}  # fmt: skip


class Functions(Versions):
    @operation
    async def create_function(
        self, ctx: Context, request: shapes.CreateFunctionRequest
    ) -> shapes.FunctionConfiguration:
        name = self.named(ctx, request)
        settings = configuration.created(request)
        self._check_free(name.name, self.store.functions.get(*name.key))
        self._check_layers(settings)
        signing = request.get("CodeSigningConfigArn") or ""
        if signing and self.store.signing.get(signing) is None:
            raise NoCodeSigningConfig(f"The code signing configuration cannot be found: {signing}")
        await self._check_role(ctx, settings["Role"], name.name)
        code = await self.packages.take(ctx, request["Code"])
        self._check_free(name.name, self.store.functions.get(*name.key))  # meanwhile
        function = Function(*name.key, tags=dict(request.get("Tags") or {}), signing_config=signing)
        version = Version(*name.key, LATEST, settings, code, ids.uuid(), ctx.now())
        with self.platform.store.transaction():
            self.store.functions.put(function)
            self.store.versions.put(version)
            if request.get("Publish"):
                version = self.publish(version)
        self.warm_up(version)
        answer: Any = {**self.shown(version), **_CREATING}
        answer.pop("LastUpdateStatus")
        return answer  # type: ignore[no-any-return]

    @staticmethod
    def _check_free(name: str, existing: Function | None) -> None:
        if existing is not None:
            raise ResourceConflict(f"Function already exist: {name}")

    def _check_layers(self, settings: dict[str, Any]) -> None:
        seen = set()
        for arn in settings.get("Layers") or ():
            layer = self.layer_by_arn(arn)
            if layer is None:
                raise InvalidParameterValue(f"Layer version {arn} does not exist.")
            if layer.layer_arn in seen:
                raise InvalidParameterValue(f"Two different versions of the same layer are not allowed: {arn}")
            seen.add(layer.layer_arn)

    async def _check_role(self, ctx: Context, role: str, session: str) -> None:
        """Lambda assumes the role once, as AWS does, and refuses what it cannot assume."""
        try:
            await ctx.call("sts:AssumeRole", principal=LAMBDA, RoleArn=role, RoleSessionName=session_name(session))
        except AwsError:
            raise InvalidParameterValue("The role defined for the function cannot be assumed by Lambda.") from None

    @operation
    async def get_function(self, ctx: Context, request: shapes.GetFunctionRequest) -> shapes.GetFunctionResponse:
        name = self.named(ctx, request)
        function, version = self.function(name), self.version(name)
        code: Any = {"RepositoryType": "S3"}
        if version.code.blob:
            code["Location"] = f"{ctx.caller.endpoint}/_lambda/code/{version.code.blob}.zip"
        answer: shapes.GetFunctionResponse = {
            "Configuration": self.shown(version, bool(name.qualifier)), "Code": code,  # type: ignore[typeddict-item]
        }  # fmt: skip
        if function.tags:
            answer["Tags"] = function.tags
        if function.reserved is not None:
            answer["Concurrency"] = {"ReservedConcurrentExecutions": function.reserved}
        return answer

    @operation
    async def get_function_configuration(
        self, ctx: Context, request: shapes.GetFunctionConfigurationRequest
    ) -> shapes.FunctionConfiguration:
        name = self.named(ctx, request)
        self.function(name)
        return self.shown(self.version(name), bool(name.qualifier))  # type: ignore[return-value]

    @operation
    async def list_functions(self, ctx: Context, request: shapes.ListFunctionsRequest) -> shapes.ListFunctionsResponse:
        place: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if request.get("FunctionVersion") == "ALL":
            found = self.store.versions.where(**place)
        else:
            found = self.store.versions.where(**place, version=LATEST)
        chosen, marker = paged(request, found, lambda v: f"{v.name}:{v.number:012d}", "NextMarker")
        listed = [self.shown(v, request.get("FunctionVersion") == "ALL") for v in chosen]
        for shown in listed:  # what a list leaves out
            for name in ("State", "LastUpdateStatus", "RuntimeVersionConfig"):
                shown.pop(name, None)
        return {"Functions": listed, **marker}  # type: ignore[typeddict-item]

    @operation
    async def update_function_code(
        self, ctx: Context, request: shapes.UpdateFunctionCodeRequest
    ) -> shapes.FunctionConfiguration:
        name = self.named(ctx, request)
        self.function(name)
        before = self.store.versions.get(*name.key, LATEST)
        if before is None:
            raise FunctionNotFound(name.arn)
        check_revision(request, before.revision)
        code = await self.packages.take(ctx, {member: request.get(member) for member in _SOURCES})
        settings = before.settings
        if request.get("Architectures"):
            settings = {**settings, "Architectures": list(request["Architectures"])}
        if request.get("DryRun"):
            self.packages.drop(code)
            return self.shown(replace(before, code=code, settings=settings))  # type: ignore[return-value]
        return self._changed(ctx, request, before, replace(before, code=code, settings=settings))

    @operation
    async def update_function_configuration(
        self, ctx: Context, request: shapes.UpdateFunctionConfigurationRequest
    ) -> shapes.FunctionConfiguration:
        name = self.named(ctx, request)
        self.function(name)
        before = self.store.versions.get(*name.key, LATEST)
        if before is None:
            raise FunctionNotFound(name.arn)
        check_revision(request, before.revision)
        settings = configuration.changed(before.settings, request)
        self._check_layers(settings)
        if request.get("Role"):
            await self._check_role(ctx, settings["Role"], name.name)
        before = self.store.versions.get(*name.key, LATEST) or before
        return self._changed(ctx, request, before, replace(before, settings=settings))

    def _changed(self, ctx: Context, request: Request, before: Version, after: Version) -> shapes.FunctionConfiguration:
        """$LATEST anew; its environments go, as do packages that no version has any more."""
        after = replace(after, revision=ids.uuid(), modified_at=ctx.now())
        with self.platform.store.transaction():
            self.store.versions.put(after)
            if request.get("Publish"):
                after = self.publish(after)
        self.retire(before)
        self._drop_unused(before)
        self.warm_up(after)
        answer: Any = {**self.shown(after), **_UPDATING}
        return answer  # type: ignore[no-any-return]

    def _drop_unused(self, version: Version) -> None:
        kept = self.store.versions.where(account=version.account, region=version.region, name=version.name)
        if version.code.blob and all(other.code.blob != version.code.blob for other in kept):
            self.packages.drop(version.code)

    @operation
    async def delete_function(
        self, ctx: Context, request: shapes.DeleteFunctionRequest
    ) -> shapes.DeleteFunctionResponse:
        name = self.named(ctx, request)
        self.function(name)
        if name.qualifier == LATEST:
            raise InvalidParameterValue("$LATEST version cannot be deleted without deleting the function.")
        if name.qualifier:
            gone = [self.version(name)]
            self.check_unaliased(gone[0])
        else:
            gone = self.store.versions.where(account=name.account, region=name.region, name=name.name)
        with self.platform.store.transaction():
            for version in gone:
                self.store.versions.delete(*name.key, version.version)
                self.store.policies.delete(f"{name.arn}:{version.version}")
            if not name.qualifier:
                self._delete_rest(name.key)
        for version in gone:
            self.retire(version)
            self._drop_unused(version)
        return {"StatusCode": 204}

    def _delete_rest(self, key: tuple[str, str, str]) -> None:
        """All that was made for a function. Inside a transaction."""
        account, region, name = key
        arn = f"arn:aws:lambda:{region}:{account}:function:{name}"
        of: dict[str, Any] = {"account": account, "region": region, "function": name}
        for alias in self.store.aliases.where(**of):
            self.store.aliases.delete(*key, alias.name)
            self.store.policies.delete(alias.arn)
        for setting in self.store.settings.where(**of):
            self.store.settings.delete(*key, setting.kind, setting.qualifier)
        for url in self.store.urls.where(**of):
            self.store.urls.delete(*key, url.qualifier)
        self.store.policies.delete(arn)
        self.store.functions.delete(*key)

    @operation
    async def get_account_settings(
        self, ctx: Context, request: shapes.GetAccountSettingsRequest
    ) -> shapes.GetAccountSettingsResponse:
        place: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        functions = self.store.functions.where(**place)
        sizes = [v.code.size for v in self.store.versions.where(**place)]
        sizes += [layer.code.size for layer in self.store.layers.where(**place)]
        return {
            "AccountLimit": {
                "TotalCodeSize": limits.CODE_STORAGE_BYTES_MAX, "CodeSizeUnzipped": limits.UNZIPPED_BYTES_MAX,
                "CodeSizeZipped": limits.ZIPPED_BYTES_MAX, "ConcurrentExecutions": limits.CONCURRENT_EXECUTIONS,
                "UnreservedConcurrentExecutions": limits.CONCURRENT_EXECUTIONS
                - sum(function.reserved or 0 for function in functions),
            },
            "AccountUsage": {"TotalCodeSize": sum(sizes), "FunctionCount": len(functions)},
        }  # fmt: skip
