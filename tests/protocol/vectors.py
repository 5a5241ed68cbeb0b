"""The protocol vectors of botocore, read for use backwards: its inputs are what we parse, its outputs what we write.

Values are compared by shape. These differences are notation and are evened out on both sides (`normal`):
members that are None are absent; blobs stand as text in the vectors; `NaN` and `Infinity` stand as strings where
handlers have floats; a timestamp is a number, a date or a datetime; idempotency tokens are made up by the client.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudchamber.protocol.models import Operation, ServiceModel, Shape
from cloudchamber.protocol.scalars import parse_timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "protocols"
HAS_VECTORS = (FOLDER / "input").is_dir()
WHY_SKIPPED = f"the protocol vectors are not at {FOLDER}"


@dataclass
class Case:
    id: str
    protocol: str
    model: ServiceModel
    operation: Operation
    definition: dict[str, Any]
    data: dict[str, Any]

    @property
    def is_error(self) -> bool:
        return "errorCode" in self.data


def _protocol_of(stem: str) -> str:
    if stem.startswith("smithy-rpc-v2-cbor"):
        return "smithy-rpc-v2-cbor"
    return "json" if stem.startswith("json") else stem


def _complete(metadata: dict[str, Any], protocol: str) -> dict[str, Any]:
    """The metadata of a suite with what every real model has and some suites leave out."""
    defaults = {
        "endpointPrefix": "vectors",
        "apiVersion": "2014-01-01",
        "targetPrefix": "Vectors",
        "jsonVersion": "1.0",
    }
    own = {k: v for k, v in metadata.items() if v is not None}
    return {**defaults, **own, "protocol": protocol, "protocols": [protocol]}


def _given(given: dict[str, Any], protocol: str) -> dict[str, Any]:
    """The operation of a case; real query models always name the wrapper of the result, the vectors never do."""
    given = {"http": {"method": "POST", "requestUri": "/"}, **given}
    given["http"] = {"method": "POST", "requestUri": "/", **given["http"]}
    if protocol == "query" and "output" in given:
        given["output"] = {"resultWrapper": f"{given['name']}Result", **given["output"]}
    return given


def _cases(direction: str) -> Iterator[Case]:
    for folder, prefix in ((FOLDER / direction, ""), (FOLDER / "legacy" / direction, "legacy-")):
        for path in sorted(folder.glob("*.json")):
            protocol = _protocol_of(path.stem)
            for number, suite in enumerate(json.loads(path.read_text())):
                for at, data in enumerate(suite["cases"]):
                    given = _given(data["given"], protocol)
                    # Error shapes of the legacy suites are not marked as such.
                    shapes = dict(suite["shapes"])
                    for reference in given.get("errors", ()):
                        shapes[reference["shape"]] = {"exception": True, **shapes[reference["shape"]]}
                    metadata = _complete(suite["metadata"], protocol)
                    definition = {"metadata": metadata, "operations": {given["name"]: given}, "shapes": shapes}
                    model = ServiceModel("vectors", definition)
                    case_id = f"{prefix}{path.stem}:{data.get('id') or f'{number}-{at}'}"
                    yield Case(case_id, protocol, model, model.operation(given["name"]), definition, data)


@cache
def cases(direction: str) -> list[Case]:
    """The cases of `input` or `output`, those of botocore's older suites among them. Empty where there are none."""
    found = list(_cases(direction)) if HAS_VECTORS else []
    assert len({case.id for case in found}) == len(found)
    return found


SPECIAL_FLOATS = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def normal(value: Any, shape: Shape | None) -> Any:
    """`value` as handlers have it: see the head of this file."""
    if value is None or shape is None or shape.get("document") or shape.get("jsonvalue"):
        return value
    if shape.is_event_stream and isinstance(value, list):
        return [{name: normal(event, shape.members[name]) for name, event in one.items()} for one in value]
    if shape.type == "structure" and isinstance(value, dict):
        members = shape.members
        return {k: normal(v, members.get(k)) for k, v in value.items() if v is not None}
    if shape.type == "list" and not isinstance(value, str | bytes):
        return [normal(item, shape.member) for item in value]
    if shape.type == "map" and isinstance(value, dict):
        return {k: normal(v, shape.value) for k, v in value.items()}
    if shape.type == "blob" and isinstance(value, str):
        return value.encode()
    if shape.type in ("float", "double") and isinstance(value, str):
        return SPECIAL_FLOATS.get(value, value)
    if shape.type == "timestamp":
        return value.timestamp() if isinstance(value, datetime) else parse_timestamp(value)
    return value


def without_tokens(value: dict[str, Any], shape: Shape | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """`value` without the idempotency tokens that `wanted` does not have: the client filled them in."""
    members = shape.members if shape else {}
    return {k: v for k, v in value.items() if k in wanted or not members[k].get("idempotencyToken")}


def same(left: Any, right: Any) -> bool:
    """Equality in which NaN equals itself and numbers are compared to the microsecond."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(v, right[k]) for k, v in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, float | int) and isinstance(right, float | int):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return left == right or abs(left - right) < 0.000_001
    return bool(type(left) is type(right) and left == right)
