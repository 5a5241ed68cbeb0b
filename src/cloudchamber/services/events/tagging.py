"""Tags of buses and rules."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.events import limits
from cloudchamber.services.events.base import EventsBase
from cloudchamber.services.events.errors import LimitExceeded, ValidationException, no_bus, no_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.events import shapes
    from cloudchamber.services.events.tables import Bus, Rule


class Tags(EventsBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> shapes.TagResourceResponse:
        found = self._tagged(request["ResourceARN"])
        self._retag(found, tags_of(found.tags, request["Tags"]))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> shapes.UntagResourceResponse:
        found, gone = self._tagged(request["ResourceARN"]), set(request["TagKeys"])
        self._retag(found, {key: value for key, value in found.tags.items() if key not in gone})
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceRequest
    ) -> shapes.ListTagsForResourceResponse:
        tags = self._tagged(request["ResourceARN"]).tags
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    def _tagged(self, arn: str) -> Bus | Rule:
        found = self.bus_by_arn(arn) or self.rule_by_arn(arn)
        if found is None:
            kind, _, name = arn.rpartition(":")[2].partition("/")
            if kind == "event-bus":
                raise no_bus(name)
            if kind == "rule":
                bus, _, rule = name.rpartition("/")
                raise no_rule(rule, bus or "default")
            raise ValidationException("Parameter ResourceARN is not valid.")
        return found

    def _retag(self, found: Any, tags: dict[str, str]) -> None:
        table = self.store.rules if hasattr(found, "bus") else self.store.buses
        with self.platform.store.transaction():
            table.put(replace(found, tags=tags))
            if hasattr(found, "bus"):
                self.store.changed(found.account, found.region, found.bus)


def tags_of(tags: Mapping[str, str], added: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """Tags with more of them; ValidationException or LimitExceededException."""
    together = {**tags, **{tag["Key"]: tag["Value"] for tag in added or ()}}
    if any(key.lower().startswith("aws:") for key in together):
        raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
    if len(together) > limits.TAGS_MAX:
        raise LimitExceeded("The requested resource exceeds the maximum number allowed.")
    return together
