"""Work that walks over all rows of a live table: filling a new index, noting when items expire.

A job goes in small transactions and lets calls through in between. Changes to items are already written the new way
while it runs, so each row is met in one of two states that are both right. A job that was interrupted begins anew. What
fits into one step is done in the transaction that asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.store import Stored

if TYPE_CHECKING:
    from collections.abc import Callable

    # A row's key and item; False once the work is no longer wanted.
    Step = Callable[[list[tuple[bytes, Stored]]], bool]

FILL_ROWS = 200
NEXT = "SELECT k, id, size, data FROM dynamodb_items WHERE k >= ? AND k < ? ORDER BY k LIMIT ?"


class Filling(DynamoBase):
    def begin_fill(self, number: int, step: Step) -> bytes | None:
        """In the caller's transaction: the first rows of a table. Where to go on; None when all is done."""
        return self._fill_some(keys.prefix(number), number, step)

    def pursue_fill(self, low: bytes, number: int, step: Step, finish: Callable[[], None]) -> None:
        """The rest, in the background; `finish` is called in the last transaction."""
        self.clock.spawn(self._fill(low, number, step, finish), "dynamodb fill")

    async def _fill(self, low: bytes, number: int, step: Step, finish: Callable[[], None]) -> None:
        at: bytes | None = low
        while at is not None:
            await self.clock.breathe()
            with self.platform.store.transaction():
                at = self._fill_some(at, number, step)
                if at is None:
                    finish()

    def _fill_some(self, low: bytes, number: int, step: Step) -> bytes | None:
        rows = self.store.db.all(NEXT, (low, keys.prefix(number + 1), FILL_ROWS))
        is_wanted = step([(key, Stored(row_id, size, data)) for key, row_id, size, data in rows])
        return rows[-1][0] + b"\x00" if is_wanted and len(rows) == FILL_ROWS else None
