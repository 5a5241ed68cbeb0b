"""APIs and stages as the rest of the cloud may know them, by ARN. Both versions of the API share ARNs' service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.resources import Resource

if TYPE_CHECKING:
    from cloudchamber.services.apigateway.v2.records import Api
    from cloudchamber.services.apigateway.v2.store import V2Store


def find(store: V2Store, arn: str) -> Resource | None:
    """The API, or a stage of one, behind an ARN."""
    parts = arn.split(":", 5)
    path = parts[5].split("/") if len(parts) == 6 else []
    api = store.apis.get(path[2]) if len(path) > 2 and path[1] == "apis" else None
    if api is None or api.region != parts[3]:
        return None
    if len(path) == 3:
        return api_resource(api)
    stage = store.stages.get(api.id, path[4]) if len(path) == 5 and path[3] == "stages" else None
    if stage is None:
        return None
    return Resource(arn, "AWS::ApiGatewayV2::Stage", stage.name, api.account, api.region, stage.tags)


def api_resource(api: Api) -> Resource:
    return Resource(
        api.arn, "AWS::ApiGatewayV2::Api", api.settings["Name"], api.account, api.region, api.tags,
        attributes={"ProtocolType": api.protocol},
    )  # fmt: skip
