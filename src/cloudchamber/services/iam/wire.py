"""Records as IAM's answers show them. Policy documents go out percent-encoded (RFC 3986), as IAM sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from cloudchamber.services.iam import trust
from cloudchamber.services.iam.managed_policies import ManagedPolicy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.records import CustomerPolicy, Group, InstanceProfile, PasswordPolicy, Role, User
    from cloudchamber.services.iam.store import IamStore


def instant(at: float) -> float:
    """IAM shows whole seconds."""
    return float(int(at))


def encoded(document: str) -> str:
    """A policy document as IAM sends it."""
    return quote(document, safe="-_.~")


def tag_list(tags: Mapping[str, str]) -> list[shapes.Tag]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _boundary(arn: str) -> shapes.AttachedPermissionsBoundary:
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def user(found: User, *, detailed: bool = True) -> shapes.User:
    """Lists leave boundary and tags out."""
    shown: shapes.User = {
        "Path": found.path,
        "UserName": found.name,
        "UserId": found.id,
        "Arn": found.arn,
        "CreateDate": instant(found.created_at),
    }
    if found.password_used_at is not None:
        shown["PasswordLastUsed"] = instant(found.password_used_at)
    if detailed and found.boundary:
        shown["PermissionsBoundary"] = _boundary(found.boundary)
    if detailed and found.tags:
        shown["Tags"] = tag_list(found.tags)
    return shown


def group(found: Group) -> shapes.Group:
    return {
        "Path": found.path,
        "GroupName": found.name,
        "GroupId": found.id,
        "Arn": found.arn,
        "CreateDate": instant(found.created_at),
    }


def role(store: IamStore, found: Role, *, detailed: bool = True) -> shapes.Role:
    """Lists leave boundary, tags and last use out."""
    shown: shapes.Role = {
        "Path": found.path,
        "RoleName": found.name,
        "RoleId": found.id,
        "Arn": found.arn,
        "CreateDate": instant(found.created_at),
        "AssumeRolePolicyDocument": encoded(trust.effective(store, found)),
        "MaxSessionDuration": found.max_session_s,
    }
    if found.description is not None:
        shown["Description"] = found.description
    if not detailed:
        return shown
    if found.boundary:
        shown["PermissionsBoundary"] = _boundary(found.boundary)
    if found.tags:
        shown["Tags"] = tag_list(found.tags)
    shown["RoleLastUsed"] = role_last_used(store, found)
    return shown


def role_last_used(store: IamStore, found: Role) -> shapes.RoleLastUsed:
    """Empty for a role that was never used."""
    use = store.role_uses.get(found.id)
    return {} if use is None else {"LastUsedDate": instant(use.used_at), "Region": use.region}


def instance_profile(store: IamStore, found: InstanceProfile, *, detailed: bool = True) -> shapes.InstanceProfile:
    held = store.role_by_id(found.role_id) if found.role_id else None
    shown: shapes.InstanceProfile = {
        "Path": found.path,
        "InstanceProfileName": found.name,
        "InstanceProfileId": found.id,
        "Arn": found.arn,
        "CreateDate": instant(found.created_at),
        "Roles": [] if held is None else [role(store, held, detailed=False)],
    }
    if detailed and found.tags:
        shown["Tags"] = tag_list(found.tags)
    return shown


def policy(
    store: IamStore, account: str, found: CustomerPolicy | ManagedPolicy, *, detailed: bool = True
) -> shapes.Policy:
    """A managed policy with its use in `account`. Lists leave description and tags out."""
    shown: shapes.Policy = {
        "PolicyName": found.name,
        "Arn": found.arn,
        "Path": found.path,
        "DefaultVersionId": default_version_id(found),
        "AttachmentCount": store.attachment_count(account, found.arn),
        "PermissionsBoundaryUsageCount": store.boundary_count(account, found.arn),
        "IsAttachable": True,
    }
    tags: Mapping[str, str] = {}
    if isinstance(found, ManagedPolicy):
        shown["PolicyId"] = found.policy_id
        shown["CreateDate"], shown["UpdateDate"] = found.create_date, found.update_date
    else:
        shown["PolicyId"], tags = found.id, found.tags
        shown["CreateDate"], shown["UpdateDate"] = instant(found.created_at), instant(found.updated_at)
    if detailed:
        if found.description:
            shown["Description"] = found.description
        shown["Tags"] = tag_list(tags)
    return shown


def default_version_id(found: CustomerPolicy | ManagedPolicy) -> str:
    if isinstance(found, ManagedPolicy):
        return found.default_version_id
    return found.default_version.id


def password_policy(found: PasswordPolicy) -> shapes.PasswordPolicy:
    shown: shapes.PasswordPolicy = {
        "MinimumPasswordLength": found.minimum_length,
        "RequireSymbols": found.require_symbols,
        "RequireNumbers": found.require_numbers,
        "RequireUppercaseCharacters": found.require_uppercase,
        "RequireLowercaseCharacters": found.require_lowercase,
        "AllowUsersToChangePassword": found.users_may_change,
        "ExpirePasswords": found.max_age_days > 0,
    }
    if found.max_age_days:
        shown["MaxPasswordAge"] = found.max_age_days
    if found.reuse_prevention:
        shown["PasswordReusePrevention"] = found.reuse_prevention
    if found.hard_expiry is not None:
        shown["HardExpiry"] = found.hard_expiry
    return shown
