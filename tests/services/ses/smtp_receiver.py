"""A real SMTP server of the test's own: it keeps every mail, and answers as the test wants."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: list[str]
    text: str


class SmtpReceiver:
    def __init__(self) -> None:
        self.got: list[Received] = []
        self.answers: list[str] = []  # of the next mails; "250 OK" when there are none left
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self._controller.start()
        self.address = f"127.0.0.1:{self._controller.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append(Received(envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return self.answers.pop(0) if self.answers else "250 OK"

    def close(self) -> None:
        self._controller.stop()
