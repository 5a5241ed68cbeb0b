"""AWS Security Token Service: https://docs.aws.amazon.com/STS/latest/APIReference/

Operations by subject: `roles.py`, `users.py`, `web_identity.py`, `saml_roles.py`, `inspection.py`.
"""

from __future__ import annotations

from cloudchamber.services.sts.inspection import Inspection
from cloudchamber.services.sts.roles import Roles
from cloudchamber.services.sts.saml_roles import SamlRoles
from cloudchamber.services.sts.sign_on import SamlSignOn
from cloudchamber.services.sts.users import Users
from cloudchamber.services.sts.web_identity import WebIdentity


class Sts(Roles, Users, WebIdentity, SamlRoles, SamlSignOn, Inspection):
    """The service; it is also where temporary credentials come from (`credential`)."""
