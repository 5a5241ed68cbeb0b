"""What becomes of records that were read from a stream: batches, lanes, tumbling windows, and what fails.

A batch that fails holds its shard up until it succeeds, its retries are used up, or its records are too old. With a
parallelisation factor a shard has so many lanes, and what happens to one item stays in one. With tumbling windows the
function hands a state from batch to batch, which is kept with the position in the shard.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
"""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.services.lambda_ import configuration
from cloudchamber.services.lambda_.event_patterns import matches
from cloudchamber.services.lambda_.polling import AGAIN_SECONDS, Polling, failed_items

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.lambda_.records import Mapping

BACKOFF_SECONDS_MAX = 60.0
STATE_BYTES_MAX = 1024 * 1024
Records = list[dict[str, Any]]


@dataclass(slots=True)
class Window:
    """A tumbling window that is open: from and to in epoch seconds, and what the function made of it so far."""

    start: float
    end: float
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Shard:
    """A shard that is being read."""

    mapping: Mapping
    id: str
    sequence: str  # done with; empty for none
    window: Window | None = None
    trace: str | None = None  # the X-Ray header of the change that was read first

    @property
    def lanes(self) -> int:
        """How many batches of it are at work at once."""
        is_windowed = self.mapping.settings.get("TumblingWindowInSeconds")
        return 1 if is_windowed else self.mapping.settings.get("ParallelizationFactor") or 1

    @property
    def window_ends(self) -> float | None:
        return None if self.window is None else self.window.end

    @property
    def window_row(self) -> tuple[float, float, dict[str, Any]] | None:
        return None if self.window is None else (self.window.start, self.window.end, self.window.state)


class StreamBatches(Polling):
    async def take(self, shard: Shard, records: Records) -> None:
        """Until the function has taken them all, or they are given up."""
        width = shard.mapping.settings.get("TumblingWindowInSeconds") or 0
        if width:
            await self._into_windows(shard, records, width)
        elif shard.lanes > 1:
            lanes: dict[int, Records] = {}
            for record in records:
                lanes.setdefault(zlib.crc32(_item(record)) % shard.lanes, []).append(record)
            work = [self.clock.spawn(self._in_batches(shard, lane), f"lane of {shard.id}") for lane in lanes.values()]
            await asyncio.gather(*work)
        else:
            await self._process_records(shard, records)

    async def _in_batches(self, shard: Shard, records: Records) -> None:
        size = shard.mapping.batch_size
        for at in range(0, len(records), size):
            await self._process_records(shard, records[at : at + size])

    # tumbling windows

    async def _into_windows(self, shard: Shard, records: Records, width: float) -> None:
        """Each window's records by themselves. A record that comes late belongs to the window that is open."""
        at = 0
        while at < len(records):
            start = _created_at(records[at]) // width * width
            if shard.window is not None and start >= shard.window.end:
                await self._end_window(shard, is_early=False)
            if shard.window is None:
                shard.window = Window(start, start + width)
            to = at
            while to < len(records) and _created_at(records[to]) < shard.window.end:
                to += 1
            await self._process_records(shard, records[at:to])
            at = to

    async def close_window(self, shard: Shard, *, is_early: bool) -> bool:
        """End the window that is open, if its time has come or the shard ends. Whether it did."""
        if shard.window is None or not (is_early or shard.window.end <= self.clock.now()):
            return False
        await self._end_window(shard, is_early=is_early and shard.window.end > self.clock.now())
        return True

    async def _end_window(self, shard: Shard, *, is_early: bool) -> None:
        await self._process_records(shard, [], is_final=True, is_early=is_early)
        shard.window = None

    @staticmethod
    def _window_members(shard: Shard, *, is_final: bool, is_early: bool) -> dict[str, Any]:
        """What an event says of its window."""
        window = shard.window
        if window is None:
            return {}
        return {
            "window": {"start": _stamp(window.start), "end": _stamp(window.end)}, "state": window.state,
            "shardId": shard.id, "eventSourceARN": shard.mapping.source_arn, "isFinalInvokeForWindow": is_final,
            "isWindowTerminatedEarly": is_early,
        }  # fmt: skip

    @staticmethod
    def _keep_state(shard: Shard, answer: bytes | None) -> bytes | None:
        """The state that the function hands on; None, which is a failure, for a state that is too large."""
        if shard.window is None or answer is None:
            return answer
        said = orjson.loads(answer or b"null")
        state = said.get("state") if isinstance(said, dict) else None
        if len(answer) > STATE_BYTES_MAX:
            return None
        if isinstance(state, dict):
            shard.window.state = state
        return answer

    # one batch

    async def _process_records(
        self, shard: Shard, records: Records, *, is_final: bool = False, is_early: bool = False
    ) -> None:
        """Until the function has taken them all, or they are given up; `is_final` ends a window, without records."""
        mapping = shard.mapping
        patterns = self.patterns(mapping.settings)
        records = [record for record in records if matches(patterns, record)]
        attempts = 0
        while records or is_final:
            wanted = [{**record, "eventSourceARN": mapping.source_arn} for record in records]
            about = self._window_members(shard, is_final=is_final, is_early=is_early)
            answer = self._keep_state(shard, await self.run(mapping, wanted, shard.trace, about))
            records = self._left(mapping, records, answer)
            if not records and not (is_final and answer is None):
                return
            if mapping.settings.get("BisectBatchOnFunctionError") and answer is None and len(records) > 1:
                half = len(records) // 2
                await self._process_records(shard, records[:half])
                records = records[half:]
                continue
            attempts += 1
            condition = self._given_up(mapping, records, attempts)
            if condition:
                if records:
                    await self._pass_on(shard, records, (condition, attempts))
                return
            await self.clock.sleep(min(AGAIN_SECONDS * 2.0 ** (attempts - 1), BACKOFF_SECONDS_MAX))

    @staticmethod
    def _left(mapping: Mapping, records: Records, answer: bytes | None) -> Records:
        """What is to be tried again: from the first record that is reported on, else all or nothing."""
        if not mapping.reports_items:
            return records if answer is None else []
        numbers = [record["dynamodb"]["SequenceNumber"] for record in records]
        failed = failed_items(answer, numbers)
        first = next((at for at, number in enumerate(numbers) if number in failed), len(records))
        return records[first:]

    def _given_up(self, mapping: Mapping, records: Records, attempts: int) -> str:
        """Why there is no further attempt; empty while there is one."""
        retries = mapping.settings.get("MaximumRetryAttempts", -1)
        if retries >= 0 and attempts > retries:
            return "RetryAttemptsExhausted"
        age_max_s = mapping.settings.get("MaximumRecordAgeInSeconds", -1)
        if age_max_s > 0 and records and self.clock.now() - _created_at(records[0]) > age_max_s:
            return "RecordAgeExceeded"
        return ""

    async def _pass_on(self, shard: Shard, records: Records, how: tuple[str, int]) -> None:
        """Tell the failure destination where the records are; as on AWS not what they are."""
        mapping = shard.mapping
        target = ((mapping.settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination")
        if not target:
            return
        ctx = self.context(mapping)
        first, last = records[0]["dynamodb"], records[-1]["dynamodb"]
        body = {
            "requestContext": {
                "requestId": ctx.request_id, "functionArn": mapping.function_arn, "condition": how[0],
                "approximateInvokeCount": how[1],
            },
            "responseContext": {"statusCode": 200, "executedVersion": mapping.qualifier or "$LATEST",
                                "functionError": "Unhandled"},
            "version": "1.0", "timestamp": _stamp(ctx.now()),
            "DDBStreamBatchInfo": {
                "shardId": shard.id, "startSequenceNumber": first["SequenceNumber"],
                "endSequenceNumber": last["SequenceNumber"], "batchSize": len(records), "streamArn": mapping.source_arn,
                "approximateArrivalOfFirstRecord": _stamp(_created_at(records[0])),
                "approximateArrivalOfLastRecord": _stamp(_created_at(records[-1])),
            },
        }  # fmt: skip
        try:
            await self._send(ctx, mapping, target, orjson.dumps(body).decode())
        except AwsError:  # AWS counts it in a metric and goes on
            pass

    async def _send(self, ctx: Context, mapping: Mapping, target: str, text: str) -> None:
        role, parts = await self.role(ctx, mapping), target.split(":", 5)
        if parts[2] == "sqs":
            url = f"http://localhost/{parts[4]}/{parts[5]}"
            await ctx.call("sqs:SendMessage", principal=role, region=parts[3], QueueUrl=url, MessageBody=text)
        else:
            await ctx.call("sns:Publish", principal=role, region=parts[3], TopicArn=target, Message=text)


def _item(record: dict[str, Any]) -> bytes:
    """What tells the items of a table apart."""
    return orjson.dumps(record["dynamodb"]["Keys"], option=orjson.OPT_SORT_KEYS)


def _created_at(record: dict[str, Any]) -> float:
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _stamp(at: float) -> str:
    return configuration.stamp(at).replace("+0000", "Z")
