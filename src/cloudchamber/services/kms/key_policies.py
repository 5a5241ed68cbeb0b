"""Key policies: the default, what a policy must be, and PutKeyPolicy, GetKeyPolicy, ListKeyPolicies.

https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, compile_policy, parse_json, principal_values
from cloudchamber.identity.evaluate import AccessRequest, resource_grant
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.kms import limits
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.errors import LimitExceeded, MalformedPolicyDocument, NotFound
from cloudchamber.services.kms.policy import refused

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes
    from cloudchamber.services.kms.key import Key

NAME = "default"  # the only name a key policy can have


def default_policy(account: str) -> str:
    """The policy of a key that was made without one: the account, and through it IAM, decides. Laid out as AWS does."""
    return (
        '{\n  "Version" : "2012-10-17",\n  "Id" : "key-default-1",\n  "Statement" : [ {\n'
        '    "Sid" : "Enable IAM User Permissions",\n    "Effect" : "Allow",\n    "Principal" : {\n'
        f'      "AWS" : "arn:aws:iam::{account}:root"\n    }},\n'
        '    "Action" : "kms:*",\n    "Resource" : "*"\n  } ]\n}'
    )


class KeyPolicies(KmsBase):
    @operation
    async def put_key_policy(self, ctx: Context, request: shapes.PutKeyPolicyRequest) -> None:
        key = self.key(ctx, request)
        if key.managed_for:
            raise refused(ctx, "kms:PutKeyPolicy", key.arn)
        _check_name(request.get("PolicyName"))
        changed = replace(key, policy=request["Policy"])
        check(ctx, changed, bypass=bool(request.get("BypassPolicyLockoutSafetyCheck")))
        with self.platform.store.transaction():
            self.store.keys.put(changed)

    @operation
    async def get_key_policy(self, ctx: Context, request: shapes.GetKeyPolicyRequest) -> shapes.GetKeyPolicyResponse:
        key = self.key(ctx, request)
        _check_name(request.get("PolicyName"))
        return {"Policy": key.policy, "PolicyName": NAME}

    @operation
    async def list_key_policies(
        self, ctx: Context, request: shapes.ListKeyPoliciesRequest
    ) -> shapes.ListKeyPoliciesResponse:
        self.key(ctx, request)
        return {"PolicyNames": [NAME], "Truncated": False}


def _check_name(name: str | None) -> None:
    if name not in (None, NAME):
        raise NotFound("No such policy exists")


def check(ctx: Context, key: Key, *, bypass: bool) -> None:
    """Whether `key.policy` can be the policy of that key. MalformedPolicyDocument, LimitExceeded.

    Unless bypassed, it must let the caller change it again.
    """
    if len(key.policy.encode()) > limits.POLICY_BYTES_MAX:
        raise LimitExceeded(f"The key policy exceeds {limits.POLICY_BYTES_MAX} bytes.")
    try:
        body = parse_json(key.policy)
        _check_statements(ctx, body)
        validate_resource_policy(key.policy)
    except MalformedPolicy as error:
        raise MalformedPolicyDocument(error.message) from None
    if bypass:
        return
    asked = AccessRequest(
        "kms:PutKeyPolicy", key.arn, key.account, RequestContext(ctx.principal, ctx.now()), trust=True
    )
    granted = resource_grant(ctx.principal, compile_policy(body), asked, bounded=False)
    if granted.denied_by is not None or granted.match is None:
        raise MalformedPolicyDocument("The new key policy will not allow you to update the key policy in the future.")


def _check_statements(ctx: Context, body: object) -> None:
    """Principals must be there and exist."""
    statements = body.get("Statement", []) if isinstance(body, dict) else []
    for statement in statements if isinstance(statements, list) else [statements]:
        if not isinstance(statement, dict):
            continue  # the validator says what is wrong with it
        principal = statement.get("Principal", statement.get("NotPrincipal"))
        if not principal or (isinstance(principal, dict) and not any(principal.values())):
            raise MalformedPolicyDocument("Policy contains a statement with no principal.")
        for kind, value in principal_values(principal):
            if kind == "AWS" and not _exists(ctx, value):
                raise MalformedPolicyDocument("Policy contains a statement with one or more invalid principals.")


def _exists(ctx: Context, principal: str) -> bool:
    """Whether an AWS principal exists: users and roles are looked up, accounts and sessions taken at their word."""
    if principal.startswith("arn:") and ":iam:" in principal and (":user/" in principal or ":role/" in principal):
        return ctx.resources.find(principal) is not None
    return principal == "*" or principal.startswith("arn:") or (len(principal) == 12 and principal.isdigit())
