"""Policies of parameters, by which other accounts read them: PutResourcePolicy, GetResourcePolicies,
DeleteResourcePolicy.

https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.core.arn import account_of
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.ssm import limits
from cloudchamber.services.ssm.base import SsmBase
from cloudchamber.services.ssm.errors import (
    MalformedResourcePolicy,
    ResourceNotFound,
    ResourcePolicyConflict,
    ResourcePolicyInvalidParameter,
    ResourcePolicyLimitExceeded,
    ResourcePolicyNotFound,
)
from cloudchamber.services.ssm.parameter import ADVANCED

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.ssm import shapes
    from cloudchamber.services.ssm.parameter import Parameter


def _hash(policy: str) -> str:
    """What names this text of a policy."""
    return hashlib.sha256(policy.encode()).hexdigest()


class Sharing(SsmBase):
    @operation
    async def put_resource_policy(
        self, ctx: Context, request: shapes.PutResourcePolicyRequest
    ) -> shapes.PutResourcePolicyResponse:
        found, text = self._own(ctx, request), request["Policy"]
        if found.tier != ADVANCED:
            raise ResourcePolicyInvalidParameter("To share a parameter, it must use the advanced-parameter tier.")
        if len(text.encode()) > limits.RESOURCE_POLICY_BYTES_MAX:
            raise ResourcePolicyLimitExceeded(
                f"A resource policy can't be greater than {limits.RESOURCE_POLICY_BYTES_MAX} bytes.",
                members={"Limit": limits.RESOURCE_POLICY_BYTES_MAX, "LimitType": "SIZE_LIMIT"},
            )
        try:
            validate_resource_policy(text, vendor="ssm")
        except MalformedPolicy as error:
            raise MalformedResourcePolicy(error.message) from None
        if request.get("PolicyId") or request.get("PolicyHash"):
            self._check_current(found, request)
        elif found.resource_policy is not None:
            raise ResourcePolicyLimitExceeded(
                "A parameter can have one resource policy. To change it, give its PolicyId and PolicyHash.",
                members={"Limit": 1, "LimitType": "COUNT_LIMIT"},
            )
        policy_id = found.resource_policy_id or ids.uuid()
        with self.platform.store.transaction():
            self.store.parameters.put(replace(found, resource_policy=text, resource_policy_id=policy_id))
        return {"PolicyId": policy_id, "PolicyHash": _hash(text)}

    @operation
    async def get_resource_policies(
        self, ctx: Context, request: shapes.GetResourcePoliciesRequest
    ) -> shapes.GetResourcePoliciesResponse:
        found = self._own(ctx, request)
        text = found.resource_policy
        if text is None:
            return {"Policies": []}
        return {"Policies": [{"PolicyId": found.resource_policy_id, "PolicyHash": _hash(text), "Policy": text}]}

    @operation
    async def delete_resource_policy(self, ctx: Context, request: shapes.DeleteResourcePolicyRequest) -> None:
        found = self._own(ctx, request)
        self._check_current(found, request)
        with self.platform.store.transaction():
            self.store.parameters.put(replace(found, resource_policy=None, resource_policy_id=""))

    def _own(self, ctx: Context, request: Request) -> Parameter:
        """The parameter behind a ResourceArn. ResourceNotFound; NotImplemented for other kinds of resource."""
        arn = request["ResourceArn"]
        if not arn.startswith("arn:") or ":parameter/" not in arn:
            if ":opsitemgroup/" in arn or ":document/" in arn:
                raise NotImplementedByUs("resource policies are implemented in cloudchamber for parameters only")
            raise ResourcePolicyInvalidParameter(f"The resource ARN {arn} is not valid.")
        found = self.store.by_arn(arn)
        if found is None or account_of(arn) != ctx.account or found.region != ctx.region:
            raise ResourceNotFound(f"The resource {arn} was not found.")
        return found

    @staticmethod
    def _check_current(found: Parameter, request: Request) -> None:
        """The policy that a request means is the one there is. ResourcePolicyNotFound, ResourcePolicyConflict."""
        if found.resource_policy is None or request.get("PolicyId") != found.resource_policy_id:
            raise ResourcePolicyNotFound("No policies with the specified policy ID and hash could be found.")
        if request.get("PolicyHash") != _hash(found.resource_policy):
            raise ResourcePolicyConflict(
                "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to "
                "update an obsolete policy version or when multiple requests to update a policy are sent."
            )
