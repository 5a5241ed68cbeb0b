"""Global indexes of a live table: added, changed and taken away by UpdateTable.

A new index is written from the moment it is asked for, and filled with what was there before by a job that goes on
after a restart. It can be read once it is filled. An index that is deleted is out of use at once; its rows are swept
away later.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import keys, limits, provisioning, table_checks
from cloudchamber.services.dynamodb.errors import LimitExceeded, ResourceInUse, ResourceNotFound, invalid
from cloudchamber.services.dynamodb.filling import Filling
from cloudchamber.services.dynamodb.tables import Tables

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from cloudchamber.core.service import Request
    from cloudchamber.services.dynamodb.filling import Step
    from cloudchamber.services.dynamodb.store import Stored
    from cloudchamber.services.dynamodb.table import Index, IndexView, TableRecord
    from cloudchamber.services.dynamodb.values import Item

_ACTIONS = ("Create", "Update", "Delete")


class Indexes(Tables, Filling):
    async def resume(self) -> None:
        await super().resume()
        for record in self.store.tables:
            for index in record.indexes:
                if index.deleted_at is not None:
                    self._plan_end(record, index)
                elif not index.is_backfilled:
                    self._pursue(record.number, index.number, keys.prefix(record.number))

    def change_indexes(self, record: TableRecord, request: Request, now: float) -> tuple[TableRecord, dict[str, str]]:
        """In the caller's transaction: the table after GlobalSecondaryIndexUpdates, and the statuses to show."""
        updates = _read_updates(request)
        if any(kind != "Update" for kind, _ in updates):
            _check_alone(record, updates, now)
        moving = {}
        for kind, asked in updates:
            if kind == "Create":
                record = self._added(record, asked, table_checks.read_definitions(request), now)
                moving[asked["IndexName"]] = "CREATING"
            elif kind == "Delete":
                record = self._without(record, _named(record, asked["IndexName"]), now)
                moving[asked["IndexName"]] = "DELETING"
            else:
                index = _changed(record, _named(record, asked["IndexName"]), asked, now)
                record = _with(record, replace(index, updated_at=now + self.transition_s))
                moving[asked["IndexName"]] = "UPDATING"
        return record, moving

    def _added(
        self, record: TableRecord, asked: Mapping[str, Any], definitions: dict[str, str], now: float
    ) -> TableRecord:
        name = asked["IndexName"]
        if any(index.name == name for index in record.indexes):
            raise ValidationError("Attempting to create an index which already exists")
        plan = table_checks.read_index(asked, definitions)
        _check_units(record, name, asked.get("ProvisionedThroughput"))
        if record.billing == provisioning.PROVISIONED and not asked.get("ProvisionedThroughput"):
            raise provisioning.units_missing(name)
        table_checks.check_count(1 + sum(not index.is_local for index in record.indexes))
        table_checks.check_projected(len(plan.non_key) + sum(len(index.non_key) for index in record.indexes))
        known = dict(record.attributes)
        for attribute in plan.keys.names:
            if known.setdefault(attribute, definitions[attribute]) != definitions[attribute]:
                raise invalid(f"Attribute {attribute} is already defined with type {known[attribute]}")
        index = replace(
            self.new_index(plan, False, record.billing),
            is_added=True,
            is_backfilled=False,
            active_at=now + self.transition_s,
        )
        provisioning.check_warm(index.warm, provisioning.warm(record, replace(index, warm=None)), f"index {name}")
        return replace(record, indexes=(*record.indexes, index), attributes=tuple(known.items()))

    def _without(self, record: TableRecord, index: Index, now: float) -> TableRecord:
        if self.transition_s:
            return _with(record, replace(index, deleted_at=now + self.transition_s))
        self.store.abandon(index.number)
        return _pruned(replace(record, indexes=tuple(i for i in record.indexes if i is not index)))

    # the end of DELETING

    def plan_ends(self, record: TableRecord) -> None:
        """After the transaction of a change: see to indexes that are to go."""
        self.plan_sweep()
        for index in record.indexes:
            if index.deleted_at is not None:
                self._plan_end(record, index)

    def _plan_end(self, record: TableRecord, index: Index) -> None:
        assert index.deleted_at is not None
        self.clock.at(index.deleted_at, lambda: self._end(record.number, index.number), "dynamodb delete index")

    def _end(self, number: int, index_number: int) -> None:
        view = self.store.by_number(number)
        if view is None or all(index.number != index_number for index in view.record.indexes):
            return
        rest = tuple(index for index in view.record.indexes if index.number != index_number)
        with self.platform.store.transaction():
            self.store.abandon(index_number)
            self.store.save(_pruned(replace(view.record, indexes=rest)))
        self.plan_sweep()

    # filling

    def begin_backfills(self, record: TableRecord, names: Collection[str]) -> list[tuple[int, bytes]]:
        """In the transaction that has saved new indexes: fill them as far as one step goes. What `pursue_backfills`
        has to do after it."""
        rest = []
        for index in record.indexes:
            if not index.is_backfilled and index.name in names:
                low = self.begin_fill(record.number, self._step(record.number, index.number))
                if low is None:
                    self._filled(record.number, index.number)
                else:
                    rest.append((index.number, low))
        return rest

    def pursue_backfills(self, number: int, rest: list[tuple[int, bytes]]) -> None:
        for index_number, low in rest:
            self._pursue(number, index_number, low)

    def _pursue(self, number: int, index_number: int, low: bytes) -> None:
        step = self._step(number, index_number)
        self.pursue_fill(low, number, step, lambda: self._filled(number, index_number))

    def _step(self, number: int, index_number: int) -> Step:
        def step(rows: list[tuple[bytes, Stored]]) -> bool:
            view = self.store.by_number(number)
            index = None if view is None else next((i for i in view.indexes if i.number == index_number), None)
            if index is None:
                return False
            for key, stored in rows:
                if _fits(index, stored.item):
                    row = keys.index_key(index.number, index.key, stored.item, key)
                    if row is not None:
                        self.store.link(row, stored.id)
            return True

        return step

    def _filled(self, number: int, index_number: int) -> None:
        view = self.store.by_number(number)
        if view is not None:
            for index in view.record.indexes:
                if index.number == index_number:
                    self.store.save(_with(view.record, replace(index, is_backfilled=True)))


def _fits(index: IndexView, item: Item) -> bool:
    """Whether an item that was written before the index can be in it. One whose key is empty or too long is not."""
    for parts, most in ((index.key.partition, limits.PARTITION_KEY_BYTES), (index.key.sort, limits.SORT_KEY_BYTES)):
        for name, kind in parts:
            inner = item.get(name, {}).get(kind)
            if not inner or len(keys.raw(item[name], kind)) > most:
                return False
    return True


def _read_updates(request: Request) -> list[tuple[str, Mapping[str, Any]]]:
    """What GlobalSecondaryIndexUpdates asks for: actions with their inputs; ValidationException."""
    found = []
    for update in request.get("GlobalSecondaryIndexUpdates") or ():
        given = [(kind, update[kind]) for kind in _ACTIONS if update.get(kind) is not None]
        if len(given) != 1:
            raise invalid("One GlobalSecondaryIndexUpdate must have exactly one of Create, Update and Delete")
        found += given
    names = set()
    for _, asked in found:
        if asked["IndexName"] in names:
            raise invalid(
                "Only one global secondary index update per index is allowed simultaneously. "
                f"Index: {asked['IndexName']}"
            )
        names.add(asked["IndexName"])
    return found


def _check_alone(record: TableRecord, updates: list[tuple[str, Mapping[str, Any]]], now: float) -> None:
    """No other index of the table is being made or taken away; LimitExceeded. One that is being filled can be deleted
    itself."""
    named = {asked["IndexName"] for _, asked in updates}
    under_way = sum(i.status(now) in ("CREATING", "DELETING") for i in record.indexes if i.name not in named)
    if under_way + sum(kind != "Update" for kind, _ in updates) > 1:
        raise LimitExceeded(
            "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
        )


def _named(record: TableRecord, name: str) -> Index:
    found = next((index for index in record.indexes if index.name == name and not index.is_local), None)
    if found is None:
        raise ResourceNotFound(f"Requested resource not found: Index: {name} not found for table: {record.name}")
    return found


def _changed(record: TableRecord, index: Index, asked: Mapping[str, Any], now: float) -> Index:
    """An index with other units, maxima or warm throughput; ResourceInUse while it is being changed."""
    status = index.status(now)
    if status != "ACTIVE":
        being = {"CREATING": "created", "UPDATING": "updated", "DELETING": "deleted"}[status]
        raise ResourceInUse(
            f"Attempt to change a resource which is still in use: Index is being {being}.  Table: {record.name} "
            f"Index: {index.name}"
        )
    given = asked.get("ProvisionedThroughput")
    _check_units(record, index.name, given)
    if given is not None:
        of = f"index {index.name}"
        index = replace(index, throughput=provisioning.changed(index.throughput, given, of, now))
    maxima = provisioning.changed_maxima(
        index.on_demand, asked.get("OnDemandThroughput"), record.billing, f"index {index.name}"
    )
    warm = asked.get("WarmThroughput")
    current = provisioning.warm(record, index)
    provisioning.check_warm(warm, current, f"index {index.name}")
    return replace(index, on_demand=maxima, warm={**current, **warm} if warm else index.warm)


def _check_units(record: TableRecord, name: str, given: Mapping[str, int] | None) -> None:
    if given is not None and record.billing == provisioning.ON_DEMAND:
        raise invalid(
            f"Neither ReadCapacityUnits nor WriteCapacityUnits can be specified for index: {name} when BillingMode is "
            "PAY_PER_REQUEST"
        )
    provisioning.check_bounds(given)


def _with(record: TableRecord, index: Index) -> TableRecord:
    """A table with an index in place of the one of the same number."""
    return replace(record, indexes=tuple(index if i.number == index.number else i for i in record.indexes))


def _pruned(record: TableRecord) -> TableRecord:
    """A table without the definitions of attributes that are no key any more."""
    used = {record.partition, record.sort}
    for index in record.indexes:
        used.update(index.partition, index.sort)
    return replace(record, attributes=tuple(pair for pair in record.attributes if pair[0] in used))
