"""Event patterns of rules and archives, compiled once and kept (`core/patterns`).

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html
"""

from __future__ import annotations

from functools import lru_cache

from cloudchamber.core.patterns.fields import Fields, compile_fields
from cloudchamber.core.patterns.operators import Dialect
from cloudchamber.core.patterns.text import PatternError, parse
from cloudchamber.services.events import limits
from cloudchamber.services.events.errors import InvalidEventPattern

DIALECT = Dialect(limits.PATTERN_NUMBER_MAX)


@lru_cache(maxsize=4096)
def compile_pattern(text: str) -> Fields:
    """InvalidEventPattern, in AWS's words, for what AWS does not take."""
    try:
        node = parse(text)
        if node.kind != "object":
            raise PatternError("Filter is not an object", node.at)
        if len(text) > limits.PATTERN_CHARS_MAX:
            raise InvalidEventPattern(f"Event pattern is too long: {len(text)} characters")
        return compile_fields(node, DIALECT)
    except PatternError as error:
        raise InvalidEventPattern(error.shown(text)) from None
