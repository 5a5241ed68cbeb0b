"""What the documents promise of a restart and of following calls, held against the real command."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.test_cli import answer, client, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("durability", ["process", "full"])
def test_faults_usage_and_time_survive_a_restart(tmp_path: Path, durability: str):
    up = ("up", "-d", "--port", "0", "--durability", durability)
    run(*up, folder=tmp_path)
    client(tmp_path, "sqs").create_queue(QueueName="q")
    client(tmp_path, "sqs").list_queues()
    url = client(tmp_path, "sqs").get_queue_url(QueueName="q")["QueueUrl"]
    client(tmp_path, "sqs").send_message(QueueUrl=url, MessageBody="x")
    run("fault", "add", "throttle", "--service", "sqs", "--operation", "Purge*", folder=tmp_path)
    run("time", "advance", "2d", folder=tmp_path)
    before = answer("usage", folder=tmp_path)
    run("down", folder=tmp_path)
    run(*up, folder=tmp_path)
    try:
        assert [rule["operation"] for rule in answer("fault", "list", folder=tmp_path)["faults"]] == ["Purge*"]
        assert answer("usage", folder=tmp_path) == before
        assert before["000000000000"]["usage"]["sqs.requests"] >= 1
        assert answer("time", "show", folder=tmp_path)["offset_s"] >= 2 * 86_400 - 1
        assert answer("status", folder=tmp_path)["durability"] == durability
    finally:
        run("down", folder=tmp_path)


def test_calls_are_followed_as_they_happen(tmp_path: Path):
    run("up", "-d", "--port", "0", folder=tmp_path)
    command = [sys.executable, "-u", "-m", "cloudchamber", "trace", "tail", "--json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as tail:
        try:
            assert tail.stdout is not None
            sqs = client(tmp_path, "sqs")
            seen = None
            while seen is None:  # the command takes a moment to begin listening: call until it is heard
                sqs.list_queues()
                if answer("status", folder=tmp_path)["listeners"]:
                    sqs.create_queue(QueueName="followed")
                    seen = json.loads(tail.stdout.readline())
            assert (seen["service"], seen["status"]) == ("sqs", 200)
        finally:
            tail.terminate()
            run("down", folder=tmp_path)
