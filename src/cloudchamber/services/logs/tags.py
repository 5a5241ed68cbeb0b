"""Tags of log groups and destinations, through the API of today and, for groups, the one of old."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import InvalidParameter, NoLogGroup, TooManyTags, not_found
from cloudchamber.services.logs.tables import Destination, LogGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes


def check_tags(was: Mapping[str, str], added: Mapping[str, str]) -> dict[str, str]:
    """The tags with those that are added. InvalidParameter, TooManyTags."""
    if any(key.lower().startswith("aws:") for key in added):
        raise InvalidParameter("aws: prefixed tag key names are not allowed for external use.")
    merged = {**was, **added}
    if len(merged) > limits.TAGS_MAX:
        raise TooManyTags("Number of tags cannot exceed 50.")
    return merged


class Tags(LogsBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> None:
        found = self._tagged(request["resourceArn"])
        self._retag(found, check_tags(found.tags, request["tags"]))

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> None:
        found, gone = self._tagged(request["resourceArn"]), set(request["tagKeys"])
        self._retag(found, {key: value for key, value in found.tags.items() if key not in gone})

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceRequest
    ) -> shapes.ListTagsForResourceResponse:
        return {"tags": self._tagged(request["resourceArn"]).tags}

    @operation
    async def tag_log_group(self, ctx: Context, request: shapes.TagLogGroupRequest) -> None:
        group = self.group(ctx, request["logGroupName"])
        self._retag(group, check_tags(group.tags, request["tags"]))

    @operation
    async def untag_log_group(self, ctx: Context, request: shapes.UntagLogGroupRequest) -> None:
        group, gone = self.group(ctx, request["logGroupName"]), set(request["tags"])
        self._retag(group, {key: value for key, value in group.tags.items() if key not in gone})

    @operation
    async def list_tags_log_group(
        self, ctx: Context, request: shapes.ListTagsLogGroupRequest
    ) -> shapes.ListTagsLogGroupResponse:
        return {"tags": self.group(ctx, request["logGroupName"]).tags}

    def _tagged(self, arn: str) -> LogGroup | Destination:
        parts = arn.split(":", 6)
        if len(parts) != 7 or parts[2] != "logs" or parts[5] not in ("log-group", "destination"):
            raise InvalidParameter("The specified resource ARN is not valid.")
        found: LogGroup | Destination | None
        if parts[5] == "destination":
            found = self.store.destinations.get(parts[4], parts[3], parts[6])
            if found is None:
                raise not_found("destination")
            return found
        found = self.store.groups.get(parts[4], parts[3], parts[6])
        if found is None:
            raise NoLogGroup
        return found

    def _retag(self, found: LogGroup | Destination, tags: dict[str, str]) -> None:
        with self.platform.store.transaction():
            if isinstance(found, LogGroup):
                self.store.groups.put(replace(found, tags=tags))
            else:
                self.store.destinations.put(replace(found, tags=tags))
