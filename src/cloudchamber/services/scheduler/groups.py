"""Schedule groups and their tags."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.scheduler import limits
from cloudchamber.services.scheduler.base import DEFAULT, paged
from cloudchamber.services.scheduler.errors import Conflict, QuotaExceeded, ValidationException, no_group
from cloudchamber.services.scheduler.firing import Firing
from cloudchamber.services.scheduler.records import Group

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.scheduler import shapes


class Groups(Firing):
    @operation
    async def create_schedule_group(
        self, ctx: Context, request: shapes.CreateScheduleGroupInput
    ) -> shapes.CreateScheduleGroupOutput:
        name, token = request["Name"], request.get("ClientToken") or ""
        tags = tags_of({}, request.get("Tags"))
        found = self.group_at(ctx.account, ctx.region, name)
        if found is not None:
            if token and found.token == token and found.tags == tags:  # the same request once more
                return {"ScheduleGroupArn": found.arn}
            raise Conflict(f"Schedule group {name} already exists.")
        if self.store.groups.count(account=ctx.account, region=ctx.region) >= limits.GROUPS_MAX - 1:
            raise QuotaExceeded("The maximum number of schedule groups has been reached.")
        group = Group(ctx.account, ctx.region, name, ctx.now(), ctx.now(), tags, token)
        self.store.groups.put(group)
        return {"ScheduleGroupArn": group.arn}

    @operation
    async def get_schedule_group(
        self, ctx: Context, request: shapes.GetScheduleGroupInput
    ) -> shapes.GetScheduleGroupOutput:
        answer: shapes.GetScheduleGroupOutput = _shown(self.group(ctx, request["Name"]))
        return answer

    @operation
    async def delete_schedule_group(
        self, ctx: Context, request: shapes.DeleteScheduleGroupInput
    ) -> shapes.DeleteScheduleGroupOutput:
        """The group and all schedules in it."""
        if request["Name"] == DEFAULT:
            raise ValidationException("The default schedule group cannot be deleted.")
        group = self.group(ctx, request["Name"])
        schedules = self.store.schedules.where(account=group.account, region=group.region, group_name=group.name)
        with self.platform.store.transaction():
            for schedule in schedules:
                self.store.drop(schedule)
            self.store.groups.delete(group.account, group.region, group.name)
        for schedule in schedules:
            self.disarm(schedule)
        return {}

    @operation
    async def list_schedule_groups(
        self, ctx: Context, request: shapes.ListScheduleGroupsInput
    ) -> shapes.ListScheduleGroupsOutput:
        prefix, found = request.get("NamePrefix") or "", {DEFAULT: self.group(ctx, DEFAULT)}
        found |= {group.name: group for group in self.store.groups.where(account=ctx.account, region=ctx.region)}
        listed = [group for name, group in found.items() if name.startswith(prefix)]
        groups, more = paged(request, lambda group: group.name, listed)
        return {"ScheduleGroups": [_shown(group) for group in groups], **more}  # type: ignore[typeddict-item]

    # tags

    def _tagged(self, arn: str) -> Group:
        found = self.group_by_arn(arn)
        if found is None:
            raise no_group(arn.rpartition("/")[2])
        return found

    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceInput) -> shapes.TagResourceOutput:
        group = self._tagged(request["ResourceArn"])
        self.store.groups.put(replace(group, tags=tags_of(group.tags, request["Tags"])))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceInput) -> shapes.UntagResourceOutput:
        group, gone = self._tagged(request["ResourceArn"]), set(request["TagKeys"])
        self.store.groups.put(replace(group, tags={k: v for k, v in group.tags.items() if k not in gone}))
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceInput
    ) -> shapes.ListTagsForResourceOutput:
        tags = self._tagged(request["ResourceArn"]).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _shown(group: Group) -> Any:
    return {
        "Arn": group.arn, "Name": group.name, "State": "ACTIVE", "CreationDate": group.created_at,
        "LastModificationDate": group.modified_at,
    }  # fmt: skip


def tags_of(tags: Mapping[str, str], added: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Tags with more of them; ValidationException or ServiceQuotaExceededException."""
    together = {**tags, **{tag["Key"]: tag["Value"] for tag in added or ()}}
    if any(key.lower().startswith("aws:") for key in together):
        raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
    if len(together) > limits.TAGS_MAX:
        raise QuotaExceeded(f"A schedule group has {limits.TAGS_MAX} tags at most.")
    return together
