"""What Lambda's operations share: finding functions, versions and aliases, pages of listings, resources."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import orjson

from cloudchamber.core import ids
from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.identity import principals
from cloudchamber.services.lambda_ import configuration, directory, limits, names, policy
from cloudchamber.services.lambda_.code import Packages
from cloudchamber.services.lambda_.errors import (
    FunctionNotFound,
    InvalidParameterValue,
    PreconditionFailed,
    ResourceNotFound,
)  # fmt: skip
from cloudchamber.services.lambda_.names import LATEST, FunctionName
from cloudchamber.services.lambda_.records import EVENT_INVOKE
from cloudchamber.services.lambda_.store import LambdaStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_.records import Alias, Function, Layer, Setting, Version

LAMBDA = principals.service("lambda.amazonaws.com")
R = TypeVar("R")


class LambdaBase(Service):
    name: ClassVar[str] = "lambda"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = LambdaStore(platform.store)
        self.folder = platform.folder.absolute() / "runtime"
        self.packages = Packages(platform.blobs, self.folder)

    # finding

    def named(self, ctx: Context, request: Request) -> FunctionName:
        return names.parse(ctx, request["FunctionName"], request.get("Qualifier"))

    def function(self, name: FunctionName) -> Function:
        """ResourceNotFoundException."""
        found = self.store.functions.get(*name.key)
        if found is None:
            raise FunctionNotFound(name.qualified_arn)
        return found

    def version(self, name: FunctionName) -> Version:
        """The version a name stands for: an alias' main one, $LATEST without a qualifier. ResourceNotFoundException."""
        alias = self.alias(name)
        found = self.store.versions.get(*name.key, alias.version if alias else name.qualifier or LATEST)
        if found is None:
            raise FunctionNotFound(name.qualified_arn)
        return found

    def alias(self, name: FunctionName) -> Alias | None:
        if not name.qualifier or name.qualifier == LATEST or name.qualifier.isdigit():
            return None
        return self.store.aliases.get(*name.key, name.qualifier)

    def alias_named(self, name: FunctionName, alias: str) -> Alias:
        self.function(name)
        found = self.store.aliases.get(*name.key, alias)
        if found is None:
            raise ResourceNotFound(f"Cannot find alias arn: {name.arn}:{alias}")
        return found

    def qualified(self, ctx: Context, request: Request) -> FunctionName:
        """A function with a qualifier that exists, or none."""
        name = self.named(ctx, request)
        self.version(name)
        return name

    def routed(self, name: FunctionName) -> Version:
        """The version that takes an invocation; an alias' weights draw it."""
        alias = self.alias(name)
        if alias is not None and alias.weights:
            drawn = ids.number(53) / 2**53
            for version, weight in alias.weights.items():
                drawn -= weight
                if drawn < 0:
                    found = self.store.versions.get(*name.key, version)
                    if found is not None:
                        return found
        return self.version(name)

    def layers_of(self, version: Version) -> list[Layer]:
        found = (self._any_layer(arn) for arn in version.settings.get("Layers") or ())
        return [layer for layer in found if layer is not None]

    def layer_by_arn(self, arn: str) -> Layer | None:
        """A layer version that has not been deleted."""
        found = self._any_layer(arn)
        return None if found is None or found.is_deleted else found

    def _any_layer(self, arn: str) -> Layer | None:
        parts = arn.split(":")
        if len(parts) != 8 or parts[5] != "layer" or not parts[7].isdigit():
            return None
        return self.store.layers.get(parts[4], parts[3], parts[6], int(parts[7]))

    def shown(self, version: Version, is_qualified: bool = False) -> dict[str, Any]:
        return configuration.shown(version, self.layers_of(version), is_qualified)

    # Service

    def find(self, arn: str) -> Resource | None:
        name = names.of_arn(arn)
        if name is None:
            return self._other(arn)
        function = self.store.functions.get(*name.key)
        if function is None:
            return None
        try:
            version = self.version(name)
        except FunctionNotFound:
            return None
        settings = self.store.settings.where(
            account=name.account, region=name.region, function=name.name, kind=EVENT_INVOKE
        )
        return directory.of_function(function, version, arn, self.resource_policy(arn), settings)

    def _other(self, arn: str) -> Resource | None:
        """A layer version or an event source mapping."""
        head, _, uuid = arn.rpartition(":event-source-mapping:")
        if head:
            mapping = self.store.mappings.get(uuid)
            return None if mapping is None or mapping.arn != arn else directory.of_mapping(mapping)
        layer = self.layer_by_arn(arn)
        return None if layer is None else Resource(
            arn, "AWS::Lambda::LayerVersion", layer.name, layer.account, layer.region, policy=self.resource_policy(arn)
        )  # fmt: skip

    def resource_policy(self, arn: str) -> str | None:
        found = self.store.policies.get(arn)
        return None if found is None else document(found.statements)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        policies = {policy.arn: policy.statements for policy in self.store.policies}
        settings: defaultdict[str, list[Setting]] = defaultdict(list)
        for setting in self.store.settings.where(kind=EVENT_INVOKE, **wanted):
            settings[setting.function_arn].append(setting)
        for function in self.store.functions.where(**wanted):
            arn = function.arn
            version = self.store.versions.get(function.account, function.region, function.name, LATEST)
            if version is not None:
                policy = document(policies[arn]) if arn in policies else None
                yield directory.of_function(function, version, arn, policy, settings.get(arn, ()))
        yield from map(directory.of_mapping, self.store.mappings.where(**wanted))


def session_name(function: str) -> str:
    """The name of a role's session: the function's, which may be too short or too long for one."""
    return function[:64].ljust(2, "_")


def document(statements: Sequence[Mapping[str, Any]]) -> str:
    """A resource policy as AWS writes it."""
    return orjson.dumps({"Version": "2012-10-17", "Id": "default", "Statement": list(statements)}).decode()


def check_revision(request: Request, revision: str) -> None:
    """PreconditionFailedException if the caller has seen another one."""
    if request.get("RevisionId") and request["RevisionId"] != revision:
        raise PreconditionFailed


def paged(request: Request, items: Sequence[R], key: Callable[[R], str], member: str) -> tuple[list[R], dict[str, str]]:
    """A page of a listing and the member with the next marker; `member` is NextMarker wherever Lambda lists."""
    try:
        limit = min(request.get("MaxItems") or limits.LIST_PAGE, limits.LIST_PAGE)
        chosen, marker = page(sorted(items, key=key), key, limit, request.get("Marker"))
    except InvalidMarker:
        raise InvalidParameterValue("Invalid pagination token") from None
    return chosen, {member: marker} if marker else {}
