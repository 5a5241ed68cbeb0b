"""The fields that Insights finds in an event: those every event has, JSON's, and those of functions' own lines. Pure.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.logs.insights_values import Instant
from cloudchamber.services.logs.positions import event_id

if TYPE_CHECKING:
    from cloudchamber.services.logs.tables import Event, LogGroup

JSON_FIELDS_MAX = 200
JSON_DEPTH_MAX = 50
LAMBDA_PREFIX = "/aws/lambda/"
_LINE = re.compile(r"(START|END|REPORT|INIT_START|XRAY)\b")
_REQUEST = re.compile(r"RequestId: (\S+)")
_REPORT = {
    "@duration": (re.compile(r"\tDuration: ([\d.]+) ms"), 1.0),
    "@billedDuration": (re.compile(r"Billed Duration: ([\d.]+) ms"), 1.0),
    "@initDuration": (re.compile(r"Init Duration: ([\d.]+) ms"), 1.0),
    "@memorySize": (re.compile(r"Memory Size: (\d+) MB"), 1_000_000.0),
    "@maxMemoryUsed": (re.compile(r"Max Memory Used: (\d+) MB"), 1_000_000.0),
    "@xrayTraceId": (re.compile(r"XRAY TraceId: (\S+)"), None),
    "@xraySegmentId": (re.compile(r"SegmentId: (\S+)"), None),
}
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


def fields_of(group: LogGroup, stream: str, event: Event) -> dict[str, Any]:
    """Field -> value."""
    message = event.message
    row: dict[str, Any] = {
        "@timestamp": Instant(event.at), "@message": message, "@ingestionTime": Instant(event.ingested_at),
        "@logStream": stream, "@log": f"{group.account}:{group.name}", "@ptr": event_id(event.at, event.seq),
    }  # fmt: skip
    if message.lstrip()[:1] == "{":
        try:
            _flatten("", orjson.loads(message), row)
        except orjson.JSONDecodeError:
            pass
    if group.name.startswith(LAMBDA_PREFIX):
        _of_function(message, row)
    return row


def _flatten(prefix: str, value: Any, row: dict[str, Any]) -> None:
    if len(row) >= JSON_FIELDS_MAX or prefix.count(".") >= JSON_DEPTH_MAX:
        return
    if isinstance(value, dict):
        for name, inner in value.items():
            _flatten(f"{prefix}.{name}" if prefix else name, inner, row)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            _flatten(f"{prefix}.{place}", inner, row)
    elif value is not None:
        row.setdefault(f"@{prefix}" if prefix.startswith("@") else prefix, value)


def _of_function(message: str, row: dict[str, Any]) -> None:
    line = _LINE.match(message)
    request = _REQUEST.search(message) if line else _UUID.search(message[:200])
    if request is not None:
        row["@requestId"] = request[1] if line else request[0]
    if line is None:
        return
    row["@type"] = line[1]
    if line[1] == "REPORT":
        for name, (pattern, scale) in _REPORT.items():
            found = pattern.search(message)
            if found is not None:
                row[name] = found[1] if scale is None else float(found[1]) * scale
