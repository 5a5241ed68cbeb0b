"""A cloud for each file, as for the tests of services."""

from tests.services.conftest import cloud  # noqa: F401 - a fixture
