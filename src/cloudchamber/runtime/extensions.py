"""Lambda extensions, API version 2020-01-01: programs that run beside a function, in its environment.

Executables in `/opt/extensions` are started before the runtime; the runtime's own process may register too. Each asks
for its next event and is left waiting: an environment is ready, or has finished an invocation, when all have asked.
https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cloudchamber.runtime.runtime_api import Connection

PREFIX = "/2020-01-01/extension/"
INVOKE, SHUTDOWN = "INVOKE", "SHUTDOWN"
_OK = b'{"status":"OK"}'


@dataclass(slots=True, eq=False)
class Extension:
    name: str
    events: frozenset[str]
    asker: Connection | None = None  # waiting for its next event


class Extensions:
    """Those of one environment. `expected` are the names of the programs that are started with it."""

    def __init__(self, expected: tuple[str, ...], function: Mapping[str, str]) -> None:
        self.failure: dict[str, str] | None = None  # what one said of its own end
        self._expected = set(expected)
        self._function = function
        self._known: dict[str, Extension] = {}
        self._moved = asyncio.Event()

    def __bool__(self) -> bool:
        return bool(self._known or self._expected)

    @property
    def are_waiting(self) -> bool:
        """Whether all that are expected, or have come by themselves, wait for their next event."""
        missing = self._expected - {extension.name for extension in self._known.values()}
        return not missing and all(extension.asker is not None for extension in self._known.values())

    async def moved(self, timeout_s: float) -> None:
        """Until one of them has asked for something, or the timeout."""
        self._moved.clear()
        try:
            await asyncio.wait_for(self._moved.wait(), timeout_s)
        except TimeoutError:
            pass

    def tell(self, kind: str, event: Mapping[str, Any]) -> bool:
        """Hand an event to those that want its kind. Whether there are any."""
        told = False
        body = orjson.dumps({"eventType": kind, **event})
        for extension in self._known.values():
            if kind in extension.events and extension.asker is not None:
                asker, extension.asker = extension.asker, None
                asker.answer(200, body, {"Lambda-Extension-Event-Identifier": ids.uuid()})
                told = True
        return told

    # what they ask

    def take(self, connection: Connection, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Answer a request to the extensions API, now or when there is an event."""
        what = path.removeprefix(PREFIX)
        if what == "register":
            self._register(connection, headers, body)
            return
        extension = self._known.get(headers.get("lambda-extension-identifier", ""))
        if extension is None:
            _refuse(connection, 403, "Extension.InvalidExtensionIdentifier", "Invalid Lambda-Extension-Identifier")
        elif what == "event/next":
            extension.asker = connection
        elif what in ("init/error", "exit/error"):
            kind = headers.get("lambda-extension-function-error-type") or "Extension.UnknownError"
            self.failure = {"errorType": kind, "errorMessage": f"Extension {extension.name} failed"}
            connection.answer(202, _OK)
        else:
            _refuse(connection, 404, "NotFound", "Not Found")
        self._moved.set()

    def _register(self, connection: Connection, headers: Mapping[str, str], body: bytes) -> None:
        name = headers.get("lambda-extension-name", "")
        try:
            events = orjson.loads(body or b"{}").get("events") or []
        except (orjson.JSONDecodeError, AttributeError):
            _refuse(connection, 400, "InvalidRequestFormat", "Could not parse the request body")
            return
        if not name:
            _refuse(connection, 400, "Extension.InvalidExtensionName", "Lambda-Extension-Name is missing")
        elif not isinstance(events, list) or not set(map(str, events)) <= {INVOKE, SHUTDOWN}:
            _refuse(connection, 400, "InvalidEventType", "The event types are INVOKE and SHUTDOWN")
        elif name in {extension.name for extension in self._known.values()}:
            _refuse(connection, 403, "Extension.AlreadyRegistered", f"Extension {name} is registered already")
        else:
            identifier = ids.uuid()
            self._known[identifier] = Extension(name, frozenset(events))
            connection.answer(200, orjson.dumps(self._function), {"Lambda-Extension-Identifier": identifier})


def programs(layers: Path | None) -> tuple[str, ...]:
    """The names of the extensions that layers bring."""
    folder = None if layers is None else layers / "extensions"
    if folder is None or not folder.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in folder.iterdir() if entry.is_file() and os.access(entry, os.X_OK)))


def _refuse(connection: Connection, status: int, kind: str, message: str) -> None:
    connection.answer(status, orjson.dumps({"errorType": kind, "errorMessage": message}))
