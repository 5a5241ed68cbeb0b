"""Metrics that events carry in themselves: CloudWatch's embedded metric format. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
An event that does not keep to the specification carries none; nobody is told, as on AWS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeGuard

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.services.logs.tables import Event

VALUES_MAX = 100
DIMENSIONS_MAX = 30
_MARK = '"_aws"'


def embedded_data(events: Sequence[Event]) -> dict[str, list[dict[str, Any]]]:
    """Namespace -> data as PutMetricData takes them."""
    found: dict[str, list[dict[str, Any]]] = {}
    for event in events:
        if _MARK in event.message:
            for namespace, datum in _of_event(event.message):
                found.setdefault(namespace, []).append(datum)
    return found


def _of_event(message: str) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        root = orjson.loads(message)
    except orjson.JSONDecodeError:
        return
    about = root.get("_aws") if isinstance(root, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("Timestamp"), int):
        return
    for directive in _list(about.get("CloudWatchMetrics")):
        if not isinstance(directive, dict) or not isinstance(directive.get("Namespace"), str):
            continue
        for names in _list(directive.get("Dimensions")) or [[]]:
            dimensions = _dimensions(root, names)
            for metric in _list(directive.get("Metrics")) if dimensions is not None else ():
                datum = _datum(root, metric)
                if datum is not None:
                    shown = {"Timestamp": about["Timestamp"] / 1000, **datum}
                    yield directive["Namespace"], {**shown, "Dimensions": dimensions} if dimensions else shown


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _dimensions(root: dict[str, Any], names: Any) -> list[dict[str, str]] | None:
    """None for a set that names what the event has not."""
    if not isinstance(names, list) or len(names) > DIMENSIONS_MAX:
        return None
    values = [(name, root.get(name)) if isinstance(name, str) else ("", None) for name in names]
    if not all(isinstance(value, str) for _, value in values):
        return None
    return [{"Name": name, "Value": str(value)} for name, value in values]


def _datum(root: dict[str, Any], metric: Any) -> dict[str, Any] | None:
    if not isinstance(metric, dict) or not isinstance(metric.get("Name"), str):
        return None
    value = root.get(metric["Name"])
    datum: dict[str, Any] = {"MetricName": metric["Name"], "Unit": metric.get("Unit") or "None"}
    if metric.get("StorageResolution") == 1:
        datum["StorageResolution"] = 1
    if _is_number(value):
        return {**datum, "Value": float(value)}
    if isinstance(value, list) and 0 < len(value) <= VALUES_MAX and all(map(_is_number, value)):
        return {**datum, "Values": [float(one) for one in value]}
    return None


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
