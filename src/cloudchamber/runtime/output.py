"""What a function prints, as the lines of its log, with the lines that the platform adds.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

READ_BYTES = 256 * 1024
DRAIN_BYTES_MAX = 16 * 1024 * 1024
LINE_BYTES_MAX = 256 * 1024
TAIL_BYTES_MAX = 4096

Line = tuple[float, str]  # the machine's time in epoch seconds, and the text


class Output:
    """The pipe from an environment. Lines are handed to `on_lines` as they come, in order."""

    def __init__(self, wall: Callable[[], float], on_lines: Callable[[list[Line]], None]) -> None:
        self._wall = wall
        self._on_lines = on_lines
        self._loop = asyncio.get_running_loop()
        self._reader, self.writer = os.pipe()
        os.set_blocking(self._reader, False)
        self._rest = b""
        self._tail: list[str] | None = None
        self._is_open = True
        self._loop.add_reader(self._reader, self._read)

    def close_writer(self) -> None:
        """Once the environment has it."""
        if self.writer >= 0:
            os.close(self.writer)
            self.writer = -1

    def begin(self) -> None:
        """From here on lines belong to an invocation."""
        self.drain()
        if self._tail is None:
            self._tail = []

    def say(self, *texts: str) -> None:
        """Lines of the platform, after all that was printed so far."""
        self.drain()
        self._emit(list(texts))

    def taken_tail(self) -> bytes:
        """The last 4 KB of the invocation's log, which ends here."""
        text = "".join(line if line.endswith("\n") else line + "\n" for line in self._tail or ())
        self._tail = None
        return text.encode()[-TAIL_BYTES_MAX:]

    def drain(self) -> None:
        """Take what was printed up to now, the beginning of a line included."""
        left = DRAIN_BYTES_MAX
        while left > 0 and (taken := self._read()):
            left -= taken
        if self._rest:
            rest, self._rest = self._rest, b""
            self._emit([rest.decode("utf-8", "replace")])

    def close(self) -> None:
        if self._is_open:
            self.drain()
            self._is_open = False
            self.close_writer()
            self._loop.remove_reader(self._reader)
            os.close(self._reader)

    def _read(self) -> int:
        if not self._is_open:
            return 0
        try:
            data = os.read(self._reader, READ_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            self._loop.remove_reader(self._reader)
            return 0
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            lines.append(self._rest)
            self._rest = b""
        if lines:
            self._emit([line.decode("utf-8", "replace") for line in lines])
        return len(data)

    def _emit(self, lines: list[str]) -> None:
        if self._tail is not None:
            self._tail += lines
            if len(self._tail) > 2 * TAIL_BYTES_MAX:
                del self._tail[:TAIL_BYTES_MAX]
        now = self._wall()
        self._on_lines([(now, line) for line in lines if line])


def billed_ms(duration_s: float) -> int:
    """Every millisecond begun."""
    return max(1, -int(-duration_s * 1000 // 1))
