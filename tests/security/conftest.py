"""Attacks: a cloud for each file, user pools with people, APIs, and clients without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudchamber.testing.cloud import RunningCloud
from tests.planes.rest.rest_calls import Account, Api
from tests.services.cognito_idp.conftest import aws, idp, make, models, site  # noqa: F401 - fixtures
from tests.services.cognito_idp_pages.conftest import app, app_of  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def cloud() -> Iterator[RunningCloud]:
    running = RunningCloud().start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def owner(cloud: RunningCloud) -> Account:
    """An account with clients that are made once."""
    return Account(cloud, cloud.new_account())


@pytest.fixture
def api(owner: Account) -> Api:
    """A REST API with nothing in it."""
    return Api(owner)
