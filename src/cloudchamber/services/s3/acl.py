"""Access control lists: canned ones, grants in headers and documents, and how they are shown. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.access import ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY, PUBLIC_GROUPS
from cloudchamber.services.s3.bucket import Grant, account_of_canonical, canonical_id, owner
from cloudchamber.services.s3.errors import Denied, InvalidArgument, InvalidRequest, MalformedXml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP")
_HEADERS: Mapping[str, str] = {
    "GrantFullControl": "FULL_CONTROL",
    "GrantRead": "READ",
    "GrantWrite": "WRITE",
    "GrantReadACP": "READ_ACP",
    "GrantWriteACP": "WRITE_ACP",
}
_GRANTEE = re.compile(r'\s*(id|uri|emailAddress)\s*=\s*"?([^",]*)"?\s*\Z')
_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})
CANNED = (
    "private", "public-read", "public-read-write", "authenticated-read", "aws-exec-read", "bucket-owner-read",
    "bucket-owner-full-control", "log-delivery-write",
)  # fmt: skip


def private(account: str) -> list[Grant]:
    return [Grant(canonical_id(account), "FULL_CONTROL")]


def from_headers(request: Mapping[str, Any], account: str, bucket_owner: str = "") -> list[Grant] | None:
    """The grants of an `x-amz-acl` header or of `x-amz-grant-…` headers; None where there are none.

    `account` owns the bucket or object; `bucket_owner` is the account of an object's bucket.
    """
    canned = request.get("ACL")
    given = [name for name in _HEADERS if request.get(name)]
    if canned is not None and given:
        raise InvalidRequest("Specifying both Canned ACLs and Header Grants is not allowed")
    if canned is not None:
        return from_canned(canned, account, bucket_owner)
    if not given:
        return None
    grants = []
    for name in given:
        for part in request[name].split(","):
            found = _GRANTEE.match(part)
            if found is None:
                raise InvalidArgument("Argument format not recognized", "x-amz-grant", part)
            grants.append(Grant(_grantee(found[1], found[2]), _HEADERS[name]))
    return _checked(grants)


def from_canned(canned: str, account: str, bucket_owner: str = "") -> list[Grant]:
    grants = private(account)
    if canned not in CANNED:
        raise InvalidArgument("", "x-amz-acl", canned)
    if canned in ("public-read", "public-read-write"):
        grants.append(Grant(ALL_USERS, "READ"))
    if canned == "public-read-write":
        grants.append(Grant(ALL_USERS, "WRITE"))
    if canned == "authenticated-read":
        grants.append(Grant(AUTHENTICATED_USERS, "READ"))
    if canned == "log-delivery-write":
        grants += [Grant(LOG_DELIVERY, "WRITE"), Grant(LOG_DELIVERY, "READ_ACP")]
    if bucket_owner not in ("", account):
        if canned == "bucket-owner-read":
            grants.append(Grant(canonical_id(bucket_owner), "READ"))
        if canned == "bucket-owner-full-control":
            grants.append(Grant(canonical_id(bucket_owner), "FULL_CONTROL"))
    return grants


def from_document(document: Mapping[str, Any], account: str) -> list[Grant]:
    """The grants of an AccessControlPolicy document, whose owner must be the present one."""
    given = document.get("Owner") or {}
    if given.get("ID") not in (None, canonical_id(account)):
        raise InvalidArgument("Invalid id", "CanonicalUser/ID", given.get("ID"))
    grants = []
    for grant in document.get("Grants") or ():
        grantee, permission = grant.get("Grantee") or {}, grant.get("Permission")
        if permission not in PERMISSIONS:
            raise MalformedXml
        if grantee.get("URI"):
            grants.append(Grant(_grantee("uri", grantee["URI"]), permission))
        elif grantee.get("ID"):
            grants.append(Grant(_grantee("id", grantee["ID"]), permission))
        elif grantee.get("EmailAddress"):
            grants.append(Grant(_grantee("emailAddress", grantee["EmailAddress"]), permission))
        else:
            raise MalformedXml
    return _checked(grants)


def _grantee(kind: str, value: str) -> str:
    if kind == "uri" and value not in _GROUPS:
        raise InvalidArgument("Invalid group uri", "uri", value)
    if kind == "id" and account_of_canonical(value) is None:
        raise InvalidArgument("Invalid id", "id", value)
    if kind == "emailAddress":
        raise InvalidRequest("Email Grantee ACLs are no longer supported.")
    return value


def _checked(grants: list[Grant]) -> list[Grant]:
    if len(grants) > limits.GRANTS_MAX:
        raise InvalidRequest("You have attempted to add more grants than the allowed limit")
    return grants


def shown(account: str, grants: Sequence[Grant]) -> dict[str, Any]:
    """Members of an AccessControlPolicy answer."""
    return {
        "Owner": owner(account),
        "Grants": [{"Grantee": _shown_grantee(grant.grantee), "Permission": grant.permission} for grant in grants],
    }


def _shown_grantee(grantee: str) -> dict[str, str]:
    if grantee in _GROUPS:
        return {"Type": "Group", "URI": grantee}
    return {"Type": "CanonicalUser", "ID": grantee}


def blocked(who: str, action: str, arn: str) -> Denied:
    """The refusal of an ACL for everybody by the bucket's public access block."""
    return Denied(
        f'User: {who} is not authorized to perform: {action} on resource: "{arn}" because public access control lists '
        "(ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access."
    )


def is_public(grants: Sequence[Grant]) -> bool:
    return any(grant.grantee in PUBLIC_GROUPS for grant in grants)
