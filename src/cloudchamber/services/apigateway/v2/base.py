"""What the operations of API Gateway V2 share: finding what a request names, pages, changed members, deployments."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core import ids
from cloudchamber.core.pagination import InvalidMarker, page
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.apigateway.plane.lambda_authorizer import Verdicts
from cloudchamber.services.apigateway.store import ApiStore
from cloudchamber.services.apigateway.v2 import limits, policy, records
from cloudchamber.services.apigateway.v2.connections import NORMAL, Connections
from cloudchamber.services.apigateway.v2.directory import LINKED, api_resource, find
from cloudchamber.services.apigateway.v2.errors import BadRequest, no_api, no_part, no_stage
from cloudchamber.services.apigateway.v2.records import Api, Deployment, Part, Stage
from cloudchamber.services.apigateway.v2.store import V2Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.core.resources import Resource

T = TypeVar("T")
# Maps that an update adds to; an empty value takes the key out.
_MERGED = frozenset({
    "RequestParameters", "ResponseParameters", "RequestTemplates", "ResponseTemplates", "RequestModels",
    "ResponseModels", "StageVariables", "RouteSettings",
})  # fmt: skip
_NEVER_EMPTY = (
    "Name", "RouteKey", "RouteResponseKey", "IntegrationType", "IntegrationResponseKey", "AuthorizerType", "Schema",
    "RouteSelectionExpression", "ApiKeySelectionExpression",
)  # fmt: skip
NO_ROUTES = {
    records.HTTP: "Unable to deploy API because no routes exist in this API",
    records.WEBSOCKET: "At least one route is required before deploying the Api.",
}
AUTOMATIC = "Automatic deployment triggered by changes to the Api configuration"


class V2Base(Service):
    name: ClassVar[str] = "apigatewayv2"
    iam_prefix: ClassVar[str] = "apigateway"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store: V2Store = platform.store.shared(V2Store)
        self.shared: ApiStore = platform.store.shared(ApiStore)
        self.connections: Connections = platform.store.shared(Connections)
        self.verdicts = Verdicts(platform.clock.now)

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        return BadRequest(error.message)

    # finding

    def api(self, ctx: Context, request: Request) -> Api:
        """The API a request names; NotFoundException for one that is not the caller's."""
        found = self.store.apis.get(request["ApiId"])
        if found is None or (found.account, found.region) != (ctx.account, ctx.region):
            raise no_api(ctx.account, request["ApiId"])
        return found

    def part(self, api: Api, kind: str, part_id: str, parent: str = "") -> Part:
        found = self.store.parts.get(api.id, kind, parent, part_id)
        if found is None:
            raise no_part(kind, part_id)
        return found

    def stage(self, api: Api, name: str) -> Stage:
        found = self.store.stages.get(api.id, name)
        if found is None:
            raise no_stage()
        return found

    def endpoint_of(self, ctx: Context, api: Api) -> str:
        """Where clients reach an API, by the address they have of this cloud."""
        scheme, _, rest = (ctx.caller.endpoint or self.platform.endpoint).partition("://")
        port = rest.rpartition(":")[2] if ":" in rest.rpartition("]")[2] else ""
        if not api.is_http:
            scheme = "wss" if scheme == "https" else "ws"
        return f"{scheme}://{api.id}.execute-api.{api.region}.localhost" + (f":{port}" if port else "")

    def check_unmapped(self, api: Api, stage: str = "") -> None:
        """BadRequestException if a custom domain leads to the API, or to this stage of it."""
        for mapping in self.shared.mappings.where(api_id=api.id):
            if mapping.stage in (stage, "") or not stage:
                what = "stage" if stage else "API"
                raise BadRequest(
                    f"Deleting {what} failed. Please remove all base path mappings related to the {what} in your "
                    f"domain: {mapping.domain}"
                )

    # changing

    def put_part(self, api: Api, part: Part) -> None:
        """Keep a part, and deploy what is deployed by itself."""
        with self.platform.store.transaction():
            self.store.parts.put(part)
            self.changed(api)

    def drop_part(self, api: Api, part: Part, responses: str = "") -> None:
        with self.platform.store.transaction():
            self.store.remove_part(part, responses)
            self.changed(api)

    def changed(self, api: Api) -> None:
        """Deploy to the stages that follow every change. Inside a transaction."""
        automatic = [stage for stage in self.store.stages.where(api_id=api.id) if stage.is_automatic]
        if automatic:
            self.deploy_by_itself(api, automatic)

    def deploy_by_itself(self, api: Api, stages: Sequence[Stage]) -> None:
        """A deployment for these stages; the automatic ones before it that no stage needs go. In a transaction."""
        now = self.clock.now()
        document = self.store.draft(api)
        if not document["routes"]:
            for stage in stages:
                self._tell(stage, f"Deployment attempt failed: {NO_ROUTES[api.protocol]}", now)
            return
        deployment = Deployment(api.id, new_id(6), now, AUTOMATIC, is_automatic=True)
        self.store.add_deployment(deployment, document)
        for stage in stages:
            text = f"Successfully deployed stage with deployment ID '{deployment.id}'"
            body = {**stage.body, "DeploymentId": deployment.id}
            self._tell(replace(stage, body=body), text, now)
        used = {stage.deployment_id for stage in self.store.stages.where(api_id=api.id)}
        for old in self.store.deployments.where(api_id=api.id):
            if old.is_automatic and old.id not in used:
                self.store.remove_deployment(old)

    def _tell(self, stage: Stage, text: str, now: float) -> None:
        body = {**stage.body, "LastDeploymentStatusMessage": text}
        self.store.stages.put(replace(stage, body=body, updated_at=now, version=stage.version + 1))

    def forget(self, api: Api, stage: str = "") -> None:
        """Close the connections to an API that is gone, or to a stage of it, and drop what authorisers said."""
        for connection in self.connections.of(api.id, stage):
            connection.close(*NORMAL)
        self.verdicts.forget(lambda key: key[0] == api.id and stage in ("", key[1]))

    # Service

    def find(self, arn: str) -> Resource | None:
        return find(self.store, arn)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        apis = self.store.apis.where(**wanted)
        parts: defaultdict[str, list[Part]] = defaultdict(list)
        for part in (part for kind in LINKED if apis for part in self.store.parts.where(kind=kind)):
            parts[part.api_id].append(part)
        yield from (api_resource(api, parts[api.id]) for api in apis)


def new_id(length: int) -> str:
    return ids.alphanumeric(length).lower()


def given(request: Request, members: Iterable[str]) -> dict[str, Any]:
    """Of these members those that a request has, without the empty ones."""
    _check_named(request)
    return {name: request[name] for name in members if request.get(name) not in (None, "")}


def _check_named(request: Request) -> None:
    """BadRequestException for an empty name or key."""
    for name in _NEVER_EMPTY:
        if request.get(name) == "":
            raise BadRequest(f"{name} must not be empty")


def merged(body: Mapping[str, Any], request: Request, members: Iterable[str]) -> dict[str, Any]:
    """A body with the changes of an update: an empty text takes a member out, some maps are added to."""
    _check_named(request)
    changed = dict(body)
    for name in members:
        value = request.get(name)
        if value is None:
            continue
        if name in _MERGED:
            together = {**(body.get(name) or {}), **value}
            value = {key: item for key, item in together.items() if item not in ("", {})}
        if value == "":
            changed.pop(name, None)
        else:
            changed[name] = value
    return changed


def listed(request: Request, found: Sequence[T], key: Callable[[T], str], show: Callable[[T], Any]) -> dict[str, Any]:
    """A page of a listing, in the order of `key`. BadRequestException for a token or a number that is none."""
    text = request.get("MaxResults")
    if text is not None and not (str(text).isdigit() and 1 <= int(text) <= limits.PAGE_MAX):
        raise BadRequest("Invalid value for maxResults")
    ordered = sorted(found, key=key)
    try:
        chosen, token = page(ordered, key, int(text or limits.PAGE_MAX), request.get("NextToken"))
    except InvalidMarker:
        raise BadRequest("Invalid nextToken") from None
    answer: dict[str, Any] = {"Items": [show(one) for one in chosen]}
    return answer | ({"NextToken": token} if token else {})
