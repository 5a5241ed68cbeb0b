"""What STS operations ask IAM, and who may not ask at all.

The trust policy of a role is its resource policy; it has to allow. Web identity and SAML callers are known only after
their token was verified: those two operations put the same question themselves (`federation.py`).
https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AccessDenied
from cloudchamber.core.service import Check, Request, Rule, free
from cloudchamber.services.sts import tags as session_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal


def denied(principal: Principal, action: str, resource: str) -> AccessDenied:
    return AccessDenied(f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource}")


def tag_keys(tags: Mapping[str, str], transitive: list[str]) -> dict[str, Any]:
    """Condition keys of tags that a session is to get."""
    keys: dict[str, Any] = {f"aws:RequestTag/{key}": value for key, value in tags.items()}
    if tags:
        keys["aws:TagKeys"] = list(tags)
    if transitive:
        keys["sts:TransitiveTagKeys"] = transitive
    return keys


def role_tag_keys(ctx: Context, role_arn: str) -> dict[str, Any]:
    """`iam:ResourceTag/…`, as IAM calls the tags of its own resources."""
    role = ctx.resources.find(role_arn)
    return {} if role is None else {f"iam:ResourceTag/{key}": value for key, value in role.tags.items()}


def _assume_role(ctx: Context, request: Request) -> Iterator[Check]:
    arn, caller = request["RoleArn"], ctx.principal.session
    if ctx.principal.kind == "federated":  # GetFederationToken's sessions may only ask who they are
        raise denied(ctx.principal, "sts:AssumeRole", arn)
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys = tag_keys(tags, list(request.get("TransitiveTagKeys") or ())) | role_tag_keys(ctx, arn)
    keys["sts:RoleSessionName"] = request["RoleSessionName"]
    if request.get("ExternalId"):
        keys["sts:ExternalId"] = request["ExternalId"]
    source_identity = request.get("SourceIdentity") or (caller.source_identity if caller is not None else None)
    if source_identity:
        keys["sts:SourceIdentity"] = source_identity
    if request.get("SerialNumber") and request.get("TokenCode"):
        # Taken as given here; the handler verifies the code before there is a session.
        keys["aws:MultiFactorAuthPresent"], keys["aws:MultiFactorAuthAge"] = "true", "0"
    yield Check("sts:AssumeRole", arn, keys, resource_decides=True)
    if tags or session_tags.inherited(caller):
        yield Check("sts:TagSession", arn, keys, resource_decides=True)
    if source_identity:
        yield Check("sts:SetSourceIdentity", arn, keys, resource_decides=True)


def _long_term_only(ctx: Context, operation: str) -> None:
    if ctx.principal.session is not None or ctx.principal.kind not in ("user", "root"):
        raise AccessDenied(f"Cannot call {operation} with session credentials")


def _get_session_token(ctx: Context, request: Request) -> tuple[()]:
    """No permission is needed, and none can be taken away."""
    _long_term_only(ctx, "GetSessionToken")
    return ()


def _get_federation_token(ctx: Context, request: Request) -> Iterator[Check]:
    _long_term_only(ctx, "GetFederationToken")
    resource = f"arn:aws:sts::{ctx.account}:federated-user/{request['Name']}"
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys = tag_keys(tags, [])
    yield Check("sts:GetFederationToken", resource, keys)
    if tags:
        yield Check("sts:TagSession", resource, keys)


def _unless_restricted(operation: str) -> Rule:
    """Sessions of GetSessionToken and GetFederationToken can call no other operation of STS."""

    def rule(ctx: Context, request: Request) -> tuple[Check]:
        if ctx.principal.session is not None and ctx.principal.kind in ("user", "root", "federated"):
            raise AccessDenied(f"Cannot call {operation} with session credentials")
        return (Check(f"sts:{operation}"),)

    return rule


RULES: Mapping[str, Rule] = {
    "AssumeRole": _assume_role,
    "AssumeRoleWithSAML": free,
    "AssumeRoleWithWebIdentity": free,
    "DecodeAuthorizationMessage": _unless_restricted("DecodeAuthorizationMessage"),
    "GetAccessKeyInfo": _unless_restricted("GetAccessKeyInfo"),
    "GetCallerIdentity": free,
    "GetFederationToken": _get_federation_token,
    "GetSessionToken": _get_session_token,
}
