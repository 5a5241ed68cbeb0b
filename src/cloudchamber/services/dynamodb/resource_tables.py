"""CloudFormation's tables: what stands beside CreateTable, and changes one at a time, as DynamoDB takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.resource_types import Desired, Made, Properties, text_of
from cloudchamber.protocol.fitting import fitted
from cloudchamber.protocol.provisioning import (
    Tagged,
    Type,
    Unsupported,
    changed,
    kept,
    name_within,
    picked,
    seen,
    tag_list,
    undone,
    unless_gone,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.core.context import Context

TAGS = Tagged("dynamodb", "ListTagsOfResource")
POLL_SECONDS = 0.2
_TTL_OFF, _ON_DEMAND = "DISABLED", "PAY_PER_REQUEST"
BESIDE = (
    "TimeToLiveSpecification", "PointInTimeRecoverySpecification", "ContributorInsightsSpecification",
    "KinesisStreamSpecification", "ResourcePolicy",
)  # fmt: skip


async def call(ctx: Context, operation: str, region: str | None = None, **request: Any) -> Mapping[str, Any]:
    """A call with the input fitted to the operation, in the table's region or another."""
    name = f"dynamodb:{operation}"
    return await ctx.call(name, region=region, **fitted(name, request))


async def settled(ctx: Context, name: str, region: str | None = None) -> Mapping[str, Any]:
    """The table, once it and its indexes are active."""
    while True:
        found: Mapping[str, Any] = (await call(ctx, "DescribeTable", region, TableName=name))["Table"]
        indexes = found.get("GlobalSecondaryIndexes") or ()
        replicas = found.get("Replicas") or ()
        states = [found["TableStatus"], *(i["IndexStatus"] for i in indexes), *(r["ReplicaStatus"] for r in replicas)]
        if all(state == "ACTIVE" for state in states):
            return found
        await ctx.sleep(POLL_SECONDS)


def stream(value: Any) -> dict[str, Any]:
    if (value or {}).get("ResourcePolicy"):
        raise Unsupported("StreamSpecification.ResourcePolicy of tables is not implemented in cloudchamber")
    view = (value or {}).get("StreamViewType")
    return {"StreamEnabled": True, "StreamViewType": view} if view else {"StreamEnabled": False}


def encryption(value: Any) -> dict[str, Any]:
    given = value or {}
    return {"Enabled": given.get("SSEEnabled", False), **picked(given, "SSEType", "KMSMasterKeyId")}


async def beside(ctx: Context, name: str, wanted: Properties, had: Properties, region: str | None = None) -> None:
    """Put those settings of a table that have operations of their own and differ from before."""
    for setting in BESIDE:
        value, before = wanted.get(setting), had.get(setting)
        if value == before:
            continue
        if setting == "TimeToLiveSpecification":
            await _expire(ctx, name, value, before, region)
        elif setting == "PointInTimeRecoverySpecification":
            asked = value or {"PointInTimeRecoveryEnabled": False}
            request = {"TableName": name, "PointInTimeRecoverySpecification": asked}
            await call(ctx, "UpdateContinuousBackups", region, **request)
        elif setting == "ContributorInsightsSpecification":
            await contribute(ctx, {"TableName": name}, value, region)
        elif setting == "KinesisStreamSpecification":
            await _stream_to(ctx, name, value, before, region)
        else:
            await _police(ctx, name, value, region)


async def contribute(ctx: Context, named: Mapping[str, str], value: Any, region: str | None) -> None:
    is_on = str((value or {}).get("Enabled", False)).lower() == "true"
    action = {"ContributorInsightsAction": "ENABLE" if is_on else "DISABLE"}
    mode = {"ContributorInsightsMode": value["Mode"]} if is_on and value.get("Mode") else {}
    await call(ctx, "UpdateContributorInsights", region, **named, **action, **mode)


async def _expire(ctx: Context, name: str, value: Any, before: Any, region: str | None) -> None:
    wanted = value or {**before, "Enabled": False}
    now = (await call(ctx, "DescribeTimeToLive", region, TableName=name))["TimeToLiveDescription"]
    is_on = now["TimeToLiveStatus"] in ("ENABLED", "ENABLING")
    if is_on != (str(wanted["Enabled"]).lower() == "true") or (
        is_on and now["AttributeName"] != wanted["AttributeName"]
    ):
        await call(ctx, "UpdateTimeToLive", region, TableName=name, TimeToLiveSpecification=wanted)


async def _stream_to(ctx: Context, name: str, value: Any, before: Any, region: str | None) -> None:
    if before and (not value or value["StreamArn"] != before["StreamArn"]):
        gone = call(ctx, "DisableKinesisStreamingDestination", region, TableName=name, StreamArn=before["StreamArn"])
        await unless_gone(gone)
    if value:
        precision = value.get("ApproximateCreationDateTimePrecision")
        more = {"ApproximateCreationDateTimePrecision": precision} if precision else None
        named = {"TableName": name, "StreamArn": value["StreamArn"]}
        operation, member = "EnableKinesisStreamingDestination", "EnableKinesisStreamingConfiguration"
        if before and before["StreamArn"] == value["StreamArn"]:
            operation, member = "UpdateKinesisStreamingDestination", "UpdateKinesisStreamingConfiguration"
        await call(ctx, operation, region, **named, **{member: more})


async def _police(ctx: Context, name: str, value: Any, region: str | None) -> None:
    table = (await call(ctx, "DescribeTable", region, TableName=name))["Table"]
    if value:
        policy = {"ResourceArn": table["TableArn"], "Policy": value["PolicyDocument"]}
        await call(ctx, "PutResourcePolicy", region, **policy)
    else:
        await unless_gone(call(ctx, "DeleteResourcePolicy", region, ResourceArn=table["TableArn"]))


async def _recovery(ctx: Context, name: str, properties: Properties) -> dict[str, Any]:
    found = (await call(ctx, "DescribeContinuousBackups", TableName=name))["ContinuousBackupsDescription"]
    recovery = found["PointInTimeRecoveryDescription"]
    said = picked(recovery, *properties["PointInTimeRecoverySpecification"])
    return {**said, "PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryStatus"] == "ENABLED"}


def same_indexes(found: Iterable[Mapping[str, Any]], wanted: Iterable[Mapping[str, Any]], billing: str) -> list[Any]:
    """The indexes there are; those that are as the template has them read as it has them."""
    by_name = {index["IndexName"]: index for index in wanted}
    listed = []
    for index in found:
        shown = picked(index, "IndexName", "KeySchema", "Projection", "OnDemandThroughput")
        if billing != _ON_DEMAND and index.get("ProvisionedThroughput"):
            capacity = ("ReadCapacityUnits", "WriteCapacityUnits")
            shown["ProvisionedThroughput"] = picked(index["ProvisionedThroughput"], *capacity)
        one = by_name.get(index["IndexName"], {})
        same = one and all(text_of(one[name]) == text_of(shown[name]) for name in shown if name in one)
        listed.append(one if same else shown)
    return listed


class Table(Type):
    refused: ClassVar[Mapping[str, Any]] = {"ImportSourceSpecification": None, "VectorIndexes": []}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        wanted = desired.properties
        name = wanted.get("TableName") or name_within(desired, 255)
        request = {
            **wanted, "TableName": name, "Tags": TAGS.wanted(desired), "ResourcePolicy": None,
            "StreamSpecification": stream(wanted["StreamSpecification"]) if wanted.get("StreamSpecification") else None,
            "SSESpecification": encryption(wanted["SSESpecification"]) if wanted.get("SSESpecification") else None,
        }  # fmt: skip
        await call(ctx, "CreateTable", **request)
        async with undone(lambda: self.delete(ctx, name, wanted)):
            await settled(ctx, name)
            await beside(ctx, name, wanted, {})
            await self._watch(ctx, name, desired, {})
        return self._made(name, await settled(ctx, name))

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties
        gone, new = _moved(desired, previous)
        await self._drop(ctx, physical_id, gone)
        await self._resize(ctx, physical_id, desired, previous)
        for setting, value in (
            ("TableClass", wanted.get("TableClass") or "STANDARD"),
            ("DeletionProtectionEnabled", wanted.get("DeletionProtectionEnabled") or False),
            ("SSESpecification", encryption(wanted.get("SSESpecification"))),
            ("WarmThroughput", wanted.get("WarmThroughput")),
        ):
            if changed(desired, previous, setting) and value is not None:
                await self._update(ctx, physical_id, **{setting: value})
        if changed(desired, previous, "StreamSpecification"):
            await self._restream(ctx, physical_id, stream(wanted.get("StreamSpecification")), previous)
        await self._add(ctx, physical_id, desired, new)
        await self._watch(ctx, physical_id, desired, previous)
        await beside(ctx, physical_id, wanted, previous)
        found = await settled(ctx, physical_id)
        await TAGS.change(ctx, found["TableArn"], desired)
        return self._made(physical_id, found)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await unless_gone(call(ctx, "DeleteTable", TableName=physical_id))
        while await unless_gone(call(ctx, "DescribeTable", TableName=physical_id)) is not None:
            await ctx.sleep(POLL_SECONDS)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = (await call(ctx, "DescribeTable", TableName=physical_id))["Table"]
        names = ("TableName", "AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled", "OnDemandThroughput")
        shown = picked(found, *names)
        shown["Arn"] = found["TableArn"]
        billing = (found.get("BillingModeSummary") or {}).get("BillingMode") or "PROVISIONED"
        shown["BillingMode"] = billing
        capacity = ("ReadCapacityUnits", "WriteCapacityUnits")
        if billing != _ON_DEMAND:
            shown["ProvisionedThroughput"] = picked(found["ProvisionedThroughput"], *capacity)
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes"):
            listed = same_indexes(found.get(kind) or (), properties.get(kind) or (), billing)
            if listed:
                shown[kind] = listed
        if found.get("StreamSpecification"):
            shown["StreamSpecification"] = picked(found["StreamSpecification"], "StreamViewType")
            shown["StreamArn"] = found["LatestStreamArn"]
        sse = found.get("SSEDescription") or {}
        if sse.get("Status") == "ENABLED":
            said = properties.get("SSESpecification") or {}
            shown["SSESpecification"] = {"SSEType": sse["SSEType"], **kept(said, "KMSMasterKeyId"), "SSEEnabled": True}
        if found.get("TableClassSummary"):
            shown["TableClass"] = found["TableClassSummary"]["TableClass"]
        ttl = (await call(ctx, "DescribeTimeToLive", TableName=physical_id))["TimeToLiveDescription"]
        if ttl["TimeToLiveStatus"] != _TTL_OFF:
            shown["TimeToLiveSpecification"] = {"AttributeName": ttl["AttributeName"], "Enabled": True}
        if "PointInTimeRecoverySpecification" in properties:
            shown["PointInTimeRecoverySpecification"] = await _recovery(ctx, physical_id, properties)
        shown |= kept(
            properties, "ContributorInsightsSpecification", "KinesisStreamSpecification", "ResourcePolicy",
            "WarmThroughput",
        )  # fmt: skip
        tags = await TAGS.now(ctx, found["TableArn"])
        return shown | ({"Tags": tag_list(tags)} if tags else {})

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        name = desired.properties.get("TableName") or name_within(desired, 255)
        found = await seen(call(ctx, "DescribeTable", TableName=name))
        return None if found is None else self._made(name, found["Table"])

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        await settled(ctx, made.physical_id)
        await beside(ctx, made.physical_id, desired.properties, {})
        await self._watch(ctx, made.physical_id, desired, {})
        return self._made(made.physical_id, await settled(ctx, made.physical_id))

    @staticmethod
    def _made(name: str, found: Mapping[str, Any]) -> Made:
        attributes = {"Arn": found["TableArn"]}
        if found.get("LatestStreamArn") and (found.get("StreamSpecification") or {}).get("StreamEnabled"):
            attributes["StreamArn"] = found["LatestStreamArn"]
        return Made(name, attributes)

    @staticmethod
    async def _update(ctx: Context, name: str, **request: Any) -> None:
        await call(ctx, "UpdateTable", TableName=name, **request)
        await settled(ctx, name)

    async def _restream(self, ctx: Context, name: str, wanted: Mapping[str, Any], previous: Properties) -> None:
        if previous.get("StreamSpecification") and wanted["StreamEnabled"]:  # a view changes by a new stream
            await self._update(ctx, name, StreamSpecification={"StreamEnabled": False})
        await self._update(ctx, name, StreamSpecification=wanted)

    async def _resize(self, ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        """Billing mode and capacity, of the table and the indexes that stay."""
        wanted, request = desired.properties, {}
        names = ("BillingMode", "ProvisionedThroughput", "OnDemandThroughput")
        is_on_demand = wanted.get("BillingMode") == _ON_DEMAND
        if changed(desired, previous, *names):
            request = {
                "BillingMode": wanted.get("BillingMode") or "PROVISIONED",
                "ProvisionedThroughput": None if is_on_demand else wanted.get("ProvisionedThroughput"),
                "OnDemandThroughput": wanted.get("OnDemandThroughput"),
            }
        had = {index["IndexName"]: index for index in previous.get("GlobalSecondaryIndexes") or ()}
        updates = []
        for index in wanted.get("GlobalSecondaryIndexes") or ():
            before = had.get(index["IndexName"])
            sizes = ("OnDemandThroughput",) if is_on_demand else ("ProvisionedThroughput",)
            asked = {size: index[size] for size in sizes if index.get(size)}
            if before is not None and asked and any(before.get(size) != index[size] for size in asked):
                updates.append({"Update": {"IndexName": index["IndexName"], **asked}})
        if updates:
            request["GlobalSecondaryIndexUpdates"] = updates
        if request:
            await self._update(ctx, name, **request)

    async def _drop(self, ctx: Context, name: str, indexes: Iterable[str]) -> None:
        for key in indexes:
            await self._update(ctx, name, GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": key}}])
            while any(i["IndexName"] == key for i in (await settled(ctx, name)).get("GlobalSecondaryIndexes") or ()):
                await ctx.sleep(POLL_SECONDS)

    async def _add(self, ctx: Context, name: str, desired: Desired, indexes: Iterable[str]) -> None:
        wanted = {index["IndexName"]: index for index in desired.properties.get("GlobalSecondaryIndexes") or ()}
        for key in indexes:
            definitions = desired.properties["AttributeDefinitions"]
            create = [{"Create": wanted[key]}]
            await self._update(ctx, name, AttributeDefinitions=definitions, GlobalSecondaryIndexUpdates=create)

    @staticmethod
    async def _watch(ctx: Context, name: str, desired: Desired, previous: Properties) -> None:
        """Contributor insights of indexes."""
        had = {index["IndexName"]: index for index in previous.get("GlobalSecondaryIndexes") or ()}
        for index in desired.properties.get("GlobalSecondaryIndexes") or ():
            insights = index.get("ContributorInsightsSpecification")
            before = had.get(index["IndexName"], {}).get("ContributorInsightsSpecification")
            if insights != before:
                await contribute(ctx, {"TableName": name, "IndexName": index["IndexName"]}, insights, None)


def _moved(desired: Desired, previous: Properties) -> tuple[list[str], list[str]]:
    """The indexes to delete and to make; one of another form is both. DynamoDB takes one of either in an update."""
    wanted = {index["IndexName"]: index for index in desired.properties.get("GlobalSecondaryIndexes") or ()}
    had = {index["IndexName"]: index for index in previous.get("GlobalSecondaryIndexes") or ()}
    form = ("KeySchema", "Projection")
    other = [key for key, one in wanted.items() if key in had and any(one.get(f) != had[key].get(f) for f in form)]
    gone = [key for key in had if key not in wanted]
    new = [key for key in wanted if key not in had]
    if len(gone) + len(new) + len(other) > 1:
        raise ValidationError("Cannot perform more than one GSI creation or deletion in a single update")
    return gone + other, new + other
