"""CloudFormation's global tables: a table in the stack's region and its replicas elsewhere, each with its settings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resource_types import Desired, Made, Properties, tag_changes
from cloudchamber.protocol.provisioning import as_tags, kept, picked, tag_list, undone, unless_gone
from cloudchamber.services.dynamodb.resource_tables import Table, beside, call, same_indexes, settled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_SHARED = (
    "TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "LocalSecondaryIndexes", "StreamSpecification",
    "TimeToLiveSpecification", "SSESpecification", "WarmThroughput",
)  # fmt: skip
_SIZES = (
    "ReadOnDemandThroughputSettings", "ReadProvisionedThroughputSettings", "WriteOnDemandThroughputSettings",
    "WriteProvisionedThroughputSettings",
)  # fmt: skip
_OWN = (
    "ContributorInsightsSpecification", "DeletionProtectionEnabled", "KinesisStreamSpecification",
    "PointInTimeRecoverySpecification", "ResourcePolicy", "TableClass", "Tags",
)  # fmt: skip


def _capacity(side: str, settings: Any) -> int | None:
    """The units to begin with: what is fixed, or what automatic scaling starts from."""
    given = settings or {}
    fixed = given.get(f"{side}CapacityUnits")
    scaled = given.get(f"{side}CapacityAutoScalingSettings") or {}
    found = fixed or scaled.get("SeedCapacity") or scaled.get("MinCapacity")
    return None if found is None else int(found)


def _sized(shared: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The capacity of a table or index: writing is the same everywhere, reading each replica's own."""
    read = own.get("ReadProvisionedThroughputSettings") or shared.get("ReadProvisionedThroughputSettings")
    units = _capacity("Read", read), _capacity("Write", shared.get("WriteProvisionedThroughputSettings"))
    sized: dict[str, Any] = {}
    if all(units):
        sized["ProvisionedThroughput"] = {"ReadCapacityUnits": units[0], "WriteCapacityUnits": units[1]}
    maxima = {
        **(own.get("ReadOnDemandThroughputSettings") or shared.get("ReadOnDemandThroughputSettings") or {}),
        **(shared.get("WriteOnDemandThroughputSettings") or {}),
    }
    return sized | ({"OnDemandThroughput": maxima} if maxima else {})


def local(properties: Properties, region: str) -> dict[str, Any]:
    """The global table as a table of one region."""
    own: Mapping[str, Any] = next((replica for replica in properties["Replicas"] if replica["Region"] == region), {})
    table = {**picked(properties, *_SHARED), **picked(own, *_OWN), **_sized(properties, own)}
    if own.get("SSESpecification"):
        table["SSESpecification"] = {**table.get("SSESpecification", {}), **own["SSESpecification"]}
    if len(properties["Replicas"]) > 1:
        table.setdefault("StreamSpecification", {"StreamViewType": "NEW_AND_OLD_IMAGES"})
    by_name = {index["IndexName"]: index for index in own.get("GlobalSecondaryIndexes") or ()}
    indexes = []
    for index in properties.get("GlobalSecondaryIndexes") or ():
        mine = by_name.get(index["IndexName"], {})
        shown = picked(index, "IndexName", "KeySchema", "Projection", "WarmThroughput")
        insights = picked(mine, "ContributorInsightsSpecification")
        indexes.append({**shown, **insights, **_sized(index, mine)})
    return table | ({"GlobalSecondaryIndexes": indexes} if indexes else {})


class GlobalTable(Table):
    refused: ClassVar[Mapping[str, Any]] = {
        "GlobalTableSourceArn": None, "GlobalTableWitnesses": [], "MultiRegionConsistency": "EVENTUAL",
        "TableType": None, "VectorIndexes": [],
    }  # fmt: skip

    async def make(self, ctx: Context, desired: Desired) -> Made:
        made = await super().make(ctx, replace(desired, properties=local(desired.properties, ctx.region)))
        async with undone(lambda: self.delete(ctx, made.physical_id, desired.properties)):
            await self._replicate(ctx, made.physical_id, desired, {"Replicas": []})
        return await self._global(ctx, made.physical_id)

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        here = replace(desired, properties=local(desired.properties, ctx.region))
        await super().change(ctx, physical_id, here, local(previous, ctx.region))
        await self._replicate(ctx, physical_id, desired, previous)
        return await self._global(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        for replica in properties["Replicas"]:
            if replica["Region"] != ctx.region:
                gone = [{"Delete": {"RegionName": replica["Region"]}}]
                if await unless_gone(call(ctx, "DescribeTable", replica["Region"], TableName=physical_id)) is not None:
                    await unless_gone(call(ctx, "UpdateTable", TableName=physical_id, ReplicaUpdates=gone))
        await super().delete(ctx, physical_id, properties)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await super().read(ctx, physical_id, local(properties, ctx.region))
        table = (await call(ctx, "DescribeTable", TableName=physical_id))["Table"]
        regions = {ctx.region, *(replica["RegionName"] for replica in table.get("Replicas") or ())}
        replicas = [replica for replica in properties["Replicas"] if replica["Region"] in regions]
        shown = {**picked(found, *_SHARED, "Arn", "StreamArn"), "Replicas": replicas}
        indexes = same_indexes(
            table.get("GlobalSecondaryIndexes") or (), properties.get("GlobalSecondaryIndexes") or (), "PAY_PER_REQUEST"
        )
        said = kept(properties, *_SIZES, "SSESpecification", "WarmThroughput")
        return {**shown, **said, **picked({"GlobalSecondaryIndexes": indexes}, "GlobalSecondaryIndexes")}

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await super().finish(ctx, made, replace(desired, properties=local(desired.properties, ctx.region)))
        table = (await call(ctx, "DescribeTable", TableName=made.physical_id))["Table"]
        there = [{"Region": replica["RegionName"]} for replica in table.get("Replicas") or ()]
        await self._replicate(ctx, made.physical_id, desired, {"Replicas": there})
        return await self._global(ctx, made.physical_id)

    @staticmethod
    async def _global(ctx: Context, name: str) -> Made:
        found = await settled(ctx, name)
        made = Table._made(name, found)
        return Made(name, {**made.attributes, "TableId": found["TableId"]})

    @staticmethod
    async def _replicate(ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        """Replicas that are new, gone, or set otherwise. One at a time, as DynamoDB takes them."""
        wanted = {replica["Region"]: replica for replica in desired.properties["Replicas"]}
        had = {replica["Region"]: replica for replica in previous["Replicas"]}
        for region in had.keys() - wanted.keys() - {ctx.region}:
            await unless_gone(
                call(ctx, "UpdateTable", TableName=name, ReplicaUpdates=[{"Delete": {"RegionName": region}}])
            )
            await settled(ctx, name)
        for region, replica in wanted.items():
            if region == ctx.region:
                continue
            if region not in had:
                key = (replica.get("SSESpecification") or {}).get("KMSMasterKeyId")
                create = {"RegionName": region, **({"KMSMasterKeyId": key} if key else {})}
                await call(ctx, "UpdateTable", TableName=name, ReplicaUpdates=[{"Create": create}])
                await settled(ctx, name)
            await _set_up(ctx, name, desired, replica, had.get(region) or {})


async def _set_up(
    ctx: Context, name: str, desired: Desired, replica: Mapping[str, Any], had: Mapping[str, Any]
) -> None:
    """The settings of a replica in another region."""
    region = replica["Region"]
    own = {setting: replica[setting] for setting in _OWN if setting in replica}
    await beside(ctx, name, own, had, region)
    for setting, default in (("TableClass", "STANDARD"), ("DeletionProtectionEnabled", False)):
        if replica.get(setting) != had.get(setting):
            await call(ctx, "UpdateTable", region, TableName=name, **{setting: replica.get(setting, default)})
            await settled(ctx, name, region)
    arn = (await call(ctx, "DescribeTable", region, TableName=name))["Table"]["TableArn"]
    have = as_tags((await call(ctx, "ListTagsOfResource", region, ResourceArn=arn)).get("Tags"))
    added, removed = tag_changes(replace(desired, properties=own), have)
    if removed:
        await call(ctx, "UntagResource", region, ResourceArn=arn, TagKeys=removed)
    if added:
        await call(ctx, "TagResource", region, ResourceArn=arn, Tags=tag_list(added))
