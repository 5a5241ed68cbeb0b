"""The values that metric filters take from events. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.services.logs.pattern_expressions import as_number, as_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.logs.patterns import Pattern
    from cloudchamber.services.logs.tables import Event, Filter


def metric_data(one: Filter, pattern: Pattern, events: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """Namespace -> data as PutMetricData takes them: one for each match that has a value, or, where nothing in the
    batch matches and the filter has a default value, that."""
    found: dict[str, list[dict[str, Any]]] = {}
    matched = [event for event in events if pattern.matches(event.message)]
    for change in one.wire["metricTransformations"]:
        data = [datum for event in matched if (datum := _datum(change, pattern, event)) is not None]
        if not matched and "defaultValue" in change and events:
            data = [_shown(change, change["defaultValue"], events[-1].at, {})]
        if data:
            found.setdefault(change["metricNamespace"], []).extend(data)
    return found


def _datum(change: dict[str, Any], pattern: Pattern, event: Event) -> dict[str, Any] | None:
    """None where the event has no number at the metric's value, or lacks a dimension."""
    wanted = change["metricValue"]
    value = as_number(pattern.value(event.message, wanted) if wanted.startswith("$") else wanted)
    dimensions = {}
    for name, selector in (change.get("dimensions") or {}).items():
        text = as_text(pattern.value(event.message, selector))
        if text is None:
            return None
        dimensions[name] = text
    return None if value is None else _shown(change, value, event.at, dimensions)


def _shown(change: dict[str, Any], value: float, at_ms: int, dimensions: dict[str, str]) -> dict[str, Any]:
    datum: dict[str, Any] = {"MetricName": change["metricName"], "Timestamp": at_ms / 1000, "Value": value}
    if dimensions:
        datum["Dimensions"] = [{"Name": name, "Value": text} for name, text in dimensions.items()]
    if change.get("unit"):
        datum["Unit"] = change["unit"]
    return datum
