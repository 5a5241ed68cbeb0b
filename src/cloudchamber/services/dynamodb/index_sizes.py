"""How much is in an index, as DescribeTable shows it.

A small index is counted each time. Of a larger one the count is kept for six hours, as DynamoDB keeps it, and its bytes
are reckoned from its first items.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import orjson

from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.values import item_size

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import IndexView

COUNTED_ROWS_MAX = 500
KEPT_SECONDS = 6 * 3600
COUNT = "SELECT count(*) FROM dynamodb_index WHERE k >= ? AND k < ?"


class IndexSizes:
    """A cache, by number of the index: when it was counted (epoch seconds), items, bytes."""

    def __init__(self, store: DynamoStore) -> None:
        self._store = store
        self._known: dict[int, tuple[float, int, int]] = {}
        store.db.on_undo(self._known.clear)

    def of(self, index: IndexView, now: float) -> tuple[int, int]:
        """Items and bytes."""
        at, count, size = self._known.get(index.number, (None, 0, 0))
        if at is not None and now - at < KEPT_SECONDS:
            return count, size
        span = (keys.prefix(index.number), keys.prefix(index.number + 1))
        rows = list(islice(self._store.range(*span, of_index=True, descending=False), COUNTED_ROWS_MAX + 1))
        if index.shows_all:
            size = sum(row[1] for row in rows)
        else:
            size = sum(item_size(index.project(orjson.loads(row[2]))) for row in rows)
        count = len(rows)
        if count > COUNTED_ROWS_MAX:
            mean = size / count
            count = self._store.db.value(COUNT, span)
            size = round(mean * count)
            self._known[index.number] = (now, count, size)
        return count, size
