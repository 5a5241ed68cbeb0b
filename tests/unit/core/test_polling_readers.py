"""Readers of queues and streams, with a source and a consumer that are made up."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from cloudchamber.core.clock import Clock, ClockState
from cloudchamber.core.errors import AwsError
from cloudchamber.core.polling.batches import Gathering, Outcome
from cloudchamber.core.polling.queues import QueueReader
from cloudchamber.core.polling.reader import ended
from cloudchamber.core.polling.streams import Shard, StreamReader

STREAM = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
NOW = 1000.0


def platform() -> Any:
    clock = Clock(ClockState("frozen", frozen_at=NOW))
    return SimpleNamespace(clock=clock, store=SimpleNamespace(transaction=nullcontext))


class Made:
    """What a service says, as far as the tests need it: `calls` are the operations that were called."""

    is_gone = False

    async def call(self, operation: str, region: str = "", **request: Any) -> Any:
        self.calls.append((operation, request))
        return self.answers.pop(0) if operation == "sqs:ReceiveMessage" else {}

    async def wait(self, operation: str, **request: Any) -> None:
        self.calls.append((operation, request))


class MadeStream(Made, StreamReader):
    """`fails(number)` says how often a change fails for itself, `how` what an attempt that fails is."""

    destination = "arn:aws:sqs:us-east-1:123456789012:dead"

    def __init__(self, **settings: Any) -> None:
        super().__init__(platform(), STREAM, settings, [])
        self.calls, self.seen, self.pauses, self.kept, self.letters = [], [], [], [], []
        self.how: list[Outcome | None] = []
        self.bad: set[str] = set()
        self.is_cut = False

    def positions(self):
        return {}

    def keep(self, shard_id, sequence, is_ended):
        self.kept.append((shard_id, sequence, is_ended))

    def letter(self, condition, attempts):
        self.letters.append((condition, attempts))
        return {}

    async def attempt(self, shard, records):
        self.seen.append([record["dynamodb"]["SequenceNumber"] for record in records])
        if self.how:
            outcome = self.how.pop(0)
            return Outcome(records, counts=False) if outcome is None else outcome
        return Outcome(records if self.bad & set(self.seen[-1]) else [], self.is_cut)

    async def pause(self, seconds, wait=None):
        self.pauses.append(seconds)

    def take_all(self, records) -> None:
        asyncio.run(self.take(Shard("s", ""), records))


def change(number: int, at: float = NOW) -> dict[str, Any]:
    keys = {"k": {"S": str(number)}}
    return {"dynamodb": {"SequenceNumber": str(number), "Keys": keys, "ApproximateCreationDateTime": at}}


def test_a_batch_that_goes_through_is_noted():
    stream = MadeStream(BatchSize=2)
    stream.take_all([change(n) for n in range(3)])
    assert stream.seen == [["0", "1"], ["2"]]
    assert stream.kept == [("s", "2", False)]


def test_a_batch_that_fails_is_tried_again_until_its_retries_are_used_up():
    stream = MadeStream(MaximumRetryAttempts=2)
    stream.bad = {"1"}
    stream.take_all([change(1), change(2)])
    assert stream.seen == [["1", "2"]] * 3
    assert (stream.pauses, stream.letters) == ([1, 2], [("RetryAttemptsExhausted", 3)])
    assert stream.kept == [("s", "2", False)]


def test_halves_find_what_fails_and_cutting_is_no_retry():
    stream = MadeStream(MaximumRetryAttempts=0)
    stream.bad, stream.is_cut = {"2"}, True
    stream.take_all([change(n) for n in range(4)])
    assert stream.seen == [["0", "1", "2", "3"], ["0", "1"], ["2", "3"], ["2"], ["3"]]
    assert stream.letters == [("RetryAttemptsExhausted", 1)]
    [(operation, request)] = stream.calls
    assert (operation, request["QueueUrl"]) == ("sqs:SendMessage", "http://localhost/123456789012/dead")


def test_both_halves_have_all_retries_before_them():
    stream = MadeStream(MaximumRetryAttempts=1)
    stream.is_cut, stream.bad = True, {"1", "2"}
    batch = [change(1), change(2)]
    stream.how = [Outcome(batch)]  # one attempt is used up when the batch is cut
    stream.take_all(batch)
    assert stream.seen == [["1", "2"], ["1", "2"], ["1"], ["1"], ["2"], ["2"]]
    assert stream.letters == [("RetryAttemptsExhausted", 2)] * 2


def test_what_could_not_be_attempted_uses_up_no_retries_but_pauses_grow():
    stream = MadeStream(MaximumRetryAttempts=0)
    stream.how = [None, None, None]
    stream.take_all([change(1)])
    assert (stream.seen, stream.pauses, stream.letters) == ([["1"]] * 4, [1, 2, 4], [])


def test_records_that_are_too_old_are_given_up_unseen_and_the_rest_goes_on():
    stream = MadeStream(MaximumRecordAgeInSeconds=60)
    stream.take_all([change(1, NOW - 61), change(2, NOW - 60)])
    assert (stream.seen, stream.letters) == ([["2"]], [("RecordAgeExceeded", 0)])


def test_what_was_not_done_with_when_reading_stops_is_not_noted():
    stream = MadeStream()
    stream.bad = {"1"}

    async def stopping(seconds, wait=None):
        stream.is_stopping = True

    stream.pause = stopping
    stream.take_all([change(1)])
    assert (stream.seen, stream.kept, stream.letters) == ([["1"]], [], [])


def test_lanes_are_done_with_together():
    stream = MadeStream(ParallelizationFactor=4, BatchSize=1)
    stream.take_all([change(n) for n in range(8)])
    assert sorted(stream.seen) == [[str(n)] for n in range(8)]
    assert stream.kept == [("s", "7", False)]


class MadeQueue(Made, QueueReader):
    def __init__(self, name: str = QUEUE, patterns: tuple[str, ...] = (), **settings: Any) -> None:
        super().__init__(platform(), name, settings, patterns)
        self.calls, self.answers, self.seen = [], [], []
        self.failed: set[str] = set()

    async def process(self, records):
        self.seen.append([record["messageId"] for record in records])
        return self.failed & set(self.seen[-1])

    def give(self, *answers: list[dict[str, Any]]) -> list[str]:
        """The batch that is gathered from these answers of the queue."""
        self.answers = [{"Messages": messages} for messages in answers]
        return [record["messageId"] for record in asyncio.run(self._gathered())]

    def consume(self, *messages: dict[str, Any]) -> None:
        async def work() -> None:
            self.answers = [{"Messages": list(messages)}]
            await self._process(await self._received(10, 0))

        asyncio.run(work())

    @property
    def deleted(self) -> list[str]:
        requests = [request for operation, request in self.calls if operation == "sqs:DeleteMessageBatch"]
        return [entry["ReceiptHandle"] for request in requests for entry in request["Entries"]]


def message(name: str, body: str = "x") -> dict[str, Any]:
    return {"MessageId": name, "ReceiptHandle": name, "Body": body, "MD5OfBody": ""}


def test_without_a_window_a_batch_is_what_there_is():
    ten = [message(f"m{n}") for n in range(10)]
    assert len(MadeQueue(BatchSize=30).give(ten, ten, [message("last")])) == 21
    queue = MadeQueue()
    assert queue.give(ten[:3]) == ["m0", "m1", "m2"]
    assert [request["WaitTimeSeconds"] for _, request in queue.calls] == [0]


def test_nothing_is_waited_for_without_end():
    queue = MadeQueue()
    assert queue.give([]) == []
    assert [operation for operation, _ in queue.calls] == ["sqs:ReceiveMessage", "sqs:wait_for_messages"]


def test_a_window_is_waited_for_in_long_polls_until_the_batch_is_full():
    queue = MadeQueue(BatchSize=3, MaximumBatchingWindowInSeconds=30)
    assert queue.give([message("a")], [], [message("b"), message("c")]) == ["a", "b", "c"]
    asked = [(request["MaxNumberOfMessages"], request["WaitTimeSeconds"]) for _, request in queue.calls]
    assert asked == [(3, 0), (2, 20), (2, 20)]


def test_a_batch_is_full_when_an_invocation_takes_no_more():
    queue = MadeQueue(BatchSize=1000, MaximumBatchingWindowInSeconds=30)
    assert len(queue.give(*[[message(str(n), "x" * 2**20)] for n in range(9)])) == 5


def test_what_the_filters_drop_is_deleted_and_fills_no_batch():
    queue = MadeQueue(patterns=('{"body": ["y"]}',), BatchSize=2, MaximumBatchingWindowInSeconds=30)
    assert queue.give([message("a"), message("b", "y")], [message("c", "y")]) == ["b", "c"]
    assert queue.deleted == ["a"]


def test_messages_that_are_too_large_together_go_one_after_the_other():
    queue = MadeQueue()
    queue.failed = {"a"}
    queue.consume(*[message(name, "x" * 3 * 2**20) for name in "abc"])
    assert (queue.seen, queue.deleted) == ([["a"], ["b"], ["c"]], ["b", "c"])


def test_of_a_fifo_queue_nothing_overtakes_what_failed():
    queue = MadeQueue(QUEUE + ".fifo")
    queue.failed = {"a"}
    queue.consume(*[message(name, "x" * 3 * 2**20) for name in "abc"])
    assert (queue.seen, queue.deleted) == ([["a"]], [])


@pytest.mark.parametrize("is_done", [True, False])
def test_what_follows_on_a_task_s_end_has_its_turn(is_done):
    """A loop that waits for a place would otherwise turn for ever on a task that has ended a moment before."""

    async def work() -> list[str]:
        told: list[str] = []
        task: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task.add_done_callback(lambda _: told.append("ended"))
        if is_done:
            task.set_result(None)
        else:
            asyncio.get_running_loop().call_soon(task.set_result, None)
        await ended(Clock(), task)
        return told

    assert asyncio.run(work()) == ["ended"]


class WaitingQueue(MadeQueue):
    """Waits as a real one does that has nothing."""

    async def wait(self, operation, **request):
        await self.clock.waiter().wait()


def test_time_does_not_go_on_past_a_reader_that_is_being_stopped():
    """Between its cancellation and its turn a reader that waits would not hold the clock, and who stops it does not."""

    async def work() -> list[str]:
        queue, told = WaitingQueue(), []
        queue.answers = [{}]
        queue.start()
        await queue.clock.settle()

        async def stopping() -> None:
            await queue.stop()
            told.append("stopped")

        queue.clock.spawn(stopping())
        await queue.clock.settle()
        return told

    assert asyncio.run(work()) == ["stopped"]


def test_waiting_for_some_work_leaves_nothing_at_what_goes_on():
    """A batch that takes long would gather a callback for each shorter one."""

    async def work() -> int:
        long: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for _ in range(5):
            short: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            short.set_result(None)
            await ended(Clock(), long, short)
        return len(long._callbacks or ())

    assert asyncio.run(work()) == 0


class TurningQueue(MadeQueue):
    """Says how many turns others had meanwhile."""

    async def gathered_beside(self, *answers: list[dict[str, Any]]) -> int:
        self.answers, turns = [{"Messages": messages} for messages in answers], 0
        work = asyncio.get_running_loop().create_task(self._gathered())
        while not work.done():
            await asyncio.sleep(0)
            turns += 1
        return turns


def test_a_queue_full_of_what_the_filters_drop_leaves_others_their_turns():
    queue = TurningQueue(patterns=('{"body": ["y"]}',))
    dropped = [message(str(n)) for n in range(10)]
    assert asyncio.run(queue.gathered_beside(*[dropped] * 20, [])) > 20


def test_what_is_gathered_when_the_queue_refuses_goes_on():
    class Refusing(MadeQueue):
        async def call(self, operation, region="", **request):
            if operation == "sqs:ReceiveMessage" and not self.answers:
                raise AwsError("no", code="AccessDenied")
            return await super().call(operation, region, **request)

    queue = Refusing(BatchSize=3, MaximumBatchingWindowInSeconds=30)
    assert queue.give([message("a")]) == ["a"]
    with pytest.raises(AwsError):
        queue.give()


class ReadStream(MadeStream):
    """One shard, open, with these changes. GetRecords fails with the codes in `codes` first; `places` are the sequence
    numbers after which iterators were asked for."""

    def __init__(self, *changes: dict[str, Any], patterns: tuple[str, ...] = (), **settings: Any) -> None:
        super().__init__(**settings)
        self.patterns, self.changes, self.codes, self.places = patterns, list(changes), [], []
        self.position = ""

    def positions(self):
        return {"s": (self.position, False)} if self.position else {}

    def keep(self, shard_id, sequence, is_ended):
        super().keep(shard_id, sequence, is_ended)
        self.position = sequence

    async def call(self, operation, region="", **request):
        if operation == "dynamodbstreams:DescribeStream":
            return {"StreamDescription": {"Shards": [{"ShardId": "s"}]}}
        if operation == "dynamodbstreams:GetShardIterator":
            self.places.append(request.get("SequenceNumber", ""))
            return {"ShardIterator": self.places[-1] or "-1"}
        if self.codes:
            raise AwsError("", code=self.codes.pop(0))
        after = int(request["ShardIterator"])
        found = [one for one in self.changes if int(one["dynamodb"]["SequenceNumber"]) > after][: request["Limit"]]
        last = found[-1]["dynamodb"]["SequenceNumber"] if found else str(after)
        return {"Records": found, "NextShardIterator": last}

    async def wait(self, operation, **request):
        await self.clock.waiter().wait()

    async def read_all(self) -> int:
        """Until it waits for more; how many turns others had meanwhile."""
        turns, settled = 0, asyncio.ensure_future(self.clock.settle())
        self.start()
        while not settled.done():
            await asyncio.sleep(0)
            turns += 1
        await self.stop()
        return turns


def test_a_stream_full_of_what_the_filters_drop_leaves_others_their_turns():
    stream = ReadStream(
        *map(change, range(200)), patterns=('{"dynamodb": {"Keys": {"k": {"S": ["x"]}}}}',), BatchSize=10
    )
    assert asyncio.run(stream.read_all()) > 20
    assert stream.position == "199"


@pytest.mark.parametrize("code", ["ExpiredIteratorException", "TrimmedDataAccessException"])
def test_a_reader_that_waited_for_long_goes_on_where_it_was(code):
    """A pause would last until the clock goes on, which it need not do."""
    stream = ReadStream(change(1))

    async def work() -> None:
        await stream.read_all()
        stream.is_stopping = False
        stream.changes.append(change(2))
        shard = Shard("s", "1", iterator="1")
        stream.codes = [code]
        await stream.take(shard, await stream._gathered(shard))

    asyncio.run(work())
    assert stream.seen == [["1"], ["2"]]
    assert (stream.places, stream.pauses) == (["", "1"], [])


def test_a_window_that_outlasts_an_iterator_keeps_what_it_has():
    stream = ReadStream(change(1), change(2), MaximumBatchingWindowInSeconds=30, BatchSize=2)

    async def work() -> list[str]:
        shard, batch = Shard("s", ""), Gathering(1, 30)
        await stream._gather(shard, batch)
        stream.codes, batch.most = ["ExpiredIteratorException"], 2
        await stream._gather(shard, batch)
        return [record["dynamodb"]["SequenceNumber"] for record in batch.records]

    assert asyncio.run(work()) == ["1", "2"]
    assert stream.places == ["", "1"]


def test_a_shard_whose_reading_broke_off_is_read_anew_after_a_pause():
    """Of what is a bug no attempt may be lost, nor be followed by the next at once, for ever."""

    class Breaking(ReadStream):
        broken = 3

        async def attempt(self, shard, records):
            outcome = await super().attempt(shard, records)
            if self.broken:
                self.broken -= 1
                raise ValueError
            return outcome

    stream = Breaking(change(1), change(2), BatchSize=1)
    asyncio.run(stream.read_all())
    assert (stream.seen, stream.pauses) == ([["1"]] * 4 + [["2"]], [1, 2, 4])
    assert stream.position == "2"


def test_lanes_that_are_at_work_when_the_cloud_stops_are_waited_for():
    """All that waits is woken then, so that it can come to its end."""

    class Slow(MadeStream):
        async def attempt(self, shard, records):
            if records[0]["dynamodb"]["SequenceNumber"] != "0":
                await self.go_on
            return Outcome([])

    async def work() -> list[tuple[str, str, bool]]:
        stream = Slow(ParallelizationFactor=8, BatchSize=1)
        stream.go_on = asyncio.get_running_loop().create_future()
        taking = stream.clock.spawn(stream.take(Shard("s", ""), [change(n) for n in range(8)]))
        for _ in range(5):
            await asyncio.sleep(0)
        stream.clock.end_waiting()
        await asyncio.sleep(0)
        stream.go_on.set_result(None)
        await taking
        return stream.kept

    assert asyncio.run(work()) == [("s", "7", False)]
