"""Checksums: every algorithm, in headers and trailers, what does not match, and what is computed unasked."""

import base64
import hashlib
import zlib

import pytest

from cloudchamber.services.s3 import checksums
from tests.gateway.raw_http import ask
from tests.gateway.signing import Call
from tests.services.s3.conftest import refusal

# https://reveng.sourceforge.io/crc-catalogue/all.htm: the check values, for "123456789"
CHECKS = {"CRC32": "cbf43926", "CRC32C": "e3069283", "CRC64NVME": "ae8b14860a799888"}


@pytest.mark.parametrize("algorithm", CHECKS)
def test_crcs_are_the_catalogues(algorithm):
    assert base64.b64decode(checksums.of(algorithm, b"123456789")).hex() == CHECKS[algorithm]


@pytest.mark.parametrize("algorithm", ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"])
def test_a_checksum_is_checked_kept_and_told(s3, bucket, algorithm):
    member, right = f"Checksum{algorithm}", checksums.of(algorithm, b"content")
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"content", **{member: right})
    assert (put[member], put["ChecksumType"]) == (right, "FULL_OBJECT")
    assert s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")[member] == right
    assert member not in s3.head_object(Bucket=bucket, Key="k")
    assert s3.list_objects_v2(Bucket=bucket)["Contents"][0]["ChecksumAlgorithm"] == [algorithm]
    found = refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"other", **{member: right})
    assert found == ("BadDigest", 400, f"The {algorithm} you specified did not match the calculated checksum.")
    found = refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", **{member: "nonsense"})
    assert found == ("InvalidRequest", 400, f"Value for x-amz-checksum-{algorithm.lower()} header is invalid.")


def put_raw(cloud, account, bucket, body, headers):
    call = Call("s3", "PUT", f"/{bucket}/k", headers=headers, body=body, key=account)
    return ask(cloud.port, call.bytes(call.signed()))


def chunked(content, trailers):
    lines = "".join(f"{name}:{value}\r\n" for name, value in trailers.items())
    return f"{len(content):x}\r\n".encode() + content + b"\r\n0\r\n" + lines.encode() + b"\r\n"


@pytest.mark.parametrize("size", [7, 200_000])
def test_a_trailer_is_checked_when_the_content_has_come(cloud, s3, bucket, account, size):
    content = b"x" * size
    headers = {
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "content-encoding": "aws-chunked",
        "x-amz-decoded-content-length": str(size), "x-amz-trailer": "x-amz-checksum-crc32c",
    }  # fmt: skip
    right = checksums.of("CRC32C", content)
    answer = put_raw(cloud, account, bucket, chunked(content, {"x-amz-checksum-crc32c": right}), headers)
    assert (answer.status, answer["x-amz-checksum-crc32c"]) == (200, right)
    got = s3.get_object(Bucket=bucket, Key="k")
    assert (got["Body"].read(), got.get("ContentEncoding")) == (content, None)
    answer = put_raw(cloud, account, bucket, chunked(content, {"x-amz-checksum-crc32c": "AAAAAA=="}), headers)
    assert (answer.status, b"BadDigest" in answer.body) == (400, True)
    short = {**headers, "x-amz-decoded-content-length": str(size + 1)}
    answer = put_raw(cloud, account, bucket, chunked(content, {"x-amz-checksum-crc32c": right}), short)
    assert (answer.status, b"IncompleteBody" in answer.body) == (400, True)


def test_content_without_a_checksum_gets_one(cloud, s3, bucket, account):
    body = b"123456789"
    payload = {"x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    answer = put_raw(cloud, account, bucket, body, payload)
    expected = base64.b64encode(bytes.fromhex(CHECKS["CRC64NVME"])).decode()
    assert (answer["x-amz-checksum-crc64nvme"], answer["x-amz-checksum-type"]) == (expected, "FULL_OBJECT")


def test_two_checksums_are_one_too_many(cloud, bucket, account):
    body = b"x"
    both = {
        "x-amz-content-sha256": hashlib.sha256(body).hexdigest(),
        "x-amz-checksum-sha1": checksums.of("SHA1", body), "x-amz-checksum-sha256": checksums.of("SHA256", body),
    }  # fmt: skip
    answer = put_raw(cloud, account, bucket, body, both)
    assert answer.status == 400
    assert b"Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed." in answer.body


def test_crcs_of_parts_join_to_that_of_the_whole():
    parts = [b"one" * 1000, b"", b"two" * 77]
    for algorithm in CHECKS:
        joined = checksums.join(algorithm, [(checksums.of(algorithm, part), len(part)) for part in parts])
        assert joined == checksums.of(algorithm, b"".join(parts))
    assert checksums.of("CRC32", b"x") == base64.b64encode(zlib.crc32(b"x").to_bytes(4, "big")).decode()
