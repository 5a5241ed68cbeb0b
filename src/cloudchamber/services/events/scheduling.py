"""Rules that fire by rate or cron: each firing at its own instant of the cloud's time.

A firing and its deliveries are written in one transaction. The timer is all that memory holds: `resume_schedules` sets
it again from the rules. What fell due while the cloud was not running is not made up for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.services.events import event as events
from cloudchamber.services.events.deliveries import Deliveries
from cloudchamber.services.events.schedule import next_firing
from cloudchamber.services.events.tables import Taken

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.service import Platform
    from cloudchamber.services.events.tables import Rule


class Scheduling(Deliveries):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._timers: dict[str, Timer] = {}  # by the rule's ARN

    def resume_schedules(self) -> None:
        for rule in self.store.rules.where(is_scheduled=True):
            self.reschedule(rule, self.clock.now())

    def unschedule(self, rule: Rule) -> None:
        timer = self._timers.pop(rule.arn, None)
        if timer is not None:
            timer.cancel()

    def reschedule(self, rule: Rule, after: float) -> None:
        """Set a rule's timer to its first firing later than `after`, in epoch seconds."""
        self.unschedule(rule)
        due = next_firing(rule.schedule, after, rule.scheduled_at) if rule.is_scheduled else None
        if due is not None:
            self._timers[rule.arn] = self.clock.at(due, lambda: self._fire(rule.arn, due), "scheduled rule")

    def _fire(self, rule_arn: str, due: float) -> None:
        """Give a rule's targets the event of an instant, and wait for the next."""
        rule = self.rule_by_arn(rule_arn)
        if rule is None or not rule.is_scheduled:
            return
        entry = {"DetailType": "Scheduled Event", "Source": "aws.events", "Resources": [rule.arn]}
        taken = Taken(events.made(ids.uuid(), (rule.account, rule.region), due, entry, {}), due)
        to = [(rule, target) for target in self.store.targets.where(rule=rule.arn)]
        if to:
            with self.platform.store.transaction():
                deliveries = self.store.post(taken, to, self.clock.now())
            self.begin(taken, deliveries)
        self.reschedule(rule, max(due, self.clock.now()))
