"""CloudFormation's resource types of IAM.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.iam.resource_credentials import (
    AccessKey,
    InstanceProfile,
    OidcProvider,
    SamlProvider,
    ServerCertificate,
    ServiceLinkedRole,
    VirtualMfaDevice,
)
from cloudchamber.services.iam.resource_entities import Group, Role, User, UserToGroupAddition
from cloudchamber.services.iam.resource_policies import EntityPolicy, ManagedPolicy, Policy

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.resource_types import ResourceType

TYPES: Mapping[str, ResourceType] = {
    "AWS::IAM::AccessKey": AccessKey(),
    "AWS::IAM::Group": Group(),
    "AWS::IAM::GroupPolicy": EntityPolicy("Group"),
    "AWS::IAM::InstanceProfile": InstanceProfile(),
    "AWS::IAM::ManagedPolicy": ManagedPolicy(),
    "AWS::IAM::OIDCProvider": OidcProvider(),
    "AWS::IAM::Policy": Policy(),
    "AWS::IAM::Role": Role(),
    "AWS::IAM::RolePolicy": EntityPolicy("Role"),
    "AWS::IAM::SAMLProvider": SamlProvider(),
    "AWS::IAM::ServerCertificate": ServerCertificate(),
    "AWS::IAM::ServiceLinkedRole": ServiceLinkedRole(),
    "AWS::IAM::User": User(),
    "AWS::IAM::UserPolicy": EntityPolicy("User"),
    "AWS::IAM::UserToGroupAddition": UserToGroupAddition(),
    "AWS::IAM::VirtualMFADevice": VirtualMfaDevice(),
}
