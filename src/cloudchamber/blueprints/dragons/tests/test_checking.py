"""What a dragon may be. Run by the workflow before anything is deployed: `python -m pytest tests`."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "functions"))

from checking import Wrong, check_name_is_free, cleaned, family_of, the_one

EMBER = {"id": "1", "name": "Ember", "family": "fire", "city": "Oslo", "country": "Norway", "description": "Warm."}


def test_spaces_around_texts_go():
    assert cleaned({**EMBER, "name": "  Ember "}) == EMBER


@pytest.mark.parametrize("key", ["name", "city", "country"])
def test_nothing_but_spaces_is_refused(key):
    with pytest.raises(Wrong, match=f"needs a {key}"):
        cleaned({**EMBER, key: "  "})


def test_families():
    assert family_of(None) is None
    assert family_of({"family": "fire"}) == "fire"
    with pytest.raises(Wrong, match="no family plaid"):
        family_of({"family": "plaid"})


def test_a_name_is_taken_once():
    with pytest.raises(Wrong, match="called Ember already") as refused:
        check_name_is_free([EMBER], "EMBER")
    assert refused.value.status == 409
    check_name_is_free([EMBER], "Ember", but="1")
    check_name_is_free([EMBER], "Frost")


def test_finding_one():
    assert the_one([EMBER], "1") is EMBER
    with pytest.raises(Wrong, match="no dragon 2") as refused:
        the_one([EMBER], "2")
    assert refused.value.status == 404
