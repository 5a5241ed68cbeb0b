"""A cloud in a process of its own to throw things at, and how it is seen to be well.

What is thrown is drawn from a seeded generator, so that a failure can be repeated: CLOUDCHAMBER_FUZZ_SEED. A normal run
takes about 40 seconds in all; CLOUDCHAMBER_FUZZ_SECONDS makes it longer.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.gateway.raw_http import ask
from tests.gateway.signing import sqs_json

if TYPE_CHECKING:
    from collections.abc import Iterator

SECONDS = float(os.environ.get("CLOUDCHAMBER_FUZZ_SECONDS", "40"))
SEED = int(os.environ.get("CLOUDCHAMBER_FUZZ_SEED", "20150830"))
ANSWER_SECONDS_MAX = 15.0
_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) [A-Z][A-Za-z' -]*\r\n")

_SERVER = """
import asyncio, signal, uvloop
from cloudchamber.cloud import Cloud
from cloudchamber.config import Config

async def main():
    cloud = Cloud(Config(port=0))
    await cloud.start()
    print(cloud.port, flush=True)
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    await ended.wait()
    await cloud.stop()

with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
    runner.run(main())
"""


class Target:
    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def stop(self) -> int:
        self._process.terminate()
        return self._process.wait(30)

    def throw(self, data: bytes) -> list[int]:
        """Send bytes and close this side; the statuses of all answers. A hang is a TimeoutError."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS_MAX) as client:
            received = b""
            try:
                client.sendall(data)
                client.shutdown(socket.SHUT_WR)
                while piece := client.recv(65536):
                    received += piece
            except ConnectionError:
                pass
        return [int(status) for status in _STATUS.findall(received)]

    def open_sockets(self) -> int:
        """Those that stay open while they are counted."""
        found = 0
        for entry in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found += "socket" in os.readlink(entry)
        return found

    def resident_bytes(self) -> int:
        pages = int(Path(f"/proc/{self._process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def is_well(self) -> bool:
        """Whether it still answers a good call, at once."""
        return self._process.poll() is None and ask(self.port, sqs_json("ListQueues", key=WELL).bytes()).status == 200


WELL = "999999999999"  # the account of the calls that only look


def rounds(share: float) -> Iterator[random.Random]:
    """Generators, one a case, until this fuzzer's share of the time is used up."""
    end = time.monotonic() + SECONDS * share
    case = 0
    while time.monotonic() < end:
        case += 1
        yield random.Random(f"{SEED}:{share}:{case}")


def check(target: Target, data: bytes) -> list[int]:
    """Throw it; no answer may be a failure of the server's own."""
    statuses = target.throw(data)
    assert all(status < 500 or status == 501 for status in statuses), (statuses, data)
    return statuses


NASTY = [
    b"", b"\x00", b"\xff", b"\r\n", b"\r\n\r\n", b"\n", b" ", b"\t", b":", b"/", b"//", b"/../", b"%", b"%00", b"%zz",
    b"?", b"&", b"=", b"#", b"-1", b"0", b"99999999999999999999", b"1e999", b"\xe2\x80\xa8", b"\xc0\xaf", b"'\"<>",
    b"{",
    b"[", b"null", b"chunked", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n",
    b"Upgrade: websocket\r\nConnection: upgrade\r\n", b"Host: b\r\n", b"x-amz-target: AmazonSQS.SendMessage\r\n",
    b"Content-Encoding: gzip\r\n", b"Content-Encoding: aws-chunked\r\n", b"Origin: http://localhost\r\n", b"a" * 5000,
    b"x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n", b"smithy-protocol: rpc-v2-cbor\r\n",
    b"HTTP/1.0", b"HTTP/1.1", b"OPTIONS", b"HEAD", b"CONNECT", b"PUT", b"http://a/",
]  # fmt: skip


def mutated(data: bytes, draw: random.Random) -> bytes:
    """Bytes with a few things done to them."""
    for _ in range(draw.choice((1, 1, 2, 3, 8))):
        at, to = sorted((draw.randrange(len(data) + 1), draw.randrange(len(data) + 1)))
        what = draw.randrange(7)
        if what == 0 and data:
            at = min(at, len(data) - 1)
            data = data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :]
        elif what == 1:
            data = data[:at] + draw.choice(NASTY) + data[at:]
        elif what == 2:
            data = data[:at] + draw.choice(NASTY) + data[min(to, at + 20) :]
        elif what == 3:
            data = data[:at] + data[min(to, at + 50) :]
        elif what == 4:
            data = data[:to] + data[at:]
        elif what == 5:
            lines = data.split(b"\r\n")
            lines.insert(draw.randrange(len(lines) + 1), draw.choice(lines))
            data = b"\r\n".join(lines)
        else:
            data = data[:at]
    return data
