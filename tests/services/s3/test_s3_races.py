"""Many clients at once, and what changes while content is on its way: every answer is one that some order explains."""

import concurrent.futures
import itertools
import random
from typing import NamedTuple

import pytest

from tests.services.s3.conftest import refusal
from tests.services.s3.test_s3_data import LARGE, files, loose

WORKERS, CALLS = 6, 30
KEYS = ("a", "b", "c")


class Did(NamedTuple):
    """A call, between two ticks of one clock; the entity tag that it wrote or saw, None for no object."""

    kind: str
    key: str
    began: int
    ended: int
    etag: str | None


def missing(error):
    assert error.response["Error"]["Code"] in ("NoSuchKey", "404")


class Client:
    """One of many: a random call at a time, and what came of it."""

    def __init__(self, s3, bucket, clock, seed):
        self.s3, self.bucket, self.clock = s3, bucket, clock
        self.chance, self.did = random.Random(seed), []

    def work(self):
        for number in range(CALLS):
            key = self.chance.choice(KEYS)
            kind = self.chance.choice(("put", "put", "get", "get", "list", "delete"))
            began = next(self.clock)
            found = getattr(self, kind)(key, number)
            ended = next(self.clock)
            for seen, etag in found.items():
                self.did.append(Did("get" if kind == "list" else kind, seen, began, ended, etag))
        return self.did

    def put(self, key, number):
        body = b"%d of %d" % (number, id(self)) * (1 if number % 2 else 8000)
        return {key: self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)["ETag"]}

    def get(self, key, _number):
        try:
            found = self.s3.get_object(Bucket=self.bucket, Key=key)
        except self.s3.exceptions.ClientError as error:
            missing(error)
            return {key: None}
        assert len(found["Body"].read()) == found["ContentLength"]
        return {key: found["ETag"]}

    def list(self, _key, _number):
        listed = self.s3.list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return dict.fromkeys(KEYS) | {item["Key"]: item["ETag"] for item in listed}

    def delete(self, key, _number):
        self.s3.delete_object(Bucket=self.bucket, Key=key)
        return {key: None}


def check(did):
    """What a reader saw was written before the reader was done, and not surely replaced before the reader began."""
    for key in KEYS:
        writes = [one for one in did if one.key == key and one.kind != "get"]
        for read in (one for one in did if one.key == key and one.kind == "get"):
            sources = [w for w in writes if w.etag == read.etag and w.began < read.ended]
            if read.etag is None:
                sources.append(Did("delete", key, -1, -1, None))  # as it was at first
            stale = [any(w.began > source.ended and w.ended < read.began for w in writes) for source in sources]
            assert False in stale, (read, sources)


def test_no_order_explains_a_stale_answer():
    history = [Did("put", "a", 0, 1, "old"), Did("put", "a", 2, 3, "new")]
    check([*history, Did("get", "a", 4, 5, "new")])
    for stale in ("old", None):
        with pytest.raises(AssertionError):
            check([*history, Did("get", "a", 4, 5, stale)])


@pytest.mark.parametrize("versioning", ["", "Enabled"])
def test_what_readers_see_is_explained_by_some_order(cloud, s3, bucket, versioning):
    if versioning:
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": versioning})
    before, clock = files(cloud), itertools.count()
    clients = [Client(s3, bucket, clock, seed) for seed in range(WORKERS)]
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        done = [pool.submit(client.work) for client in clients]
        did = [one for future in done for one in future.result()]
    check(did)
    puts = [one for one in did if one.kind == "put"]
    listed = s3.list_object_versions(Bucket=bucket)
    versions, markers = listed.get("Versions", []), listed.get("DeleteMarkers", [])
    if versioning:
        assert len(versions) == len(puts)
        assert len(markers) == len([one for one in did if one.kind == "delete"])
    assert [item["IsLatest"] for item in versions + markers].count(True) <= len(KEYS)
    assert len(files(cloud) - before) == sum(item["Size"] > 64 * 1024 for item in versions)
    assert loose(cloud) == []


@pytest.fixture
def put_meanwhile(s3, bucket, http):
    """`put_meanwhile(change)`: PutObject whose content is half sent when `change` happens."""

    def put(change, operation="put_object", **more):
        def content():
            yield LARGE
            change()
            yield LARGE

        url = s3.generate_presigned_url(operation, Params={"Bucket": bucket, "Key": "k", **more})
        return http.put(url, content=content(), headers={"Content-Length": str(2 * len(LARGE))})

    return put


def test_a_bucket_that_goes_while_content_comes(cloud, s3, bucket, put_meanwhile):
    before = files(cloud)

    def renew():
        s3.delete_bucket(Bucket=bucket)
        s3.create_bucket(Bucket=bucket)

    answer = put_meanwhile(renew)
    assert (answer.status_code, "<Code>NoSuchBucket</Code>" in answer.text) == (404, True)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0
    assert (files(cloud) - before, loose(cloud)) == (set(), [])


def test_versioning_that_begins_while_content_comes(s3, bucket, put_meanwhile):
    s3.put_object(Bucket=bucket, Key="k", Body=b"before")
    answer = put_meanwhile(
        lambda: s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    )
    assert (answer.status_code, len(answer.headers["x-amz-version-id"])) == (200, 32)
    assert s3.get_object(Bucket=bucket, Key="k", VersionId="null")["Body"].read() == b"before"


def test_an_upload_that_ends_while_a_part_comes(cloud, s3, bucket, put_meanwhile):
    before = files(cloud)
    upload = {"Bucket": bucket, "Key": "k", "UploadId": s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]}
    answer = put_meanwhile(
        lambda: s3.abort_multipart_upload(**upload), "upload_part", UploadId=upload["UploadId"], PartNumber=1
    )
    assert (answer.status_code, "<Code>NoSuchUpload</Code>" in answer.text) == (404, True)
    assert (files(cloud) - before, loose(cloud)) == (set(), [])


def test_a_condition_holds_when_the_content_has_come(s3, bucket, http):
    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k", "IfNoneMatch": "*"})

    def content():
        yield LARGE
        s3.put_object(Bucket=bucket, Key="k", Body=b"first")
        yield LARGE

    answer = http.put(url, content=content(), headers={"Content-Length": str(2 * len(LARGE)), "If-None-Match": "*"})
    assert (answer.status_code, "<Code>PreconditionFailed</Code>" in answer.text) == (412, True)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"first"


@pytest.fixture
def while_kms_is_asked(cloud, monkeypatch):
    """`while_kms_is_asked(method, change)`: `change(service)` happens after S3 has waited for KMS in `method`."""
    service = cloud.look(lambda c: c.registry.get("s3").service)

    def arrange(method, change):
        asks = getattr(service, method)

        async def ask(*arguments):
            answer = await asks(*arguments)
            with service.platform.store.transaction():
                change(service)
            return answer

        monkeypatch.setattr(service, method, ask)

    return arrange


def replacing(bucket, body):
    """Another client replaces `k` by content of the same size."""

    def change(service):
        owned = service.store.buckets.get(bucket)
        version = service.store.latest(owned.number, "k")
        service.store.remove(version)
        service.bodies.remove(service.bodies.give_up(version.pieces))
        service.store.keep_small(body)

    return change


@pytest.mark.parametrize("size", [1000, 300_000])
def test_who_waits_for_kms_reads_what_they_asked_for(s3, bucket, while_kms_is_asked, size):
    s3.put_object(Bucket=bucket, Key="k", Body=b"s" * size, ServerSideEncryption="aws:kms")
    while_kms_is_asked("unseal", replacing(bucket, b"o" * size))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"s" * size


def test_a_copy_whose_source_goes_meanwhile_is_of_that_source_or_none(s3, bucket, while_kms_is_asked):
    s3.put_object(Bucket=bucket, Key="k", Body=b"s" * 1000)
    while_kms_is_asked("seal", replacing(bucket, b"o" * 1000))
    found = refusal(s3.copy_object, Bucket=bucket, Key="copy", CopySource=f"{bucket}/k", ServerSideEncryption="aws:kms")
    assert found == ("InternalError", 500, "We encountered an internal error. Please try again.")
    assert refusal(s3.head_object, Bucket=bucket, Key="copy")[1] == 404
