"""DescribeGlobalTableSettings and UpdateGlobalTableSettings: the capacity of the replicas of a legacy global table.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateGlobalTableSettings.html
Auto scaling belongs to a service that is not here: settings for it are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import operation
from cloudchamber.identity import principals
from cloudchamber.services.dynamodb.errors import IndexNotFound, ReplicaNotFound
from cloudchamber.services.dynamodb.global_tables import GlobalTables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.dynamodb.global_tables import GlobalTable
    from cloudchamber.services.dynamodb.table import Index, TableRecord

READ, WRITE = "ReadCapacityUnits", "WriteCapacityUnits"


class GlobalSettings(GlobalTables):
    @operation
    async def describe_global_table_settings(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._settings_shown(self.global_table(ctx, request), ctx.now())

    @operation
    async def update_global_table_settings(self, ctx: Context, request: Request) -> dict[str, Any]:
        """The same UpdateTable in each region, as the account's root."""
        _refuse_auto_scaling(request)
        group = self.global_table(ctx, request)
        replicas = {one["RegionName"]: one for one in request.get("ReplicaSettingsUpdate") or ()}
        unknown = replicas.keys() - set(group.regions)
        if unknown:
            region = min(unknown)
            raise ReplicaNotFound(f"Replica not found: Replica in region '{region}' does not exist.")
        root = principals.root(group.account)
        for record in self._records(group):
            change = _change(record, request, replicas.get(record.region, {}))
            if change:
                await ctx.call(
                    "dynamodb:UpdateTable", principal=root, region=record.region, TableName=record.name, **change
                )
        return self._settings_shown(group, ctx.now())

    def _records(self, group: GlobalTable) -> list[TableRecord]:
        views = [self.store.view(group.account, region, group.name) for region in group.regions]
        return [view.record for view in views if view is not None]

    def _settings_shown(self, group: GlobalTable, now: float) -> dict[str, Any]:
        return {
            "GlobalTableName": group.name,
            "ReplicaSettings": [_settings(record, now) for record in self._records(group)],
        }


def _settings(record: TableRecord, now: float) -> dict[str, Any]:
    billing: dict[str, Any] = {"BillingMode": record.billing}
    if record.billing_changed_at is not None:
        billing["LastUpdateToPayPerRequestDateTime"] = record.billing_changed_at
    shown: dict[str, Any] = {
        "RegionName": record.region,
        "ReplicaStatus": record.status(now),
        "ReplicaBillingModeSummary": billing,
        "ReplicaProvisionedReadCapacityUnits": record.throughput.read,
        "ReplicaProvisionedWriteCapacityUnits": record.throughput.write,
        "ReplicaTableClassSummary": {"TableClass": record.table_class},
    }
    indexes = [
        {
            "IndexName": index.name,
            "IndexStatus": index.status(now),
            "ProvisionedReadCapacityUnits": index.throughput.read,
            "ProvisionedWriteCapacityUnits": index.throughput.write,
        }
        for index in record.indexes
        if not index.is_local
    ]
    return {**shown, "ReplicaGlobalSecondaryIndexSettings": indexes} if indexes else shown


def _refuse_auto_scaling(request: Any) -> None:
    if isinstance(request, dict):
        for name, value in request.items():
            if "AutoScaling" in name:
                raise NotImplementedByUs(f"{name} exists on AWS and is not implemented in cloudchamber")
            _refuse_auto_scaling(value)
    elif isinstance(request, list):
        for value in request:
            _refuse_auto_scaling(value)


def _change(record: TableRecord, request: Request, replica: Request) -> dict[str, Any]:
    """What UpdateTable is asked in one region; nothing where all is as it should be."""
    change: dict[str, Any] = {}
    billing = request.get("GlobalTableBillingMode", record.billing)
    if billing != record.billing:
        change["BillingMode"] = billing
    units = _units(
        record,
        replica.get("ReplicaProvisionedReadCapacityUnits"),
        request.get("GlobalTableProvisionedWriteCapacityUnits"),
    )
    if units:
        change["ProvisionedThroughput"] = units
    if replica.get("ReplicaTableClass", record.table_class) != record.table_class:
        change["TableClass"] = replica["ReplicaTableClass"]
    updates = _index_changes(record, request, replica)
    return {**change, "GlobalSecondaryIndexUpdates": updates} if updates else change


def _units(of: TableRecord | Index, read: int | None, write: int | None) -> dict[str, int] | None:
    wanted = {READ: read or of.throughput.read, WRITE: write or of.throughput.write}
    return None if (wanted[READ], wanted[WRITE]) == (of.throughput.read, of.throughput.write) else wanted


def _index_changes(record: TableRecord, request: Request, replica: Request) -> list[dict[str, Any]]:
    writes = _by_name(request.get("GlobalTableGlobalSecondaryIndexSettingsUpdate"), "ProvisionedWriteCapacityUnits")
    reads = _by_name(replica.get("ReplicaGlobalSecondaryIndexSettingsUpdate"), "ProvisionedReadCapacityUnits")
    indexes = {index.name: index for index in record.indexes if not index.is_local}
    unknown = (writes.keys() | reads.keys()) - indexes.keys()
    if unknown:
        raise IndexNotFound(f"Index not found: Index with name: '{min(unknown)}' does not exist.")
    updates = []
    for name, index in indexes.items():
        units = _units(index, reads.get(name), writes.get(name))
        if units:
            updates.append({"Update": {"IndexName": name, "ProvisionedThroughput": units}})
    return updates


def _by_name(given: Any, member: str) -> Mapping[str, int]:
    return {one["IndexName"]: one[member] for one in given or () if member in one}
