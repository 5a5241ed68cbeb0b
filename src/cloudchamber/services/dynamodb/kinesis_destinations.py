"""Kinesis streaming destinations: the settings of a table, with their statuses.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
A destination is kept with what it is or will be (ACTIVE or DISABLED) and the instant until which it is on the way.
A stream has to exist: while this cloud has no Kinesis, none does, and no change is ever said to be sent to one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import Request, operation
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.errors import ResourceNotFound

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb.table import TableView

Destination = dict[str, Any]  # arn, precision, status, on_the_way, settled_at

_PRECISION = "ApproximateCreationDateTimePrecision"


class KinesisDestinations(DynamoBase):
    @operation
    async def enable_kinesis_streaming_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        view = self.settled_table(ctx, request["TableName"])
        arn = _checked(request["StreamArn"])
        if any(_status(found, ctx.now()) != "DISABLED" for found in view.record.kinesis):  # one at a time
            raise ValidationError(
                "Table is not in a valid state to enable Kinesis Streaming Destination: "
                "EnableKinesisStreamingDestination must be DISABLED or ENABLE_FAILED to perform ENABLE operation."
            )
        if ctx.resources.find(arn) is None:
            raise ResourceNotFound(f"Requested resource not found: Stream: {arn} not found")
        wanted = request.get("EnableKinesisStreamingConfiguration") or {}
        self._keep_destination(ctx, view, _destination(arn, wanted.get(_PRECISION), "ACTIVE", "ENABLING"))
        return _answer(view, arn, "ENABLING", "EnableKinesisStreamingConfiguration", wanted)

    @operation
    async def disable_kinesis_streaming_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        view = self.settled_table(ctx, request["TableName"])
        arn = _checked(request["StreamArn"])
        found = _active(view, arn, ctx.now(), "Disable", "DISABLE")
        self._keep_destination(ctx, view, _destination(arn, found["precision"], "DISABLED", "DISABLING"))
        wanted = request.get("EnableKinesisStreamingConfiguration") or {}
        return _answer(view, arn, "DISABLING", "EnableKinesisStreamingConfiguration", wanted)

    @operation
    async def update_kinesis_streaming_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        view = self.settled_table(ctx, request["TableName"])
        arn = _checked(request["StreamArn"])
        wanted = request.get("UpdateKinesisStreamingConfiguration") or {}
        if not wanted:
            raise ValidationError(
                "Streaming destination cannot be updated with given parameters: "
                "UpdateKinesisStreamingConfiguration cannot be null or contain only null values"
            )
        found = _active(view, arn, ctx.now(), "Update", "UPDATE")
        precision = wanted[_PRECISION]
        if precision == (found["precision"] or "MILLISECOND"):
            raise ValidationError(
                f"Invalid Request: Precision is already set to the desired value of {precision} "
                f"for tableId: {view.record.id}, kdsArn: {arn}"
            )
        self._keep_destination(ctx, view, _destination(arn, precision, "ACTIVE", "UPDATING"))
        return _answer(view, arn, "UPDATING", "UpdateKinesisStreamingConfiguration", wanted)

    @operation
    async def describe_kinesis_streaming_destination(self, ctx: Context, request: Request) -> dict[str, Any]:
        view = self.table(ctx, request["TableName"])
        now = ctx.now()
        return {
            "TableName": view.name,
            "KinesisDataStreamDestinations": [_described(found, now) for found in view.record.kinesis],
        }

    def _keep_destination(self, ctx: Context, view: TableView, destination: Destination) -> None:
        destination["settled_at"] = ctx.now() + self.transition_s
        others = tuple(found for found in view.record.kinesis if found["arn"] != destination["arn"])
        with self.platform.store.transaction():
            self.store.save(replace(view.record, kinesis=(*others, destination)))


def _checked(arn: str) -> str:
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "kinesis" or not parts[5].startswith("stream/"):
        raise ValidationError(f"Invalid StreamArn: {arn}")
    return arn


def _find(view: TableView, arn: str) -> Destination | None:
    return next((found for found in view.record.kinesis if found["arn"] == arn), None)


def _active(view: TableView, arn: str, now: float, operation_name: str, verb: str) -> Destination:
    """A destination that can be changed; ValidationException."""
    found = _find(view, arn)
    if found is None or _status(found, now) != "ACTIVE":
        raise ValidationError(
            f"Table is not in a valid state to {verb.lower()} Kinesis Streaming Destination: "
            f"{operation_name}KinesisStreamingDestination must be ACTIVE to perform {verb} operation."
        )
    return found


def _destination(arn: str, precision: str | None, status: str, on_the_way: str) -> Destination:
    return {"arn": arn, "precision": precision, "status": status, "on_the_way": on_the_way}


def _status(found: Destination, now: float) -> str:
    status: str = found["on_the_way"] if now < found["settled_at"] else found["status"]
    return status


def _described(found: Destination, now: float) -> dict[str, Any]:
    described = {"StreamArn": found["arn"], "DestinationStatus": _status(found, now)}
    if found["precision"]:
        described[_PRECISION] = found["precision"]
    return described


def _answer(view: TableView, arn: str, status: str, member: str, wanted: Request) -> dict[str, Any]:
    answer: dict[str, Any] = {"TableName": view.name, "StreamArn": arn, "DestinationStatus": status}
    if wanted:
        answer[member] = wanted
    return answer
