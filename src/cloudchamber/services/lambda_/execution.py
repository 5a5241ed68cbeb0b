"""Running a version of a function: a place among those that may run, an environment, its role's credentials, its log.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.metrics import Measured
from cloudchamber.runtime.environment import Environment, Invocation, Outcome, Spec
from cloudchamber.runtime.pool import Pool
from cloudchamber.runtime.programs import CannotRun, program_for
from cloudchamber.services.lambda_ import configuration, limits, lineage, names
from cloudchamber.services.lambda_.base import LAMBDA, LambdaBase, session_name
from cloudchamber.services.lambda_.code import newest
from cloudchamber.services.lambda_.errors import (
    InvalidParameterValue,
    InvalidRuntime,
    RecursiveInvocation,
    TooManyRequests,
)
from cloudchamber.services.lambda_.variables import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal
    from cloudchamber.runtime.output import Line
    from cloudchamber.services.lambda_.records import Version
    from cloudchamber.storage.engine import Store

SHIP_SECONDS = 0.02  # lines of the log are gathered for so long
AWAY_BYTES_MAX = 900_000
EVENTS_AT_ONCE_MAX = 5000


@dataclass(slots=True)
class Call:
    """What an invocation brings."""

    payload: bytes
    function_arn: str  # as it was invoked
    request_id: str
    trace: str = ""
    client_context: str = ""
    on_chunk: Callable[[bytes], None] | None = None


@dataclass(slots=True, eq=False)
class Worker:
    """An environment with what Lambda knows of it."""

    environment: Environment
    version: Version
    stream: str
    role: Principal | None
    expires_at: float  # of the credentials it was given
    code_changed: int = 0  # of a local folder
    lines: list[Line] = field(default_factory=list)
    is_shipping: bool = False


class Life:
    """One for each content of the database: when a snapshot is loaded, another one begins."""

    def __init__(self, store: Store) -> None:
        self.store = store


class Execution(LambdaBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._life = platform.store.shared(Life)
        self.pool = Pool(platform.clock)
        self._workers: dict[Environment, Worker] = {}
        self._running: Counter[tuple[str, ...]] = Counter()
        self._is_guarded = False

    # one invocation

    async def execute(self, ctx: Context, version: Version, call: Call) -> Outcome:
        """Run it. TooManyRequestsException, InvalidRuntimeException; what the function does wrong is in the outcome.

        It runs to its end even if whoever asked for it goes away.
        """
        self._guard()
        try:
            places = self._occupy(version)
        except TooManyRequests:
            self._measure(version, ("Throttles", 1.0, "Count"))
            raise
        work = self.clock.spawn(self._run(ctx, version, call, places), f"function {version.name}")
        at_once = float(self._running[places[-1]])
        outcome: Outcome | AwsError = await asyncio.shield(work)
        is_error = isinstance(outcome, AwsError) or bool(outcome.error)
        self._measure(
            version, ("Invocations", 1.0, "Count"), ("Errors", float(is_error), "Count"),
            ("ConcurrentExecutions", at_once, "Count"),
            *(() if isinstance(outcome, AwsError) else [("Duration", outcome.duration_s * 1000, "Milliseconds")]),
        )  # fmt: skip
        if isinstance(outcome, AwsError):
            raise outcome
        ctx.meter("lambda.requests")
        ctx.meter("lambda.gb_seconds", outcome.billed_ms / 1000 * version.memory_mb / 1024)
        return outcome

    async def _run(
        self, ctx: Context, version: Version, call: Call, places: tuple[tuple[str, ...], ...]
    ) -> Outcome | AwsError:
        worker: Worker | None = None
        try:
            worker = await self._worker(ctx, version)
            invocation = Invocation(
                call.request_id, call.payload, call.function_arn, version.timeout_s, call.trace, call.client_context,
                call.on_chunk,
            )  # fmt: skip
            return await worker.environment.invoke(invocation)
        except AwsError as error:
            return error
        except BaseException:
            if worker is not None:
                worker.environment.kill()
            raise
        finally:
            if worker is not None:
                self._put_back(worker)
            for place in places:
                self._running[place] -= 1

    def trace_for(self, ctx: Context, version: Version) -> str:
        """The X-Ray header for what the function does. RecursiveInvocationException for a loop."""
        arn = f"arn:aws:lambda:{version.region}:{version.account}:function:{version.name}"
        if ctx.span.lineage and lineage.count(ctx.span.lineage, arn) >= limits.LOOPS_MAX:
            function = self.store.functions.get(version.account, version.region, version.name)
            if function is not None and function.recursive_loop != "Allow":
                self._measure(version, ("RecursiveInvocationsDropped", 1.0, "Count"))
                raise RecursiveInvocation
        ctx.span.lineage = lineage.counted(ctx.span.lineage, arn)
        return ctx.span.header

    def _measure(self, version: Version, *values: tuple[str, float, str]) -> None:
        """As metrics of the function, and of its account.

        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
        """
        for dimensions in ((("FunctionName", version.name),), ()):
            self.platform.facts.emit(Measured(version.account, version.region, "AWS/Lambda", dimensions, values))

    def _occupy(self, version: Version) -> tuple[tuple[str, ...], ...]:
        """Take a place among the function's concurrent executions and, if it has none reserved, the account's.
        TooManyRequestsException."""
        key = (version.account, version.region, version.name)
        function = self.store.functions.get(*key)
        reserved = None if function is None else function.reserved
        if reserved is not None:
            if self._running[key] >= reserved:
                raise TooManyRequests("ReservedFunctionConcurrentInvocationLimitExceeded")
            self._running[key] += 1
            return (key,)
        account = key[:2]
        if self._running[account] >= limits.UNRESERVED_MIN and self._running[account] >= self.unreserved(*account):
            raise TooManyRequests
        self._running[account] += 1
        self._running[key] += 1
        return key, account

    def depth(self, arn: str) -> int | None:
        """Invocations of a function that run now, of whichever version."""
        name = names.of_arn(arn)
        return None if name is None or self.store.functions.get(*name.key) is None else self._running[name.key]

    def unreserved(self, account: str, region: str) -> int:
        """How many executions at once are left to the functions of an account that reserve none."""
        functions = self.store.functions.where(account=account, region=region)
        return limits.CONCURRENT_EXECUTIONS - sum(function.reserved or 0 for function in functions)

    async def _worker(self, ctx: Context, version: Version) -> Worker:
        """One that waits, with fresh credentials and code, or a new one."""
        while (waiting := self.pool.take(version.pool_key)) is not None:
            worker = self._workers[waiting]
            is_fresh = worker.expires_at - ctx.now() > limits.CREDENTIAL_SECONDS_LEFT_MIN
            if is_fresh and version.code.folder:
                is_fresh = newest(Path(version.code.folder)) == worker.code_changed
            if is_fresh:
                return worker
            self._end_worker(worker)
        return await self.start(ctx, version)

    def _put_back(self, worker: Worker) -> None:
        version = worker.version
        current = self.store.versions.get(version.account, version.region, version.name, version.version)
        if worker.environment.is_alive and current is not None and current.revision == version.revision:
            self.pool.give(version.pool_key, worker.environment)
        else:
            self._end_worker(worker)

    def _end_worker(self, worker: Worker) -> None:
        self.pool.end(worker.environment)
        self._workers.pop(worker.environment, None)

    @property
    def is_over(self) -> bool:
        """Whether what reads queues and streams is to end: the cloud stops, or has gone on with other data."""
        return self.clock.is_stopping or self.platform.store.shared(Life) is not self._life

    # environments

    async def start(self, ctx: Context, version: Version, kind: str = "on-demand") -> Worker:
        """A new environment of a version, initialised."""
        settings, now = version.settings, ctx.now()
        try:
            program = await program_for(settings["Runtime"], version.memory_mb)
        except CannotRun as error:
            raise InvalidRuntime(str(error)) from None
        task = await self.packages.unpacked(version.code)
        layers = await self.packages.layered([layer.code for layer in self.layers_of(version)])
        credentials, role = await self._credentials(ctx, version)
        stream = f"{configuration.stamp(now)[:10].replace('-', '/')}/[{version.version}]{ids.uuid().replace('-', '')}"
        endpoint = self.platform.endpoint
        spec = Spec(
            program, task, layers, self.folder / "tmp" / ids.uuid(),
            variables_of(version, credentials, stream, endpoint, kind), version.memory_mb,
            version.timeout_s, await asyncio.to_thread(self.platform.authority), version.version,
            configuration.runtime_arn(version.region, settings["Runtime"]),
            (settings.get("LoggingConfig") or {}).get("LogFormat") == "JSON",
        )  # fmt: skip
        environment = Environment(spec, self.clock, lambda lines: self._print(worker, lines))
        worker = Worker(environment, version, stream, role, now + limits.CREDENTIAL_SECONDS)
        if version.code.folder:
            worker.code_changed = newest(Path(version.code.folder))
        self._workers[environment] = worker
        self.pool.add(environment)
        await environment.start(self.pool.zygotes.of(program.interpreter, program.preload))
        return worker

    async def _credentials(self, ctx: Context, version: Version) -> tuple[dict[str, str], Principal | None]:
        """The role's, and who they make the function."""
        try:
            made = await ctx.call(
                "sts:AssumeRole", principal=LAMBDA, region=version.region, RoleArn=version.settings["Role"],
                RoleSessionName=session_name(version.name), DurationSeconds=limits.CREDENTIAL_SECONDS,
            )  # fmt: skip
        except AwsError:
            raise InvalidParameterValue("The role defined for the function cannot be assumed by Lambda.") from None
        found = self.platform.identities.credential(made["Credentials"]["AccessKeyId"])
        return made["Credentials"], None if found is None else found.principal

    def retire(self, version: Version) -> None:
        """A version has changed or gone: its idle environments end."""
        self.pool.retire(version.pool_key)
        for worker in [w for w in self._workers.values() if not w.environment.is_alive]:
            self._workers.pop(worker.environment, None)

    def warm_up(self, version: Version) -> None:
        """Have the interpreter of a new function loaded by the time it is invoked."""
        self._guard()
        self.clock.housekeep(self._load_interpreter(version), f"interpreter of {version.name}")

    async def _load_interpreter(self, version: Version) -> None:
        try:
            program = await program_for(version.settings["Runtime"], version.memory_mb)
        except CannotRun:
            return
        if not self.pool.is_closed:
            self.pool.zygotes.of(program.interpreter, program.preload)

    def _guard(self) -> None:
        """Everything that runs ends with the cloud."""
        if not self._is_guarded:
            self._is_guarded = True
            self.clock.housekeep(self._end_with_cloud(), "environments")

    async def _end_with_cloud(self) -> None:
        try:
            while True:
                await self.clock.sleep_wall(3600.0)
        finally:
            self.pool.close()

    # the log

    def _print(self, worker: Worker, lines: list[Line]) -> None:
        worker.lines += lines
        if not worker.is_shipping and not self.pool.is_closed:
            worker.is_shipping = True
            self.clock.spawn(self._ship(worker), f"log of {worker.version.name}")

    async def _ship(self, worker: Worker) -> None:
        """Hand lines to CloudWatch Logs as the function's role, whose permission decides whether they arrive."""
        version = worker.version
        try:
            await self.clock.sleep_wall(SHIP_SECONDS)
            while worker.lines and worker.role is not None:
                taken = self._parcel(worker)
                events = [
                    {"timestamp": int(self.clock.at_wall(at) * 1000), "message": f"{text}\n"} for at, text in taken
                ]
                await self.platform.dispatcher.enter(
                    worker.role, version.account, version.region, "logs:append",
                    {"logGroupName": configuration.log_group(version), "logStreamName": worker.stream,
                     "logEvents": events},
                )  # fmt: skip
        except AwsError:  # no permission, no such service: as on AWS nobody is told
            worker.lines.clear()
        finally:
            worker.is_shipping = False

    @staticmethod
    def _parcel(worker: Worker) -> list[Line]:
        """As many lines as one call takes."""
        size = count = 0
        for _, text in worker.lines[:EVENTS_AT_ONCE_MAX]:
            size += len(text) + 26
            if size > AWAY_BYTES_MAX and count:
                break
            count += 1
        taken, worker.lines = worker.lines[:count], worker.lines[count:]
        return taken
