"""What ECR's operations share: finding repositories, and their face to the directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Service
from cloudchamber.services.ecr import policy
from cloudchamber.services.ecr.errors import RepositoryNotFound, of_framework
from cloudchamber.services.ecr.store import EcrStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.services.ecr.repository import Repository


class EcrBase(Service):
    name: ClassVar[str] = "ecr"

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = EcrStore(platform.store)
        self.rules = policy.rules(self.store)

    def repository(self, ctx: Context, request: Request) -> Repository:
        """The repository that a request names, in the caller's registry or in another's. RepositoryNotFound."""
        return self.named(ctx, request, request["repositoryName"])

    def named(self, ctx: Context, request: Request, name: str) -> Repository:
        registry = request.get("registryId") or ctx.account
        found = self.store.repositories.get(registry, ctx.region, name)
        if found is None:
            raise RepositoryNotFound(name, registry)
        return found

    def save(self, repository: Repository) -> Repository:
        with self.platform.store.transaction():
            return self.store.repositories.put(repository)

    # Service

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        return of_framework(error)

    def find(self, arn: str) -> Resource | None:
        found = self.store.by_arn(arn)
        return None if found is None else _resource(found)

    def resource_policy(self, arn: str) -> str | None:
        found = self.store.by_arn(arn)
        return None if found is None else found.policy

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        return (_resource(found) for found in self.store.repositories.where(**wanted))


def _resource(found: Repository) -> Resource:
    links = (found.kms_key,) if found.kms_key else ()
    shown = {"RepositoryUri": found.uri, "ImageTagMutability": found.mutability}
    return Resource(
        found.arn, "AWS::ECR::Repository", found.name, found.account, found.region, found.tags, found.policy, links,
        shown,
    )  # fmt: skip
