"""Event buses, and who may put events on them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.events import limits
from cloudchamber.services.events.base import DEFAULT, EventsBase, page, shown
from cloudchamber.services.events.errors import (
    LimitExceeded,
    PolicyLengthExceeded,
    ResourceAlreadyExists,
    ResourceNotFound,
    ValidationException,
)
from cloudchamber.services.events.tables import Bus
from cloudchamber.services.events.tagging import tags_of

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.events import shapes

_NAME = re.compile(r"[.\-_A-Za-z0-9]{1,256}\Z")
_SETTINGS = ("Description", "KmsKeyIdentifier", "DeadLetterConfig", "LogConfig")


class Buses(EventsBase):
    @operation
    async def create_event_bus(
        self, ctx: Context, request: shapes.CreateEventBusRequest
    ) -> shapes.CreateEventBusResponse:
        name, now = request["Name"], ctx.now()
        if request.get("EventSourceName"):
            raise NotImplementedByUs(
                "events: partner event sources exist on AWS and are not implemented in cloudchamber"
            )
        if not _NAME.match(name):
            raise ValidationException(f"Parameter Name is not valid. Reason: {name} is no name of a custom event bus")
        if name == DEFAULT or self.store.buses.get(ctx.account, ctx.region, name) is not None:
            raise ResourceAlreadyExists(f"Event bus {name} already exists.")
        if self.store.buses.count(account=ctx.account, region=ctx.region) >= limits.BUSES_MAX:
            raise LimitExceeded("The requested resource exceeds the maximum number allowed.")
        settings = {key: request[key] for key in _SETTINGS if request.get(key)}  # type: ignore[literal-required]
        bus = Bus(ctx.account, ctx.region, name, now, now, settings, tags=tags_of({}, request.get("Tags")))
        self.store.buses.put(bus)
        answer: Any = {"EventBusArn": bus.arn, **settings}
        return answer  # type: ignore[no-any-return]

    @operation
    async def update_event_bus(
        self, ctx: Context, request: shapes.UpdateEventBusRequest
    ) -> shapes.UpdateEventBusResponse:
        bus = self.bus(ctx, request.get("Name"))
        changes = {key: request[key] for key in _SETTINGS if request.get(key)}  # type: ignore[literal-required]
        bus = self.store.buses.put(replace(bus, settings=bus.settings | changes, modified_at=ctx.now()))
        answer: Any = {"Arn": bus.arn, "Name": bus.name, **bus.settings}
        return answer  # type: ignore[no-any-return]

    @operation
    async def describe_event_bus(
        self, ctx: Context, request: shapes.DescribeEventBusRequest
    ) -> shapes.DescribeEventBusResponse:
        bus = self.bus(ctx, request.get("Name"))
        answer: shapes.DescribeEventBusResponse = _shown(bus) | bus.settings
        return answer

    @operation
    async def delete_event_bus(self, ctx: Context, request: shapes.DeleteEventBusRequest) -> None:
        name = request["Name"].rpartition("/")[2]
        if name == DEFAULT:
            raise ValidationException("Cannot delete event bus default.")
        if self.store.rules.where(account=ctx.account, region=ctx.region, bus=name, limit=1):
            raise ValidationException(f"Event bus {name} can't be deleted because it contains rules.")
        self.store.buses.delete(ctx.account, ctx.region, name)

    @operation
    async def list_event_buses(
        self, ctx: Context, request: shapes.ListEventBusesRequest
    ) -> shapes.ListEventBusesResponse:
        prefix = request.get("NamePrefix") or ""
        own = self.store.buses.where(account=ctx.account, region=ctx.region)
        if all(bus.name != DEFAULT for bus in own):
            own = [Bus(ctx.account, ctx.region, DEFAULT, 0.0, 0.0), *own]
        found = sorted((bus for bus in own if bus.name.startswith(prefix)), key=lambda bus: bus.name)
        buses, more = page(request, lambda bus: bus.name, found)
        return {"EventBuses": [_shown(bus) for bus in buses], **more}  # type: ignore[typeddict-item]

    # who may

    @operation
    async def put_permission(self, ctx: Context, request: shapes.PutPermissionRequest) -> None:
        bus = self.bus(ctx, request.get("EventBusName"))
        text = request.get("Policy")
        if text is None:
            text = _with_statement(bus, request)
        else:
            _check_policy(text)
        if len(text.encode()) > limits.POLICY_BYTES_MAX:
            raise PolicyLengthExceeded("The event bus policy has exceeded the allowed length.")
        self.store.buses.put(replace(bus, policy=text, modified_at=ctx.now()))

    @operation
    async def remove_permission(self, ctx: Context, request: shapes.RemovePermissionRequest) -> None:
        bus = self.bus(ctx, request.get("EventBusName"))
        if not bus.policy:
            raise ResourceNotFound("EventBus does not have a policy.")
        text = ""
        if not request.get("RemoveAllPermissions"):
            document = _document(bus)
            rest = [one for one in document["Statement"] if one.get("Sid") != request.get("StatementId")]
            if len(rest) == len(document["Statement"]):
                raise ResourceNotFound("Statement with the provided id does not exist.")
            text = orjson.dumps(document | {"Statement": rest}).decode() if rest else ""
        self.store.buses.put(replace(bus, policy=text, modified_at=ctx.now()))


def _shown(bus: Bus) -> Any:
    return shown(
        Name=bus.name, Arn=bus.arn, Description=bus.settings.get("Description"), Policy=bus.policy,
        CreationTime=bus.created_at or None, LastModifiedTime=bus.modified_at or None,
    )  # fmt: skip


def _document(bus: Bus) -> dict[str, Any]:
    """The bus's policy with a list of statements."""
    if not bus.policy:
        return {"Version": "2012-10-17", "Statement": []}
    document: dict[str, Any] = orjson.loads(bus.policy)
    if isinstance(document["Statement"], dict):
        document["Statement"] = [document["Statement"]]
    return document


def _with_statement(bus: Bus, request: Request) -> str:
    """The policy with the statement that Action, Principal, StatementId and Condition describe."""
    missing = [name for name in ("Action", "Principal", "StatementId") if not request.get(name)]
    if missing:
        raise ValidationException(f"Parameter(s) {', '.join(missing)} must be specified.")
    account = request["Principal"]
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if account == "*" else {"AWS": f"arn:aws:iam::{account}:root"},
        "Action": request["Action"],
        "Resource": bus.arn,
    }
    condition = request.get("Condition")
    if condition:
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    document = _document(bus)
    rest = [one for one in document["Statement"] if one.get("Sid") != request["StatementId"]]
    return orjson.dumps(document | {"Statement": [*rest, statement]}).decode()


def _check_policy(text: str) -> None:
    try:
        validate_resource_policy(text, vendor="events")
    except MalformedPolicy as error:
        raise ValidationException(f"Policy is not valid. Reason: {error}") from None
