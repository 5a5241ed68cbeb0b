"""A task that reads a queue or a stream for one consumer, the work that is under way, and how both come to an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from cloudchamber.core.clock import Clock, Waiter
    from cloudchamber.core.service import Platform

T = TypeVar("T")
REFUSED_SECONDS_MAX = 300.0  # between tries at a source that refuses


class SourceReader(ABC):
    """`settings` are the members of a mapping, or of a pipe's source, which have the same names."""

    batch_size_default: ClassVar[int]

    def __init__(self, platform: Platform, source: str, settings: Mapping[str, Any], patterns: Sequence[str]) -> None:
        self.platform, self.clock = platform, platform.clock
        self.source = source
        self.settings = settings
        self.patterns = patterns
        self.batch_size = int(settings.get("BatchSize") or self.batch_size_default)
        self.window_s = float(settings.get("MaximumBatchingWindowInSeconds") or 0)
        self.is_stopping = False
        self.running: set[asyncio.Task[Any]] = set()
        self._task: asyncio.Task[Any] | None = None
        self._pausing: set[Waiter] = set()

    # what the service says

    @property
    @abstractmethod
    def is_gone(self) -> bool:
        """Whether nothing is to be read or kept any more: no consumer, the cloud stops, or goes on with other data."""

    @abstractmethod
    async def call(self, operation: str, region: str = "", **request: Any) -> Any:
        """Call an operation, of the source's region if none is named, as the role that reads. AwsError."""

    @abstractmethod
    async def wait(self, operation: str, **request: Any) -> None:
        """Wait for the source, as the service itself. AwsError."""

    @abstractmethod
    async def read(self) -> None:
        """Until it is over."""

    # beginning and ending

    @property
    def is_over(self) -> bool:
        return self.is_stopping or self.is_gone

    def start(self) -> None:
        self._task = self.clock.spawn(self.read(), f"reader of {self.source}")

    def cancel(self) -> None:
        """Read no more. Work that `run` began comes to its end by itself, but for retries."""
        self.is_stopping = True
        for waiter in tuple(self._pausing):
            waiter.wake()
        if self._task is not None:
            self._task.cancel()

    async def stop(self) -> None:
        """Read no more, and wait for what is under way."""
        self.cancel()
        if self._task is not None:
            await ended(self.clock, self._task)
        while self.running:
            await self.one_ends()

    def run(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Begin work that is to finish even if reading stops."""
        task = self.clock.spawn(work, f"batch of {self.source}")
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    async def one_ends(self) -> None:
        """Wait for some of the work under way. It holds the clock meanwhile, so this need not."""
        await ended(self.clock, *self.running)

    # waiting

    async def pause(self, seconds: float, wait: Callable[[Waiter, float], Awaitable[Any]] | None = None) -> None:
        """Until time has passed, `wait` finds a reason to go on, or reading stops."""
        waiter = self.clock.waiter()
        self._pausing.add(waiter)
        try:
            if not self.is_stopping:
                await (waiter.wait(seconds) if wait is None else wait(waiter, seconds))
        finally:
            self._pausing.discard(waiter)

    async def persistently(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        """What the source answers, asked until it does not refuse: permissions may change, or the source come back.
        None when reading is over."""
        failures = 0
        while not self.is_over:
            try:
                return await ask()
            except AwsError:
                seconds = min(2.0 ** min(failures, 30), REFUSED_SECONDS_MAX)
                await self.pause(seconds, self.platform.identities.wait_for_change)
                failures += 1
        return None


async def ended(clock: Clock, *tasks: asyncio.Future[Any]) -> None:
    """Wait until one of the tasks has ended, letting the clock go on. What is to follow on a task's end has its turn,
    too: a caller that looks again finds it done."""
    if not tasks:
        return
    waiter = clock.waiter()

    def wake(_: object) -> None:
        waiter.wake()

    for task in tasks:
        task.add_done_callback(wake)
    try:
        await waiter.wait()
    finally:  # a task that goes on would keep one of each time that was waited for it
        for task in tasks:
            task.remove_done_callback(wake)
