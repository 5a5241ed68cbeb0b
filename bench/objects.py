"""What objects cost: large bodies beside the disk's own speed, lists among few and among many keys."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import calls
from bench.raw import raw, s3_request

if TYPE_CHECKING:
    from bench.servers import Server

ROUNDS = 5
MIB = 2**20
LARGE = b"x" * (16 * MIB)


def load(ours: Server, bucket: str, held: int) -> None:
    """A bucket with `held` objects, ten below each common prefix."""
    calls.client("s3", ours.url).create_bucket(Bucket=bucket)
    for start in range(0, held, 10_000):
        stop = min(start + 10_000, held)
        puts = [s3_request(ours.url, "PUT", f"/{bucket}/p{at // 10:06}/{at % 10}", b"x") for at in range(start, stop)]
        raw(ours, puts, len(puts))


def object_growth(ours: Server, many: int, times: int) -> list[str]:
    """The same page, of the 10 keys below a prefix and of 1,000 keys, in a small bucket and in a large one."""
    lines = [
        "| bucket holds | list 10 of a prefix: CPU µs | list 1,000: CPU µs | GetObject: CPU µs |",
        "|---|---|---|---|",
    ]
    sizes = (1000, many)
    for held in sizes:
        load(ours, f"bench-growth-{held}", held)
    cpu: dict[tuple[int, str], list[float]] = {}
    for _ in range(ROUNDS):
        for held in sizes:
            path = f"/bench-growth-{held}"
            middle = f"p{held // 20:06}"
            for name, target, share in (
                ("prefix", f"{path}?list-type=2&prefix={middle}%2F", 4),
                ("page", f"{path}?list-type=2&max-keys=1000", 100),
                ("get", f"{path}/{middle}/5", 4),
            ):
                request = s3_request(ours.url, "GET", target)
                cpu.setdefault((held, name), []).append(raw(ours, [request], max(times // share, 40))[1])
    median = {key: statistics.median(values) for key, values in cpu.items()}
    for held in sizes:
        figures = (f"{median[held, name]:.0f}" for name in ("prefix", "page", "get"))
        lines.append(f"| {held:,} | {' | '.join(figures)} |")
    ratio = median[many, "prefix"] / median[1000, "prefix"]
    lines.append(f"\nGrowth of listing a prefix from 1,000 to {many:,} keys: × {ratio:.2f}.")
    return lines


def large_bodies(ours: Server) -> list[str]:
    """16 MiB up and down with boto3, beside writing and reading a file of that size and hashing it."""
    s3 = calls.client("s3", ours.url)
    s3.create_bucket(Bucket="bench-large")
    figures: dict[str, list[float]] = {}

    def download() -> None:
        s3.get_object(Bucket="bench-large", Key="k0")["Body"].read()

    def timed(name: str, call: Any) -> None:
        begun = time.perf_counter()
        call()
        figures.setdefault(name, []).append(time.perf_counter() - begun)

    with tempfile.TemporaryDirectory(prefix="cloudchamber-bench-") as folder:
        place = Path(folder) / "file"

        def write() -> None:
            with place.open("wb") as file:
                file.write(LARGE)

        for at in range(2 * ROUNDS):
            timed("write a file", write)
            timed("read a file", place.read_bytes)
            timed("PutObject", lambda key=f"k{at % 3}": s3.put_object(Bucket="bench-large", Key=key, Body=LARGE))
            timed("GetObject", download)
    lines = ["| 16 MiB | ms | MiB/s |", "|---|---|---|"]
    for name, seconds in figures.items():
        median = statistics.median(seconds)
        lines.append(f"| {name} | {median * 1000:.1f} | {len(LARGE) / MIB / median:,.0f} |")
    return lines
