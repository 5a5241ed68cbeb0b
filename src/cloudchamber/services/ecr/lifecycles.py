"""Lifecycle policies of repositories: PutLifecyclePolicy, GetLifecyclePolicy, DeleteLifecyclePolicy.

A policy is checked and kept. There are no images for it to expire, so it is never evaluated, and answers have no
`lastEvaluatedAt`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.ecr import lifecycle
from cloudchamber.services.ecr.base import EcrBase
from cloudchamber.services.ecr.errors import LifecyclePolicyNotFound, invalid

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.ecr import shapes
    from cloudchamber.services.ecr.repository import Repository


class Lifecycles(EcrBase):
    @operation
    async def put_lifecycle_policy(
        self, ctx: Context, request: shapes.PutLifecyclePolicyRequest
    ) -> shapes.PutLifecyclePolicyResponse:
        found, text = self.repository(ctx, request), request["lifecyclePolicyText"]
        try:
            lifecycle.check(text)
        except lifecycle.InvalidLifecycle as error:
            raise invalid("LifecyclePolicyText", f"Lifecycle policy validation failure: {error}") from None
        now: shapes.PutLifecyclePolicyResponse = _shown(self.save(replace(found, lifecycle=text)))
        return now

    @operation
    async def get_lifecycle_policy(
        self, ctx: Context, request: shapes.GetLifecyclePolicyRequest
    ) -> shapes.GetLifecyclePolicyResponse:
        answer: shapes.GetLifecyclePolicyResponse = _shown(self.repository(ctx, request))
        return answer

    @operation
    async def delete_lifecycle_policy(
        self, ctx: Context, request: shapes.DeleteLifecyclePolicyRequest
    ) -> shapes.DeleteLifecyclePolicyResponse:
        found = self.repository(ctx, request)
        answer: shapes.DeleteLifecyclePolicyResponse = _shown(found)
        self.save(replace(found, lifecycle=None))
        return answer


def _shown(found: Repository) -> Any:
    if found.lifecycle is None:
        raise LifecyclePolicyNotFound(found.name, found.account)
    return {"registryId": found.account, "repositoryName": found.name, "lifecyclePolicyText": found.lifecycle}
