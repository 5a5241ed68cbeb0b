"""What resource types of CloudFormation's own get beside what services' types get: the row they are kept in, in which
they remember what they wait for, and the engine behind them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.cloudformation.engine import Engine
    from cloudchamber.services.cloudformation.records import StackResource


class OwnType(ResourceType):
    """Called through these in place of the methods of ResourceType. Each may be called again after a restart."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def make(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        raise NotImplementedError

    async def alter(self, ctx: Context, desired: Desired, row: StackResource, previous: Properties) -> Made:
        """Change in place; another physical id in the answer means that the old resource is to be removed."""
        raise NotImplementedError

    async def remove(self, ctx: Context, row: StackResource) -> None:
        """`row.physical_id` may be empty where making it failed."""
        raise NotImplementedError
