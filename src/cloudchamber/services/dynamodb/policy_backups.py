"""What the operations on backups, recovery, exports, imports and global tables ask IAM.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
A restore writes a new table: it asks for the actions on items there as well, as AWS does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import Check, Request, Rule, on
from cloudchamber.services.dynamodb.policy import locate, table_arn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudchamber.core.context import Context

_ON_NEW_ITEMS = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")


def _backup_arn(_ctx: Context, request: Request) -> str:
    return str(request.get("BackupArn") or "*")


def _source_arn(ctx: Context, request: Request) -> str:
    return table_arn(ctx, {"TableName": request.get("SourceTableArn") or request.get("SourceTableName") or "*"})


def _restore(action: str, source: Callable[[Context, Request], str]) -> Rule:
    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        target = table_arn(ctx, {"TableName": request.get("TargetTableName") or "*"})
        yield Check(f"dynamodb:{action}", source(ctx, request))
        for on_items in _ON_NEW_ITEMS:
            yield Check(f"dynamodb:{on_items}", target)

    return rule


def global_table_arn(account: str, name: str) -> str:
    return f"arn:aws:dynamodb::{account}:global-table/{name}"


def _global(action: str) -> Rule:
    return on(lambda ctx, request: global_table_arn(ctx.account, request.get("GlobalTableName") or "*"), action)


def _global_and_tables(action: str) -> Rule:
    """What changes the replicas of a global table is asked on it and on the table in this region."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        name = request.get("GlobalTableName") or "*"
        yield Check(f"dynamodb:{action}", global_table_arn(ctx.account, name))
        yield Check(f"dynamodb:{action}", table_arn(ctx, {"TableName": name}))

    return rule


_REPLICA_ACTIONS = {"Create": "CreateTableReplica", "Delete": "DeleteTableReplica", "Update": "UpdateTable"}


def update_table(ctx: Context, request: Request) -> Iterator[Check]:
    """UpdateTable, and in other regions what it does to replicas there."""
    yield Check("dynamodb:UpdateTable", table_arn(ctx, request))
    account, _, name = locate(ctx, request.get("TableName") or "*")
    for update in request.get("ReplicaUpdates") or ():
        for kind, asked in update.items():
            action = _REPLICA_ACTIONS.get(kind)
            if action is not None and asked:
                yield Check(f"dynamodb:{action}", f"arn:aws:dynamodb:{asked.get('RegionName')}:{account}:table/{name}")


def _table_by_arn(ctx: Context, request: Request) -> str:
    return str(request.get("TableArn") or "*")


def _imported_table(ctx: Context, request: Request) -> str:
    return table_arn(ctx, {"TableName": request["TableCreationParameters"]["TableName"]})


BACKUP_RULES: Mapping[str, Rule] = {
    "ExportTableToPointInTime": on(_table_by_arn, "dynamodb:ExportTableToPointInTime"),
    "DescribeExport": on(lambda _ctx, request: str(request.get("ExportArn") or "*"), "dynamodb:DescribeExport"),
    "ImportTable": on(_imported_table, "dynamodb:ImportTable"),
    "DescribeImport": on(lambda _ctx, request: str(request.get("ImportArn") or "*"), "dynamodb:DescribeImport"),
    **{
        name: on(table_arn, f"dynamodb:{name}")
        for name in ("CreateBackup", "UpdateContinuousBackups", "DescribeContinuousBackups")
    },
    **{name: on(_backup_arn, f"dynamodb:{name}") for name in ("DescribeBackup", "DeleteBackup")},
    **{name: _global(f"dynamodb:{name}") for name in ("DescribeGlobalTable", "DescribeGlobalTableSettings")},
    **{
        name: _global_and_tables(name)
        for name in ("CreateGlobalTable", "UpdateGlobalTable", "UpdateGlobalTableSettings")
    },
    "RestoreTableFromBackup": _restore("RestoreTableFromBackup", _backup_arn),
    "RestoreTableToPointInTime": _restore("RestoreTableToPointInTime", _source_arn),
    "UpdateTable": update_table,
}
