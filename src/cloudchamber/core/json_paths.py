"""JSON paths such as `$.detail.items[0].id`, as EventBridge's transformers and pipes have them. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"\.([A-Za-z0-9_\-:@]+)|\[(\d+|\*)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
MISSING: Any = object()

Step = str | int | None  # a member's name, an item's place, None for all items


@lru_cache(maxsize=4096)
def parse_path(text: str) -> tuple[Step, ...]:
    """The steps of a path; ValueError for what is none."""
    if not text.startswith("$"):
        raise ValueError(f"{text} does not begin with $")
    steps: list[Step] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(f"{text} is no path")
        name, place = found.group(1) or found.group(3) or found.group(4), found.group(2)
        steps.append(name if name is not None else None if place == "*" else int(place))
        at = found.end()
    return tuple(steps)


def follow(value: Any, steps: tuple[Step, ...]) -> Any:
    """What stands in a JSON value at the end of a path; MISSING where nothing does."""
    for at, step in enumerate(steps):
        if step is None:
            if not isinstance(value, list):
                return MISSING
            found = [follow(one, steps[at + 1 :]) for one in value]
            return [one for one in found if one is not MISSING]
        if isinstance(step, str):
            if not isinstance(value, dict) or step not in value:
                return MISSING
            value = value[step]
        else:
            if not isinstance(value, list) or step >= len(value):
                return MISSING
            value = value[step]
    return value
