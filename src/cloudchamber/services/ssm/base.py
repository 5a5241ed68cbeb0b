"""What Parameter Store's operations share: finding parameters and versions, showing them, and the timer of policies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.pagination import InvalidMarker, decode_marker
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Service
from cloudchamber.services.ssm import lifetime, policy, sealing
from cloudchamber.services.ssm.errors import InvalidNextToken, ParameterNotFound, ParameterVersionNotFound
from cloudchamber.services.ssm.parameter import ADVANCED, SECURE, Parameter, Version
from cloudchamber.services.ssm.store import SsmStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.services.ssm.names import Reference

DUE_ROWS = 100


class SsmBase(Service):
    name: ClassVar[str] = "ssm"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = SsmStore(platform.store)
        self.rules = policy.rules(self.store)
        self._timer: Timer | None = None

    async def resume(self) -> None:
        self.plan()

    # parameters

    def parameter(self, ref: Reference) -> Parameter:
        """ParameterNotFound."""
        found = self.store.parameters.get(ref.account, ref.region, ref.path)
        if found is None:
            raise ParameterNotFound
        return found

    def version(self, parameter: Parameter, number: int) -> Version:
        """ParameterVersionNotFound."""
        found = self.store.versions.get(parameter.account, parameter.region, parameter.path, number)
        if found is None:
            raise ParameterVersionNotFound(number, parameter.name)
        return found

    def selected(self, parameter: Parameter, selector: str) -> Version:
        """The version that a selector (a number or a label) means, without one the latest. ParameterVersionNotFound."""
        if not selector:
            return self.store.latest(parameter)
        if selector.isdecimal():
            return self.version(parameter, int(selector))
        for version in self.store.history(parameter):
            if selector in version.labels:
                return version
        raise ParameterVersionNotFound(selector, parameter.name)

    async def value(self, ctx: Context, parameter: Parameter, version: Version, decrypt: bool | None) -> str:
        """What is shown as the value: a SecureString's ciphertext, unless it is to be opened."""
        if version.tier == ADVANCED:
            ctx.meter("ssm.advanced_requests")
        if version.type != SECURE or not decrypt:
            return version.value
        return await sealing.unseal(ctx, parameter.arn, version.tier, version.value)

    @staticmethod
    def after(token: str | None) -> str:
        """Where a listing goes on; InvalidNextToken."""
        try:
            return decode_marker(token) if token else ""
        except InvalidMarker:
            raise InvalidNextToken from None

    # what policies do by themselves

    def plan(self) -> None:
        """Keep one timer at the next instant at which a policy acts."""
        due = self.store.next_due()
        if self._timer is not None and self._timer.is_pending:
            if due is not None and self._timer.due == due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self.clock.at(due, self._come_due, "ssm parameter policies")

    def _come_due(self) -> None:
        now = self.clock.now()
        while places := self.store.due(now, DUE_ROWS):
            with self.platform.store.transaction():
                for place in places:
                    parameter = self.store.parameters.get(*place)
                    if parameter is not None:
                        self._act(parameter, now)
        self.plan()

    def _act(self, parameter: Parameter, now: float) -> None:
        changed_at = self.store.latest(parameter).modified_at
        policies = lifetime.acted(parameter.policies, changed_at, now)
        if any(one.type == lifetime.EXPIRATION and one.status == lifetime.FINISHED for one in policies):
            self.store.remove(parameter)
            return
        due_at = lifetime.next_due(policies, changed_at)
        self.store.parameters.put(replace(parameter, policies=policies, due_at=due_at))

    # Service

    def find(self, arn: str) -> Resource | None:
        parameter = self.store.by_arn(arn)
        return None if parameter is None else self._resource(parameter)

    def resource_policy(self, arn: str) -> str | None:
        parameter = self.store.by_arn(arn)
        return None if parameter is None else parameter.resource_policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (self._resource(parameter) for parameter in self.store.parameters.where(**wanted))

    def _resource(self, parameter: Parameter) -> Resource:
        latest = self.store.latest(parameter)
        shown = {"Type": latest.type, "Tier": parameter.tier, "Version": parameter.version}
        links = (latest.key_id,) if latest.key_id.startswith("arn:") else ()
        return Resource(
            parameter.arn, "AWS::SSM::Parameter", parameter.name, parameter.account, parameter.region, parameter.tags,
            parameter.resource_policy, links, shown,
        )  # fmt: skip
