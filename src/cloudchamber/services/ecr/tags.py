"""Tags of repositories: TagResource, UntagResource, ListTagsForResource."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.ecr import limits
from cloudchamber.services.ecr.base import EcrBase
from cloudchamber.services.ecr.errors import InvalidTag, RepositoryNotFound, TooManyTags, invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.ecr import shapes
    from cloudchamber.services.ecr.repository import Repository


def merged(was: Mapping[str, str], added: Sequence[Any]) -> dict[str, str]:
    """The tags with those that are added. InvalidTag, TooManyTags."""
    for tag in added:
        key, value = tag["Key"], tag["Value"]
        if not 1 <= len(key) <= limits.TAG_KEY_CHARS_MAX or len(value) > limits.TAG_VALUE_CHARS_MAX:
            raise InvalidTag("Tag keys have 1 to 128 characters, and tag values at most 256.")
        if key.lower().startswith("aws:"):
            raise InvalidTag("Tag keys can't start with aws:, which is reserved for system use.")
    if len({tag["Key"] for tag in added}) < len(added):
        raise InvalidTag("Tag keys must be unique.")
    tags = {**was, **{tag["Key"]: tag["Value"] for tag in added}}
    if len(tags) > limits.TAGS_MAX:
        raise TooManyTags(f"A repository can have at most {limits.TAGS_MAX} tags.")
    return tags


class Tags(EcrBase):
    def _tagged(self, arn: str) -> Repository:
        found = self.store.by_arn(arn)
        if found is not None:
            return found
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "ecr" or not parts[5].startswith("repository/"):
            raise invalid("resourceArn", "Invalid ARN")
        raise RepositoryNotFound(parts[5].removeprefix("repository/"), parts[4])

    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> shapes.TagResourceResponse:
        found = self._tagged(request["resourceArn"])
        self.save(replace(found, tags=merged(found.tags, request["tags"])))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> shapes.UntagResourceResponse:
        found = self._tagged(request["resourceArn"])
        kept = {key: value for key, value in found.tags.items() if key not in request["tagKeys"]}
        self.save(replace(found, tags=kept))
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceRequest
    ) -> shapes.ListTagsForResourceResponse:
        found = self._tagged(request["resourceArn"])
        return {"tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}
