"""The road that every call walks: processor time of the server for an answer, beside the server that does nothing.

python -m bench.road [--against SRC] [--rounds N] [--times N]

Processor time, not time on the wall: other work on the machine hurts it least. `--against` names the `src` folder of
another version of this code, which is then measured in turns with this one.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
from typing import TYPE_CHECKING, Any

from bench import calls, servers
from bench.raw import JSON_1_0, dynamodb_request, raw

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.servers import Server

NAME = "bench-road"
UNLIMITED = "1000000000"


def requests(url: str) -> dict[str, bytes]:
    """What is asked: GetItem, SendMessage, and a GET that an API has cached."""
    queue_url = calls.client("sqs", url).create_queue(QueueName=NAME)["QueueUrl"]
    dynamodb = calls.client("dynamodb", url)
    calls.make_table(dynamodb, NAME, indexed=False)
    dynamodb.put_item(TableName=NAME, Item=calls.item("p", 7))
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    send = b'{"QueueUrl": "%b", "MessageBody": "%b"}' % (queue_url.encode(), b"x" * 100)
    return {
        "REST API, cached GET": _plain(url, _cached(calls.client("apigateway", url))),
        "dynamodb GetItem": dynamodb_request(url, "GetItem", {"TableName": NAME, "Key": calls.KEY}),
        "sqs SendMessage": calls.signed(url, "sqs", {**JSON_1_0, "X-Amz-Target": "AmazonSQS.SendMessage"}, send),
        "sts GetCallerIdentity": calls.signed(url, "sts", form, b"Action=GetCallerIdentity&Version=2011-06-15"),
    }


def _plain(url: str, path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {url.partition('://')[2]}\r\nAccept: */*\r\n\r\n".encode()


def _cached(gateway: Any) -> str:
    """The path of a method whose answer is cached, on a stage without limits that a benchmark would reach."""
    api = gateway.create_rest_api(name=NAME)["id"]
    at = {"restApiId": api, "resourceId": gateway.get_resources(restApiId=api)["items"][0]["id"], "httpMethod": "GET"}
    gateway.put_method(**at, authorizationType="NONE")
    gateway.put_method_response(**at, statusCode="200")
    gateway.put_integration(**at, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    gateway.put_integration_response(**at, statusCode="200", responseTemplates={"application/json": "x" * 100})
    deployment = gateway.create_deployment(restApiId=api)["id"]
    gateway.create_stage(restApiId=api, stageName="s", deploymentId=deployment, cacheClusterEnabled=True)
    settings = {"caching/enabled": "true", "throttling/rateLimit": UNLIMITED, "throttling/burstLimit": UNLIMITED}
    changes = [{"op": "replace", "path": f"/*/*/{name}", "value": value} for name, value in settings.items()]
    gateway.update_stage(restApiId=api, stageName="s", patchOperations=changes)
    return f"/_aws/execute-api/{api}/s/"


@contextlib.contextmanager
def another(source: str | None) -> Iterator[list[Server]]:
    """A cloud of another version of this code, where one is named."""
    if source is None:
        yield []
        return
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = source
    try:
        with servers.cloudchamber() as server:
            server.name = "other"
            yield [server]
    finally:
        os.environ.pop("PYTHONPATH") if before is None else os.environ.update(PYTHONPATH=before)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.road", description=__doc__)
    parser.add_argument("--against", metavar="SRC", help="the `src` folder of another version of this code")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--times", type=int, default=4000, help="calls in a round")
    options = parser.parse_args()
    with servers.null_server() as floor, servers.cloudchamber() as ours, another(options.against) as others:
        measured = [floor, *others, ours]
        asked = {server.name: requests(server.url) for server in measured[1:]}
        asked[floor.name] = asked[ours.name]
        names = " | ".join(f"{server.name}, µs | × floor" for server in measured[1:])
        sys.stdout.write(f"| server CPU | floor, µs | {names} |\n|{'---|' * (2 * len(measured))}\n")
        for call in asked[ours.name]:
            sys.stdout.write(f"| {call} | {_row(measured, asked, call, options)} |\n")
            sys.stdout.flush()
    return 0


def _row(measured: list[Server], asked: dict[str, dict[str, bytes]], call: str, options: argparse.Namespace) -> str:
    """Medians of rounds in turns; the first round, in which things get warm, does not count."""
    found: dict[str, list[float]] = {server.name: [] for server in measured}
    for _ in range(options.rounds + 1):
        for server in measured:
            found[server.name].append(raw(server, [asked[server.name][call]], options.times)[1])
    base, *others = (statistics.median(found[server.name][1:]) for server in measured)
    return " | ".join([f"{base:.1f}", *(f"{value:.1f} | {value / base:.2f}" for value in others)])


if __name__ == "__main__":
    raise SystemExit(main())
