"""Repositories: CreateRepository, DescribeRepositories, DeleteRepository, PutImageTagMutability,
PutImageScanningConfiguration, DescribeRegistry.

https://docs.aws.amazon.com/AmazonECR/latest/userguide/Repositories.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import operation
from cloudchamber.services.ecr.base import EcrBase
from cloudchamber.services.ecr.errors import KmsError, RepositoryAlreadyExists, invalid
from cloudchamber.services.ecr.limits import FILTER_WILDCARDS_MAX, PAGE
from cloudchamber.services.ecr.repository import AES256, EXCLUDING, MUTABLE, Repository, described, mutability, named
from cloudchamber.services.ecr.tags import merged

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.ecr import shapes

DEFAULT_KEY = "alias/aws/ecr"


class Repositories(EcrBase):
    @operation
    async def create_repository(
        self, ctx: Context, request: shapes.CreateRepositoryRequest
    ) -> shapes.CreateRepositoryResponse:
        registry, name = request.get("registryId") or ctx.account, request["repositoryName"]
        kind, excluded = _mutability(request)
        tags = merged({}, request.get("tags") or ())
        encryption, key = await _encryption(ctx, request.get("encryptionConfiguration") or {})
        if self.store.repositories.get(registry, ctx.region, name) is not None:
            raise RepositoryAlreadyExists(name, registry)
        scans = bool((request.get("imageScanningConfiguration") or {}).get("scanOnPush"))
        made = Repository(registry, ctx.region, name, ctx.now(), kind, excluded, scans, encryption, key, tags)
        return {"repository": described(self.save(made))}

    @operation
    async def describe_repositories(
        self, ctx: Context, request: shapes.DescribeRepositoriesRequest
    ) -> shapes.DescribeRepositoriesResponse:
        names = request.get("repositoryNames")
        if names:
            if "maxResults" in request or "nextToken" in request:
                raise invalid("repositoryNames", "must not be combined with maxResults and nextToken")
            return {"repositories": [described(self.named(ctx, request, name)) for name in dict.fromkeys(names)]}
        registry = request.get("registryId") or ctx.account
        found = self.store.repositories.where(account=registry, region=ctx.region)
        limit, token = request.get("maxResults") or PAGE, request.get("nextToken")
        try:
            chosen, more = page(found, lambda one: one.name, limit, token)
        except InvalidMarker:
            raise invalid("nextToken", "must be a token that this operation has given") from None
        answer: shapes.DescribeRepositoriesResponse = {"repositories": [described(one) for one in chosen]}
        if more:
            answer["nextToken"] = more
        return answer

    @operation
    async def delete_repository(
        self, ctx: Context, request: shapes.DeleteRepositoryRequest
    ) -> shapes.DeleteRepositoryResponse:
        found = self.repository(ctx, request)  # it holds no image, so `force` has nothing to overcome
        with self.platform.store.transaction():
            self.store.repositories.delete(found.account, found.region, found.name)
        return {"repository": described(found)}

    @operation
    async def put_image_tag_mutability(
        self, ctx: Context, request: shapes.PutImageTagMutabilityRequest
    ) -> shapes.PutImageTagMutabilityResponse:
        found = self.repository(ctx, request)
        kind, excluded = _mutability(request)
        now = self.save(replace(found, mutability=kind, excluded_tags=excluded))
        answer: Any = {**named(now), **mutability(now)}
        shown: shapes.PutImageTagMutabilityResponse = answer
        return shown

    @operation
    async def put_image_scanning_configuration(
        self, ctx: Context, request: shapes.PutImageScanningConfigurationRequest
    ) -> shapes.PutImageScanningConfigurationResponse:
        found = self.repository(ctx, request)
        scans = bool(request["imageScanningConfiguration"].get("scanOnPush"))
        self.save(replace(found, scans_on_push=scans))
        return {
            "registryId": found.account,
            "repositoryName": found.name,
            "imageScanningConfiguration": {"scanOnPush": scans},
        }

    @operation
    async def describe_registry(
        self, ctx: Context, request: shapes.DescribeRegistryRequest
    ) -> shapes.DescribeRegistryResponse:
        """Nothing is replicated: there is no PutReplicationConfiguration to ask for it."""
        return {"registryId": ctx.account, "replicationConfiguration": {"rules": []}}


def _mutability(request: Request) -> tuple[str, tuple[str, ...]]:
    """Which tags may move, and the patterns of those that are excepted. InvalidParameter."""
    kind = request.get("imageTagMutability") or MUTABLE
    filters = [one["filter"] for one in request.get("imageTagMutabilityExclusionFilters") or ()]
    if bool(filters) != (kind in EXCLUDING):
        must = "must be given" if kind in EXCLUDING else "must not be given"
        raise invalid("imageTagMutabilityExclusionFilters", f"{must} with the image tag mutability {kind}")
    if any(pattern.count("*") > FILTER_WILDCARDS_MAX for pattern in filters):
        raise invalid("imageTagMutabilityExclusionFilters", f"must have at most {FILTER_WILDCARDS_MAX} wildcards")
    return kind, tuple(filters)


async def _encryption(ctx: Context, wanted: Request) -> tuple[str, str]:
    """The kind of encryption, and the ARN of the KMS key if there is one. InvalidParameter, KmsError.

    The key is looked at as the caller; it has to be symmetric and enabled.
    """
    kind, key = wanted.get("encryptionType") or AES256, wanted.get("kmsKey")
    if kind == AES256:
        if key:
            raise invalid("encryptionConfiguration", "kmsKey must not be given with the encryption type AES256")
        return kind, ""
    try:
        found = (await ctx.call("kms:DescribeKey", KeyId=key or DEFAULT_KEY))["KeyMetadata"]
    except AwsError as error:
        if error.status >= 500:
            raise
        raise _refused(error.code, error.message) from None
    if found["KeySpec"] != "SYMMETRIC_DEFAULT":
        raise _refused("InvalidKeyUsageException", f"{found['Arn']} is not a symmetric key.")
    if found["KeyState"] == "Disabled":
        raise _refused("DisabledException", f"{found['Arn']} is disabled.")
    if found["KeyState"] != "Enabled":
        raise _refused("KMSInvalidStateException", f"{found['Arn']} is {found['KeyState']}.")
    return kind, str(found["Arn"])


def _refused(code: str, message: str) -> KmsError:
    return KmsError(message, members={"kmsError": code})
