"""A cloud with something to look at, and a browser."""

from tests.blueprints.conftest import browser, cloud  # noqa: F401 - fixtures
