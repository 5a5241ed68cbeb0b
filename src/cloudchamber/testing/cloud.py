"""A cloud on a loop of its own, in a thread of this process, driven from ordinary synchronous code."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING, Any, TypeVar

import uvloop

from cloudchamber.cloud import Cloud
from cloudchamber.config import Config
from cloudchamber.core import ids
from cloudchamber.core.clock import Clock
from cloudchamber.core.faults import FaultRule, Kind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import boto3

    from cloudchamber.core.spans import Span

T = TypeVar("T")

START_SECONDS_MAX = 30.0
CALL_SECONDS_MAX = 60.0
MAIL_LISTED_MAX = 1000
FIRST_ACCOUNT = 100_000_000_001


class RunningCloud:
    """A started cloud. Port 0 takes a free one; without a data folder everything is in memory."""

    def __init__(self, config: Config | None = None) -> None:
        self._config = config or Config(port=0)
        self._loop: asyncio.AbstractEventLoop
        self._ready = threading.Event()
        self._failure: BaseException | None = None
        self._accounts = itertools.count(FIRST_ACCOUNT)
        self._cloud: Cloud
        self._thread = threading.Thread(target=self._run, name="cloudchamber", daemon=True)

    def start(self) -> RunningCloud:
        self._thread.start()
        if not self._ready.wait(START_SECONDS_MAX):
            raise TimeoutError("the cloud did not start")
        if self._failure is not None:
            raise self._failure
        return self

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            self._loop = runner.get_loop()
            self._stopping = asyncio.Event()
            runner.run(self._live())

    async def _live(self) -> None:
        try:
            self._cloud = Cloud(self._config)
            await self._cloud.start()
        except BaseException as error:
            self._failure = error
            self._ready.set()
            return
        self._ready.set()
        await self._stopping.wait()
        await self._cloud.stop()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join(CALL_SECONDS_MAX)

    def run(self, work: Callable[[Cloud], Awaitable[T]]) -> T:
        """Run `await work(cloud)` on the cloud's loop and give back what it returns."""

        async def on_loop() -> T:
            return await work(self._cloud)

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(CALL_SECONDS_MAX)

    def look(self, reader: Callable[[Cloud], T]) -> T:
        """Run `reader(cloud)` on the cloud's loop."""

        async def read(cloud: Cloud) -> T:
            return reader(cloud)

        return self.run(read)

    @property
    def endpoint(self) -> str:
        return self._cloud.endpoint

    @property
    def port(self) -> int:
        return self._cloud.port

    @property
    def ca_certificate(self) -> str:
        """The path of the certificate with which HTTPS clients verify this cloud."""
        return self.look(lambda cloud: str(cloud.certificates.ensure()))

    @property
    def clock(self) -> CloudClock:
        return CloudClock(self)

    @property
    def faults(self) -> CloudFaults:
        return CloudFaults(self)

    def new_account(self) -> str:
        """A 12-digit account that nobody has used in this process."""
        return str(next(self._accounts))

    def session(self, account: str | None = None, region: str = "us-east-1") -> boto3.Session:
        """A boto3 session as the root user of an account, whose clients talk to this cloud."""
        return self.session_with(account or self.new_account(), "test", region=region)

    def session_with(
        self, access_key_id: str, secret: str, token: str | None = None, region: str = "us-east-1"
    ) -> boto3.Session:
        """A boto3 session with the given credentials, whose clients talk to this cloud."""
        import boto3  # noqa: PLC0415 - takes half a second

        endpoint = self.endpoint

        class Session(boto3.Session):  # type: ignore[misc]
            def client(self, *args: Any, **kwargs: Any) -> Any:
                kwargs.setdefault("endpoint_url", endpoint)
                return super().client(*args, **kwargs)

            def resource(self, *args: Any, **kwargs: Any) -> Any:
                kwargs.setdefault("endpoint_url", endpoint)
                return super().resource(*args, **kwargs)

        return Session(access_key_id, secret, token, region)

    def spans(self, **equal: str) -> list[Span]:
        """The calls that were traced, newest first, whose attributes equal the given ones."""
        return self.look(
            lambda cloud: list(cloud.traces.latest(lambda s: all(getattr(s, k) == v for k, v in equal.items())))
        )

    def mail(self, to: str | None = None) -> list[Any]:
        """The mails, text messages and pushes that services sent, newest first: all of them or those to one address."""
        wanted = {} if to is None else {"recipient": to}
        return self.look(lambda cloud: list(cloud.mailbox.list(MAIL_LISTED_MAX, **wanted)))


class CloudClock:
    """The cloud's time, from a test."""

    def __init__(self, running: RunningCloud) -> None:
        self._running = running

    def now(self) -> float:
        """Epoch seconds."""
        return self._running.look(lambda cloud: cloud.clock.now())

    def freeze(self, at: float | None = None) -> None:
        self._running.look(lambda cloud: cloud.clock.freeze(at))

    def resume(self) -> None:
        """Flow on from where it stands."""
        self._running.look(lambda cloud: cloud.clock.resume_real())

    def advance(self, seconds: float) -> int:
        """Move forward; what falls due fires in order. Returns how many timers fired."""
        return self._running.run(lambda cloud: cloud.clock.advance(seconds))

    def settle(self) -> None:
        """Wait until no background work is in flight."""
        self._running.run(lambda cloud: cloud.clock.settle())

    @staticmethod
    def wall() -> float:
        return Clock.wall()


class CloudFaults:
    """Faults, from a test."""

    def __init__(self, running: RunningCloud) -> None:
        self._running = running

    def add(self, kind: Kind, **rule: Any) -> str:
        """Add a rule (see `cloudchamber.core.faults.FaultRule`); its id."""
        added = FaultRule(id=f"fault-{ids.span_id()[:8]}", kind=kind, **rule)
        self._running.look(lambda cloud: cloud.faults.add(added))
        return added.id

    def remove(self, rule_id: str) -> None:
        self._running.look(lambda cloud: cloud.faults.remove(rule_id))

    def clear(self) -> None:
        self._running.look(lambda cloud: cloud.faults.remove())
