"""Filter criteria of event source mappings (`core/patterns/filters`), and what Lambda says of those that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.patterns.filters import compiled, matches
from cloudchamber.core.patterns.text import PatternError
from cloudchamber.services.lambda_.errors import InvalidParameterValue

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["check", "compiled", "matches"]


def check(patterns: Iterable[str]) -> None:
    """InvalidParameterValueException."""
    for pattern in patterns:
        try:
            compiled(pattern)
        except PatternError:
            raise InvalidParameterValue("Invalid filter pattern definition.") from None
