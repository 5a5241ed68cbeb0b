"""The credential report, and the account's authorization details.

A credential report is made when it is asked for and stands for four hours, as on AWS; ours is ready at once.
Left out, with NotImplemented: service last accessed details and organizations' access reports. They would have to be
made of traces, of which only the latest are kept and none survive a restart: "never used" would not be true.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, cast

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Platform, operation
from cloudchamber.services.iam import managed_policies, trust, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import IamValidationError
from cloudchamber.services.iam.limits import ACCESS_KEYS_PER_USER_MAX, SIGNING_CERTIFICATES_PER_USER_MAX
from cloudchamber.services.iam.managed_policies import ManagedPolicy
from cloudchamber.services.iam.paging import first_page, start
from cloudchamber.services.iam.records import CustomerPolicy, Group, Role, User
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.iam import shapes
    from cloudchamber.services.iam.store import IamStore
    from cloudchamber.services.iam.store_certificates import CertificatesStore
    from cloudchamber.services.iam.store_mfa import MfaStore

    Entity = User | Group | Role | CustomerPolicy | ManagedPolicy

REPORT_SECONDS: Final = 4 * 3600
DAY_SECONDS: Final = 86_400
NONE: Final = "N/A"
UNKNOWN: Final = "no_information"
UNSUPPORTED: Final = "not_supported"  # of what a root user has and a report does not show

_COLUMNS: Final = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active",
    "access_key_1_active", "access_key_1_last_rotated", "access_key_1_last_used_date", "access_key_1_last_used_region",
    "access_key_1_last_used_service",
    "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region",
    "access_key_2_last_used_service",
    "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated", "additional_credentials_info",
)  # fmt: skip
# The order in which pages go through an account.
_KINDS: Final = ("User", "Group", "Role", "LocalManagedPolicy", "AWSManagedPolicy")


@dataclass(frozen=True, slots=True)
class CredentialReport:
    account: str
    generated_at: float
    content: str

    def is_current(self, now: float) -> bool:
        return now < self.generated_at + REPORT_SECONDS


class ReportNotPresent(AwsError):
    code = "ReportNotPresent"
    status = 410


class ReportExpired(AwsError):
    code = "ReportExpired"
    status = 410


class Reports(IamBase):
    """Operations on reports."""

    certificates: CertificatesStore  # of `Certificates`
    mfa: MfaStore  # of `Mfa`

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.credential_reports: Table[CredentialReport] = Table(
            platform.store, "iam_credential_reports", CredentialReport, ("account",)
        )

    # the credential report

    @operation
    async def generate_credential_report(
        self, ctx: Context, request: Request
    ) -> shapes.GenerateCredentialReportResponse:
        now = ctx.now()
        present = self.credential_reports.get(ctx.account)
        if present is not None and present.is_current(now):
            return {"State": "COMPLETE"}
        self.credential_reports.put(CredentialReport(ctx.account, now, self._credential_report(ctx.account, now)))
        return {"State": "STARTED", "Description": "No report exists. Starting a new report generation task"}

    @operation
    async def get_credential_report(self, ctx: Context, request: Request) -> shapes.GetCredentialReportResponse:
        report = self.credential_reports.get(ctx.account)
        if report is None:
            raise ReportNotPresent
        if not report.is_current(ctx.now()):
            raise ReportExpired
        return {
            "Content": report.content.encode(),
            "ReportFormat": "text/csv",
            "GeneratedTime": wire.instant(report.generated_at),
        }

    def _credential_report(self, account: str, now: float) -> str:
        users = self.store.users.where(account=account)
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerow(self._root_row(account, min((user.created_at for user in users), default=now)))
        writer.writerows(map(self._user_row, users))
        return text.getvalue().removesuffix("\n")

    def _root_row(self, account: str, since: float) -> list[str]:
        """The root user, who is as old as what is known of the account."""
        return [
            "<root_account>",
            f"arn:aws:iam::{account}:root",
            _time(since),
            UNSUPPORTED,
            UNKNOWN,
            UNSUPPORTED,
            UNSUPPORTED,
            "false",
            *self._key_columns(account),
            *_certificate_columns([]),
            NONE,
        ]

    def _user_row(self, user: User) -> list[str]:
        certificates = sorted(
            self.certificates.signing.where(account=user.account, user_id=user.id), key=lambda found: found.uploaded_at
        )
        return [
            user.name,
            user.arn,
            _time(user.created_at),
            *self._password_columns(user),
            _flag(self.mfa.devices.count(user_id=user.id) > 0),
            *self._key_columns(user.id),
            *_certificate_columns([(found.is_active, found.changed_at) for found in certificates]),
            NONE,
        ]

    def _password_columns(self, user: User) -> list[str]:
        login = self.store.logins.get(user.id)
        if login is None:
            return ["false", NONE, NONE, NONE]
        policy = self.store.settings_of(user.account).password_policy
        days = 0 if policy is None else policy.max_age_days
        return [
            "true",
            UNKNOWN if user.password_used_at is None else _time(user.password_used_at),
            _time(login.changed_at),
            _time(login.changed_at + days * DAY_SECONDS) if days else NONE,
        ]

    def _key_columns(self, user_id: str) -> Iterator[str]:
        keys = self.store.keys_of(user_id)[:ACCESS_KEYS_PER_USER_MAX]
        for key, _ in zip_longest(keys, range(ACCESS_KEYS_PER_USER_MAX)):
            if key is None:
                yield from ("false", NONE, NONE, NONE, NONE)
                continue
            use = self.store.key_uses.get(key.id)
            yield from (_flag(key.is_active), _time(key.created_at))
            yield from (NONE, NONE, NONE) if use is None else (_time(use.used_at), use.region or NONE, use.service)

    # authorization details

    @operation
    async def get_account_authorization_details(
        self, ctx: Context, request: shapes.GetAccountAuthorizationDetailsRequest
    ) -> shapes.GetAccountAuthorizationDetailsResponse:
        details = _Details(self.store, ctx.account)
        wanted = frozenset(request.get("Filter") or _KINDS)
        found, paging = first_page(details.entities(wanted, start(request)), lambda pair: pair[0], request)
        entities = [entity for _, entity in found]
        return {
            **paging,
            "UserDetailList": [details.user(item) for item in entities if isinstance(item, User)],
            "GroupDetailList": [details.group(item) for item in entities if isinstance(item, Group)],
            "RoleDetailList": [details.role(item) for item in entities if isinstance(item, Role)],
            "Policies": [details.policy(item) for item in entities if isinstance(item, CustomerPolicy | ManagedPolicy)],
        }


class _Details:
    """An account as GetAccountAuthorizationDetails shows it."""

    def __init__(self, store: IamStore, account: str) -> None:
        self._store = store
        self._account = account

    def entities(self, wanted: frozenset[str], marker: str | None) -> Iterator[tuple[str, Entity]]:
        """(marker, entity) of the kinds wanted behind a marker, kind by kind, each by name."""
        first, after = 0, None
        if marker is not None:
            number, separator, after = marker.partition(":")
            if not separator or number not in map(str, range(len(_KINDS))):
                raise IamValidationError("Invalid Marker.")
            first = int(number)
        for index in range(first, len(_KINDS)):
            if _KINDS[index] in wanted:
                for key, entity in self._of_kind(_KINDS[index], after if index == first else None):
                    yield f"{index}:{key}", entity

    def _of_kind(self, kind: str, after: str | None) -> Iterator[tuple[str, Entity]]:
        store = self._store
        if kind == "AWSManagedPolicy":
            known = managed_policies.load()
            for arn in self._aws_policies_in_use():
                if arn in known and (after is None or arn > after):
                    yield arn, known[arn]
            return
        tables = {"User": store.users, "Group": store.groups, "Role": store.roles, "LocalManagedPolicy": store.policies}
        table = cast("Table[User | Group | Role | CustomerPolicy]", tables[kind])
        for entity in store.walk(table, lambda found: found.key, self._account, after):
            yield entity.key, entity

    def _aws_policies_in_use(self) -> list[str]:
        """Of AWS's policies, those in use belong to an account: their ARNs, in order."""
        rows = self._store.db.all(
            "SELECT policy_arn FROM iam_attachments WHERE account = :account UNION "
            "SELECT boundary FROM iam_users WHERE account = :account AND boundary IS NOT NULL UNION "
            "SELECT boundary FROM iam_roles WHERE account = :account AND boundary IS NOT NULL ORDER BY 1",
            {"account": self._account},
        )
        return [str(row[0]) for row in rows]

    def user(self, user: User) -> shapes.UserDetail:
        shown = wire.user(user)
        detail: shapes.UserDetail = {
            "Path": user.path,
            "UserName": user.name,
            "UserId": user.id,
            "Arn": user.arn,
            "CreateDate": wire.instant(user.created_at),
            "UserPolicyList": self._inline(user.id),
            "GroupList": [group.name for group in self._store.groups_of(user.id)],
            "AttachedManagedPolicies": self._attached(user.id),
            "Tags": wire.tag_list(user.tags),
        }
        if "PermissionsBoundary" in shown:
            detail["PermissionsBoundary"] = shown["PermissionsBoundary"]
        return detail

    def group(self, group: Group) -> shapes.GroupDetail:
        return {
            "Path": group.path,
            "GroupName": group.name,
            "GroupId": group.id,
            "Arn": group.arn,
            "CreateDate": wire.instant(group.created_at),
            "GroupPolicyList": self._inline(group.id),
            "AttachedManagedPolicies": self._attached(group.id),
        }

    def role(self, role: Role) -> shapes.RoleDetail:
        shown = wire.role(self._store, role)
        profiles = self._store.profiles_of(role.account, role.id)
        detail: shapes.RoleDetail = {
            "Path": role.path,
            "RoleName": role.name,
            "RoleId": role.id,
            "Arn": role.arn,
            "CreateDate": wire.instant(role.created_at),
            "AssumeRolePolicyDocument": wire.encoded(trust.effective(self._store, role)),
            "InstanceProfileList": [wire.instance_profile(self._store, profile) for profile in profiles],
            "RolePolicyList": self._inline(role.id),
            "AttachedManagedPolicies": self._attached(role.id),
            "Tags": wire.tag_list(role.tags),
            "RoleLastUsed": wire.role_last_used(self._store, role),
        }
        if "PermissionsBoundary" in shown:
            detail["PermissionsBoundary"] = shown["PermissionsBoundary"]
        return detail

    def policy(self, policy: CustomerPolicy | ManagedPolicy) -> shapes.ManagedPolicyDetail:
        shown = wire.policy(self._store, self._account, policy)
        detail: shapes.ManagedPolicyDetail = {
            "PolicyName": policy.name,
            "PolicyId": shown["PolicyId"],
            "Arn": policy.arn,
            "Path": policy.path,
            "DefaultVersionId": shown["DefaultVersionId"],
            "AttachmentCount": shown["AttachmentCount"],
            "PermissionsBoundaryUsageCount": shown["PermissionsBoundaryUsageCount"],
            "IsAttachable": True,
            "CreateDate": shown["CreateDate"],
            "UpdateDate": shown["UpdateDate"],
            "PolicyVersionList": _versions(policy),
        }
        if policy.description:
            detail["Description"] = policy.description
        return detail

    def _inline(self, owner_id: str) -> list[shapes.PolicyDetail]:
        return [
            {"PolicyName": inline.name, "PolicyDocument": wire.encoded(inline.document)}
            for inline in self._store.inline_of(owner_id)
        ]

    def _attached(self, owner_id: str) -> list[shapes.AttachedPolicy]:
        found = self._store.attached_to(owner_id)
        return [{"PolicyName": arn.rpartition("/")[2], "PolicyArn": arn} for arn in (item.policy_arn for item in found)]


def _versions(policy: CustomerPolicy | ManagedPolicy) -> list[shapes.PolicyVersion]:
    """Newest first; of AWS's policies only the default version is known."""
    if isinstance(policy, CustomerPolicy):
        return [
            {
                "Document": wire.encoded(version.document),
                "VersionId": version.id,
                "IsDefaultVersion": version.number == policy.default,
                "CreateDate": wire.instant(version.created_at),
            }
            for version in reversed(policy.versions)
        ]
    return [
        {
            "Document": wire.encoded(policy.document),
            "VersionId": policy.default_version_id,
            "IsDefaultVersion": True,
            "CreateDate": policy.update_date,
        }
    ]


def _certificate_columns(certificates: list[tuple[bool, float]]) -> Iterator[str]:
    """Of (is active, last changed) pairs."""
    for index in range(SIGNING_CERTIFICATES_PER_USER_MAX):
        if index < len(certificates):
            is_active, changed_at = certificates[index]
            yield from (_flag(is_active), _time(changed_at))
        else:
            yield from ("false", NONE)


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _time(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).isoformat()
