"""AWS Identity and Access Management: https://docs.aws.amazon.com/IAM/latest/APIReference/

Operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.iam.access_keys import AccessKeys
from cloudchamber.services.iam.accounts import Accounts
from cloudchamber.services.iam.attachments import Attachments
from cloudchamber.services.iam.certificates import Certificates
from cloudchamber.services.iam.groups import Groups
from cloudchamber.services.iam.inline import InlinePolicies
from cloudchamber.services.iam.instance_profiles import InstanceProfiles
from cloudchamber.services.iam.mfa import Mfa
from cloudchamber.services.iam.passwords import Passwords
from cloudchamber.services.iam.policies import Policies
from cloudchamber.services.iam.providers import Providers
from cloudchamber.services.iam.reports import Reports
from cloudchamber.services.iam.roles import Roles
from cloudchamber.services.iam.service_credentials import ServiceCredentials
from cloudchamber.services.iam.service_linked_roles import ServiceLinkedRoles
from cloudchamber.services.iam.simulation import Simulation
from cloudchamber.services.iam.tags import Tags
from cloudchamber.services.iam.users import Users


class Iam(
    AccessKeys,
    Accounts,
    Attachments,
    Certificates,
    Groups,
    InlinePolicies,
    InstanceProfiles,
    Mfa,
    Passwords,
    Policies,
    Providers,
    Reports,
    Roles,
    ServiceCredentials,
    ServiceLinkedRoles,
    Simulation,
    Tags,
    Users,
):
    """The service."""
