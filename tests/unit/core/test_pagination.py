"""Pages: every item once, in order, whatever the page size; markers of others are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.core.pagination import InvalidMarker, decode_marker, page


@given(st.sets(st.text(max_size=5)), st.integers(min_value=1, max_value=7))
def test_the_pages_together_are_the_listing(names, limit):
    items, seen, marker = sorted(names), [], None
    while True:
        chosen, marker = page(items, str, limit, marker)
        seen += chosen
        if marker is None:
            break
        assert len(chosen) == limit
    assert seen == items


@pytest.mark.parametrize("marker", ["not base64!", "%%%", "é"])
def test_a_marker_that_is_none_of_ours_is_refused(marker):
    with pytest.raises(InvalidMarker):
        decode_marker(marker)
