"""Access logs: one line a request, in the stage's format, to a log group of the account.

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.core.dispatch import Dispatcher
    from cloudchamber.identity.principals import Principal

SHIP_SECONDS = 0.05  # of the machine's time, in which lines are gathered
LINES_MAX = 10_000  # held back for one group; more are lost
EVENTS_AT_ONCE_MAX = 5000
LINE_CHARS_MAX = 200_000
VARIABLE = re.compile(r"\$context\.([A-Za-z0-9_]+(?:\.[A-Za-z0-9_:-]+)*)")

Line = Callable[[dict[str, Any]], str]


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Line:
    """A writer of lines in a format, from what `context_variables.logged` gives. `-` for what is not known."""
    pieces = VARIABLE.split(pattern)
    paths = [piece.split(".") if at % 2 else piece for at, piece in enumerate(pieces)]

    def line(variables: dict[str, Any]) -> str:
        return "".join([piece if isinstance(piece, str) else _value(variables, piece) for piece in paths])

    return line


def _value(variables: Any, path: list[str]) -> str:
    """The value at a path. What follows a value that has no parts is text: `$context.requestId.` ends with a dot."""
    for at, name in enumerate(path):
        if variables is None:
            break
        if not isinstance(variables, dict):
            return "".join([_text(variables), *(f".{rest}" for rest in path[at:])])
        found = variables.get(name)
        if found is None and "-" in name:  # `$context.identity.sourceIp-$context.stage`
            known, dash, rest = name.partition("-")
            if known in variables:
                return f"{_text(variables[known])}{dash}{rest}"
        variables = found
    return _text(variables)


def _text(value: Any) -> str:
    if value is None or value == "" or isinstance(value, dict):
        return "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class LogShipper:
    """Takes lines and hands them to CloudWatch Logs in batches, as whoever may write there."""

    def __init__(self, dispatcher: Dispatcher, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._clock = clock
        self._lines: dict[tuple[str, str, str, str], list[tuple[float, str]]] = {}
        self._streams: dict[str, str] = {}

    def add(self, principal: Principal, place: tuple[str, str, str], text: str, stream: str = "") -> None:
        """`place` is account, region and log group; a stream of the shipper's own where none is named."""
        account, region, group = place
        key = (account, region, group, stream or self._stream(group))
        lines = self._lines.get(key)
        if lines is None:
            lines = self._lines[key] = []
            self._clock.spawn(self._ship(principal, key), f"log of an API to {group}")
        if len(lines) < LINES_MAX:
            lines.append((self._clock.now(), text[:LINE_CHARS_MAX]))

    def _stream(self, group: str) -> str:
        found = self._streams.get(group)
        if found is None:
            if len(self._streams) >= 1000:
                self._streams.clear()
            found = self._streams[group] = f"{ids.number(128):032x}"
        return found

    async def _ship(self, principal: Principal, key: tuple[str, str, str, str]) -> None:
        await self._clock.sleep_wall(SHIP_SECONDS)
        lines = self._lines.pop(key)
        account, region, group, stream = key
        for first in range(0, len(lines), EVENTS_AT_ONCE_MAX):
            chunk = lines[first : first + EVENTS_AT_ONCE_MAX]
            events = [{"timestamp": int(at * 1000), "message": text} for at, text in chunk]
            request = {"logGroupName": group, "logStreamName": stream, "logEvents": events}
            try:
                await self._dispatcher.enter(principal, account, region, "logs:append", request)
            except AwsError:  # without permission nothing is written, and as on AWS nobody is told
                return
