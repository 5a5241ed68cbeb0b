"""Macros as resources: a name for a function that transforms templates.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-macro.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.resource_types import AlreadyExists, Desired, Made, Properties
from cloudchamber.services.cloudformation.own_type import OwnType
from cloudchamber.services.cloudformation.records import Macro, StackResource

if TYPE_CHECKING:
    from cloudchamber.core.context import Context


class MacroType(OwnType):
    async def make(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        name = str(desired.properties["Name"])
        taken = self.engine.store.macros.get(ctx.account, ctx.region, name)
        if taken is not None and taken.stack_id != row.stack_id:
            raise AlreadyExists(row.type, name)
        return self._put(ctx, desired, row)

    async def alter(self, ctx: Context, desired: Desired, row: StackResource, previous: Properties) -> Made:
        return self._put(ctx, desired, row)

    async def remove(self, ctx: Context, row: StackResource) -> None:
        if row.physical_id:
            self.engine.store.macros.delete(ctx.account, ctx.region, row.physical_id)

    def _put(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        name, function = str(desired.properties["Name"]), str(desired.properties["FunctionName"])
        self.engine.store.macros.put(Macro(ctx.account, ctx.region, name, function, row.stack_id))
        return Made(name)
