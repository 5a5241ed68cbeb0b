"""ExportTableToPointInTime, DescribeExport, ListExports: what they leave in S3."""

import base64
import gzip
import hashlib
import json
import re

import pytest

from cloudchamber.services.dynamodb import exports
from tests.services.dynamodb.backup_calls import Bucket, delete, put_numbered, recover
from tests.services.dynamodb.item_calls import arn_of, put
from tests.services.dynamodb.table_calls import refused

OUTSIDE = "The specified ExportTime is outside of the point in time recovery window."


@pytest.fixture
def bucket(aws, account):
    return Bucket(aws.client("s3"), f"exports-{account}")


@pytest.fixture
def table(create, ddb):
    create("table", "pk:S", indexes={"by-v": "v:S"})
    recover(ddb)
    return "table"


@pytest.fixture
def export(ddb, account, bucket, clock):
    """`export(S3Prefix="p")` exports the table and waits for the end; the description then."""

    def make(**options):
        request = {"TableArn": arn_of(account), "S3Bucket": bucket.name, **options}
        begun = ddb.export_table_to_point_in_time(**request)["ExportDescription"]
        assert begun["ExportStatus"] == "IN_PROGRESS"
        clock.settle()
        return ddb.describe_export(ExportArn=begun["ExportArn"])["ExportDescription"]

    return make


def lines(bucket, shown):
    """All lines of an export's data files, found as readers find them: through the manifests."""
    summary = json.loads(bucket.read(shown["ExportManifest"]))
    found = []
    for line in bucket.read(summary["manifestFilesS3Key"]).splitlines():
        file = json.loads(line)
        content = bucket.read(file["dataFileS3Key"])
        assert file["md5Checksum"] == base64.b64encode(hashlib.md5(content).digest()).decode()
        parsed = [json.loads(row) for row in gzip.decompress(content).splitlines()]
        assert file["itemCount"] == len(parsed)
        found += parsed
    assert summary["itemCount"] == shown["ItemCount"] == len(found)
    return found


# wrong input, wrong state


def test_a_table_is_exported_that_exists_and_has_recovery_on(ddb, account, create):
    with refused("TableNotFoundException", "Table not found: nowhere"):
        ddb.export_table_to_point_in_time(TableArn=arn_of(account, "nowhere"), S3Bucket="bucket")
    create("table", "pk:S")
    message = "Point in time recovery is not enabled for table 'table'"
    with refused("PointInTimeRecoveryUnavailableException", message):
        ddb.export_table_to_point_in_time(TableArn=arn_of(account), S3Bucket="bucket")


def test_an_export_is_of_a_time_within_the_period(ddb, account, table, frozen_clock):
    request = {"TableArn": arn_of(account), "S3Bucket": "bucket"}
    with refused("InvalidExportTimeException", OUTSIDE):
        ddb.export_table_to_point_in_time(**request, ExportTime=frozen_clock.now() + 10)
    incremental = {**request, "ExportType": "INCREMENTAL_EXPORT"}
    with refused("ValidationException", "ExportFromTime must be specified for an incremental export."):
        ddb.export_table_to_point_in_time(**incremental)
    span = {"ExportFromTime": frozen_clock.now() - 5000, "ExportToTime": frozen_clock.now()}
    with refused("InvalidExportTimeException", OUTSIDE):
        ddb.export_table_to_point_in_time(**incremental, IncrementalExportSpecification=span)


def test_ion_is_refused(ddb, account, table):
    message = "ION and FilterSpecification exist on AWS and are not implemented in cloudchamber"
    with refused("NotImplemented", message, status=501):
        ddb.export_table_to_point_in_time(TableArn=arn_of(account), S3Bucket="bucket", ExportFormat="ION")


def test_an_unknown_export_is_not_found(ddb, account):
    arn = f"{arn_of(account)}/export/01489173575360-b308cd7d"
    with refused("ExportNotFoundException", f"Export not found: {arn}"):
        ddb.describe_export(ExportArn=arn)


def test_an_export_into_no_bucket_fails(table, export, account):
    shown = export(S3Bucket=f"no-bucket-{account}")
    assert (shown["ExportStatus"], shown["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert shown["FailureMessage"] == "The specified bucket does not exist"
    assert "ExportManifest" not in shown


@pytest.fixture
def ann(cloud, aws):
    """A user who may do anything, but only in DynamoDB."""
    iam = aws.client("iam")
    iam.create_user(UserName="ann")
    may = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_user_policy(UserName="ann", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    return cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("dynamodb")


def test_what_the_caller_may_not_write_is_not_written(ann, account, table, bucket, clock):
    asked = ann.export_table_to_point_in_time(TableArn=arn_of(account), S3Bucket=bucket.name)
    clock.settle()
    shown = ann.describe_export(ExportArn=asked["ExportDescription"]["ExportArn"])["ExportDescription"]
    assert (shown["ExportStatus"], shown["FailureCode"]) == ("FAILED", "S3AccessDenied")
    assert bucket.names() == []


# behaviour


def test_a_table_is_exported_as_dynamodb_json(ddb, bucket, table, export, account):
    put_numbered(ddb, 3)
    shown = export(S3Prefix="some/prefix")
    assert re.fullmatch(rf"{re.escape(arn_of(account))}/export/0\d{{13}}-[0-9a-f]{{8}}", shown["ExportArn"])
    assert (shown["ExportStatus"], shown["ExportFormat"], shown["ExportType"]) == (
        "COMPLETED", "DYNAMODB_JSON", "FULL_EXPORT"
    )  # fmt: skip
    folder = f"some/prefix/AWSDynamoDB/{shown['ExportArn'].rpartition('/')[2]}"
    assert shown["ExportManifest"] == f"{folder}/manifest-summary.json"
    found = lines(bucket, shown)
    assert sorted(line["Item"]["pk"]["S"] for line in found) == ["0000", "0001", "0002"]
    assert found[0]["Item"].keys() == {"pk", "v"}
    names = {key.removeprefix(folder + "/") for key in bucket.names() if "/data/" not in key}
    assert names == {
        "_started", "manifest-files.checksum", "manifest-files.json", "manifest-summary.checksum",
        "manifest-summary.json",
    }  # fmt: skip
    summary = bucket.read(shown["ExportManifest"])
    checksum = bucket.read(f"{folder}/manifest-summary.checksum")
    assert checksum == base64.b64encode(hashlib.md5(summary).digest())
    told = json.loads(summary)
    assert (told["exportArn"], told["tableArn"], told["s3Prefix"]) == (
        shown["ExportArn"], arn_of(account), "some/prefix"
    )  # fmt: skip
    assert (told["version"], told["outputFormat"], told["exportType"]) == ("2020-06-30", "DYNAMODB_JSON", "FULL_EXPORT")


def test_an_export_is_of_an_instant(ddb, bucket, table, export, frozen_clock):
    put(ddb, pk="a", v="old")
    frozen_clock.advance(10)
    instant = int(frozen_clock.now()) - 5
    put(ddb, pk="a", v="new")
    put(ddb, pk="b", v="new")
    found = lines(bucket, export(ExportTime=instant))
    assert [(line["Item"]["pk"]["S"], line["Item"]["v"]["S"]) for line in found] == [("a", "old")]


def test_an_empty_table_is_exported(bucket, table, export):
    assert lines(bucket, export()) == []


def test_a_large_table_is_exported_into_several_files(ddb, bucket, table, export, monkeypatch):
    monkeypatch.setattr(exports, "FILE_ROWS", 4)
    put_numbered(ddb, 10)
    shown = export()
    summary = json.loads(bucket.read(shown["ExportManifest"]))
    assert len(bucket.read(summary["manifestFilesS3Key"]).splitlines()) == 3
    assert len(lines(bucket, shown)) == 10


def test_an_incremental_export_tells_what_changed(ddb, bucket, table, export, frozen_clock):
    put(ddb, pk="kept", v="1")
    put(ddb, pk="changed", v="1")
    put(ddb, pk="deleted", v="1")
    frozen_clock.advance(10)
    begins = frozen_clock.now()
    frozen_clock.advance(10)
    put(ddb, pk="changed", v="2")
    put(ddb, pk="changed", v="3")
    put(ddb, pk="new", v="1")
    put(ddb, pk="passing", v="1")
    delete(ddb, "passing")
    delete(ddb, "deleted")
    changed_at = frozen_clock.now()
    frozen_clock.advance(10)
    ends = frozen_clock.now()
    frozen_clock.advance(10)
    put(ddb, pk="changed", v="later")
    put(ddb, pk="kept", v="later")
    span = {"ExportFromTime": begins, "ExportToTime": ends, "ExportViewType": "NEW_AND_OLD_IMAGES"}
    shown = export(ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=span)
    told = {line["Keys"]["pk"]["S"]: line for line in lines(bucket, shown)}
    assert told.keys() == {"changed", "new", "deleted"}
    written = int(told["new"]["Metadata"]["WriteTimestampMicros"]["N"])
    assert written == pytest.approx(changed_at * 1e6, abs=1000)

    def images(pk):
        return [told[pk].get(name, {}).get("v", {}).get("S") for name in ("OldImage", "NewImage")]

    assert [images(pk) for pk in ("changed", "new", "deleted")] == [["1", "3"], [None, "1"], ["1", None]]
    only_new = {**span, "ExportViewType": "NEW_IMAGE"}
    shown = export(ExportType="INCREMENTAL_EXPORT", IncrementalExportSpecification=only_new)
    told = {line["Keys"]["pk"]["S"]: line for line in lines(bucket, shown)}
    assert images("changed") == [None, "3"]
    assert json.loads(bucket.read(shown["ExportManifest"]))["outputView"] == "NEW_IMAGE"


def test_a_token_makes_one_export(ddb, account, table, bucket, clock):
    request = {"TableArn": arn_of(account), "S3Bucket": bucket.name, "ClientToken": "token"}
    arns = {ddb.export_table_to_point_in_time(**request)["ExportDescription"]["ExportArn"] for _ in range(2)}
    assert len(arns) == 1
    clock.settle()
    message = "The request uses the same client token as an earlier one with other parameters."
    with refused("ExportConflictException", message):
        ddb.export_table_to_point_in_time(**request, S3Prefix="other")


def test_exports_are_listed_in_pages(ddb, account, table, export, frozen_clock):
    arns = []
    for _ in range(3):
        arns.append(export()["ExportArn"])
        frozen_clock.advance(1)
    first = ddb.list_exports(TableArn=arn_of(account), MaxResults=2)
    assert [one["ExportArn"] for one in first["ExportSummaries"]] == arns[:2]
    assert first["ExportSummaries"][0]["ExportStatus"] == "COMPLETED"
    rest = ddb.list_exports(MaxResults=2, NextToken=first["NextToken"])
    assert [one["ExportArn"] for one in rest["ExportSummaries"]] == arns[2:]
    assert "NextToken" not in rest
