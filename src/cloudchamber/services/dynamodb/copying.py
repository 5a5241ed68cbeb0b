"""Copies of all of a table's rows under another number: what backups, restored tables and new replicas are made by.

A copy goes in small transactions while the table is written to; its changes are written down meanwhile (`undo_log.py`)
and put back in the copy afterwards, so that the copy is the table as it stood at one instant. How far it came is kept
with each step: a copy goes on after a restart. What fits into one step is done when the call that asks for it ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from cloudchamber.services.dynamodb import keys
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.undo_log import UndoLog
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.core.service import Platform
    from cloudchamber.services.dynamodb.table import TableRecord, TableView

COPY_ROWS = 500
FIRST_STEPS = 3  # in the call that asks for a copy
# A table that is being copied becomes active when that is done; until then at an instant that does not come.
NOT_YET = 1e12


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy under way. `kind` says what it is for; instants in epoch seconds."""

    target: int
    source: int
    kind: str
    begun_at: float
    instant: float  # changes after it are put back
    since: int  # and so are those whose id in the log is higher
    cursor: bytes | None = b""  # the last key that was copied; None once all are
    undone: int = 0  # rows of the log from this id on were put back


class Copying(DynamoBase):
    """Carries copies out. What is done when one is complete is up to those who ask for it: `copied`."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.undo_log: UndoLog = platform.store.shared(UndoLog)
        self.copies: Table[Copy] = Table(platform.store, "dynamodb_copies", Copy, ("target",), [("source",)])
        self._copying: set[int] = set()

    async def resume(self) -> None:
        await super().resume()
        for copy in self.copies:
            self.pursue_copy(copy.target)

    # asking for one

    def begin_copy(self, copy: Copy) -> None:
        """In the caller's transaction: the first step, which may be the last. `pursue_copy` after it does the rest."""
        source = self.store.by_number(copy.source)
        if source is not None:
            self.store.save(replace(source.record, logging_for=source.record.logging_for + 1))
        self.copies.put(copy)
        if self.copy_is_reachable(copy) and not self._first_copy_steps(copy.target) and not self.transition_s:
            self._finish_copy(copy.target)

    def _first_copy_steps(self, target: int) -> bool:
        more = True
        for _ in range(FIRST_STEPS):
            copy = self.copies.get(target)
            assert copy is not None
            more = more and self._copy_step(copy)
        return more

    def pursue_copy(self, target: int) -> None:
        """After the caller's transaction: see to what is left of a copy."""
        if target not in self._copying and self.copies.get(target) is not None:
            self._copying.add(target)
            self.clock.spawn(self._pursue_copy(target), "dynamodb copy")

    def is_copied(self, number: int) -> bool:
        """Whether rows under a number are being copied, which must not go away meanwhile."""
        return bool(self.copies.where(source=number, limit=1))

    # what others may say

    def copied(self, copy: Copy) -> None:
        """A copy is complete; in the transaction that forgets it."""

    def copy_is_reachable(self, copy: Copy) -> bool:
        """Whether a copy can be begun with in the call that asks for it."""
        return True

    async def await_copy(self, copy: Copy) -> None:
        """Wait until a copy can go on."""

    # the work

    async def _pursue_copy(self, target: int) -> None:
        try:
            more = True
            while more:
                copy = self.copies.get(target)
                if copy is None:
                    return
                await self.await_copy(copy)
                with self.platform.store.transaction():
                    more = self._copy_step(copy)
                await self.clock.breathe()
            assert copy is not None
            left_s = copy.begun_at + self.transition_s - self.clock.now()
            if left_s > 0:
                await self.clock.sleep(left_s)
            with self.platform.store.transaction():
                self._finish_copy(target)
        finally:
            self._copying.discard(target)

    def _copy_step(self, copy: Copy) -> bool:
        """Some rows more; whether there may be others."""
        view = self.store.by_number(copy.target)
        return self._copy_rows(copy, view) if copy.cursor is not None else self._put_back(copy, view)

    def _copy_rows(self, copy: Copy, view: TableView | None) -> bool:
        low = keys.prefix(copy.source) if not copy.cursor else copy.cursor + b"\x00"
        found = self.store.range(low, keys.prefix(copy.source + 1), of_index=False, descending=False)
        rows = list(islice(found, COPY_ROWS))
        for key, size, data in rows:
            self._place_copy(copy, view, key, (size, data))
        if len(rows) == COPY_ROWS:
            self.copies.put(replace(copy, cursor=rows[-1][0]))
            return True
        end = self.undo_log.latest() + 1
        self.copies.put(replace(copy, cursor=None, undone=end))
        return self._first_to_undo(copy) < end

    def _put_back(self, copy: Copy, view: TableView | None) -> bool:
        low = self._first_to_undo(copy)
        rows = self.undo_log.backwards(copy.source, low, copy.undone, COPY_ROWS)
        for row in rows:
            if row.at > copy.instant or row.id > copy.since:
                self._place_copy(copy, view, row.key, (row.size, row.data))
        if rows:
            self.copies.put(replace(copy, undone=rows[-1].id))
        return len(rows) == COPY_ROWS

    def _first_to_undo(self, copy: Copy) -> int:
        by_time = self.undo_log.first_after(copy.source, copy.instant)
        return copy.since + 1 if by_time is None else min(by_time, copy.since + 1)

    def _place_copy(self, copy: Copy, view: TableView | None, key: bytes, row: tuple[int, bytes | None]) -> None:
        own = keys.prefix(copy.target) + key[4:]
        self.changes.place(view, own, self.store.get(own), row)

    def _finish_copy(self, target: int) -> None:
        copy = self.copies.get(target)
        assert copy is not None
        self.copies.delete(target)
        source = self.store.by_number(copy.source)
        if source is not None:
            self.store.save(replace(source.record, logging_for=max(0, source.record.logging_for - 1)))
        self.copied(copy)


def awaiting_copy(record: TableRecord) -> TableRecord:
    """A new table that is CREATING until its copy is complete."""
    indexes = tuple(replace(index, active_at=NOT_YET) for index in record.indexes)
    return replace(record, active_at=NOT_YET, indexes=indexes)


def activated(record: TableRecord, now: float) -> TableRecord:
    """The same once it is."""
    indexes = tuple(replace(index, active_at=0.0) for index in record.indexes)
    summary = record.restored_from and {**record.restored_from, "RestoreInProgress": False}
    return replace(record, active_at=now, indexes=indexes, restored_from=summary)
