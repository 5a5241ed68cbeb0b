"""Global tables of the legacy version (2017.11.29): a group of tables of one name that exist already, and are empty.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/globaltables.V1.html
They are kept alike as those of the current version are (`replication.py`); their settings are not. The attributes
`aws:rep:*`, which AWS adds to the items of these tables, are not there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb.errors import (
    GlobalTableAlreadyExists,
    GlobalTableNotFound,
    ReplicaAlreadyExists,
    ReplicaNotFound,
    TableNotFound,
    invalid,
)
from cloudchamber.services.dynamodb.outbox import Link
from cloudchamber.services.dynamodb.policy_backups import global_table_arn
from cloudchamber.services.dynamodb.replicas import BOTH_IMAGES, Replicas
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform, Request
    from cloudchamber.services.dynamodb.table import TableRecord

LISTED = 100


@dataclass(frozen=True, slots=True)
class GlobalTable:
    """`regions` in the order they came in."""

    account: str
    name: str
    created_at: float
    regions: tuple[str, ...]


class GlobalTables(Replicas):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.global_tables: Table[GlobalTable] = Table(
            platform.store, "dynamodb_global_tables", GlobalTable, ("account", "name")
        )

    def global_table(self, ctx: Context, request: Request) -> GlobalTable:
        name = request["GlobalTableName"]
        found = self.global_tables.get(ctx.account, name)
        if found is None:
            raise GlobalTableNotFound(name)
        return found

    @operation
    async def create_global_table(self, ctx: Context, request: Request) -> dict[str, Any]:
        name = request["GlobalTableName"]
        if self.global_tables.get(ctx.account, name) is not None:
            raise GlobalTableAlreadyExists(name)
        regions = tuple(dict.fromkeys(one.get("RegionName") for one in request["ReplicationGroup"]))
        if not regions or None in regions:  # the model does not ask for a region's name
            raise invalid("A global table must have at least one replica")
        self._check_members([self._member(ctx, name, region) for region in regions])
        made = GlobalTable(ctx.account, name, ctx.now(), regions)
        with self.platform.store.transaction():
            self._save_group(made)
        return {"GlobalTableDescription": self._group_shown(made, "CREATING")}

    @operation
    async def update_global_table(self, ctx: Context, request: Request) -> dict[str, Any]:
        group = changed = self.global_table(ctx, request)
        for update in request["ReplicaUpdates"]:
            if "Create" in update:
                region = update["Create"]["RegionName"]
                if region in changed.regions:
                    raise ReplicaAlreadyExists(f"Replica already exists: Replica in region '{region}' already exists.")
                changed = replace(changed, regions=(*changed.regions, region))
            if "Delete" in update:
                region = update["Delete"]["RegionName"]
                if region not in changed.regions:
                    raise ReplicaNotFound(f"Replica not found: Replica in region '{region}' does not exist.")
                changed = replace(changed, regions=tuple(r for r in changed.regions if r != region))
        added = [region for region in changed.regions if region not in group.regions]
        if added:
            self._check_members([self._member(ctx, group.name, region) for region in changed.regions], added)
        with self.platform.store.transaction():
            for region in group.regions:
                if region not in changed.regions:
                    self._leave(group, region)
            self._save_group(changed)
        return {"GlobalTableDescription": self._group_shown(changed, "UPDATING")}

    @operation
    async def describe_global_table(self, ctx: Context, request: Request) -> dict[str, Any]:
        return {"GlobalTableDescription": self._group_shown(self.global_table(ctx, request), "ACTIVE")}

    @operation
    async def list_global_tables(self, ctx: Context, request: Request) -> dict[str, Any]:
        region, start = request.get("RegionName"), request.get("ExclusiveStartGlobalTableName")
        found = [
            group
            for group in self.global_tables.where(account=ctx.account)
            if (region is None or region in group.regions) and (start is None or group.name > start)
        ]
        limit = request.get("Limit", LISTED)
        listed = [
            {"GlobalTableName": group.name, "ReplicationGroup": [{"RegionName": region} for region in group.regions]}
            for group in found[:limit]
        ]
        answer: dict[str, Any] = {"GlobalTables": listed}
        if len(found) > limit:
            answer["LastEvaluatedGlobalTableName"] = found[limit - 1].name
        return answer

    # members

    def _member(self, ctx: Context, name: str, region: str) -> TableRecord:
        """The table in a region that is, or is to be, a replica."""
        view = self.store.view(ctx.account, region, name)
        if view is None or view.record.deleted_at is not None:
            raise TableNotFound(f"Table not found: Table: '{name}' not found in region: '{region}'.")
        return view.record

    def _check_members(self, records: list[TableRecord], added: Iterable[str] | None = None) -> None:
        """They are alike, and those that are added empty; ValidationException."""
        first = records[0]
        for record in records:
            is_new = added is None or record.region in added
            where = f"Table: '{record.name}' in region: '{record.region}'"
            if record.stream_view != BOTH_IMAGES:
                raise invalid(f"{where} must have a stream with the view type {BOTH_IMAGES}.")
            if is_new and record.replicas:
                raise invalid(f"{where} is a replica of a global table already.")
            if is_new and self.store.totals(record.number)[0]:
                raise invalid(f"{where} must be empty.")
            if _key_and_indexes(record) != _key_and_indexes(first):
                raise invalid(f"{where} must have the same key and the same indexes as the other replicas.")

    def _save_group(self, group: GlobalTable) -> None:
        """In the caller's transaction: each member knows the others."""
        self.global_tables.put(group)
        for region in group.regions:
            view = self.store.view(group.account, region, group.name)
            assert view is not None
            others = tuple({"region": other, "is_legacy": True} for other in group.regions if other != region)
            self.store.save(replace(view.record, replicas=others))

    def _leave(self, group: GlobalTable, region: str) -> None:
        """A member goes on as a table by itself, once it has told what it has to tell."""
        for other in group.regions:
            if other != region:
                self.drain(Link(group.account, group.name, region, other))
        self.outbox.forget(group.account, group.name, region)
        view = self.store.view(group.account, region, group.name)
        if view is not None:
            self.store.save(replace(view.record, replicas=()))

    def retire(self, record: TableRecord, now: float) -> TableRecord:
        record = super().retire(record, now)
        group = self.global_tables.get(record.account, record.name)
        if group is not None and record.region in group.regions:
            left = tuple(region for region in group.regions if region != record.region)
            if left:
                self.global_tables.put(replace(group, regions=left))
            else:
                self.global_tables.delete(record.account, record.name)
        return record

    def _group_shown(self, group: GlobalTable, status: str) -> dict[str, Any]:
        return {
            "ReplicationGroup": [{"RegionName": region} for region in group.regions],
            "GlobalTableArn": global_table_arn(group.account, group.name),
            "CreationDateTime": group.created_at,
            "GlobalTableStatus": status,
            "GlobalTableName": group.name,
        }


def _key_and_indexes(record: TableRecord) -> tuple[Any, ...]:
    indexes = {index.name: (index.is_local, index.partition, index.sort) for index in record.indexes}
    return record.partition, record.sort, dict(record.attributes), indexes
