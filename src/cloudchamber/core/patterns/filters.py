"""Filter criteria of event source mappings and pipes: event patterns, compiled once and kept.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core.patterns.fields import Fields, compile_fields
from cloudchamber.core.patterns.operators import Dialect
from cloudchamber.core.patterns.text import PatternError, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

DIALECT = Dialect(5_000_000_000)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Fields:
    """PatternError for what is no pattern."""
    node = parse(pattern)
    if node.kind != "object":
        raise PatternError("Filter is not an object", node.at)
    return compile_fields(node, DIALECT)


def matches(patterns: Sequence[str], event: Mapping[str, Any]) -> bool:
    """Whether one of the patterns means the event; without patterns all are meant."""
    return not patterns or any(compiled(pattern).matches(event) for pattern in patterns)


def patterns_of(criteria: Mapping[str, Any] | None) -> list[str]:
    """Those of a `FilterCriteria`."""
    return [one["Pattern"] for one in (criteria or {}).get("Filters") or () if one.get("Pattern")]
