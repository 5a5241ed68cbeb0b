"""Streams as tables have them: begun and ended with a table's settings, and taken away a day after."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.base import DynamoBase
from cloudchamber.services.dynamodb.streams_store import Stream, StreamStore

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.service import Platform
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import TableRecord

TRIM_ROWS = 1000
TRIM_INTERVAL_SECONDS = 60.0


def start_stream(
    store: DynamoStore, record: TableRecord, view_type: str, now: float, settled_at: float = 0.0
) -> TableRecord:
    """The record of a table with a stream from now on, to be saved in the same transaction; ValidationException.

    The stream is ENABLING until `settled_at`, and takes changes all the while.
    """
    if record.stream is not None:
        raise ValidationError(f"Table already has an enabled stream: TableName: {record.name}")
    streams = store.db.shared(StreamStore)
    key = (record.partition,) if record.sort is None else (record.partition, record.sort)
    place = (record.account, record.region, record.name)
    label, number = _label(now, streams.latest(*place)), store.new_number()
    streams.open(Stream(*place, label, number, record.id, view_type, key, now, settled_at))
    return replace(record, stream=number, stream_view=view_type)


def stop_stream(store: DynamoStore, record: TableRecord, now: float, settled_at: float = 0.0) -> TableRecord:
    """The record of a table without its stream, which can be read for another day; ValidationException.

    The stream is DISABLING until `settled_at`, and takes no more changes.
    """
    if record.stream is None:
        raise ValidationError(f"Table has no stream to disable: TableName: {record.name}")
    streams = store.db.shared(StreamStore)
    stream = streams.by_number(record.stream)
    assert stream is not None
    streams.close(stream, now, settled_at)
    return replace(record, stream=None, stream_view=None)


def latest_stream(store: DynamoStore, record: TableRecord) -> tuple[str, str] | None:
    """ARN and label of the stream a table has, or had within the last day."""
    found = store.db.shared(StreamStore).latest(record.account, record.region, record.name)
    return None if found is None or found.table_id != record.id else (found.arn, found.label)


def _label(now: float, latest: Stream | None) -> str:
    """The present to the millisecond; a later one than that of the table's stream before, as labels tell them apart."""
    at = datetime.fromtimestamp(now, UTC)
    if latest is not None:
        at = max(at, datetime.fromisoformat(latest.label).replace(tzinfo=UTC) + timedelta(milliseconds=1))
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


class StreamUpkeep(DynamoBase):
    """Takes away what is older than a day."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._streams: StreamStore = platform.store.shared(StreamStore)
        self._streams.begin_ageing = self._plan_stream_trim
        self._streams.ages_from = math.inf
        self._stream_timer: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._plan_next_stream_trim(0.0)

    def _plan_next_stream_trim(self, earliest: float) -> None:
        oldest = self._streams.oldest()
        self._streams.ages_from = math.inf if oldest is None else max(oldest, earliest - limits.STREAM_SECONDS)
        if oldest is not None:
            self._plan_stream_trim(self._streams.ages_from)

    def _plan_stream_trim(self, oldest: float) -> None:
        if self._stream_timer is not None:
            self._stream_timer.cancel()
        self._stream_timer = self.clock.at(
            oldest + limits.STREAM_SECONDS, self._trim_streams, "dynamodb streams retention"
        )

    async def _trim_streams(self) -> None:
        more = True
        while more:
            with self.platform.store.transaction():
                more = self._streams.trim(self.clock.now() - limits.STREAM_SECONDS, TRIM_ROWS)
            await self.clock.breathe()
        self._plan_next_stream_trim(self.clock.now() + TRIM_INTERVAL_SECONDS)
