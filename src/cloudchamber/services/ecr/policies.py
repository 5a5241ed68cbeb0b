"""Policies: SetRepositoryPolicy, GetRepositoryPolicy, DeleteRepositoryPolicy, and the registry's: PutRegistryPolicy,
GetRegistryPolicy, DeleteRegistryPolicy.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry-permissions.html
A repository's policy decides with IAM; its statements speak of the repository, and have no Resource. ECR gives both
kinds back written anew, as Java's Jackson prints.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import operation
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, compile_policy, parse_json, principal_values
from cloudchamber.identity.evaluate import AccessRequest, resource_grant
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.ecr.base import EcrBase
from cloudchamber.services.ecr.errors import InvalidParameter, RegistryPolicyNotFound, RepositoryPolicyNotFound, invalid
from cloudchamber.services.ecr.repository import Registry, Repository

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.ecr import shapes

_LOCKOUT = "The policy would prevent you from setting another one in the future; use force to set it all the same"


class Policies(EcrBase):
    @operation
    async def set_repository_policy(
        self, ctx: Context, request: shapes.SetRepositoryPolicyRequest
    ) -> shapes.SetRepositoryPolicyResponse:
        found, text = self.repository(ctx, request), request["policyText"]
        document = checked(ctx, text, "repository")
        if any("Resource" in one or "NotResource" in one for one in _statements(document)):
            raise _refused("repository")
        if not request.get("force") and _locks_out(ctx, found, document):
            raise InvalidParameter(_LOCKOUT)
        now: shapes.SetRepositoryPolicyResponse = _shown(self.save(replace(found, policy=printed(document))))
        return now

    @operation
    async def get_repository_policy(
        self, ctx: Context, request: shapes.GetRepositoryPolicyRequest
    ) -> shapes.GetRepositoryPolicyResponse:
        answer: shapes.GetRepositoryPolicyResponse = _shown(self.repository(ctx, request))
        return answer

    @operation
    async def delete_repository_policy(
        self, ctx: Context, request: shapes.DeleteRepositoryPolicyRequest
    ) -> shapes.DeleteRepositoryPolicyResponse:
        found = self.repository(ctx, request)
        answer: shapes.DeleteRepositoryPolicyResponse = _shown(found)
        self.save(replace(found, policy=None))
        return answer

    @operation
    async def put_registry_policy(
        self, ctx: Context, request: shapes.PutRegistryPolicyRequest
    ) -> shapes.PutRegistryPolicyResponse:
        document = checked(ctx, request["policyText"], "registry")
        if not all("Resource" in one or "NotResource" in one for one in _statements(document)):
            raise _refused("registry")
        text = printed(document)
        with self.platform.store.transaction():
            self.store.registries.put(Registry(ctx.account, ctx.region, text))
        return {"registryId": ctx.account, "policyText": text}

    @operation
    async def get_registry_policy(
        self, ctx: Context, request: shapes.GetRegistryPolicyRequest
    ) -> shapes.GetRegistryPolicyResponse:
        return {"registryId": ctx.account, "policyText": self._registry(ctx).policy}

    @operation
    async def delete_registry_policy(
        self, ctx: Context, request: shapes.DeleteRegistryPolicyRequest
    ) -> shapes.DeleteRegistryPolicyResponse:
        found = self._registry(ctx)
        with self.platform.store.transaction():
            self.store.registries.delete(found.account, found.region)
        return {"registryId": ctx.account, "policyText": found.policy}

    def _registry(self, ctx: Context) -> Registry:
        found = self.store.registries.get(ctx.account, ctx.region)
        if found is None:
            raise RegistryPolicyNotFound(ctx.account)
        return found


def _shown(found: Repository) -> Any:
    if found.policy is None:
        raise RepositoryPolicyNotFound(found.name, found.account)
    return {"registryId": found.account, "repositoryName": found.name, "policyText": found.policy}


def _refused(kind: str) -> InvalidParameter:
    return invalid("PolicyText", f"Invalid {kind} policy provided")


def checked(ctx: Context, text: str, kind: str) -> Any:
    """The document of a policy of a "repository" or "registry". InvalidParameter."""
    try:
        validate_resource_policy(text, vendor="ecr", resource_required=False)
    except MalformedPolicy:
        raise _refused(kind) from None
    document = parse_json(text)
    for statement in _statements(document):
        for _, principal in principal_values(statement.get("Principal", statement.get("NotPrincipal"))):
            is_entity = principal.startswith("arn:") and ":iam:" in principal and "/" in principal
            if is_entity and ctx.resources.find(principal) is None:
                raise invalid("PolicyText", "Principal not found")
    return document


def _statements(document: Any) -> Iterator[Mapping[str, Any]]:
    statements = document["Statement"]
    yield from statements if isinstance(statements, list) else [statements]


def _locks_out(ctx: Context, found: Repository, document: Any) -> bool:
    asked = AccessRequest("ecr:SetRepositoryPolicy", found.arn, ctx.account, RequestContext(ctx.principal, ctx.now()))
    return resource_grant(ctx.principal, compile_policy(document), asked, bounded=False).denied_by is not None


def printed(value: Any, indent: str = "") -> str:
    """JSON as Jackson's default pretty printer writes it: objects on lines of their own, lists on one."""
    if isinstance(value, list):
        return f"[ {', '.join(printed(item, indent) for item in value)} ]" if value else "[ ]"
    if not isinstance(value, Mapping):
        return orjson.dumps(value).decode()
    if not value:
        return "{ }"
    inner = indent + "  "
    members = (f"{inner}{orjson.dumps(key).decode()} : {printed(item, inner)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"
