"""Tags of secrets: TagResource, UntagResource."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.secretsmanager import limits
from cloudchamber.services.secretsmanager.base import SecretsBase
from cloudchamber.services.secretsmanager.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.secretsmanager import shapes


def check_tags(was: Mapping[str, str], added: Sequence[Any]) -> dict[str, str]:
    """The tags with those that are added; InvalidParameter."""
    if any(not tag.get("Key") for tag in added):
        raise InvalidParameter("Tag keys can't be empty.")
    if any(tag["Key"].lower().startswith("aws:") for tag in added):
        raise InvalidParameter("Tag keys can't start with aws:, which is reserved for system use.")
    if len({tag["Key"] for tag in added}) < len(added):
        raise InvalidParameter("Tag keys must be unique.")
    merged = {**was, **{tag["Key"]: tag.get("Value", "") for tag in added}}
    if len(merged) > limits.TAGS_MAX:
        raise InvalidParameter(f"A secret can have at most {limits.TAGS_MAX} tags.")
    return merged


class Tags(SecretsBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceRequest) -> None:
        secret = self.writable(ctx, request)
        merged = check_tags(secret.tags, request["Tags"])
        with self.platform.store.transaction():
            self.save(replace(secret, tags=merged, changed_at=ctx.now()))

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceRequest) -> None:
        secret = self.writable(ctx, request)
        kept = {key: value for key, value in secret.tags.items() if key not in request["TagKeys"]}
        with self.platform.store.transaction():
            self.save(replace(secret, tags=kept, changed_at=ctx.now()))
