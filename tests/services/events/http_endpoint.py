"""An HTTP endpoint of the test's own: it keeps every request, gives out tokens, and answers as the test wants."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Got:
    method: str
    path: str
    headers: dict[str, str]
    text: str


class HttpEndpoint:
    def __init__(self) -> None:
        self.got: list[Got] = []
        self.statuses: list[int] = []  # of the next answers; 200 when there are none left
        self.body = b""  # of every answer but those that give out tokens
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.got.append(Got(self.command, self.path, headers, body.decode()))
                made, is_token = outer.body, False
                if self.path.startswith("/token"):
                    made = json.dumps({"access_token": f"token-{len(outer.got)}", "expires_in": 60}).encode()
                    is_token = True
                self.send_response(200 if is_token or not outer.statuses else outer.statuses.pop(0))
                self.send_header("Content-Length", str(len(made)))
                self.end_headers()
                self.wfile.write(made)

            do_POST = do_PUT = answer

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
