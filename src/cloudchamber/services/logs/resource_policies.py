"""Resource policies, with which an account lets services write to its log groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.logs import limits
from cloudchamber.services.logs.base import LogsBase
from cloudchamber.services.logs.errors import InvalidParameter, LimitExceeded, NoLogGroup, not_found
from cloudchamber.services.logs.positions import page_token, read_page_token
from cloudchamber.services.logs.subscriptions import check_policy
from cloudchamber.services.logs.tables import ResourcePolicy

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.logs import shapes


class ResourcePolicies(LogsBase):
    @operation
    async def put_resource_policy(
        self, ctx: Context, request: shapes.PutResourcePolicyRequest
    ) -> shapes.PutResourcePolicyResponse:
        document, (resource, name) = request.get("policyDocument"), self._key(request)
        if not document:
            raise InvalidParameter("policyDocument is required.")
        if not resource and len(document.encode()) > limits.RESOURCE_POLICY_BYTES_MAX:
            raise InvalidParameter(f"The policy document exceeds {limits.RESOURCE_POLICY_BYTES_MAX} bytes.")
        check_policy(document)
        was = self.store.policies.get(ctx.account, ctx.region, resource, name)
        self._check_revision(was, request)
        of_account = self.store.policies.where(account=ctx.account, region=ctx.region, resource="")
        if not resource and was is None and len(of_account) >= limits.RESOURCE_POLICIES_MAX:
            raise LimitExceeded
        revision = ids.token_bytes(16).hex()
        made = ResourcePolicy(ctx.account, ctx.region, name, resource, document, self.now_ms(), revision)
        with self.platform.store.transaction():
            self.store.policies.put(made)
        self.policies_changed()
        return {"resourcePolicy": _shown(made), "revisionId": revision}

    @operation
    async def delete_resource_policy(self, ctx: Context, request: shapes.DeleteResourcePolicyRequest) -> None:
        resource, name = self._key(request)
        was = self.store.policies.get(ctx.account, ctx.region, resource, name)
        if was is None:
            raise not_found("policy") if resource else not_found(f"policy with name [{name}]")
        self._check_revision(was, request)
        with self.platform.store.transaction():
            self.store.policies.delete(ctx.account, ctx.region, resource, name)
        self.policies_changed()

    @operation
    async def describe_resource_policies(
        self, ctx: Context, request: shapes.DescribeResourcePoliciesRequest
    ) -> shapes.DescribeResourcePoliciesResponse:
        found = self.store.policies.where(account=ctx.account, region=ctx.region)
        if request.get("resourceArn"):
            found = [one for one in found if one.resource == request["resourceArn"]]
        elif request.get("policyScope") == "RESOURCE":
            found = [one for one in found if one.resource]
        else:
            found = [one for one in found if not one.resource]
        after, limit = read_page_token(request.get("nextToken")).get("pair"), request.get("limit") or limits.LIST_MAX
        rest = [one for one in found if after is None or (one.resource, one.name) > tuple(after)]
        shown: Any = [_shown(one) for one in rest[:limit]]
        if len(rest) > limit:
            last = rest[limit - 1]
            return {"resourcePolicies": shown, "nextToken": page_token(pair=(last.resource, last.name))}
        return {"resourcePolicies": shown}

    def _key(self, request: Request) -> tuple[str, str]:
        """The resource and the name of a policy, one of which is empty."""
        resource, name = request.get("resourceArn") or "", request.get("policyName") or ""
        if resource:
            if self.store.group_by_arn(resource) is None:
                raise NoLogGroup
            return resource.removesuffix(":*"), ""
        if not name:
            raise InvalidParameter("policyName or resourceArn is required.")
        return "", name

    @staticmethod
    def _check_revision(was: ResourcePolicy | None, request: Request) -> None:
        expected = request.get("expectedRevisionId")
        if expected is not None and (was is None or was.revision != expected):
            raise AwsError("The expected revision does not match.", code="OperationAbortedException")


def _shown(policy: ResourcePolicy) -> Any:
    shown = {
        "policyDocument": policy.document, "lastUpdatedTime": policy.updated_at, "revisionId": policy.revision,
        "policyScope": "RESOURCE" if policy.resource else "ACCOUNT",
    }  # fmt: skip
    return {**shown, "resourceArn": policy.resource} if policy.resource else {**shown, "policyName": policy.name}
