"""What the resource types of many services need: calls made of properties, names, tags, deletes that forgive.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tag_changes, tags_of
from cloudchamber.protocol.fitting import fitted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from cloudchamber.core.context import Context

_GONE = re.compile(r"^NoSuch|NotFound|NotExist|NonExistent")


class Unsupported(AwsError):
    """A property that AWS has and this cloud has not: refused, never ignored."""

    code = "InvalidRequest"


class Type(ResourceType):
    """A resource type whose `refused` properties have no effect here, so that a template that has them fails.

    Values that mean the same as leaving the property out are named with it: `{"ApplyOnTransformedLogs": False}`.
    """

    refused: ClassVar[Mapping[str, Any]] = {}

    async def create(self, ctx: Context, desired: Desired) -> Made:
        self._refuse(desired)
        return await self.make(ctx, desired)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        self._refuse(desired)
        return await self.change(ctx, physical_id, desired, previous)

    def _refuse(self, desired: Desired) -> None:
        for name, harmless in self.refused.items():
            value = desired.properties.get(name)
            if value is not None and value != harmless:
                raise Unsupported(f"{desired.type}: the property {name} is not implemented in cloudchamber")

    async def make(self, ctx: Context, desired: Desired) -> Made:
        raise NotImplementedError

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        raise NotImplementedError


async def ask(
    ctx: Context, operation: str, properties: Properties | None = None, /, *leave_out: str, **more: Any
) -> Mapping[str, Any]:
    """Call `operation` with those of `properties` that it takes, but for `leave_out`, and with `more` that is not None.

    Both are fitted to the operation's input.
    """
    given = {name: value for name, value in (properties or {}).items() if name not in leave_out}
    return await ctx.call(operation, **fitted(operation, {**given, **more}))


async def unless_gone(call: Awaitable[Mapping[str, Any]], *codes: str) -> Mapping[str, Any] | None:
    """What a call answers; None if what it names is gone, or for an error of one of `codes`."""
    try:
        return await call
    except AwsError as error:
        if error.code in codes or _GONE.search(error.code):
            return None
        raise


async def seen(call: Awaitable[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """What a look-up answers; None if there is nothing, or if who asks may not look."""
    return await unless_gone(call, "AccessDenied", "AccessDeniedException")


@asynccontextmanager
async def undone(undo: Callable[[], Awaitable[Any]]) -> AsyncIterator[None]:
    """Take back what was made already when a later step of a creation fails."""
    try:
        yield
    except AwsError:
        try:
            await undo()
        except AwsError:
            pass  # the first error is the reason to give
        raise


def name_within(desired: Desired, length: int) -> str:
    """The name that AWS makes up, `STACK-LOGICALID-RANDOM`, in at most `length` characters: the random part stays, the
    two others are cut to equal shares of what is left."""
    name = desired.name
    if len(name) <= length:
        return name
    stack, logical, suffix = ("", *name.rsplit("-", 2))[-3:]
    room = length - len(suffix) - 2
    kept = max(room // 2, room - len(stack))
    logical = logical[:kept]
    return f"{stack[: room - len(logical)]}-{logical}-{suffix}"


def changed(desired: Desired, previous: Properties, *names: str) -> bool:
    """Whether one of the properties, or of all, differs from before."""
    now = desired.properties
    return any(now.get(name) != previous.get(name) for name in names or {*now, *previous})


def difference(wanted: Iterable[Any] | None, had: Iterable[Any] | None) -> tuple[list[Any], list[Any]]:
    """What is new in `wanted` and what of `had` is no longer in it, in order, each once."""
    now, before = list(dict.fromkeys(wanted or ())), list(dict.fromkeys(had or ()))
    return [item for item in now if item not in before], [item for item in before if item not in now]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def as_tags(found: Any) -> dict[str, str]:
    """Tags of an answer, whatever their form there."""
    if isinstance(found, Mapping):
        return dict(found)
    return {tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue")) for tag in found or ()}


@dataclass(frozen=True, slots=True)
class Tagged:
    """How a service shows and changes the tags of a resource named by one member of its input."""

    service: str
    show: str = "ListTagsForResource"
    add: str = "TagResource"
    remove: str = "UntagResource"
    name: str = "ResourceArn"
    is_map: bool = False

    async def now(self, ctx: Context, identifier: str) -> dict[str, str]:
        found = await ctx.call(
            f"{self.service}:{self.show}", **fitted(f"{self.service}:{self.show}", {self.name: identifier})
        )
        return as_tags(next((value for key, value in found.items() if key.lower() in ("tags", "taglist")), None))

    async def change(self, ctx: Context, identifier: str, desired: Desired) -> None:
        added, removed = tag_changes(desired, await self.now(ctx, identifier))
        named = {self.name: identifier}
        if removed:
            await ask(ctx, f"{self.service}:{self.remove}", named, TagKeys=removed)
        if added:
            await ask(ctx, f"{self.service}:{self.add}", named, Tags=added if self.is_map else tag_list(added))

    def wanted(self, desired: Desired) -> Any:
        """The tags for the input of a creation; None for none, which some services do not take as an empty list."""
        tags = tags_of(desired)
        return (tags if self.is_map else tag_list(tags)) if tags else None


def capitalized(value: Any) -> Any:
    """Members of an answer in CloudFormation's spelling: `logGroupName` -> `LogGroupName`, at every depth."""
    if isinstance(value, Mapping):
        return {key[:1].upper() + key[1:]: capitalized(inner) for key, inner in value.items()}
    return [capitalized(inner) for inner in value] if isinstance(value, list | tuple) else value


def kept(properties: Properties, *names: str) -> dict[str, Any]:
    """What cannot be read back, as the template has it: it does not count as changed."""
    return {name: properties[name] for name in names if name in properties}


def picked(found: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Those members of an answer that are properties; absent and empty ones are left out."""
    chosen = {name: found[name] for name in names if found.get(name) not in (None, "", [], {}, ())}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in chosen.items()}
