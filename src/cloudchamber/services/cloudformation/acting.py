"""One resource at a time: made, changed, replaced, removed. Each step is in the tables before it is taken, so that a
killed process knows what it was at; what a step made is found again by its name (`ResourceType.find`).
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import AlreadyExists, Desired, Made, ResourceType
from cloudchamber.services.cloudformation import dynamic, limits, schemas
from cloudchamber.services.cloudformation.errors import ResourceFailed
from cloudchamber.services.cloudformation.own_type import OwnType
from cloudchamber.services.cloudformation.records import StackResource, as_before

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation.journal import Journal
    from cloudchamber.services.cloudformation.records import Stack

log = logging.getLogger("cloudchamber.cloudformation")

INITIATED = "Resource creation Initiated"
REPLACING = "Requested update requires the creation of a new physical resource; hence creating one."
CUSTOM_NAMED = (
    "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {0} and update the "
    "stack again."
)


@dataclass(slots=True)
class Actor:
    """Acts on the resources of one stack, as its role or as who asked."""

    ctx: Context
    stack: Stack
    journal: Journal
    types: Callable[[str], ResourceType | None]
    is_stopping: Callable[[], bool] = lambda: False

    def resource_type(self, kind: str) -> ResourceType:
        found = self.types(kind)
        if found is None:  # it was there when the stack was made
            raise ResourceFailed(f"Resource type {kind} is not supported")
        return found

    def desired(self, row: StackResource, properties: Mapping[str, Any]) -> Desired:
        tags = {
            **self.stack.tags,
            "aws:cloudformation:stack-name": self.stack.name,
            "aws:cloudformation:logical-id": row.logical_id,
            "aws:cloudformation:stack-id": self.stack.id,
        }
        return Desired(row.type, row.logical_id, properties, row.name, tags, row.token, row.stack_id)

    # making

    async def create(self, row: StackResource, status: str = "CREATE", reason: str = "") -> StackResource:
        """Make what a row wants. The row as it is then: `CREATE_COMPLETE` or `CREATE_FAILED` (or `UPDATE_…`)."""
        if row.status != f"{status}_IN_PROGRESS" or not row.token:
            token = row.token or ids.uuid()
            row = replace(row, status=f"{status}_IN_PROGRESS", reason=reason, token=token)
            row = self.journal.resource(row)
        try:
            made, row = await self._make(row)
        except AwsError as error:
            return self._failed(self._halfway(row), status, error)
        except Exception as error:  # our bug: the stack goes on to its end all the same
            return self._failed(self._halfway(row), status, _bug(error, row))
        row = replace(
            row, physical_id=made.physical_id, attributes=dict(made.attributes), vacant=False,
            status=f"{status}_IN_PROGRESS",
        )  # fmt: skip
        if self.is_stopping():
            return self._failed(row, status, None)
        return self.journal.resource(
            replace(row, status=f"{status}_COMPLETE", reason=""), (f"{status}_IN_PROGRESS", INITIATED)
        )

    async def _make(self, row: StackResource) -> tuple[Made, StackResource]:
        handler = self.resource_type(row.type)
        live = await dynamic.resolved(self.ctx, row.properties)
        _check(row, live)
        desired = self.desired(row, live)
        if isinstance(handler, OwnType):
            return await handler.make(self.ctx, desired, row), row
        if type(handler).find is not ResourceType.find:
            found = await handler.find(self.ctx, desired)
            if found is not None and row.vacant:
                return await handler.finish(self.ctx, found, desired), row  # what a killed process made
            if found is not None:
                raise AlreadyExists(row.type, found.physical_id)
            if not row.vacant:
                row = replace(row, vacant=True)
                self.journal.store.resources.put(row)
        return await handler.create(self.ctx, desired), row

    def _halfway(self, row: StackResource) -> StackResource:
        """A creation that failed may have left something of what was not there before: removing it will look."""
        kept = self.journal.store.resources.get(row.stack_id, row.logical_id)
        return row if kept is None else replace(row, vacant=kept.vacant)

    def _failed(self, row: StackResource, status: str, error: AwsError | None) -> StackResource:
        made = error.members.get("PhysicalResourceId") if isinstance(error, ResourceFailed) else None
        if made:  # something that has to be removed all the same
            row = replace(row, physical_id=made)
        if self.is_stopping() or error is None:
            reason = "Resource creation cancelled" if status == "CREATE" else "Resource update cancelled"
        else:
            reason = reason_of(error, row)
        return self.journal.resource(replace(row, status=f"{status}_FAILED", reason=reason))

    # changing

    async def update(
        self, row: StackResource, properties: dict[str, Any], previous: Mapping[str, Any]
    ) -> StackResource:
        """Change a resource in place. Until that is done, `row.properties` are those that it may have in part."""
        row = self.journal.resource(replace(row, status="UPDATE_IN_PROGRESS", reason=""))
        try:
            handler = self.resource_type(row.type)
            live = await dynamic.resolved(self.ctx, properties)
            _check(row, live)
            had = await self._had(previous)
            desired = self.desired(row, live)
            if isinstance(handler, OwnType):
                made = await handler.alter(self.ctx, desired, row, had)
            else:
                made = await handler.update(self.ctx, row.physical_id, desired, had)
        except AwsError as error:
            return self._failed(row, "UPDATE", error)
        except Exception as error:
            return self._failed(row, "UPDATE", _bug(error, row))
        row = replace(row, physical_id=made.physical_id, attributes=dict(made.attributes), properties=properties)
        if self.is_stopping():
            return self._failed(row, "UPDATE", None)
        return self.journal.resource(replace(row, status="UPDATE_COMPLETE"))

    async def _had(self, previous: Mapping[str, Any]) -> Any:
        """Properties a resource had; as they stand where what they refer to is not there any more."""
        try:
            return await dynamic.resolved(self.ctx, previous)
        except ResourceFailed:
            return previous

    # removing

    async def delete(self, row: StackResource, policy: str) -> StackResource:
        """Remove a resource, unless its policy keeps it. The row: `DELETE_COMPLETE`, `DELETE_SKIPPED`, `DELETE_FAILED`.

        Not put back into the table: whether the row lives on is the caller's matter.
        """
        if policy in ("Retain", "RetainExceptOnCreate") and row.physical_id:
            row = replace(row, status="DELETE_SKIPPED", reason="")
            self.journal.passing(row, row.status)
            return row
        if row.physical_id or row.vacant:
            self.journal.passing(row, "DELETE_IN_PROGRESS")
        try:
            await self._remove(row)
        except AwsError as error:
            row = replace(row, status="DELETE_FAILED", reason=reason_of(error, row))
        except Exception as error:
            row = replace(row, status="DELETE_FAILED", reason=_bug(error, row).message)
        else:
            row = replace(row, status="DELETE_COMPLETE", reason="", vacant=False)
        self.journal.passing(row, row.status, row.reason)
        return row

    async def _remove(self, row: StackResource) -> None:
        handler = self.resource_type(row.type)
        if isinstance(handler, OwnType):
            await handler.remove(self.ctx, row)
            return
        live = await dynamic.resolved(self.ctx, row.properties)
        physical_id = row.physical_id
        if not physical_id and row.vacant:  # whether a creation that was cut off left something
            found = await handler.find(self.ctx, self.desired(row, live))
            physical_id = found.physical_id if found is not None else ""
        if physical_id:
            await handler.delete(self.ctx, physical_id, live)


def _check(row: StackResource, properties: Mapping[str, Any]) -> None:
    found = schemas.faults(schemas.schema(row.type), properties)
    if found:
        listed = "\n".join(found)
        raise ResourceFailed(f"Properties validation failed for resource {row.logical_id} with message:\n{listed}")


def _bug(error: Exception, row: StackResource) -> ResourceFailed:
    log.exception("%s of type %s failed", row.logical_id, row.type)
    return ResourceFailed(f"Internal Failure ({type(error).__name__})")


def reason_of(error: AwsError, row: StackResource) -> str:
    """The status reason of a failure, as AWS words what a handler gave."""
    if isinstance(error, ResourceFailed):
        return error.message
    return (
        f'Resource handler returned message: "{error.message}" (RequestToken: {row.token or ids.uuid()}, '
        f"HandlerErrorCode: {_handler_code(error)})"
    )


def _handler_code(error: AwsError) -> str:
    code = error.code
    if error.status == 403 or "AccessDenied" in code or "Unauthorized" in code:
        return "AccessDenied"
    if "AlreadyExists" in code or error.status == 409:
        return "AlreadyExists"
    if error.status == 404 or "NotFound" in code or "NonExistent" in code:
        return "NotFound"
    if "LimitExceeded" in code:
        return "ServiceLimitExceeded"
    return "InternalFailure" if error.status >= 500 else "InvalidRequest"


# definitions


def generated_name(stack: str, logical_id: str) -> str:
    """A name of AWS's making: `STACK-LOGICALID-RANDOM`, cut to what most services take."""
    room = limits.GENERATED_NAME_CHARS_MAX - 14
    logical_id = logical_id[: max(24, room - len(stack))]
    return f"{stack[: room - len(logical_id)]}-{logical_id}-{ids.alphanumeric(12)}"


def new_row(stack: Stack, logical_id: str, kind: str) -> StackResource:
    name = generated_name(stack.name, logical_id)
    return StackResource(stack.id, logical_id, kind, "", 0.0, name, is_new=True)


def redefined(row: StackResource, definition: Mapping[str, Any], needs: set[str]) -> StackResource:
    """A row with what a template says beside properties."""
    return replace(
        row, needs=tuple(sorted(needs)), metadata=definition.get("Metadata") or {},
        detail={"CreationPolicy": definition["CreationPolicy"]} if definition.get("CreationPolicy") else {},
        deletion_policy=text_policy(definition, "DeletionPolicy"),
        replace_policy=text_policy(definition, "UpdateReplacePolicy"), description=definition.get("Description") or "",
    )  # fmt: skip


def text_policy(definition: Mapping[str, Any], member: str) -> str:
    found = definition.get(member)
    return found if isinstance(found, str) else ""


def remembering(row: StackResource) -> StackResource:
    """A row that knows what it was before the operation under way."""
    return row if row.before is not None or row.is_new else replace(row, before=as_before(row))
