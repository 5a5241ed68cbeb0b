"""Multipart uploads: parts put together, their ETags and checksums, what is refused, lists, copies of ranges."""

import base64
import hashlib
import io
import zlib

import pytest
from boto3.s3.transfer import TransferConfig

from tests.services.s3.conftest import refusal

MIB = 1024 * 1024
BIG = bytes(range(256)) * (5 * MIB // 256)


def begin(s3, bucket, key="k", **more):
    return s3.create_multipart_upload(Bucket=bucket, Key=key, **more)["UploadId"]


def upload(s3, bucket, upload_id, number, body, **more):
    part = s3.upload_part(Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=number, Body=body, **more)
    return {"PartNumber": number, "ETag": part["ETag"]}


def complete(s3, bucket, upload_id, parts, **more):
    wanted = {"Parts": parts}
    return s3.complete_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id, MultipartUpload=wanted, **more)


def test_parts_become_one_object(s3, bucket):
    upload_id = begin(s3, bucket, Metadata={"a": "b"}, ContentType="text/plain", Tagging="t=1")
    parts = [upload(s3, bucket, upload_id, 2, b"tail"), upload(s3, bucket, upload_id, 1, BIG)]
    parts.sort(key=lambda part: part["PartNumber"])
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[0] == "NoSuchKey"
    done = complete(s3, bucket, upload_id, parts)
    digests = hashlib.md5(BIG).digest() + hashlib.md5(b"tail").digest()
    assert done["ETag"] == f'"{hashlib.md5(digests).hexdigest()}-2"'
    got = s3.get_object(Bucket=bucket, Key="k")
    assert got["Body"].read() == BIG + b"tail"
    assert (got["Metadata"], got["ContentType"], got["TagCount"]) == ({"a": "b"}, "text/plain", 1)
    assert s3.get_object(Bucket=bucket, Key="k", Range=f"bytes={5 * MIB - 2}-{5 * MIB + 1}")["Body"].read() == (
        BIG[-2:] + b"ta"
    )
    second = s3.get_object(Bucket=bucket, Key="k", PartNumber=2)
    assert (second["Body"].read(), second["PartsCount"]) == (b"tail", 2)
    assert second["ContentRange"] == f"bytes {5 * MIB}-{5 * MIB + 3}/{5 * MIB + 4}"
    assert refusal(s3.get_object, Bucket=bucket, Key="k", PartNumber=3)[:2] == ("InvalidPartNumber", 416)
    assert refusal(s3.list_parts, Bucket=bucket, Key="k", UploadId=upload_id)[0] == "NoSuchUpload"


def test_what_does_not_fit_together_is_refused(s3, bucket):
    upload_id = begin(s3, bucket)
    one, two = upload(s3, bucket, upload_id, 1, b"small"), upload(s3, bucket, upload_id, 2, b"tail")
    assert refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=[two, one]) == (
        "InvalidPartOrder", 400, "The list of parts was not in ascending order. Parts must be ordered by part number.",
    )  # fmt: skip
    assert refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=[one, two]) == (
        "EntityTooSmall", 400, "Your proposed upload is smaller than the minimum allowed size",
    )  # fmt: skip
    wrong = {"PartNumber": 1, "ETag": two["ETag"]}
    for parts in ([wrong], [one, {"PartNumber": 9, "ETag": '"x"'}]):
        assert refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=parts)[0] == "InvalidPart"
    assert refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=[])[0] == "MalformedXML"
    found = refusal(s3.upload_part, Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=10_001, Body=b"")
    assert found == ("InvalidArgument", 400, "Part number must be an integer between 1 and 10000, inclusive")
    missing = (
        "NoSuchUpload", 404,
        ("The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed."),
    )  # fmt: skip
    assert refusal(upload, s3=s3, bucket=bucket, upload_id="nothing", number=1, body=b"") == missing
    s3.abort_multipart_upload(Bucket=bucket, Key="k", UploadId=upload_id)
    assert refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=[one]) == missing


def test_a_part_that_is_sent_again_replaces_the_first(s3, bucket):
    upload_id = begin(s3, bucket)
    upload(s3, bucket, upload_id, 1, b"first" * 20_000)
    again = upload(s3, bucket, upload_id, 1, b"second")
    complete(s3, bucket, upload_id, [again])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"second"


def test_completing_can_have_a_condition(s3, bucket):
    upload_id = begin(s3, bucket)
    part = upload(s3, bucket, upload_id, 1, b"x")
    s3.put_object(Bucket=bucket, Key="k", Body=b"first")
    found = refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=[part], IfNoneMatch="*")
    assert found[:2] == ("PreconditionFailed", 412)
    complete(s3, bucket, upload_id, [part])


def test_uploads_and_parts_are_listed(s3, bucket):
    made = [(key, begin(s3, bucket, key)) for key in ("a", "b/1", "b/2", "c", "k")]
    listed = s3.list_multipart_uploads(Bucket=bucket)
    assert [(item["Key"], item["UploadId"]) for item in listed["Uploads"]] == made
    grouped = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", MaxUploads=2)
    assert ([item["Key"] for item in grouped["Uploads"]], grouped["CommonPrefixes"]) == (["a"], [{"Prefix": "b/"}])
    rest = s3.list_multipart_uploads(Bucket=bucket, Delimiter="/", KeyMarker=grouped["NextKeyMarker"])
    assert [item["Key"] for item in rest["Uploads"]] == ["c", "k"]
    for number in (1, 2, 3):
        upload(s3, bucket, made[4][1], number, b"x" * number)
    page = s3.list_parts(Bucket=bucket, Key="k", UploadId=made[4][1], MaxParts=2)
    assert [(part["PartNumber"], part["Size"]) for part in page["Parts"]] == [(1, 1), (2, 2)]
    assert (page["IsTruncated"], page["NextPartNumberMarker"]) == (True, 2)
    page = s3.list_parts(Bucket=bucket, Key="k", UploadId=made[4][1], PartNumberMarker=2)
    assert [part["PartNumber"] for part in page["Parts"]] == [3]


def crc32(content):
    return base64.b64encode(zlib.crc32(content).to_bytes(4, "big")).decode()


def test_a_composite_checksum_is_that_of_the_parts(s3, bucket):
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="SHA256")
    assert (begun["ChecksumAlgorithm"], begun["ChecksumType"]) == ("SHA256", "COMPOSITE")
    upload_id = begun["UploadId"]
    one = s3.upload_part(
        Bucket=bucket, Key="k", UploadId=upload_id, PartNumber=1, Body=b"x", ChecksumAlgorithm="SHA256"
    )
    digest = base64.b64encode(hashlib.sha256(b"x").digest()).decode()
    assert one["ChecksumSHA256"] == digest
    bare = {"PartNumber": 1, "ETag": one["ETag"]}
    assert refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=[bare])[0] == "InvalidRequest"
    done = complete(s3, bucket, upload_id, [{**bare, "ChecksumSHA256": digest}])
    whole = base64.b64encode(hashlib.sha256(hashlib.sha256(b"x").digest()).digest()).decode()
    assert (done["ChecksumSHA256"], done["ChecksumType"]) == (f"{whole}-1", "COMPOSITE")
    known = s3.get_object_attributes(
        Bucket=bucket, Key="k", ObjectAttributes=["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"]
    )
    assert known["Checksum"] == {"ChecksumSHA256": f"{whole}-1", "ChecksumType": "COMPOSITE"}
    assert known["ObjectParts"]["Parts"] == [{"PartNumber": 1, "Size": 1, "ChecksumSHA256": digest}]
    assert (known["ObjectSize"], known["StorageClass"], known["ETag"]) == (1, "STANDARD", done["ETag"].strip('"'))


def test_a_full_object_checksum_is_that_of_the_whole(s3, bucket):
    begun = s3.create_multipart_upload(Bucket=bucket, Key="k", ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    upload_id = begun["UploadId"]
    parts = [upload(s3, bucket, upload_id, 1, BIG), upload(s3, bucket, upload_id, 2, b"tail")]
    wrong = refusal(complete, s3=s3, bucket=bucket, upload_id=upload_id, parts=parts, ChecksumCRC32=crc32(b"other"))
    assert wrong == ("BadDigest", 400, "The CRC32 you specified did not match the calculated checksum.")
    done = complete(s3, bucket, upload_id, parts, ChecksumCRC32=crc32(BIG + b"tail"))
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (crc32(BIG + b"tail"), "FULL_OBJECT")
    head = s3.head_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")
    assert head["ChecksumCRC32"] == crc32(BIG + b"tail")


@pytest.mark.parametrize(
    ("algorithm", "kind"), [("CRC64NVME", "COMPOSITE"), ("SHA1", "FULL_OBJECT"), ("CRC99", "COMPOSITE")]
)
def test_checksums_that_do_not_go_together(s3, bucket, algorithm, kind):
    found = refusal(s3.create_multipart_upload, Bucket=bucket, Key="k", ChecksumAlgorithm=algorithm, ChecksumType=kind)
    assert found[:2] == ("InvalidRequest", 400)


def test_parts_are_copied_from_ranges_of_other_objects(s3, bucket):
    s3.put_object(Bucket=bucket, Key="source", Body=BIG)
    upload_id, copy = begin(s3, bucket), {"Bucket": bucket, "Key": "source"}
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "CopySource": copy}
    one = s3.upload_part_copy(PartNumber=1, **where)["CopyPartResult"]
    two = s3.upload_part_copy(PartNumber=2, CopySourceRange="bytes=10-19", **where)["CopyPartResult"]
    parts = [{"PartNumber": 1, "ETag": one["ETag"]}, {"PartNumber": 2, "ETag": two["ETag"]}]
    complete(s3, bucket, upload_id, parts)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == BIG + BIG[10:20]
    upload_id = begin(s3, bucket)
    found = refusal(s3.upload_part_copy, PartNumber=1, CopySourceRange=f"bytes=0-{5 * MIB}", **where)
    assert found[0] == "NoSuchUpload"
    found = refusal(
        s3.upload_part_copy, PartNumber=1, CopySourceRange=f"bytes=0-{5 * MIB}", **{**where, "UploadId": upload_id}
    )
    assert found[:2] == ("InvalidArgument", 400)


def test_the_transfer_manager_uploads_and_downloads_in_parts(s3, bucket):
    content = BIG * 6 + b"end"
    config = TransferConfig(multipart_threshold=8 * MIB, multipart_chunksize=8 * MIB)
    s3.upload_fileobj(io.BytesIO(content), bucket, "k", Config=config)
    assert s3.head_object(Bucket=bucket, Key="k")["ETag"].endswith('-4"')
    back = io.BytesIO()
    s3.download_fileobj(bucket, "k", back, Config=config)
    assert back.getvalue() == content


def test_a_bucket_with_an_upload_that_never_ended_can_go(s3, bucket):
    upload(s3, bucket, begin(s3, bucket), 1, b"x" * 100_000)
    s3.delete_bucket(Bucket=bucket)
