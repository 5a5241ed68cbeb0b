"""Capacity that really runs out: a token bucket for each table and global index, with five minutes of burst.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode-max-throughput.html
Off unless the setting `dynamodb.throttling` asks for it. Buckets are a cache: after a restart they are full again.

Local indexes use the table's capacity. A write is held back as well while one of the table's global indexes has none
left, whether or not it would change that index: this is known only once it is done.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.dynamodb.errors import OnDemandThroughputExceeded, ProvisionedThroughputExceeded

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.capacity import Used
    from cloudchamber.services.dynamodb.table import IndexView, TableView

BURST_SECONDS = 300.0


class Buckets:
    """What is left to each table and index, by number and by "read" or "write"; instants in epoch seconds."""

    def __init__(self) -> None:
        self._left: dict[tuple[int, str], tuple[float, float]] = {}

    def admit(self, view: TableView, kind: str, now: float, index: IndexView | None = None) -> None:
        """Throttled when nothing is left. What is used may overdraw once. `index` is the one that is read."""
        if index is not None and not index.record.is_local:
            self._check(view, kind, now, index)
            return
        self._check(view, kind, now, None)
        if kind == "write":
            for written in view.indexes:
                if not written.record.is_local:
                    self._check(view, kind, now, written)

    def spend(self, used: Used, now: float) -> None:
        view, kind = used.view, "write" if used.writes else "read"
        of_table = used.table
        for name, units in used.indexes.items():
            index = view.index(name)
            if index is None or index.record.is_local:
                of_table += units
            else:
                self._take(view, kind, now, (index, units))
        if of_table:
            self._take(view, kind, now, (None, of_table))

    def _check(self, view: TableView, kind: str, now: float, index: IndexView | None) -> None:
        rate = _rate(view, kind, index)
        if rate is None or self._at(view.number if index is None else index.number, kind, rate, now) > 0:
            return
        arn = view.arn if index is None else f"{view.arn}/index/{index.name}"
        is_provisioned = view.record.billing == "PROVISIONED"
        raise (ProvisionedThroughputExceeded if is_provisioned else OnDemandThroughputExceeded)(arn, kind.capitalize())

    def _take(self, view: TableView, kind: str, now: float, what: tuple[IndexView | None, float]) -> None:
        index, units = what
        rate = _rate(view, kind, index)
        if rate is not None:
            number = view.number if index is None else index.number
            self._left[number, kind] = (self._at(number, kind, rate, now) - units, now)

    def _at(self, number: int, kind: str, rate: float, now: float) -> float:
        full = rate * BURST_SECONDS
        left, since = self._left.get((number, kind), (full, now))
        return min(full, left + max(0.0, now - since) * rate)


def _rate(view: TableView, kind: str, index: IndexView | None) -> float | None:
    """Units a second; None for no limit."""
    record = view.record if index is None else index.record
    if view.record.billing == "PROVISIONED":
        return float(getattr(record.throughput, kind))
    limit = (record.on_demand or {}).get("MaxReadRequestUnits" if kind == "read" else "MaxWriteRequestUnits", -1)
    return None if limit < 0 else float(limit)
