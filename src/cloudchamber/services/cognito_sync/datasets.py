"""Datasets, and how much of them there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import encode_marker
from cloudchamber.core.service import operation
from cloudchamber.services.cognito_sync.base import SyncBase, page_of
from cloudchamber.services.cognito_sync.errors import no_dataset

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_sync import shapes
    from cloudchamber.services.cognito_sync.base import Owner
    from cloudchamber.services.cognito_sync.tables import Dataset


class Datasets(SyncBase):
    def dataset(self, owner: Owner, name: str) -> Dataset:
        found = self.store.datasets.get(*owner.place(name))
        if found is None or not found.exists:
            raise no_dataset(name)
        return found

    @operation
    async def describe_dataset(
        self, ctx: Context, request: shapes.DescribeDatasetRequest
    ) -> shapes.DescribeDatasetResponse:
        owner = await self.owner(ctx, request)
        return {"Dataset": self._shown(self.dataset(owner, request["DatasetName"]))}

    @operation
    async def list_datasets(self, ctx: Context, request: shapes.ListDatasetsRequest) -> shapes.ListDatasetsResponse:
        owner = await self.owner(ctx, request)
        after, size = page_of(request)
        found = [one for one in self.store.datasets.where(identity=owner.identity) if one.exists and one.name > after]
        answer: Any = {"Datasets": [self._shown(one) for one in found[:size]], "Count": len(found[:size])}
        if len(found) > size:
            answer["NextToken"] = encode_marker(found[size - 1].name)
        return answer  # type: ignore[no-any-return]

    @operation
    async def delete_dataset(self, ctx: Context, request: shapes.DeleteDatasetRequest) -> shapes.DeleteDatasetResponse:
        owner = await self.owner(ctx, request)
        found = self.dataset(owner, request["DatasetName"])
        shown, count = self._shown(found), found.sync_count + 1
        gone = replace(found, exists=False, sync_count=count, deleted_at_count=count, modified_at=ctx.now())
        with self.platform.store.transaction():
            self.store.clear(found)
            self.store.datasets.put(gone)
        return {"Dataset": shown}

    # usage

    @operation
    async def describe_identity_usage(
        self, ctx: Context, request: shapes.DescribeIdentityUsageRequest
    ) -> shapes.DescribeIdentityUsageResponse:
        owner = await self.owner(ctx, request)
        datasets = [one for one in self.store.datasets.where(identity=owner.identity) if one.exists]
        usage: shapes.IdentityUsage = {
            "IdentityId": owner.identity,
            "IdentityPoolId": owner.pool,
            "DatasetCount": len(datasets),
            "DataStorage": sum(self.store.size(one.identity, one.name)[1] for one in datasets),
        }
        if datasets:
            usage["LastModifiedDate"] = max(one.modified_at for one in datasets)
        return {"IdentityUsage": usage}

    @operation
    async def describe_identity_pool_usage(
        self, ctx: Context, request: shapes.DescribeIdentityPoolUsageRequest
    ) -> shapes.DescribeIdentityPoolUsageResponse:
        return {"IdentityPoolUsage": self._pool_usage(self.developers_pool(ctx, request).pool)}

    @operation
    async def list_identity_pool_usage(
        self, ctx: Context, request: shapes.ListIdentityPoolUsageRequest
    ) -> shapes.ListIdentityPoolUsageResponse:
        """Of the pools of the account and region that have been synchronized with."""
        after, size = page_of(request)
        found = [
            one.pool for one in self.store.pools.where(account=ctx.account, order="pool")
            if one.pool > after and one.pool.startswith(f"{ctx.region}:")
        ]  # fmt: skip
        usages = [self._pool_usage(one) for one in found[:size]]
        answer: Any = {"IdentityPoolUsages": usages, "MaxResults": size, "Count": len(usages)}
        if len(found) > size:
            answer["NextToken"] = encode_marker(found[size - 1])
        return answer  # type: ignore[no-any-return]

    def _pool_usage(self, pool_id: str) -> Any:
        datasets = [one for one in self.store.datasets.where(pool=pool_id) if one.exists]
        kept = self.store.pools.get(pool_id)
        usage: dict[str, Any] = {
            "IdentityPoolId": pool_id,
            "SyncSessionsCount": 0 if kept is None else kept.sessions,
            "DataStorage": sum(self.store.size(one.identity, one.name)[1] for one in datasets),
        }
        if datasets:
            usage["LastModifiedDate"] = max(one.modified_at for one in datasets)
        return usage

    def _shown(self, dataset: Dataset) -> Any:
        count, size = self.store.size(dataset.identity, dataset.name)
        return {
            "IdentityId": dataset.identity,
            "DatasetName": dataset.name,
            "CreationDate": dataset.created_at,
            "LastModifiedDate": dataset.modified_at,
            "LastModifiedBy": dataset.modified_by,
            "DataStorage": size,
            "NumRecords": count,
        }
