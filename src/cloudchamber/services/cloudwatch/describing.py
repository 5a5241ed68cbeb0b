"""Operations that show alarms: listings by every filter, alarms of a metric, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.cloudwatch import limits, rule
from cloudchamber.services.cloudwatch.alarm import ACTIONS_OF, COMPOSITE, METRIC, Alarm
from cloudchamber.services.cloudwatch.alarms import Alarms
from cloudchamber.services.cloudwatch.datum import dimensions_of
from cloudchamber.services.cloudwatch.errors import InvalidAlarm, InvalidNextToken
from cloudchamber.services.cloudwatch.metrics import decoded

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudwatch import shapes
    from cloudchamber.services.cloudwatch.records import HistoryItem


class Describing(Alarms):
    @operation
    async def describe_alarms(self, ctx: Context, request: shapes.DescribeAlarmsInput) -> shapes.DescribeAlarmsOutput:
        """Metric alarms, unless AlarmTypes asks for others."""
        if request.get("AlarmNames") and request.get("AlarmNamePrefix"):
            raise InvalidAlarm("AlarmNamePrefix and AlarmNames are mutually exclusive")
        after = decoded(request.get("NextToken"))
        room = request.get("MaxRecords") or limits.ALARM_PAGE_DEFAULT
        kinds = request.get("AlarmTypes") or [METRIC]
        related = request.get("ChildrenOfAlarmName") or request.get("ParentsOfAlarmName")
        found = [
            alarm
            for alarm in self._candidates(ctx, request)
            if (after is None or alarm.name > after) and (related or alarm.kind in kinds) and _fits(alarm, request)
        ]
        chosen = found[:room]
        answer: dict[str, Any] = {"MetricAlarms": [], "CompositeAlarms": []}
        for alarm in chosen:
            answer["CompositeAlarms" if alarm.kind == COMPOSITE else "MetricAlarms"].append(
                {name: alarm.shown()[name] for name in ("AlarmName", "AlarmArn", "StateValue", "StateUpdatedTimestamp")}
                if related
                else alarm.shown()
            )
        if len(found) > room:
            answer["NextToken"] = encode_marker(chosen[-1].name)
        return answer  # type: ignore[return-value]

    def _candidates(self, ctx: Context, request: shapes.DescribeAlarmsInput) -> Iterable[Alarm]:
        """In order of their names."""
        owner = (ctx.account, ctx.region)
        names = request.get("AlarmNames")
        if request.get("ChildrenOfAlarmName"):
            parent = self.alarm(ctx, request["ChildrenOfAlarmName"])
            names = rule.names_in(rule.parse(parent.config["AlarmRule"])) if parent.kind == COMPOSITE else []
        if names is not None:
            return (found for name in sorted(set(names)) if (found := self.store.alarms.get(*owner, name)) is not None)
        everything = self.store.alarms.where(account=ctx.account, region=ctx.region)
        child = request.get("ParentsOfAlarmName")
        if child:
            self.alarm(ctx, child)
            return [
                alarm
                for alarm in everything
                if alarm.kind == COMPOSITE and child in rule.names_in(rule.parse(alarm.config["AlarmRule"]))
            ]
        return everything

    @operation
    async def describe_alarms_for_metric(
        self, ctx: Context, request: shapes.DescribeAlarmsForMetricInput
    ) -> shapes.DescribeAlarmsForMetricOutput:
        """Those of one metric, without math."""
        wanted = {
            name: request.get(name)
            for name in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Unit")
            if request.get(name) is not None
        }
        dimensions = dimensions_of(request.get("Dimensions"))
        found: list[Any] = [
            alarm.shown()
            for alarm in self.store.alarms.where(account=ctx.account, region=ctx.region, kind=METRIC)
            if all(alarm.config.get(name) == value for name, value in wanted.items())
            and dimensions_of(alarm.config.get("Dimensions")) == dimensions
        ]
        return {"MetricAlarms": found}

    @operation
    async def describe_alarm_history(
        self, ctx: Context, request: shapes.DescribeAlarmHistoryInput
    ) -> shapes.DescribeAlarmHistoryOutput:
        """Newest first. What a deleted alarm did stays for 30 days."""
        is_descending = request.get("ScanBy") != "TimestampAscending"
        equal: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if request.get("AlarmName"):
            equal["alarm"] = request["AlarmName"]
        between = (request.get("StartDate") or 0.0, request.get("EndDate") or ctx.now())
        after = _after(request.get("NextToken"))
        room = request.get("MaxRecords") or limits.HISTORY_PAGE_DEFAULT
        kind, types = request.get("HistoryItemType"), request.get("AlarmTypes")
        chosen: list[tuple[int, HistoryItem]] = []
        token = {}
        for number, item in self.store.history(equal, between, after, is_descending):
            if (kind and item.type != kind) or (types and item.alarm_type not in types):
                continue
            if len(chosen) == room:
                last, latest = chosen[-1]
                token = {"NextToken": encode_marker(f"{latest.at!r} {last}")}
                break
            chosen.append((number, item))
        return {"AlarmHistoryItems": [_item(item) for _, item in chosen], **token}  # type: ignore[typeddict-item]


def _fits(alarm: Alarm, request: shapes.DescribeAlarmsInput) -> bool:
    prefix, state, action = (request.get(name) for name in ("AlarmNamePrefix", "StateValue", "ActionPrefix"))
    return (
        (not prefix or alarm.name.startswith(str(prefix)))
        and (not state or alarm.state == state)
        and (
            not action
            or any(
                arn.startswith(str(action)) for member in ACTIONS_OF.values() for arn in alarm.config.get(member) or ()
            )
        )
    )


def _after(token: str | None) -> tuple[float, int] | None:
    text = decoded(token)
    if text is None:
        return None
    try:
        at, number = text.split(" ")
        return float(at), int(number)
    except ValueError:
        raise InvalidNextToken from None


def _item(item: HistoryItem) -> Any:
    return {
        "AlarmName": item.alarm,
        "AlarmType": item.alarm_type,
        "Timestamp": item.at,
        "HistoryItemType": item.type,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    }
