"""New tables out of backups and out of the past: what is taken over, what may be overridden, what is left behind.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup_HowItWorks.html#restore-overview
A restored table has the rows, keys, indexes, capacity and encryption of its source. Tags, streams, time to live,
recovery, policies, protection and replicas are to be set anew.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import encryption, limits, provisioning
from cloudchamber.services.dynamodb.copying import Copying, activated, awaiting_copy
from cloudchamber.services.dynamodb.errors import (
    LimitExceeded,
    TableAlreadyExists,
    TableInUse,
    TableNotFound,
    invalid,
)
from cloudchamber.services.dynamodb.policy import locate
from cloudchamber.services.dynamodb.table import TableRecord, TableView
from cloudchamber.services.dynamodb.table_shapes import Moving, key_schema, projection
from cloudchamber.services.dynamodb.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.dynamodb.copying import Copy
    from cloudchamber.services.dynamodb.table import Index

RESTORE = "restore"


class Restoring(Copying, Tables):
    def source_table(self, ctx: Context, name: str) -> TableView:
        """The table of a name or an ARN; TableNotFound, where other operations say ResourceNotFound."""
        account, region, table = locate(ctx, name)
        if region != ctx.region:
            raise ValidationError(f"1 validation error detected: Invalid AWS region in '{name}'")
        found = self.store.view(account, region, table)
        if found is None:
            raise TableNotFound(f"Table not found: {table}")
        return found

    def check_target(self, ctx: Context, name: str) -> None:
        """There is no table of that name yet, and not too many are being restored."""
        found = self.store.view(ctx.account, ctx.region, name)
        if found is not None:
            status = found.record.status(ctx.now())
            if status in ("CREATING", "DELETING"):
                raise TableInUse(f"Table is being {'created' if status == 'CREATING' else 'deleted'}: {name}")
            raise TableAlreadyExists(f"Table already exists: {name}")
        targets = [self.store.by_number(copy.target) for copy in self.copies if copy.kind == RESTORE]
        if sum(1 for t in targets if t is not None and t.record.account == ctx.account) >= limits.RESTORES_AT_ONCE:
            raise LimitExceeded(
                "Subscriber limit exceeded: There is a limit of "
                f"{limits.RESTORES_AT_ONCE} concurrent restores per subscriber."
            )

    async def restore(self, ctx: Context, request: Request, schema: TableRecord, source: Copy) -> dict[str, Any]:
        """The answer of an operation that makes a table of `source`, whose target is left open, with the settings of
        `schema` and what the request says instead.

        TableAlreadyExists, TableInUse, LimitExceeded, ValidationException.
        """
        name = request["TargetTableName"]
        self.check_target(ctx, name)
        record = overridden(_left_behind(schema), request)
        if "SSESpecificationOverride" in request:
            record = replace(record, sse=await encryption.described(ctx, request["SSESpecificationOverride"]))
            self.check_target(ctx, name)
        now = ctx.now()
        with self.platform.store.transaction():
            indexes = tuple(replace(index, number=self.store.new_number()) for index in record.indexes)
            record = replace(
                record,
                account=ctx.account,
                region=ctx.region,
                name=name,
                number=self.store.new_number(),
                id=ids.uuid(),
                created_at=now,
                billing_changed_at=now if record.billing == provisioning.ON_DEMAND else None,
                indexes=indexes,
            )
            self.store.save(awaiting_copy(record))
            self.begin_copy(replace(source, target=record.number))
        self.pursue_copy(record.number)
        view = TableView(record)
        moving = Moving("CREATING", {index.name: "CREATING" for index in record.indexes})
        return {"TableDescription": self.describe(view, now, moving)}

    def copied(self, copy: Copy) -> None:
        super().copied(copy)
        if copy.kind == RESTORE:
            view = self.store.by_number(copy.target)
            assert view is not None  # a table that is CREATING is not deleted
            self.store.save(activated(view.record, self.clock.now()))


def _left_behind(schema: TableRecord) -> TableRecord:
    """What a restored table takes over of its source."""
    kept = {
        name: getattr(schema, name)
        for name in (
            "account", "region", "name", "number", "id", "created_at", "attributes", "partition", "sort", "billing",
            "throughput", "on_demand", "table_class", "sse", "restored_from",
        )
    }  # fmt: skip
    indexes = tuple(
        replace(index, throughput=replace(index.throughput, increased_at=None, decreased_at=None, decreases_today=0))
        for index in schema.indexes
        if index.deleted_at is None
    )
    throughput = replace(schema.throughput, increased_at=None, decreased_at=None, decreases_today=0)
    return TableRecord(**{**kept, "throughput": throughput, "indexes": indexes})


def overridden(record: TableRecord, request: Request) -> TableRecord:
    """A table with the billing mode, capacity and indexes a restore asks for; ValidationException."""
    local = [index for index in record.indexes if index.is_local]
    others = [index for index in record.indexes if not index.is_local]
    local = _chosen(local, request.get("LocalSecondaryIndexOverride"))
    others = _chosen(others, request.get("GlobalSecondaryIndexOverride"))
    record = _with_capacity(replace(record, indexes=(*local, *others)), request)
    used = {record.partition, record.sort} | {n for index in record.indexes for n in (*index.partition, *index.sort)}
    return replace(record, attributes=tuple(one for one in record.attributes if one[0] in used))


def _chosen(indexes: list[Index], asked: Sequence[Mapping[str, Any]] | None) -> list[Index]:
    """Those of a table's indexes that are asked for, which is all without an override."""
    if asked is None:
        return indexes
    known = {index.name: index for index in indexes}
    chosen = []
    for one in asked:
        index = known.get(one["IndexName"])
        if index is None or not _is_same(index, one):
            raise invalid(f"The index {one['IndexName']} does not match an index of the table that is restored")
        chosen.append(index)
    return chosen


def _is_same(index: Index, asked: Mapping[str, Any]) -> bool:
    return (
        key_schema(index.partition, index.sort) == list(asked["KeySchema"]) and projection(index) == asked["Projection"]
    )


def _with_capacity(record: TableRecord, request: Request) -> TableRecord:
    billing = request.get("BillingModeOverride", record.billing)
    asked = {one["IndexName"]: one for one in request.get("GlobalSecondaryIndexOverride") or ()}
    is_kept = billing == record.billing == provisioning.PROVISIONED
    throughput = request.get("ProvisionedThroughputOverride") or (_units(record) if is_kept else None)
    indexes = []
    for index in record.indexes:
        units = asked.get(index.name, {}).get("ProvisionedThroughput") or (_units(index) if is_kept else None)
        indexes.append((index, None if index.is_local else units))
    provisioning.check_new(
        {
            "BillingMode": billing,
            **({"ProvisionedThroughput": throughput} if throughput else {}),
            "GlobalSecondaryIndexes": [
                {"IndexName": index.name, **({"ProvisionedThroughput": units} if units else {})}
                for index, units in indexes
                if not index.is_local
            ],
        }
    )
    on_demand = request.get("OnDemandThroughputOverride") or (record.on_demand if billing == record.billing else None)
    return replace(
        record,
        billing=billing,
        throughput=provisioning.throughput_of(throughput),
        on_demand=provisioning.new_maxima(on_demand, billing, "table"),
        indexes=tuple(
            replace(
                index,
                throughput=provisioning.throughput_of(units),
                on_demand=index.on_demand if billing == record.billing else None,
            )
            for index, units in indexes
        ),
    )


def _units(of: TableRecord | Index) -> dict[str, int]:
    return {"ReadCapacityUnits": of.throughput.read, "WriteCapacityUnits": of.throughput.write}
