"""The lines that the platform adds to a function's log, as text or as JSON.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Report:
    """What an invocation took. Memory in MB; `note` is empty, or a status and the type of an error."""

    request_id: str
    duration_s: float
    billed_ms: int
    memory_mb: int
    used_mb: int
    init_s: float | None
    note: str


class Lines(Protocol):
    """Each gives one line; empty for one that the format does not have."""

    def init_start(self, runtime: str, arn: str) -> str: ...
    def init_report(self, seconds: float, phase: str, kind: str) -> str: ...
    def start(self, request_id: str, version: str) -> str: ...
    def end(self, request_id: str) -> str: ...
    def report(self, of: Report) -> str: ...


class TextLines:
    def init_start(self, runtime: str, arn: str) -> str:
        return f"INIT_START Runtime Version: {runtime}\tRuntime Version ARN: {arn}"

    def init_report(self, seconds: float, phase: str, kind: str) -> str:
        """Of an initialisation that failed: in the phase `init`, and once more in the phase `invoke`."""
        duration = f"Init Duration: {seconds * 1000:.2f} ms"
        return f"INIT_REPORT {duration}\tPhase: {phase}\tStatus: error\tError Type: {kind}"

    def start(self, request_id: str, version: str) -> str:
        return f"START RequestId: {request_id} Version: {version}"

    def end(self, request_id: str) -> str:
        return f"END RequestId: {request_id}"

    def report(self, of: Report) -> str:
        init = "" if of.init_s is None else f"Init Duration: {of.init_s * 1000:.2f} ms\t"
        return (
            f"REPORT RequestId: {of.request_id}\tDuration: {of.duration_s * 1000:.2f} ms\t"
            f"Billed Duration: {of.billed_ms} ms\tMemory Size: {of.memory_mb} MB\tMax Memory Used: {of.used_mb} MB\t"
            f"{init}{of.note}"
        )


class JsonLines:
    """`wall` gives the machine's time; `about` is said of the function at its start."""

    def __init__(self, wall: Callable[[], float], about: dict[str, str]) -> None:
        self._wall = wall
        self._about = about

    def _line(self, kind: str, record: dict[str, Any]) -> str:
        stamp = datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return orjson.dumps({"time": stamp, "type": f"platform.{kind}", "record": record}).decode()

    def init_start(self, runtime: str, arn: str) -> str:
        about = {"runtimeVersion": runtime, "runtimeVersionArn": arn, **self._about}
        return self._line("initStart", {"initializationType": "on-demand", "phase": "init", **about})

    def init_report(self, seconds: float, phase: str, kind: str) -> str:
        metrics = {"durationMs": round(seconds * 1000, 3)}
        record = {"initializationType": "on-demand", "phase": phase, "status": "error", "errorType": kind}
        return self._line("initReport", {**record, "metrics": metrics})

    def start(self, request_id: str, version: str) -> str:
        return self._line("start", {"requestId": request_id, "version": version})

    def end(self, request_id: str) -> str:
        return ""

    def report(self, of: Report) -> str:
        metrics = {
            "durationMs": round(of.duration_s * 1000, 3), "billedDurationMs": of.billed_ms,
            "memorySizeMB": of.memory_mb, "maxMemoryUsedMB": of.used_mb,
        }  # fmt: skip
        if of.init_s is not None:
            metrics["initDurationMs"] = round(of.init_s * 1000, 3)
        status, _, kind = of.note.removeprefix("Status: ").partition("\tError Type: ")
        record = {"requestId": of.request_id, "metrics": metrics, "status": status or "success"}
        return self._line("report", {**record, "errorType": kind} if kind else record)
