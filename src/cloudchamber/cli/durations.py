"""Durations as people write them: `90`, `90s`, `5m`, `6h`, `1h30m`, `180d`, `2w`."""

from __future__ import annotations

import re

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800, "": 1}
_PART = re.compile(r"(\d+(?:\.\d+)?)([smhdw]?)")


def parse_duration(text: str) -> float:
    """Seconds. ValueError for what is no duration."""
    compact = text.replace(" ", "").lower()
    parts = _PART.findall(compact)
    if not parts or "".join(number + unit for number, unit in parts) != compact:
        raise ValueError(f"{text!r} is no duration: write 90s, 5m, 6h, 1h30m, 180d or 2w")
    return sum(float(number) * _UNITS[unit] for number, unit in parts)
