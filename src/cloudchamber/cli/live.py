"""Calls as they happen, below `cloudchamber up` in a terminal: a line a call, and why, where one was refused.

A terminal that takes no more (stopped by Ctrl-S, or looked at page by page) does not hold the cloud up: lines wait, and
of more than a few it is only said how many there were.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from typing import TYPE_CHECKING

import click

from cloudchamber.cli.trace import line
from cloudchamber.console import views

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.core.spans import Span

BEAT_SECONDS = 0.1
LINES_MAX = 40  # a beat
LEFT_BYTES_MAX = 64 * 1024


class Terminal:
    """What is written while the terminal takes no more waits, and beyond that is left out."""

    def __init__(self) -> None:
        # Opened anew: the shell's own is to be let wait, and not this one.
        self._file = os.open(os.ttyname(sys.stdout.fileno()), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
        self._left = b""
        self._turn = threading.Lock()  # the log comes from other threads, too

    def flush(self) -> bool:
        """Whether all that was given is written by now."""
        with self._turn:
            try:
                if self._left:
                    self._left = self._left[os.write(self._file, self._left) :]
            except BlockingIOError:
                pass
            return not self._left

    def write(self, text: str) -> None:
        with self._turn:
            if len(self._left) < LEFT_BYTES_MAX:
                self._left += text.encode("utf-8", "replace")
        self.flush()


class Live:
    def __init__(self, cloud: Cloud, terminal: Terminal) -> None:
        self._cloud = cloud
        self._terminal = terminal
        self._heard: deque[Span] = deque(maxlen=LINES_MAX)
        self._missed = 0

    def begin(self) -> None:
        """Listen, and print in the background."""
        self._cloud.traces.listen(self._hear)
        self._cloud.clock.housekeep(self._print(), "live calls")

    def _hear(self, span: Span) -> None:
        """What clients ask, and what goes wrong behind it."""
        if span.door == "wire" or span.is_error:
            if len(self._heard) == LINES_MAX:
                self._missed += 1
            self._heard.append(span)

    async def _print(self) -> None:
        while True:
            await self._cloud.clock.sleep_wall(BEAT_SECONDS)
            if not self._terminal.flush():
                continue
            missed = [click.style(f"          … {self._missed} calls more", dim=True)] if self._missed else []
            lines = [*missed, *map(told, self._heard)]
            self._heard.clear()
            self._missed = 0
            self._terminal.write("".join(f"{text}\n" for text in lines))


def told(span: Span) -> str:
    """A call on a line; one that IAM refused with the reason, which is what to mend."""
    text = line(views.span(span))
    if span.decision is not None and not span.decision.decision.allowed:
        text += "".join(f"\n          {click.style(reason, dim=True)}" for reason in span.decision.explain())
    return text
