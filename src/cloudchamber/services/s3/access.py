"""Who may do what to a bucket and its objects beside IAM's policies: bucket policy, ACLs and public access block as one
resource policy. Pure.

An ACL grants what a bucket policy could grant too, so each grant is put as a statement; what a public access block
takes away is a Deny. The policy engine then decides over one document, and can explain it.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html#permissions
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.s3.bucket import Grant, account_of_canonical

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
PUBLIC_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS})

_BUCKET_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads"),
    "READ_ACP": ("s3:GetBucketAcl",),
    "WRITE_ACP": ("s3:PutBucketAcl",),
}
_INSIDE_ACTIONS: Mapping[str, tuple[str, ...]] = {"WRITE": ("s3:PutObject", "s3:DeleteObject")}
_OBJECT_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "READ": ("s3:GetObject", "s3:GetObjectVersion"),
    "READ_ACP": ("s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
    "WRITE_ACP": ("s3:PutObjectAcl", "s3:PutObjectVersionAcl"),
}
# Condition keys that, with fixed values, narrow a statement for everybody to some: it is then not public.
_NARROWING = frozenset({
    "aws:principalorgid", "aws:principalorgpaths", "aws:sourcearn", "aws:sourceaccount", "aws:sourceowner",
    "aws:sourcevpc", "aws:sourcevpce", "aws:userid", "aws:principalarn", "aws:principalaccount", "aws:sourceip",
    "aws:vpcsourceip", "s3:x-amz-server-side-encryption-aws-kms-key-id", "s3:dataaccesspointarn",
    "s3:dataaccesspointaccount",
})  # fmt: skip


def policy_of(bucket: Bucket, version: Version | None, arn: str) -> str | None:
    """The resource policy that stands over a bucket, or over one of its objects, as JSON text; None for none."""
    if bucket.policy is None and not bucket.takes_acls:
        return None
    grants: tuple[Grant, ...] = ()
    is_foreign = False
    if bucket.takes_acls:
        grants = bucket.grants
        if version is not None:
            grants += object_grants(version)
            is_foreign = version.owner != bucket.account
    ignores = bool(bucket.blocks.get("IgnorePublicAcls"))
    return _merged(
        bucket.policy,
        tuple(grant for grant in grants if not ignores or grant.grantee not in PUBLIC_GROUPS),
        (bucket.arn, arn, len(bucket.grants)),
        bucket.account if bucket.blocks.get("RestrictPublicBuckets") else "",
        is_foreign,
    )


def object_grants(version: Version) -> tuple[Grant, ...]:
    return tuple(Grant(grantee, permission) for grantee, permission in version.about.get("acl") or ())


@lru_cache(maxsize=4096)
def _merged(
    policy: str | None, grants: tuple[Grant, ...], arns: tuple[str, str, int], restricted_to: str, is_foreign: bool
) -> str | None:
    statements: list[Any] = []
    if policy is not None:
        found = orjson.loads(policy)["Statement"]
        statements = found if isinstance(found, list) else [found]
        if is_foreign:  # whoever owns an object alone can allow something; the bucket's owner can still forbid
            statements = [statement for statement in statements if statement.get("Effect") == "Deny"]
        if restricted_to and is_public(policy):
            statements = [*statements, _outsiders_out(arns[0], restricted_to)]
    bucket_arn, arn, of_bucket = arns
    for at, grant in enumerate(grants):
        statements = [*statements, *_statements(grant, bucket_arn, arn if at >= of_bucket else "")]
    if not statements:
        return None
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()


def _outsiders_out(bucket_arn: str, account: str) -> dict[str, Any]:
    """What a public bucket that is restricted says to all but services and the owner's account."""
    return {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [bucket_arn, f"{bucket_arn}/*"],
        "Condition": {
            "StringNotEquals": {"aws:PrincipalAccount": account}, "Bool": {"aws:PrincipalIsAWSService": "false"},
        },
    }  # fmt: skip


def _statements(grant: Grant, bucket_arn: str, object_arn: str) -> Iterator[dict[str, Any]]:
    principal, condition = _grantee(grant.grantee)
    if object_arn:
        wanted = [(_OBJECT_ACTIONS, object_arn)]
    else:
        wanted = [(_BUCKET_ACTIONS, bucket_arn), (_INSIDE_ACTIONS, f"{bucket_arn}/*")]
    for table, resource in wanted:
        names = list(table) if grant.permission == "FULL_CONTROL" else [grant.permission]
        actions = [action for name in names for action in table.get(name, ())]
        if actions and principal is not None:
            yield {"Effect": "Allow", "Principal": principal, "Action": actions, "Resource": resource, **condition}


def _grantee(grantee: str) -> tuple[Any, dict[str, Any]]:
    if grantee == ALL_USERS:
        return "*", {}
    if grantee == AUTHENTICATED_USERS:
        return {"AWS": "*"}, {"Condition": {"StringNotEquals": {"aws:PrincipalType": "Anonymous"}}}
    if grantee == LOG_DELIVERY:
        return {"Service": "logging.s3.amazonaws.com"}, {}
    account = account_of_canonical(grantee)
    return (None if account is None else {"AWS": f"arn:aws:iam::{account}:root"}), {}


# what is public


def is_public(policy: str) -> bool:
    """Whether a bucket policy lets everybody in, as S3 sees it."""
    found = orjson.loads(policy).get("Statement") or []
    statements = found if isinstance(found, list) else [found]
    return any(_opens(statement) for statement in statements)


def _opens(statement: Mapping[str, Any]) -> bool:
    if statement.get("Effect") != "Allow":
        return False
    if "NotPrincipal" not in statement and not _is_everybody(statement.get("Principal")):
        return False
    for operator, keys in (statement.get("Condition") or {}).items():
        for key, values in keys.items():
            if key.lower() in _NARROWING and _narrows(operator, key.lower(), _listed(values)):
                return False
    return True


def _narrows(operator: str, key: str, values: list[str]) -> bool:
    if operator.partition(":")[2].lower().removesuffix("ifexists") or "Not" in operator or "IfExists" in operator:
        return False
    if key.endswith("sourceip"):
        return all(_is_narrow(value) for value in values)
    return not any(("*" in value or "?" in value or "${" in value) and "Like" in operator for value in values)


def _is_narrow(cidr: str) -> bool:
    """Whether a range of addresses is not most of the internet: S3 takes up to a /8, and /32 of IPv6, for narrow."""
    try:
        network = ipaddress.ip_network(cidr, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= (8 if network.version == 4 else 32)


def _is_everybody(principal: Any) -> bool:
    if principal == "*":
        return True
    return isinstance(principal, dict) and "*" in _listed(principal.get("AWS", []))


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]
