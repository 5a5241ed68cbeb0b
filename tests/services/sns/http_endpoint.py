"""An HTTP endpoint as a subscriber has one: it keeps every request, and answers as the test wants."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.text)


class HttpEndpoint:
    def __init__(self) -> None:
        self.got: list[Got] = []
        self.statuses: list[int] = []  # of the next answers; 200 when there are none left
        self.hold: threading.Event | None = None  # nothing is taken in until it is set
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if outer.hold is not None:
                    outer.hold.wait(10)
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.got.append(Got({k.lower(): v for k, v in self.headers.items()}, body.decode()))
                self.send_response(outer.statuses.pop(0) if outer.statuses else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/in"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
