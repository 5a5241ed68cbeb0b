"""Environments that wait for their next invocation, by the function version they belong to.

Idle ones are ended after a while, and those of a function that was changed or deleted at once; busy ones when they have
finished.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import TYPE_CHECKING

from cloudchamber.runtime.zygotes import Zygotes

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock, Timer
    from cloudchamber.runtime.environment import Environment

IDLE_SECONDS_MAX = 300.0


class Pool:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.zygotes = Zygotes()
        self._idle: defaultdict[str, deque[tuple[float, Environment]]] = defaultdict(deque)
        self._all: set[Environment] = set()
        self._timer: Timer | None = None
        self.is_closed = False
        self._keep: dict[str, int] = {}

    def take(self, key: str) -> Environment | None:
        """The environment that was used last, which is the warmest."""
        waiting = self._idle.get(key)
        while waiting:
            environment = waiting.pop()[1]
            if environment.is_alive:
                return environment
            self._all.discard(environment)
        return None

    def add(self, environment: Environment) -> None:
        """A new one, at work."""
        self._all.add(environment)
        if self.is_closed:
            self.end(environment)

    def give(self, key: str, environment: Environment) -> None:
        """Back, to wait for the next."""
        if self.is_closed or not environment.is_alive:
            self.end(environment)
            return
        self._idle[key].append((self._clock.now(), environment))
        self._plan()

    def end(self, environment: Environment) -> None:
        environment.kill()
        self._all.discard(environment)

    def idle(self, key: str) -> int:
        return len(self._idle.get(key, ()))

    def keep(self, key: str, count: int) -> None:
        """So many idle ones of a key are never ended for want of work (provisioned concurrency)."""
        if count:
            self._keep[key] = count
        else:
            self._keep.pop(key, None)

    def retire(self, key: str) -> None:
        """No more invocations for this version of a function."""
        self._keep.pop(key, None)
        for _, environment in self._idle.pop(key, ()):
            self.end(environment)

    def _plan(self) -> None:
        if self._timer is None or not self._timer.is_pending:
            self._timer = self._clock.after(IDLE_SECONDS_MAX, self._reap, "idle functions")

    def _reap(self) -> None:
        """End those that have been idle for so long by the cloud's time, the longest idle first."""
        horizon = self._clock.now() - IDLE_SECONDS_MAX
        for key, waiting in list(self._idle.items()):
            while len(waiting) > self._keep.get(key, 0) and waiting[0][0] <= horizon:
                environment = waiting.popleft()[1]
                self._all.discard(environment)
                self._clock.housekeep(environment.retire(), "end of an idle function")
            if not waiting:
                del self._idle[key]
        if self._idle:
            self._plan()

    def close(self) -> None:
        """End everything."""
        self.is_closed = True
        for environment in list(self._all):
            self.end(environment)
        self._idle.clear()
        self.zygotes.close()
