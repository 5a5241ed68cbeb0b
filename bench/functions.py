"""Functions: what an invocation costs beside the function's own time, warm and cold; how fast a queue is emptied."""

from __future__ import annotations

import io
import json
import statistics
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import calls
from bench.growth import ROUNDS

if TYPE_CHECKING:
    from bench.servers import Server

SOURCES = {
    "silent": "def handler(event, context):\n    return event\n",
    "logs ten lines": "def handler(event, context):\n    for n in range(10): print('line', n)\n    return event\n",
}
TRUST = {
    "Version": "2012-10-17",
    "Statement": {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"},
}
BATCH, COLD, IDLE = 10, 20, 100


def _package(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("index.py", source)
    return content.getvalue()


def deploy(server: Server, name: str, source: str) -> None:
    role = "arn:aws:iam::000000000000:role/bench"
    calls.client("lambda", server.url).create_function(
        FunctionName=name, Runtime="python3.11", Handler="index.handler", Role=role, Code={"ZipFile": _package(source)}
    )


def _role(server: Server) -> None:
    iam = calls.client("iam", server.url)
    iam.create_role(RoleName="bench", AssumeRolePolicyDocument=json.dumps(TRUST))
    allow = {"Effect": "Allow", "Action": ["logs:*", "sqs:*"], "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_role_policy(RoleName="bench", PolicyName="p", PolicyDocument=policy)


def seconds(client: Any, name: str) -> float:
    begun = time.perf_counter()
    client.invoke(FunctionName=name, Payload=b"{}")["Payload"].read()
    return time.perf_counter() - begun


def _processes(server: Server) -> int:
    """How many processes the server has started that still live."""
    assert server.process is not None
    found, wanted = 0, {server.process.pid}
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = status.read_text().partition(" ")
            parents[int(pid)] = int(rest.rpartition(")")[2].split()[1])
        except OSError:
            continue
    while wanted:
        wanted = {pid for pid, parent in parents.items() if parent in wanted}
        found += len(wanted)
    return found


def functions(floor: Server, ours: Server, times: int) -> list[str]:
    """Invocations, as milliseconds over what the same call costs against a server that answers nothing."""
    _role(ours)
    lines = ["| function | p50 ms | over the floor ms | p99 ms |", "|---|---|---|---|"]
    bare, client = calls.client("lambda", floor.url), calls.client("lambda", ours.url)
    empty = [seconds(bare, "f") for _ in range(times)]
    base = statistics.median(empty) * 1000
    for number, (what, source) in enumerate(SOURCES.items()):
        deploy(ours, f"warm-{number}", source)
        seconds(client, f"warm-{number}")
        lines.append(_row(f"warm, {what}", [seconds(client, f"warm-{number}") for _ in range(times)], base))
    before = _processes(ours)
    for number in range(IDLE):
        deploy(ours, f"cold-{number}", SOURCES["silent"])
    started = _processes(ours) - before
    lines.append(_row("cold", [seconds(client, f"cold-{number}") for number in range(COLD)], base))
    lines.append(f"\n{IDLE} functions deployed and idle: {started} processes.")
    return [*lines, "", *_queue(ours, times)]


def _row(what: str, seconds: list[float], base: float) -> str:
    found = sorted(one * 1000 for one in seconds)
    p50, p99 = statistics.median(found), found[min(len(found) - 1, int(len(found) * 0.99))]
    return f"| {what} | {p50:.2f} | {p50 - base:.2f} | {p99:.2f} |"


def _queue(ours: Server, many: int) -> list[str]:
    """Messages that a function works off, batches of ten."""
    sqs, client = calls.client("sqs", ours.url), calls.client("lambda", ours.url)
    url = sqs.create_queue(QueueName="bench-work")["QueueUrl"]
    deploy(ours, "works", SOURCES["silent"])
    mapping = client.create_event_source_mapping(
        FunctionName="works", EventSourceArn="arn:aws:sqs:us-east-1:000000000000:bench-work", BatchSize=BATCH
    )["UUID"]
    rates = []
    for _ in range(ROUNDS):
        client.update_event_source_mapping(UUID=mapping, Enabled=False)
        for at in range(0, many, BATCH):
            entries = [{"Id": str(i), "MessageBody": f"{at + i}"} for i in range(BATCH)]
            sqs.send_message_batch(QueueUrl=url, Entries=entries)
        begun = time.perf_counter()
        client.update_event_source_mapping(UUID=mapping, Enabled=True)
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        while any(int(n) for n in sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"].values()):
            time.sleep(0.01)
        rates.append(many / (time.perf_counter() - begun))
    client.update_event_source_mapping(UUID=mapping, Enabled=False)
    return [f"A queue worked off by a function, batches of {BATCH}: {statistics.median(rates):,.0f} messages/s."]
