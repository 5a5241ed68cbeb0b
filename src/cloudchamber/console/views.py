"""How things look in JSON: spans, decisions, faults, resources. Secrets are masked where the model says they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.faults import FaultRule
from cloudchamber.protocol.query import parse_form
from cloudchamber.protocol.scalars import iso8601

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.core.resources import Resource
    from cloudchamber.core.spans import Span
    from cloudchamber.protocol.models import Operation, Shape
    from cloudchamber.storage.snapshots import SnapshotInfo

MASK = "••••"
TIMERS_SHOWN = 20
BLOB_BYTES_SHOWN = 16 * 1024
SHOWN_THOUGH_SENSITIVE = frozenset({"Payload"})  # what goes into a function and out of it is what one looks for
_SECRET_NAMES = ("password", "secret", "token", "authorization", "plaintext", "privatekey", "samlassertion")


def clock(of: Clock) -> dict[str, Any]:
    timers = [{"name": timer.name, "due": iso8601(timer.due)} for timer in of.pending(TIMERS_SHOWN)]
    return {
        "mode": of.mode,
        "now": iso8601(of.now()),
        "epoch": of.now(),
        "offset_s": round(of.now() - of.wall(), 3),
        "timers": timers,
    }


def fault(rule: FaultRule, counts: tuple[int, int]) -> dict[str, Any]:
    shown = {name: getattr(rule, name) for name in FaultRule.__dataclass_fields__}
    return {**shown, "matched": counts[0], "struck": counts[1]}


def snapshot(info: SnapshotInfo) -> dict[str, Any]:
    return {"name": info.name, "size_bytes": info.size_bytes, "saved_at": iso8601(int(info.saved_at))}


def resource(of: Resource) -> dict[str, Any]:
    return {
        "arn": of.arn, "type": of.type, "name": of.name, "account": of.account, "region": of.region,
        "tags": dict(of.tags), "links": list(of.links), "attributes": dict(of.attributes),
    }  # fmt: skip


def span(of: Span, operation: Operation | None = None) -> dict[str, Any]:
    """A span; with its operation's model also what went in and out."""
    shown: dict[str, Any] = {
        "request_id": of.request_id, "trace_id": of.trace_id, "span_id": of.span_id, "parent_id": of.parent_id,
        "service": of.service, "operation": of.operation, "resource": of.resource, "principal": of.principal,
        "account": of.account,
        "region": of.region, "door": of.door, "at": iso8601(of.started_at),
        "duration_ms": round(of.duration_s * 1000, 3),
        "status": of.status, "error": of.error_code, "message": of.error_message, "fault": of.fault,
        "decision": decision(of), "usage": of.usage, "input_bytes": of.input_bytes, "output_bytes": of.output_bytes,
    }  # fmt: skip
    if operation is not None:
        shown["input"] = body(of.input, operation.input)
        shown["output"] = body(of.output, operation.output)
        shown["stack"] = of.stack
    return shown


def decision(of: Span) -> dict[str, Any] | None:
    if of.decision is None:
        return None
    ruled = of.decision.decision
    return {
        "allowed": ruled.allowed, "kind": ruled.kind, "policy_type": ruled.policy_type, "policy": ruled.policy_name,
        "statement": ruled.sid or ruled.statement_index, "action": ruled.action, "resource": ruled.resource,
    }  # fmt: skip


def explanation(of: Span) -> dict[str, Any]:
    """The IAM decision on a call in plain words."""
    if of.decision is not None:
        lines = of.decision.explain()
    elif of.error_code and not of.started_at:
        lines = [f"The call ended before IAM was asked: {of.error_code}: {of.error_message}"]
    elif of.principal.endswith(":root"):
        lines = [
            f"{of.principal} called {of.service}:{of.operation}.",
            "Root users are not restricted in their own account, and no resource policy stands in the way: allowed.",
        ]
    else:
        lines = [
            f"{of.service}:{of.operation} asks IAM nothing, or ended before it could: {of.error_code or 'no error'}."
        ]
    return {
        "request_id": of.request_id,
        "call": f"{of.service}:{of.operation}",
        "decision": decision(of),
        "explanation": lines,
    }


def body(raw: Any, shape: Shape | None) -> Any:
    """A body as it is worth looking at: decoded where it is JSON or a form, secrets masked."""
    if raw is None or raw == b"":
        return None
    if isinstance(raw, Mapping):
        return masked(_jsonable(raw), shape)
    try:
        return masked(orjson.loads(raw), shape)
    except orjson.JSONDecodeError:
        pass
    text = raw.decode("utf-8", "replace")
    if text.startswith("Action=") or "&Action=" in text:
        pairs = dict(parse_form(text))
        return {name: MASK if _sounds_secret(name) else value for name, value in pairs.items()}
    return _mask_xml(text)


def _mask_xml(text: str) -> str:
    for name in ("SecretAccessKey", "SessionToken", "Password"):
        start = text.find(f"<{name}>")
        while start >= 0:
            end = text.find(f"</{name}>", start)
            if end < 0:
                return text[:start]
            text = f"{text[: start + len(name) + 2]}{MASK}{text[end:]}"
            start = text.find(f"<{name}>", end)
    return text


def masked(value: Any, shape: Shape | None, name: str = "") -> Any:
    if shape is not None and shape.get("sensitive") and name not in SHOWN_THOUGH_SENSITIVE:
        return MASK
    if isinstance(value, dict):
        members = shape.members if shape is not None and shape.type == "structure" else {}
        inner = shape.value if shape is not None and shape.type == "map" else None
        return {
            k: MASK
            if isinstance(v, str) and shape is None and _sounds_secret(k)
            else masked(v, members.get(k, inner), k)
            for k, v in value.items()
        }
    if isinstance(value, list):
        inner = shape.member if shape is not None and shape.type == "list" else None
        return [masked(item, inner) for item in value]
    return value


def _sounds_secret(name: str) -> bool:
    lowered = name.lower().rpartition(".")[2]
    return any(word in lowered for word in _SECRET_NAMES)


def _text(data: bytes) -> Any:
    """A blob as what it says: JSON, or text; else how long it is."""
    if len(data) > BLOB_BYTES_SHOWN:
        return f"({len(data)} bytes)"
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return data.decode()
    except UnicodeDecodeError:
        return f"({len(data)} bytes)"


def _jsonable(value: Any, name: str = "") -> Any:
    if isinstance(value, Mapping):
        return {str(k): _jsonable(v, str(k)) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    if isinstance(value, bytes | bytearray | memoryview):
        return _text(bytes(value)) if name in SHOWN_THOUGH_SENSITIVE else f"({len(value)} bytes)"
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
