"""Resource types that are nobody's service: the marker that the CDK leaves in its templates.

https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.resource_types import Desired, Made, Properties, ResourceType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


class CdkMetadata(ResourceType):
    """Nothing: on AWS as well, all there is to it is that the stack has it."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        return Made(desired.name)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return Made(physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        return None

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        return properties


TYPES: Mapping[str, ResourceType] = {"AWS::CDK::Metadata": CdkMetadata()}
