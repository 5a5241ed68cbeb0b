"""What CloudFormation asks of a service: for each resource type, how to make, change, remove and look at one.

A service's `resources.py` holds a `TYPES` mapping, `"AWS::SQS::Queue"` to an instance of a `ResourceType`. Handlers are
thin: they turn properties into calls (`ctx.call`), made as the stack's role or as who asked for the stack. Which
properties may change in place, and which attributes there are, says AWS's schema of the type, not the handler.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-types.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

Properties = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Desired:
    """A resource as a template wants it, intrinsic functions resolved."""

    type: str
    logical_id: str
    properties: Properties
    name: str  # the physical name AWS would make up (`STACK-LOGICALID-RANDOM`), for types that need one and got none
    tags: Mapping[str, str]  # the stack's tags and `aws:cloudformation:*`; the handler adds the properties' own
    token: str  # the same when a creation is tried again after a crash
    stack_id: str


@dataclass(frozen=True, slots=True)
class Made:
    """A resource there is: `physical_id` is what `Ref` gives, `attributes` what `Fn::GetAtt` gives, by dotted name."""

    physical_id: str
    attributes: Properties = field(default_factory=dict)


class ResourceType:
    """One resource type. Errors are the AwsErrors of the calls; the engine gives them as the reason of a failure."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        raise NotImplementedError

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        """Change in place, only what differs from `previous`; also called when nothing but tags changed."""
        raise NotImplementedError

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        """Remove it. One that is gone already is no error."""
        raise NotImplementedError

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        """Its properties as they are now, for drift detection; only those that can be read back."""
        raise NotImplementedError

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        """What a creation that was cut off by a crash has left, if it can be told; asked before a second try."""
        return None
