"""ImportTable, DescribeImport, ListImports."""

import gzip
import json

import pytest

from cloudchamber.config import Config
from cloudchamber.services.dynamodb.exports import Exports
from cloudchamber.services.dynamodb.imports import Imports
from cloudchamber.testing import RunningCloud
from tests.services.dynamodb.backup_calls import Bucket, contents, put_numbered, recover
from tests.services.dynamodb.item_calls import arn_of
from tests.services.dynamodb.table_calls import described, index, refused, table_request

FAILED_ITEMS = "Some of the items failed validation checks. Please check CloudWatch error logs for more details."


@pytest.fixture
def bucket(aws, account):
    return Bucket(aws.client("s3"), f"imports-{account}")


def parameters(*key, **options):
    return table_request("table", *(key or ("pk:S",)), **options)


@pytest.fixture
def load(ddb, bucket, clock):
    """`load("CSV", …)` imports what is in the bucket and waits for the end; the description then."""

    def make(form="DYNAMODB_JSON", prefix="", table=None, **options):
        source = {"S3Bucket": bucket.name, **({"S3KeyPrefix": prefix} if prefix else {})}
        request = {"InputFormat": form, "S3BucketSource": source, "TableCreationParameters": table or parameters()}
        begun = ddb.import_table(**{**request, **options})["ImportTableDescription"]
        assert begun["ImportStatus"] == "IN_PROGRESS"
        clock.settle()
        return ddb.describe_import(ImportArn=begun["ImportArn"])["ImportTableDescription"]

    return make


def counts(shown):
    return tuple(shown[name] for name in ("ProcessedItemCount", "ImportedItemCount", "ErrorCount"))


def json_lines(*items):
    return b"".join(json.dumps({"Item": item}).encode() + b"\n" for item in items)


def text_item(pk, v):
    return {"pk": {"S": pk}, "v": {"S": v}}


# wrong input, wrong state


def test_formats_that_are_not_here_are_refused(ddb, bucket):
    message = "Importing ION or ZSTD exists on AWS and is not implemented in cloudchamber"
    request = {"S3BucketSource": {"S3Bucket": bucket.name}, "TableCreationParameters": parameters()}
    with refused("NotImplemented", message, status=501):
        ddb.import_table(InputFormat="ION", **request)
    with refused("NotImplemented", message, status=501):
        ddb.import_table(InputFormat="CSV", InputCompressionType="ZSTD", **request)
    with refused("ValidationException", "InputFormatOptions can only be specified for the CSV input format."):
        ddb.import_table(InputFormat="DYNAMODB_JSON", InputFormatOptions={"Csv": {"Delimiter": ";"}}, **request)


def test_the_table_is_a_new_one(ddb, bucket, create):
    create("table", "pk:S")
    with refused("ResourceInUseException", "Table already exists: table"):
        ddb.import_table(
            InputFormat="CSV", S3BucketSource={"S3Bucket": bucket.name}, TableCreationParameters=parameters()
        )


def test_an_unknown_import_is_not_found(ddb, account):
    arn = f"{arn_of(account)}/import/01489173575360-b308cd7d"
    with refused("ImportNotFoundException", f"Import not found: {arn}"):
        ddb.describe_import(ImportArn=arn)


def test_an_import_from_nowhere_fails(ddb, load, account):
    shown = load(S3BucketSource={"S3Bucket": f"no-bucket-{account}"})
    assert (shown["ImportStatus"], shown["FailureCode"]) == ("FAILED", "S3NoSuchBucket")
    assert described(ddb, "table")["TableStatus"] == "ACTIVE"


def test_an_import_of_nothing_fails(load):
    shown = load(prefix="nothing/")
    assert (shown["ImportStatus"], shown["FailureCode"]) == ("FAILED", "S3NoSuchKey")


# behaviour


def test_items_of_dynamodb_json_are_imported(ddb, bucket, load):
    bucket.put("in/a.json", json_lines(text_item("a", "1"), text_item("b", "2")))
    bucket.put("in/b.json", json_lines(text_item("c", "3")))
    bucket.put("out/c.json", json_lines(text_item("d", "4")))
    shown = load(prefix="in/", table=parameters("pk:S", indexes={"by-v": "v:S"}))
    assert (shown["ImportStatus"], counts(shown)) == ("COMPLETED", (3, 3, 0))
    assert shown["ProcessedSizeBytes"] == 3 * len(json_lines(text_item("a", "1")))
    assert contents(ddb) == contents(ddb, IndexName="by-v") == {"a": "1", "b": "2", "c": "3"}
    assert described(ddb, "table")["TableStatus"] == "ACTIVE"


@pytest.fixture
def exported(ddb, create, bucket, account, clock):
    """The folder of the data files of a table that was exported."""
    create("source", "pk:S")
    recover(ddb, "source")
    put_numbered(ddb, 30, "source")
    ddb.export_table_to_point_in_time(TableArn=arn_of(account, "source"), S3Bucket=bucket.name)
    clock.settle()
    [folder] = {key.rpartition("/")[0] + "/" for key in bucket.names() if "/data/" in key}
    return folder


def test_what_was_exported_is_imported(ddb, exported, load):
    shown = load(prefix=exported, InputCompressionType="GZIP")
    assert (shown["ImportStatus"], shown["InputCompressionType"]) == ("COMPLETED", "GZIP")
    assert contents(ddb) == contents(ddb, "source")


def test_csv_takes_names_from_its_first_line_and_kinds_from_the_keys(ddb, bucket, load):
    bucket.put("a.csv", b'pk,n,v\r\na,1,"x, y"\r\nb,2.50,z\r\n')
    shown = load("CSV", table=parameters("pk:S", "n:N"))
    assert (shown["ImportStatus"], counts(shown)) == ("COMPLETED", (2, 2, 0))
    items = sorted(ddb.scan(TableName="table")["Items"], key=lambda item: item["pk"]["S"])
    assert items == [
        {"pk": {"S": "a"}, "n": {"N": "1"}, "v": {"S": "x, y"}},
        {"pk": {"S": "b"}, "n": {"N": "2.5"}, "v": {"S": "z"}},
    ]


def test_csv_may_be_told_its_names_and_delimiter(ddb, bucket, load):
    bucket.put("a.csv", gzip.compress(b"a;1\nb;2\n"))
    options = {"Csv": {"Delimiter": ";", "HeaderList": ["pk", "v"]}}
    load("CSV", InputCompressionType="GZIP", InputFormatOptions=options)
    assert contents(ddb) == {"a": "1", "b": "2"}


def test_items_that_do_not_fit_are_counted_and_the_rest_is_there(ddb, bucket, load):
    table = parameters("pk:S", GlobalSecondaryIndexes=[index("by-n", "n")])
    table["AttributeDefinitions"].append({"AttributeName": "n", "AttributeType": "N"})
    body = json_lines(
        text_item("a", "1"),
        {"v": {"S": "no key"}},
        {"pk": {"N": "1"}},
        {"pk": {"S": "b"}, "n": {"S": "not a number"}},
        {"pk": {"S": "c"}, "n": {"X": "no kind"}},
        text_item("d", "2"),
    )
    bucket.put("a.json", body)
    shown = load(table=table)
    assert (shown["ImportStatus"], shown["FailureCode"], shown["FailureMessage"]) == (
        "FAILED", "ItemValidationError", FAILED_ITEMS
    )  # fmt: skip
    assert counts(shown) == (6, 2, 4)
    assert contents(ddb) == {"a": "1", "d": "2"}


def test_of_an_object_that_cannot_be_read_the_rest_is_left_out(ddb, bucket, load):
    bucket.put("a.json", json_lines(text_item("a", "1")) + b"{nonsense\n" + b"x")
    bucket.put("b.json", json_lines(text_item("b", "2")))
    shown = load()
    assert (shown["ImportStatus"], counts(shown)) == ("FAILED", (3, 2, 1))
    assert contents(ddb) == {"a": "1", "b": "2"}


def test_a_token_makes_one_import(ddb, bucket, clock):
    bucket.put("a.json", json_lines(text_item("a", "1")))
    request = {
        "InputFormat": "DYNAMODB_JSON", "S3BucketSource": {"S3Bucket": bucket.name},
        "TableCreationParameters": parameters(), "ClientToken": "token",
    }  # fmt: skip
    arns = {ddb.import_table(**request)["ImportTableDescription"]["ImportArn"] for _ in range(2)}
    assert len(arns) == 1
    message = "The request uses the same client token as an earlier one with other parameters."
    with refused("ImportConflictException", message):
        ddb.import_table(**{**request, "InputFormat": "CSV"})
    clock.settle()


def test_imports_are_listed_in_pages(ddb, bucket, load, account, frozen_clock):
    bucket.put("a.json", json_lines(text_item("a", "1")))
    arns = []
    for name in ("aaa", "bbb", "ccc"):
        arns.append(load(table={**parameters(), "TableName": name})["ImportArn"])
        frozen_clock.advance(1)
    first = ddb.list_imports(PageSize=2)
    assert [one["ImportArn"] for one in first["ImportSummaryList"]] == arns[:2]
    rest = ddb.list_imports(PageSize=2, NextToken=first["NextToken"])
    assert [one["ImportArn"] for one in rest["ImportSummaryList"]] == arns[2:]
    assert "NextToken" not in rest
    of_one = ddb.list_imports(TableArn=arn_of(account, "bbb"))["ImportSummaryList"]
    assert [one["ImportArn"] for one in of_one] == [arns[1]]


def test_exports_and_imports_go_on_after_a_restart(tmp_path, monkeypatch):
    async def never(self, *_rest):
        await self.clock.waiter().wait()

    first = RunningCloud(Config(data_dir=tmp_path, port=0)).start()
    session = first.session(account := first.new_account())
    ddb, bucket = session.client("dynamodb"), Bucket(session.client("s3"), "bucket")
    ddb.create_table(**table_request("source", "pk:S"))
    recover(ddb, "source")
    put_numbered(ddb, 5, "source")
    bucket.put("in/a.json", json_lines(text_item("a", "1")))
    with monkeypatch.context() as patch:
        patch.setattr(Exports, "_write_files", never)
        patch.setattr(Imports, "_object_keys", never)
        asked = ddb.export_table_to_point_in_time(TableArn=arn_of(account, "source"), S3Bucket="bucket")
        arn = asked["ExportDescription"]["ExportArn"]
        source = {"S3Bucket": "bucket", "S3KeyPrefix": "in/"}
        ddb.import_table(InputFormat="DYNAMODB_JSON", S3BucketSource=source, TableCreationParameters=parameters())
        assert described(ddb, "table")["TableStatus"] == "CREATING"
        first.stop()
    second = RunningCloud(Config(data_dir=tmp_path, port=0)).start()
    try:
        ddb = second.session(account).client("dynamodb")
        ddb.list_tables()
        second.clock.settle()
        shown = ddb.describe_export(ExportArn=arn)["ExportDescription"]
        assert (shown["ExportStatus"], shown["ItemCount"]) == ("COMPLETED", 5)
        assert contents(ddb) == {"a": "1"}
    finally:
        second.stop()
