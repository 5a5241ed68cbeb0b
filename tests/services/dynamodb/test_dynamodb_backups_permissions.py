"""Who may restore and replicate: what a new table takes is asked for as well, where it comes to be."""

import json

import pytest

from tests.services.dynamodb.backup_calls import WEST, add_replica, back_up, recover
from tests.services.dynamodb.item_calls import arn_of
from tests.services.dynamodb.table_calls import refused

WRITES = ["BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"]


@pytest.fixture
def user(cloud, aws):
    """`user({"CreateBackup": arn})` is a client of a user who may do just that."""

    def make(may):
        statements = [
            {"Effect": "Allow", "Action": f"dynamodb:{action}", "Resource": resource}
            for action, resource in may.items()
        ]
        iam = aws.client("iam")
        name = f"user-{len(iam.list_users()['Users'])}"
        iam.create_user(UserName=name)
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("dynamodb")

    return make


def denied(account, action, resource, name="user-0"):
    return refused(
        "AccessDeniedException",
        f"User: arn:aws:iam::{account}:user/{name} is not authorized to perform: dynamodb:{action} on resource: "
        f"{resource} because no identity-based policy allows the dynamodb:{action} action",
    )


def test_a_restore_asks_for_the_backup_and_for_writing_to_the_new_table(ddb, create, user, account):
    create("table", "pk:S")
    arn, target = back_up(ddb), arn_of(account, "other")
    only_backup = {"RestoreTableFromBackup": arn}
    with denied(account, "BatchWriteItem", target):
        user(only_backup).restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    everything = user({**only_backup, **dict.fromkeys(WRITES, target)})
    everything.restore_table_from_backup(BackupArn=arn, TargetTableName="other")
    with denied(account, "BatchWriteItem", arn_of(account, "another"), "user-1"):
        everything.restore_table_from_backup(BackupArn=arn, TargetTableName="another")


def test_a_restore_to_the_past_asks_for_the_source(ddb, create, user, account):
    create("table", "pk:S")
    recover(ddb)
    may = {"RestoreTableToPointInTime": arn_of(account), **dict.fromkeys(WRITES, arn_of(account, "other"))}
    request = {"TargetTableName": "other", "UseLatestRestorableTime": True}
    user(may).restore_table_to_point_in_time(SourceTableName="table", **request)
    with denied(account, "RestoreTableToPointInTime", arn_of(account, "secret"), "user-1"):
        user(may).restore_table_to_point_in_time(SourceTableName="secret", **request)


def test_a_backup_is_a_resource_of_its_own(ddb, create, user, account):
    create("table", "pk:S")
    arn = back_up(ddb)
    client = user({"DescribeBackup": arn})
    assert client.describe_backup(BackupArn=arn)["BackupDescription"]["BackupDetails"]["BackupArn"] == arn
    with denied(account, "DeleteBackup", arn):
        client.delete_backup(BackupArn=arn)


def test_a_replica_is_asked_for_where_it_comes_to_be(ddb, create, user, account):
    create("table", "pk:S")
    there = arn_of(account, region=WEST)
    with denied(account, "CreateTableReplica", there):
        add_replica(user({"UpdateTable": arn_of(account)}))
    add_replica(user({"UpdateTable": arn_of(account), "CreateTableReplica": there}))
