"""Scalars on the wire: timestamps, numbers, booleans, blobs.

Inside, a timestamp is a float of epoch seconds and a blob is bytes. A value that cannot be read raises ValueError; the
protocols turn that into the error AWS gives.
"""

from __future__ import annotations

import base64
import binascii
import calendar
import math
import re
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import lru_cache
from time import gmtime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s*([Zz]|[+-]\d\d:?\d\d)?$")
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)$")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$")
TEXT_CHARS_MAX = 64
_EPOCH = date(1970, 1, 1)
INTEGER_LIMITS = {"integer": 2**31, "long": 2**63}  # the first value that is too much
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_timestamp(text: str | float) -> float:
    """Epoch seconds of a timestamp in any of AWS's forms: epoch, ISO 8601, or RFC 822 date."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _finite(float(text))
    text = str(text).strip()
    if len(text) > TEXT_CHARS_MAX:
        raise ValueError("not a timestamp")
    found = _ISO.match(text) or _COMPACT.match(text) or _DATE.match(text)
    if found:
        try:
            return _from_parts(found.groups())
        except OverflowError:
            raise ValueError("timestamp out of range") from None
    try:
        return _finite(float(text))
    except ValueError:
        pass
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        raise ValueError(f"not a timestamp: {text[:64]}") from None


def _from_parts(parts: tuple[str | None, ...]) -> float:
    parts += (None,) * (8 - len(parts))
    year, month, day, hour, minute, second = (int(part or 0) for part in parts[:6])
    fraction = float("0." + parts[6]) if parts[6] else 0.0
    moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    zone = parts[7]
    if zone and zone not in "Zz":
        sign = -1 if zone[0] == "-" else 1
        digits = zone[1:].replace(":", "")
        moment -= sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return calendar.timegm(moment.utctimetuple()) + fraction


def _finite(number: float) -> float:
    if not math.isfinite(number) or not -62135596800 <= number < 253402300800:
        raise ValueError("timestamp out of range")
    return number


@lru_cache(maxsize=4096)
def iso8601(at: float) -> str:
    """`2019-12-16T23:48:18Z`, with milliseconds where there are any."""
    seconds, rest = divmod(round(at * 1000), 1000)
    day, second = divmod(seconds, 86_400)
    hour, second = divmod(second, 3600)
    fraction = f".{rest:03}" if rest else ""
    return f"{_date(day)}T{hour:02}:{second // 60:02}:{second % 60:02}{fraction}Z"


@lru_cache(maxsize=1024)
def _date(day: int) -> str:
    """`2019-12-16`, from days since 1970."""
    return (_EPOCH + timedelta(days=day)).isoformat()


@lru_cache(maxsize=4096)
def rfc822(at: float) -> str:
    """`Mon, 16 Dec 2019 23:48:18 GMT`, with a fraction where there is one, as AWS's `http-date` allows."""
    thousandths = round(at * 1000)
    seconds, rest = divmod(thousandths, 1000)
    t = gmtime(seconds)
    fraction = f".{rest:03}".rstrip("0") if rest else ""
    clock = f"{t[3]:02}:{t[4]:02}:{t[5]:02}{fraction}"
    return f"{_DAYS[t[6]]}, {t[2]:02} {_MONTHS[t[1] - 1]} {t[0]:04} {clock} GMT"


def epoch(at: float) -> int | float:
    """Epoch seconds, whole where they are whole, else to the millisecond."""
    whole = int(at)
    return whole if whole == at else round(at, 3)


FORMATS = {"iso8601": iso8601, "rfc822": rfc822}


def format_timestamp(at: float, style: str) -> str:
    """`at` in one of the model's formats: `iso8601`, `rfc822`, `unixTimestamp`."""
    formatter = FORMATS.get(style)
    return formatter(at) if formatter else str(epoch(at))


def parse_integer(text: str) -> int:
    return _within(text, INTEGER_LIMITS["integer"])


def parse_long(text: str) -> int:
    return _within(text, INTEGER_LIMITS["long"])


def _within(text: str, limit: int) -> int:
    text = text.strip()
    if len(text) > 20 or not re.fullmatch(r"[+-]?[0-9]+", text) or not -limit <= int(text) < limit:
        raise ValueError(f"not an integer: {text[:64]}")
    return int(text)


def parse_float(text: str) -> float:
    text = text.strip()
    special = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(text)
    if special is not None:
        return special
    if not re.fullmatch(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", text):
        raise ValueError(f"not a number: {text[:64]}")
    return float(text)


def parse_boolean(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered not in ("true", "false"):
        raise ValueError(f"not a boolean: {text[:64]}")
    return lowered == "true"


def parse_blob(text: str | bytes) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("not base64") from None


def format_blob(value: bytes | str) -> str:
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def format_float(number: float) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if isinstance(number, int):
        return str(number)
    return repr(number) if number != int(number) or abs(number) > 1e15 else f"{number:.1f}"


# What each scalar type makes of a text, where a text is all that the wire has: forms, XML, headers, paths.
PARSERS: dict[str, Callable[[str], Any]] = {
    "integer": parse_integer,
    "long": parse_long,
    "float": parse_float,
    "double": parse_float,
    "boolean": parse_boolean,
    "blob": parse_blob,
    "timestamp": parse_timestamp,
}
