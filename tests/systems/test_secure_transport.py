"""A bucket that insists on HTTPS, as CDK makes it by `enforceSSL`: functions get in, plain HTTP does not."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

READS = """
import boto3
def handler(event, context):
    return boto3.client("s3").get_object(Bucket=event, Key="k")["Body"].read().decode()
"""


def test_functions_count_as_secure(aws, account, function):
    s3, bucket = aws.client("s3"), f"sealed-{account}"
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", Body=b"for secure eyes")
    function("reads", READS, "s3:GetObject")
    deny = {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }  # fmt: skip
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": deny}))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket=bucket, Key="k")
    answer = aws.client("lambda").invoke(FunctionName="reads", Payload=json.dumps(bucket))["Payload"].read()
    assert json.loads(answer) == "for secure eyes"
