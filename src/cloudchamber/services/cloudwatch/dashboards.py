"""Dashboards: kept, with the form of their JSON checked, and shown to nobody.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import operation
from cloudchamber.services.cloudwatch import limits
from cloudchamber.services.cloudwatch.base import CloudWatchBase
from cloudchamber.services.cloudwatch.errors import InvalidDashboard, InvalidParameterValue, NoSuchDashboard
from cloudchamber.services.cloudwatch.records import Dashboard
from cloudchamber.services.cloudwatch.tags import checked_tags

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudwatch import shapes

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_WIDGETS = ("metric", "text", "log", "alarm", "explorer", "custom", "variable")
_COLUMNS = 24


class Dashboards(CloudWatchBase):
    @operation
    async def put_dashboard(self, ctx: Context, request: shapes.PutDashboardInput) -> shapes.PutDashboardOutput:
        name, body = request["DashboardName"], request["DashboardBody"]
        if not _NAME.match(name):
            raise InvalidParameterValue(f"The value {name} for field DashboardName contains invalid characters. It can "
                                        "only contain alphanumerics, dash (-) and underscore (_).")  # fmt: skip
        faults = _faults(body)
        if faults:
            listed = orjson.dumps(
                [{"dataPath": f["DataPath"], "message": f["Message"]} for f in faults], option=orjson.OPT_INDENT_2
            ).decode()
            plural = "is 1 validation error" if len(faults) == 1 else f"are {len(faults)} validation errors"
            raise InvalidDashboard(
                f"The dashboard body is invalid, there {plural}:\n{listed}",
                members={"dashboardValidationMessages": faults},
            )
        before = self.store.dashboards.get(ctx.account, name)
        tags = before.tags if before is not None else checked_tags({}, request.get("Tags") or ())
        self.store.dashboards.put(Dashboard(ctx.account, name, body, ctx.now(), tags))
        return {"DashboardValidationMessages": []}

    @operation
    async def get_dashboard(self, ctx: Context, request: shapes.GetDashboardInput) -> shapes.GetDashboardOutput:
        found = self.store.dashboards.get(ctx.account, request["DashboardName"])
        if found is None:
            raise NoSuchDashboard(request["DashboardName"])
        return {"DashboardArn": found.arn, "DashboardBody": found.body, "DashboardName": found.name}

    @operation
    async def delete_dashboards(
        self, ctx: Context, request: shapes.DeleteDashboardsInput
    ) -> shapes.DeleteDashboardsOutput:
        """All of them or, if one does not exist, none."""
        for name in request["DashboardNames"]:
            if self.store.dashboards.get(ctx.account, name) is None:
                raise NoSuchDashboard(name)
        with self.platform.store.transaction():
            for name in request["DashboardNames"]:
                self.store.dashboards.delete(ctx.account, name)
        return {}

    @operation
    async def list_dashboards(self, ctx: Context, request: shapes.ListDashboardsInput) -> shapes.ListDashboardsOutput:
        prefix = request.get("DashboardNamePrefix") or ""
        every = [one for one in self.store.dashboards.where(account=ctx.account) if one.name.startswith(prefix)]
        try:
            chosen, marker = page(every, lambda one: one.name, limits.DASHBOARDS_PAGE, request.get("NextToken"))
        except InvalidMarker:
            raise InvalidParameterValue("The value for parameter NextToken is invalid.") from None
        entries: list[Any] = [
            {"DashboardName": one.name, "DashboardArn": one.arn, "LastModified": one.modified_at,
             "Size": len(one.body.encode())}
            for one in chosen
        ]  # fmt: skip
        return {"DashboardEntries": entries, **({"NextToken": marker} if marker else {})}


def _fault(path: str, message: str) -> dict[str, str]:
    return {"DataPath": path, "Message": message}


def _faults(text: str) -> list[Any]:
    """What AWS calls errors of a body; empty for one that is fine."""
    if len(text.encode()) > limits.DASHBOARD_BYTES_MAX:
        return [_fault("", "The dashboard body is too large")]
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        return [_fault("", "The field DashboardBody must be a valid JSON object")]
    if not isinstance(body, dict):
        return [_fault("", "The field DashboardBody must be a valid JSON object")]
    widgets = body.get("widgets")
    if widgets is None:
        return [_fault("", "Should have required property 'widgets'")]
    if not isinstance(widgets, list):
        return [_fault("/widgets", "Should be array")]
    return [fault for number, widget in enumerate(widgets) for fault in _widget_faults(f"/widgets/{number}", widget)]


def _widget_faults(path: str, widget: Any) -> list[dict[str, str]]:
    if not isinstance(widget, dict):
        return [_fault(path, "Should be object")]
    required = [name for name in ("type", "properties") if name not in widget]
    found = [_fault(path, f"Should have required property '{name}'") for name in required]
    if "type" in widget and widget["type"] not in _WIDGETS:
        found.append(_fault(f"{path}/type", "Should be equal to one of the allowed values"))
    for name, least, most in (("x", 0, _COLUMNS - 1), ("y", 0, None), ("width", 1, _COLUMNS), ("height", 1, 1000)):
        value = widget.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool):
            found.append(_fault(f"{path}/{name}", "Should be integer"))
        elif value < least:
            found.append(_fault(f"{path}/{name}", f"Should be >= {least}"))
        elif most is not None and value > most:
            found.append(_fault(f"{path}/{name}", f"Should be <= {most}"))
    properties = widget.get("properties")
    if widget.get("type") == "text" and isinstance(properties, dict) and "markdown" not in properties:
        found.append(_fault(f"{path}/properties", "Should have required property 'markdown'"))
    return found
