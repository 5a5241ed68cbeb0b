"""AWS managed keys: `alias/aws/s3` and the like, made when a service first needs one. Pure.

A key's policy lets in everybody in the account who comes through its service, and lets the account look at it.
https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#aws-managed-cmk
"""

from __future__ import annotations

import json

PREFIX = "alias/aws/"

# alias/aws/NAME -> the service that calls, where the names differ (ViaService is in its words too).
_SERVICES = {"ebs": "ec2", "states": "stepfunctions"}
_TITLES = {
    "dynamodb": "DynamoDB",
    "ebs": "EBS",
    "ecr": "ECR",
    "lambda": "Lambda",
    "rds": "RDS",
    "s3": "S3",
    "secretsmanager": "AWS Secrets Manager",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "SSM",
}
# Names of AWS's aliases, whatever service calls first: what DescribeKey makes a key for.
KNOWN = frozenset({*_TITLES, "acm", "backup", "codecommit", "elasticfilesystem", "es", "glue", "kinesis", "redshift"})
# How kms:ViaService spells services whose endpoint is not botocore's name.
_ENDPOINTS = {"stepfunctions": "states"}
_GRANTERS = frozenset({"dynamodb", "ebs", "ecr", "lambda", "rds"})


def service_of(name: str) -> str:
    """The service behind `alias/aws/NAME`."""
    return _SERVICES.get(name, name)


def via_service(service: str, region: str) -> str:
    """The value of `kms:ViaService` for a call that comes through a service."""
    return f"{_ENDPOINTS.get(service, service)}.{region}.amazonaws.com"


def description(name: str) -> str:
    title = _TITLES.get(name, name)
    return f"Default key that protects my {title} data when no other key is defined"


def policy(name: str, account: str, region: str) -> str:
    """The key policy of an AWS managed key, which nobody can change."""
    title = _TITLES.get(name, name)
    actions = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    looks = ["kms:Describe*", "kms:Get*", "kms:List*"]
    if name in _GRANTERS:
        actions.insert(4, "kms:CreateGrant")
        looks.append("kms:RevokeGrant")
    through = {"kms:CallerAccount": account, "kms:ViaService": via_service(service_of(name), region)}
    document = {
        "Version": "2012-10-17",
        "Id": f"auto-{name}-2",
        "Statement": [
            {
                "Sid": f"Allow access through {title} for all principals in the account that are authorized to use "
                f"{title}",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": actions,
                "Resource": "*",
                "Condition": {"StringEquals": through},
            },
            {
                "Sid": "Allow direct access to key metadata to the account",
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
                "Action": looks,
                "Resource": "*",
            },
        ],
    }
    return json.dumps(document, separators=(",", ":"))


def is_open_to_the_account(action: str) -> bool:
    """Whether the account may do this to an AWS managed key without coming through its service."""
    operation = action.partition(":")[2]
    return operation.startswith(("Describe", "Get", "List")) or operation in ("RevokeGrant", "RetireGrant")
