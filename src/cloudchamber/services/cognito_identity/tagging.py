"""Tags of identity pools."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.cognito_identity import limits
from cloudchamber.services.cognito_identity.base import IdentityBase
from cloudchamber.services.cognito_identity.errors import InvalidParameter, ResourceNotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_identity import shapes
    from cloudchamber.services.cognito_identity.tables import Pool


class Tags(IdentityBase):
    @operation
    async def tag_resource(self, ctx: Context, request: shapes.TagResourceInput) -> shapes.TagResourceResponse:
        pool = self._tagged(ctx, request["ResourceArn"])
        tags = pool.tags | dict(request["Tags"])
        check_tags(tags)
        self.store.pools.put(replace(pool, tags=tags))
        return {}

    @operation
    async def untag_resource(self, ctx: Context, request: shapes.UntagResourceInput) -> shapes.UntagResourceResponse:
        pool, gone = self._tagged(ctx, request["ResourceArn"]), set(request["TagKeys"])
        self.store.pools.put(replace(pool, tags={k: v for k, v in pool.tags.items() if k not in gone}))
        return {}

    @operation
    async def list_tags_for_resource(
        self, ctx: Context, request: shapes.ListTagsForResourceInput
    ) -> shapes.ListTagsForResourceResponse:
        return {"Tags": self._tagged(ctx, request["ResourceArn"]).tags}

    def _tagged(self, ctx: Context, arn: str) -> Pool:
        found = self.store.pools.get(arn.rpartition(":identitypool/")[2])
        if found is None or found.arn != arn or found.region != ctx.region:
            raise ResourceNotFound(f"Resource '{arn}' not found.")
        return found


def check_tags(tags: Mapping[str, str]) -> None:
    """InvalidParameterException for reserved keys and too many tags."""
    if any(key.lower().startswith("aws:") for key in tags):
        raise InvalidParameter("Tag keys beginning with aws: are reserved.")
    if len(tags) > limits.TAGS_MAX:
        raise InvalidParameter(f"An identity pool can have up to {limits.TAGS_MAX} tags.")
