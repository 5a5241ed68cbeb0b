"""The clock: three modes, discrete-event advance, holds and waiters."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from cloudchamber.core.clock import Clock, ClockState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

START = 1_800_000_000.0


def frozen() -> Clock:
    return Clock(ClockState("frozen", 0.0, START))


def on_loop(work: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 20))


def test_timers_fire_in_due_order_and_each_sees_its_own_instant():
    async def work() -> None:
        clock, seen = frozen(), []
        for delay in (300.0, 100.0, 200.0):
            clock.after(delay, lambda delay=delay: seen.append((delay, clock.now() - START)))
        assert await clock.advance(1000) == 3
        assert seen == [(100.0, 100.0), (200.0, 200.0), (300.0, 300.0)]
        assert clock.now() == START + 1000

    on_loop(work)


def test_a_timer_set_by_a_timer_fires_within_the_same_advance():
    async def work() -> None:
        clock, ticks = frozen(), []

        def tick() -> None:
            ticks.append(clock.now() - START)
            clock.after(60, tick)

        clock.after(60, tick)
        await clock.advance(300)
        assert ticks == [60, 120, 180, 240, 300]

    on_loop(work)


def test_a_cancelled_timer_does_not_fire():
    async def work() -> None:
        clock, seen = frozen(), []
        timer = clock.after(10, lambda: seen.append(1))
        timer.cancel()
        assert await clock.advance(20) == 0
        assert seen == []

    on_loop(work)


def test_a_frozen_clock_stands_still_until_advanced():
    async def work() -> None:
        clock = frozen()
        assert clock.now() == clock.now() == START
        await clock.advance(0.5)
        assert clock.now() == START + 0.5

    on_loop(work)


def test_time_only_moves_forward():
    async def work() -> None:
        with pytest.raises(ValueError, match="forward"):
            await frozen().advance(-1)
        with pytest.raises(ValueError, match="forward"):
            await frozen().advance(float("nan"))

    on_loop(work)


def test_advance_waits_for_work_in_flight_before_the_next_timer():
    async def work() -> None:
        clock, order = frozen(), []
        gate = asyncio.get_running_loop().create_future()

        async def slow() -> None:
            await gate
            order.append(("slow", clock.now() - START))

        clock.after(10, slow)
        clock.after(20, lambda: order.append(("next", clock.now() - START)))
        advancing = asyncio.ensure_future(clock.advance(30))
        for _ in range(5):
            await asyncio.sleep(0)
        assert order == []
        gate.set_result(None)
        await advancing
        assert order == [("slow", 10), ("next", 20)]

    on_loop(work)


def test_work_that_waits_for_the_clock_does_not_hold_it():
    async def work() -> None:
        clock, seen = frozen(), []

        async def poll() -> None:
            for _ in range(3):
                await clock.sleep(100)
                seen.append(clock.now() - START)

        clock.spawn(poll())
        await clock.advance(1000)
        assert seen == [100, 200, 300]

    on_loop(work)


def test_a_woken_waiter_holds_the_clock_again_at_once():
    async def work() -> None:
        clock, order = frozen(), []
        waiter = clock.waiter()

        async def receiver() -> None:
            order.append(("woken", await waiter.wait(500), clock.now() - START))

        clock.spawn(receiver())
        clock.after(10, waiter.wake)
        clock.after(11, lambda: order.append(("later", clock.now() - START)))
        await clock.advance(20)
        assert order == [("woken", True, 10), ("later", 11)]

    on_loop(work)


def test_a_waiter_times_out_by_the_clouds_time():
    async def work() -> None:
        clock = frozen()
        waiting = asyncio.ensure_future(clock.waiter().wait(20))
        await asyncio.sleep(0)
        await clock.advance(19)
        assert not waiting.done()
        await clock.advance(1)
        assert await waiting is False

    on_loop(work)


def test_a_cancelled_task_leaves_the_clock_free():
    async def work() -> None:
        clock = frozen()

        async def forever() -> None:
            await clock.waiter().wait()

        task = clock.spawn(forever())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await clock.settle()
        with clock.hold():
            pass
        await clock.advance(1)

    on_loop(work)


def test_a_failing_timer_and_a_failing_task_do_not_stop_time():
    async def work() -> None:
        clock, seen = frozen(), []

        def broken() -> None:
            raise RuntimeError("on purpose")

        async def broken_task() -> None:
            raise RuntimeError("on purpose")

        clock.after(1, broken)
        clock.after(2, broken_task)
        clock.after(3, lambda: seen.append(1))
        await clock.advance(5)
        assert seen == [1]

    on_loop(work)


def test_real_time_with_an_offset_goes_on_from_where_it_was_advanced_to():
    async def work() -> None:
        clock = Clock()
        await clock.advance(86_400)
        assert clock.mode == "offset"
        assert 86_399 < clock.now() - clock.wall() < 86_410
        clock.freeze()
        stood = clock.now()
        assert clock.now() == stood
        clock.resume_real()
        assert clock.now() >= stood
        clock.reset()
        assert abs(clock.now() - clock.wall()) < 5

    on_loop(work)


def test_real_timers_fire_without_being_advanced():
    async def work() -> None:
        clock = Clock()
        fired = asyncio.get_running_loop().create_future()
        clock.start()
        clock.after(0.01, lambda: fired.set_result(clock.now()))
        await fired

    on_loop(work)


def test_the_state_is_told_at_each_change_and_restores_the_clock():
    async def work() -> None:
        states: list[ClockState] = []
        clock = Clock(on_change=states.append)
        clock.freeze(START)
        await clock.advance(10)
        again = Clock(states[-1])
        assert again.mode == "frozen"
        assert again.now() == START + 10

    on_loop(work)


def test_the_clouds_time_at_an_instant_of_the_machine_is_remembered_across_advances():
    """A presigned URL ages from the cloud's time at which its client signed it."""

    async def work() -> None:
        clock = Clock()
        before = clock.wall()
        await clock.advance(3600)
        assert clock.at_wall(before) == before
        after = clock.wall() + 1
        assert abs(clock.at_wall(after) - (after + 3600)) < 1

    on_loop(work)


def test_ten_thousand_timers_fire_in_order():
    async def work() -> None:
        clock, seen = frozen(), []
        for number in range(10_000):
            clock.after(1 + (number * 7919) % 10_000, lambda n=number: seen.append((n * 7919) % 10_000))
        assert await clock.advance(10_000) == 10_000
        assert seen == sorted(seen)

    on_loop(work)


def test_a_clock_that_stood_still_says_so_of_the_past():
    """What a client signs while the cloud's clock is frozen was signed at the frozen instant."""

    async def work() -> None:
        clock = Clock()
        clock.freeze(START)
        assert clock.at_wall(clock.wall() + 100) == START
        await clock.advance(50)
        assert clock.at_wall(clock.wall() + 100) == START + 50

    on_loop(work)


def test_what_is_signed_during_an_advance_is_signed_at_its_instant():
    async def work() -> None:
        clock, seen = frozen(), []
        clock.after(10, lambda: seen.append(clock.at_wall(clock.wall())))
        await clock.advance(100)
        assert seen == [START + 10]

    on_loop(work)


def test_a_task_that_is_cancelled_holds_the_clock_until_it_has_ended_and_no_longer():
    async def work() -> tuple[int, int]:
        clock = Clock()
        task = clock.spawn(clock.waiter().wait())
        await clock.settle()
        task.cancel()
        held = clock._holds
        await clock.settle()
        assert task.cancelled()
        task.cancel()
        return held, clock._holds

    assert asyncio.run(work()) == (1, 0)
