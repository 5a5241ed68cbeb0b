"""Each property of each type is handled, refused, or said to be without effect; and the page about it is up to date."""

from __future__ import annotations

import pytest
from tools import cloudformation_resources as tool

from cloudchamber.protocol.provisioning import Type
from cloudchamber.registry import resource_type


def checked() -> list[str]:
    return [name for name in tool.type_names() if isinstance(resource_type(name), Type)]


@pytest.mark.parametrize("name", checked())
def test_no_property_of_a_type_is_forgotten(name: str):
    assert tool.missing(name) == []


@pytest.mark.parametrize("name", checked())
def test_what_is_refused_or_without_effect_is_a_property(name: str):
    known = set(tool.properties(name))
    if not name.startswith("AWS::Logs::"):  # the two kinds of filters have one list
        assert set(tool.refused(name)) <= known
    assert set(tool.WITHOUT_EFFECT.get(name, ())) <= known


def test_every_type_is_on_the_page():
    page = tool.PAGE.read_text()
    assert [name for name in tool.type_names() if f"`{name}`" not in page] == []
