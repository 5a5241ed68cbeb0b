"""What CloudWatch's operations share: the store, finding alarms, and what other services may know of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.cloudwatch import policy
from cloudchamber.services.cloudwatch.alarm import ACTIONS_OF, COMPOSITE, Alarm
from cloudchamber.services.cloudwatch.errors import InvalidAlarm
from cloudchamber.services.cloudwatch.store import CloudWatchStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.errors import AwsError, ValidationError

# These say by themselves what is missing, in words of their own.
_SELF_CHECKED = frozenset({"PutMetricData", "GetMetricStatistics"})


class CloudWatchBase(Service):
    name: ClassVar[str] = "cloudwatch"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = CloudWatchStore(platform.store)

    def constrains(self, operation_name: str) -> bool:
        return operation_name not in _SELF_CHECKED

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        return InvalidAlarm(error.message)

    def alarm_by_arn(self, arn: str) -> Alarm | None:
        parts = arn.split(":", 6)
        is_alarm = len(parts) == 7 and parts[2] == "cloudwatch" and parts[5] == "alarm"
        return self.store.alarms.get(parts[4], parts[3], parts[6]) if is_alarm else None

    def find(self, arn: str) -> Resource | None:
        found = self.alarm_by_arn(arn)
        if found is not None:
            return _resource(found)
        parts = arn.split(":", 5)
        if len(parts) == 6 and parts[5].startswith("dashboard/"):
            dashboard = self.store.dashboards.get(parts[4], parts[5].removeprefix("dashboard/"))
            if dashboard is not None:
                return Resource(
                    dashboard.arn, "AWS::CloudWatch::Dashboard", dashboard.name, dashboard.account, "", dashboard.tags
                )
        return None

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(alarm) for alarm in self.store.alarms.where(**wanted))


def _resource(alarm: Alarm) -> Resource:
    kind = "AWS::CloudWatch::CompositeAlarm" if alarm.kind == COMPOSITE else "AWS::CloudWatch::Alarm"
    links = tuple(dict.fromkeys(arn for actions in ACTIONS_OF.values() for arn in alarm.config.get(actions) or ()))
    return Resource(alarm.arn, kind, alarm.name, alarm.account, alarm.region, alarm.tags, links=links)
