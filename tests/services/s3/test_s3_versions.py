"""Versioning: what a write keeps, delete markers, the null version, versions by id, lists of versions."""

import pytest

from tests.services.s3.conftest import keys, refusal


def put(s3, bucket, body):
    return s3.put_object(Bucket=bucket, Key="k", Body=body).get("VersionId")


def read(s3, bucket, **more):
    return s3.get_object(Bucket=bucket, Key="k", **more)["Body"].read()


def shown(s3, bucket):
    listed = s3.list_object_versions(Bucket=bucket)
    both = [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]
    return {item["VersionId"]: item["IsLatest"] for item in both}


def test_every_write_is_kept(s3, versioned):
    first, second = put(s3, versioned, b"1"), put(s3, versioned, b"2")
    assert first != second
    assert read(s3, versioned) == b"2"
    assert read(s3, versioned, VersionId=first) == b"1"
    assert list(shown(s3, versioned).items()) == [(second, True), (first, False)]
    assert keys(s3.list_objects_v2(Bucket=versioned)) == ["k"]


def test_a_delete_puts_a_marker_that_can_be_taken_away(s3, versioned):
    first = put(s3, versioned, b"1")
    gone = s3.delete_object(Bucket=versioned, Key="k")
    assert gone["DeleteMarker"] is True
    assert refusal(s3.get_object, Bucket=versioned, Key="k")[0] == "NoSuchKey"
    assert keys(s3.list_objects_v2(Bucket=versioned)) == []
    assert shown(s3, versioned) == {first: False, gone["VersionId"]: True}
    assert refusal(s3.get_object, Bucket=versioned, Key="k", VersionId=gone["VersionId"]) == (
        "MethodNotAllowed", 405, "The specified method is not allowed against this resource.",
    )  # fmt: skip
    with pytest.raises(s3.exceptions.ClientError) as raised:
        s3.head_object(Bucket=versioned, Key="k", VersionId=gone["VersionId"])
    said = raised.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert (said["allow"], said["x-amz-delete-marker"], said["last-modified"][-4:]) == ("DELETE", "true", " GMT")
    back = s3.delete_object(Bucket=versioned, Key="k", VersionId=gone["VersionId"])
    assert (back["DeleteMarker"], back["VersionId"]) == (True, gone["VersionId"])
    assert read(s3, versioned) == b"1"
    assert shown(s3, versioned) == {first: True}


def test_deleting_the_latest_version_brings_the_one_before_to_light(s3, versioned):
    first, second, third = (put(s3, versioned, b"%d" % n) for n in range(3))
    s3.delete_object(Bucket=versioned, Key="k", VersionId=third)
    assert (read(s3, versioned), shown(s3, versioned)) == (b"1", {second: True, first: False})
    s3.delete_object(Bucket=versioned, Key="k", VersionId=first)
    assert shown(s3, versioned) == {second: True}
    s3.delete_object(Bucket=versioned, Key="k", VersionId=second)
    assert shown(s3, versioned) == {}


def test_the_null_version_is_from_before_and_from_suspended_times(s3, bucket):
    put(s3, bucket, b"before")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    versioned = put(s3, bucket, b"enabled")
    assert read(s3, bucket, VersionId="null") == b"before"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})
    assert put(s3, bucket, b"suspended") is None
    assert shown(s3, bucket) == {"null": True, versioned: False}
    assert read(s3, bucket, VersionId="null") == b"suspended"
    marker = s3.delete_object(Bucket=bucket, Key="k")
    assert (marker["VersionId"], marker["DeleteMarker"]) == ("null", True)
    assert shown(s3, bucket) == {"null": True, versioned: False}
    s3.delete_object(Bucket=bucket, Key="k", VersionId="null")
    assert read(s3, bucket) == b"enabled"


@pytest.mark.parametrize("version", ["nonsense", "x" * 32, "null"])
def test_versions_that_there_are_not(s3, versioned, version):
    put(s3, versioned, b"1")
    found = refusal(s3.get_object, Bucket=versioned, Key="k", VersionId=version)
    if version == "nonsense":
        assert found == ("InvalidArgument", 400, "Invalid version id specified")
    else:
        assert found == ("NoSuchVersion", 404, "The specified version does not exist.")


def test_a_version_belongs_to_its_key(s3, versioned):
    version = put(s3, versioned, b"1")
    s3.put_object(Bucket=versioned, Key="other", Body=b"")
    assert refusal(s3.get_object, Bucket=versioned, Key="other", VersionId=version)[0] == "NoSuchVersion"


def test_lists_of_versions_have_pages(s3, versioned):
    made = []
    for key in ("a", "b", "c/1", "c/2", "d"):
        made += [(key, s3.put_object(Bucket=versioned, Key=key, Body=b"")["VersionId"]) for _ in range(3)]
    expected = sorted(made, key=lambda item: (item[0], -made.index(item)))
    for size in (1, 2, 4, 100):
        found, more = [], {}
        while True:
            page = s3.list_object_versions(Bucket=versioned, MaxKeys=size, **more)
            found += [(item["Key"], item["VersionId"]) for item in page["Versions"]]
            if not page["IsTruncated"]:
                break
            more = {"KeyMarker": page["NextKeyMarker"], "VersionIdMarker": page["NextVersionIdMarker"]}
        assert found == expected
    grouped = s3.list_object_versions(Bucket=versioned, Delimiter="/", KeyMarker="a")
    assert grouped["CommonPrefixes"] == [{"Prefix": "c/"}]
    assert {item["Key"] for item in grouped["Versions"]} == {"b", "d"}


def test_many_are_deleted_by_version(s3, versioned):
    first, second = put(s3, versioned, b"1"), put(s3, versioned, b"2")
    found = s3.delete_objects(Bucket=versioned, Delete={"Objects": [{"Key": "k", "VersionId": first}, {"Key": "k"}]})
    assert found["Deleted"][0] == {"Key": "k", "VersionId": first}
    assert found["Deleted"][1]["DeleteMarker"] is True
    assert set(shown(s3, versioned)) == {second, found["Deleted"][1]["DeleteMarkerVersionId"]}
