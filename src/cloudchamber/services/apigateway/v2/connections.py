"""The open connections of WebSocket APIs. They live in memory only: none outlasts the process that holds it."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.clock import Timer
    from cloudchamber.services.apigateway.plane.request import Incoming
    from cloudchamber.storage.engine import Store

# Why a connection is closed: the code of the frame, and the reason $disconnect is told.
NORMAL = (1000, "Connection Closed Normally")
GOING_AWAY = (1001, "Going away")


@dataclass(slots=True, eq=False)
class Connection:
    """One client. `socket` is the gateway's WebSocket, set once the handshake is answered; times in epoch seconds."""

    id: str
    api_id: str
    stage: str
    account: str
    region: str
    incoming: Incoming  # the handshake
    connected_at: float
    last_active_at: float
    authorizer: Mapping[str, Any] = field(default_factory=dict)
    identity: dict[str, Any] = field(default_factory=dict)
    socket: Any = None
    timer: Timer | None = None
    closed_as: tuple[int, str] | None = None  # where it was us who closed it

    def send(self, message: str | bytes, now: float) -> bool:
        """Whether the client was there to be sent to."""
        if self.socket is None or self.closed_as is not None or not self.socket.offer(message):
            return False
        self.last_active_at = now
        return True

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; $disconnect follows when the connection ends."""
        if self.socket is not None and self.closed_as is None:
            self.closed_as = (code, reason)
            self.socket.close(code, reason)


class Connections:
    """Made through `Store.shared`: those who serve connections and those who send to them see the same."""

    def __init__(self, store: Store) -> None:
        self._open: dict[str, Connection] = {}

    def add(self, connection: Connection) -> None:
        self._open[connection.id] = connection

    def get(self, connection_id: str) -> Connection | None:
        return self._open.get(connection_id)

    def remove(self, connection: Connection) -> bool:
        """Whether it was there."""
        return self._open.pop(connection.id, None) is not None

    def of(self, api_id: str, stage: str = "") -> list[Connection]:
        """Those of an API, or of one stage of it."""
        return [one for one in self._open.values() if one.api_id == api_id and stage in ("", one.stage)]


def new_connection_id() -> str:
    """As AWS's look: 15 characters and `=`."""
    return base64.urlsafe_b64encode(ids.token_bytes(11)).decode()
