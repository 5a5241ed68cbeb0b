"""DescribeParameters: what there is to know of parameters but for their values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.ssm import filters, limits, names
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.parameter import about

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.ssm import shapes
    from cloudchamber.services.ssm.parameter import Parameter, Version


class Describing(SsmBase):
    @operation
    async def describe_parameters(
        self, ctx: Context, request: shapes.DescribeParametersRequest
    ) -> shapes.DescribeParametersResult:
        if request.get("Shared"):
            raise NotImplementedByUs("listing parameters that others share is not implemented in cloudchamber")
        old, new = request.get("Filters") or (), request.get("ParameterFilters") or ()
        if old and new:
            raise ValidationError("You can use either Filters or ParameterFilters in a single request.")
        tests = filters.parse(new or filters.legacy(old), filters.DESCRIBE_KEYS, tags=True)
        after, size = self.after(request.get("NextToken")), request.get("MaxResults") or limits.DESCRIBED
        path = _common_path(new)
        page: list[Any] = []
        while True:
            rows = self.store.under((ctx.account, ctx.region), path, after, limits.SCANNED_ROWS)
            for found in rows:
                latest = self.store.latest(found)
                if all(passes(found, latest) for passes in tests):
                    if len(page) == size:
                        return {"Parameters": page, "NextToken": encode_marker(after)}
                    page.append(_described(found, latest))
                after = found.path
            if len(rows) < limits.SCANNED_ROWS:
                return {"Parameters": page}


def _common_path(given: Any) -> str:
    """The path below which alone a filter looks, so that the rest need not be read."""
    for one in given:
        if one["Key"] == "Path" and len(one.get("Values") or ()) == 1:
            return names.check_path(one["Values"][0])
    return ""


def _described(found: Parameter, latest: Version) -> Any:
    policies = [policy.shown() for policy in found.policies]
    return {"Name": found.name, "ARN": found.arn, **about(latest), "Policies": policies}
