"""Managed policies and their versions: a customer's, and AWS's own to read.

https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.service import operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_identity_policy
from cloudchamber.services.iam import limits, managed_policies, wire
from cloudchamber.services.iam.base import IamBase
from cloudchamber.services.iam.errors import (
    AccessDenied,
    DeleteConflict,
    EntityAlreadyExists,
    InvalidInput,
    LimitExceeded,
    MalformedPolicyDocument,
    NoSuchEntity,
    no_such_policy,
    over_quota,
)
from cloudchamber.services.iam.managed_policies import ManagedPolicy
from cloudchamber.services.iam.paging import first_page, page_of, start
from cloudchamber.services.iam.records import CustomerPolicy, PolicyVersion
from cloudchamber.services.iam.tags import with_tags
from cloudchamber.services.iam.trust import policy_size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.iam import shapes


def check_document(document: str, *, managed: bool = False) -> None:
    """MalformedPolicyDocument with IAM's message."""
    try:
        validate_identity_policy(document, managed=managed)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.message) from None


def _check_managed(document: str) -> None:
    if policy_size(document) > limits.MANAGED_POLICY_CHARS_MAX:
        raise over_quota("PolicySize", limits.MANAGED_POLICY_CHARS_MAX)
    check_document(document, managed=True)


def _no_version(arn: str, version_id: str) -> NoSuchEntity:
    return NoSuchEntity(f"Policy {arn} version {version_id} does not exist or is not attachable.")


class Policies(IamBase):
    def any_policy(self, arn: str) -> CustomerPolicy | ManagedPolicy:
        """A customer's or AWS's managed policy. NoSuchEntity; InvalidInput for what is no ARN."""
        if not arn.startswith("arn:"):
            raise InvalidInput(f"ARN {arn} is not valid.")
        found = self.policy_by_arn(arn)
        if found is None:
            raise no_such_policy(arn)
        return found

    def _own_policy(self, ctx: Context, arn: str, operation_name: str) -> CustomerPolicy:
        """A policy to change. AWS's own are changed by nobody."""
        found = self.any_policy(arn)
        if isinstance(found, ManagedPolicy):
            raise AccessDenied(
                f"User: {ctx.principal.arn} is not authorized to perform: iam:{operation_name} on resource: "
                f"policy {found.name}"
            )
        return found

    @operation
    async def create_policy(self, ctx: Context, request: shapes.CreatePolicyRequest) -> shapes.CreatePolicyResponse:
        name, document = request["PolicyName"], request["PolicyDocument"]
        tags = with_tags({}, request.get("Tags") or (), ignore_case=False)
        _check_managed(document)
        if self.store.policies.get(ctx.account, name.lower()) is not None:
            raise EntityAlreadyExists(f"A policy called {name} already exists. Duplicate names are not allowed.")
        if self.store.policies.count(account=ctx.account) >= limits.POLICIES_MAX:
            raise over_quota("PoliciesPerAccount", limits.POLICIES_MAX)
        now = ctx.now()
        policy = CustomerPolicy(
            ctx.account,
            name,
            request.get("Path") or "/",
            ids.iam_id("ANPA"),
            now,
            now,
            (PolicyVersion(1, document, now),),
            description=request.get("Description"),
            tags=tags,
        )
        self.store.policies.put(policy)
        shown = wire.policy(self.store, ctx.account, policy)
        shown.pop("Description", None)
        if not tags:
            del shown["Tags"]
        return {"Policy": shown}

    @operation
    async def get_policy(self, ctx: Context, request: shapes.GetPolicyRequest) -> shapes.GetPolicyResponse:
        return {"Policy": wire.policy(self.store, ctx.account, self.any_policy(request["PolicyArn"]))}

    @operation
    async def delete_policy(self, ctx: Context, request: shapes.DeletePolicyRequest) -> None:
        policy = self._own_policy(ctx, request["PolicyArn"], "DeletePolicy")
        used = self.store.attachment_count(ctx.account, policy.arn) + self.store.boundary_count(ctx.account, policy.arn)
        if used:
            raise DeleteConflict("Cannot delete a policy attached to entities.")
        if len(policy.versions) > 1:
            raise DeleteConflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                "versions. The default version is deleted with the policy."
            )
        self.store.policies.delete(ctx.account, policy.key)

    # listing

    @operation
    async def list_policies(self, ctx: Context, request: shapes.ListPoliciesRequest) -> shapes.ListPoliciesResponse:
        """A customer's policies by name, then AWS's by ARN."""
        found, paging = first_page(self._listed_policies(ctx, request), _list_key, request)
        return {
            **paging,
            "Policies": [wire.policy(self.store, ctx.account, policy, detailed=False) for policy in found],
        }

    def _listed_policies(self, ctx: Context, request: Request) -> Iterator[CustomerPolicy | ManagedPolicy]:
        scope, prefix = request.get("Scope") or "All", request.get("PathPrefix") or "/"
        used = self._used(ctx, request)
        for policy in self._of_scope(ctx, scope, start(request)):
            if policy.path.startswith(prefix) and (used is None or policy.arn in used):
                yield policy

    def _of_scope(self, ctx: Context, scope: str, after: str | None) -> Iterator[CustomerPolicy | ManagedPolicy]:
        if scope in ("All", "Local") and (after is None or after[0] == _OWN):
            after_name = None if after is None else after[1:]
            yield from self.store.walk(self.store.policies, lambda policy: policy.key, ctx.account, after_name)
        if scope in ("All", "AWS"):
            for policy in managed_policies.load().values():
                if after is None or _list_key(policy) > after:
                    yield policy

    def _used(self, ctx: Context, request: Request) -> set[str] | None:
        """The ARNs that OnlyAttached and PolicyUsageFilter leave; None for all."""
        usage = request.get("PolicyUsageFilter")
        if not request.get("OnlyAttached") and usage is None:
            return None
        attached = self.store.attached_arns(ctx.account)
        boundaries = self.store.boundary_arns(ctx.account)
        if usage == "PermissionsBoundary":
            return boundaries
        return attached if usage == "PermissionsPolicy" else attached | boundaries

    # versions

    @operation
    async def create_policy_version(
        self, ctx: Context, request: shapes.CreatePolicyVersionRequest
    ) -> shapes.CreatePolicyVersionResponse:
        policy = self._own_policy(ctx, request["PolicyArn"], "CreatePolicyVersion")
        _check_managed(request["PolicyDocument"])
        if len(policy.versions) >= limits.POLICY_VERSIONS_MAX:
            raise LimitExceeded(
                f"A managed policy can have up to {limits.POLICY_VERSIONS_MAX} versions. Before you create a new "
                "version, you must delete an existing version."
            )
        version = PolicyVersion(policy.newest + 1, request["PolicyDocument"], ctx.now())
        is_default = bool(request.get("SetAsDefault"))
        self.store.policies.put(
            replace(
                policy,
                versions=(*policy.versions, version),
                newest=version.number,
                default=version.number if is_default else policy.default,
                updated_at=ctx.now(),
            )
        )
        shown: shapes.PolicyVersion = {
            "VersionId": version.id,
            "IsDefaultVersion": is_default,
            "CreateDate": wire.instant(version.created_at),
        }
        return {"PolicyVersion": shown}

    @operation
    async def get_policy_version(
        self, ctx: Context, request: shapes.GetPolicyVersionRequest
    ) -> shapes.GetPolicyVersionResponse:
        arn, version_id = request["PolicyArn"], request["VersionId"]
        versions = _versions(self.any_policy(arn), with_document=True)
        found = next((version for version in versions if version.get("VersionId") == version_id), None)
        if found is None:
            raise _no_version(arn, version_id)
        return {"PolicyVersion": found}

    @operation
    async def list_policy_versions(
        self, ctx: Context, request: shapes.ListPolicyVersionsRequest
    ) -> shapes.ListPolicyVersionsResponse:
        """Newest first."""
        versions = _versions(self.any_policy(request["PolicyArn"]), with_document=False)
        found, paging = page_of(versions, _newest_first, request)
        return {**paging, "Versions": found}

    @operation
    async def set_default_policy_version(self, ctx: Context, request: shapes.SetDefaultPolicyVersionRequest) -> None:
        policy = self._own_policy(ctx, request["PolicyArn"], "SetDefaultPolicyVersion")
        version = self._version(policy, request["VersionId"])
        self.store.policies.put(replace(policy, default=version.number, updated_at=ctx.now()))

    @operation
    async def delete_policy_version(self, ctx: Context, request: shapes.DeletePolicyVersionRequest) -> None:
        policy = self._own_policy(ctx, request["PolicyArn"], "DeletePolicyVersion")
        gone = self._version(policy, request["VersionId"])
        if gone.number == policy.default:
            raise DeleteConflict("Cannot delete the default version of a policy.")
        kept = tuple(version for version in policy.versions if version.number != gone.number)
        self.store.policies.put(replace(policy, versions=kept, updated_at=ctx.now()))

    @staticmethod
    def _version(policy: CustomerPolicy, version_id: str) -> PolicyVersion:
        found = policy.version(version_id)
        if found is None:
            raise _no_version(policy.arn, version_id)
        return found


_OWN = "0"  # before AWS's policies in a list


def _list_key(policy: CustomerPolicy | ManagedPolicy) -> str:
    return f"1{policy.arn}" if isinstance(policy, ManagedPolicy) else f"{_OWN}{policy.key}"


def _newest_first(version: shapes.PolicyVersion) -> str:
    number = int((version.get("VersionId") or "v0")[1:].partition(".")[0])
    return f"{10**9 - number:010d}"


def _versions(policy: CustomerPolicy | ManagedPolicy, *, with_document: bool) -> list[shapes.PolicyVersion]:
    """Of AWS's policies only the default version is known here."""
    if isinstance(policy, ManagedPolicy):
        rows = [(policy.default_version_id, True, policy.update_date, policy.document)]
    else:
        rows = [(v.id, v.number == policy.default, v.created_at, v.document) for v in policy.versions]
    shown: list[shapes.PolicyVersion] = []
    for version_id, is_default, created_at, document in rows:
        item: shapes.PolicyVersion = {
            "VersionId": version_id,
            "IsDefaultVersion": is_default,
            "CreateDate": wire.instant(created_at),
        }
        if with_document:
            item["Document"] = wire.encoded(document)
        shown.append(item)
    return shown
