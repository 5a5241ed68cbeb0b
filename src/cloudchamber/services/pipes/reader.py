"""A pipe that is being read: its task, the executions under way, and how both come to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine

    from cloudchamber.core.clock import Clock, Waiter


class Reader:
    """The task that reads is cut off when the pipe stops; executions are let finish, but for their retries."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.is_stopping = False
        self.task: asyncio.Task[Any] | None = None
        self.running: set[asyncio.Task[Any]] = set()
        self._pausing: set[Waiter] = set()

    def run(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Begin work that is to finish even if the pipe stops."""
        task = self.clock.spawn(work, name)
        self.running.add(task)
        task.add_done_callback(self.running.discard)
        return task

    async def pause(self, seconds: float, wait: Callable[[Waiter, float], Any] | None = None) -> None:
        """Until time has passed, `wait` finds a reason to go on, or the pipe stops."""
        waiter = self.clock.waiter()
        self._pausing.add(waiter)
        try:
            if not self.is_stopping:
                await (waiter.wait(seconds) if wait is None else wait(waiter, seconds))
        finally:
            self._pausing.discard(waiter)

    async def one_ends(self) -> None:
        """Wait for one of the executions under way. They hold the clock meanwhile, so this need not."""
        await ended(self.clock, *self.running)

    async def stop(self) -> None:
        """Read no more, and wait for what is under way."""
        self.is_stopping = True
        for waiter in tuple(self._pausing):
            waiter.wake()
        if self.task is not None:
            self.task.cancel()
            await ended(self.clock, self.task)
        while self.running:
            await self.one_ends()


async def ended(clock: Clock, *tasks: asyncio.Task[Any]) -> None:
    """Wait until one of the tasks has ended, letting the clock go on."""
    if not tasks or any(task.done() for task in tasks):
        return
    waiter = clock.waiter()
    for task in tasks:
        task.add_done_callback(lambda _: waiter.wake())
    await waiter.wait()
