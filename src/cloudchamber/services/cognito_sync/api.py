"""Amazon Cognito Sync: https://docs.aws.amazon.com/cognitosync/latest/APIReference/

Operations by subject: `datasets.py`, `records.py`, `devices.py`, `settings.py`.
"""

from __future__ import annotations

from cloudchamber.services.cognito_sync.records import Records
from cloudchamber.services.cognito_sync.settings import Settings


class CognitoSync(Records, Settings):
    """The service."""
