"""Content on disk: nothing left behind, whole or not at all, constant memory, many clients at once."""

import base64
import concurrent.futures
import hashlib
import resource
import socket

import pytest

from cloudchamber.services.s3 import bodies, limits
from cloudchamber.storage.blobs import BlobWriter
from tests.gateway.raw_http import ask
from tests.gateway.signing import Call
from tests.services.s3.conftest import refusal

CLIENT_GONE = 499
LARGE = b"x" * 300_000


def files(cloud):
    return cloud.look(lambda c: {path.name for path in c.blobs.folder.glob("*/*")})


def loose(cloud):
    return cloud.look(lambda c: list(c.registry.get("s3").service.store.loose()))


def test_what_is_replaced_deleted_or_aborted_leaves_no_file(cloud, s3, bucket):
    before = files(cloud)
    s3.put_object(Bucket=bucket, Key="k", Body=LARGE)
    assert len(files(cloud) - before) == 1
    s3.put_object(Bucket=bucket, Key="k", Body=LARGE + b"y")
    s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")
    assert len(files(cloud) - before) == 2
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    for _ in range(2):
        s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=LARGE)
    assert len(files(cloud) - before) == 3
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)
    for key in ("k", "copy"):
        s3.delete_object(Bucket=bucket, Key=key)
    assert (files(cloud) - before, loose(cloud)) == (set(), [])


def test_an_upload_that_fails_leaves_nothing(cloud, s3, bucket, account):
    before = files(cloud)
    found = refusal(s3.put_object, Bucket=bucket, Key="k", Body=LARGE, ChecksumSHA256=43 * "A" + "=")
    assert found[0] == "BadDigest"
    unsigned = {"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}
    call = Call("s3", "PUT", f"/{bucket}/k", body=LARGE, key=account, headers=unsigned)
    sent = call.bytes(call.signed())
    with socket.create_connection(("127.0.0.1", cloud.port)) as connection:
        connection.sendall(sent[:-100_000])
    for _ in range(5000):  # until the server has noticed
        if any(span.status == CLIENT_GONE for span in cloud.spans(operation="PutObject", account=account)):
            break
    assert (files(cloud) - before, loose(cloud)) == (set(), [])
    assert refusal(s3.head_object, Bucket=bucket, Key="k")[1] == 404


def test_a_full_disk_is_said_to_be_full(cloud, s3, bucket, monkeypatch):
    def full(_self, _chunk):
        raise OSError(28, "No space left on device")

    before = files(cloud)
    monkeypatch.setattr(BlobWriter, "write", full)
    code, status, message = refusal(s3.put_object, Bucket=bucket, Key="k", Body=LARGE)
    assert (code, status) == ("InsufficientStorage", 507)
    assert message.startswith("There is no room left on the disk")
    assert (files(cloud) - before, loose(cloud)) == (set(), [])


def test_a_reader_sees_the_whole_of_what_it_began_to_read(s3, bucket):
    content = b"a" * 5_000_000
    s3.put_object(Bucket=bucket, Key="k", Body=content)
    reading = s3.get_object(Bucket=bucket, Key="k")["Body"]
    first = reading.read(1000)
    s3.put_object(Bucket=bucket, Key="k", Body=b"b" * 5_000_000)
    s3.delete_object(Bucket=bucket, Key="k")
    assert first + reading.read() == content


def test_readers_among_writers_see_one_or_the_other(s3, bucket):
    contents = [bytes([65 + n]) * (100_000 + n) for n in range(4)]
    s3.put_object(Bucket=bucket, Key="k", Body=contents[0])

    def write(number):
        for _ in range(5):
            s3.put_object(Bucket=bucket, Key="k", Body=contents[number])

    def read(_):
        found = []
        for _ in range(8):
            got = s3.get_object(Bucket=bucket, Key="k")
            body = got["Body"].read()
            found.append(body in contents and got["ETag"] == f'"{hashlib.md5(body).hexdigest()}"')
        return all(found)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        writing = [pool.submit(write, number) for number in range(3)]
        assert all(pool.map(read, range(3)))
        for done in writing:
            done.result()


def test_of_many_who_create_a_key_one_succeeds(s3, bucket):
    def create(number):
        try:
            s3.put_object(Bucket=bucket, Key="k", Body=b"%d" % number * 1000, IfNoneMatch="*")
        except s3.exceptions.ClientError as error:
            return error.response["Error"]["Code"]
        return "created"

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = sorted(pool.map(create, range(8)))
    assert found == ["PreconditionFailed"] * 7 + ["created"]


@pytest.mark.parametrize("size", [64 * 1024 * 1024])
def test_large_content_passes_in_constant_memory(s3, bucket, http, cloud, size):
    class Endless:
        """Content that is made as it is sent."""

        def __iter__(self):
            piece = b"z" * 1024 * 1024
            for _ in range(size // len(piece)):
                yield piece

    url = s3.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "k"})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer = http.put(url, content=Endless(), headers={"Content-Length": str(size)})
    assert answer.status_code == 200
    got = 0
    with http.stream("GET", s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})) as reading:
        for piece in reading.iter_bytes(1024 * 1024):
            got += len(piece)
    assert got == size
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < size // 1024 // 4  # client and server together


def test_an_object_in_very_many_parts_is_read_without_as_many_open_files(cloud, s3, bucket, monkeypatch):
    monkeypatch.setattr(limits, "PART_BYTES_MIN", 1)
    monkeypatch.setattr(bodies, "OPEN_AT_ONCE", 3)
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k")["UploadId"]
    parts = []
    for number in range(1, 9):
        where = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "PartNumber": number}
        body = bytes([number]) * (70_000 if number % 2 else 10)
        parts.append({"PartNumber": number, "ETag": s3.upload_part(Body=body, **where)["ETag"]})
    s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload={"Parts": parts})
    content = b"".join(bytes([number]) * (70_000 if number % 2 else 10) for number in range(1, 9))
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == content
    assert s3.get_object(Bucket=bucket, Key="k", Range="bytes=69999-70011")["Body"].read() == content[69_999:70_012]
    copied = s3.copy_object(Bucket=bucket, Key="copy", CopySource=f"{bucket}/k")["CopyObjectResult"]
    assert copied["ETag"] == f'"{hashlib.md5(content).hexdigest()}"'
    s3.delete_object(Bucket=bucket, Key="k")
    assert s3.get_object(Bucket=bucket, Key="copy")["Body"].read() == content


def test_the_md5_of_a_document_is_checked(cloud, bucket, account):
    body = b'<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>k</Key></Object></Delete>'
    headers = {"content-md5": base64.b64encode(hashlib.md5(b"other").digest()).decode(),
               "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}  # fmt: skip
    call = Call("s3", "POST", f"/{bucket}", [("delete", "")], headers, body, key=account)
    answer = ask(cloud.port, call.bytes(call.signed()))
    assert (answer.status, b"<Code>BadDigest</Code>" in answer.body) == (400, True)
