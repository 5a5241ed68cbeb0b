"""A stack without an engine: resource types' handlers, called one at a time as CloudFormation calls them."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.context import Caller
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.resource_types import Desired, Made
from cloudchamber.identity.principals import root
from cloudchamber.registry import resource_type

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from cloudchamber.cloud import Cloud
    from cloudchamber.core.context import Context
    from cloudchamber.core.resource_types import ResourceType
    from cloudchamber.testing import RunningCloud

STACK_ID = "arn:aws:cloudformation:us-east-1:{}:stack/stack/00000000-0000-4000-8000-000000000000"


@dataclass
class Resource:
    """A resource of the stack, as the engine would remember it."""

    stack: Stack
    desired: Desired
    made: Made

    @property
    def ref(self) -> str:
        return self.made.physical_id

    def att(self, name: str) -> Any:
        return self.made.attributes[name]

    def update(self, tags: Mapping[str, str] | None = None, **properties: Any) -> Resource:
        """Change it in place: the given properties are all that it has from now on."""
        wanted = replace(self.desired, properties=properties, tags={**self.desired.tags, **(tags or {})})
        before = copy.deepcopy(dict(self.desired.properties))
        made = self.stack.run(lambda h, ctx: h.update(ctx, self.ref, wanted, before), wanted.type)
        assert made.physical_id == self.ref
        self.desired, self.made = wanted, made
        return self

    def read(self) -> dict[str, Any]:
        return dict(self.stack.run(lambda h, ctx: h.read(ctx, self.ref, self.desired.properties), self.desired.type))

    def delete(self) -> None:
        self.stack.run(lambda h, ctx: h.delete(ctx, self.ref, self.desired.properties), self.desired.type)


@dataclass
class Stack:
    cloud: RunningCloud
    account: str
    region: str = "us-east-1"
    tags: dict[str, str] = field(default_factory=dict)
    count: int = 0

    def run(self, work: Callable[[ResourceType, Context], Awaitable[Any]], type_name: str) -> Any:
        """`await work(handler, context)` on the cloud's loop, as the account's root user."""

        async def call(cloud: Cloud) -> Any:
            caller = Caller(endpoint=cloud.endpoint)
            span = new_span("cloudformation", "CreateStack", "r", None, cloud.clock.now())
            ctx = cloud.dispatcher.open(span, root(self.account), self.account, self.region, caller)
            handler = resource_type(type_name)
            assert handler is not None, f"{type_name} is not registered"
            return await work(handler, ctx)

        return self.cloud.run(call)

    def desired(self, type_name: str, properties: Mapping[str, Any]) -> Desired:
        self.count += 1
        logical = f"{type_name.rpartition(':')[2]}{self.count}"
        name = f"Stack-{logical}-{self.account}"  # twelve characters, as on AWS, and no other test's
        stack_id = STACK_ID.format(self.account)
        tags = {**self.tags, "aws:cloudformation:stack-name": "Stack"}
        return Desired(type_name, logical, properties, name, tags, f"token{self.count}", stack_id)

    def create(self, type_name: str, /, **properties: Any) -> Resource:
        """`create("AWS::SQS::Queue", DelaySeconds="5")`"""
        wanted = self.desired(type_name, properties)
        return Resource(self, wanted, self.run(lambda handler, ctx: handler.create(ctx, wanted), type_name))

    def find(self, resource: Resource) -> Made | None:
        """What a second try after a crash finds of a resource."""
        found: Made | None = self.run(lambda h, ctx: h.find(ctx, resource.desired), resource.desired.type)
        return found
