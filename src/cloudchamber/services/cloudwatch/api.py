"""Amazon CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/

Operations by subject: `metrics.py`, `data.py`, `alarms.py`, `describing.py`, `dashboards.py`, `tags.py`.
"""

from __future__ import annotations

from cloudchamber.services.cloudwatch.dashboards import Dashboards
from cloudchamber.services.cloudwatch.describing import Describing
from cloudchamber.services.cloudwatch.tags import Tags


class CloudWatch(Describing, Dashboards, Tags):
    """The service."""
