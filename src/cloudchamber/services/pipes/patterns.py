"""Filter criteria: event patterns (`core/patterns`), compiled once and kept.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core.patterns.fields import Fields, compile_fields
from cloudchamber.core.patterns.operators import Dialect
from cloudchamber.core.patterns.text import PatternError, parse
from cloudchamber.services.pipes.errors import ValidationException

if TYPE_CHECKING:
    from collections.abc import Sequence

DIALECT = Dialect(5_000_000_000)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Fields:
    """ValidationException for what is no pattern."""
    try:
        node = parse(pattern)
        if node.kind != "object":
            raise PatternError("Filter is not an object", node.at)
        return compile_fields(node, DIALECT)
    except PatternError as error:
        raise ValidationException(f"Event pattern is not valid. Reason: {error.shown(pattern)}") from None


def matches(patterns: Sequence[str], view: Any) -> bool:
    """Whether one of the patterns means an event; without patterns all are meant."""
    return not patterns or any(compiled(pattern).matches(view) for pattern in patterns)
