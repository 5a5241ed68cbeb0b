"""Reserved and provisioned concurrency: https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Platform, Request, operation, private_operation
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.base import LAMBDA, paged
from cloudchamber.services.lambda_.configuration import stamp
from cloudchamber.services.lambda_.errors import InvalidParameterValue, NoProvisionedConcurrency
from cloudchamber.services.lambda_.execution import Execution
from cloudchamber.services.lambda_.names import LATEST, FunctionName
from cloudchamber.services.lambda_.records import Setting

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes

PROVISIONED = "provisioned"


class Concurrency(Execution):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._starting: set[tuple[str, ...]] = set()

    async def resume(self) -> None:
        await super().resume()
        for setting in self.store.settings:
            if setting.kind == PROVISIONED:
                self._provide(setting)

    # reserved

    @operation
    async def put_function_concurrency(
        self, ctx: Context, request: shapes.PutFunctionConcurrencyRequest
    ) -> shapes.Concurrency:
        function = self.function(self.named(ctx, request))
        wanted = request["ReservedConcurrentExecutions"]
        left = self.unreserved(function.account, function.region) + (function.reserved or 0) - wanted
        if left < limits.UNRESERVED_MIN:
            raise InvalidParameterValue(
                "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                f"below its minimum value of [{limits.UNRESERVED_MIN}]."
            )
        self.store.functions.put(replace(function, reserved=wanted))
        return {"ReservedConcurrentExecutions": wanted}

    @operation
    async def get_function_concurrency(
        self, ctx: Context, request: shapes.GetFunctionConcurrencyRequest
    ) -> shapes.GetFunctionConcurrencyResponse:
        function = self.function(self.named(ctx, request))
        return {} if function.reserved is None else {"ReservedConcurrentExecutions": function.reserved}

    @operation
    async def delete_function_concurrency(
        self, ctx: Context, request: shapes.DeleteFunctionConcurrencyRequest
    ) -> dict[str, Any]:
        self.store.functions.put(replace(self.function(self.named(ctx, request)), reserved=None))
        return {}

    # provisioned

    @operation
    async def put_provisioned_concurrency_config(
        self, ctx: Context, request: shapes.PutProvisionedConcurrencyConfigRequest
    ) -> shapes.PutProvisionedConcurrencyConfigResponse:
        name = self.qualified(ctx, request)
        self._check_provisionable(name)
        count = request["ProvisionedConcurrentExecutions"]
        setting = Setting(*name.key, PROVISIONED, name.qualifier, {"Count": count}, ctx.now())
        self.store.settings.put(setting)
        self._provide(setting)
        shown = self._shown_provisioned(setting)
        return {**shown, "Status": "IN_PROGRESS"}  # type: ignore[typeddict-item]

    @staticmethod
    def _check_provisionable(name: FunctionName) -> None:
        if name.qualifier in ("", LATEST):
            raise InvalidParameterValue(
                "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
            )

    def _provide(self, setting: Setting) -> None:
        key = (setting.account, setting.region, setting.function, setting.qualifier)
        if key not in self._starting:
            self._starting.add(key)
            place = dict(zip(("Account", "Region", "Name", "Qualifier"), key, strict=True))
            work = self.platform.dispatcher.enter(LAMBDA, setting.account, setting.region, "lambda:provide", place)
            self.clock.spawn(self._providing(work, key), f"provisioned concurrency of {setting.function}")

    async def _providing(self, work: Any, key: tuple[str, ...]) -> None:
        try:
            await work
        except AwsError:  # what stands in the way shows when the function is invoked
            pass
        finally:
            self._starting.discard(key)

    @private_operation
    async def provide(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Start what is missing of a version's provisioned environments: `Account`, `Region`, `Name`, `Qualifier`."""
        name = FunctionName(request["Account"], request["Region"], request["Name"], request["Qualifier"])
        setting = self.store.settings.get(*name.key, PROVISIONED, name.qualifier)
        if setting is None:
            return {}
        version, count = self.version(name), setting.settings["Count"]
        self.pool.keep(version.pool_key, count)
        while self.pool.idle(version.pool_key) < count and not self.pool.is_closed:
            worker = await self.start(ctx, version, "provisioned-concurrency")
            if not worker.environment.is_alive:
                break  # it cannot be initialised
            self.pool.give(version.pool_key, worker.environment)
        return {}

    def _shown_provisioned(self, setting: Setting) -> dict[str, Any]:
        name = FunctionName(setting.account, setting.region, setting.function, setting.qualifier)
        version, count = self.version(name), setting.settings["Count"]
        idle = min(self.pool.idle(version.pool_key), count)
        key = (*name.key, name.qualifier)
        shown: dict[str, Any] = {
            "RequestedProvisionedConcurrentExecutions": count, "LastModified": stamp(setting.modified_at),
            "AvailableProvisionedConcurrentExecutions": idle, "AllocatedProvisionedConcurrentExecutions": idle,
            "Status": "IN_PROGRESS" if key in self._starting else "READY",
        }  # fmt: skip
        if key not in self._starting:
            shown["AllocatedProvisionedConcurrentExecutions"] = count
        return shown

    @operation
    async def get_provisioned_concurrency_config(
        self, ctx: Context, request: shapes.GetProvisionedConcurrencyConfigRequest
    ) -> shapes.GetProvisionedConcurrencyConfigResponse:
        name = self.qualified(ctx, request)
        setting = self.store.settings.get(*name.key, PROVISIONED, name.qualifier)
        if setting is None:
            raise NoProvisionedConcurrency
        return self._shown_provisioned(setting)  # type: ignore[return-value]

    @operation
    async def list_provisioned_concurrency_configs(
        self, ctx: Context, request: shapes.ListProvisionedConcurrencyConfigsRequest
    ) -> shapes.ListProvisionedConcurrencyConfigsResponse:
        name = self.named(ctx, request)
        self.function(name)
        found = self.store.settings.where(
            account=name.account, region=name.region, function=name.name, kind=PROVISIONED
        )
        chosen, marker = paged(request, found, lambda s: s.qualifier, "NextMarker")
        listed = [{"FunctionArn": f"{name.arn}:{s.qualifier}", **self._shown_provisioned(s)} for s in chosen]
        return {"ProvisionedConcurrencyConfigs": listed, **marker}  # type: ignore[typeddict-item]

    @operation
    async def delete_provisioned_concurrency_config(
        self, ctx: Context, request: shapes.DeleteProvisionedConcurrencyConfigRequest
    ) -> dict[str, Any]:
        name = self.qualified(ctx, request)
        if self.store.settings.delete(*name.key, PROVISIONED, name.qualifier):
            self.pool.keep(self.version(name).pool_key, 0)
        return {}
