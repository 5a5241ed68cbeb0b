"""What reading queues and streams have in common: the role, filters, invoking, and what a function reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.base import LAMBDA
from cloudchamber.services.lambda_.errors import FunctionNotFound, InvalidParameterValue, RecursiveInvocation
from cloudchamber.services.lambda_.execution import Execution
from cloudchamber.services.lambda_.names import FunctionName

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.lambda_.records import Mapping, Version

AGAIN_SECONDS, AGAIN_SECONDS_MAX = 1.0, 300.0


class Polling(Execution):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._roles: dict[str, tuple[Principal, float]] = {}

    def context(self, mapping: Mapping, trace: str | None = None) -> Context:
        """Lambda's own context, for one round."""
        span = new_span("lambda", "Poll", ids.request_id(), trace, self.clock.now())
        return self.platform.dispatcher.open(span, LAMBDA, mapping.account, mapping.region, INTERNAL)

    async def pause(self, failures: int) -> None:
        """Before another try at what was refused (no permission, no such queue): AWS tries on for ever, too."""
        seconds = min(AGAIN_SECONDS * 2.0 ** min(failures, 30), AGAIN_SECONDS_MAX)
        await self.platform.identities.wait_for_change(self.clock.waiter(), seconds)

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

    @staticmethod
    def patterns(settings: dict[str, Any]) -> list[str]:
        return [
            one["Pattern"] for one in (settings.get("FilterCriteria") or {}).get("Filters") or () if one.get("Pattern")
        ]

    async def run(
        self, mapping: Mapping, records: list[dict[str, Any]], trace: str | None, about: dict[str, Any] | None = None
    ) -> bytes | None:
        """What the function answered to a batch, with `about` in the event beside it; None if it failed, or could not
        be run for now. RecursiveInvocationException."""
        ctx = self.context(mapping, trace)
        payload = orjson.dumps({"Records": records, **(about or {})})
        try:
            answer = await ctx.call("lambda:run_batch", FunctionName=mapping.function_arn, Payload=payload)
        except RecursiveInvocation:
            raise
        except AwsError:
            return None
        return None if answer["FunctionError"] else bytes(answer["Payload"])


def failed_items(answer: bytes | None, known: list[str]) -> set[str]:
    """The identifiers a function reports as failed. All, where it failed itself or says something that is none.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    if answer is None:
        return set(known)
    try:
        said = orjson.loads(answer or b"null")
    except orjson.JSONDecodeError:
        return set(known)
    failures = said.get("batchItemFailures") if isinstance(said, dict) else None
    if failures is None:
        return set() if said is None or isinstance(said, dict) else set(known)
    if not isinstance(failures, list):
        return set(known)
    named = {one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures}
    return set(known) if named - set(known) else {str(name) for name in named}
