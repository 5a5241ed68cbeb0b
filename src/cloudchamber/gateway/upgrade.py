"""What takes a connection over from HTTP: a WebSocket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cloudchamber.gateway.connection import Connection
    from cloudchamber.gateway.server import Timeouts


class Upgrade(Protocol):
    def begin(self, connection: Connection, head: bytes) -> None:
        """The request's answer is due; `head` is what has already come after the request."""

    def data_received(self, data: bytes) -> None: ...
    def connection_lost(self) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...
    def check_idle(self, silent_s: float, timeouts: Timeouts) -> None:
        """Called about once a second, with how long nothing was heard."""

    def stop(self) -> None:
        """The server is going away."""
