"""What most of CloudFormation's types of API Gateway are: a create, an update by patches, a delete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType, tag_changes, tags_of
from cloudchamber.services.apigateway.cfn_properties import member_of, members, properties_of
from cloudchamber.services.apigateway.rest.coercion import shape_of
from cloudchamber.services.apigateway.rest.patch_difference import between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.rest.patch import Patcher

MISSING = "NotFoundException"


async def gone_is_fine(ctx: Context, operation: str, **request: Any) -> None:
    """A deletion, of what may be gone already."""
    try:
        await ctx.call(operation, **request)
    except AwsError as error:
        if error.code != MISSING:
            raise


async def there(ctx: Context, operation: str, place: Mapping[str, Any]) -> bool:
    """Whether a Get finds something."""
    try:
        await ctx.call(operation, **place)
    except AwsError as error:
        if error.code == MISSING:
            return False
        raise
    return True


async def retag(ctx: Context, place: str, desired: Desired) -> None:
    """Give what `place` names (the part of an ARN after the region) the tags it is to have."""
    arn = f"arn:aws:apigateway:{ctx.region}::/{place}"
    have = (await ctx.call("apigateway:GetTags", resourceArn=arn)).get("tags") or {}
    added, removed = tag_changes(desired, have)
    if removed:
        await ctx.call("apigateway:UntagResource", resourceArn=arn, tagKeys=removed)
    if added:
        await ctx.call("apigateway:TagResource", resourceArn=arn, tags=added)


@dataclass(frozen=True)
class Thing(ResourceType):
    """`kind` is what follows Create, Get, Update and Delete in the names of operations; `by` the member of requests
    that names one, `answers` the one of answers; `attribute` the name by which GetAtt gives the physical id."""

    kind: str
    by: str
    patcher: Patcher
    answers: str = "id"
    attribute: str = ""
    parent: tuple[str, ...] = ("RestApiId",)  # the properties that name what it is in
    attributes: tuple[str, ...] = ()  # further ones of GetAtt
    tagged: str = ""  # what stands before the identifier in its ARN, of what has tags
    gets_name: bool = False  # one that CloudFormation makes up
    name_member: str = ""  # the member of the request by which it can be got, of what has a name of its own
    alike: tuple[str, ...] = ()  # or the members by which it is told from all others of its parent
    creation: str = ""  # the operation, where it is not Create and the kind

    @property
    def _creation(self) -> str:
        return self.creation or f"Create{self.kind}"

    def _place(self, properties: Properties, physical_id: str) -> dict[str, Any]:
        return {**{member_of(name): properties[name] for name in self.parent}, self.by: physical_id}

    def body(self, properties: Properties) -> dict[str, Any]:
        """The members that patches compare."""
        return members(shape_of(self._creation), properties)

    def made(self, answer: Mapping[str, Any]) -> Made:
        physical_id = str(answer[self.answers])
        attributes = {name: answer.get(member_of(name), "") for name in self.attributes}
        return Made(physical_id, {**attributes, self.attribute: physical_id} if self.attribute else attributes)

    async def create(self, ctx: Context, desired: Desired) -> Made:
        request = members(shape_of(self._creation), desired.properties)
        if self.gets_name:
            request.setdefault("name", desired.name)
        if self.tagged and tags_of(desired):
            request["tags"] = tags_of(desired)
        return self.made(await ctx.call(f"apigateway:{self._creation}", **request))

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        place = self._place(desired.properties, physical_id)
        operations = between(self.patcher, self.body(previous), self.body(desired.properties))
        if self.tagged:
            await retag(ctx, f"{self.tagged}/{physical_id}", desired)
        if operations:
            await ctx.call(f"apigateway:Update{self.kind}", **place, patchOperations=operations)
        return self.made(await ctx.call(f"apigateway:Get{self.kind}", **place))

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(ctx, f"apigateway:Delete{self.kind}", **self._place(properties, physical_id))

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call(f"apigateway:Get{self.kind}", **self._place(properties, physical_id))
        own = {name: properties[name] for name in properties if name in self.parent or member_of(name) == self.by}
        return {**own, **properties_of(found, properties)}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        request = members(shape_of(self._creation), desired.properties)
        name = request.get(self.name_member)
        if name is not None:
            get, place = f"apigateway:Get{self.kind}", self._place(desired.properties, name)
            return self.made(await ctx.call(get, **place)) if await there(ctx, get, place) else None
        if self.gets_name and "name" not in request:  # then it has one that nothing else has
            return await self._alike(ctx, {}, {"name": desired.name})
        if not self.alike:
            return None
        place = self._place(desired.properties, "")
        del place[self.by]
        return await self._alike(ctx, place, {member: request.get(member) for member in self.alike})

    async def _alike(self, ctx: Context, place: Mapping[str, Any], wanted: Mapping[str, Any]) -> Made | None:
        """The one that has these members, of all there are in a place."""
        position: dict[str, Any] = {}
        while True:
            found = await ctx.call(f"apigateway:Get{self.kind}s", **place, limit=500, **position)
            for one in found["items"]:
                if all(one.get(member) == value for member, value in wanted.items()):
                    return self.made(one)
            if "position" not in found:
                return None
            position = {"position": found["position"]}
