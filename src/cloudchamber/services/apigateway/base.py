"""What the operations on REST APIs share: finding things and saying what is not there, pages, names, tags."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from cloudchamber.core import ids
from cloudchamber.core.pagination import InvalidMarker
from cloudchamber.core.pagination import page as page_of
from cloudchamber.core.resources import Resource, links_of
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.apigateway import limits, links, policy, records
from cloudchamber.services.apigateway.errors import BadRequest, LimitExceeded, NotFound, no_api
from cloudchamber.services.apigateway.records import Domain, RestApi
from cloudchamber.services.apigateway.store import ApiStore
from cloudchamber.services.apigateway.v2 import directory
from cloudchamber.services.apigateway.v2.store import V2Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError, ValidationError
    from cloudchamber.services.apigateway.records import ApiMapping, Part, Stage

R = TypeVar("R")
Answer = dict[str, Any]
_ARN = re.compile(r"arn:aws[\w-]*:apigateway:([\w-]*):\d*:/(.+)$")
_MISSING = {
    records.RESOURCE: "Invalid Resource identifier specified",
    records.AUTHORIZER: "Invalid Authorizer identifier specified",
    records.VALIDATOR: "Invalid Request Validator identifier specified",
    records.DOCUMENTATION: "Invalid Documentation part identifier specified",
    records.DOCUMENTATION_VERSION: "Invalid Documentation version specified",
}


class ApiGatewayBase(Service):
    name: ClassVar[str] = "apigateway"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store: ApiStore = platform.store.shared(ApiStore)

    # finding

    def api(self, ctx: Context, request: Request) -> RestApi:
        """The API a request names; NotFoundException."""
        found = self.store.apis.get(request["restApiId"])
        if found is None or (found.account, found.region) != (ctx.account, ctx.region):
            raise no_api(ctx.account, request["restApiId"])
        return found

    def part(self, api: RestApi, kind: str, part_id: str) -> Part:
        found = self.store.parts.get(api.id, kind, part_id)
        if found is None:
            if kind == records.MODEL:
                raise NotFound(f"Invalid model name specified: {part_id}")
            raise NotFound(_MISSING[kind])
        return found

    def api_stage(self, api: RestApi, name: str) -> Stage:
        found = self.store.stages.get(api.id, name)
        if found is None:
            raise NotFound("Invalid stage identifier specified")
        return found

    # Service

    def invalid(self, error: ValidationError, request: Request) -> AwsError:
        return BadRequest(error.message)

    def tagged(self, arn: str) -> Any:
        """The record that an ARN names, or None."""
        match = _ARN.match(arn)
        if match is None:
            return None
        kind, _, rest = match[2].partition("/")
        if kind == "restapis":
            api_id, _, stage = rest.partition("/stages/")
            return self.store.stages.get(api_id, stage) if stage else self.store.apis.get(api_id)
        place = {"apikeys": self.store.keys, "usageplans": self.store.plans}.get(kind)
        kept = {"vpclinks": records.VPC_LINK, "clientcertificates": records.CERTIFICATE}.get(kind)
        table: Any = place or (self.store.kept if kept else self.store.domains if kind == "domainnames" else None)
        if table is None:
            return None
        wanted = {"name": rest} if kind == "domainnames" else {"id": rest}
        return next(iter(table.where(region=match[1], limit=1, **wanted, **({"kind": kept} if kept else {}))), None)

    def find(self, arn: str) -> Resource | None:
        found = self.tagged(arn)
        if found is None:  # version 2 has the same service in its ARNs
            return directory.find(self.platform.store.shared(V2Store), arn)
        return _resource(found, *self._links(found))

    def _links(self, found: Any) -> Iterator[str | None]:
        if isinstance(found, RestApi):
            yield from _reached(found, [part for kind in _LINKED for part in self.store.of(found.id, kind)])
        elif isinstance(found, Domain):
            mapped = self.store.mappings.where(account=found.account, region=found.region, domain=found.name)
            yield from map(self._api_arn, mapped)

    def _api_arn(self, mapping: ApiMapping) -> str:
        kind = "apis" if self.store.apis.get(mapping.api_id) is None else "restapis"
        return f"arn:aws:apigateway:{mapping.region}::/{kind}/{mapping.api_id}"

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        apis = self.store.apis.where(**wanted)
        parts: defaultdict[str, list[Part]] = defaultdict(list)
        for part in (part for kind in _LINKED if apis for part in self.store.parts.where(kind=kind)):
            parts[part.api_id].append(part)
        stages: defaultdict[str, list[Stage]] = defaultdict(list)
        for stage in self.store.stages if apis else ():
            stages[stage.api_id].append(stage)
        for api in apis:
            yield _resource(api, *_reached(api, parts[api.id]))
            yield from map(_resource, stages[api.id])
        for table in (self.store.keys, self.store.plans):
            yield from (_resource(one) for one in table.where(**wanted))
        yield from (_resource(domain, *self._links(domain)) for domain in self.store.domains.where(**wanted))


def _reached(api: RestApi, parts: Sequence[Part]) -> Iterator[str | None]:
    for part in parts:
        yield from _LINKED[part.kind](part.body, api.account)


_LINKED = {records.RESOURCE: links.of_resource, records.AUTHORIZER: links.of_authorizer}
_TYPES = {"RestApi": "RestApi", "Stage": "Stage", "ApiKey": "ApiKey", "UsagePlan": "UsagePlan", "Domain": "DomainName"}


def _resource(record: Any, *reached: str | None) -> Resource:
    kind = _TYPES.get(type(record).__name__) or {records.VPC_LINK: "VpcLink"}.get(record.kind, "ClientCertificate")
    name = record.name if kind in ("Stage", "DomainName") else record.body.get("name") or record.id
    if kind == "Stage":
        reached = (f"arn:aws:apigateway:{record.region}::/restapis/{record.api_id}",)
    # The policies of APIs and domains are about who may call them, not about these resources.
    return Resource(
        record.arn, f"AWS::ApiGateway::{kind}", name, record.account, record.region, record.tags, None,
        links_of(*reached),
    )  # fmt: skip


def paged(request: Request, found: Sequence[R], key: Callable[[R], str]) -> tuple[list[R], dict[str, str]]:
    """A page of what was found, in the order of `key`, and the member that has the position of the next, if any."""
    limit = request.get("limit")
    if limit is None:
        limit = limits.PAGE
    elif not 1 <= limit <= limits.PAGE_MAX:
        raise BadRequest(f"Invalid limit parameter specified. Must be between 1 and {limits.PAGE_MAX}")
    try:
        chosen, position = page_of(sorted(found, key=key), key, limit, request.get("position"))
    except InvalidMarker:
        raise BadRequest("Invalid position parameter specified") from None
    return chosen, {} if position is None else {"position": position}


def new_id(length: int = 6) -> str:
    """An identifier as AWS makes them: lower case letters and digits."""
    return ids.alphanumeric(length).lower()


def picked(request: Request, *names: str) -> Answer:
    """The members of those names that a request has."""
    return {name: request[name] for name in names if request.get(name) is not None}


def said(body: Mapping[str, Any]) -> Answer:
    """Without the members that an empty text has taken away."""
    return {name: value for name, value in body.items() if value != ""}


def check_tags(tags: Mapping[str, str]) -> dict[str, str]:
    if any(key.lower().startswith("aws:") for key in tags):
        raise BadRequest("Tag keys starting with 'aws:' are reserved for internal use")
    if len(tags) > limits.TAGS_MAX:
        raise LimitExceeded(f"The number of tags exceeds the limit of {limits.TAGS_MAX}")
    return dict(tags)
