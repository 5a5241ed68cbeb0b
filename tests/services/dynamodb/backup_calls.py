"""The vocabulary of the tests of backups, recovery and global tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.services.dynamodb.item_calls import fill, unwire

if TYPE_CHECKING:
    import boto3

    from cloudchamber.services.dynamodb.api import DynamoDb
    from cloudchamber.testing import RunningCloud

DAY = 24 * 3600
EAST, WEST, IRELAND = "us-east-1", "us-west-2", "eu-west-1"
PITR = "PointInTimeRecoverySpecification"


def contents(ddb: Any, table: str = "table", **options: Any) -> dict[str, Any]:
    """Partition key -> attribute `v` of all that is in a table, or with `IndexName` in an index."""
    pages = ddb.get_paginator("scan").paginate(TableName=table, ConsistentRead=not options, **options)
    items = [unwire(item) or {} for page in pages for item in page["Items"]]
    return {str(item["pk"]): item.get("v") for item in items}


def put_numbered(ddb: Any, count: int, table: str = "table", v: str = "first") -> None:
    fill(ddb, [{"pk": f"{n:04d}", "v": v} for n in range(count)], table)


def delete(ddb: Any, pk: str, table: str = "table") -> None:
    ddb.delete_item(TableName=table, Key={"pk": {"S": pk}})


def back_up(ddb: Any, name: str = "backup", table: str = "table") -> str:
    """The ARN of a new backup."""
    return str(ddb.create_backup(TableName=table, BackupName=name)["BackupDetails"]["BackupArn"])


def recover(ddb: Any, table: str = "table", **options: Any) -> dict[str, Any]:
    """Switch point-in-time recovery on."""
    answer = ddb.update_continuous_backups(TableName=table, **{PITR: {"PointInTimeRecoveryEnabled": True, **options}})
    found: dict[str, Any] = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return found


def restored(ddb: Any, target: str, at: float | None = None, source: str = "table", **options: Any) -> dict[str, Any]:
    """A new table as the source stood at an instant, or at the latest there is; its description."""
    when = {"UseLatestRestorableTime": True} if at is None else {"RestoreDateTime": at}
    answer = ddb.restore_table_to_point_in_time(SourceTableName=source, TargetTableName=target, **when, **options)
    found: dict[str, Any] = answer["TableDescription"]
    return found


def add_replica(ddb: Any, region: str = WEST, table: str = "table", **options: Any) -> dict[str, Any]:
    """The description of a table that gets a replica."""
    answer = ddb.update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": region, **options}}])
    found: dict[str, Any] = answer["TableDescription"]
    return found


def in_region(aws: boto3.Session, region: str, service: str = "dynamodb") -> Any:
    return aws.client(service, region_name=region)


def service_of(running: Any) -> DynamoDb:
    """The service, on its loop."""
    found: DynamoDb = running.registry.get("dynamodb").service
    return found


def count_rows(cloud: RunningCloud, sql: str, *values: Any) -> int:
    return cloud.look(lambda running: int(running.store.value(sql, values)))


class Bucket:
    """A bucket of the test's own."""

    def __init__(self, s3: Any, name: str) -> None:
        self.name = name
        self._s3 = s3
        s3.create_bucket(Bucket=name)

    def read(self, key: str) -> bytes:
        found: bytes = self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return found

    def put(self, key: str, body: bytes) -> None:
        self._s3.put_object(Bucket=self.name, Key=key, Body=body)

    def names(self) -> list[str]:
        return [entry["Key"] for entry in self._s3.list_objects_v2(Bucket=self.name).get("Contents", ())]
