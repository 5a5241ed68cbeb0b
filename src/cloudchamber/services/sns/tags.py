"""Tags of topics."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.sns import limits
from cloudchamber.services.sns.base import SnsBase
from cloudchamber.services.sns.errors import InvalidParameter, NoSuchResource, NoSuchTopic, TagLimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.sns import shapes
    from cloudchamber.services.sns.topic import Topic


class Tags(SnsBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> shapes.TagResourceResponse:
        topic = self._tagged(ctx, request["ResourceArn"])
        self.store.topics.put(replace(topic, tags=checked_tags(topic.tags, request["Tags"])))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> shapes.UntagResourceResponse:
        topic, gone = self._tagged(ctx, request["ResourceArn"]), set(request["TagKeys"])
        self.store.topics.put(replace(topic, tags={k: v for k, v in topic.tags.items() if k not in gone}))
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceRequest
    ) -> shapes.ListTagsForResourceResponse:
        topic = self._tagged(ctx, request["ResourceArn"])
        return {"Tags": [{"Key": key, "Value": value} for key, value in topic.tags.items()]}

    def _tagged(self, ctx: Context, arn: str) -> Topic:
        try:
            return self.topic(ctx, arn, "ResourceArn")
        except NoSuchTopic:
            raise NoSuchResource from None


def checked_tags(tags: Mapping[str, str], added: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Tags with more of them; InvalidParameter or TagLimitExceeded."""
    changes: dict[str, str] = {}
    for tag in added:
        if tag["Key"] in changes:
            raise InvalidParameter("Duplicated keys are not allowed.")
        if tag["Key"].lower().startswith("aws:"):
            raise InvalidParameter("Tags Reason: aws: prefixed tag key names are not allowed for external use.")
        changes[tag["Key"]] = tag["Value"]
    together = {**tags, **changes}
    if len(together) > limits.TAGS_MAX:
        raise TagLimitExceeded
    return together
