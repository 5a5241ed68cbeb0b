"""The permission matrix: every operation of every service asks IAM, with the action that its documentation names.

Taken from the services themselves, so a new operation is in it without being added. A user without any policy is
refused every operation but those that AWS gives to everybody; one who is allowed just the asked-for actions gets in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.core.context import INTERNAL, Context
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied, AwsError
from cloudchamber.identity.document import compile_policy
from cloudchamber.identity.evaluate import PolicySet
from cloudchamber.identity.principals import Principal
from cloudchamber.protocol import models
from cloudchamber.registry import SERVICES
from cloudchamber.services.sqs.moves import make_handle

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.protocol.models import Shape

ACCOUNT = "123456789012"
USER = Principal(
    "user", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/u", "AIDAEXAMPLE", f"arn:aws:iam::{ACCOUNT}:user/u", "u"
)

KEY = "12345678-1234-1234-1234-123456789012"  # there is none: who has IAM's leave gets past the question all the same
# What AWS asks no permission for, with the page that says so or the reason.
FREE = {
    "sts:GetCallerIdentity",  # "No permissions are required to perform this operation."
    "sts:GetSessionToken",  # "No permissions are required for users to perform this operation."
    "sts:AssumeRoleWithWebIdentity",  # unsigned: the role's trust policy decides on the token, in the handler
    # Sent unsigned: a client id, a session or an access token lets users in.
    *(
        f"cognito-idp:{n}"
        for n in models.load("cognito-idp").operation_names
        if models.load("cognito-idp").operation(n).is_unsigned
    ),
    "sts:AssumeRoleWithSAML",  # likewise, on the assertion
    "cognito-identity:GetId",  # "This is a public API. You do not need any credentials to call this API."
    "cognito-identity:GetCredentialsForIdentity",
    "cognito-identity:GetOpenIdToken",
    "cognito-identity:UnlinkIdentity",
    "s3:DeleteObjects",  # asked key by key in the handler: a refused key is an error in the answer
}
# Operations whose IAM action has another name: https://docs.aws.amazon.com/service-authorization/latest/reference/
ACTIONS = {
    "s3:CompleteMultipartUpload": "s3:PutObject",
    "s3:CreateMultipartUpload": "s3:PutObject",
    "s3:UploadPart": "s3:PutObject",
    "s3:UploadPartCopy": "s3:PutObject",
    "s3:CopyObject": "s3:PutObject",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:HeadObject": "s3:GetObject",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
    "s3:ListObjects": "s3:ListBucket",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "s3:ListParts": "s3:ListMultipartUploadParts",
    "s3:GetBucketCors": "s3:GetBucketCORS",
    "s3:PutBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketCors": "s3:PutBucketCORS",
    "s3:DeleteBucketTagging": "s3:PutBucketTagging",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:DeleteBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration",
    "s3:PutBucketReplication": "s3:PutReplicationConfiguration",
    "s3:DeleteBucketReplication": "s3:PutReplicationConfiguration",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:PutBucketNotificationConfiguration": "s3:PutBucketNotification",
    "s3:GetBucketAccelerateConfiguration": "s3:GetAccelerateConfiguration",
    "s3:PutBucketAccelerateConfiguration": "s3:PutAccelerateConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeletePublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:DeleteBucketOwnershipControls": "s3:PutBucketOwnershipControls",
    "s3:GetObjectLockConfiguration": "s3:GetBucketObjectLockConfiguration",
    "s3:PutObjectLockConfiguration": "s3:PutBucketObjectLockConfiguration",
    **{
        f"s3:{verb}Bucket{kind}Configuration{plural}": f"s3:{granted}{kind}Configuration"
        for kind in ("Analytics", "Inventory", "Metrics", "IntelligentTiering")
        for verb, plural, granted in (
            ("Get", "", "Get"),
            ("List", "s", "Get"),
            ("Put", "", "Put"),
            ("Delete", "", "Put"),
        )
    },
    "kms:ReEncrypt": "kms:ReEncryptFrom",
    **{
        f"apigateway:{n}": f"apigateway:{models.load('apigateway').operation(n).method}"
        for n in models.load("apigateway").operation_names
    },
    **{
        f"apigatewaymanagementapi:{n}": "execute-api:ManageConnections"
        for n in models.load("apigatewaymanagementapi").operation_names
    },
    **{
        f"apigatewayv2:{n}": f"apigateway:{models.load('apigatewayv2').operation(n).method}"
        for n in models.load("apigatewayv2").operation_names
    },
    **{f"sesv2:{name}": f"ses:{name}" for name in models.load("sesv2").operation_names},
    "sesv2:SendBulkEmail": "ses:SendBulkTemplatedEmail",
    "sns:PublishBatch": "sns:Publish",
    "lambda:GetLayerVersionByArn": "lambda:GetLayerVersion",
    "lambda:Invoke": "lambda:InvokeFunction",
    "lambda:InvokeWithResponseStream": "lambda:InvokeFunction",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "iam:ListMFADeviceTags": "iam:ListMFADeviceTags",
    "iam:GetContextKeysForCustomPolicy": "iam:GetContextKeysForCustomPolicy",
    "dynamodb:TransactGetItems": "dynamodb:GetItem",
    "dynamodb:TransactWriteItems": "dynamodb:DeleteItem",
    "dynamodb:ExecuteStatement": "dynamodb:PartiQLSelect",  # whatever the statement does
    "dynamodb:BatchExecuteStatement": "dynamodb:PartiQLSelect",
    "dynamodb:ExecuteTransaction": "dynamodb:PartiQLSelect",
    "dynamodbstreams:ListStreams": "dynamodb:ListStreams",
    "dynamodbstreams:DescribeStream": "dynamodb:DescribeStream",
    "dynamodbstreams:GetShardIterator": "dynamodb:GetShardIterator",
    "dynamodbstreams:GetRecords": "dynamodb:GetRecords",
}
SAMPLES: dict[str, Any] = {
    "Bucket": "permission-matrix",
    "CopySource": "permission-matrix/x",
    "QueueUrl": f"http://localhost/{ACCOUNT}/q",
    "StreamArn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2015-05-11T21:21:33.291",
    "ShardIterator": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/t/stream/2015-05-11T21:21:33.291|1|x",
    "SourceArn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q",
    "TaskHandle": make_handle(f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"),
    "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r",
    "PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/p",
    "PolicySourceArn": f"arn:aws:iam::{ACCOUNT}:user/v",
    "OpenIDConnectProviderArn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/example.com",
    "SAMLProviderArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/s",
    "SerialNumber": f"arn:aws:iam::{ACCOUNT}:mfa/m",
    "UserName": "v",
    "Statement": 'SELECT * FROM "t"',
    "AWSServiceName": "lambda.amazonaws.com",
    "KeyId": KEY,
    "TargetKeyId": KEY,
    "DestinationKeyId": KEY,
    "AliasName": "alias/a",
}
# Requests that ask nothing unless they name something.
_PART = {"TableName": "t", "Key": {"pk": {"S": "x"}}}
REQUESTS: dict[str, dict[str, Any]] = {
    "dynamodb:BatchGetItem": {"RequestItems": {"t": {"Keys": [{"pk": {"S": "x"}}]}}},
    "dynamodb:BatchWriteItem": {"RequestItems": {"t": [{"DeleteRequest": {"Key": {"pk": {"S": "x"}}}}]}},
    "dynamodb:TransactGetItems": {"TransactItems": [{"Get": _PART}]},
    "dynamodb:TransactWriteItems": {"TransactItems": [{"Delete": _PART}]},
}


@pytest.fixture(autouse=True, scope="module")
def bucket(cloud):
    """S3 says of a bucket that is not there just that, before it asks for anything."""
    cloud.session(ACCOUNT).client("s3").create_bucket(Bucket=SAMPLES["Bucket"])


def sample(shape: Shape, name: str = "") -> Any:
    """A small value of a shape: required members only."""
    if shape.type == "structure":
        return {
            n: sample(m, n) for n, m in shape.members.items() if n in shape.required or n in ("QueueUrl", "UserName")
        }
    if shape.type == "list":
        return [sample(shape.member)]
    if shape.type == "map":
        return {}
    if shape.type == "blob":
        return b"x"
    if shape.type in ("integer", "long", "float", "double", "timestamp"):
        return 1
    if shape.type == "boolean":
        return True
    return SAMPLES.get(name) or (shape.get("enum") or ["x"])[0]


def operations() -> list[tuple[str, str]]:
    import importlib  # noqa: PLC0415

    found = []
    for name, place in SERVICES.items():
        module, _, class_name = place.partition(":")
        service = getattr(importlib.import_module(module), class_name)
        found += [(name, operation) for operation in sorted(service.bound_methods(models.load(name)))]
    return found


def asked(cloud: Cloud, service: str, operation: str) -> tuple[Context, dict[str, Any], Any]:
    bound = cloud.registry.lookup(service, operation)
    shape = models.load(service).operation(operation).input
    request = REQUESTS.get(f"{service}:{operation}") or ({} if shape is None else sample(shape))
    span = new_span(service, operation, "r", None, 0.0)
    return cloud.dispatcher.open(span, USER, ACCOUNT, "us-east-1", INTERNAL), request, bound


@pytest.mark.parametrize(("service", "operation"), operations(), ids=lambda part: part)
def test_an_operation_asks_for_its_action(cloud, service: str, operation: str):
    def ask(running: Cloud) -> tuple[list[str], str]:
        ctx, request, bound = asked(running, service, operation)
        actions = [check.action for check in bound.rule(ctx, request)]
        try:
            running.dispatcher.authorize(ctx, bound, request)
        except AccessDenied as refused:
            return actions, refused.message
        except AwsError as error:
            return actions, f"{error.code}: {error.message}"
        return actions, ""

    actions, refusal = cloud.look(ask)
    full = f"{service}:{operation}"
    if full in FREE:
        assert refusal == ""
        return
    assert ACTIONS.get(full, full) in actions
    # SES has words of its own for who may not send.
    sending = f"User `{USER.arn}' is not authorized to perform `ses:Send"
    assert refusal.startswith((f"User: {USER.arn} is not authorized to perform: ", sending))


@pytest.mark.parametrize("service", SERVICES)
def test_who_is_allowed_exactly_the_asked_for_actions_gets_through(cloud, service: str):
    def ask(running: Cloud) -> list[str]:
        refused = []
        for name, operation in operations():
            if name != service or f"{name}:{operation}" == "sts:AssumeRole":
                continue  # a trust policy has to allow that one: tests/services/sts
            ctx, request, bound = asked(running, name, operation)
            actions = [check.action for check in bound.rule(ctx, request)]
            allowed = {
                "Version": "2012-10-17",
                "Statement": {"Effect": "Allow", "Action": actions or ["x:y"], "Resource": "*"},
            }
            principal = Principal("user", ACCOUNT, USER.arn, "AIDA", USER.arn, operation)
            ctx.principal = principal
            known = running.identities._policy_sets
            known[(principal.arn, id(principal))] = (principal, PolicySet((compile_policy(allowed, "p"),)))
            try:
                running.dispatcher.authorize(ctx, bound, request)
            except AccessDenied as error:
                refused.append(f"{operation}: {error.message}")
        return refused

    assert cloud.look(ask) == []
