"""Runs the benchmarks and writes the table: `python -m bench [--quick] [--other NAME=URL …]`.

Every figure of ours stands beside the floor's, measured in turns in the same run: the machine's mood hits both.
"""

from __future__ import annotations

import argparse
import platform
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import calls, servers
from bench.functions import functions
from bench.growth import ROUNDS, queue_growth, table_growth
from bench.objects import large_bodies, object_growth
from bench.raw import raw_table
from bench.servers import Server
from bench.systems import systems

if TYPE_CHECKING:
    from collections.abc import Callable

RESULTS = Path(__file__).parent / "results"


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
        report += [*functions(floor, ours, times), ""]
        report += [*systems(floor, ours, times), ""]
        report += [*queue_growth(ours, many, times), ""]
        report += [*table_growth(ours, many * 10, requests), ""]
        report += [*object_growth(ours, many, requests), ""]
        report += [*large_bodies(ours), ""]
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
