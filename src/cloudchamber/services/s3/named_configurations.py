"""Configurations of which a bucket may have many, by id: analytics, inventory, metrics, intelligent tiering.

They are stored and shown; no report is written and no metric counted, as their README says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.pagination import InvalidMarker, decode_marker, page
from cloudchamber.core.service import Request, operation
from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.errors import Absent, InvalidArgument, InvalidToken, S3Error

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

LISTED_MAX = 100


class NamedConfigurations(Configuration):
    def _put(self, ctx: Context, request: Request, kind: str) -> None:
        bucket, given = self.bucket(ctx, request), request[f"{kind}Configuration"]
        if given.get("Id") != request["Id"]:
            raise InvalidArgument("The ID in the configuration must match the ID in the request", "id", request["Id"])
        kept = dict(bucket.configurations.get(kind) or {})
        kept[request["Id"]] = given
        if len(kept) > limits.CONFIGURATIONS_MAX:
            raise S3Error("You are attempting to create a new configuration but have already reached the limit.").named(
                "TooManyConfigurations"
            )
        self.configure(bucket, kind, kept)

    def _get(self, ctx: Context, request: Request, kind: str) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        found = (bucket.configurations.get(kind) or {}).get(request["Id"])
        if found is None:
            raise Absent("NoSuchConfiguration", "The specified configuration does not exist.", bucket.name)
        return {f"{kind}Configuration": found}

    def _delete(self, ctx: Context, request: Request, kind: str) -> None:
        self._get(ctx, request, kind)
        bucket = self.bucket(ctx, request)
        kept = {name: value for name, value in bucket.configurations[kind].items() if name != request["Id"]}
        self.configure(bucket, kind, kept or None)

    def _list(self, ctx: Context, request: Request, kind: str) -> dict[str, Any]:
        bucket, token = self.bucket(ctx, request), request.get("ContinuationToken")
        items = sorted((bucket.configurations.get(kind) or {}).items())
        try:
            if token:
                decode_marker(token)
        except InvalidMarker:
            raise InvalidToken from None
        chosen, following = page(items, lambda item: item[0], LISTED_MAX, token)
        output = {f"{kind}ConfigurationList": [value for _, value in chosen], "IsTruncated": following is not None}
        if token:
            output["ContinuationToken"] = token
        return output if following is None else {**output, "NextContinuationToken": following}

    @operation
    async def put_bucket_analytics_configuration(self, ctx: Context, request: Request) -> None:
        self._put(ctx, request, "Analytics")

    @operation
    async def get_bucket_analytics_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._get(ctx, request, "Analytics")

    @operation
    async def delete_bucket_analytics_configuration(self, ctx: Context, request: Request) -> None:
        self._delete(ctx, request, "Analytics")

    @operation
    async def list_bucket_analytics_configurations(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._list(ctx, request, "Analytics")

    @operation
    async def put_bucket_inventory_configuration(self, ctx: Context, request: Request) -> None:
        self._put(ctx, request, "Inventory")

    @operation
    async def get_bucket_inventory_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._get(ctx, request, "Inventory")

    @operation
    async def delete_bucket_inventory_configuration(self, ctx: Context, request: Request) -> None:
        self._delete(ctx, request, "Inventory")

    @operation
    async def list_bucket_inventory_configurations(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._list(ctx, request, "Inventory")

    @operation
    async def put_bucket_metrics_configuration(self, ctx: Context, request: Request) -> None:
        self._put(ctx, request, "Metrics")

    @operation
    async def get_bucket_metrics_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._get(ctx, request, "Metrics")

    @operation
    async def delete_bucket_metrics_configuration(self, ctx: Context, request: Request) -> None:
        self._delete(ctx, request, "Metrics")

    @operation
    async def list_bucket_metrics_configurations(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._list(ctx, request, "Metrics")

    @operation
    async def put_bucket_intelligent_tiering_configuration(self, ctx: Context, request: Request) -> None:
        self._put(ctx, request, "IntelligentTiering")

    @operation
    async def get_bucket_intelligent_tiering_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._get(ctx, request, "IntelligentTiering")

    @operation
    async def delete_bucket_intelligent_tiering_configuration(self, ctx: Context, request: Request) -> None:
        self._delete(ctx, request, "IntelligentTiering")

    @operation
    async def list_bucket_intelligent_tiering_configurations(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._list(ctx, request, "IntelligentTiering")
