"""Drift: whether resources are still as their stack made them, asked of the services that own them.

Only properties that the template gives are compared. https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/detect-drift-stack.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Properties, text_of
from cloudchamber.core.service import operation
from cloudchamber.services.cloudformation import dynamic, limits, schemas
from cloudchamber.services.cloudformation.base import page
from cloudchamber.services.cloudformation.errors import ValidationError
from cloudchamber.services.cloudformation.own_type import OwnType
from cloudchamber.services.cloudformation.reading import Reading
from cloudchamber.services.cloudformation.records import Detection, Stack, StackResource

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation import shapes

_STATES = frozenset({
    "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_FAILED",
})  # fmt: skip


class Drift(Reading):
    @operation
    async def detect_stack_drift(
        self, ctx: Context, request: shapes.DetectStackDriftInput
    ) -> shapes.DetectStackDriftOutput:
        stack = self._steady(ctx, request["StackName"])
        wanted = set(request.get("LogicalResourceIds") or ())
        drifted, unread = 0, []
        for row in self.store.resources_of(stack.id).values():
            if not wanted or row.logical_id in wanted:
                row = await self._compared(ctx, row)
                drifted += row.drift_status in ("MODIFIED", "DELETED")
                unread += [row.logical_id] if row.drift_status == "UNKNOWN" else []
        reason = f"Failed to detect drift on resources [{', '.join(unread)}]" if unread else ""
        made = Detection(
            ids.uuid(), stack.id, ctx.now(), "DETECTION_FAILED" if unread else "DETECTION_COMPLETE", drifted, reason
        )
        with self.platform.store.transaction():
            self.store.detections.put(made)
            status = "DRIFTED" if drifted else "IN_SYNC"
            self.store.change(stack.id, drift_status=status, drift_at=made.at)
        return {"StackDriftDetectionId": made.id}

    def _steady(self, ctx: Context, name: str) -> Stack:
        stack = self.live_stack(ctx, name)
        if stack.status not in _STATES:
            raise ValidationError(f"Drift detection cannot be performed on stack [{stack.id}] in {stack.status} state")
        return stack

    @operation
    async def describe_stack_drift_detection_status(
        self, ctx: Context, request: shapes.DescribeStackDriftDetectionStatusInput
    ) -> shapes.DescribeStackDriftDetectionStatusOutput:
        found = self.store.detections.get(request["StackDriftDetectionId"])
        stack = self.store.stacks.get(found.stack_id) if found is not None else None
        if found is None or stack is None or stack.account != ctx.account:
            raise ValidationError(f"Drift detection {request['StackDriftDetectionId']} does not exist")
        shown: dict[str, Any] = {
            "StackId": stack.id, "StackDriftDetectionId": found.id, "DetectionStatus": found.status,
            "StackDriftStatus": "DRIFTED" if found.drifted else "IN_SYNC", "Timestamp": found.at,
            "DriftedStackResourceCount": found.drifted,
        }  # fmt: skip
        return {**shown, **({"DetectionStatusReason": found.reason} if found.reason else {})}  # type: ignore[typeddict-item]

    @operation
    async def describe_stack_resource_drifts(
        self, ctx: Context, request: shapes.DescribeStackResourceDriftsInput
    ) -> shapes.DescribeStackResourceDriftsOutput:
        stack = self.live_stack(ctx, request["StackName"])
        wanted = set(request.get("StackResourceDriftStatusFilters") or ())
        rows = [
            row
            for row in self.store.resources_of(stack.id).values()
            if row.drift_at and (not wanted or row.drift_status in wanted)
        ]
        chosen, more = page(request, rows, request.get("MaxResults") or limits.STACKS_PAGE)
        return {"StackResourceDrifts": [_shown(row) for row in chosen], **more}  # type: ignore[typeddict-item]

    @operation
    async def detect_stack_resource_drift(
        self, ctx: Context, request: shapes.DetectStackResourceDriftInput
    ) -> shapes.DetectStackResourceDriftOutput:
        stack = self._steady(ctx, request["StackName"])
        row = self.store.resources.get(stack.id, request["LogicalResourceId"])
        if row is None:
            raise ValidationError(f"Resource {request['LogicalResourceId']} does not exist for stack {stack.name}")
        return {"StackResourceDrift": _shown(await self._compared(ctx, row))}

    async def _compared(self, ctx: Context, row: StackResource) -> StackResource:
        """A resource as it is, against what its stack wants of it; kept in its row."""
        handler = self.engine.resource_type(row.type)
        status, actual, found = "NOT_CHECKED", None, []
        if handler is not None and not isinstance(handler, OwnType) and row.physical_id:
            try:
                actual = await handler.read(ctx, row.physical_id, row.properties)
            except NotImplementedError:
                pass
            except AwsError as error:
                is_gone = error.status == 404 or any(w in error.code for w in ("NotFound", "NonExist", "NoSuch"))
                status = "DELETED" if is_gone else "UNKNOWN"
            else:
                expected = await dynamic.resolved(ctx, row.properties)
                found = list(differences(row.type, expected, actual))
                status = "MODIFIED" if found else "IN_SYNC"
        kept = {"differences": found, "actual": dict(actual) if actual is not None else None}
        row = replace(row, drift_status=status, drift_at=ctx.now(), drift=kept)
        return self.store.resources.put(row)


def differences(kind: str, expected: Properties, actual: Properties) -> Iterator[dict[str, str]]:
    """How what a template gives differs from what there is; what cannot be read back is not compared."""
    found = schemas.schema(kind)
    unread = found.write_only if found is not None else frozenset()
    actual = schemas.coerced(found, actual)
    for name, value in expected.items():
        if (name,) in unread or (name == "Tags" and _tags(value) == _tags(actual.get(name))):
            continue
        if name not in actual:
            yield {"PropertyPath": f"/{name}", "ExpectedValue": text_of(value), "ActualValue": "null",
                   "DifferenceType": "REMOVE"}  # fmt: skip
        else:
            yield from _differences(f"/{name}", value, actual[name])


def _differences(path: str, expected: Any, actual: Any) -> Iterator[dict[str, str]]:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        for name, value in expected.items():
            if name in actual:
                yield from _differences(f"{path}/{name}", value, actual[name])
            else:
                yield {"PropertyPath": f"{path}/{name}", "ExpectedValue": text_of(value), "ActualValue": "null",
                       "DifferenceType": "REMOVE"}  # fmt: skip
    elif not _same(expected, actual):
        yield {"PropertyPath": path, "ExpectedValue": text_of(expected), "ActualValue": text_of(actual),
               "DifferenceType": "NOT_EQUAL"}  # fmt: skip


def _same(expected: Any, actual: Any) -> bool:
    if isinstance(expected, list) and isinstance(actual, list):
        return sorted(map(_key, expected)) == sorted(map(_key, actual))
    return bool(expected == actual) or text_of(expected) == text_of(actual)


def _key(value: Any) -> str:
    if isinstance(value, Mapping):
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    return text_of(value)


def _tags(value: Any) -> dict[str, str]:
    """Without those of CloudFormation and of the stack."""
    found = value if isinstance(value, Mapping) else {tag["Key"]: tag.get("Value", "") for tag in value or ()}
    return {key: text for key, text in found.items() if not key.startswith("aws:")}


def _shown(row: StackResource) -> Any:
    shown: dict[str, Any] = {
        "StackId": row.stack_id, "LogicalResourceId": row.logical_id, "PhysicalResourceId": row.physical_id,
        "ResourceType": row.type, "StackResourceDriftStatus": row.drift_status, "Timestamp": row.drift_at,
        "PropertyDifferences": row.drift.get("differences") or [],
    }  # fmt: skip
    if row.drift_status in ("IN_SYNC", "MODIFIED"):
        shown["ExpectedProperties"] = orjson.dumps(row.properties).decode()
        actual = {name: value for name, value in (row.drift.get("actual") or {}).items() if name in row.properties}
        shown["ActualProperties"] = orjson.dumps(actual).decode()
    return shown
