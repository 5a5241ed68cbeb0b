"""CopyObject: what a copy takes along, what it may have instead, and what is refused."""

import pytest

from tests.services.s3.conftest import refusal


@pytest.fixture
def source(s3, bucket):
    s3.put_object(
        Bucket=bucket,
        Key="source",
        Body=b"content" * 30_000,
        ContentType="text/css",
        Metadata={"a": "1"},
        Tagging="t=1",
    )
    return {"Bucket": bucket, "Key": "source"}


def test_a_copy_is_like_its_source_and_its_own(s3, bucket, source, names):
    other = next(names)
    s3.create_bucket(Bucket=other)
    copied = s3.copy_object(Bucket=other, Key="ü copy", CopySource=source)
    s3.delete_object(**source)
    got = s3.get_object(Bucket=other, Key="ü copy")
    assert got["Body"].read() == b"content" * 30_000
    assert (got["ContentType"], got["Metadata"], got["TagCount"]) == ("text/css", {"a": "1"}, 1)
    assert got["ETag"] == copied["CopyObjectResult"]["ETag"]


def test_small_content_is_copied_too(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=b"x")
    s3.copy_object(Bucket=bucket, Key="k", CopySource=f"{bucket}/source")
    s3.put_object(Bucket=bucket, Key="source", Body=b"y")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"


def test_headers_metadata_and_tags_can_be_others(s3, bucket, source):
    s3.copy_object(
        Bucket=bucket, Key="k", CopySource=source, MetadataDirective="REPLACE", Metadata={"b": "2"},
        TaggingDirective="REPLACE", Tagging="u=2&v=3", StorageClass="STANDARD_IA",
    )  # fmt: skip
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentType"], head["Metadata"]) == ("binary/octet-stream", {"b": "2"})
    assert (head["TagCount"], head["StorageClass"]) == (2, "STANDARD_IA")


def test_a_copy_onto_itself_has_to_change_something(s3, bucket, source):
    code, status, message = refusal(s3.copy_object, Bucket=bucket, Key="source", CopySource=source)
    assert (code, status) == ("InvalidRequest", 400)
    assert message.startswith("This copy request is illegal because it is trying to copy an object to itself without")
    s3.copy_object(Bucket=bucket, Key="source", CopySource=source, MetadataDirective="REPLACE", Metadata={"c": "3"})
    got = s3.get_object(**source)
    assert (got["Metadata"], got["Body"].read()) == ({"c": "3"}, b"content" * 30_000)


def test_what_cannot_be_copied(s3, bucket, source, names):
    assert refusal(s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{bucket}/never")[:2] == ("NoSuchKey", 404)
    assert refusal(s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{next(names)}/k")[:2] == ("NoSuchBucket", 404)
    assert refusal(s3.copy_object, Bucket=bucket, Key="k", CopySource="nonsense")[:2] == ("InvalidArgument", 400)
    s3.put_object(Bucket=bucket, Key="cold", Body=b"", StorageClass="GLACIER")
    found = refusal(s3.copy_object, Bucket=bucket, Key="k", CopySource=f"{bucket}/cold")
    assert found[:2] == ("InvalidObjectState", 403)


def test_copies_have_conditions(s3, bucket, source):
    etag = s3.head_object(**source)["ETag"]
    failed = ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
    copy = {"Bucket": bucket, "Key": "k", "CopySource": source}
    assert refusal(s3.copy_object, CopySourceIfMatch='"x"', **copy) == failed
    assert refusal(s3.copy_object, CopySourceIfNoneMatch=etag, **copy) == failed
    s3.copy_object(CopySourceIfMatch=etag, **copy)


def test_an_old_version_is_copied_to_be_the_latest(s3, versioned):
    first = s3.put_object(Bucket=versioned, Key="k", Body=b"1")["VersionId"]
    s3.put_object(Bucket=versioned, Key="k", Body=b"2")
    source = {"Bucket": versioned, "Key": "k", "VersionId": first}
    copied = s3.copy_object(Bucket=versioned, Key="k", CopySource=source, StorageClass="STANDARD")
    assert copied["CopySourceVersionId"] == first
    assert s3.get_object(Bucket=versioned, Key="k", VersionId=copied["VersionId"])["Body"].read() == b"1"
