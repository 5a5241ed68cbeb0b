"""What IAM's operations share: finding entities, and IAM as the cloud's source of credentials and policies.

Each subject is a mixin over `IamBase`; `api.py` joins them. A mixin that knows more kinds of things extends, with
`super()`: `find` and `list_resources` (the directory), `user_obstacles` (what must go before a user can be deleted),
`user_gone` (what goes with a deleted user), `counts` (the account summary) and `build_rules` (what IAM is asked).
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.iam import policy, sources, trust
from cloudchamber.services.iam.errors import (
    IamValidationError,
    InvalidClientTokenId,
    InvalidInput,
    NoSuchEntity,
    PolicyNotAttachable,
    UnmodifiableEntity,
    no_such,
)
from cloudchamber.services.iam.managed_policies import ManagedPolicy
from cloudchamber.services.iam.paging import Paging, first_page, start
from cloudchamber.services.iam.store import IamStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.identity.credentials import Credential
    from cloudchamber.identity.evaluate import PolicySet
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.iam.records import Attachment, CustomerPolicy, Group, InstanceProfile, Role, User
    from cloudchamber.storage.tables import Table

N = TypeVar("N", "User", "Group", "Role", "InstanceProfile", "CustomerPolicy")

_BROKEN_PATTERN = re.compile(
    r"1 validation error detected: Value .*at '(\w+)' failed to satisfy constraint: "
    r"Member must satisfy regular expression pattern: (.*)",
    re.DOTALL,
)


class IamBase(Service):
    name: ClassVar[str] = "iam"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = IamStore(platform.store, platform.identities.changed)
        # The ARN of a user or role has its path, which only the store knows: so the rules are the instance's.
        self.rules = self.build_rules()

    def build_rules(self) -> dict[str, Rule]:
        """Operation -> what IAM is asked."""
        return policy.rules(self.store)

    def screen(self, ctx: Context) -> None:
        """IAM takes no federated sessions, and sessions of users and root only with MFA, whatever policies say.

        https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html (Permissions)
        """
        principal, session = ctx.principal, ctx.principal.session
        if session is not None and (principal.kind == "federated" or (principal.kind != "role" and not session.mfa)):
            raise InvalidClientTokenId("The security token included in the request is invalid")

    # finding

    def user(self, ctx: Context, name: str) -> User:
        """NoSuchEntity."""
        found = self.store.users.get(ctx.account, name.lower())
        if found is None:
            raise no_such("user", name)
        return found

    def user_or_caller(self, ctx: Context, request: Request) -> User:
        """The user a request names, or the calling one. NoSuchEntity; ValidationError if the caller is none."""
        name = request.get("UserName")
        if name:
            return self.user(ctx, name)
        if ctx.principal.kind != "user":
            raise IamValidationError("Must specify userName when calling with non-User credentials")
        found = self.store.user_by_id(ctx.principal.user_id)
        if found is None:
            raise no_such("user", ctx.principal.name)
        return found

    def group(self, ctx: Context, name: str) -> Group:
        """NoSuchEntity."""
        found = self.store.groups.get(ctx.account, name.lower())
        if found is None:
            raise no_such("group", name)
        return found

    def role(self, ctx: Context, name: str) -> Role:
        """NoSuchEntity."""
        found = self.store.roles.get(ctx.account, name.lower())
        if found is None:
            raise no_such("role", name)
        return found

    def modifiable_role(self, ctx: Context, name: str) -> Role:
        """NoSuchEntity; UnmodifiableEntity for a service-linked role, which only its service changes."""
        found = self.role(ctx, name)
        if found.linked_service is not None:
            raise UnmodifiableEntity(
                f"Cannot perform the operation on the protected role '{found.name}' - this role is only modifiable by "
                "AWS"
            )
        return found

    def profile(self, ctx: Context, name: str) -> InstanceProfile:
        """NoSuchEntity."""
        found = self.store.profiles.get(ctx.account, name.lower())
        if found is None:
            raise NoSuchEntity(f"Instance Profile {name} cannot be found.")
        return found

    def policy_by_arn(self, arn: str) -> CustomerPolicy | ManagedPolicy | None:
        """A customer's or an AWS managed policy."""
        return sources.policy_by_arn(self.store, arn)

    def attachable(self, arn: str, missing: str) -> CustomerPolicy | ManagedPolicy:
        """A managed policy for use by a principal. InvalidInput for what is no ARN, NoSuchEntity with `missing`,
        PolicyNotAttachable for the policies of service-linked roles."""
        if not arn.startswith("arn:"):
            raise InvalidInput(f"ARN {arn} is not valid.")
        found = self.policy_by_arn(arn)
        if found is None:
            raise NoSuchEntity(missing)
        if found.path.startswith("/aws-service-role/"):
            raise PolicyNotAttachable("Cannot attach a Service Role Policy to a Customer Role.")
        return found

    def check_boundary(self, arn: str) -> None:
        """Whether a policy can be a permissions boundary; the errors of `attachable`."""
        self.attachable(arn, f"Scope ARN: {arn} does not exist or is not attachable.")

    def listing(self, table: Table[N], request: Request, account: str) -> tuple[list[N], Paging]:
        """A page of an account's entities, those under the request's PathPrefix."""
        prefix = request.get("PathPrefix") or "/"
        rows = self.store.walk(table, lambda entity: entity.key, account, start(request))
        return first_page((entity for entity in rows if entity.path.startswith(prefix)), lambda e: e.key, request)

    # what mixins extend

    def user_obstacles(self, user: User) -> Iterator[str]:
        """What must go before a user can be deleted, in IAM's words: "must delete MFA device first."."""
        yield from ()

    def user_gone(self, user: User) -> None:
        """A user is being deleted: drop what only they had. Inside the deletion's transaction."""

    def counts(self, account: str) -> dict[str, int]:
        """Entries of the account summary."""
        return {}

    # the cloud's source of credentials and policies

    def credential(self, access_key_id: str) -> Credential | None:
        """Whose active access key this is."""
        return sources.credential(self.store, access_key_id)

    def policies(self, principal: Principal) -> PolicySet:
        """The policies that apply to a user, a role session or a federated session."""
        return sources.policies(self.store, principal)

    # Service

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        broken = _BROKEN_PATTERN.fullmatch(error.message)
        if broken is not None:
            member, pattern = broken[1][:1].lower() + broken[1][1:], broken[2]
            text = _invalid_text(member, pattern)
            if text:
                return IamValidationError(f"The specified value for {member} is invalid. {text}")
        return IamValidationError(error.message)

    def find(self, arn: str) -> Resource | None:
        parts = arn.split(":", 5)
        if len(parts) != 6 or parts[2] != "iam":
            return None
        kind, _, rest = parts[5].partition("/")
        account, key = parts[4], rest.rpartition("/")[2].lower()
        found: Resource | None = None
        if kind == "policy":
            known = self.policy_by_arn(arn)
            return None if known is None else _policy_resource(known)
        if kind == "user" and (user := self.store.users.get(account, key)) is not None:
            found = _user_resource(user)
        elif kind == "role" and (role := self.store.roles.get(account, key)) is not None:
            found = self._role_resource(role, self.store.attached_to(role.id))
        elif kind == "group" and (group := self.store.groups.get(account, key)) is not None:
            found = _group_resource(group)
        elif kind == "instance-profile" and (profile := self.store.profiles.get(account, key)) is not None:
            found = self._profile_resource(profile)
        return found if found is not None and found.arn == arn else None

    def resource_policy(self, arn: str) -> str | None:
        """Only roles have one: their trust policy."""
        if ":role/" not in arn:
            return None
        found = self.find(arn)
        return None if found is None else found.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        if region not in (None, "", "us-east-1", "aws-global"):
            return
        wanted: dict[str, Any] = {} if account is None else {"account": account}
        yield from map(_user_resource, self.store.users.where(**wanted))
        yield from map(_group_resource, self.store.groups.where(**wanted))
        attached: defaultdict[str, list[Attachment]] = defaultdict(list)
        for attachment in self.store.attachments.where(**wanted):
            attached[attachment.owner_id].append(attachment)
        for role in self.store.roles.where(**wanted):
            yield self._role_resource(role, attached.get(role.id, ()))
        yield from map(self._profile_resource, self.store.profiles.where(**wanted))
        yield from map(_policy_resource, self.store.policies.where(**wanted))

    def _role_resource(self, role: Role, attached: Sequence[Attachment]) -> Resource:
        attributes = {
            "RoleId": role.id, "RoleName": role.name, "Path": role.path, "MaxSessionDuration": role.max_session_s,
            "PermissionsBoundary": role.boundary, "Description": role.description or "",
        }  # fmt: skip
        links = tuple(attachment.policy_arn for attachment in attached)
        document = trust.effective(self.store, role)
        return Resource(role.arn, "AWS::IAM::Role", role.name, role.account, "", role.tags, document, links, attributes)

    def _profile_resource(self, profile: InstanceProfile) -> Resource:
        role = self.store.role_by_id(profile.role_id) if profile.role_id else None
        attributes = {"InstanceProfileId": profile.id, "Path": profile.path, "Role": None if role is None else role.arn}
        return Resource(
            profile.arn, "AWS::IAM::InstanceProfile", profile.name, profile.account, "", profile.tags,
            links=() if role is None else (role.arn,), attributes=attributes,
        )  # fmt: skip


def _user_resource(user: User) -> Resource:
    attributes = {
        "UserId": user.id, "UserName": user.name, "Path": user.path, "PermissionsBoundary": user.boundary,
    }  # fmt: skip
    return Resource(user.arn, "AWS::IAM::User", user.name, user.account, "", user.tags, attributes=attributes)


def _group_resource(group: Group) -> Resource:
    attributes = {"GroupId": group.id, "GroupName": group.name, "Path": group.path}
    return Resource(group.arn, "AWS::IAM::Group", group.name, group.account, "", attributes=attributes)


def _policy_resource(found: CustomerPolicy | ManagedPolicy) -> Resource:
    if isinstance(found, ManagedPolicy):
        known: Mapping[str, str] = {"PolicyId": found.policy_id, "DefaultVersionId": found.default_version_id}
        return Resource(found.arn, "AWS::IAM::ManagedPolicy", found.name, "aws", "", attributes=known)
    attributes = {"PolicyId": found.id, "DefaultVersionId": found.default_version.id, "Path": found.path}
    return Resource(
        found.arn, "AWS::IAM::ManagedPolicy", found.name, found.account, "", found.tags, attributes=attributes
    )


def _invalid_text(member: str, pattern: str) -> str:
    """IAM's own words for a name or path that breaks its pattern; empty where it has none."""
    if pattern == r"[\w+=,.@-]+":
        return "It must contain only alphanumeric characters and/or the following: +=,.@_-"
    if member in ("path", "newPath"):
        return "It must begin and end with / and contain only alphanumeric characters and/or / characters."
    if member == "pathPrefix":
        return "It must begin with / and contain only alphanumeric characters and/or / characters."
    return ""
