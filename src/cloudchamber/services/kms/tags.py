"""Tags of keys: TagResource, UntagResource, ListResourceTags.

https://docs.aws.amazon.com/kms/latest/developerguide/tagging-keys.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.kms import limits
from cloudchamber.services.kms.base import KmsBase, paged
from cloudchamber.services.kms.errors import LimitExceeded, TagError
from cloudchamber.services.kms.key import check_not_pending_deletion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes


class Tags(KmsBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> None:
        key = self.key(ctx, request)
        check_not_pending_deletion(key)
        tags = checked_tags(request["Tags"], key.tags)
        with self.platform.store.transaction():
            self.store.keys.put(replace(key, tags=tags))

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> None:
        key = self.key(ctx, request)
        check_not_pending_deletion(key)
        gone = set(request["TagKeys"])
        with self.platform.store.transaction():
            self.store.keys.put(replace(key, tags={k: v for k, v in key.tags.items() if k not in gone}))

    @operation
    async def list_resource_tags(
        self, ctx: Context, request: shapes.ListResourceTagsRequest
    ) -> shapes.ListResourceTagsResponse:
        tags = sorted(self.key(ctx, request).tags.items())
        found, more = paged(
            request,
            (limits.TAGS_LISTED, limits.TAGS_LISTED_MAX),
            lambda after, limit: [tag for tag in tags if tag[0] > after][:limit],
            lambda tag: tag[0],
        )
        return {"Tags": [{"TagKey": k, "TagValue": v} for k, v in found], **more}  # type: ignore[typeddict-item]


def checked_tags(given: Sequence[Any], have: Mapping[str, str] | None = None) -> dict[str, str]:
    """`have` with the given tags. TagError, LimitExceeded."""
    names = [tag["TagKey"] for tag in given]
    if len(set(names)) < len(names):
        raise TagError("Duplicate tag keys")
    if any(name.lower().startswith("aws:") for name in names):
        raise TagError("aws: prefixed tag key names are not allowed for external use.")
    tags = {**(have or {}), **{tag["TagKey"]: tag["TagValue"] for tag in given}}
    if len(tags) > limits.TAGS_MAX:
        raise LimitExceeded("Too many tags")
    return tags
