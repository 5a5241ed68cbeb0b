"""Amazon Cognito user pools: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/

Operations by subject, one module each; README.md says which stands on which.
"""

from __future__ import annotations

from cloudchamber.services.cognito_idp.appearance import Appearance
from cloudchamber.services.cognito_idp.clients import Clients
from cloudchamber.services.cognito_idp.discovery import Discovery
from cloudchamber.services.cognito_idp.domains import Domains
from cloudchamber.services.cognito_idp.groups import Groups
from cloudchamber.services.cognito_idp.imports import Imports
from cloudchamber.services.cognito_idp.listing import Listing
from cloudchamber.services.cognito_idp.mfa_settings import MfaSettings
from cloudchamber.services.cognito_idp.pages.serving import Pages
from cloudchamber.services.cognito_idp.pools import Pools
from cloudchamber.services.cognito_idp.profile import Profile
from cloudchamber.services.cognito_idp.providers import Providers
from cloudchamber.services.cognito_idp.token_checks import TokenChecks


class CognitoIdp(
    Pages,
    Pools,
    Clients,
    Groups,
    MfaSettings,
    Profile,
    Providers,
    Domains,
    Imports,
    Listing,
    Appearance,
    Discovery,
    TokenChecks,
):
    """The service; what it does not have (passkeys, replicas, managed login branding) answers 501."""
