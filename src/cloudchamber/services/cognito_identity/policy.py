"""What identity pool operations ask IAM. Those that apps call without credentials ask nothing: the token decides.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitoidentity.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, free, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context

PREFIX = "cognito-identity"
# "This is a public API. You do not need any credentials to call this API."
PUBLIC = ("GetId", "GetCredentialsForIdentity", "GetOpenIdToken", "UnlinkIdentity")
_OF_A_POOL = (
    "DeleteIdentityPool", "DescribeIdentityPool", "GetIdentityPoolRoles", "GetOpenIdTokenForDeveloperIdentity",
    "GetPrincipalTagAttributeMap", "ListIdentities", "LookupDeveloperIdentity", "MergeDeveloperIdentities",
    "SetPrincipalTagAttributeMap", "UnlinkDeveloperIdentity",
)  # fmt: skip


def pool_arn(ctx: Context, request: Request) -> str:
    return f"arn:aws:{PREFIX}:{ctx.region}:{ctx.account}:identitypool/{request['IdentityPoolId']}"


def _tag_keys(member: str) -> Any:
    def keys(ctx: Context, request: Request) -> dict[str, Any]:
        tags = dict(request.get(member) or {})
        found: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
        names = list(tags) or list(request.get("TagKeys") or ())
        if names:
            found["aws:TagKeys"] = names
        return found

    return keys


def _creates(ctx: Context, request: Request) -> Iterator[Check]:
    keys = _tag_keys("IdentityPoolTags")(ctx, request)
    yield Check(f"{PREFIX}:CreateIdentityPool", "*", keys)
    if request.get("IdentityPoolTags"):
        yield Check(f"{PREFIX}:TagResource", "*", keys)


def _sets_roles(ctx: Context, request: Request) -> Iterator[Check]:
    """Who hands roles out to users has to be allowed to pass them on."""
    yield Check(f"{PREFIX}:SetIdentityPoolRoles", pool_arn(ctx, request))
    roles = set((request.get("Roles") or {}).values())
    for mapping in (request.get("RoleMappings") or {}).values():
        rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or ()
        roles.update(rule["RoleARN"] for rule in rules)
    for role in sorted(roles):
        yield Check("iam:PassRole", role, {"iam:PassedToService": "cognito-identity.amazonaws.com"})


def _tagged(ctx: Context, request: Request) -> str:
    return str(request["ResourceArn"])


RULES: Mapping[str, Rule] = {
    **dict.fromkeys(PUBLIC, free),
    **{name: on(pool_arn, f"{PREFIX}:{name}") for name in _OF_A_POOL},
    "CreateIdentityPool": _creates,
    "UpdateIdentityPool": on(pool_arn, f"{PREFIX}:UpdateIdentityPool", _tag_keys("IdentityPoolTags")),
    "SetIdentityPoolRoles": _sets_roles,
    "ListTagsForResource": on(_tagged, f"{PREFIX}:ListTagsForResource"),
    "TagResource": on(_tagged, f"{PREFIX}:TagResource", _tag_keys("Tags")),
    "UntagResource": on(_tagged, f"{PREFIX}:UntagResource", _tag_keys("Tags")),
}
