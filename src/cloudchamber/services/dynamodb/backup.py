"""A backup as it is kept and as it is shown: a table's settings at an instant, and the number its rows are under.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BackupDescription.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.table import TableRecord  # noqa: TC001 - records are loaded by their fields' types
from cloudchamber.services.dynamodb.table_shapes import key_schema, projection

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.table import Index

USER, SYSTEM = "USER", "SYSTEM"
_ARN = re.compile(r"arn:aws:dynamodb:([a-z0-9-]+):(\d{12}):table/([a-zA-Z0-9_.-]+)/backup/([0-9a-f-]+)")


@dataclass(frozen=True, slots=True)
class Backup:
    """Instants in epoch seconds; `kind` is USER or SYSTEM."""

    account: str
    region: str
    table_name: str
    id: str
    name: str
    kind: str
    number: int
    created_at: float
    schema: TableRecord
    items: int
    size_bytes: int
    available_at: float
    expires_at: float | None = None

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.table_name}/backup/{self.id}"

    def status(self, now: float) -> str:
        return "AVAILABLE" if now >= self.available_at else "CREATING"


def new_id(now: float, kind: str) -> str:
    """Milliseconds of the epoch and eight hex digits, none of them set for what DynamoDB made by itself."""
    return f"{int(now * 1000):014d}-{0 if kind == SYSTEM else ids.number(32):08x}"


def locate(arn: str) -> tuple[str, str, str, str]:
    """Account, region, table and id in a backup's ARN; ValidationException."""
    found = _ARN.fullmatch(arn)
    if found is None:
        raise ValidationError(f"1 validation error detected: Invalid backup ARN '{arn}'")
    region, account, table, backup_id = found.groups()
    return account, region, table, backup_id


# as it is shown


def details(backup: Backup, status: str) -> dict[str, Any]:
    """BackupDetails."""
    shown = {
        "BackupArn": backup.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size_bytes,
        "BackupStatus": status,
        "BackupType": backup.kind,
        "BackupCreationDateTime": backup.created_at,
    }
    return shown if backup.expires_at is None else {**shown, "BackupExpiryDateTime": backup.expires_at}


def summary(backup: Backup, status: str) -> dict[str, Any]:
    """BackupSummary."""
    table = {"TableName": backup.table_name, "TableId": backup.schema.id, "TableArn": backup.schema.arn}
    return {**table, **details(backup, status)}


def description(backup: Backup, status: str) -> dict[str, Any]:
    """BackupDescription."""
    return {
        "BackupDetails": details(backup, status),
        "SourceTableDetails": _table(backup),
        "SourceTableFeatureDetails": _features(backup.schema),
    }


def _table(backup: Backup) -> dict[str, Any]:
    schema = backup.schema
    units = {"ReadCapacityUnits": schema.throughput.read, "WriteCapacityUnits": schema.throughput.write}
    shown = {
        "TableName": schema.name,
        "TableId": schema.id,
        "TableArn": schema.arn,
        "TableSizeBytes": backup.size_bytes,
        "KeySchema": key_schema((schema.partition,), () if schema.sort is None else (schema.sort,)),
        "TableCreationDateTime": schema.created_at,
        "ProvisionedThroughput": units,
        "ItemCount": backup.items,
        "BillingMode": schema.billing,
    }
    return shown if schema.on_demand is None else {**shown, "OnDemandThroughput": schema.on_demand}


def _features(schema: TableRecord) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for member, is_local in (("LocalSecondaryIndexes", True), ("GlobalSecondaryIndexes", False)):
        infos = [_index(index) for index in schema.indexes if index.is_local == is_local]
        if infos:
            shown[member] = infos
    if schema.stream_view is not None:
        shown["StreamDescription"] = {"StreamEnabled": True, "StreamViewType": schema.stream_view}
    if schema.ttl_attribute is not None:
        shown["TimeToLiveDescription"] = {"TimeToLiveStatus": "ENABLED", "AttributeName": schema.ttl_attribute}
    if schema.sse is not None:
        shown["SSEDescription"] = {**schema.sse, "Status": "ENABLED"}
    return shown


def _index(index: Index) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "IndexName": index.name,
        "KeySchema": key_schema(index.partition, index.sort),
        "Projection": projection(index),
    }
    if not index.is_local:
        units = {"ReadCapacityUnits": index.throughput.read, "WriteCapacityUnits": index.throughput.write}
        shown["ProvisionedThroughput"] = units
        if index.on_demand is not None:
            shown["OnDemandThroughput"] = index.on_demand
    return shown
