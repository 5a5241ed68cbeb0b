"""What reading queues and streams have in common: the role, and invoking a function with a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied
from cloudchamber.core.patterns.filters import patterns_of
from cloudchamber.core.polling.reader import SourceReader
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.base import LAMBDA
from cloudchamber.services.lambda_.errors import FunctionNotFound, InvalidParameterValue
from cloudchamber.services.lambda_.execution import Execution
from cloudchamber.services.lambda_.names import FunctionName

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.polling.records import Records
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.lambda_.records import Mapping, Version


class Polling(Execution):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._roles: dict[str, tuple[Principal, float]] = {}

    def context(self, mapping: Mapping, trace: str | None = None) -> Context:
        """Lambda's own context, for one round."""
        span = new_span("lambda", "Poll", ids.request_id(), trace, self.clock.now())
        return self.platform.dispatcher.open(span, LAMBDA, mapping.account, mapping.region, INTERNAL)

    async def role(self, ctx: Context, mapping: Mapping) -> Principal:
        """A session of the function's role, kept while it is good. AwsError."""
        name = FunctionName(mapping.account, mapping.region, mapping.function, mapping.qualifier)
        version = self.version(name)
        arn = version.settings["Role"]
        known = self._roles.get(arn)
        if known is None or known[1] - ctx.now() < limits.CREDENTIAL_SECONDS_LEFT_MIN:
            principal = await self.assumed(ctx, version)
            known = self._roles[arn] = (principal, ctx.now() + limits.CREDENTIAL_SECONDS)
        return known[0]

    async def assumed(self, ctx: Context, version: Version) -> Principal:
        _, principal = await self._credentials(ctx, version)
        if principal is None:
            raise FunctionNotFound(version.arn)
        return principal

    def check_allowed(self, role: Principal, region: str, operation: str, request: dict[str, Any]) -> None:
        """InvalidParameterValueException if the role may not do what reading takes."""
        service, _, name = operation.partition(":")
        bound = self.platform.dispatcher.lookup(service, name)
        span = new_span(service, name, ids.request_id(), None, self.clock.now())
        ctx = self.platform.dispatcher.open(span, role, role.account, region, INTERNAL)
        try:
            self.platform.dispatcher.authorize(ctx, bound, request)
        except AccessDenied:
            where = "SQS" if service == "sqs" else "DynamoDB"
            raise InvalidParameterValue(
                f"The provided execution role does not have permissions to call {name} on {where}"
            ) from None

    async def run(
        self, mapping: Mapping, records: Records, trace: str | None, about: dict[str, Any] | None = None
    ) -> bytes | None:
        """What the function answered to a batch, with `about` in the event beside it; None if it failed. AwsError if it
        could not be run."""
        ctx = self.context(mapping, trace)
        payload = orjson.dumps({"Records": records, **(about or {})})
        answer = await ctx.call("lambda:run_batch", FunctionName=mapping.function_arn, Payload=payload)
        return None if answer["FunctionError"] else bytes(answer["Payload"])


class MappingReader(SourceReader):
    """Reads the source of a mapping."""

    def __init__(self, service: Polling, mapping: Mapping) -> None:
        settings = mapping.settings
        super().__init__(service.platform, mapping.source_arn, settings, patterns_of(settings.get("FilterCriteria")))
        self.service = service
        self.mapping = mapping

    @property
    def is_gone(self) -> bool:
        return self.service.is_over or self.service.store.mappings.get(self.mapping.uuid) is None

    async def call(self, operation: str, region: str = "", **request: Any) -> Any:
        ctx = self.service.context(self.mapping)
        role = await self.service.role(ctx, self.mapping)
        return await ctx.call(operation, principal=role, region=region or self.source.split(":")[3], **request)

    async def wait(self, operation: str, **request: Any) -> None:
        await self.service.context(self.mapping).call(operation, region=self.source.split(":")[3], **request)
