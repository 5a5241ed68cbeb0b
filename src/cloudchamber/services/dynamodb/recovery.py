"""Point-in-time recovery: UpdateContinuousBackups, DescribeContinuousBackups, RestoreTableToPointInTime.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
While it is on, each change writes down what it replaced (`undo_log.py`); what is older than the recovery period is
taken away on the clock. A table can be had as it stood at any second of that time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.copying import Copy
from cloudchamber.services.dynamodb.errors import InvalidRestoreTime, RecoveryUnavailable, TableNotFound
from cloudchamber.services.dynamodb.policy import locate
from cloudchamber.services.dynamodb.restoring import RESTORE, Restoring

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform, Request
    from cloudchamber.services.dynamodb.table import TableRecord, TableView

TRIM_ROWS = 1000
TRIM_INTERVAL_SECONDS = 3600.0


class Recovery(Restoring):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        # By how much the latest instant a table can be restored to lies behind the present; about 300 on AWS.
        self.recovery_lag_s = float(platform.settings.get("dynamodb.recovery_lag_seconds", 0.0))
        self._log_trim_timer: Timer | None = None
        self.undo_log.begin_ageing = lambda at: self._plan_log_trim(at + limits.DAY_SECONDS)

    async def resume(self) -> None:
        await super().resume()
        self._plan_log_trim(self._next_log_trim(0.0))

    @operation
    async def update_continuous_backups(self, ctx: Context, request: Request) -> dict[str, Any]:
        record = self.source_table(ctx, request["TableName"]).record
        asked = request["PointInTimeRecoverySpecification"]
        if not asked["PointInTimeRecoveryEnabled"]:
            changed = replace(record, recovery_days=None, recovery_from=None)
        else:
            days = asked.get("RecoveryPeriodInDays", record.recovery_days or limits.RECOVERY_DAYS)
            since = record.recovery_from if record.recovery_days is not None else ctx.now()
            changed = replace(record, recovery_days=days, recovery_from=since)
        with self.platform.store.transaction():
            self.store.save(changed)
        if changed.recovery_days != record.recovery_days:
            self._plan_log_trim(self._next_log_trim(0.0))
        if changed.recovery_days is not None:
            self._plan_log_trim(ctx.now() + changed.recovery_days * limits.DAY_SECONDS)
        return {"ContinuousBackupsDescription": self._recovery_shown(changed, ctx.now())}

    @operation
    async def describe_continuous_backups(self, ctx: Context, request: Request) -> dict[str, Any]:
        record = self.source_table(ctx, request["TableName"]).record
        return {"ContinuousBackupsDescription": self._recovery_shown(record, ctx.now())}

    def _recovery_shown(self, record: TableRecord, now: float) -> dict[str, Any]:
        shown: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
        if record.recovery_days is not None:
            earliest, latest = self.restorable(record, now)
            shown = {
                "PointInTimeRecoveryStatus": "ENABLED",
                "RecoveryPeriodInDays": record.recovery_days,
                "EarliestRestorableDateTime": int(earliest),
                "LatestRestorableDateTime": int(latest),
            }
        return {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": shown}

    def restorable(self, record: TableRecord, now: float) -> tuple[float, float]:
        """The first and the last instant that a table can be had as it was at; RecoveryUnavailable."""
        if record.recovery_days is None or record.recovery_from is None:
            raise RecoveryUnavailable(record.name)
        earliest = max(record.recovery_from, now - record.recovery_days * limits.DAY_SECONDS)
        return earliest, max(earliest, now - self.recovery_lag_s)

    @operation
    async def restore_table_to_point_in_time(self, ctx: Context, request: Request) -> dict[str, Any]:
        record = self._restore_source(ctx, request).record
        now = ctx.now()
        earliest, latest = self.restorable(record, now)
        instant = _instant(request)
        if instant is None:
            instant = latest
        elif not int(earliest) <= instant <= latest:
            raise InvalidRestoreTime(
                "An invalid restore time was specified. RestoreDateTime must be between EarliestRestorableDateTime and "
                "LatestRestorableDateTime."
            )
        summed = {"SourceTableArn": record.arn, "RestoreDateTime": instant, "RestoreInProgress": True}
        source = Copy(0, record.number, RESTORE, now, instant, self.undo_log.latest())
        return await self.restore(ctx, request, replace(record, restored_from=summed), source)

    def _restore_source(self, ctx: Context, request: Request) -> TableView:
        """The table that is named by name or, also from another region, by ARN."""
        name, arn = request.get("SourceTableName"), request.get("SourceTableArn")
        if (name is None) == (arn is None):
            raise ValidationError("Exactly one of SourceTableName or SourceTableArn must be specified.")
        if arn is None:
            return self.source_table(ctx, str(name))
        account, region, table = locate(ctx, arn)
        found = self.store.view(account, region, table)
        if found is None:
            raise TableNotFound(f"Table not found: {table}")
        return found

    # the log's age

    def _plan_log_trim(self, due: float | None) -> None:
        """Keep one timer at the first instant at which something that was written down is not needed any more."""
        if due is None:
            return
        self.undo_log.is_ageing = True
        if self._log_trim_timer is not None and self._log_trim_timer.is_pending:
            if self._log_trim_timer.due <= due:
                return
            self._log_trim_timer.cancel()
        self._log_trim_timer = self.clock.at(due, self._trim_log, "dynamodb recovery period")

    async def _trim_log(self) -> None:
        for number in self.undo_log.numbers():
            before, more = self._kept_from(number), True
            while more:
                with self.platform.store.transaction():
                    more = self.undo_log.trim(number, before, TRIM_ROWS)
                await self.clock.breathe()
        due = self._next_log_trim(self.clock.now() + TRIM_INTERVAL_SECONDS)
        self.undo_log.is_ageing = due is not None
        self._plan_log_trim(due)

    def _next_log_trim(self, earliest: float) -> float | None:
        """When the oldest change of any table that is still written down gets too old."""
        due = []
        for number in self.undo_log.numbers():
            view, oldest = self.store.by_number(number), self.undo_log.oldest(number)
            days = 0 if view is None else view.record.recovery_days or 0
            due.append((oldest or 0.0) + days * limits.DAY_SECONDS)
        return max(min(due), earliest) if due else None

    def _kept_from(self, number: int) -> float:
        """The instant from which on a table's changes may still be asked for."""
        wanted = [min(copy.instant, copy.begun_at) for copy in self.copies.where(source=number)]
        view = self.store.by_number(number)
        if view is not None and view.record.recovery_days is not None:
            wanted.append(self.restorable(view.record, self.clock.now())[0])
        return min(wanted, default=float("inf"))


def _instant(request: Request) -> float | None:
    """The instant a restore asks for, None for the latest there is; ValidationException for both or neither."""
    instant: float | None = request.get("RestoreDateTime")
    if bool(request.get("UseLatestRestorableTime")) == (instant is not None):
        raise ValidationError("Exactly one of RestoreDateTime or UseLatestRestorableTime must be specified.")
    return instant
