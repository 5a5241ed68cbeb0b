from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.services.sts.sts_calls import Actors

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud


@pytest.fixture
def actors(cloud: RunningCloud, account: str) -> Actors:
    return Actors(cloud, account)


@pytest.fixture
def sts(actors: Actors) -> Any:
    """An STS client as the account's root user."""
    return actors.root.client("sts")
