"""AWS Systems Manager: https://docs.aws.amazon.com/systems-manager/latest/APIReference/

Parameter Store's operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.ssm.describing import Describing
from cloudchamber.services.ssm.labels import Labels
from cloudchamber.services.ssm.reading import Reading
from cloudchamber.services.ssm.settings import Settings
from cloudchamber.services.ssm.sharing import Sharing
from cloudchamber.services.ssm.tags import Tags
from cloudchamber.services.ssm.writing import Writing


class Ssm(Writing, Reading, Describing, Labels, Tags, Settings, Sharing):
    """The service; Systems Manager's other parts (documents, commands, inventory, …) answer 501."""
