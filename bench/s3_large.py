"""A gibibyte up and down, and the most memory the server took for it: `python -m bench.s3_large [MIB]`."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from bench import calls, servers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.servers import Server

MIB = 2**20
TYPE = "application/octet-stream"
WHERE = {"Bucket": "bench-large", "Key": "large"}


def content(size_mib: int) -> Iterator[bytes]:
    piece = b"z" * MIB
    for _ in range(size_mib):
        yield piece


def peak_mib(server: Server) -> float:
    """The most physical memory that the server has had so far."""
    assert server.process is not None
    text = Path(f"/proc/{server.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", text)
    assert found is not None
    return int(found[1]) / 1024


def main() -> int:
    size_mib = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    with servers.cloudchamber() as ours:
        s3 = calls.client("s3", ours.url)
        s3.create_bucket(Bucket=WHERE["Bucket"])
        s3.put_object(**WHERE, Body=b"")
        before, begun = peak_mib(ours), time.perf_counter()
        url = s3.generate_presigned_url("put_object", Params={**WHERE, "ContentType": TYPE})
        headers = {"Content-Length": str(size_mib * MIB), "Content-Type": TYPE}
        put = Request(url, method="PUT", data=content(size_mib), headers=headers)
        with urlopen(put) as answer:
            answer.read()
        middle, got = time.perf_counter(), 0
        with urlopen(s3.generate_presigned_url("get_object", Params=WHERE)) as reading:
            while piece := reading.read(MIB):
                got += len(piece)
        ended = time.perf_counter()
        assert got == size_mib * MIB, got
        rates = f"up {size_mib / (middle - begun):,.0f} MiB/s, down {size_mib / (ended - middle):,.0f} MiB/s"
        sys.stdout.write(f"{size_mib} MiB {rates}; peak memory {before:.0f} MiB before, {peak_mib(ours):.0f} after\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
