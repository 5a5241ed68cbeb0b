"""Time to live: UpdateTimeToLive, DescribeTimeToLive, and the deletion of what has expired.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
AWS deletes an expired item within days; here it goes as soon as the cloud's time has passed its instant. A timer stands
at the earliest one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import Platform, operation
from cloudchamber.services.dynamodb import expiring, keys, limits
from cloudchamber.services.dynamodb.changes import Origin
from cloudchamber.services.dynamodb.filling import Filling

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb import shapes
    from cloudchamber.services.dynamodb.expiring import Expiring
    from cloudchamber.services.dynamodb.filling import Step
    from cloudchamber.services.dynamodb.store import Stored
    from cloudchamber.services.dynamodb.table import TableRecord, TableView

# An item is expired once its instant has passed; instants are whole seconds.
PASSED_SECONDS = 1.0
EXPIRE_ROWS = 100
# How stream records show who deleted what had expired.
EXPIRER = {"type": "Service", "principalId": "dynamodb.amazonaws.com"}


class Expiry(Filling):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._expiry_timer: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        for record in self.store.tables:
            if record.ttl_number is not None and not record.ttl_is_filled:
                self._pursue_notes(record.number, record.ttl_number, keys.prefix(record.number))
        self.plan_expiry()

    def announce(self, view: TableView) -> None:
        super().announce(view)
        if view.record.ttl_number is not None:
            self.plan_expiry()

    # operations

    @operation
    async def update_time_to_live(
        self, ctx: Context, request: shapes.UpdateTimeToLiveInput
    ) -> shapes.UpdateTimeToLiveOutput:
        asked = request["TimeToLiveSpecification"]
        view = self.settled_table(ctx, request["TableName"])
        now = ctx.now()
        attribute = asked["AttributeName"] if asked["Enabled"] else None
        _check_change(view.record, asked["AttributeName"], asked["Enabled"], now)
        with self.platform.store.transaction():
            record = replace(self.with_expiry(view.record, attribute), ttl_changed_at=now)
            self.store.save(record)
            low = self.begin_notes(record)
            self.settings_changed(record, "UpdateTimeToLive", request)
        self.pursue_notes(record, low)
        return {"TimeToLiveSpecification": {"Enabled": asked["Enabled"], "AttributeName": asked["AttributeName"]}}

    @operation
    async def describe_time_to_live(
        self, ctx: Context, request: shapes.DescribeTimeToLiveInput
    ) -> shapes.DescribeTimeToLiveOutput:
        record = self.table(ctx, request["TableName"]).record
        is_moving = record.ttl_changed_at is not None and ctx.now() < record.ttl_changed_at + self.transition_s
        if record.ttl_attribute is None:
            return {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLING" if is_moving else "DISABLED"}}
        status = "ENABLING" if is_moving else "ENABLED"
        return {"TimeToLiveDescription": {"TimeToLiveStatus": status, "AttributeName": record.ttl_attribute}}

    # noting when items expire

    def with_expiry(self, record: TableRecord, attribute: str | None) -> TableRecord:
        """In the caller's transaction: a table whose items expire by an attribute, or no more. It is to be saved, and
        what is in it noted by `begin_notes`."""
        if record.ttl_number is not None:
            self.store.abandon(record.ttl_number)
        number = None if attribute is None else self.store.new_number()
        return replace(record, ttl_attribute=attribute, ttl_number=number, ttl_is_filled=number is None)

    def begin_notes(self, record: TableRecord) -> bytes | None:
        """In the same transaction: note the first items. Where `pursue_notes` is to go on after it."""
        if record.ttl_number is None or record.ttl_is_filled:
            return None
        low = self.begin_fill(record.number, self._note_step(record.number, record.ttl_number))
        if low is None:
            self._noted(record.number, record.ttl_number)
        return low

    def pursue_notes(self, record: TableRecord, low: bytes | None) -> None:
        if low is not None and record.ttl_number is not None:
            self._pursue_notes(record.number, record.ttl_number, low)
        self.plan_sweep()
        self.plan_expiry()

    def _pursue_notes(self, number: int, ttl_number: int, low: bytes) -> None:
        step = self._note_step(number, ttl_number)
        self.pursue_fill(low, number, step, lambda: self._noted(number, ttl_number))

    def _note_step(self, number: int, ttl_number: int) -> Step:
        def step(rows: list[tuple[bytes, Stored]]) -> bool:
            view = self.store.by_number(number)
            if view is None or view.record.ttl_number != ttl_number or view.record.ttl_attribute is None:
                return False
            for key, stored in rows:
                due = expiring.due_of(stored.item, view.record.ttl_attribute)
                if due is not None:
                    expiring.write(self.store, ttl_number, key, due)
            self.plan_expiry()
            return True

        return step

    def _noted(self, number: int, ttl_number: int) -> None:
        view = self.store.by_number(number)
        if view is not None and view.record.ttl_number == ttl_number:
            self.store.save(replace(view.record, ttl_is_filled=True))

    # expiring

    def plan_expiry(self) -> None:
        """Keep one timer at the first instant at which an item has expired."""
        due = expiring.first_due(self.store)
        if due is None:
            return
        at = due + PASSED_SECONDS
        if self._expiry_timer is not None and self._expiry_timer.is_pending:
            if self._expiry_timer.due <= at:
                return
            self._expiry_timer.cancel()
        self._expiry_timer = self.clock.at(at, self._expire, "dynamodb time to live")

    async def _expire(self) -> None:
        more = True
        while more:
            now = self.clock.now()
            with self.platform.store.transaction():
                rows = expiring.expired(self.store, now, EXPIRE_ROWS)
                touched = {view.number: view for row in rows if (view := self._expire_one(row, now)) is not None}
            for view in touched.values():
                super().announce(view)
            more = len(rows) == EXPIRE_ROWS
            await self.clock.breathe()
        self.plan_expiry()

    def _expire_one(self, row: Expiring, now: float) -> TableView | None:
        """Delete an item that has expired; its table. What is not to be deleted after all is forgotten."""
        view = self.store.by_number(row.table_number)
        if view is not None and view.record.ttl_number == row.ttl_number and view.record.deleted_at is None:
            stored = self.store.get(row.key)
            is_old = now - row.due > limits.EXPIRY_AGE_SECONDS
            if stored is not None and not is_old:
                self.changes.delete(view, row.key, stored, Origin(now, EXPIRER))
                return view
        expiring.forget(self.store, row)
        return None


def _check_change(record: TableRecord, attribute: str, is_enabled: bool, now: float) -> None:
    """Time to live can be turned so, now; ValidationException."""
    current = record.ttl_attribute
    if is_enabled and current == attribute:
        raise ValidationError("TimeToLive is already enabled")
    if current is not None and current != attribute:
        raise ValidationError(f"TimeToLive is active on a different AttributeName: current AttributeName is {current}")
    if not is_enabled and current is None:
        raise ValidationError("TimeToLive is already disabled")
    if record.ttl_changed_at is not None and now < record.ttl_changed_at + limits.EXPIRY_INTERVAL_SECONDS:
        raise ValidationError("Time to live has been modified multiple times within a fixed interval")
