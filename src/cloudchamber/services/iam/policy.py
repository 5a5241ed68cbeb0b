"""What IAM operations ask IAM: the action, the entity's ARN (with the path it really has) and condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, free
from cloudchamber.services.iam import linked_services

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.iam.records import Role, User
    from cloudchamber.services.iam.store import IamStore

    Named = Callable[[Context, Request], tuple[str, Mapping[str, str], str | None]]

# An entity as a rule sees it: ARN, tags, permissions boundary.
_NO_TAGS: Mapping[str, str] = {}

_ON_USER = (
    "AttachUserPolicy", "CreateAccessKey", "CreateLoginProfile", "DeactivateMFADevice",
    "CreateServiceSpecificCredential", "DeleteAccessKey", "DeleteLoginProfile", "DeleteServiceSpecificCredential",
    "DeleteSigningCertificate", "DeleteSSHPublicKey", "DeleteUser", "DeleteUserPermissionsBoundary",
    "DeleteUserPolicy", "DetachUserPolicy", "EnableMFADevice", "GetLoginProfile", "GetMFADevice", "GetSSHPublicKey",
    "GetUser", "GetUserPolicy", "ListAccessKeys", "ListAttachedUserPolicies", "ListGroupsForUser", "ListMFADevices",
    "ListServiceSpecificCredentials", "ListSigningCertificates", "ListSSHPublicKeys", "ListUserPolicies",
    "ListUserTags", "PutUserPermissionsBoundary", "PutUserPolicy", "ResetServiceSpecificCredential",
    "ResyncMFADevice", "TagUser", "UntagUser", "UpdateAccessKey", "UpdateLoginProfile",
    "UpdateServiceSpecificCredential", "UpdateSigningCertificate", "UpdateSSHPublicKey", "UpdateUser",
    "UploadSigningCertificate", "UploadSSHPublicKey",
)  # fmt: skip
_ON_GROUP = (
    "AddUserToGroup", "AttachGroupPolicy", "CreateGroup", "DeleteGroup", "DeleteGroupPolicy", "DetachGroupPolicy",
    "GetGroup", "GetGroupPolicy", "ListAttachedGroupPolicies", "ListGroupPolicies", "PutGroupPolicy",
    "RemoveUserFromGroup", "UpdateGroup",
)  # fmt: skip
_ON_ROLE = (
    "AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePermissionsBoundary", "DeleteRolePolicy",
    "DeleteServiceLinkedRole", "DetachRolePolicy", "GetRole", "GetRolePolicy", "ListAttachedRolePolicies",
    "ListInstanceProfilesForRole", "ListRolePolicies", "ListRoleTags", "PutRolePermissionsBoundary", "PutRolePolicy",
    "TagRole", "UntagRole", "UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
)  # fmt: skip
_ON_PROFILE = (
    "CreateInstanceProfile", "DeleteInstanceProfile", "GetInstanceProfile", "ListInstanceProfileTags",
    "RemoveRoleFromInstanceProfile", "TagInstanceProfile", "UntagInstanceProfile",
)  # fmt: skip
_ON_POLICY = (
    "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "GetPolicy", "GetPolicyVersion",
    "ListEntitiesForPolicy", "ListPolicyTags", "ListPolicyVersions", "SetDefaultPolicyVersion", "TagPolicy",
    "UntagPolicy",
)  # fmt: skip
# Where the request has the ARN itself.
_BY_ARN = {
    "OpenIDConnectProviderArn": (
        "AddClientIDToOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "GetOpenIDConnectProvider",
        "ListOpenIDConnectProviderTags", "RemoveClientIDFromOpenIDConnectProvider", "TagOpenIDConnectProvider",
        "UntagOpenIDConnectProvider", "UpdateOpenIDConnectProviderThumbprint",
    ),
    "SAMLProviderArn": (
        "DeleteSAMLProvider", "GetSAMLProvider", "ListSAMLProviderTags", "TagSAMLProvider", "UntagSAMLProvider",
        "UpdateSAMLProvider",
    ),
    "SerialNumber": ("DeleteVirtualMFADevice", "ListMFADeviceTags", "TagMFADevice", "UntagMFADevice"),
}  # fmt: skip
# Lists are asked for as the kind and the path prefix.
_LISTS = {
    "ListUsers": "user", "ListGroups": "group", "ListRoles": "role", "ListInstanceProfiles": "instance-profile",
    "ListServerCertificates": "server-certificate",
}  # fmt: skip


def tag_keys(request: Request) -> dict[str, Any]:
    """aws:RequestTag/… and aws:TagKeys of a request that sets or removes tags."""
    tags = request.get("Tags") or ()
    keys: dict[str, Any] = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in tags}
    names = [tag["Key"] for tag in tags] or list(request.get("TagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _keys(request: Request, tags: Mapping[str, str], boundary: str | None) -> dict[str, Any]:
    """Condition keys. The boundary is the one the request sets, or else the one the entity has."""
    keys = tag_keys(request)
    keys.update({f"iam:ResourceTag/{name}": value for name, value in tags.items()})
    bound = request.get("PermissionsBoundary") or boundary
    if bound:
        keys["iam:PermissionsBoundary"] = bound
    return keys


class Rules:
    """Rules over the store: an operation names an entity, its ARN has a path that only the store knows."""

    def __init__(self, store: IamStore) -> None:
        self._store = store

    def all(self) -> dict[str, Rule]:
        rules: dict[str, Rule] = {}
        for names, entity in (
            (_ON_USER, self._user), (_ON_GROUP, self._group), (_ON_ROLE, self._role), (_ON_PROFILE, self._profile),
            (_ON_POLICY, _by_policy_arn),
        ):  # fmt: skip
            rules.update({name: _on(entity, name) for name in names})
        for member, on_member in _BY_ARN.items():
            rules.update({name: _on_member(member, name) for name in on_member})
        rules.update({name: _on_list(kind, name) for name, kind in _LISTS.items()})
        rules.update(
            {
                "CreateUser": self._creates("user", "UserName"),
                "CreateGroup": self._creates("group", "GroupName"),
                "CreateRole": self._creates("role", "RoleName"),
                "CreateInstanceProfile": self._creates("instance-profile", "InstanceProfileName"),
                "CreatePolicy": self._creates("policy", "PolicyName"),
                "CreateServiceLinkedRole": _creates_linked_role,
                "UpdateUser": self._renames("user", "UserName", "UpdateUser"),
                "UpdateGroup": self._renames("group", "GroupName", "UpdateGroup"),
                "AddRoleToInstanceProfile": self._passes_role,
                "ChangePassword": self._changes_password,
                "GetAccessKeyLastUsed": self._looks_at_key,
                "ListPolicies": _on_policy_path,
                "GetServiceLinkedRoleDeletionStatus": self._deletion_status,
            }
        )
        return rules

    # entities

    def _user(self, ctx: Context, request: Request) -> tuple[str, Mapping[str, str], str | None]:
        name = request.get("UserName")
        found: User | None
        if name:
            found = self._store.users.get(ctx.account, name.lower())
        else:
            found = self._store.user_by_id(ctx.principal.user_id) if ctx.principal.kind == "user" else None
            name = ctx.principal.name
        if found is not None:
            return found.arn, found.tags, found.boundary
        if ctx.principal.kind != "user" and not request.get("UserName"):
            return "*", _NO_TAGS, None
        return f"arn:aws:iam::{ctx.account}:user/{name}", _NO_TAGS, None

    def _group(self, ctx: Context, request: Request) -> tuple[str, Mapping[str, str], str | None]:
        name = request.get("GroupName") or ""
        found = self._store.groups.get(ctx.account, name.lower())
        return f"arn:aws:iam::{ctx.account}:group/{name}" if found is None else found.arn, _NO_TAGS, None

    def _role(self, ctx: Context, request: Request) -> tuple[str, Mapping[str, str], str | None]:
        name = request.get("RoleName") or ""
        found: Role | None = self._store.roles.get(ctx.account, name.lower())
        if found is None:
            return f"arn:aws:iam::{ctx.account}:role/{name}", _NO_TAGS, None
        return found.arn, found.tags, found.boundary

    def _profile(self, ctx: Context, request: Request) -> tuple[str, Mapping[str, str], str | None]:
        name = request.get("InstanceProfileName") or ""
        found = self._store.profiles.get(ctx.account, name.lower())
        if found is None:
            return f"arn:aws:iam::{ctx.account}:instance-profile/{name}", _NO_TAGS, None
        return found.arn, found.tags, None

    # rules of a form of their own

    @staticmethod
    def _creates(kind: str, member: str) -> Rule:
        action = "iam:Create" + "".join(part.capitalize() for part in kind.split("-"))

        def rule(ctx: Context, request: Request) -> tuple[Check]:
            path = request.get("Path") or "/"
            arn = f"arn:aws:iam::{ctx.account}:{kind}{path}{request.get(member) or ''}"
            return (Check(action, arn, _keys(request, _NO_TAGS, None)),)

        return rule

    def _renames(self, kind: str, member: str, operation: str) -> Rule:
        """A rename needs permission on the old name and on the new one."""
        entity: Named = self._user if kind == "user" else self._group

        def rule(ctx: Context, request: Request) -> tuple[Check, ...]:
            arn, tags, boundary = entity(ctx, request)
            checks = [Check(f"iam:{operation}", arn, _keys(request, tags, boundary))]
            if request.get(f"New{member}") or request.get("NewPath"):
                head, _, old = arn.partition(f":{kind}/")
                old_path, _, old_name = f"/{old}".rpartition("/")
                path = request.get("NewPath") or f"{old_path}/"
                new = f"{head}:{kind}{path}{request.get(f'New{member}') or old_name}"
                checks.append(Check(f"iam:{operation}", new, _keys(request, tags, boundary)))
            return tuple(checks)

        return rule

    def _passes_role(self, ctx: Context, request: Request) -> tuple[Check, ...]:
        """Whoever puts a role into an instance profile passes it to EC2."""
        arn, tags, _ = self._profile(ctx, request)
        role_arn, role_tags, _ = self._role(ctx, request)
        passing: dict[str, Any] = {f"iam:ResourceTag/{name}": value for name, value in role_tags.items()}
        return (
            Check("iam:AddRoleToInstanceProfile", arn, _keys(request, tags, None)),
            Check("iam:PassRole", role_arn, {**passing, "iam:PassedToService": "ec2.amazonaws.com"}),
        )

    def _changes_password(self, ctx: Context, request: Request) -> tuple[Check, ...]:
        """The account's password policy may let everybody change their own."""
        password_policy = self._store.settings_of(ctx.account).password_policy
        if password_policy is not None and password_policy.users_may_change:
            return free(ctx, request)
        return (Check("iam:ChangePassword", self._user(ctx, {})[0]),)

    def _looks_at_key(self, ctx: Context, request: Request) -> tuple[Check]:
        key = self._store.keys.get(request.get("AccessKeyId") or "")
        user = None if key is None or key.account != ctx.account else self._store.user_by_id(key.user_id)
        return (Check("iam:GetAccessKeyLastUsed", "*" if user is None else user.arn),)

    def _deletion_status(self, ctx: Context, request: Request) -> tuple[Check]:
        """A task id is `task/aws-service-role/SERVICE/ROLE/UUID`."""
        path = "/".join((request.get("DeletionTaskId") or "").split("/")[1:4])
        return (Check("iam:GetServiceLinkedRoleDeletionStatus", f"arn:aws:iam::{ctx.account}:role/{path}"),)


def rules(store: IamStore) -> dict[str, Rule]:
    """Operation -> rule. An operation without an entry asks for its own action on "*"."""
    return Rules(store).all()


def _on(entity: Named, operation: str) -> Rule:
    action, attaches = f"iam:{operation}", operation.startswith(("Attach", "Detach"))

    def rule(ctx: Context, request: Request) -> tuple[Check]:
        arn, tags, boundary = entity(ctx, request)
        # A managed policy of AWS is asked about as if it were in the caller's account.
        account = ctx.account if arn.startswith("arn:aws:iam::aws:") else ""
        keys = _keys(request, tags, boundary)
        if attaches:
            keys["iam:PolicyARN"] = request.get("PolicyArn") or ""
        return (Check(action, arn, keys, account=account),)

    return rule


def _on_member(member: str, operation: str) -> Rule:
    action = f"iam:{operation}"
    return lambda ctx, request: (Check(action, request.get(member) or "*", tag_keys(request)),)


def _on_list(kind: str, operation: str) -> Rule:
    action = f"iam:{operation}"

    def rule(ctx: Context, request: Request) -> tuple[Check]:
        return (Check(action, f"arn:aws:iam::{ctx.account}:{kind}{request.get('PathPrefix') or '/'}"),)

    return rule


def _on_policy_path(ctx: Context, request: Request) -> tuple[Check]:
    return (Check("iam:ListPolicies", f"policy path {request.get('PathPrefix') or '/'}"),)


def _by_policy_arn(ctx: Context, request: Request) -> tuple[str, Mapping[str, str], str | None]:
    return request.get("PolicyArn") or "*", _NO_TAGS, None


def _creates_linked_role(ctx: Context, request: Request) -> tuple[Check]:
    service = request.get("AWSServiceName") or ""
    name = linked_services.role_name(service, request.get("CustomSuffix"))
    arn = f"arn:aws:iam::{ctx.account}:role/aws-service-role/{service}/{name}"
    return (Check("iam:CreateServiceLinkedRole", arn, {"iam:AWSServiceName": service}),)
