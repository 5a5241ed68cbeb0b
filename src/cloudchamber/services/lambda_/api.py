"""AWS Lambda: https://docs.aws.amazon.com/lambda/latest/api/

Operations by subject: `functions.py`, `versions.py`, `layers.py`, `permissions.py`, `concurrency.py`, `settings.py`,
`urls.py`, `invoking.py`, `mappings.py`. What runs functions is `execution.py` on top of the package `runtime`.
"""

from __future__ import annotations

from cloudchamber.services.lambda_.concurrency import Concurrency
from cloudchamber.services.lambda_.functions import Functions
from cloudchamber.services.lambda_.invoking import Invoking
from cloudchamber.services.lambda_.layers import Layers
from cloudchamber.services.lambda_.mappings import Mappings
from cloudchamber.services.lambda_.permissions import Permissions
from cloudchamber.services.lambda_.settings import Settings
from cloudchamber.services.lambda_.urls import Urls


class Lambda(Functions, Invoking, Mappings, Layers, Permissions, Concurrency, Settings, Urls):
    """The service."""
