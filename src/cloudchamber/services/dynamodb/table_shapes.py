"""Tables as DescribeTable shows them.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.services.dynamodb import provisioning
from cloudchamber.services.dynamodb.streams_control import latest_stream

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.dynamodb.index_sizes import IndexSizes
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import Index, TableRecord, TableView, Throughput


class Moving(NamedTuple):
    """The statuses an operation's own answer shows, whatever the clock says of them: of the table, of indexes by name,
    and of parts (`WarmThroughput`, `SSESpecification`) that are being changed."""

    table: str | None = None
    indexes: Mapping[str, str] = {}
    parts: frozenset[str] = frozenset()


SETTLED = Moving()


class Describer:
    def __init__(self, store: DynamoStore, sizes: IndexSizes) -> None:
        self._store = store
        self._sizes = sizes

    def table(self, view: TableView, now: float, moving: Moving = SETTLED) -> dict[str, Any]:
        """TableDescription without what replicas add to it."""
        record = view.record
        items, size = self._store.totals(record.number)
        status = moving.table or record.status(now)
        is_warming = "WarmThroughput" in moving.parts or now < record.warm_at
        return {
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": kind} for n, kind in record.attributes],
            "TableName": record.name,
            "KeySchema": key_schema((record.partition,), () if record.sort is None else (record.sort,)),
            "TableStatus": status,
            "CreationDateTime": record.created_at,
            "ProvisionedThroughput": throughput(record.throughput, now),
            "TableSizeBytes": size,
            "ItemCount": items,
            "TableArn": record.arn,
            "TableId": record.id,
            "DeletionProtectionEnabled": record.is_protected,
            "WarmThroughput": {**provisioning.warm(record), "Status": "UPDATING" if is_warming else "ACTIVE"},
            **self._indexes(view, now, moving),
            **_billing(record),
            **self._stream(record),
            **_rest(record, moving),
        }

    def _indexes(self, view: TableView, now: float, moving: Moving) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for index in view.record.indexes:
            member = "LocalSecondaryIndexes" if index.is_local else "GlobalSecondaryIndexes"
            found.setdefault(member, []).append(self._index(view, index, now, moving))
        return found

    def _index(self, view: TableView, index: Index, now: float, moving: Moving) -> dict[str, Any]:
        record = view.record
        in_use = view.index(index.name)
        items, size = (0, 0) if in_use is None else self._sizes.of(in_use, now)
        shown: dict[str, Any] = {
            "IndexName": index.name,
            "KeySchema": key_schema(index.partition, index.sort),
            "Projection": projection(index),
            "IndexSizeBytes": size,
            "ItemCount": items,
            "IndexArn": f"{record.arn}/index/{index.name}",
        }
        if index.is_local:
            return shown
        status = moving.indexes.get(index.name) or index.status(now)
        shown["IndexStatus"] = status
        if index.is_added and status == "CREATING":
            shown["Backfilling"] = index.name not in moving.indexes
        shown["ProvisionedThroughput"] = throughput(index.throughput, now)
        if index.on_demand:
            shown["OnDemandThroughput"] = index.on_demand
        warm_status = "UPDATING" if now < index.warm_at else "ACTIVE"
        shown["WarmThroughput"] = {**provisioning.warm(record, index), "Status": warm_status}
        return shown

    def _stream(self, record: TableRecord) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if record.stream is not None:
            found["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": record.stream_view}
        latest = latest_stream(self._store, record)
        if latest is not None:
            found["LatestStreamArn"], found["LatestStreamLabel"] = latest
        return found


def key_schema(partition: tuple[str, ...], sort: tuple[str, ...]) -> list[dict[str, str]]:
    return [
        *({"AttributeName": name, "KeyType": "HASH"} for name in partition),
        *({"AttributeName": name, "KeyType": "RANGE"} for name in sort),
    ]


def projection(index: Index) -> dict[str, Any]:
    shown: dict[str, Any] = {"ProjectionType": index.projection}
    if index.non_key:
        shown["NonKeyAttributes"] = list(index.non_key)
    return shown


def throughput(units: Throughput, now: float) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "NumberOfDecreasesToday": provisioning.decreases_today(units, now),
        "ReadCapacityUnits": units.read,
        "WriteCapacityUnits": units.write,
    }
    if units.increased_at is not None:
        shown["LastIncreaseDateTime"] = units.increased_at
    if units.decreased_at is not None:
        shown["LastDecreaseDateTime"] = units.decreased_at
    return shown


def _billing(record: TableRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if record.billing == provisioning.ON_DEMAND or record.billing_changed_at is not None:
        found["BillingModeSummary"] = {"BillingMode": record.billing}
    if record.billing_changed_at is not None:
        found["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = record.billing_changed_at
    if record.on_demand:
        found["OnDemandThroughput"] = record.on_demand
    return found


def _rest(record: TableRecord, moving: Moving) -> dict[str, Any]:
    """What few tables have."""
    found: dict[str, Any] = {}
    if record.sse is not None:
        status = "UPDATING" if "SSESpecification" in moving.parts else "ENABLED"
        found["SSEDescription"] = {**record.sse, "Status": status}
    if record.class_changed_at is not None:
        found["TableClassSummary"] = {"TableClass": record.table_class, "LastUpdateDateTime": record.class_changed_at}
    elif record.table_class != "STANDARD":
        found["TableClassSummary"] = {"TableClass": record.table_class}
    if record.restored_from is not None:
        found["RestoreSummary"] = record.restored_from
    return found
