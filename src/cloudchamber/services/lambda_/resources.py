"""CloudFormation's resource types of Lambda.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Lambda.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.lambda_.resource_access import (
    CodeSigningConfig,
    EventInvokeConfig,
    EventSourceMapping,
    Permission,
    Url,
)
from cloudchamber.services.lambda_.resource_functions import (
    Alias,
    Function,
    LayerVersion,
    LayerVersionPermission,
    Version,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.resource_types import ResourceType

TYPES: Mapping[str, ResourceType] = {
    "AWS::Lambda::Alias": Alias(),
    "AWS::Lambda::CodeSigningConfig": CodeSigningConfig(),
    "AWS::Lambda::EventInvokeConfig": EventInvokeConfig(),
    "AWS::Lambda::EventSourceMapping": EventSourceMapping(),
    "AWS::Lambda::Function": Function(),
    "AWS::Lambda::LayerVersion": LayerVersion(),
    "AWS::Lambda::LayerVersionPermission": LayerVersionPermission(),
    "AWS::Lambda::Permission": Permission(),
    "AWS::Lambda::Url": Url(),
    "AWS::Lambda::Version": Version(),
}
