"""Durations as people write them."""

import pytest

from cloudchamber.cli.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("90s", 90),
        ("5m", 300),
        ("6h", 21_600),
        ("1h30m", 5400),
        ("180d", 15_552_000),
        ("2w", 1_209_600),
        ("1.5h", 5400),
    ],
)
def test_a_duration_is_read(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "6 parsecs", "-5m", "5mm"])
def test_what_is_no_duration_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match="write 90s"):
        parse_duration(text)
