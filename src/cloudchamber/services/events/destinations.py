"""API destinations: HTTP endpoints as targets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from cloudchamber.core import ids
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import operation
from cloudchamber.services.events.base import page, shown
from cloudchamber.services.events.connections import Connections
from cloudchamber.services.events.errors import ResourceAlreadyExists, ResourceNotFound, ValidationException
from cloudchamber.services.events.tables import ApiDestination

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.services.events import shapes

_HERE = ("localhost", "127.0.0.1", "::1")


class Destinations(Connections):
    def destination(self, ctx: Context, name: str) -> ApiDestination:
        found = self.store.destinations.get(ctx.account, ctx.region, name)
        if found is None:
            raise ResourceNotFound(f"Failed to describe the api-destination(s). An api-destination '{name}' does not "
                                   "exist.")  # fmt: skip
        return found

    def destination_by_arn(self, arn: str) -> ApiDestination | None:
        parts = arn.split(":", 5)
        found = self.store.destinations.get(parts[4], parts[3], parts[5].split("/")[1])
        return found if found is not None and found.arn == arn else None

    def find(self, arn: str) -> Resource | None:
        if ":api-destination/" not in arn:
            return super().find(arn)
        found = self.destination_by_arn(arn)
        return None if found is None else _resource(found)

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        yield from super().list_resources(account, region)
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        yield from map(_resource, self.store.destinations.where(**wanted))

    @operation
    async def create_api_destination(
        self, ctx: Context, request: shapes.CreateApiDestinationRequest
    ) -> shapes.CreateApiDestinationResponse:
        name, now = request["Name"], ctx.now()
        if self.store.destinations.get(ctx.account, ctx.region, name) is not None:
            raise ResourceAlreadyExists(f"An api-destination '{name}' already exists.")
        destination = ApiDestination(
            ctx.account, ctx.region, name, ids.uuid(), request["ConnectionArn"], request["InvocationEndpoint"],
            request["HttpMethod"], now, now, request.get("InvocationRateLimitPerSecond") or 300,
            request.get("Description") or "",
        )  # fmt: skip
        self._check(destination)
        self.store.destinations.put(destination)
        return _state(destination)  # type: ignore[no-any-return]

    @operation
    async def update_api_destination(
        self, ctx: Context, request: shapes.UpdateApiDestinationRequest
    ) -> shapes.UpdateApiDestinationResponse:
        before = self.destination(ctx, request["Name"])
        changed = replace(
            before, connection_arn=request.get("ConnectionArn", before.connection_arn),
            endpoint=request.get("InvocationEndpoint", before.endpoint),
            method=request.get("HttpMethod", before.method),
            rate_per_second=request.get("InvocationRateLimitPerSecond", before.rate_per_second),
            description=request.get("Description", before.description), modified_at=ctx.now(),
        )  # fmt: skip
        self._check(changed)
        self.store.destinations.put(changed)
        return _state(changed)  # type: ignore[no-any-return]

    def _check(self, destination: ApiDestination) -> None:
        if self.connection_by_arn(destination.connection_arn) is None:
            raise ResourceNotFound(f"Connection '{destination.connection_arn}' does not exist.")
        url = urlsplit(destination.endpoint)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _HERE):
            raise ValidationException("Parameter InvocationEndpoint is not valid. Reason: it must begin with https://")

    @operation
    async def describe_api_destination(
        self, ctx: Context, request: shapes.DescribeApiDestinationRequest
    ) -> shapes.DescribeApiDestinationResponse:
        found = self.destination(ctx, request["Name"])
        answer: shapes.DescribeApiDestinationResponse = _shown(found) | shown(Description=found.description)
        return answer

    @operation
    async def delete_api_destination(
        self, ctx: Context, request: shapes.DeleteApiDestinationRequest
    ) -> shapes.DeleteApiDestinationResponse:
        found = self.destination(ctx, request["Name"])
        self.store.destinations.delete(found.account, found.region, found.name)
        return {}

    @operation
    async def list_api_destinations(
        self, ctx: Context, request: shapes.ListApiDestinationsRequest
    ) -> shapes.ListApiDestinationsResponse:
        prefix, connection = request.get("NamePrefix") or "", request.get("ConnectionArn")
        own = self.store.destinations.where(account=ctx.account, region=ctx.region)
        found = [one for one in own if one.name.startswith(prefix) and connection in (None, one.connection_arn)]
        destinations, more = page(request, lambda one: one.name, found)
        return {"ApiDestinations": [_shown(one) for one in destinations], **more}  # type: ignore[typeddict-item]


def _resource(found: ApiDestination) -> Resource:
    return Resource(
        found.arn, "AWS::Events::ApiDestination", found.name, found.account, found.region,
        links=(found.connection_arn,), attributes={"InvocationEndpoint": found.endpoint},
    )  # fmt: skip


def _shown(found: ApiDestination) -> Any:
    return _state(found) | {
        "Name": found.name, "ConnectionArn": found.connection_arn, "InvocationEndpoint": found.endpoint,
        "HttpMethod": found.method, "InvocationRateLimitPerSecond": found.rate_per_second,
    }  # fmt: skip


def _state(found: ApiDestination) -> Any:
    return {
        "ApiDestinationArn": found.arn, "ApiDestinationState": "ACTIVE", "CreationTime": found.created_at,
        "LastModifiedTime": found.modified_at,
    }  # fmt: skip
