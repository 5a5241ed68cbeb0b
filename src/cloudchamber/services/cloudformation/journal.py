"""What happens to stacks and resources, written down: a status and the event that tells of it in one transaction.

Events are published to the stack's notification ARNs from the same rows, so that a restart loses none.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.cloudformation.records import Event, Stack, StackResource

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.services.cloudformation.store import CloudFormationStore

STACK_TYPE = "AWS::CloudFormation::Stack"
TICK = 0.001001  # seconds: a millisecond, as times are shown in, and what a float may lose of it
AHEAD_MAX = 10.0  # seconds; further ahead is a clock that was set back


class Journal:
    def __init__(self, store: CloudFormationStore, clock: Clock) -> None:
        self.store = store
        self._clock = clock

    def stack(self, stack_id: str, status: str, reason: str = "", **changes: Any) -> Stack:
        """A stack comes to another status, with other changes of it."""
        with self.store.db.transaction():
            stack = self.store.change(stack_id, status=status, reason=reason, **changes)
            event = Event(
                ids.uuid(), self._at(stack), stack.name, stack.id, STACK_TYPE, status, reason, token=stack.token
            )
            self.store.log(stack, event)
        return stack

    def resource(self, resource: StackResource, *also: tuple[str, str]) -> StackResource:
        """A resource comes to another status. `also` are statuses and reasons it had on the way."""
        resource = replace(resource, updated_at=self._clock.now())
        with self.store.db.transaction():
            self.store.resources.put(resource)
            for status, reason in also:
                self._log(resource, status, reason)
            self._log(resource, resource.status, resource.reason)
        return resource

    def passing(self, resource: StackResource, status: str, reason: str = "") -> None:
        """Something happens to a physical resource that is no part of the stack any more."""
        with self.store.db.transaction():
            self._log(resource, status, reason)

    def _log(self, resource: StackResource, status: str, reason: str) -> None:
        stack = self.store.stacks.get(resource.stack_id)
        assert stack is not None
        properties = orjson.dumps(resource.properties).decode() if resource.properties else ""
        event = Event(
            f"{resource.logical_id}-{status}-{ids.uuid()}", self._at(stack), resource.logical_id,
            resource.physical_id, resource.type, status, reason, properties, stack.token,
        )  # fmt: skip
        self.store.log(stack, event)

    def _at(self, stack: Stack) -> float:
        """The time of a stack's next event: now, yet after the one before, as tools sort events by their time."""
        now = self._clock.now()
        last = self.store.events(stack.id, None, 1)
        after = last[0][1].at + TICK if last else now
        return after if now < after < now + AHEAD_MAX else now


def message_of(stack: Stack, event: Event) -> str:
    """The text AWS sends to a notification ARN for an event."""
    at = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    members = {
        "StackId": stack.id, "Timestamp": at, "EventId": event.id, "LogicalResourceId": event.logical_id,
        "Namespace": stack.account, "PhysicalResourceId": event.physical_id, "ResourceProperties": event.properties,
        "ResourceStatus": event.status, "ResourceStatusReason": event.reason, "ResourceType": event.type,
        "StackName": stack.name, "ClientRequestToken": event.token,
    }  # fmt: skip
    return "".join(f"{name}='{value}'\n" for name, value in members.items())
