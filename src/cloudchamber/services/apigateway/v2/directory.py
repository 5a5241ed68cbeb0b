"""APIs and stages as the rest of the cloud may know them, by ARN. Both versions of the API share ARNs' service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.resources import Resource, links_of
from cloudchamber.services.apigateway import links
from cloudchamber.services.apigateway.v2 import records

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudchamber.services.apigateway.v2.records import Api, Part
    from cloudchamber.services.apigateway.v2.store import V2Store


def find(store: V2Store, arn: str) -> Resource | None:
    """The API, or a stage of one, behind an ARN."""
    parts = arn.split(":", 5)
    path = parts[5].split("/") if len(parts) == 6 else []
    api = store.apis.get(path[2]) if len(path) > 2 and path[1] == "apis" else None
    if api is None or api.region != parts[3]:
        return None
    if len(path) == 3:
        return api_resource(api, [part for kind in LINKED for part in store.of(api.id, kind)])
    stage = store.stages.get(api.id, path[4]) if len(path) == 5 and path[3] == "stages" else None
    if stage is None:
        return None
    return Resource(arn, "AWS::ApiGatewayV2::Stage", stage.name, api.account, api.region, stage.tags)


def api_resource(api: Api, parts: Iterable[Part]) -> Resource:
    """`parts` are those of its draft whose kinds are in LINKED."""
    return Resource(
        api.arn, "AWS::ApiGatewayV2::Api", api.settings["Name"], api.account, api.region, api.tags,
        links=links_of(*(link for part in parts for link in LINKED[part.kind](api, part.body))),
        attributes={"ProtocolType": api.protocol},
    )  # fmt: skip


def _of_integration(api: Api, body: Mapping[str, Any]) -> Iterator[str | None]:
    given, subtype = body.get("RequestParameters") or {}, body.get("IntegrationSubtype") or ""
    if subtype:
        region = given.get("Region") or api.region
        yield from links.of_text("\n".join(given.values()), region, api.account)
        bus = given.get("EventBusName") or "default"
        if subtype.startswith("EventBridge-") and not bus.startswith(("arn:", "$")):
            yield f"arn:aws:events:{region}:{api.account}:event-bus/{bus}"
    known = {
        "uri": body.get("IntegrationUri"), "credentials": body.get("CredentialsArn"), "requestParameters": given,
        "requestTemplates": body.get("RequestTemplates"),
    }  # fmt: skip
    yield from links.of_integration(known, api.account)


def _of_authorizer(api: Api, body: Mapping[str, Any]) -> Iterator[str | None]:
    yield links.of_issuer((body.get("JwtConfiguration") or {}).get("Issuer") or "", api.account)
    yield links.of_uri(body.get("AuthorizerUri") or "")
    yield body.get("AuthorizerCredentialsArn")


# The kinds of parts that name what an API relies on.
LINKED = {records.INTEGRATION: _of_integration, records.AUTHORIZER: _of_authorizer}
