"""Dependencies: which of them go round in a circle, and work done along them, side by side where it can be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from cloudchamber.core.clock import Clock

Dependencies = Mapping[str, Iterable[str]]


def cycle(dependencies: Dependencies) -> list[str]:
    """The names that depend on each other in a circle, in the order given; empty if there is none."""
    return [name for name in dependencies if _reaches(dependencies, name)] if _is_stuck(dependencies) else []


def _is_stuck(dependencies: Dependencies) -> bool:
    left = {name: {need for need in needs if need in dependencies} for name, needs in dependencies.items()}
    while True:
        free = [name for name, needs in left.items() if not needs]
        if not free:
            return bool(left)
        for name in free:
            del left[name]
        done = set(free)
        for needs in left.values():
            needs -= done


def _reaches(dependencies: Dependencies, start: str) -> bool:
    """Whether a name depends on itself by way of others."""
    seen: set[str] = set()
    waiting = list(dependencies.get(start, ()))
    while waiting:
        name = waiting.pop()
        if name == start:
            return True
        if name not in seen:
            seen.add(name)
            waiting += dependencies.get(name, ())
    return False


def reversed_of(dependencies: Dependencies) -> dict[str, set[str]]:
    """Who has to be gone before each can go."""
    found: dict[str, set[str]] = {name: set() for name in dependencies}
    for name, needs in dependencies.items():
        for need in needs:
            if need in found:
                found[need].add(name)
    return found


class Walk:
    """Work on each of some names, once what it depends on is done; what is independent goes side by side.

    `work(name)` says whether it succeeded. After a failure nothing new is begun, unless `goes_on`: then only what
    depends on the failed one is left out.
    """

    def __init__(
        self, clock: Clock, work: Callable[[str], Coroutine[Any, Any, bool]], at_once: int, goes_on: bool = False
    ) -> None:
        self._clock = clock
        self._work = work
        self._at_once = at_once
        self._goes_on = goes_on

    async def run(self, dependencies: Dependencies) -> set[str]:
        """The names that failed or were not begun."""
        left = {name: {need for need in needs if need in dependencies} for name, needs in dependencies.items()}
        dependents = reversed_of(dependencies)
        ready = [name for name, needs in left.items() if not needs]
        undone, failed = set(dependencies), False
        running: dict[asyncio.Task[bool], str] = {}
        ended: list[asyncio.Task[bool]] = []
        waiter = self._clock.waiter()  # lets time go on while all that is under way waits for it

        def end(task: asyncio.Task[bool]) -> None:
            ended.append(task)
            waiter.wake()

        while True:
            while ready and len(running) < self._at_once and (self._goes_on or not failed):
                name = ready.pop(0)
                task = self._clock.spawn(self._work(name), f"resource {name}")
                running[task] = name
                task.add_done_callback(end)
            if not running:
                return undone
            while not ended:
                await waiter.wait()
            while ended:
                task = ended.pop()
                name = running.pop(task)
                if task.cancelled() or task.exception() is not None or not task.result():
                    failed = True
                    continue
                undone.discard(name)
                for dependent in dependents[name]:
                    left[dependent].discard(name)
                    if not left[dependent]:
                        ready.append(dependent)
