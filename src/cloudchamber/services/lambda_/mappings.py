"""Event source mappings: Lambda reads queues and streams as the function's role and invokes the function with batches.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html
One task for each enabled mapping; it ends when its row changes and is started anew. What it has done with is in the
queue itself, or in the positions of the stream.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.core.patterns.filters import patterns_of
from cloudchamber.core.service import Platform, Request, operation, private_operation
from cloudchamber.services.lambda_.base import paged
from cloudchamber.services.lambda_.errors import (
    FunctionNotFound,
    InvalidParameterValue,
    NoSuchThing,
    ResourceConflict,
)  # fmt: skip
from cloudchamber.services.lambda_.event_patterns import check
from cloudchamber.services.lambda_.execution import Call
from cloudchamber.services.lambda_.polling_queues import MappedQueue, QueuePolling
from cloudchamber.services.lambda_.polling_streams import MappedStream, StreamPolling
from cloudchamber.services.lambda_.records import Mapping

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_ import shapes
    from cloudchamber.services.lambda_.polling import MappingReader

_KEPT = (
    "BatchSize", "MaximumBatchingWindowInSeconds", "FilterCriteria", "ScalingConfig", "FunctionResponseTypes",
    "StartingPosition", "ParallelizationFactor", "DestinationConfig", "MaximumRecordAgeInSeconds",
    "BisectBatchOnFunctionError", "MaximumRetryAttempts", "MetricsConfig",
    "TumblingWindowInSeconds",
)  # fmt: skip
_STREAM_DEFAULTS: dict[str, Any] = {
    "ParallelizationFactor": 1, "MaximumRecordAgeInSeconds": -1, "BisectBatchOnFunctionError": False,
    "MaximumRetryAttempts": -1, "TumblingWindowInSeconds": 0,
}  # fmt: skip


class Mappings(QueuePolling, StreamPolling):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._pollers: dict[str, MappingReader] = {}  # by the mapping's UUID

    async def resume(self) -> None:
        await super().resume()
        for mapping in self.store.mappings:
            self._poll_anew(mapping)

    def _poll_anew(self, mapping: Mapping | None, uuid: str = "") -> None:
        """Begin to read, or stop where the mapping is disabled or gone."""
        known = self._pollers.pop(mapping.uuid if mapping else uuid, None)
        if known is not None:
            known.cancel()
        if mapping is not None and mapping.is_enabled:
            reader = MappedQueue(self, mapping) if ":sqs:" in mapping.source_arn else MappedStream(self, mapping)
            self._pollers[mapping.uuid] = reader
            reader.start()

    # operations

    @operation
    async def create_event_source_mapping(
        self, ctx: Context, request: shapes.CreateEventSourceMappingRequest
    ) -> shapes.EventSourceMappingConfiguration:
        name = self.named(ctx, request)
        self.function(name)
        version = self.version(name)
        source = request.get("EventSourceArn") or ""
        settings = self._settings(source, request, {})
        for other in self.store.mappings.where(source_arn=source):
            if (other.function, other.qualifier) == (name.name, name.qualifier):
                raise ResourceConflict(_taken(source, name.name, other.uuid))
        if ":sqs:" in source:
            await self.check_queue(ctx, source, version)
        else:
            await self.check_stream(ctx, source, version)
        mapping = Mapping(
            ids.uuid(), *name.key, name.qualifier, source, settings, request.get("Enabled") is not False, ctx.now()
        )
        self.store.mappings.put(mapping)
        self._poll_anew(mapping)
        return self._shown_mapping(mapping, "Creating")

    def _settings(self, source: str, request: Request, known: dict[str, Any]) -> dict[str, Any]:
        """Checked settings. InvalidParameterValueException, and 501 for sources that do not exist here."""
        is_queue, is_stream = ":sqs:" in source, ":dynamodb:" in source and "/stream/" in source
        if not is_queue and not is_stream:
            if not source.startswith("arn:"):
                raise InvalidParameterValue("Unrecognized event source.")
            raise NotImplementedByUs(f"Event source mappings for {source} are not implemented in cloudchamber")
        for member in ("ProvisionedPollerConfig", "KMSKeyArn"):
            if request.get(member):
                raise NotImplementedByUs(f"{member} of event source mappings is not implemented in cloudchamber")
        new = {**known, **{member: request[member] for member in _KEPT if request.get(member) is not None}}
        size, window = new.get("BatchSize") or 0, new.get("MaximumBatchingWindowInSeconds") or 0
        if is_queue and source.endswith(".fifo"):
            if window:
                raise InvalidParameterValue("Batching window is not supported for FIFO queues.")
            if size > 10:
                raise InvalidParameterValue("Maximum batch size for FIFO queues is 10.")
        elif is_queue and size > 10 and not window:
            raise InvalidParameterValue(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
            )
        if is_stream and not new.get("StartingPosition"):
            raise ValidationError(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member "
                "must not be null."
            )
        check(patterns_of(new.get("FilterCriteria")))
        return new

    def _mapping(self, request: Request) -> Mapping:
        found = self.store.mappings.get(request["UUID"])
        if found is None:
            raise NoSuchThing
        return found

    @operation
    async def get_event_source_mapping(
        self, ctx: Context, request: shapes.GetEventSourceMappingRequest
    ) -> shapes.EventSourceMappingConfiguration:
        return self._shown_mapping(self._mapping(request))

    @operation
    async def list_event_source_mappings(
        self, ctx: Context, request: shapes.ListEventSourceMappingsRequest
    ) -> shapes.ListEventSourceMappingsResponse:
        found = self.store.mappings.where(account=ctx.account, region=ctx.region)
        if request.get("EventSourceArn"):
            found = [mapping for mapping in found if mapping.source_arn == request["EventSourceArn"]]
        if request.get("FunctionName"):
            name = self.named(ctx, request)
            found = [m for m in found if (m.function, m.qualifier) == (name.name, name.qualifier)]
        chosen, marker = paged(request, found, lambda m: m.uuid, "NextMarker")
        return {"EventSourceMappings": [self._shown_mapping(m) for m in chosen], **marker}  # type: ignore[typeddict-item]

    @operation
    async def update_event_source_mapping(
        self, ctx: Context, request: shapes.UpdateEventSourceMappingRequest
    ) -> shapes.EventSourceMappingConfiguration:
        mapping = self._mapping(request)
        settings = self._settings(mapping.source_arn, request, mapping.settings)
        changed = replace(mapping, settings=settings, modified_at=ctx.now())
        if request.get("FunctionName"):
            name = self.named(ctx, request)
            self.version(name)
            changed = replace(changed, function=name.name, qualifier=name.qualifier)
        if request.get("Enabled") is not None:
            changed = replace(changed, is_enabled=bool(request["Enabled"]))
        self.store.mappings.put(changed)
        self._poll_anew(changed)
        state = "Updating"
        if changed.is_enabled != mapping.is_enabled:
            state = "Enabling" if changed.is_enabled else "Disabling"
        return self._shown_mapping(changed, state)

    @operation
    async def delete_event_source_mapping(
        self, ctx: Context, request: shapes.DeleteEventSourceMappingRequest
    ) -> shapes.EventSourceMappingConfiguration:
        mapping = self._mapping(request)
        with self.platform.store.transaction():
            self.store.mappings.delete(mapping.uuid)
            self.store.forget_positions(mapping.uuid)
        self._poll_anew(None, mapping.uuid)
        return self._shown_mapping(mapping, "Deleting")

    def _shown_mapping(self, mapping: Mapping, state: str = "") -> shapes.EventSourceMappingConfiguration:
        shown: dict[str, Any] = {
            "UUID": mapping.uuid, "EventSourceArn": mapping.source_arn, "FunctionArn": mapping.function_arn,
            "EventSourceMappingArn": mapping.arn, "BatchSize": mapping.batch_size,
            "MaximumBatchingWindowInSeconds": int(mapping.window_s), "LastModified": mapping.modified_at,
            "State": state or ("Enabled" if mapping.is_enabled else "Disabled"),
            "StateTransitionReason": "USER_INITIATED", "FunctionResponseTypes": [],
        }  # fmt: skip
        if ":dynamodb:" in mapping.source_arn:
            shown |= {**_STREAM_DEFAULTS, "LastProcessingResult": mapping.result,
                      "DestinationConfig": {"OnFailure": {}}}  # fmt: skip
        answer: Any = {**shown, **mapping.settings}
        return answer  # type: ignore[no-any-return]

    # batches

    @private_operation
    async def run_batch(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Invoke a function with a batch of a mapping: `FunctionName`, `Payload`. `Payload`, `FunctionError`."""
        name = self.named(ctx, request)
        try:
            version = self.routed(name)
        except FunctionNotFound:
            return {"Payload": b"null", "FunctionError": "Unhandled"}
        call = Call(request["Payload"], name.qualified_arn, ctx.request_id, self.trace_for(ctx, version))
        outcome = await self.execute(ctx, version, call)
        return {"Payload": outcome.payload, "FunctionError": outcome.error}


def _taken(source: str, function: str, uuid: str) -> str:
    """AWS words it for queues in another way than for streams."""
    names = f'arn (" {source} ") and function (" {function} ")'
    if ":sqs:" in source:
        text = f"An event source mapping with SQS {names} already exists."
    else:
        text = f"The event source {names} provided mapping already exists."
    return f"{text} Please update or delete the existing mapping with UUID {uuid}"
