"""Attacks: a cloud for each file, user pools with people, APIs, and clients without credentials."""

from __future__ import annotations

from tests.planes.rest.conftest import api, owner  # noqa: F401 - fixtures
from tests.services.cognito_idp.conftest import idp, make, site  # noqa: F401 - fixtures
from tests.services.cognito_idp_pages.conftest import app, app_of  # noqa: F401 - fixtures
from tests.services.conftest import aws, cloud, models  # noqa: F401 - fixtures
