"""What EventBridge Scheduler reads from and writes to its tables: each way of looking has its index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.services.scheduler.records import INVOCATIONS, Group, Invocation, Schedule
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.storage.engine import Store

_INVOCATION = "SELECT id, schedule, execution, scheduled, since, due, attempts FROM scheduler_invocations"


class SchedulerStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.groups: Table[Group] = Table(store, "scheduler_groups", Group, ("account", "region", "name"))
        self.schedules: Table[Schedule] = Table(
            store, "scheduler_schedules", Schedule, ("account", "region", "group_name", "name"), [("is_enabled",)]
        )
        store.ensure("scheduler_outbox", INVOCATIONS)

    def schedule_by_arn(self, arn: str) -> Schedule | None:
        parts = arn.split(":", 5)
        place = parts[5].split("/") if len(parts) == 6 else []
        if len(place) != 3 or place[0] != "schedule":
            return None
        return self.schedules.get(parts[4], parts[3], place[1], place[2])

    def drop(self, schedule: Schedule) -> None:
        """A schedule goes, and what it still had on its way. Inside a transaction."""
        self.schedules.delete(schedule.account, schedule.region, schedule.group_name, schedule.name)
        self.db.execute("DELETE FROM scheduler_invocations WHERE schedule = ?", (schedule.arn,))

    # invocations

    def post(self, schedule: Schedule, scheduled: float, due: float) -> Invocation:
        """An invocation whose first attempt is at `due`. Inside a transaction."""
        execution = ids.span_id()
        number = self.db.value(
            "INSERT INTO scheduler_invocations (schedule, execution, scheduled, since, due) VALUES (?, ?, ?, ?, ?) "
            "RETURNING id",
            (schedule.arn, execution, scheduled, due, due),
        )
        return Invocation(number, schedule.arn, execution, scheduled, due, due)

    def invocation(self, number: int) -> Invocation | None:
        row = self.db.one(f"{_INVOCATION} WHERE id = ?", (number,))
        return None if row is None else Invocation(*row)

    def invocations(self) -> Iterator[Invocation]:
        """All that are on their way, oldest first."""
        return (Invocation(*row) for row in self.db.all(f"{_INVOCATION} ORDER BY id"))

    def has_invocations(self, schedule: Schedule) -> bool:
        sql = "SELECT 1 FROM scheduler_invocations WHERE schedule = ? LIMIT 1"
        return self.db.value(sql, (schedule.arn,)) is not None

    def postpone(self, later: Invocation) -> None:
        """Keep when an invocation is tried again. Inside a transaction."""
        values = (later.due, later.attempts, later.id)
        self.db.execute("UPDATE scheduler_invocations SET due = ?, attempts = ? WHERE id = ?", values)

    def end(self, invocation: Invocation) -> None:
        """An invocation is over, one way or the other. Inside a transaction."""
        self.db.execute("DELETE FROM scheduler_invocations WHERE id = ?", (invocation.id,))
