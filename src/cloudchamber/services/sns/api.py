"""Amazon SNS: https://docs.aws.amazon.com/sns/latest/api/

Operations by subject: `topics.py`, `tags.py`, `subscriptions.py`, `confirming.py`, `publishing.py`, `push.py`,
`sms.py`.
"""

from __future__ import annotations

from cloudchamber.services.sns.publishing import Publishing
from cloudchamber.services.sns.subscriptions import Subscriptions
from cloudchamber.services.sns.tags import Tags
from cloudchamber.services.sns.topics import Topics


class Sns(Topics, Tags, Subscriptions, Publishing):
    """The service."""
