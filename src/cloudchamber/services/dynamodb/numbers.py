"""DynamoDB's numbers: 38 significant digits, magnitudes from 1E-130 to 9.99…E+125, ordered as numbers are.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html#HowItWorks.DataTypes.Number

A number is kept as the text DynamoDB gives back: plain digits, no exponent, no superfluous zeros.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, InvalidOperation

from cloudchamber.core.errors import ValidationError

DIGITS_MAX = 38
EXPONENT_MAX = 125
EXPONENT_MIN = -130

# Texts that are as DynamoDB gives them back already: most of those that programs send.
_CANONICAL = re.compile(r"(?:0|-?[1-9]\d{0,37})\Z", re.ASCII)
_NUMERIC = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,9})?\Z", re.ASCII)
# Exact for whatever two numbers of 38 digits may give; what is too long afterwards is refused, never rounded.
_EXACT = Context(prec=600, Emin=-999_999, Emax=999_999)


def canonical(text: str) -> str:
    """The number as DynamoDB gives it back. ValidationException for what is none, or is out of range."""
    if _CANONICAL.match(text):
        return text
    return plain(parse(text))


def parse(text: str) -> Decimal:
    """The value of a number. ValidationException for what is none, or is out of range."""
    if not text:
        raise ValidationError("The parameter cannot be converted to a numeric value")
    if not _NUMERIC.match(text):
        raise ValidationError(f"The parameter cannot be converted to a numeric value: {text}")
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValidationError(f"The parameter cannot be converted to a numeric value: {text}") from None
    return within_range(value)


def within_range(value: Decimal) -> Decimal:
    """The same number, if DynamoDB can hold it; ValidationException."""
    if not value:
        return value
    digits = value.as_tuple().digits
    magnitude = value.adjusted()
    if magnitude > EXPONENT_MAX:
        raise ValidationError(
            "Number overflow. Attempting to store a number with magnitude larger than supported range"
        )
    if magnitude < EXPONENT_MIN:
        raise ValidationError(
            "Number underflow. Attempting to store a number with magnitude smaller than supported range"
        )
    if len(digits) > DIGITS_MAX and len(_significant(digits)) > DIGITS_MAX:
        raise ValidationError("Attempting to store more than 38 significant digits in a Number")
    return value


def _significant(digits: tuple[int, ...]) -> tuple[int, ...]:
    first, last = 0, len(digits)
    while first < last and digits[first] == 0:
        first += 1
    while last > first and digits[last - 1] == 0:
        last -= 1
    return digits[first:last]


def plain(value: Decimal) -> str:
    """Plain digits without superfluous zeros."""
    if not value:
        return "0"
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text


def add(left: str, right: str) -> str:
    """The sum of two canonical numbers; ValidationException if DynamoDB cannot hold it."""
    return plain(within_range(_EXACT.add(Decimal(left), Decimal(right))))


def subtract(left: str, right: str) -> str:
    """The difference of two canonical numbers; ValidationException if DynamoDB cannot hold it."""
    return plain(within_range(_EXACT.subtract(Decimal(left), Decimal(right))))


def size_bytes(text: str) -> int:
    """A canonical number's share of an item: a byte for two significant digits, one more, and one for a sign."""
    negative = text[0] == "-"
    digits = len(text.replace(".", "").lstrip("-0").rstrip("0")) if text != "0" else 0
    return (digits + 1) // 2 + 1 + negative


# Sort keys: bytes that compare as the numbers do, and that end by themselves.
_ZERO = b"\x80"
_POSITIVE, _NEGATIVE = b"\x81", b"\x7f"
_COMPLEMENT = bytes(255 - byte for byte in range(256))
_PAIRS = {f"{pair:02}": pair + 1 for pair in range(100)}


def encode(text: str) -> bytes:
    """Order-preserving bytes of a canonical number: sign, exponent, pairs of digits, an end.

    Negative numbers are the complement of what their absolute value is, so that they come in reverse.
    """
    if text == "0":
        return _ZERO
    negative = text[0] == "-"
    whole, _, fraction = (text[1:] if negative else text).partition(".")
    if whole != "0":
        exponent = len(whole) - 1
        digits = (whole + fraction).rstrip("0")
    else:
        digits = fraction.lstrip("0")
        exponent = len(digits) - len(fraction) - 1
    if len(digits) & 1:
        digits += "0"
    encoded = bytes([exponent - EXPONENT_MIN, *[_PAIRS[digits[at : at + 2]] for at in range(0, len(digits), 2)], 0])
    return _NEGATIVE + encoded.translate(_COMPLEMENT) if negative else _POSITIVE + encoded
