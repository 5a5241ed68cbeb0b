"""Configuration sets in v1."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.ses import destinations, errors
from cloudchamber.services.ses.destinations import Destinations
from cloudchamber.services.ses.tables import ConfigurationSet

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class Sets(Destinations):
    @operation
    async def create_configuration_set(self, ctx: Context, request: Request) -> dict[str, Any]:
        name = request["ConfigurationSet"]["Name"]
        self.create_set(ctx, ConfigurationSet(ctx.account, ctx.region, name, ctx.now()))
        return {}

    @operation
    async def delete_configuration_set(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self.store.sets.delete(found.account, found.region, found.name)
        return {}

    @operation
    async def list_configuration_sets(self, ctx: Context, request: Request) -> dict[str, Any]:
        found, more = self.listed(ctx, self.store.sets, request.get("NextToken"), request.get("MaxItems"))
        return {"ConfigurationSets": [{"Name": one.name} for one in found], **more}

    @operation
    async def describe_configuration_set(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        asked = request.get("ConfigurationSetAttributeNames") or ()
        shown: dict[str, Any] = {"ConfigurationSet": {"Name": found.name}}
        if "eventDestinations" in asked:
            known = (destinations.to_v1(destination) for destination in found.destinations)
            shown["EventDestinations"] = [one for one in known if one is not None]
        if "trackingOptions" in asked and "TrackingOptions" in found.options:
            shown["TrackingOptions"] = found.options["TrackingOptions"]
        if "deliveryOptions" in asked:
            policy = found.options.get("DeliveryOptions", {}).get("TlsPolicy", "OPTIONAL")
            shown["DeliveryOptions"] = {"TlsPolicy": policy.capitalize()}
        if "reputationOptions" in asked:
            shown["ReputationOptions"] = {
                "SendingEnabled": found.is_enabled, "ReputationMetricsEnabled": found.has_metrics,
            }  # fmt: skip
        return shown

    @operation
    async def create_configuration_set_event_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        wanted = request["EventDestination"]
        name = request["ConfigurationSetName"]
        await self.add_destination(ctx, name, wanted["Name"], destinations.from_v1(wanted))
        return {}

    @operation
    async def update_configuration_set_event_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        wanted = request["EventDestination"]
        name = request["ConfigurationSetName"]
        await self.change_destination(ctx, name, wanted["Name"], destinations.from_v1(wanted))
        return {}

    @operation
    async def delete_configuration_set_event_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        self.remove_destination(ctx, request["ConfigurationSetName"], request["EventDestinationName"])
        return {}

    # options

    @operation
    async def update_configuration_set_sending_enabled(self, ctx: Context, request: Request) -> None:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self.store.sets.put(replace(found, is_enabled=request["Enabled"]))

    @operation
    async def update_configuration_set_reputation_metrics_enabled(self, ctx: Context, request: Request) -> None:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        self.store.sets.put(replace(found, has_metrics=request["Enabled"]))

    @operation
    async def put_configuration_set_delivery_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        policy = (request.get("DeliveryOptions") or {}).get("TlsPolicy") or "Optional"
        options = {**found.options, "DeliveryOptions": {"TlsPolicy": policy.upper()}}
        self.store.sets.put(replace(found, options=options))
        return {}

    @operation
    async def create_configuration_set_tracking_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        if "TrackingOptions" in found.options:
            raise errors.TrackingOptionsExist(self.version, found.name)
        self._track(found, request["TrackingOptions"])
        return {}

    @operation
    async def update_configuration_set_tracking_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        self._track(self._tracked(ctx, request), request["TrackingOptions"])
        return {}

    @operation
    async def delete_configuration_set_tracking_options(self, ctx: Context, request: Request) -> dict[str, Any]:
        self._track(self._tracked(ctx, request), None)
        return {}

    def _tracked(self, ctx: Context, request: Request) -> ConfigurationSet:
        found = self.configuration_set(ctx, request["ConfigurationSetName"])
        if "TrackingOptions" not in found.options:
            raise errors.NoTrackingOptions(self.version, found.name)
        return found

    def _track(self, found: ConfigurationSet, options: dict[str, Any] | None) -> None:
        kept = {name: value for name, value in found.options.items() if name != "TrackingOptions"}
        self.store.sets.put(replace(found, options=kept if options is None else {**kept, "TrackingOptions": options}))
