"""CloudFormation's resource types of DynamoDB.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_DynamoDB.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.dynamodb.resource_global_tables import GlobalTable
from cloudchamber.services.dynamodb.resource_tables import Table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.resource_types import ResourceType

TYPES: Mapping[str, ResourceType] = {
    "AWS::DynamoDB::GlobalTable": GlobalTable(),
    "AWS::DynamoDB::Table": Table(),
}
