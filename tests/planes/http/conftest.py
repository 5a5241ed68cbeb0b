"""A cloud for each file, with functions that its tests share: they take a while to start."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.planes.http.http_api import HttpApi
from tests.planes.websocket.websocket_calls import made_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

    from cloudchamber.testing.cloud import RunningCloud

# Gives back its event, or what the request says in its body.
ECHO = """
import json

def handler(event, context):
    body = event.get("body") or ""
    if body.startswith("raise"):
        raise ValueError("on purpose")
    if body.startswith("return "):
        return json.loads(body.removeprefix("return "))
    if event.get("version") == "1.0":
        return {"statusCode": 200, "body": json.dumps(event), "headers": {"content-type": "application/json"}}
    return event
"""


@pytest.fixture(scope="module")
def aws(cloud: RunningCloud) -> boto3.Session:
    return cloud.session()


@pytest.fixture(scope="module")
def account(aws: boto3.Session) -> str:
    return str(aws.client("sts").get_caller_identity()["Account"])


@pytest.fixture(scope="module")
def echo(aws: boto3.Session) -> str:
    return made_function(aws, "echo", ECHO)


@pytest.fixture
def api(cloud: RunningCloud, aws: boto3.Session) -> HttpApi:
    return HttpApi.made(cloud, aws)


@dataclass
class Upstream:
    """An HTTP server of the test's own that says what it was asked."""

    url: str


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            headers = {name.lower(): value for name, value in self.headers.items()}
            said: dict[str, Any] = {"method": self.command, "path": self.path, "headers": headers, "body": body}
            made = json.dumps(said).encode()
            self.send_response(int(self.headers.get("x-answer") or 200))
            self.send_header("Content-Length", str(len(made)))
            self.send_header("Content-Type", "application/json")
            self.send_header("X-Upstream", "yes")
            self.end_headers()
            self.wfile.write(made)

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield Upstream(f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    server.server_close()
