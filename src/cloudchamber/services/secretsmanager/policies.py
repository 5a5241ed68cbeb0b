"""Policies of secrets: PutResourcePolicy, GetResourcePolicy, DeleteResourcePolicy, ListResourcePolicies,
ValidateResourcePolicy.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import operation
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, compile_policy, parse_json, principal_values
from cloudchamber.identity.evaluate import AccessRequest, resource_grant
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.secretsmanager.base import SecretsBase
from cloudchamber.services.secretsmanager.errors import InvalidParameter, MalformedPolicyDocument, PublicPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.secretsmanager import shapes

DEFAULT = "default"
# Conditions that keep a statement for everybody from being a public one.
_NARROWING = frozenset({
    "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:sourceaccount",
    "aws:sourcearn", "aws:sourceip", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid",
    "aws:username", "aws:sourceorgid", "kms:calleraccount",
})  # fmt: skip
_PUBLIC = "This resource policy grants broad access to the secret."
_LOCKOUT = "This resource policy would lock you out: it denies you to change the policy in the future."


def _check_name(request: Request) -> None:
    if request.get("PolicyName", DEFAULT) != DEFAULT:
        raise InvalidParameter(f"You can only use the policy name {DEFAULT}.")


class Policies(SecretsBase):
    @operation
    async def put_resource_policy(
        self, ctx: Context, request: shapes.PutResourcePolicyRequest
    ) -> shapes.PutResourcePolicyResponse:
        secret, text = self.writable(ctx, request), request["ResourcePolicy"]
        _check_name(request)
        check(ctx, text)
        if request.get("BlockPublicPolicy") and is_public(text):
            raise PublicPolicy(
                "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access "
                "to the secret."
            )
        with self.platform.store.transaction():
            self.save(replace(secret, policy=text))
        answer: shapes.PutResourcePolicyResponse = {"ARN": secret.arn, "Name": secret.name}
        if "PolicyName" in request:
            answer["PolicyName"] = DEFAULT
        return answer

    @operation
    async def get_resource_policy(
        self, ctx: Context, request: shapes.GetResourcePolicyRequest
    ) -> shapes.GetResourcePolicyResponse:
        secret = self.live(ctx, request)
        _check_name(request)
        answer: shapes.GetResourcePolicyResponse = {"ARN": secret.arn, "Name": secret.name}
        if secret.policy is not None:
            answer["ResourcePolicy"] = secret.policy
        if "PolicyName" in request:
            answer["PolicyName"] = DEFAULT
        return answer

    @operation
    async def delete_resource_policy(
        self, ctx: Context, request: shapes.DeleteResourcePolicyRequest
    ) -> shapes.DeleteResourcePolicyResponse:
        secret = self.writable(ctx, request)
        _check_name(request)
        with self.platform.store.transaction():
            self.save(replace(secret, policy=None))
        answer: shapes.DeleteResourcePolicyResponse = {"ARN": secret.arn, "Name": secret.name}
        if "PolicyName" in request:
            answer["PolicyName"] = DEFAULT
        return answer

    @operation
    async def list_resource_policies(
        self, ctx: Context, request: shapes.ListResourcePoliciesRequest
    ) -> shapes.ListResourcePoliciesResponse:
        secret = self.live(ctx, request)
        self.after(request.get("NextToken"))
        return {"ResourcePolicies": [] if secret.policy is None else [{"PolicyName": DEFAULT}]}

    @operation
    async def validate_resource_policy(
        self, ctx: Context, request: shapes.ValidateResourcePolicyRequest
    ) -> shapes.ValidateResourcePolicyResponse:
        if request.get("SecretId"):
            arn = self.live(ctx, request).arn
        else:
            ctx.meter("secretsmanager.requests")
            arn = f"arn:aws:secretsmanager:{ctx.region}:{ctx.account}:secret:any"
        text, errors = request["ResourcePolicy"], list[Any]()
        check(ctx, text)
        if is_public(text):
            errors.append({"CheckName": "PublicPolicyCheck", "ErrorMessage": _PUBLIC})
        if _locks_out(ctx, arn, text):
            errors.append({"CheckName": "LockoutCheck", "ErrorMessage": _LOCKOUT})
        return {"PolicyValidationPassed": not errors, "ValidationErrors": errors}


def check(ctx: Context, text: str) -> None:
    """Whether a secret can have this policy; MalformedPolicyDocument."""
    try:
        validate_resource_policy(text, vendor="secretsmanager")
    except MalformedPolicy as error:
        if error.kind == "principal":
            raise MalformedPolicyDocument("This resource policy contains an unsupported principal.") from None
        raise MalformedPolicyDocument("This resource policy contains a syntax error.") from None
    for _, principal in _principals(text):
        named = principal.startswith("arn:") and ":iam:" in principal and "/" in principal
        if named and ctx.resources.find(principal) is None:
            raise MalformedPolicyDocument("This resource policy contains an unsupported principal.")


def _statements(text: str) -> Iterator[dict[str, Any]]:
    body = parse_json(text)
    statements = body["Statement"]
    yield from statements if isinstance(statements, list) else [statements]


def _principals(text: str) -> Iterator[tuple[str, str]]:
    for statement in _statements(text):
        yield from principal_values(statement.get("Principal", statement.get("NotPrincipal")))


def is_public(text: str) -> bool:
    """Whether a policy allows everybody, with no condition on who they are or where they come from."""
    for statement in _statements(text):
        if statement["Effect"] != "Allow":
            continue
        everybody = "NotPrincipal" in statement or any(
            value == "*" for _, value in principal_values(statement["Principal"])
        )
        keys = {key.lower() for block in (statement.get("Condition") or {}).values() for key in block}
        if everybody and not keys & _NARROWING:
            return True
    return False


def _locks_out(ctx: Context, arn: str, text: str) -> bool:
    asked = AccessRequest(
        "secretsmanager:PutResourcePolicy", arn, ctx.account, RequestContext(ctx.principal, ctx.now())
    )
    return resource_grant(ctx.principal, compile_policy(parse_json(text)), asked, bounded=False).denied_by is not None
