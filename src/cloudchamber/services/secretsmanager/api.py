"""AWS Secrets Manager: https://docs.aws.amazon.com/secretsmanager/latest/apireference/

Operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.secretsmanager.passwords import Passwords
from cloudchamber.services.secretsmanager.policies import Policies
from cloudchamber.services.secretsmanager.rotating import Rotating
from cloudchamber.services.secretsmanager.secrets import Secrets
from cloudchamber.services.secretsmanager.tags import Tags
from cloudchamber.services.secretsmanager.values import Values
from cloudchamber.services.secretsmanager.versions import Versions


class SecretsManager(Secrets, Values, Versions, Policies, Rotating, Passwords, Tags):
    """The service; what it does not have (replicas in other accounts, managed external secrets) answers 501."""
