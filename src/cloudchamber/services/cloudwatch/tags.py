"""Tags of alarms and dashboards."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.cloudwatch import limits
from cloudchamber.services.cloudwatch.base import CloudWatchBase
from cloudchamber.services.cloudwatch.errors import InvalidParameterValue, NoSuchResource
from cloudchamber.services.cloudwatch.records import Dashboard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudwatch import shapes
    from cloudchamber.services.cloudwatch.alarm import Alarm


class Tags(CloudWatchBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceInput) -> shapes.TagResourceOutput:
        found = self._tagged(request["ResourceARN"])
        self._retag(found, checked_tags(found.tags, request["Tags"]))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceInput) -> shapes.UntagResourceOutput:
        found, gone = self._tagged(request["ResourceARN"]), set(request["TagKeys"])
        self._retag(found, {key: value for key, value in found.tags.items() if key not in gone})
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceInput
    ) -> shapes.ListTagsForResourceOutput:
        found = self._tagged(request["ResourceARN"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}

    def _tagged(self, arn: str) -> Alarm | Dashboard:
        parts = arn.split(":", 5)
        found: Alarm | Dashboard | None = self.alarm_by_arn(arn)
        if found is None and len(parts) == 6 and parts[5].startswith("dashboard/"):
            found = self.store.dashboards.get(parts[4], parts[5].removeprefix("dashboard/"))
        if found is None:
            raise NoSuchResource(arn)
        return found

    def _retag(self, found: Alarm | Dashboard, tags: dict[str, str]) -> None:
        if isinstance(found, Dashboard):
            self.store.dashboards.put(replace(found, tags=tags))
        else:
            self.store.alarms.put(replace(found, tags=tags))


def checked_tags(tags: Mapping[str, str], added: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Tags with more of them."""
    together = {**tags, **{tag["Key"]: tag["Value"] for tag in added}}
    for key in together:
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue("aws: prefixed tag key names are not allowed for external use.")
    if len(together) > limits.TAGS_MAX:
        raise InvalidParameterValue(f"A resource cannot have more than {limits.TAGS_MAX} tags.")
    return together
