"""Numbers: what is one, how it comes back, what it weighs, and bytes that order as numbers do."""

import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import numbers

NINES = "9" * 38
OVERFLOW = "Number overflow. Attempting to store a number with magnitude larger than supported range"
UNDERFLOW = "Number underflow. Attempting to store a number with magnitude smaller than supported range"
PRECISION = "Attempting to store more than 38 significant digits in a Number"

# Everything DynamoDB holds: a sign, up to 38 digits, a magnitude of -130 to 125.
NUMBERS = st.builds(
    lambda sign, digits, magnitude: Decimal((sign, digits, magnitude - len(digits) + 1)),
    st.sampled_from([0, 1]),
    st.lists(st.integers(0, 9), min_size=1, max_size=38).map(lambda digits: (digits[0] or 1, *digits[1:])),
    st.one_of(st.integers(-130, 125), st.integers(-3, 40)),
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0", "0"), ("-0", "0"), ("0.000", "0"), ("0e200", "0"), ("+1", "1"), ("007", "7"), ("1.50", "1.5"),
        ("1.", "1"), (".5", "0.5"), ("-.5", "-0.5"), ("1e3", "1000"), ("1E+3", "1000"), ("12.5e-2", "0.125"),
        ("100", "100"), (NINES, NINES), (f"-{NINES}", f"-{NINES}"), (f"{NINES}000", f"{NINES}000"),
        ("1" + "0" * 125, "1" + "0" * 125), ("1e125", "1" + "0" * 125), ("1E-130", "0." + "0" * 129 + "1"),
        (f"0.{NINES}", f"0.{NINES}"), ("0." + "0" * 50 + NINES, "0." + "0" * 50 + NINES),
    ],
)  # fmt: skip
def test_a_number_comes_back_in_plain_digits_without_superfluous_zeros(text, shown):
    assert numbers.canonical(text) == shown


@pytest.mark.parametrize(
    "text",
    ["abc", "1a", "--1", "1e", "e5", ".", "-", "1_000", "1,5", " 1", "1 ", "1\n", "NaN", "Infinity", "0x10", "١"],
)
def test_what_is_no_number_is_refused_by_its_text(text):
    with pytest.raises(ValidationError) as caught:
        numbers.canonical(text)
    assert caught.value.message == f"The parameter cannot be converted to a numeric value: {text}"


def test_an_empty_number_is_refused():
    with pytest.raises(ValidationError) as caught:
        numbers.canonical("")
    assert caught.value.message == "The parameter cannot be converted to a numeric value"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1e126", OVERFLOW), ("-1e126", OVERFLOW), ("1" + "0" * 126, OVERFLOW), (f"{NINES}e89", OVERFLOW),
        ("1e-131", UNDERFLOW), ("-1e-131", UNDERFLOW), ("0." + "0" * 130 + "1", UNDERFLOW),
        ("1" * 39, PRECISION), ("1." + "0" * 37 + "1", PRECISION), ("-" + "1" * 39, PRECISION),
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_refused(text, message):
    with pytest.raises(ValidationError) as caught:
        numbers.canonical(text)
    assert caught.value.message == message


@pytest.mark.parametrize("text", [f"{NINES}e87", f"-{NINES}e87", "1e-130", "-1e-130"])
def test_the_extremes_are_held(text):
    assert Decimal(numbers.canonical(text)) == Decimal(text)


@given(NUMBERS)
def test_a_number_keeps_its_value_and_has_one_text(number):
    text = numbers.canonical(str(number))
    assert Decimal(text) == number
    assert numbers.canonical(text) == text
    assert numbers.canonical(f"{number:E}") == text
    assert "E" not in text


@given(NUMBERS, NUMBERS)
def test_encoded_numbers_order_as_numbers_do(left, right):
    left, right = numbers.canonical(str(left)), numbers.canonical(str(right))
    ordered = (Decimal(left) > Decimal(right)) - (Decimal(left) < Decimal(right))
    a, b = numbers.encode(left), numbers.encode(right)
    assert (a > b) - (a < b) == ordered
    # Each ends by itself: what follows does not disturb the order.
    if ordered:
        assert not a.startswith(b)
        assert not b.startswith(a)


def test_a_row_of_numbers_sorts_by_its_encoding():
    row = ["-1e125", "-100", "-99.5", "-10", "-9", "-1.5", "-1", "-0.1", "-1e-130", "0", "1e-130", "0.09", "0.1",
           "0.11", "1", "1.5", "2", "9.99", "10", "100", "101", "1e125"]  # fmt: skip
    encoded = [numbers.encode(numbers.canonical(text)) for text in row]
    shuffled = random.Random(5).sample(encoded, len(encoded))
    assert sorted(shuffled) == encoded


@pytest.mark.parametrize(
    ("text", "size"),
    [("0", 1), ("1", 2), ("10", 2), ("12", 2), ("123", 3), ("1000", 2), ("-1", 3), ("-12.5", 4), ("0.01", 2),
     (NINES, 20), (f"-{NINES}", 21)],
)  # fmt: skip
def test_a_number_weighs_a_byte_for_two_significant_digits_and_one_more(text, size):
    assert numbers.size_bytes(text) == size


@pytest.mark.parametrize(
    ("left", "right", "total"),
    [("1", "2", "3"), ("0.1", "0.2", "0.3"), ("-5", "5", "0"), (NINES, "1", "1" + "0" * 38), ("1.5", "0.5", "2")],
)
def test_sums_are_exact(left, right, total):
    assert numbers.add(left, right) == total
    assert numbers.subtract(total, right) == left


@pytest.mark.parametrize(
    ("left", "right", "message"),
    [(NINES, "0.1", PRECISION), ("1" + "0" * 125, "-0.1", PRECISION), ("9" + "0" * 125, "1" + "0" * 125, OVERFLOW)],
)
def test_a_sum_that_cannot_be_held_is_refused(left, right, message):
    with pytest.raises(ValidationError) as caught:
        numbers.add(left, right)
    assert caught.value.message == message
