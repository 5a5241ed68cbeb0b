"""Encryption at rest: SSE-S3's headers, SSE-C's keys, SSE-KMS through the key's own policy."""

import base64
import hashlib

import pytest

from tests.services.s3.conftest import allow, refusal

KEY, OTHER = b"k" * 32, b"o" * 32


def customer(key, prefix=""):
    return {
        f"{prefix}SSECustomerAlgorithm": "AES256", f"{prefix}SSECustomerKey": key,
    }  # fmt: skip


def test_what_a_customer_encrypted_only_their_key_opens(s3, bucket):
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"secret", **customer(KEY))
    md5 = base64.b64encode(hashlib.md5(KEY).digest()).decode()
    assert (put["SSECustomerAlgorithm"], put["SSECustomerKeyMD5"]) == ("AES256", md5)
    assert "ServerSideEncryption" not in put
    assert put["ETag"] != f'"{hashlib.md5(b"secret").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key="k", **customer(KEY))
    assert got["Body"].read() == b"secret"
    assert refusal(s3.get_object, Bucket=bucket, Key="k", **customer(OTHER))[:2] == ("AccessDenied", 403)
    code, status, message = refusal(s3.get_object, Bucket=bucket, Key="k")
    assert (code, status) == ("InvalidRequest", 400)
    assert message.startswith("The object was stored using a form of Server Side Encryption.")
    assert refusal(s3.head_object, Bucket=bucket, Key="k")[1] == 400
    s3.put_object(Bucket=bucket, Key="plain", Body=b"x")
    assert refusal(s3.get_object, Bucket=bucket, Key="plain", **customer(KEY))[0] == "InvalidRequest"


def test_customers_encrypt_with_aes_256_alone(s3, bucket):
    given = {**customer(KEY), "SSECustomerAlgorithm": "AES128"}
    assert refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", **given) == (
        "InvalidEncryptionAlgorithmError", 400,
        "The encryption request that you specified is not valid. The valid value is AES256.",
    )  # fmt: skip


def test_copies_are_opened_with_one_key_and_closed_with_another(s3, bucket):
    s3.put_object(Bucket=bucket, Key="k", Body=b"secret", **customer(KEY))
    copy = {"Bucket": bucket, "Key": "copy", "CopySource": f"{bucket}/k"}
    assert refusal(s3.copy_object, **copy)[0] == "InvalidRequest"
    s3.copy_object(**copy, **customer(KEY, "CopySource"), **customer(OTHER))
    assert s3.get_object(Bucket=bucket, Key="copy", **customer(OTHER))["Body"].read() == b"secret"


def test_parts_need_the_key_of_their_upload(s3, bucket):
    upload_id = s3.create_multipart_upload(Bucket=bucket, Key="k", **customer(KEY))["UploadId"]
    where = {"Bucket": bucket, "Key": "k", "UploadId": upload_id, "PartNumber": 1, "Body": b"x"}
    assert refusal(s3.upload_part, **where)[0] == "InvalidRequest"
    assert refusal(s3.upload_part, **where, **customer(OTHER))[0] == "AccessDenied"
    s3.upload_part(**where, **customer(KEY))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"SSECustomerKeyMD5": "x" * 24, "SSECustomerKey": base64.b64encode(KEY).decode()},
         "The calculated MD5 hash of the key did not match the hash that was provided."),
        ({"SSECustomerKey": b"short"}, "The secret key was invalid for the specified algorithm."),
    ],
)  # fmt: skip
def test_customer_keys_that_are_none(s3, bucket, more, message):
    found = refusal(s3.put_object, Bucket=bucket, Key="k", Body=b"", **{**customer(KEY), **more})
    assert found == ("InvalidArgument", 400, message)


@pytest.fixture
def kms(client_of, account):
    return client_of(account, service="kms")


def test_a_kms_key_decides_who_reads(s3, bucket, kms, user):
    key = kms.create_key()["KeyMetadata"]
    put = s3.put_object(
        Bucket=bucket, Key="k", Body=b"secret", ServerSideEncryption="aws:kms", SSEKMSKeyId=key["KeyId"]
    )
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"]) == ("aws:kms", key["Arn"])
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"
    reader = user(allow("s3:GetObject", on="*"))
    code, status, message = refusal(reader.get_object, Bucket=bucket, Key="k")
    assert (code, status, "kms:Decrypt" in message) == ("AccessDenied", 403, True)
    trusted = user(allow("s3:GetObject", on="*"), allow("kms:Decrypt", on=key["Arn"]))
    assert trusted.get_object(Bucket=bucket, Key="k")["Body"].read() == b"secret"
    assert reader.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms"
    kms.disable_key(KeyId=key["KeyId"])
    assert refusal(s3.get_object, Bucket=bucket, Key="k")[0] in ("KMS.DisabledException", "DisabledException")


def test_a_bucket_encrypts_by_default(s3, bucket, kms):
    key = kms.create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    put = s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", key, True)
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"x"
    assert s3.put_object(Bucket=bucket, Key="k", Body=b"x", ServerSideEncryption="AES256")["ServerSideEncryption"] == (
        "AES256"
    )
