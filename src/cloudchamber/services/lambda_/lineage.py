"""How often a trace came through a function, so that a loop of functions and queues ends: `a87bd80c:1|68fd508a:5`.

It travels in the X-Ray header, which SDKs hand on from a function to what it calls. Pure.
https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import zlib
from functools import lru_cache

NAMES_MAX = 32  # of functions in a header: the latest


@lru_cache(maxsize=4096)
def name_of(arn: str) -> str:
    """A function's name in a lineage."""
    return f"{zlib.crc32(arn.encode()):08x}"


def _parsed(lineage: str) -> dict[str, int]:
    found = {}
    for part in lineage.split("|"):
        name, _, count = part.partition(":")
        if name and count.isdecimal() and len(count) < 9:
            found[name] = int(count)
    return found


def count(lineage: str, arn: str) -> int:
    """How often the function was invoked before."""
    return _parsed(lineage).get(name_of(arn), 0) if lineage else 0


def counted(lineage: str, arn: str) -> str:
    """The lineage with one more invocation of the function."""
    name = name_of(arn)
    if not lineage:
        return f"{name}:1"
    known = _parsed(lineage)
    times = known.pop(name, 0) + 1
    return "|".join(f"{name}:{count}" for name, count in [*list(known.items())[1 - NAMES_MAX :], (name, times)])
