"""The context of one call: who calls, from where, in which account and region, and the doors to the rest of it all.

Handlers get it first: their only way to the time, to other services (`call`, `emit`, `resources`) and to the meter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.spans import LOOKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.dispatch import Dispatcher
    from cloudchamber.core.resources import Directory
    from cloudchamber.core.spans import Span
    from cloudchamber.identity.principals import Principal


class Caller:
    """What is known of where a call came from: condition keys read it."""

    __slots__ = ("endpoint", "referer", "secure", "source_ip", "user_agent")

    def __init__(
        self,
        source_ip: str = "127.0.0.1",
        secure: bool = False,
        user_agent: str = "",
        endpoint: str = "",
        referer: str = "",
    ) -> None:
        self.source_ip = source_ip
        self.secure = secure
        self.user_agent = user_agent
        self.endpoint = endpoint  # scheme, host and port the client used, for URLs in answers
        self.referer = referer


INTERNAL = Caller(user_agent="internal")


class Context:
    __slots__ = (
        "_dispatcher",
        "account",
        "caller",
        "principal",
        "region",
        "request_id",
        "source_account",
        "source_arn",
        "span",
        "via",
    )

    def __init__(self, dispatcher: Dispatcher, span: Span, principal: Principal, caller: Caller) -> None:
        self._dispatcher = dispatcher
        self.principal = principal
        self.account = span.account
        self.region = span.region
        self.span = span
        self.request_id = span.request_id
        self.caller = caller
        self.source_arn: str | None = None  # aws:SourceArn: the resource on whose behalf a service calls
        self.source_account: str | None = None
        self.via = ""  # the service whose handler makes this call ("s3"); empty for calls from outside

    def now(self) -> float:
        """The cloud's time in epoch seconds."""
        return self._dispatcher.clock.now()

    async def sleep(self, delay_s: float) -> None:
        """Wait for the cloud's time, letting the clock go on."""
        await self._dispatcher.clock.sleep(delay_s)

    @property
    def resources(self) -> Directory:
        return self._dispatcher.directory

    def emit(self, fact: object) -> None:
        """Tell observers what happened. Called after the change is in the store."""
        self._dispatcher.facts.emit(fact)

    def meter(self, unit: str, quantity: float = 1.0) -> None:
        """Report usage in AWS's billing unit."""
        if self.span.door == LOOKING:
            return
        usage = self.span.usage
        usage[unit] = usage.get(unit, 0.0) + quantity
        self._dispatcher.meter.add(self.account, unit, quantity)

    async def call(
        self,
        operation: str,
        *,
        principal: Principal | None = None,
        region: str | None = None,
        source_arn: str | None = None,
        **request: Any,
    ) -> Mapping[str, Any]:
        """Call another service's operation (`"sqs:SendMessage"`) as `principal` (the present one if none is named).

        Authorised, traced, metered and faulted like any other call. Raises AwsError as the operation does.
        """
        return await self._dispatcher.call(self, operation, request, (principal, region, source_arn))
