"""Time and background work. Nothing else reads the time or starts a task.

Three modes. *real*: the machine's time. *offset*: the same plus what was advanced. *frozen*: stands still until
advanced. `advance` is discrete-event: timers fire in due order, each seeing its own instant as `now()`, and after each
the clock waits until the work it set off has come to rest. Work that must not be overtaken by time takes a `hold`;
a spawned task holds by itself, but not while it waits through a `Waiter`.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import inspect
import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["real", "offset", "frozen"]
Callback = Callable[[], Awaitable[None] | None]

log = logging.getLogger("cloudchamber.clock")

_holds_the_clock: contextvars.ContextVar[bool] = contextvars.ContextVar("holds_the_clock", default=False)

# A timer further away than this is re-armed on the way: the loop's timers do not reach that far.
ARM_SECONDS_MAX = 3600.0
STEPS_MAX = 64


@dataclass(slots=True, order=True)
class Timer:
    """A callback due at an instant of the cloud's time."""

    due: float
    order: int
    callback: Callback | None = field(compare=False)
    name: str = field(compare=False, default="")

    def cancel(self) -> None:
        self.callback = None

    @property
    def is_pending(self) -> bool:
        return self.callback is not None


@dataclass(frozen=True, slots=True)
class ClockState:
    """What survives a restart: the mode, the offset in seconds, the frozen instant, and when the clock was moved.

    A step is (the machine's time, the cloud's time from then on, whether it flows).
    """

    mode: Mode = "real"
    offset: float = 0.0
    frozen_at: float = 0.0
    steps: tuple[tuple[float, float, bool], ...] = ()


class _End(asyncio.Future[bool]):
    """How a wait ends. Whatever ends it, cancelling too, takes the clock's hold again at once, so that the clock cannot
    slip past between now and the waiting task's turn."""

    def __init__(self, take_hold: Callable[[], None] | None) -> None:
        super().__init__(loop=asyncio.get_running_loop())
        self._take_hold = take_hold

    def end(self, woken: bool) -> None:
        if not self.done():
            self._taken()
            self.set_result(woken)

    def cancel(self, msg: Any | None = None) -> bool:
        if not self.done():
            self._taken()
        return super().cancel(msg)

    def _taken(self) -> None:
        if self._take_hold is not None:
            self._take_hold()


class Waiter:
    """Waiting that lets the clock go on: ended by `wake()` or by the clock reaching the timeout."""

    __slots__ = ("_clock", "_end")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._end: _End | None = None

    async def wait(self, timeout_s: float | None = None) -> bool:
        """True if woken, False if `timeout_s` seconds of the cloud's time passed first."""
        held = _holds_the_clock.get()
        self._end = end = _End(self._clock.acquire if held else None)
        timer = None if timeout_s is None else self._clock.after(timeout_s, lambda: end.end(False), "waiter")
        if held:
            self._clock.release()
        self._clock._waiting.add(self)
        try:
            return await end
        finally:
            self._clock._waiting.discard(self)
            if timer is not None:
                timer.cancel()

    def wake(self) -> None:
        if self._end is not None:
            self._end.end(True)


class Clock:
    def __init__(self, state: ClockState | None = None, on_change: Callable[[ClockState], None] | None = None) -> None:
        self._state = state or ClockState()
        self.on_change = on_change
        self._advancing_at: float | None = None
        self._advancing_since = 0.0  # the machine's time
        self._timers: list[Timer] = []
        self._orders = itertools.count()
        self._armed: asyncio.TimerHandle | None = None
        self._armed_due = float("inf")
        self._holds = 0
        self._settled: list[asyncio.Future[None]] = []
        self._tasks: set[asyncio.Task[Any]] = set()
        self._housekeepers: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._waiting: set[Waiter] = set()
        self._advance_lock = asyncio.Lock()

    # reading

    def now(self) -> float:
        """The cloud's time in epoch seconds."""
        if self._advancing_at is not None:
            return self._advancing_at
        if self._state.mode == "frozen":
            return self._state.frozen_at
        return time.time() + self._state.offset

    @staticmethod
    def wall() -> float:
        """The machine's time in epoch seconds: what clients sign with."""
        return time.time()

    @staticmethod
    def perf() -> float:
        """Seconds on a clock that only goes forward, for durations."""
        return time.perf_counter()

    def at_wall(self, wall: float) -> float:
        """The cloud's time when the machine's stood at `wall`, the instant at which a client signed something."""
        if self._advancing_at is not None and wall >= self._advancing_since:
            return self._advancing_at
        steps = self._state.steps
        # Before the oldest step that is remembered the clock stood as that step found it, or had never been moved.
        latest = steps[0] if len(steps) == STEPS_MAX else None
        for step in steps:
            if step[0] > wall:
                break
            latest = step
        if latest is None:
            return wall
        since, cloud, flows = latest
        return cloud + (wall - since) if flows else cloud

    @property
    def state(self) -> ClockState:
        return self._state

    @property
    def mode(self) -> Mode:
        return self._state.mode

    # timers

    def at(self, due: float, callback: Callback, name: str = "") -> Timer:
        """Run `callback` when the cloud's time reaches `due` (at once, in its own turn, if that has passed)."""
        timer = Timer(due, next(self._orders), callback, name)
        heapq.heappush(self._timers, timer)
        if due < self._armed_due:
            self._arm()
        return timer

    def after(self, delay_s: float, callback: Callback, name: str = "") -> Timer:
        return self.at(self.now() + delay_s, callback, name)

    def pending(self, limit: int = 100) -> list[Timer]:
        """The next timers in due order."""
        return heapq.nsmallest(limit, (t for t in self._timers if t.is_pending))

    def _arm(self) -> None:
        if self._armed is not None:
            self._armed.cancel()
            self._armed, self._armed_due = None, float("inf")
        if self._closed or self._advancing_at is not None:
            return
        while self._timers and not self._timers[0].is_pending:
            heapq.heappop(self._timers)
        if not self._timers:
            return
        due = self._timers[0].due
        delay = due - self.now()
        if self._state.mode == "frozen" and delay > 0:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # set up before the loop runs; start() arms
            return
        self._armed_due = due
        self._armed = loop.call_later(min(max(delay, 0.0), ARM_SECONDS_MAX), self._ring)

    def _ring(self) -> None:
        self._armed, self._armed_due = None, float("inf")
        now = self.now()
        while self._timers and self._timers[0].due <= now and self._advancing_at is None:
            self._fire(heapq.heappop(self._timers))
        self._arm()

    def _fire(self, timer: Timer) -> None:
        callback, timer.callback = timer.callback, None
        if callback is None:
            return
        try:
            result = callback()
        except Exception:
            log.exception("timer %s failed", timer.name)
            return
        if inspect.iscoroutine(result):
            self.spawn(result, timer.name)

    # work

    def start(self) -> None:
        """Begin to fire timers; called once the loop runs."""
        self._arm()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str = "") -> asyncio.Task[Any]:
        """Run background work as a task that holds the clock until it ends or waits through a `Waiter`."""
        self.acquire()
        context = contextvars.copy_context()
        context.run(_holds_the_clock.set, True)
        task = asyncio.get_running_loop().create_task(work, name=name, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def housekeep(self, work: Coroutine[Any, Any, Any], name: str = "") -> None:
        """Run work that goes by the machine's time and never holds the clock (saving counters now and then)."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._housekeepers.add(task)
        task.add_done_callback(self._housekeepers.discard)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        self.release()
        if not task.cancelled() and task.exception() is not None:
            log.error("background work %s failed", task.get_name(), exc_info=task.exception())

    def acquire(self) -> None:
        self._holds += 1

    def release(self) -> None:
        self._holds -= 1
        if self._holds <= 0:
            waiting, self._settled = self._settled, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Time cannot be advanced past work inside this block."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def waiter(self) -> Waiter:
        return Waiter(self)

    async def sleep(self, delay_s: float) -> None:
        """Wait for the cloud's time, letting the clock go on."""
        await Waiter(self).wait(delay_s)

    @staticmethod
    async def sleep_wall(delay_s: float) -> None:
        """Wait for the machine's time: latency that a client is to feel."""
        await asyncio.sleep(delay_s)

    @staticmethod
    async def breathe() -> None:
        """Let others have their turn during long work."""
        await asyncio.sleep(0)

    async def settle(self) -> None:
        """Wait until no work in flight holds the clock and what is due has fired."""
        while True:
            await asyncio.sleep(0)
            if self._holds > 0:
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._settled.append(future)
                await future
                continue
            now = self.now()
            if self._timers and self._timers[0].due <= now:
                self._fire(heapq.heappop(self._timers))
                continue
            return

    # moving

    async def advance(self, seconds: float) -> int:
        """Move the cloud's time forward, firing what falls due in order. Returns how many timers fired."""
        if not seconds >= 0:
            raise ValueError("time only moves forward")
        async with self._advance_lock:
            target, fired = self.now() + seconds, 0
            self._advancing_at, self._advancing_since = self.now(), time.time()
            try:
                await self.settle()
                while self._timers and self._timers[0].due <= target:
                    timer = heapq.heappop(self._timers)
                    if not timer.is_pending:
                        continue
                    self._advancing_at = max(self._advancing_at, timer.due)
                    self._fire(timer)
                    fired += 1
                    await self.settle()
                self._advancing_at = target
            finally:
                reached, self._advancing_at = self._advancing_at, None
                self._set_now(reached)
            await self.settle()
            return fired

    def freeze(self, instant: float | None = None) -> None:
        """Stand still, at `instant` (epoch seconds) or at the present."""
        at = self.now() if instant is None else instant
        self._change(ClockState("frozen", at - time.time(), at, self._state.steps))

    def resume_real(self) -> None:
        """Flow again from the present of the cloud."""
        offset = self.now() - time.time()
        self._change(ClockState("offset" if offset else "real", offset, 0.0, self._state.steps))

    def reset(self) -> None:
        """Back to the machine's time. Timers due in between stay pending."""
        self._change(ClockState("real", 0.0, 0.0, self._state.steps))

    def restore(self, state: ClockState) -> None:
        self._change(state)

    def _set_now(self, instant: float) -> None:
        if self._state.mode == "frozen":
            self._change(ClockState("frozen", instant - time.time(), instant, self._state.steps))
        else:
            self._change(ClockState("offset", instant - time.time(), 0.0, self._state.steps))

    def _change(self, state: ClockState) -> None:
        wall, flows = time.time(), state.mode != "frozen"
        steps = (*state.steps, (wall, wall + state.offset if flows else state.frozen_at, flows))[-STEPS_MAX:]
        self._state = ClockState(state.mode, state.offset, state.frozen_at, steps)
        if self.on_change is not None:
            self.on_change(self._state)
        self._arm()

    @property
    def is_stopping(self) -> bool:
        """Whether what waits in a loop is to give up: the cloud is about to stop."""
        return self._closed

    def end_waiting(self) -> None:
        """Wake all that wait (long polls), so that they can answer before the cloud stops."""
        self._closed = True
        for waiter in list(self._waiting):
            waiter.wake()

    async def stop(self) -> None:
        """End background work and fire nothing more."""
        self._closed = True
        self._arm()
        tasks = [*self._tasks, *self._housekeepers]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def forget_timers(self) -> None:
        """Drop every timer, before the state they belong to is replaced."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()
        self._arm()
