"""Operations on alarms: put, delete, switch on and off, set the state by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import operation
from cloudchamber.services.cloudwatch import alarm as alarms
from cloudchamber.services.cloudwatch import limits, rule
from cloudchamber.services.cloudwatch.alarm import COMPOSITE, METRIC, Alarm
from cloudchamber.services.cloudwatch.data import Data
from cloudchamber.services.cloudwatch.errors import InvalidAlarm, InvalidFormat, NoSuchAlarm
from cloudchamber.services.cloudwatch.tags import checked_tags

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudwatch import shapes

DELETED_AT_ONCE_MAX = 100


class Alarms(Data):
    @operation
    async def put_metric_alarm(self, ctx: Context, request: shapes.PutMetricAlarmInput) -> None:
        """A changed alarm keeps its state until it is looked at again."""
        alarms.check(request)
        before = self._replaced(ctx, request["AlarmName"], METRIC)
        alarm = self._made(ctx, request, METRIC, before)
        if before is not None:
            self.unwatch(before)
        with self.platform.store.transaction():
            self.store.alarms.put(alarm)
            self._note_configuration(alarm, "updated" if before is not None else "created")
        self.watch(alarm)
        self.plan_aging()

    @operation
    async def put_composite_alarm(self, ctx: Context, request: shapes.PutCompositeAlarmInput) -> None:
        """Its rule is worked out at once."""
        alarms.check_members(request)
        tree = rule.parse(request["AlarmRule"])
        for actions in alarms.ACTIONS_OF.values():
            alarms.check_actions(request.get(actions) or ())
        name = request["AlarmName"]
        before = self._replaced(ctx, name, COMPOSITE)
        self._check_children(ctx, name, rule.names_in(tree))
        alarm = self._made(ctx, request, COMPOSITE, before)
        with self.platform.store.transaction():
            self.store.alarms.put(alarm)
            self._note_configuration(alarm, "updated" if before is not None else "created")
            to_do = self.recompose(alarm)
        self.begin(to_do)
        self.plan_aging()

    def _check_children(self, ctx: Context, name: str, children: Sequence[str]) -> None:
        if len(children) > limits.COMPOSITE_CHILDREN_MAX:
            raise InvalidAlarm(f"AlarmRule cannot have more than {limits.COMPOSITE_CHILDREN_MAX} alarms")
        unknown = [child for child in children if self.store.alarms.get(ctx.account, ctx.region, child) is None]
        if name in children or name in self._below(ctx, children):
            raise InvalidAlarm(f"Could not save the composite alarm as alarm {name} would depend on itself")
        if unknown:
            raise InvalidAlarm(
                f"Could not save the composite alarm as alarms [{', '.join(unknown)}] in the alarm rule do not exist"
            )

    def _below(self, ctx: Context, children: Sequence[str]) -> set[str]:
        """All alarms on which these depend."""
        found: set[str] = set()
        waiting = list(children)
        while waiting:
            child = self.store.alarms.get(ctx.account, ctx.region, waiting.pop())
            if child is not None and child.kind == COMPOSITE:
                fresh = set(rule.names_in(rule.parse(child.config["AlarmRule"]))) - found
                found |= fresh
                waiting.extend(fresh)
        return found

    def _replaced(self, ctx: Context, name: str, kind: str) -> Alarm | None:
        """The alarm that a put changes; InvalidAlarm where it is one of the other kind."""
        found = self.store.alarms.get(ctx.account, ctx.region, name)
        if found is not None and found.kind != kind:
            raise InvalidAlarm(f"Alarm with name {name} already exists and is a {found.kind}")
        return found

    def _made(self, ctx: Context, request: Mapping[str, Any], kind: str, before: Alarm | None) -> Alarm:
        config = {
            name: value for name, value in request.items() if name not in ("AlarmName", "Tags") and value is not None
        }
        now = ctx.now()
        if before is not None:  # tags are those of its creation: AWS ignores them on an update
            return replace(before, config=config, configured_at=now)
        tags = checked_tags({}, request.get("Tags") or ())
        return Alarm(ctx.account, ctx.region, request["AlarmName"], kind, config, now, updated_at=now, tags=tags)

    def _note_configuration(self, alarm: Alarm, what: str) -> None:
        kind = {"created": "Create", "updated": "Update", "deleted": "Delete"}[what]
        data = {"version": "1.0", "type": kind, f"{what}Alarm": {**alarm.config, "alarmName": alarm.name}}
        self.note(alarm, "ConfigurationUpdate", f'Alarm "{alarm.name}" {what}', data)

    @operation
    async def delete_alarms(self, ctx: Context, request: shapes.DeleteAlarmsInput) -> None:
        """All of them or, if one does not exist, none."""
        names = list(dict.fromkeys(request["AlarmNames"]))
        if len(names) > DELETED_AT_ONCE_MAX:
            raise InvalidAlarm(f"AlarmNames cannot have more than {DELETED_AT_ONCE_MAX} alarms")
        found = [self.alarm(ctx, name) for name in names]
        if len(found) > 1 and any(alarm.kind == COMPOSITE for alarm in found):
            raise InvalidAlarm("A composite alarm can only be deleted by itself, in a call of its own")
        with self.platform.store.transaction():
            for alarm in found:
                self.store.alarms.delete(*alarm.key)
                self._note_configuration(alarm, "deleted")
        for alarm in found:
            if alarm.kind == METRIC:
                self.unwatch(alarm)

    def alarm(self, ctx: Context, name: str) -> Alarm:
        found = self.store.alarms.get(ctx.account, ctx.region, name)
        if found is None:
            raise NoSuchAlarm(f"Alarm {name} does not exist")
        return found

    @operation
    async def enable_alarm_actions(self, ctx: Context, request: shapes.EnableAlarmActionsInput) -> None:
        self._switch(ctx, request["AlarmNames"], True)

    @operation
    async def disable_alarm_actions(self, ctx: Context, request: shapes.DisableAlarmActionsInput) -> None:
        self._switch(ctx, request["AlarmNames"], False)

    def _switch(self, ctx: Context, names: Sequence[str], is_on: bool) -> None:
        """Names of no alarm are passed over."""
        with self.platform.store.transaction():
            for name in names:
                alarm = self.store.alarms.get(ctx.account, ctx.region, name)
                if alarm is not None and alarm.has_actions_enabled != is_on:
                    changed = replace(alarm, config={**alarm.config, "ActionsEnabled": is_on}, configured_at=ctx.now())
                    self.store.alarms.put(changed)
                    self._note_configuration(changed, "updated")

    @operation
    async def set_alarm_state(self, ctx: Context, request: shapes.SetAlarmStateInput) -> None:
        """Until the alarm is looked at again, on the next full minute."""
        alarm = self.store.alarms.get(ctx.account, ctx.region, request["AlarmName"])
        if alarm is None:
            raise NoSuchAlarm("Alarm does not exist")
        data = request.get("StateReasonData") or ""
        if data:
            try:
                orjson.loads(data)
            except orjson.JSONDecodeError:
                raise InvalidFormat("StateReasonData is not valid JSON") from None
        if alarm.state != request["StateValue"]:
            self.change_state(alarm, request["StateValue"], request["StateReason"], data)
        if alarm.kind == METRIC:
            self.watch(alarm)
