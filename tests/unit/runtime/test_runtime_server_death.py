"""When the server is killed, nothing that ran for it survives, not even what left its session."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import cloudchamber

SERVER = """
import asyncio, os, sys
sys.path.insert(0, {source!r})
from cloudchamber.runtime.zygotes import Zygote

async def main():
    zygote = Zygote(sys._base_executable, "")
    script = "sleep 600 & setsid sleep 600 & echo up; wait"
    order = {{"task": {folder!r}, "layers": "", "tmp": {folder!r}, "placed": [], "data_bytes": 0, "files": 64,
             "processes": 0, "extensions": [], "sdk": "", "ca": "",
             "environment": {{"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:2", "PATH": "/usr/bin:/bin"}},
             "program": ["sh", "-c", script]}}
    zygote.fork(order, 1, print)
    await asyncio.sleep(60)

asyncio.run(main())
"""


def test_a_killed_server_takes_all_with_it(tmp_path):
    source = str(Path(cloudchamber.__file__).parents[1])
    reader, writer = os.pipe()
    script = SERVER.format(source=source, folder=str(tmp_path))
    server = subprocess.Popen([sys.executable, "-c", script], stdout=writer)
    os.close(writer)
    assert os.read(reader, 3) == b"up\n"
    server.send_signal(signal.SIGKILL)
    server.wait()
    # Every process that was started holds the pipe open: its end is theirs.
    ended, _, _ = select.select([reader], [], [], 10)
    assert ended
    assert os.read(reader, 1) == b""
    os.close(reader)
