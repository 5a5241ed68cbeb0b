"""How processes end, in AWS's words, and that none survives."""

from __future__ import annotations

import asyncio
import os
import sys

import pytest

from cloudchamber.runtime.isolation import statement
from cloudchamber.runtime.programs import CannotRun, program_for
from cloudchamber.runtime.zygotes import Exit, Zygote


@pytest.mark.parametrize(
    ("status", "reason"),
    [(0, ""), (1 << 8, "exit status 1"), (9, "signal: killed"), (11, "signal: segmentation fault")],
)
def test_reasons(status: int, reason: str):
    assert Exit(status).reason == reason


def test_a_process_dies_with_its_zygote(tmp_path):
    async def run() -> tuple[str, bool]:
        zygote = Zygote(sys._base_executable, "")  # type: ignore[attr-defined]
        ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        reader, writer = os.pipe()
        order = {
            "task": str(tmp_path), "layers": "", "tmp": str(tmp_path), "placed": [], "data_bytes": 0, "files": 64,
            "processes": 0, "extensions": [], "sdk": "", "ca": "",
            "environment": {"AWS_LAMBDA_RUNTIME_API": "127.0.0.1:1", "PATH": "/usr/bin:/bin"},
            "program": ["sh", "-c", "echo up; exec sleep 86397"],
        }  # fmt: skip
        child = zygote.fork(order, writer, ended.set_result)
        os.close(writer)
        assert await asyncio.to_thread(os.read, reader, 3) == b"up\n"
        pid = child.pid
        zygote.close()
        how = await ended
        assert await asyncio.to_thread(os.read, reader, 1) == b""  # its end of the pipe is closed: it is gone
        os.close(reader)
        return how.reason, pid > 0

    assert asyncio.run(run()) == ("signal: killed", True)


def test_a_runtime_that_nothing_runs():
    with pytest.raises(CannotRun):
        asyncio.run(program_for("java21", 128))


def test_the_statement_says_what_is_not_isolated():
    assert "not isolated: network" in statement()
