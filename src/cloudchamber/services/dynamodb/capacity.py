"""Consumed capacity, in DynamoDB's arithmetic, and how answers show it.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
A write is a unit for each KiB of the larger of the old and the new item; a read is half a unit (eventually consistent)
or one (strongly consistent) for each 4 KiB. In transactions both count twice. An index row that changes is a write of
its own, and two if its key changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.metrics import Measured
from cloudchamber.services.dynamodb import keys

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Item

READ_UNIT_BYTES = 4096
WRITE_UNIT_BYTES = 1024
GIGABYTE = 1024**3


def read_units(size: int, is_consistent: bool) -> float:
    """Of reading so many bytes in one operation."""
    units = -(-size // READ_UNIT_BYTES) or 1
    return float(units) if is_consistent else units / 2


def write_units(size: int) -> float:
    """Of writing an item of so many bytes."""
    return float(-(-size // WRITE_UNIT_BYTES) or 1)


class Used:
    """What one operation has used of one table, and of its indexes by name."""

    __slots__ = ("indexes", "name", "table", "view", "writes")

    def __init__(self, view: TableView, table: float = 0.0, writes: bool = False) -> None:
        self.view = view
        self.name = view.name  # of the table, as the request has it: it may be an ARN
        self.table = table
        self.indexes: dict[str, float] = {}
        self.writes = writes

    @property
    def total(self) -> float:
        return self.table + sum(self.indexes.values()) if self.indexes else self.table

    def add_index(self, name: str, units: float) -> None:
        if units:
            self.indexes[name] = self.indexes.get(name, 0.0) + units

    def add(self, other: Used, times: float = 1.0) -> None:
        self.table += other.table * times
        for name, units in other.indexes.items():
            self.add_index(name, units * times)

    def shown(self, wanted: str, is_transaction: bool = False) -> dict[str, Any]:
        """ConsumedCapacity as `ReturnConsumedCapacity` asks for it: TOTAL or INDEXES."""
        kind = "WriteCapacityUnits" if self.writes else "ReadCapacityUnits"
        answer = self._units(self.total, kind if is_transaction else None)
        answer["TableName"] = self.name
        if wanted == "INDEXES":
            answer["Table"] = self._units(self.table, kind if is_transaction else None)
            local = {index.name for index in self.view.indexes if index.record.is_local}
            for member, names in (
                ("LocalSecondaryIndexes", [n for n in self.indexes if n in local]),
                ("GlobalSecondaryIndexes", [n for n in self.indexes if n not in local]),
            ):
                if names:
                    answer[member] = {n: self._units(self.indexes[n], kind if is_transaction else None) for n in names}
        return answer

    @staticmethod
    def _units(units: float, kind: str | None) -> dict[str, Any]:
        return {"CapacityUnits": units} if kind is None else {"CapacityUnits": units, kind: units}


def measured(view: TableView, *values: tuple[str, float, str]) -> Measured:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    record = view.record
    return Measured(record.account, record.region, "AWS/DynamoDB", (("TableName", record.name),), values)


def report(ctx: Context, used: Used, request: Any, answer: dict[str, Any], is_transaction: bool = False) -> None:
    """Meter what was used, and show it in the answer if the request asks for that."""
    ctx.meter("dynamodb.write_units" if used.writes else "dynamodb.read_units", used.total)
    kind = "ConsumedWriteCapacityUnits" if used.writes else "ConsumedReadCapacityUnits"
    ctx.emit(measured(used.view, (kind, used.total, "Count")))
    wanted = request.get("ReturnConsumedCapacity")
    if wanted and wanted != "NONE":
        used.name = request.get("TableName", used.name)
        answer["ConsumedCapacity"] = used.shown(wanted, is_transaction)


def show_collection(store: DynamoStore, request: Any, view: TableView, item: Item) -> dict[str, Any] | None:
    """ItemCollectionMetrics of the item's partition, where the table has local indexes and the request asks for it.

    The partition holds its items at least, and at most as much again for each local index.
    """
    if request.get("ReturnItemCollectionMetrics") != "SIZE":
        return None
    local = [index for index in view.indexes if index.record.is_local]
    if not local:
        return None
    name, kind = view.partition
    least = most = store.held(keys.partition_key(view.number, keys.raw(item[name], kind)))
    for index in local:
        start = keys.index_partition(index.number, index.key.partition, [item[name]])
        most += store.held(start, of_index=True)
    estimate = [float(least // GIGABYTE), float(most // GIGABYTE + 1)]
    return {"ItemCollectionKey": {name: item[name]}, "SizeEstimateRangeGB": estimate}
