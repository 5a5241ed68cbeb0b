"""Configuration sets and their event destinations, as far as both APIs share them.

v1's names are turned into v2's on the way in and back on the way out. SNS, EventBridge and CloudWatch take events here;
Firehose and Pinpoint are refused, since nobody would get them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.services.ses import errors, limits
from cloudchamber.services.ses.sending import Sending
from cloudchamber.services.ses.tables import ConfigurationSet, Destination, Post

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_VALIDATED = "Successfully validated SNS topic for Amazon SES event publishing."


class Destinations(Sending):
    def create_set(self, ctx: Context, created: ConfigurationSet) -> None:
        """InvalidSet, SetExists, LimitExceeded."""
        if not _NAME.match(created.name):
            raise errors.InvalidSet(
                self.version,
                f"Invalid configuration set name <{created.name}>: only alphanumeric ASCII characters, '_', and '-' "
                "are allowed, 64 at most.",
            )
        if self.store.sets.get(ctx.account, ctx.region, created.name) is not None:
            raise errors.SetExists(self.version, created.name)
        if self.store.sets.count(account=ctx.account, region=ctx.region) >= limits.CONFIGURATION_SETS_MAX:
            raise errors.LimitExceeded(self.version, "The maximum number of configuration sets has been reached.")
        self.store.sets.put(created)

    async def add_destination(self, ctx: Context, set_name: str, name: str, wanted: Mapping[str, Any]) -> None:
        """`wanted` as v2 has it."""
        found = self.configuration_set(ctx, set_name)
        if any(destination.name == name for destination in found.destinations):
            raise errors.DestinationExists(self.version, set_name, name)
        if not _NAME.match(name):
            raise errors.InvalidParameter(self.version, f"Invalid event destination name <{name}>.")
        if len(found.destinations) >= limits.EVENT_DESTINATIONS_MAX:
            raise errors.LimitExceeded(self.version, "The maximum number of event destinations has been reached.")
        made = await self._checked_destination(ctx, found, name, wanted)
        found = self.configuration_set(ctx, set_name)  # as it is after the call
        kept = tuple(destination for destination in found.destinations if destination.name != name)
        self.store.sets.put(replace(found, destinations=(*kept, made)))

    async def change_destination(self, ctx: Context, set_name: str, name: str, wanted: Mapping[str, Any]) -> None:
        found = self.configuration_set(ctx, set_name)
        self._destination(found, name)
        made = await self._checked_destination(ctx, found, name, wanted)
        found = self.configuration_set(ctx, set_name)
        destinations = tuple(made if destination.name == name else destination for destination in found.destinations)
        self.store.sets.put(replace(found, destinations=destinations))

    def remove_destination(self, ctx: Context, set_name: str, name: str) -> None:
        found = self.configuration_set(ctx, set_name)
        gone = self._destination(found, name)
        self.store.sets.put(replace(found, destinations=tuple(d for d in found.destinations if d is not gone)))

    def _destination(self, configuration_set: ConfigurationSet, name: str) -> Destination:
        found = next((d for d in configuration_set.destinations if d.name == name), None)
        if found is None:
            raise errors.NoSuchDestination(self.version, configuration_set.name, name)
        return found

    async def _checked_destination(
        self, ctx: Context, owner: ConfigurationSet, name: str, wanted: Mapping[str, Any]
    ) -> Destination:
        """A destination that takes events; a topic gets a message at once that says so."""
        for left_out in ("KinesisFirehoseDestination", "PinpointDestination"):
            if wanted.get(left_out):
                raise NotImplementedByUs(f"{left_out} exists on AWS and is not implemented in cloudchamber")
        targets = [key for key in ("SnsDestination", "EventBridgeDestination", "CloudWatchDestination") if
                   wanted.get(key)]  # fmt: skip
        if len(targets) != 1:
            raise errors.InvalidParameter(
                self.version, f"Event destination <{name}> must have exactly one destination, not {len(targets)}."
            )
        if not wanted.get("MatchingEventTypes"):
            raise errors.InvalidParameter(self.version, "At least one event type must be specified.")
        topic: str = (wanted.get("SnsDestination") or {}).get("TopicArn", "")
        if topic:
            marks = (ctx.span.trace_id, ctx.span.span_id)
            request = {"TopicArn": topic, "Message": _VALIDATED}
            try:
                await self.told(Post(ctx.account, ctx.region, "sns:Publish", owner.arn, request, *marks))
            except AwsError:
                raise errors.InvalidTopic(
                    self.version, f"Could not publish to SNS topic: {topic}",
                    ConfigurationSetName=owner.name, EventDestinationName=name,
                ) from None  # fmt: skip
        return Destination(
            name, tuple(wanted["MatchingEventTypes"]), bool(wanted.get("Enabled", False)), topic,
            (wanted.get("EventBridgeDestination") or {}).get("EventBusArn", ""),
            tuple((wanted.get("CloudWatchDestination") or {}).get("DimensionConfigurations", ())),
        )  # fmt: skip


def shown(destination: Destination) -> dict[str, Any]:
    """As v2 shows it."""
    found: dict[str, Any] = {
        "Name": destination.name, "Enabled": destination.is_enabled, "MatchingEventTypes": list(destination.types),
    }  # fmt: skip
    if destination.topic:
        found["SnsDestination"] = {"TopicArn": destination.topic}
    elif destination.bus:
        found["EventBridgeDestination"] = {"EventBusArn": destination.bus}
    else:
        found["CloudWatchDestination"] = {"DimensionConfigurations": list(destination.dimensions)}
    return found


def _swapped(name: str) -> str:
    """`renderingFailure` <-> `RENDERING_FAILURE`."""
    if name.isupper():
        first, *rest = name.lower().split("_")
        return first + "".join(map(str.capitalize, rest))
    return re.sub(r"(?=[A-Z])", "_", name).upper()


def _dimensions(found: Mapping[str, Any]) -> dict[str, Any]:
    return {"DimensionConfigurations": [
        {**one, "DimensionValueSource": _swapped(one["DimensionValueSource"])}
        for one in found["DimensionConfigurations"]
    ]}  # fmt: skip


def from_v1(wanted: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Enabled": wanted.get("Enabled", False)}
    found["MatchingEventTypes"] = [_swapped(name) for name in wanted["MatchingEventTypes"]]
    if wanted.get("SNSDestination"):
        found["SnsDestination"] = {"TopicArn": wanted["SNSDestination"]["TopicARN"]}
    if wanted.get("CloudWatchDestination"):
        found["CloudWatchDestination"] = _dimensions(wanted["CloudWatchDestination"])
    if wanted.get("KinesisFirehoseDestination"):
        found["KinesisFirehoseDestination"] = wanted["KinesisFirehoseDestination"]
    return found


def to_v1(destination: Destination) -> dict[str, Any] | None:
    """None for what v1 does not know."""
    found = shown(destination)
    if destination.bus:
        return None
    found["MatchingEventTypes"] = [_swapped(name) for name in found["MatchingEventTypes"]]
    if destination.topic:
        found["SNSDestination"] = {"TopicARN": found.pop("SnsDestination")["TopicArn"]}
    else:
        found["CloudWatchDestination"] = _dimensions(found["CloudWatchDestination"])
    return found
