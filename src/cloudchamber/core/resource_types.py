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

import orjson

from cloudchamber.core.errors import AwsError

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
        """What has the resource's name already: of others, or what a creation that a crash cut off has left.

        Only looks, and answers None where it may not.
        """
        return None

    async def finish(self, ctx: Context, made: Made, desired: Desired) -> Made:
        """Do what a creation that a crash cut off may not have come to, after what `find` found of it."""
        return made


class AlreadyExists(AwsError):
    """What has the name that a template gives to a resource is there already, and not of this stack."""

    code = "AlreadyExists"

    def __init__(self, type_name: str, identifier: str) -> None:
        super().__init__(f"Resource of type '{type_name}' with identifier '{identifier}' already exists.")


def tags_of(desired: Desired) -> dict[str, str]:
    """The stack's tags overlaid by the resource's `Tags`, a list of Key and Value or a mapping.

    Without `aws:cloudformation:*`: services take keys that begin with `aws:` from nobody.
    """
    own = desired.properties.get("Tags") or ()
    tags = own if isinstance(own, Mapping) else {tag["Key"]: str(tag.get("Value", "")) for tag in own}
    return {key: value for key, value in {**desired.tags, **tags}.items() if not key.startswith("aws:")}


def tag_changes(desired: Desired, have: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """Which tags to put on and which keys to take off a resource that has the tags `have`."""
    wanted = tags_of(desired)
    added = {key: value for key, value in wanted.items() if have.get(key) != value}
    return added, [key for key in have if key not in wanted and not key.startswith("aws:")]


def text_of(value: Any) -> str:
    """A property as text: `true` for a boolean, JSON for what has parts (policy documents)."""
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping | list):
        return orjson.dumps(value).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)
