"""CreateBackup, DescribeBackup, ListBackups, DeleteBackup, RestoreTableFromBackup; backups of deleted tables.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Backup-and-Restore.html
A backup is the table as it stood when it was asked for, under a number of its own; it outlives the table.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.backup import (
    SYSTEM,
    USER,
    Backup,
    description,
    details,
    locate,
    new_id,
    summary,
)
from cloudchamber.services.dynamodb.copying import NOT_YET, Copy
from cloudchamber.services.dynamodb.errors import BackupInUse, BackupNotFound, ResourceInUse, TableInUse
from cloudchamber.services.dynamodb.policy import locate as locate_table
from cloudchamber.services.dynamodb.restoring import Restoring
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform, Request
    from cloudchamber.services.dynamodb.table import TableRecord

EXPIRY_RETRY_SECONDS = 60.0


class Backups(Restoring):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.backups: Table[Backup] = Table(
            platform.store, "dynamodb_backups", Backup, ("account", "region", "table_name", "id"), [("number",)]
        )
        self._backup_expiry: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._plan_backup_expiry(self._next_backup_expiry(0.0))

    @operation
    async def create_backup(self, ctx: Context, request: Request) -> dict[str, Any]:
        record = self.source_table(ctx, request["TableName"]).record
        now = ctx.now()
        status = record.status(now)
        if status in ("CREATING", "DELETING"):
            raise TableInUse(f"Table is being {'created' if status == 'CREATING' else 'deleted'}: {record.name}")
        with self.platform.store.transaction():
            backup = self._new_backup(record, request["BackupName"], now)
            copy = Copy(backup.number, record.number, "backup", now, instant=NOT_YET, since=self.undo_log.latest())
            self.begin_copy(copy)
        self.pursue_copy(backup.number)
        return {"BackupDetails": details(backup, "CREATING")}

    def _new_backup(self, record: TableRecord, name: str, now: float) -> Backup:
        items, size_bytes = self.store.totals(record.number)
        place = (record.account, record.region, record.name)
        number = self.store.new_number()
        return self.backups.put(
            Backup(*place, new_id(now, USER), name, USER, number, now, record, items, size_bytes, NOT_YET)
        )

    def copied(self, copy: Copy) -> None:
        super().copied(copy)
        if copy.kind == "backup":
            for backup in self.backups.where(number=copy.target):
                self.backups.put(replace(backup, available_at=copy.begun_at + self.transition_s))

    @operation
    async def describe_backup(self, ctx: Context, request: Request) -> dict[str, Any]:
        backup = self._backup(request["BackupArn"])
        return {"BackupDescription": description(backup, backup.status(ctx.now()))}

    @operation
    async def list_backups(self, ctx: Context, request: Request) -> dict[str, Any]:
        wanted: dict[str, Any] = {"account": ctx.account, "region": ctx.region}
        if "TableName" in request:
            wanted["table_name"] = locate_table(ctx, request["TableName"])[2]
        found = [backup for backup in self.backups.where(**wanted) if _is_wanted(backup, request)]
        found.sort(key=_order)
        start = request.get("ExclusiveStartBackupArn")
        if start is not None:
            _, _, table, backup_id = locate(start)
            found = [backup for backup in found if _order(backup) > (backup_id, table)]
        limit = request.get("Limit", limits.BACKUPS_LISTED)
        now = ctx.now()
        answer: dict[str, Any] = {"BackupSummaries": [summary(b, b.status(now)) for b in found[:limit]]}
        if len(found) > limit:
            answer["LastEvaluatedBackupArn"] = found[limit - 1].arn
        return answer

    @operation
    async def delete_backup(self, ctx: Context, request: Request) -> dict[str, Any]:
        backup = self._backup(request["BackupArn"])
        if backup.kind == SYSTEM:
            raise ValidationError(f"System backups cannot be deleted: {backup.arn}")
        if backup.status(ctx.now()) == "CREATING":
            raise BackupInUse(f"Backup is being created: {backup.arn}")
        if self.is_copied(backup.number):
            raise BackupInUse(f"Backup is being restored: {backup.arn}")
        self._forget_backup(backup)
        return {"BackupDescription": description(backup, "DELETED")}

    @operation
    async def restore_table_from_backup(self, ctx: Context, request: Request) -> dict[str, Any]:
        backup = self._backup(request["BackupArn"])
        now = ctx.now()
        if backup.status(now) == "CREATING":
            raise BackupInUse(f"Backup is being created: {backup.arn}")
        summed = {
            "SourceBackupArn": backup.arn,
            "SourceTableArn": backup.schema.arn,
            "RestoreDateTime": backup.created_at,
            "RestoreInProgress": True,
        }
        source = Copy(0, backup.number, "restore", now, instant=NOT_YET, since=self.undo_log.latest())
        return await self.restore(ctx, request, replace(backup.schema, restored_from=summed), source)

    def _backup(self, arn: str) -> Backup:
        found = self.backups.get(*locate(arn))
        if found is None:
            raise BackupNotFound(arn)
        return found

    def _forget_backup(self, backup: Backup) -> None:
        with self.platform.store.transaction():
            self.backups.delete(backup.account, backup.region, backup.table_name, backup.id)
            self.store.abandon(backup.number)
        self.plan_sweep()

    # tables that are deleted

    def retire(self, record: TableRecord, now: float) -> TableRecord:
        """With point-in-time recovery a table's rows stay, as a backup of DynamoDB's own: the table gives them up."""
        record = super().retire(record, now)
        if self.is_copied(record.number):
            raise ResourceInUse(
                "Attempt to change a resource which is still in use: Table is being used to create a backup or another "
                f"table: {record.name}"
            )
        if record.recovery_days is None:
            return record
        view = self.store.view(record.account, record.region, record.name)
        assert view is not None
        items, size_bytes = self.store.totals(record.number)
        place = (record.account, record.region, record.name)
        expires_at = now + limits.SYSTEM_BACKUP_SECONDS
        name = f"{record.name}$DeletedTableBackup"
        self.backups.put(
            Backup(
                *place,
                new_id(now, SYSTEM),
                name,
                SYSTEM,
                record.number,
                now,
                view.record,
                items,
                size_bytes,
                now,
                expires_at,
            )
        )
        self._plan_backup_expiry(expires_at)
        return replace(record, number=self.store.new_number(), recovery_days=None)

    def _next_backup_expiry(self, after: float) -> float | None:
        return min(
            (b.expires_at for b in self.backups if b.expires_at is not None and b.expires_at > after), default=None
        )

    def _plan_backup_expiry(self, due: float | None) -> None:
        """Keep one timer at the first instant at which a backup expires."""
        if due is None:
            return
        if self._backup_expiry is not None and self._backup_expiry.is_pending:
            if self._backup_expiry.due <= due:
                return
            self._backup_expiry.cancel()
        self._backup_expiry = self.clock.at(due, self._expire_backups, "dynamodb backups expire")

    def _expire_backups(self) -> None:
        now = self.clock.now()
        self._backup_expiry = None
        for backup in self.backups:
            if backup.expires_at is not None and backup.expires_at <= now:
                if self.is_copied(backup.number):
                    self._plan_backup_expiry(now + EXPIRY_RETRY_SECONDS)
                else:
                    self._forget_backup(backup)
        self._plan_backup_expiry(self._next_backup_expiry(now))


def _order(backup: Backup) -> tuple[str, str]:
    return backup.id, backup.table_name


def _is_wanted(backup: Backup, request: Request) -> bool:
    """Whether a listing asks for a backup: by type (its own kind unless it says otherwise) and time."""
    kind = request.get("BackupType", USER)
    lower, upper = request.get("TimeRangeLowerBound"), request.get("TimeRangeUpperBound")
    return (
        kind in ("ALL", backup.kind)
        and (lower is None or backup.created_at >= lower)
        and (upper is None or backup.created_at < upper)
    )
