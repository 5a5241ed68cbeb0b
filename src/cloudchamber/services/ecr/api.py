"""Amazon ECR: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/

Operations by subject, one module each.
"""

from __future__ import annotations

from cloudchamber.services.ecr.images import Images
from cloudchamber.services.ecr.lifecycles import Lifecycles
from cloudchamber.services.ecr.policies import Policies
from cloudchamber.services.ecr.repositories import Repositories
from cloudchamber.services.ecr.tags import Tags


class Ecr(Repositories, Policies, Lifecycles, Images, Tags):
    """The service; what it does not have (pushing and pulling images, and what follows from them) answers 501."""
