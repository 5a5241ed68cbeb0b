"""What all of EventBridge Pipes shares: finding pipes, acting as their roles, what is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.metrics import Measured
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Rule, Service
from cloudchamber.identity import principals
from cloudchamber.services.pipes import limits, policy
from cloudchamber.services.pipes.errors import NotFound
from cloudchamber.services.pipes.store import PipesStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.identity.credentials import Credential
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.pipes.records import Pipe

PIPES = principals.service(policy.SERVICE)


class PipesBase(Service):
    name: ClassVar[str] = "pipes"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store: PipesStore = platform.store.shared(PipesStore)
        self._sessions: dict[tuple[str, str], tuple[Credential, float]] = {}  # by pipe and role; until when

    @property
    def is_over(self) -> bool:
        """Whether what reads is to end: the cloud stops, or has gone on with other data."""
        return self.clock.is_stopping or self.platform.store.shared(PipesStore) is not self.store

    # finding

    def pipe(self, ctx: Context, name: str) -> Pipe:
        found = self.store.pipes.get(ctx.account, ctx.region, name)
        if found is None:
            raise NotFound(f"Pipe {name} does not exist.")
        return found

    def find(self, arn: str) -> Resource | None:
        pipe = self.store.pipe_by_arn(arn)
        return None if pipe is None else _resource(pipe)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        for pipe in self.store.pipes.where(**wanted):
            yield _resource(pipe)

    # acting

    def context(self, pipe: Pipe) -> Context:
        """The service's own context, for one round."""
        span = new_span("pipes", "Execute", ids.request_id(), None, self.clock.now())
        return self.platform.dispatcher.open(span, PIPES, pipe.account, pipe.region, INTERNAL)

    async def credential(self, pipe: Pipe, ctx: Context) -> Credential:
        """Those of a session of the pipe's role, kept while they are good. AwsError."""
        known = self._sessions.get((pipe.arn, pipe.role))
        if known is not None and known[1] - ctx.now() >= limits.SESSION_SECONDS_LEFT_MIN:
            return known[0]
        made = await ctx.call(
            "sts:AssumeRole", principal=PIPES, source_arn=pipe.arn, RoleArn=pipe.role, RoleSessionName=ids.span_id(),
            DurationSeconds=limits.SESSION_SECONDS,
        )  # fmt: skip
        found: Credential = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
        self._sessions[(pipe.arn, pipe.role)] = (found, ctx.now() + limits.SESSION_SECONDS)
        return found

    async def session(self, pipe: Pipe, ctx: Context) -> Principal:
        """A session of the pipe's role. AwsError."""
        return (await self.credential(pipe, ctx)).principal

    def forget_sessions(self, pipe: Pipe) -> None:
        self._sessions = {key: known for key, known in self._sessions.items() if key[0] != pipe.arn}

    async def call(self, pipe: Pipe, operation: str, region: str, **request: Any) -> Mapping[str, Any]:
        """Call an operation as the pipe's role. AwsError."""
        ctx = self.context(pipe)
        return await ctx.call(operation, principal=await self.session(pipe, ctx), region=region, **request)

    def measure(self, pipe: Pipe, *values: tuple[str, float, str]) -> None:
        """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html"""
        dimensions = (("PipeName", pipe.name),)
        fact = Measured(pipe.account, pipe.region, "AWS/EventBridge/Pipes", dimensions, values)
        self.platform.facts.emit(fact)


def _resource(pipe: Pipe) -> Resource:
    failed, key = (pipe.of_source.get("DeadLetterConfig") or {}).get("Arn"), pipe.settings.get("KmsKeyIdentifier")
    return Resource(
        pipe.arn, "AWS::Pipes::Pipe", pipe.name, pipe.account, pipe.region, pipe.tags,
        links=links_of(pipe.enrichment, pipe.target, failed, pipe.role, key),
        attributes={"Source": pipe.source, "CurrentState": pipe.state, "DesiredState": pipe.desired},
    )  # fmt: skip
