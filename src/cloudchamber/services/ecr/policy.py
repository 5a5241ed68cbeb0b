"""What ECR's operations ask IAM: the action, the repository's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerregistry.html
Operations of a whole registry ask for their action on anything, as AWS does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check
from cloudchamber.services.ecr.repository import arn

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.ecr.store import EcrStore

_ON_A_REPOSITORY = (
    "BatchGetImage", "DeleteLifecyclePolicy", "DeleteRepository", "DeleteRepositoryPolicy", "DescribeImages",
    "GetLifecyclePolicy", "GetRepositoryPolicy", "ListImages", "PutImageScanningConfiguration",
    "PutImageTagMutability", "PutLifecyclePolicy", "SetRepositoryPolicy",
)  # fmt: skip
_ON_AN_ARN = ("ListTagsForResource", "TagResource", "UntagResource")


def _request_keys(request: Request) -> dict[str, Any]:
    tags = request.get("tags") or ()
    keys: dict[str, Any] = {f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags}
    tag_keys = [tag["Key"] for tag in tags] or list(request.get("tagKeys") or ())
    if tag_keys:
        keys["aws:tagkeys"] = tag_keys
    return keys


class Permissions:
    """The rules over one store, in which they look repositories up."""

    def __init__(self, store: EcrStore) -> None:
        self._store = store

    def _check(self, action: str, resource: str, request: Request) -> Check:
        keys = _request_keys(request)
        found = self._store.by_arn(resource)
        if found is not None:
            keys |= {f"ecr:resourcetag/{name.lower()}": value for name, value in found.tags.items()}
        return Check(f"ecr:{action}", resource, keys)

    def on_repository(self, action: str) -> Rule:
        return lambda ctx, request: (self._check(action, _arn(ctx, request, request["repositoryName"]), request),)

    def on_arn(self, action: str) -> Rule:
        return lambda ctx, request: (self._check(action, request["resourceArn"], request),)

    def create(self, ctx: Context, request: Request) -> Iterator[Check]:
        """Tags of a new repository need leave of their own."""
        made = _arn(ctx, request, request["repositoryName"])
        yield self._check("CreateRepository", made, request)
        if request.get("tags"):
            yield self._check("TagResource", made, request)

    def describe(self, ctx: Context, request: Request) -> Iterator[Check]:
        for name in request.get("repositoryNames") or ("*",):
            yield self._check("DescribeRepositories", _arn(ctx, request, name), request)


def _arn(ctx: Context, request: Request, name: str) -> str:
    return arn(request.get("registryId") or ctx.account, ctx.region, name)


def rules(store: EcrStore) -> Mapping[str, Rule]:
    asks = Permissions(store)
    return {
        **{name: asks.on_repository(name) for name in _ON_A_REPOSITORY},
        **{name: asks.on_arn(name) for name in _ON_AN_ARN},
        "CreateRepository": asks.create,
        "DescribeRepositories": asks.describe,
    }
