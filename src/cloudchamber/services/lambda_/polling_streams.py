"""DynamoDB Streams as event sources: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html

What is done with a batch, and tumbling windows; the reading itself is `core/polling/streams`. With tumbling windows the
function hands a state from batch to batch, which is kept with the position in the shard.
https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-windows.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.core.polling.batches import Outcome, failed_items, pause_s
from cloudchamber.core.polling.records import created_at, iso, sequence_of
from cloudchamber.core.polling.streams import StreamReader
from cloudchamber.services.lambda_.errors import InvalidParameterValue
from cloudchamber.services.lambda_.polling import MappingReader, Polling

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.polling.records import Records
    from cloudchamber.core.polling.streams import Shard
    from cloudchamber.services.lambda_.records import Mapping, Version

READS = ("DescribeStream", "GetRecords", "GetShardIterator")
STATE_BYTES_MAX = 1024 * 1024


class StreamPolling(Polling):
    async def check_stream(self, ctx: Context, arn: str, version: Version) -> None:
        """What AWS checks before it takes a mapping. InvalidParameterValueException."""
        role = await self.assumed(ctx, version)
        region = arn.split(":")[3]
        places = {"StreamArn": arn, "ShardId": "x", "ShardIterator": f"{arn}|1|x", "ShardIteratorType": "LATEST"}
        for name in READS:
            self.check_allowed(role, region, f"dynamodbstreams:{name}", places)
        try:
            await ctx.call("dynamodbstreams:DescribeStream", principal=role, region=region, StreamArn=arn)
        except AwsError as error:
            raise InvalidParameterValue(f"Stream not found: {arn} ({error.message})") from None


@dataclass(slots=True)
class Window:
    """A tumbling window that is open: from and to in epoch seconds, and what the function made of it so far."""

    start: float
    end: float
    state: dict[str, Any] = field(default_factory=dict)


class MappedStream(MappingReader, StreamReader):
    def __init__(self, service: Polling, mapping: Mapping) -> None:
        super().__init__(service, mapping)
        self.width_s = float(self.settings.get("TumblingWindowInSeconds") or 0)
        self.windows: dict[str, Window] = {}  # by shard
        if self.width_s:
            self.lanes = 1

    def positions(self) -> dict[str, tuple[str, bool]]:
        return self.service.store.positions(self.mapping.uuid)

    def keep(self, shard_id: str, sequence: str, is_ended: bool) -> None:
        window = self.windows.get(shard_id)
        row = None if window is None else (window.start, window.end, window.state)
        self.service.store.keep_position(self.mapping.uuid, shard_id, sequence, is_ended, row)

    # batches

    async def attempt(self, shard: Shard, records: Records) -> Outcome:
        """A report leaves all from the first record that is named. What cuts a batch in two is that the function fails;
        that it cannot be run for now, or at all, is none of its attempts.

        https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
        """
        try:
            answer = await self._invoke(shard, records, {})
        except AwsError:
            return Outcome(records, counts=False)
        if answer is None:
            return Outcome(records, is_cut=bool(self.settings.get("BisectBatchOnFunctionError")))
        if not self.mapping.reports_items:
            return Outcome([])
        numbers = [sequence_of(record) for record in records]
        failed = failed_items(answer, numbers)
        first = next((at for at, number in enumerate(numbers) if number in failed), len(records))
        return Outcome(records[first:])

    @property
    def destination(self) -> str:
        return ((self.settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination") or ""

    def letter(self, condition: str, attempts: int) -> dict[str, Any]:
        return {
            "requestContext": {
                "requestId": ids.request_id(), "functionArn": self.mapping.function_arn, "condition": condition,
                "approximateInvokeCount": attempts,
            },
            "responseContext": {"statusCode": 200, "executedVersion": self.mapping.qualifier or "$LATEST",
                                "functionError": "Unhandled"},
        }  # fmt: skip

    async def _invoke(self, shard: Shard, records: Records, ends: dict[str, bool]) -> bytes | None:
        """The function's answer, None if it failed; in a window its state is kept, and what is no JSON is a failure.
        `ends` is what the event says of the window's end. AwsError if the function could not be run."""
        window = self.windows.get(shard.id)
        if window is None:
            return await self.service.run(self.mapping, records, shard.trace)
        about = {
            "window": {"start": iso(window.start), "end": iso(window.end)}, "state": window.state,
            "shardId": shard.id, "eventSourceARN": self.source, "isFinalInvokeForWindow": False,
            "isWindowTerminatedEarly": False, **ends,
        }  # fmt: skip
        answer = await self.service.run(self.mapping, records, shard.trace, about)
        if answer is None or len(answer) > STATE_BYTES_MAX:
            return None
        try:
            said = orjson.loads(answer or b"null")
        except orjson.JSONDecodeError:
            return None
        state = said.get("state") if isinstance(said, dict) else None
        if isinstance(state, dict):
            window.state = state
        return answer

    # tumbling windows

    def begin(self, shard: Shard) -> None:
        row = self.service.store.window(self.mapping.uuid, shard.id)
        if row is not None:
            self.windows[shard.id] = Window(*row)

    def deadline(self, shard: Shard) -> float | None:
        window = self.windows.get(shard.id)
        return None if window is None else window.end

    async def process(self, shard: Shard, records: Records) -> bool:
        """Each window's records by themselves. A record that comes late belongs to the window that is open."""
        if not self.width_s:
            return await super().process(shard, records)
        at = 0
        while at < len(records):
            start = created_at(records[at]) // self.width_s * self.width_s
            window = self.windows.get(shard.id)
            if window is not None and start >= window.end:
                if not await self._end_window(shard, is_early=False):
                    return False
                window = None
            if window is None:
                window = self.windows[shard.id] = Window(start, start + self.width_s)
            to = at
            while to < len(records) and created_at(records[to]) < window.end:
                to += 1
            if not await super().process(shard, records[at:to]):
                return False
            at = to
        window, now = self.windows.get(shard.id), self.clock.now()
        if window is not None and (shard.is_read or window.end <= now):
            return await self._end_window(shard, is_early=window.end > now)
        return True

    async def _end_window(self, shard: Shard, *, is_early: bool) -> bool:
        """Tell the function, without records, until it has taken it or is given up; False if reading stopped before."""
        ends = {"isFinalInvokeForWindow": True, "isWindowTerminatedEarly": is_early}
        attempts = tries = 0
        while not self.is_over:
            try:
                is_done = await self._invoke(shard, [], ends) is not None
                attempts += 1
            except AwsError:
                is_done = False
            if is_done or self.limits.condition(attempts):
                del self.windows[shard.id]
                return True
            tries += 1
            await self.pause(pause_s(tries))
        return False
