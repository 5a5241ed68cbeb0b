"""Layers: https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.lambda_.base import LambdaBase, paged
from cloudchamber.services.lambda_.configuration import stamp
from cloudchamber.services.lambda_.errors import InvalidParameterValue, NoSuchThing
from cloudchamber.services.lambda_.records import Layer

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes

_KEPT = ("CompatibleRuntimes", "CompatibleArchitectures", "LicenseInfo", "Description")


class Layers(LambdaBase):
    @operation
    async def publish_layer_version(
        self, ctx: Context, request: shapes.PublishLayerVersionRequest
    ) -> shapes.PublishLayerVersionResponse:
        name = request["LayerName"].rpartition(":")[2]
        code = await self.packages.take(ctx, request["Content"])
        last = self.store.db.value(
            "SELECT next FROM lambda_layer_numbers WHERE account = ? AND region = ? AND name = ?",
            (ctx.account, ctx.region, name),
        )
        number = last or 1
        settings = {member: request[member] for member in _KEPT if request.get(member)}  # type: ignore[literal-required]
        layer = Layer(ctx.account, ctx.region, name, number, code, settings, ctx.now())
        with self.platform.store.transaction():
            self.store.layers.put(layer)
            self.store.db.execute(
                "INSERT OR REPLACE INTO lambda_layer_numbers VALUES (?, ?, ?, ?)",
                (ctx.account, ctx.region, name, number + 1),
            )
        return self._shown_layer(ctx, layer)  # type: ignore[no-any-return]

    @operation
    async def get_layer_version(
        self, ctx: Context, request: shapes.GetLayerVersionRequest
    ) -> shapes.GetLayerVersionResponse:
        return self._shown_layer(ctx, self._layer(ctx, request))  # type: ignore[no-any-return]

    @operation
    async def get_layer_version_by_arn(
        self, ctx: Context, request: shapes.GetLayerVersionByArnRequest
    ) -> shapes.GetLayerVersionResponse:
        layer = self.layer_by_arn(request["Arn"])
        if layer is None:
            raise NoSuchThing
        return self._shown_layer(ctx, layer)  # type: ignore[no-any-return]

    def _layer(self, ctx: Context, request: Request) -> Layer:
        if request["VersionNumber"] < 1:
            raise InvalidParameterValue("Layer Version Cannot be less than 1.")
        name = request["LayerName"]
        base = name if name.startswith("arn:") else f"arn:aws:lambda:{ctx.region}:{ctx.account}:layer:{name}"
        found = self.layer_by_arn(f"{base}:{request['VersionNumber']}")
        if found is None:
            raise NoSuchThing
        return found

    @operation
    async def list_layer_versions(
        self, ctx: Context, request: shapes.ListLayerVersionsRequest
    ) -> shapes.ListLayerVersionsResponse:
        name = request["LayerName"].rpartition(":")[2]
        found = self.store.layers.where(account=ctx.account, region=ctx.region, name=name)
        found = [layer for layer in found if not layer.is_deleted and _fits(layer, request)]
        # Newest first, so the key that orders them counts down.
        chosen, marker = paged(request, found, lambda layer: f"{10**12 - layer.version:012d}", "NextMarker")
        return {"LayerVersions": [_listed(layer) for layer in chosen], **marker}  # type: ignore[typeddict-item]

    @operation
    async def list_layers(self, ctx: Context, request: shapes.ListLayersRequest) -> shapes.ListLayersResponse:
        latest: dict[str, Layer] = {}
        for layer in self.store.layers.where(account=ctx.account, region=ctx.region):
            if layer.is_deleted or not _fits(layer, request):
                continue
            if layer.version > (latest[layer.name].version if layer.name in latest else 0):
                latest[layer.name] = layer
        chosen, marker = paged(request, list(latest.values()), lambda layer: layer.name, "NextMarker")
        listed = [
            {"LayerName": layer.name, "LayerArn": layer.layer_arn, "LatestMatchingVersion": _listed(layer)}
            for layer in chosen
        ]
        return {"Layers": listed, **marker}  # type: ignore[typeddict-item]

    @operation
    async def delete_layer_version(self, ctx: Context, request: shapes.DeleteLayerVersionRequest) -> dict[str, Any]:
        """Functions that use it keep it."""
        name = request["LayerName"].rpartition(":")[2]
        layer = self.store.layers.get(ctx.account, ctx.region, name, request["VersionNumber"])
        if layer is not None:
            with self.platform.store.transaction():
                self.store.layers.put(replace(layer, is_deleted=True))
                self.store.policies.delete(layer.arn)
        return {}

    def _shown_layer(self, ctx: Context, layer: Layer) -> Any:
        content: dict[str, Any] = {"CodeSha256": layer.code.sha256, "CodeSize": layer.code.size}
        if layer.code.blob:
            content["Location"] = f"{ctx.caller.endpoint}/_lambda/code/{layer.code.blob}.zip"
        return {
            "Content": content, "LayerArn": layer.layer_arn, "LayerVersionArn": layer.arn, "Version": layer.version,
            "CreatedDate": stamp(layer.created_at), "Description": "", **layer.settings,
        }  # fmt: skip


def _fits(layer: Layer, request: Request) -> bool:
    runtime, architecture = request.get("CompatibleRuntime"), request.get("CompatibleArchitecture")
    return (runtime is None or runtime in layer.settings.get("CompatibleRuntimes", ())) and (
        architecture is None or architecture in layer.settings.get("CompatibleArchitectures", ())
    )


def _listed(layer: Layer) -> dict[str, Any]:
    return {
        "LayerVersionArn": layer.arn, "Version": layer.version, "CreatedDate": stamp(layer.created_at),
        **layer.settings,
    }  # fmt: skip
