"""Amazon Cognito identity pools: https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/

Operations by subject: `pools.py`, `identities.py`, `credentials.py`, `developers.py`, `tagging.py`.
"""

from __future__ import annotations

from cloudchamber.services.cognito_identity.developers import Developers
from cloudchamber.services.cognito_identity.identities import Identities
from cloudchamber.services.cognito_identity.pools import Pools
from cloudchamber.services.cognito_identity.tagging import Tags


class CognitoIdentity(Pools, Identities, Developers, Tags):
    """The service."""
