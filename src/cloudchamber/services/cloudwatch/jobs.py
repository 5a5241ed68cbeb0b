"""Alarms at work, on the clock: evaluation, changes of state, actions; and old points growing coarser.

An alarm is looked at on each full minute (each ten seconds for periods below a minute) as long as its metrics have
points in its evaluation range. Then nothing can change any more, and it sleeps until a point arrives: an idle cloud has
no timers. An action is a row, written with the change that causes it, so a killed process loses none.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import orjson

from cloudchamber.core import ids
from cloudchamber.core.context import INTERNAL
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.identity import principals
from cloudchamber.services.cloudwatch import alarm as alarms
from cloudchamber.services.cloudwatch import datum, evaluation, notices, rule
from cloudchamber.services.cloudwatch.alarm import COMPOSITE, METRIC, Alarm
from cloudchamber.services.cloudwatch.base import CloudWatchBase
from cloudchamber.services.cloudwatch.query import Answering
from cloudchamber.services.cloudwatch.records import Action, HistoryItem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.metrics import MetricKey
    from cloudchamber.core.service import Platform

log = logging.getLogger("cloudchamber.cloudwatch")

CLOUDWATCH = principals.service("cloudwatch.amazonaws.com")
LAMBDA_ALARMS = principals.service("lambda.alarms.cloudwatch.amazonaws.com")
AGING_STEP_SECONDS = 3600
ATTEMPTS_MAX = 5
RETRY_SECONDS = 20.0
_THROTTLES = frozenset({"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestTimeout"})

AlarmKey = tuple[str, str, str]


class Jobs(CloudWatchBase):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._timers: dict[AlarmKey, Timer] = {}
        self._watchers: dict[MetricKey, set[AlarmKey]] = {}
        self._aging: Timer | None = None
        platform.metrics.on_watched = lambda key: self.points_arrived((key,))

    async def resume(self) -> None:
        for alarm in self.store.alarms:
            if alarm.kind == METRIC:
                self.watch(alarm)
        for action in self.store.queued():
            self._plan(action)
        self.plan_aging()

    # which alarms look at which metrics

    def watch(self, alarm: Alarm) -> None:
        """After a metric alarm was put: look at it on the next full minute."""
        for key in alarm.watched:
            self._watchers.setdefault(key, set()).add(alarm.key)
            self.platform.metrics.watched.add(key)
        self._arm(alarm)

    def unwatch(self, alarm: Alarm) -> None:
        """After a metric alarm was deleted, or before it is put anew."""
        for key in alarm.watched:
            watchers = self._watchers.get(key, set())
            watchers.discard(alarm.key)
            if not watchers:
                self._watchers.pop(key, None)
                self.platform.metrics.watched.discard(key)
        timer = self._timers.pop(alarm.key, None)
        if timer is not None:
            timer.cancel()

    def points_arrived(self, keys: Iterable[MetricKey]) -> None:
        """Wake the alarms that sleep for want of points."""
        for key in keys:
            for alarm_key in self._watchers.get(key, ()):
                alarm = self.store.alarms.get(*alarm_key) if alarm_key not in self._timers else None
                if alarm is not None:
                    self._arm(alarm)

    def _arm(self, alarm: Alarm) -> None:
        if alarm.key not in self._timers:
            step = _step(alarm)
            due = (self.clock.now() // step + 1) * step
            self._timers[alarm.key] = self.clock.at(due, lambda: self._look(alarm.key), "cloudwatch alarm")

    # what the cloud's services measured of themselves

    def take_measured(self) -> None:
        """Keep what there is, before it is read."""
        taken = self.platform.metrics.take()
        if taken:
            now = self.clock.now()
            with self.platform.store.transaction():
                for (key, at), samples in taken.items():
                    self.store.add(key, datum.measured(key, at, samples), now)
            self.plan_aging()

    # evaluation

    def _look(self, key: AlarmKey) -> None:
        self._timers.pop(key, None)
        alarm = self.store.alarms.get(*key)
        if alarm is None:
            return
        self.take_measured()
        now = self.clock.now()
        end = int(now // _step(alarm) * _step(alarm))
        start = end - (alarm.periods_to_evaluate + evaluation.EXTRA_PERIODS) * alarm.period
        try:
            points = Answering(self.store, key[:2], alarm.queries, (start, end)).series(alarm.returned)
        except AwsError as error:
            log.info("%s: %s", alarm.arn, error.message)
            points = []
        if points:
            slots = [(at, points[0].points.get(at)) for at in range(start, end, alarm.period)]
            verdict = evaluation.judge(alarm, slots)
            if verdict is not None:
                self._conclude(alarm, verdict, now)
        if any(self.store.has_points(metric, start) for metric in alarm.watched):
            self._arm(alarm)

    def _conclude(self, alarm: Alarm, verdict: evaluation.Verdict, now: float) -> None:
        if verdict.state == alarm.state:
            if alarm.reason.startswith("Unchecked:"):
                self.store.alarms.put(replace(alarm, reason=verdict.reason))
            return
        data = {
            "version": "1.0",
            "queryDate": notices.stamp(now),
            **({"startDate": notices.stamp(verdict.points[-1][0])} if verdict.points else {}),
            **({"statistic": alarm.statistic} if alarm.statistic else {}),
            "period": alarm.period,
            "recentDatapoints": [value for _, value in reversed(verdict.points)],
            "threshold": alarm.threshold,
            "evaluatedDatapoints": [{"timestamp": notices.stamp(at), "value": value} for at, value in verdict.points],
        }
        self.change_state(alarm, verdict.state, verdict.reason, orjson.dumps(data).decode())

    # changes of state

    def change_state(self, alarm: Alarm, state: str, reason: str, reason_data: str) -> None:
        """Into another state, with all that follows: history, actions, composite alarms above it."""
        with self.platform.store.transaction():
            actions = self._changed(alarm, state, reason, reason_data)
        self.begin(actions)

    def _changed(self, alarm: Alarm, state: str, reason: str, reason_data: str) -> list[Action]:
        now = self.clock.now()
        after = replace(alarm, state=state, reason=reason, reason_data=reason_data, updated_at=now)
        self.store.alarms.put(after)
        self._note_state(after, alarm)
        actions = [self.store.queue(action) for action in notices.actions_of(after, alarm)]
        for composite in self.store.alarms.where(account=alarm.account, region=alarm.region, kind=COMPOSITE):
            if alarm.name in rule.names_in(rule.parse(composite.config["AlarmRule"])):
                actions += self.recompose(composite, after)
        return actions

    def recompose(self, composite: Alarm, cause: Alarm | None = None) -> list[Action]:
        """Work out a composite alarm's rule; what it has to do if its state changes. Inside a transaction."""

        def state_of(name: str) -> str:
            found = self.store.alarms.get(composite.account, composite.region, name)
            return alarms.INSUFFICIENT if found is None else found.state

        holds = rule.holds(rule.parse(composite.config["AlarmRule"]), state_of)
        state = alarms.ALARM if holds else alarms.OK
        if state == composite.state:
            return []
        if cause is None:
            reason = f"{composite.arn} was created and its alarm rule evaluates to {state}"
            return self._changed(composite, state, reason, "")
        triggering = {"arn": cause.arn, "state": {"value": cause.state, "timestamp": notices.stamp(cause.updated_at)}}
        return self._changed(
            composite, state, f"{cause.arn} transitioned to {cause.state} at {notices.spelt(cause.updated_at)}",
            orjson.dumps({"triggeringAlarms": [triggering]}).decode(),
        )  # fmt: skip

    def begin(self, actions: Iterable[Action]) -> None:
        """Do what was just committed."""
        for action in actions:
            self.clock.spawn(self._perform(action), "cloudwatch action")

    # history

    def note(self, alarm: Alarm, kind: str, summary: str, data: object) -> None:
        """Inside a transaction."""
        text = orjson.dumps(data).decode()
        self.store.note(
            HistoryItem(
                alarm.account, alarm.region, alarm.name, alarm.kind, self.clock.now(), kind, summary[:255], text
            )
        )

    def _note_state(self, after: Alarm, before: Alarm) -> None:
        def shown(alarm: Alarm) -> dict[str, object]:
            state: dict[str, object] = {"stateValue": alarm.state, "stateReason": alarm.reason}
            if alarm.reason_data:
                try:
                    state["stateReasonData"] = orjson.loads(alarm.reason_data)
                except orjson.JSONDecodeError:
                    state["stateReasonData"] = alarm.reason_data
            return state

        self.note(
            after, "StateUpdate", f"Alarm updated from {before.state} to {after.state}",
            {"version": "1.0", "oldState": shown(before), "newState": shown(after)},
        )  # fmt: skip

    # actions

    def _plan(self, action: Action) -> None:
        self.clock.at(action.due, lambda: self._perform(action), "cloudwatch action")

    async def _perform(self, action: Action) -> None:
        """Do it once, then be done with it or plan the next attempt."""
        error: AwsError | None = None
        try:
            await self._call(action)
        except AwsError as raised:
            error = raised
        if error is not None and (error.status >= 500 or error.code in _THROTTLES):
            action.attempts += 1
            if action.attempts < ATTEMPTS_MAX and not isinstance(error, NotImplementedByUs):
                action.due = self.clock.now() + RETRY_SECONDS
                self.store.postpone(action)
                self._plan(action)
                return
        self._performed(action, error)

    def _performed(self, action: Action, error: AwsError | None) -> None:
        summary = f"Successfully executed action {action.target}"
        data: dict[str, object] = {"actionState": "Succeeded", "notificationResource": action.target,
                                   "stateUpdateTimestamp": notices.stamp(self.clock.now())}  # fmt: skip
        if error is not None:
            summary = f'Failed to execute action {action.target}. Received error: "{error.message}"'
            data = {**data, "actionState": "Failed", "error": f"{error.code}: {error.message}"}
        with self.platform.store.transaction():
            self.store.done(action)
            self.store.note(
                HistoryItem(
                    action.account, action.region, action.alarm, action.alarm_type, self.clock.now(), "Action",
                    summary[:255], orjson.dumps(data).decode(),
                )
            )  # fmt: skip

    async def _call(self, action: Action) -> None:
        """As the service principal that AWS uses, on the alarm's behalf."""
        span = new_span("cloudwatch", "AlarmAction", ids.request_id(), None, self.clock.now())
        ctx = self.platform.dispatcher.open(span, CLOUDWATCH, action.account, action.region, INTERNAL)
        _, _, service, region, *_ = action.target.split(":")
        if service == "sns":
            texts = orjson.dumps({"default": action.message, "email": action.text}).decode()
            await ctx.call(
                "sns:Publish", principal=self._publisher(action), region=region, source_arn=action.alarm_arn,
                TopicArn=action.target, Subject=action.subject[:100], Message=texts, MessageStructure="json",
            )  # fmt: skip
        elif service == "lambda":
            await ctx.call(
                "lambda:Invoke", principal=LAMBDA_ALARMS, region=region, source_arn=action.alarm_arn,
                FunctionName=action.target, InvocationType="Event", Payload=action.event.encode(),
            )  # fmt: skip
        else:
            raise NotImplementedByUs(f"actions of {service} exist on AWS and are not implemented in cloudchamber")

    def _publisher(self, action: Action) -> principals.Principal:
        """AWS gives a topic a policy that lets in who acts for its owner (`aws:SourceOwner`), as an alarm of the same
        account does; a topic with a policy of its own lets in the service principal or not."""
        topic = self.platform.directory.find(action.target)
        is_open = topic is not None and topic.policy is None and topic.account == action.account
        return principals.root(action.account) if is_open else CLOUDWATCH

    # old points

    def plan_aging(self, within_s: float | None = None) -> None:
        """Have old points looked after when they are due; with `within_s` also where that is planned for later."""
        if self._aging is not None and self._aging.is_pending:
            if within_s is None or self._aging.due <= self.clock.now() + within_s:
                return
            self._aging.cancel()
        due = self.store.next_aging()
        if due is not None:
            at = max((due // AGING_STEP_SECONDS + 1) * AGING_STEP_SECONDS, self.clock.now())
            self._aging = self.clock.at(at, self._age, "cloudwatch retention")

    async def _age(self) -> None:
        while self.store.age(self.clock.now()):
            await self.clock.breathe()
        self.plan_aging()


def _step(alarm: Alarm) -> int:
    """Seconds between two looks at an alarm."""
    return 60 if alarm.period >= 60 else 10
