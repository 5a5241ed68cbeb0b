"""Schedules on the clock: each firing at its own instant of the cloud's time.

A firing is a row, written in the transaction that notes how far its schedule came; the timer is all that memory holds.
What fell due while the cloud was not running: of each schedule the last firing is made up for, if it is no older than
its retry policy lets an event get.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.services.scheduler import timing
from cloudchamber.services.scheduler.invoking import Invoking

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.service import Platform
    from cloudchamber.services.scheduler.records import Schedule


class Firing(Invoking):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._timers: dict[str, Timer] = {}  # by the schedule's ARN

    def resume_schedules(self) -> None:
        now = self.clock.now()
        for schedule in self.store.schedules.where(is_enabled=True):
            missed = timing.last_missed(schedule, now, schedule.target["RetryPolicy"]["MaximumEventAgeInSeconds"])
            if missed is not None:
                self._fire(schedule.arn, missed)
            else:
                self.arm(replace(schedule, reached=max(schedule.reached, now)))

    def disarm(self, schedule: Schedule) -> None:
        timer = self._timers.pop(schedule.arn, None)
        if timer is not None:
            timer.cancel()

    def arm(self, schedule: Schedule) -> None:
        """Set a schedule's timer to its next firing, if it is enabled and there is one."""
        self.disarm(schedule)
        if not schedule.is_enabled:
            return
        arn, due = schedule.arn, timing.next_firing(schedule.settings, schedule.reached, schedule.counts_from)
        if due is not None:
            self._timers[arn] = self.clock.at(due, lambda: self._fire(arn, due), "schedule")

    def _fire(self, arn: str, due: float) -> None:
        """Write the invocation of an instant, and wait for the next."""
        schedule = self.store.schedule_by_arn(arn)
        if schedule is None or not schedule.is_enabled:
            return
        reached = replace(schedule, reached=max(due, self.clock.now()))
        with self.platform.store.transaction():
            self.store.schedules.put(reached)
            invocation = self.store.post(schedule, due, due + timing.delay_s(schedule, due))
        self.plan(invocation)
        self.arm(reached)
