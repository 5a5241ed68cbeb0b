"""Batches of records: how they are gathered, cut, tried again and given up, and what a consumer says failed. Pure.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from itertools import takewhile
from typing import TYPE_CHECKING

import orjson

from cloudchamber.core.polling.records import created_at, item_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.core.polling.records import Record, Records

# Of the 6 MiB that an invocation takes; a tumbling window's state of 1 MiB may stand beside the records.
RECORDS_BYTES_MAX = 5 * 1024 * 1024
RETRY_FIRST_SECONDS, RETRY_SECONDS_MAX = 1.0, 60.0


@dataclass(slots=True)
class Gathering:
    """Records on their way to be a batch: full with so many, or so large; and a window opens with the first."""

    most: int
    window_s: float
    records: Records = field(default_factory=list)
    bytes: int = 0
    closes: float | None = None

    @property
    def wanted(self) -> int:
        return self.most - len(self.records)

    @property
    def is_full(self) -> bool:
        return self.wanted <= 0 or self.bytes >= RECORDS_BYTES_MAX

    def add(self, found: Records, now: float) -> None:
        if found and self.closes is None:
            self.closes = now + self.window_s
        self.records += found
        self.bytes += sum(map(_size_of, found))

    def left_s(self, now: float) -> float | None:
        """How long the window stays open; None before there is one."""
        return None if self.closes is None else self.closes - now


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt at a batch leaves to be tried again."""

    left: Records
    is_cut: bool = False  # tried again by halves
    counts: bool = True  # as one of the attempts that are limited


@dataclass(frozen=True, slots=True)
class Limits:
    """When a stream's records are given up; -1 is never."""

    retries: int = -1
    age_s: float = -1

    def condition(self, attempts: int) -> str:
        """Why a batch that failed so often is not tried again; empty if it is."""
        return "RetryAttemptsExhausted" if 0 <= self.retries < attempts else ""

    def too_old(self, records: Records, now: float) -> Records:
        """Those at the head that are too old to be sent."""
        if self.age_s < 0:
            return []
        return list(takewhile(lambda record: now - created_at(record) > self.age_s, records))


def pause_s(tries: int) -> float:
    """Between a batch's last try of so many and the next."""
    return min(RETRY_FIRST_SECONDS * 2.0 ** min(tries - 1, 30), RETRY_SECONDS_MAX)


def batches(records: Records, most: int) -> Iterator[Records]:
    """Records in their order, in batches of at most so many that an invocation can take."""
    batch: Records = []
    size = 0
    for record in records:
        added = _size_of(record)
        if batch and (len(batch) == most or size + added > RECORDS_BYTES_MAX):
            yield batch
            batch, size = [], 0
        batch.append(record)
        size += added
    if batch:
        yield batch


def lanes(changes: Records, count: int) -> list[Records]:
    """Changes in at most `count` lanes; those of one item stay in order in one."""
    if count == 1:
        return [changes] if changes else []
    found: dict[int, Records] = {}
    for change in changes:
        found.setdefault(zlib.crc32(item_of(change)) % count, []).append(change)
    return list(found.values())


def failed_items(answer: bytes | None, known: Sequence[str]) -> set[str]:
    """The identifiers that an answer reports as failed. All, where there is none, or one that reports wrongly."""
    everything = set(known)
    if answer is None:
        return everything
    try:
        said = orjson.loads(answer or b"null")
    except orjson.JSONDecodeError:
        return everything
    if said is None:
        return set()
    failures = said.get("batchItemFailures", ()) if isinstance(said, dict) else "no report"
    if not isinstance(failures, list | tuple | None):
        return everything
    named = [one.get("itemIdentifier") if isinstance(one, dict) else None for one in failures or ()]
    if not all(isinstance(name, str) and name in everything - {""} for name in named):
        return everything
    return {str(name) for name in named}


def _size_of(record: Record) -> int:
    """In bytes, of an invocation's payload."""
    return len(orjson.dumps(record)) + 1
