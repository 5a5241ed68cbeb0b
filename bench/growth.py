"""What the same call costs when there is much more in the store: it should cost the same."""

from __future__ import annotations

import random
import statistics
from typing import TYPE_CHECKING

from bench import calls
from bench.raw import dynamodb_request, raw

if TYPE_CHECKING:
    from bench.servers import Server

ROUNDS = 5
ITEMS_IN_A_PARTITION = 100


def queue_growth(ours: Server, many: int, times: int) -> list[str]:
    """Receiving and deleting with 10 and with many messages queued: server CPU, which noise hits least."""
    lines = ["| queue holds | receive + delete: CPU µs | GetQueueAttributes: CPU µs |", "|---|---|---|"]
    sqs = calls.client("sqs", ours.url)
    measured = {}
    for held in (10, many):
        url = sqs.create_queue(QueueName=f"bench-growth-{held}")["QueueUrl"]
        for at in range(0, held + times, 10):
            entries = [{"Id": str(i), "MessageBody": "x" * 100} for i in range(10)]
            if at < held:
                sqs.send_message_batch(QueueUrl=url, Entries=entries)
        measured[held] = url
    figures: dict[int, list[float]] = {10: [], many: []}
    counted: dict[int, list[float]] = {10: [], many: []}
    for _ in range(ROUNDS):
        for held, url in measured.items():
            before = ours.cpu_seconds()
            for _ in range(times // ROUNDS):
                message = sqs.receive_message(QueueUrl=url)["Messages"][0]
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                sqs.send_message(QueueUrl=url, MessageBody="x" * 100)
            figures[held].append((ours.cpu_seconds() - before) / (times // ROUNDS) * 1e6)
            before = ours.cpu_seconds()
            for _ in range(times // ROUNDS):
                sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
            counted[held].append((ours.cpu_seconds() - before) / (times // ROUNDS) * 1e6)
    for held, values in figures.items():
        lines.append(f"| {held:,} | {statistics.median(values):.0f} | {statistics.median(counted[held]):.0f} |")
    ratio = statistics.median(figures[many]) / statistics.median(figures[10])
    lines.append(f"\nGrowth from 10 to {many:,} messages: × {ratio:.2f} (each round also sends, to keep the size).")
    return lines


def table_growth(ours: Server, many: int, times: int) -> list[str]:
    """Bulk load by BatchWriteItem, then reads at random places of a small and of a large table."""
    lines = [
        "| table holds | load, items/s | GetItem: CPU µs | Query (10): CPU µs | memory MiB |",
        "|---|---|---|---|---|",
    ]
    dynamodb = calls.client("dynamodb", ours.url)
    chance = random.Random(1)
    loaded: dict[int, float] = {}
    memory: dict[int, float] = {}
    for held in (1000, many):
        calls.make_table(dynamodb, f"bench-growth-{held}", indexed=False)
        loaded[held] = _load(ours, f"bench-growth-{held}", held)
        memory[held] = ours.memory_mib()
    cpu: dict[tuple[int, str], list[float]] = {}
    for _ in range(ROUNDS):
        for held in loaded:
            table = f"bench-growth-{held}"
            places = [chance.randrange(held) for _ in range(2000)]
            for name, requests in (
                ("get", [_get(ours.url, table, at) for at in places]),
                ("query", [_query(ours.url, table, at) for at in places]),
            ):
                cpu.setdefault((held, name), []).append(raw(ours, requests, times)[1])
    median = {key: statistics.median(values) for key, values in cpu.items()}
    for held, rate in loaded.items():
        cells = (f"{held:,}", f"{rate:,.0f}", f"{median[held, 'get']:.0f}", f"{median[held, 'query']:.0f}")
        lines.append(f"| {' | '.join(cells)} | {memory[held]:.0f} |")
    get, query = (median[many, name] / median[1000, name] for name in ("get", "query"))
    lines.append(f"\nGrowth from 1,000 to {many:,} items: GetItem × {get:.2f}, Query × {query:.2f}.")
    return lines


def _load(ours: Server, table: str, held: int) -> float:
    """Items a second."""
    seconds = 0.0
    for start in range(0, held, 100_000):
        stop = min(start + 100_000, held)
        batches = [
            dynamodb_request(
                ours.url, "BatchWriteItem", {"RequestItems": {table: [_put(i) for i in range(at, at + 25)]}}
            )
            for at in range(start, stop, 25)
        ]
        seconds += len(batches) / raw(ours, batches, len(batches))[0]
    return held / seconds


def _place(at: int) -> tuple[str, int]:
    """Partition and number of the item at a place."""
    return f"p{at // ITEMS_IN_A_PARTITION}", at % ITEMS_IN_A_PARTITION


def _put(at: int) -> dict[str, object]:
    return {"PutRequest": {"Item": calls.item(*_place(at))}}


def _get(url: str, table: str, at: int) -> bytes:
    partition, number = _place(at)
    return dynamodb_request(
        url, "GetItem", {"TableName": table, "Key": {"pk": {"S": partition}, "sk": {"N": str(number)}}}
    )


def _query(url: str, table: str, at: int) -> bytes:
    asked = {**calls.QUERY, "ExpressionAttributeValues": {":p": {"S": _place(at)[0]}}}
    return dynamodb_request(url, "Query", {"TableName": table, **asked})
