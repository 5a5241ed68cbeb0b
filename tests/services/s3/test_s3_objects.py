"""PutObject, GetObject, HeadObject, DeleteObject: content, headers, metadata, integrity, conditions, ranges."""

import base64
import hashlib

import pytest

from tests.services.s3.conftest import refusal

CONTENT = bytes(range(256)) * 64


@pytest.mark.parametrize("size", [0, 1, 1024, 65_536, 65_537, 3_000_000])
def test_what_was_put_is_got(s3, bucket, size):
    content = (CONTENT * (size // len(CONTENT) + 1))[:size]
    put = s3.put_object(Bucket=bucket, Key="k", Body=content)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == content
    assert got["ETag"] == put["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    assert (got["ContentLength"], got["ContentType"], got["ServerSideEncryption"]) == (
        size, "binary/octet-stream", "AES256",
    )  # fmt: skip
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentLength"], head["ETag"], head["LastModified"]) == (size, got["ETag"], got["LastModified"])


@pytest.mark.parametrize("key", ["a b", "ü/é", "a+b", "a%20b", "//", "a//b", "./x", "a/../b", "q?x=1", "#", "k" * 1024])
def test_keys_are_what_they_are(s3, bucket, key):
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode()
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]


def test_a_key_is_1024_bytes_at_most(s3, bucket):
    assert refusal(s3.put_object, Bucket=bucket, Key="ü" * 513, Body=b"") == (
        "KeyTooLongError", 400, "Your key is too long",
    )  # fmt: skip


def test_headers_and_metadata_come_back(s3, bucket):
    given = {
        "CacheControl": "max-age=60", "ContentDisposition": 'attachment; filename="x"', "ContentEncoding": "gzip",
        "ContentLanguage": "de", "ContentType": "text/plain; charset=utf-8", "WebsiteRedirectLocation": "/elsewhere",
        "StorageClass": "STANDARD_IA", "Metadata": {"colour": "blue", "x-y": "1, 2"},
    }  # fmt: skip
    s3.put_object(Bucket=bucket, Key="k", Body=b"x", Expires="Thu, 01 Dec 2033 16:00:00 GMT", **given)
    head = s3.head_object(Bucket=bucket, Key="k")
    assert {name: head[name] for name in given} == given
    assert head["ResponseMetadata"]["HTTPHeaders"]["expires"] == "Thu, 01 Dec 2033 16:00:00 GMT"


def test_a_put_replaces_everything_there_was(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x" * 100_000, Metadata={"a": "b"}, Tagging="t=1")
    s3.put_object(Bucket=bucket, Key="k", Body=b"y")
    head = s3.head_object(Bucket=bucket, Key="k")
    assert (head["ContentLength"], head["Metadata"], head.get("TagCount")) == (1, {}, None)


def test_what_does_not_fit_is_refused(s3, bucket):
    def put(**more):
        return refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"x", **more)

    assert put(StorageClass="COLD") == ("InvalidStorageClass", 400, "The storage class you specified is not valid")
    assert put(Metadata={"x": "y" * 2048})[0] == "MetadataTooLarge"
    assert put(ContentMD5="nonsense") == ("InvalidDigest", 400, "The Content-MD5 you specified is not valid.")
    wrong = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    assert put(ContentMD5=wrong) == ("BadDigest", 400, "The Content-MD5 you specified did not match what we received.")
    assert put(WebsiteRedirectLocation="elsewhere")[0] == "InvalidArgument"
    assert put(ObjectLockMode="GOVERNANCE", ObjectLockRetainUntilDate="2090-01-01", ContentMD5="x")[:2] == (
        "InvalidRequest", 400,
    )  # fmt: skip
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"


def test_a_key_that_is_not_there_is_said_to_be_missing(s3, bucket):
    assert refusal(s3.get_object, Bucket=bucket, Key="k") == (
        "NoSuchKey", 404, "The specified key does not exist.",
    )  # fmt: skip
    assert refusal(s3.head_object, Bucket=bucket, Key="k")[:2] == ("404", 404)
    s3.delete_object(Bucket=bucket, Key="k")  # fine, as on AWS


@pytest.mark.parametrize(
    ("wanted", "expected", "said"),
    [
        ("bytes=0-0", b"a", "bytes 0-0/10"),
        ("bytes=2-4", b"cde", "bytes 2-4/10"),
        ("bytes=7-", b"hij", "bytes 7-9/10"),
        ("bytes=-3", b"hij", "bytes 7-9/10"),
        ("bytes=-99", b"abcdefghij", "bytes 0-9/10"),
        ("bytes=8-99", b"ij", "bytes 8-9/10"),
        ("bytes=5-2", b"abcdefghij", None),
        ("bytes=0-1,3-4", b"abcdefghij", None),
        ("lines=1-2", b"abcdefghij", None),
    ],
)
def test_ranges(s3, bucket, wanted, expected, said):
    s3.put_object(Bucket=bucket, Key="k", Body=b"abcdefghij")
    got = s3.get_object(Bucket=bucket, Key="k", Range=wanted)
    assert (got["Body"].read(), got.get("ContentRange")) == (expected, said)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == (200 if said is None else 206)
    head = s3.head_object(Bucket=bucket, Key="k", Range=wanted)
    assert (head["ContentLength"], head.get("ContentRange")) == (len(expected), said)


def test_ranges_of_large_content(s3, bucket):
    content = CONTENT * 40
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    for first, last in ((0, 0), (250_000, 262_145), (262_143, 524_288), (len(content) - 5, len(content) - 1)):
        got = s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={first}-{last}")
        assert got["Body"].read() == content[first : last + 1]


def test_a_range_beyond_the_end_is_refused(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"abc")
    found = refusal(s3.get_object, Bucket=bucket, Key="k", Range="bytes=3-")
    assert found == ("InvalidRange", 416, "The requested range is not satisfiable")


def test_reads_with_conditions(s3, bucket):
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"x")["ETag"]
    at = s3.head_object(Bucket=bucket, Key="k")["LastModified"]
    early, late = at.replace(year=at.year - 1), at.replace(year=at.year + 1)
    for fine in (
        {"IfMatch": etag}, {"IfMatch": "*"}, {"IfNoneMatch": '"other"'}, {"IfModifiedSince": early},
        {"IfUnmodifiedSince": late}, {"IfMatch": etag, "IfUnmodifiedSince": early},
        {"IfNoneMatch": '"other"', "IfModifiedSince": late},
    ):  # fmt: skip
        assert s3.get_object(Bucket=bucket, Key="k", **fine)["Body"].read() == b"x"
    failed = ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
    for broken in ({"IfMatch": '"other"'}, {"IfUnmodifiedSince": early}):
        assert refusal(s3.get_object, Bucket=bucket, Key="k", **broken) == failed
    for known in ({"IfNoneMatch": etag}, {"IfModifiedSince": at}, {"IfNoneMatch": etag, "IfModifiedSince": early}):
        assert refusal(s3.get_object, Bucket=bucket, Key="k", **known)[:2] == ("304", 304)
        assert refusal(s3.head_object, Bucket=bucket, Key="k", **known)[:2] == ("304", 304)


def test_writes_with_conditions(s3, bucket):
    failed = ("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold")
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", IfMatch='"x"')[:2] == ("NoSuchKey", 404)
    etag = s3.put_object(Bucket=bucket, Key="k", Body=b"1", IfNoneMatch="*")["ETag"]
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfNoneMatch="*") == failed
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"2", IfMatch='"other"') == failed
    s3.put_object(Bucket=bucket, Key="k", Body=b"3", IfMatch=etag)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"3"
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", IfNoneMatch='"x"')[:2] == ("NotImplemented", 501)
    assert refusal(s3.delete_object, Bucket=bucket, Key="k", IfMatch=etag) == failed


def test_headers_of_the_answer_can_be_asked_for(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    got = s3.get_object(
        Bucket=bucket, Key="k", ResponseContentType="text/css", ResponseCacheControl="no-store",
        ResponseContentDisposition="inline", ResponseContentLanguage="fr", ResponseContentEncoding="br",
    )  # fmt: skip
    assert (got["ContentType"], got["CacheControl"], got["ContentDisposition"]) == ("text/css", "no-store", "inline")
    assert (got["ContentLanguage"], got["ContentEncoding"]) == ("fr", "br")


def test_many_keys_are_deleted_at_once(s3, bucket):
    for number in range(5):
        s3.put_object(Bucket=bucket, Key=f"k{number}", Body=b"")
    wanted = [{"Key": f"k{number}"} for number in range(4)] + [{"Key": "never"}]
    found = s3.delete_objects(Bucket=bucket, Delete={"Objects": wanted})
    assert found["Deleted"] == wanted
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["k4"]
    quiet = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "k4"}], "Quiet": True})
    assert "Deleted" not in quiet
    found = refusal(s3.delete_objects, Bucket=bucket, Delete={"Objects": [{"Key": str(n)} for n in range(1001)]})
    assert found[0] == "MalformedXML"


@pytest.mark.parametrize(
    ("method", "path", "kind"), [("POST", "/{}/k", "OBJECT"), ("PATCH", "/{}", "BUCKET"), ("PUT", "/", "SERVICE")]
)
def test_what_no_operation_takes_is_not_allowed(cloud, http, bucket, method, path, kind):  # noqa: PLR0917
    url = f"{cloud.endpoint}{path.format(bucket)}"
    answer = http.request(method, url, content=b"x", headers={"Host": "s3.localhost"})
    assert answer.status_code == 405
    for part in ("<Code>MethodNotAllowed</Code>", f"<Method>{method}</Method>", f"<ResourceType>{kind}</ResourceType>",
                 "<Message>The specified method is not allowed against this resource.</Message>"):  # fmt: skip
        assert part in answer.text
