"""What a stage leads to, compiled: the methods of a deployment with the stage's settings and variables.

It is made of a snapshot (`ApiStore.snapshot`) once, and again when the stage changes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.plane.backends import Backend
from cloudchamber.services.apigateway.plane.media_types import BinaryTypes
from cloudchamber.services.apigateway.plane.parameter_mapping import Value, compiled
from cloudchamber.services.apigateway.plane.routes import Routes
from cloudchamber.services.apigateway.plane.throttling import Allowance, allowance
from cloudchamber.services.apigateway.plane.validation import RequestValidator, Schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

PATHS_MAX, PATH_CHARS_MAX = 4096, 256  # whose method is remembered


@dataclass
class Method:
    """One method of a resource, on one stage. `body` is AWS's Method."""

    resource_id: str
    resource_path: str
    name: str  # as it was made: `GET`, `ANY`
    body: Mapping[str, Any]
    settings: Mapping[str, Any]
    backend: Backend | None  # None where no integration was made
    validator: RequestValidator
    authorizer: Mapping[str, Any] | None
    caches: bool
    cache_keys: list[Value] = field(default_factory=list)
    cache_namespace: str = ""
    throttle: Allowance | None = None  # the stage's limits; None for none

    def __post_init__(self) -> None:
        self.needs_key = bool(self.body.get("apiKeyRequired"))
        self.authorization: str = self.body.get("authorizationType") or "NONE"


@dataclass(slots=True)
class Resource:
    id: str
    path: str
    methods: dict[str, Method]

    def method(self, name: str) -> Method | None:
        return self.methods.get(name) or self.methods.get("ANY")


class Deployed:
    """A deployment on a stage. `stage` is AWS's Stage, without those settings that a canary overrides."""

    def __init__(self, snapshot: Mapping[str, Any], stage: Mapping[str, Any], deployment_id: str, born: float) -> None:
        """`born`: when the stage was made, by which another one of its name is told from it."""
        self.api: Mapping[str, Any] = snapshot["api"]
        self.stage = stage
        self.deployment_id = deployment_id
        self.born = born
        self.has_own_cache = False  # a canary's that does not share its stage's
        self.variables: Mapping[str, str] = stage.get("variables") or {}
        self.policy: str | None = self.api.get("policy") or None
        self.responses: Mapping[str, Mapping[str, Any]] = snapshot.get("gatewayResponses") or {}
        self.binary = BinaryTypes(self.api.get("binaryMediaTypes") or ())
        size = self.api.get("minimumCompressionSize")
        self.compresses_from: int | None = None if size is None else int(size)
        self.is_for_domains_only = bool(self.api.get("disableExecuteApiEndpoint"))
        self.keys_from_authorizer = self.api.get("apiKeySource") == "AUTHORIZER"
        self.cache_gb = float(stage.get("cacheClusterSize") or 0.5) if stage.get("cacheClusterEnabled") else 0.0
        settings = (stage.get("methodSettings") or {}).items()
        self._settings = {key.replace("~1", "/").lstrip("/"): one for key, one in settings}
        self._schemas = Schemas(snapshot.get("models") or {})
        self._authorizers = {one["id"]: one for one in snapshot.get("authorizers") or ()}
        self._validators = {one["id"]: one for one in snapshot.get("requestValidators") or ()}
        self._routes: Routes[Resource] = Routes()
        self.resources: dict[str, Resource] = {}
        self._found: dict[tuple[str, str], tuple[Method, dict[str, str]] | None] = {}
        for one in snapshot["resources"]:
            if one.get("methods"):
                methods = {name: self._method(one, name, body) for name, body in one["methods"].items()}
                resource = Resource(one["id"], one["path"], methods)
                self.resources[resource.id] = resource
                self._routes.add(resource.path, resource)

    def find(self, verb: str, path: str) -> tuple[Method, dict[str, str]] | None:
        """The method that takes a verb at a path as sent, and the path's parameters."""
        key = (verb, path)
        try:
            return self._found[key]
        except KeyError:
            pass
        found = self._routes.find(path, lambda resource: resource.method(verb) is not None)
        method = None if found is None else found[0].method(verb)
        known = None if found is None or method is None else (method, found[1])
        if len(path) <= PATH_CHARS_MAX:
            if len(self._found) >= PATHS_MAX:
                self._found.clear()
            self._found[key] = known
        return known

    def _method(self, resource: Mapping[str, Any], name: str, body: Mapping[str, Any]) -> Method:
        integration: Mapping[str, Any] | None = body.get("methodIntegration")
        settings, is_own = self.settings_of(resource["path"], name)
        caches = bool(self.cache_gb and settings.get("cachingEnabled")) and (is_own or name == "GET")
        validator = self._validators.get(body.get("requestValidatorId") or "") or {}
        method = Method(
            resource["id"], resource["path"], name, body, settings,
            None if integration is None else Backend(integration, self.binary),
            RequestValidator(body, validator, self._schemas), self._authorizers.get(body.get("authorizerId") or ""),
            caches, throttle=allowance(settings.get("throttlingRateLimit"), settings.get("throttlingBurstLimit")),
        )  # fmt: skip
        if integration is not None:
            method.cache_keys = [compiled(key) for key in sorted(integration.get("cacheKeyParameters") or ())]
            method.cache_namespace = integration.get("cacheNamespace") or resource["id"]
        return method

    def settings_of(self, path: str, method: str) -> tuple[Mapping[str, Any], bool]:
        """The stage's settings for a method, and whether they are the method's own."""
        own = self._settings.get(f"{path.lstrip('/')}/{method}".lstrip("/"))
        general = self._settings.get("*/*") or {}
        return ({**general, **own}, True) if own is not None else (general, False)
