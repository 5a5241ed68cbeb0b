"""The account itself: its alias, and the summary of what IAM holds for it.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.iam import limits
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import EntityAlreadyExists, NoSuchEntity
from cloudchamber.services.iam.paging import page_of

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.iam import shapes

_QUOTAS = {
    "UsersQuota": limits.USERS_MAX,
    "GroupsQuota": limits.GROUPS_MAX,
    "RolesQuota": limits.ROLES_MAX,
    "InstanceProfilesQuota": limits.INSTANCE_PROFILES_MAX,
    "PoliciesQuota": limits.POLICIES_MAX,
    "PolicySizeQuota": limits.MANAGED_POLICY_CHARS_MAX,
    "PolicyVersionsInUseQuota": limits.POLICY_VERSIONS_IN_USE_MAX,
    "VersionsPerPolicyQuota": limits.POLICY_VERSIONS_MAX,
    "AssumeRolePolicySizeQuota": limits.TRUST_POLICY_CHARS_MAX,
    "UserPolicySizeQuota": limits.USER_INLINE_CHARS_MAX,
    "GroupPolicySizeQuota": limits.GROUP_INLINE_CHARS_MAX,
    "RolePolicySizeQuota": limits.ROLE_INLINE_CHARS_MAX,
    "GroupsPerUserQuota": limits.GROUPS_PER_USER_MAX,
    "AccessKeysPerUserQuota": limits.ACCESS_KEYS_PER_USER_MAX,
    "AttachedPoliciesPerUserQuota": limits.ATTACHED_POLICIES_PER_USER_MAX,
    "AttachedPoliciesPerGroupQuota": limits.ATTACHED_POLICIES_PER_GROUP_MAX,
    "AttachedPoliciesPerRoleQuota": limits.ATTACHED_POLICIES_PER_ROLE_MAX,
    "ServerCertificatesQuota": limits.SERVER_CERTIFICATES_MAX,
    "SigningCertificatesPerUserQuota": limits.SIGNING_CERTIFICATES_PER_USER_MAX,
}


class Accounts(IamBase):
    @operation
    async def create_account_alias(self, ctx: Context, request: shapes.CreateAccountAliasRequest) -> None:
        """An account has one alias, unlike any other account's; a new one takes the place of the old."""
        alias = request["AccountAlias"]
        if self.store.accounts.where(alias=alias):
            raise EntityAlreadyExists(f"The account alias {alias} already exists.")
        self.store.accounts.put(replace(self.store.settings_of(ctx.account), alias=alias))

    @operation
    async def delete_account_alias(self, ctx: Context, request: shapes.DeleteAccountAliasRequest) -> None:
        settings = self.store.settings_of(ctx.account)
        if settings.alias != request["AccountAlias"]:
            raise NoSuchEntity(f"The account alias with name {request['AccountAlias']} cannot be found.")
        self.store.accounts.put(replace(settings, alias=None))

    @operation
    async def list_account_aliases(
        self, ctx: Context, request: shapes.ListAccountAliasesRequest
    ) -> shapes.ListAccountAliasesResponse:
        alias = self.store.settings_of(ctx.account).alias
        aliases, paging = page_of([alias] if alias else [], lambda text: text, request)
        return {**paging, "AccountAliases": aliases}

    @operation
    async def get_account_summary(self, ctx: Context, request: object) -> shapes.GetAccountSummaryResponse:
        return {"SummaryMap": {**_QUOTAS, **self.counts(ctx.account)}}

    def counts(self, account: str) -> dict[str, int]:
        store = self.store
        return {
            "Users": store.users.count(account=account),
            "Groups": store.groups.count(account=account),
            "Roles": store.roles.count(account=account),
            "InstanceProfiles": store.profiles.count(account=account),
            "Policies": store.policies.count(account=account),
            "PolicyVersionsInUse": store.versions_in_use(account),
            "ServerCertificates": 0,
            "Providers": 0,
            "MFADevices": 0,
            "MFADevicesInUse": 0,
            "AccountMFAEnabled": 0,
            "AccountAccessKeysPresent": int(bool(store.keys_of(account))),
            "AccountPasswordPresent": 1,
            "AccountSigningCertificatesPresent": 0,
            "GlobalEndpointTokenVersion": 1,
            **super().counts(account),
        }
