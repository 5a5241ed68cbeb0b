"""Configuration sets in v2."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import destinations
from cloudchamber.services.ses.destinations import Destinations
from cloudchamber.services.ses.tables import ConfigurationSet
from cloudchamber.services.ses.v2_identities import shown_tags, tags_of

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_OPTIONS = ("TrackingOptions", "DeliveryOptions", "SuppressionOptions", "VdmOptions")


class SetsV2(Destinations):
    @operation
    async def create_configuration_set(self, ctx: Context, request: Request) -> dict[str, Any]:
        options = {name: request[name] for name in _OPTIONS if request.get(name)}
        self.create_set(ctx, ConfigurationSet(
            ctx.account, ctx.region, request["ConfigurationSetName"], ctx.now(),
            (request.get("SendingOptions") or {}).get("SendingEnabled", True),
            (request.get("ReputationOptions") or {}).get("ReputationMetricsEnabled", False), options,
            tags=tags_of(request),
        ))  # fmt: skip
        return {}

    @operation
    async def get_configuration_set(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        return {
            "ConfigurationSetName": found.name,
            "DeliveryOptions": {"TlsPolicy": "OPTIONAL"},
            "ReputationOptions": {"ReputationMetricsEnabled": found.has_metrics},
            "SendingOptions": {"SendingEnabled": found.is_enabled},
            "Tags": shown_tags(found.tags),
            **found.options,
        }

    @operation
    async def list_configuration_sets(self, ctx: Context, request: Request) -> dict[str, Any]:
        found, more = self.listed(ctx, self.store.sets, request.get("NextToken"), request.get("PageSize"))
        return {"ConfigurationSets": [one.name for one in found], **more}

    @operation
    async def delete_configuration_set(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self.store.sets.delete(found.account, found.region, found.name)
        return {}

    # event destinations

    @operation
    async def create_configuration_set_event_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        name = request["EventDestinationName"]
        await self.add_destination(ctx, request["ConfigurationSetName"], name, request["EventDestination"])
        return {}

    @operation
    async def update_configuration_set_event_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        name = request["EventDestinationName"]
        await self.change_destination(ctx, request["ConfigurationSetName"], name, request["EventDestination"])
        return {}

    @operation
    async def delete_configuration_set_event_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.remove_destination(ctx, request["ConfigurationSetName"], request["EventDestinationName"])
        return {}

    @operation
    async def get_configuration_set_event_destinations(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        return {"EventDestinations": [destinations.shown(destination) for destination in found.destinations]}

    # options

    @operation
    async def put_configuration_set_sending_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self.store.sets.put(replace(found, is_enabled=bool(request.get("SendingEnabled"))))
        return {}

    @operation
    async def put_configuration_set_reputation_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self.store.sets.put(replace(found, has_metrics=bool(request.get("ReputationMetricsEnabled"))))
        return {}

    @operation
    async def put_configuration_set_delivery_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._put_options(ctx, request, "DeliveryOptions")

    @operation
    async def put_configuration_set_suppression_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._put_options(ctx, request, "SuppressionOptions")

    @operation
    async def put_configuration_set_tracking_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        return self._put_options(ctx, request, "TrackingOptions")

    @operation
    async def put_configuration_set_vdm_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self._save_options(found, "VdmOptions", request.get("VdmOptions") or {})
        return {}

    def _put_options(self, ctx: Context, request: Request, name: str) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        wanted = {key: value for key, value in request.items() if key != "ConfigurationSetName" and value is not None}
        self._save_options(found, name, wanted)
        return {}

    def _save_options(self, found: ConfigurationSet, name: str, wanted: dict[str, Any]) -> None:
        kept = {key: value for key, value in found.options.items() if key != name}
        self.store.sets.put(replace(found, options={**kept, name: wanted} if wanted else kept))
