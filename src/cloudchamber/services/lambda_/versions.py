"""Versions and aliases: what is published never changes, and an alias says which version takes invocations."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation
from cloudchamber.services.lambda_.base import check_revision, paged
from cloudchamber.services.lambda_.errors import (
    FunctionNotFound,
    InvalidParameterValue,
    PreconditionFailed,
    ResourceConflict,
)  # fmt: skip
from cloudchamber.services.lambda_.execution import Execution
from cloudchamber.services.lambda_.names import LATEST
from cloudchamber.services.lambda_.records import Alias, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes


class Versions(Execution):
    @operation
    async def publish_version(
        self, ctx: Context, request: shapes.PublishVersionRequest
    ) -> shapes.FunctionConfiguration:
        name = self.named(ctx, request)
        self.function(name)
        latest = self.store.versions.get(*name.key, LATEST)
        if latest is None:
            raise FunctionNotFound(name.arn)
        check_revision(request, latest.revision)
        expected = request.get("CodeSha256")
        if expected and expected != latest.code.sha256:
            raise InvalidParameterValue(
                f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({latest.code.sha256}). "
                "Please try again with the CodeSHA256 in $LATEST."
            )
        with self.platform.store.transaction():
            published = self.publish(latest, request.get("Description"))
        return self.shown(published, is_qualified=True)  # type: ignore[return-value]

    def publish(self, latest: Version, description: str | None = None) -> Version:
        """The next version; the last one again if nothing has changed since. Inside a transaction."""
        key = (latest.account, latest.region, latest.name)
        function = self.store.functions.get(*key)
        assert function is not None
        settings = latest.settings if description is None else {**latest.settings, "Description": description}
        last = self.store.versions.get(*key, str(function.next_version - 1))
        if last is not None and last.code.sha256 == latest.code.sha256 and _alike(last.settings, settings):
            return last
        number = function.next_version
        published = replace(latest, version=str(number), number=number, settings=settings, revision=ids.uuid())
        self.store.versions.put(published)
        self.store.functions.put(replace(function, next_version=number + 1))
        return published

    @operation
    async def list_versions_by_function(
        self, ctx: Context, request: shapes.ListVersionsByFunctionRequest
    ) -> shapes.ListVersionsByFunctionResponse:
        name = self.named(ctx, request)
        self.function(name)
        found = self.store.versions.where(account=name.account, region=name.region, name=name.name)
        chosen, marker = paged(request, found, lambda v: f"{v.number:012d}", "NextMarker")
        return {"Versions": [self.shown(v, is_qualified=True) for v in chosen], **marker}  # type: ignore[typeddict-item]

    def check_unaliased(self, version: Version) -> None:
        """ResourceConflictException for a version that an alias names."""
        aliases = self.store.aliases.where(account=version.account, region=version.region, function=version.name)
        by = [a.name for a in aliases if version.version == a.version or version.version in a.weights]
        if by:
            raise ResourceConflict(
                f"Cannot delete the version because the following aliases reference it: {', '.join(by)}"
            )

    # aliases

    @operation
    async def create_alias(self, ctx: Context, request: shapes.CreateAliasRequest) -> shapes.AliasConfiguration:
        name = self.named(ctx, request)
        self.function(name)
        if self.store.aliases.get(*name.key, request["Name"]) is not None:
            raise ResourceConflict(f"Alias already exists: {name.arn}:{request['Name']}")
        alias = Alias(
            *name.key, request["Name"], request["FunctionVersion"], request.get("Description") or "",
            _weights(request), ids.uuid(),
        )  # fmt: skip
        self._check_alias(alias)
        self.store.aliases.put(alias)
        return shown_alias(alias)

    def _check_alias(self, alias: Alias) -> None:
        """Every version it names has to be there; weights need published ones."""
        for version in (alias.version, *alias.weights):
            if self.store.versions.get(alias.account, alias.region, alias.function, version) is None:
                raise FunctionNotFound(f"{alias.arn.rpartition(':')[0]}:{version}")
        if alias.weights and LATEST in (alias.version, *alias.weights):
            raise InvalidParameterValue("$LATEST is not supported for an alias pointing to more than 1 version")
        if alias.version in alias.weights:
            raise InvalidParameterValue(
                f"Invalid function version {alias.version}. Function version {alias.version} is already included in "
                "routing configuration."
            )
        if len(alias.weights) > 1:
            raise InvalidParameterValue("Number of items in AdditionalVersionWeights cannot be greater than 1")

    @operation
    async def get_alias(self, ctx: Context, request: shapes.GetAliasRequest) -> shapes.AliasConfiguration:
        return shown_alias(self.alias_named(self.named(ctx, request), request["Name"]))

    @operation
    async def list_aliases(self, ctx: Context, request: shapes.ListAliasesRequest) -> shapes.ListAliasesResponse:
        name = self.named(ctx, request)
        self.function(name)
        found = self.store.aliases.where(account=name.account, region=name.region, function=name.name)
        wanted = request.get("FunctionVersion")
        found = [a for a in found if wanted in (None, a.version, *a.weights)]
        chosen, marker = paged(request, found, lambda a: a.name, "NextMarker")
        return {"Aliases": [shown_alias(alias) for alias in chosen], **marker}  # type: ignore[typeddict-item]

    @operation
    async def update_alias(self, ctx: Context, request: shapes.UpdateAliasRequest) -> shapes.AliasConfiguration:
        alias = self.alias_named(self.named(ctx, request), request["Name"])
        if request.get("RevisionId") and request["RevisionId"] != alias.revision:
            raise PreconditionFailed
        changed = replace(
            alias, version=request.get("FunctionVersion") or alias.version,
            description=request.get("Description", alias.description),
            weights=_weights(request) if request.get("RoutingConfig") is not None else alias.weights,
            revision=ids.uuid(),
        )  # fmt: skip
        self._check_alias(changed)
        self.store.aliases.put(changed)
        return shown_alias(changed)

    @operation
    async def delete_alias(self, ctx: Context, request: shapes.DeleteAliasRequest) -> dict[str, Any]:
        name = self.named(ctx, request)
        self.function(name)
        with self.platform.store.transaction():
            self.store.aliases.delete(*name.key, request["Name"])  # one that is not there is as good as deleted
            self.store.policies.delete(f"{name.arn}:{request['Name']}")
        return {}


def _weights(request: Request) -> dict[str, float]:
    return dict((request.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {})


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return one == other


def shown_alias(alias: Alias) -> shapes.AliasConfiguration:
    answer: shapes.AliasConfiguration = {
        "AliasArn": alias.arn, "Name": alias.name, "FunctionVersion": alias.version, "Description": alias.description,
        "RevisionId": alias.revision,
    }  # fmt: skip
    if alias.weights:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": alias.weights}
    return answer
