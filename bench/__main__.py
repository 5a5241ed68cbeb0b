"""Runs the benchmarks and writes the table: `python -m bench [--quick] [--other NAME=URL …]`.

Every figure of ours stands beside the floor's, measured in turns in the same run: the machine's mood hits both.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import calls, servers
from bench.servers import Server

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results"
ROUNDS = 5


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def milliseconds(call: Callable[[], Any], times: int) -> list[float]:
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        call()
        found.append((time.perf_counter() - begun) * 1000)
    return found


def client_table(floor: Server, others: list[Server], times: int) -> list[str]:
    """p50 and p99 of boto3 calls, in turns, as multiples of the floor."""
    lines = [
        "| call | floor p50 ms | server | p50 ms | × floor | p99 ms | server CPU µs |",
        "|---|---|---|---|---|---|---|",
    ]
    for call in calls.CALLS:
        prepared = {server.name: call.prepare(server.url, server is floor) for server in (floor, *others)}
        samples: dict[str, list[float]] = {name: [] for name in prepared}
        cpu: dict[str, float] = {}
        for make in prepared.values():
            milliseconds(make, 30)
        for _ in range(ROUNDS):
            for server in (floor, *others):
                before = server.cpu_seconds() if server.is_ours else 0.0
                samples[server.name] += milliseconds(prepared[server.name], times // ROUNDS)
                if server.is_ours:
                    cpu[server.name] = cpu.get(server.name, 0.0) + server.cpu_seconds() - before
        base = statistics.median(samples["floor"])
        for server in others:
            mine = samples[server.name]
            used = f"{cpu[server.name] / times * 1e6:.0f}" if server.name in cpu else "-"
            p50 = statistics.median(mine)
            p99 = quantile(mine, 0.99)
            cells = (call.name, f"{base:.2f}", server.name, f"{p50:.2f}", f"{p50 / base:.2f}", f"{p99:.2f}", used)
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def raw(server: Server, request: bytes, requests: int) -> tuple[float, float]:
    """Answers a second over 8 connections, and the server's CPU microseconds an answer."""
    command = [sys.executable, "-m", "bench.raw_client", server.url, "8", str(requests)]
    before = server.cpu_seconds()
    done = subprocess.run(command, input=request, capture_output=True, check=True)
    found = json.loads(done.stdout)
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} of {requests} calls failed at {server.name}")
    return found["per_second"], (server.cpu_seconds() - before) / requests * 1e6


def raw_requests(url: str) -> dict[str, bytes]:
    sqs = calls.client("sqs", url)
    queue_url = sqs.create_queue(QueueName="bench-raw")["QueueUrl"]
    json_headers = {"Content-Type": "application/x-amz-json-1.0"}
    send = json.dumps({"QueueUrl": queue_url, "MessageBody": "x" * 100}).encode()
    get_url = json.dumps({"QueueName": "bench-raw"}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    identity = b"Action=GetCallerIdentity&Version=2011-06-15"
    return {
        "sqs SendMessage": calls.signed(url, "sqs", {**json_headers, "X-Amz-Target": "AmazonSQS.SendMessage"}, send),
        "sqs GetQueueUrl": calls.signed(url, "sqs", {**json_headers, "X-Amz-Target": "AmazonSQS.GetQueueUrl"}, get_url),
        "sts GetCallerIdentity": calls.signed(url, "sts", form, identity),
    }


def raw_table(floor: Server, ours: Server, requests: int) -> list[str]:
    lines = ["| raw, 8 connections, signed | answers/s | server CPU µs | null server answers/s |", "|---|---|---|---|"]
    for name, request in raw_requests(ours.url).items():
        raw(ours, request, 1000)
        rounds = [(raw(ours, request, requests), raw(floor, request, requests)) for _ in range(3)]
        rate = statistics.median(r[0][0] for r in rounds)
        cpu = statistics.median(r[0][1] for r in rounds)
        base = statistics.median(r[1][0] for r in rounds)
        lines.append(f"| {name} | {rate:,.0f} | {cpu:.0f} | {base:,.0f} |")
    return lines


def growth_table(ours: Server, many: int, times: int) -> list[str]:
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


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer calls, for a look")
    parser.add_argument(
        "--other", action="append", default=[], metavar="NAME=URL", help="another server to measure beside"
    )
    options = parser.parse_args()
    times, requests, many = (200, 4000, 10_000) if options.quick else (1000, 20_000, 100_000)
    others = [Server(name, url, None) for name, _, url in (other.partition("=") for other in options.other)]
    report = [f"Python {platform.python_version()}, {platform.machine()}, medians of {ROUNDS} rounds in turns.", ""]
    with servers.null_server() as floor, servers.cloudchamber() as ours:
        idle = ours.memory_mib()
        report += [*client_table(floor, [ours, *others], times), ""]
        report += [*raw_table(floor, ours, requests), ""]
        report += [*growth_table(ours, many, times), ""]
        busy = ours.memory_mib()
    starts = [servers.startup_seconds() for _ in range(3 if options.quick else 7)]
    start_ms = statistics.median(starts) * 1000
    report.append(f"Start to first answer: {start_ms:.0f} ms. Memory: idle {idle:.0f} MiB, at the end {busy:.0f} MiB.")
    text = "\n".join(report) + "\n"
    sys.stdout.write(text)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "latest.md").write_text(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
