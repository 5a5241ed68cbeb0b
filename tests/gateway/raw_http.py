"""A client that says exactly what it is told, and reads answers strictly."""

from __future__ import annotations

import socket
from dataclasses import dataclass

SECONDS_MAX = 10.0


@dataclass
class Answer:
    status: int
    reason: str
    headers: list[tuple[str, str]]
    body: bytes = b""

    def __getitem__(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]


class RawClient:
    """One connection. Answers are read one by one, strictly framed."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection((host, port), timeout=SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *exc: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> RawClient:
        self.socket.sendall(data)
        return self

    def shut_down(self) -> RawClient:
        self.socket.shutdown(socket.SHUT_WR)
        return self

    def _more(self) -> bool:
        data = self.socket.recv(65536)
        self.buffer += data
        return bool(data)

    def _line(self) -> bytes:
        while b"\r\n" not in self.buffer:
            if not self._more():
                raise EOFError(self.buffer)
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            if not self._more():
                raise EOFError(self.buffer)
        data, self.buffer = self.buffer[:size], self.buffer[size:]
        return data

    def head(self) -> Answer:
        version, status, reason = self._line().split(b" ", 2)
        assert version == b"HTTP/1.1"
        headers = []
        while line := self._line():
            name, _, value = line.partition(b":")
            headers.append((name.decode("ascii"), value.strip().decode("latin-1")))
        return Answer(int(status), reason.decode(), headers)

    def answer(self, method: str = "GET") -> Answer:
        answer = self.head()
        if method == "HEAD" or answer.status < 200 or answer.status in (204, 304):
            return answer
        if answer["Transfer-Encoding"] == "chunked":
            parts = []
            while size := int(self._line(), 16):
                parts.append(self._exactly(size))
                assert self._line() == b""
            assert self._line() == b""
            answer.body = b"".join(parts)
        elif answer["Content-Length"] is not None:
            answer.body = self._exactly(int(answer["Content-Length"]))
        else:
            answer.body = self.rest()
        return answer

    def rest(self) -> bytes:
        """All until the server closes."""
        while self._more():
            pass
        data, self.buffer = self.buffer, b""
        return data

    def is_closed(self) -> bool:
        """Whether the server closes without another byte."""
        try:
            return self.rest() == b""
        except ConnectionError:
            return True


def ask(port: int, data: bytes, method: str = "GET") -> Answer:
    """Send bytes on a connection of their own; the first answer."""
    with RawClient(port) as client:
        return client.send(data).answer(method)
