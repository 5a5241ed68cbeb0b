"""Signed requests as fast as a server takes them, over eight connections: answers a second, and its processor time."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest

from bench import calls

if TYPE_CHECKING:
    from bench.servers import Server

JSON_1_0 = {"Content-Type": "application/x-amz-json-1.0"}


def raw(server: Server, requests: list[bytes], times: int) -> tuple[float, float]:
    """Answers a second over 8 connections, and the server's CPU microseconds an answer."""
    command = [sys.executable, "-m", "bench.raw_client", server.url, "8", str(times)]
    text = json.dumps([request.decode("latin-1") for request in requests])
    before = server.cpu_seconds()
    done = subprocess.run(command, input=text.encode(), capture_output=True, check=True)
    found = json.loads(done.stdout)
    if found["failed"]:
        raise RuntimeError(f"{found['failed']} of {times} calls failed at {server.name}")
    return found["per_second"], (server.cpu_seconds() - before) / times * 1e6


def dynamodb_request(url: str, operation: str, body: object) -> bytes:
    headers = {**JSON_1_0, "X-Amz-Target": f"DynamoDB_20120810.{operation}"}
    return calls.signed(url, "dynamodb", headers, json.dumps(body).encode())


def s3_request(url: str, method: str, path: str, body: bytes = b"") -> bytes:
    """A signed request as bytes on the wire, good for fifteen minutes. `path` has its query string, ready encoded."""
    request = AWSRequest(method, f"{url}{path}", data=body)
    S3SigV4Auth(calls.CREDENTIALS, "s3", calls.REGION).add_auth(request)
    lines = [f"{method} {path} HTTP/1.1\r\nHost: {url.partition('://')[2]}\r\n"]
    lines += [f"{name}: {value}\r\n" for name, value in request.headers.items() if name.lower() != "host"]
    lines.append(f"Content-Length: {len(body)}\r\n\r\n")
    return "".join(lines).encode() + body


def raw_requests(url: str) -> dict[str, bytes]:
    sqs = calls.client("sqs", url)
    queue_url = sqs.create_queue(QueueName="bench-raw")["QueueUrl"]
    send = json.dumps({"QueueUrl": queue_url, "MessageBody": "x" * 100}).encode()
    get_url = json.dumps({"QueueName": "bench-raw"}).encode()
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    identity = b"Action=GetCallerIdentity&Version=2011-06-15"
    calls.make_table(calls.client("dynamodb", url), "bench-raw")
    item = {"TableName": "bench-raw", "Item": calls.item("p", 7)}
    update = {"TableName": "bench-raw", **calls.UPDATE}
    s3 = calls.client("s3", url)
    s3.create_bucket(Bucket="bench-raw")
    s3.put_object(Bucket="bench-raw", Key="some/key", Body=calls.SMALL)
    return {
        "s3 GetObject 1 KiB": s3_request(url, "GET", "/bench-raw/some/key"),
        "s3 PutObject 1 KiB": s3_request(url, "PUT", "/bench-raw/other/key", calls.SMALL),
        "dynamodb PutItem, one index": dynamodb_request(url, "PutItem", item),
        "dynamodb GetItem": dynamodb_request(url, "GetItem", {"TableName": "bench-raw", "Key": calls.KEY}),
        "dynamodb UpdateItem, condition": dynamodb_request(url, "UpdateItem", update),
        "sqs SendMessage": calls.signed(url, "sqs", {**JSON_1_0, "X-Amz-Target": "AmazonSQS.SendMessage"}, send),
        "sqs GetQueueUrl": calls.signed(url, "sqs", {**JSON_1_0, "X-Amz-Target": "AmazonSQS.GetQueueUrl"}, get_url),
        "sts GetCallerIdentity": calls.signed(url, "sts", form, identity),
    }


def raw_table(floor: Server, ours: Server, times: int) -> list[str]:
    lines = ["| raw, 8 connections, signed | answers/s | server CPU µs | null server answers/s |", "|---|---|---|---|"]
    for name, request in raw_requests(ours.url).items():
        raw(ours, [request], 1000)
        rounds = [(raw(ours, [request], times), raw(floor, [request], times)) for _ in range(3)]
        rate = statistics.median(r[0][0] for r in rounds)
        cpu = statistics.median(r[0][1] for r in rounds)
        base = statistics.median(r[1][0] for r in rounds)
        lines.append(f"| {name} | {rate:,.0f} | {cpu:.0f} | {base:,.0f} |")
    return lines
