"""Calls as they happen, below `cloudchamber up` in a terminal: a line a call, and why, where one was refused.

A terminal that takes no more (stopped by Ctrl-S, or looked at page by page) does not hold the cloud up: lines wait, and
of more than a few it is only said how many there were.
"""

from __future__ import annotations

import os
import sys
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


class Live:
    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
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
        terminal, left = _terminal(), b""
        try:
            while True:
                await self._cloud.clock.sleep_wall(BEAT_SECONDS)
                left = left or self._lines()
                try:
                    left = left[os.write(terminal, left) :] if left else b""
                except BlockingIOError:
                    pass
        finally:
            os.close(terminal)

    def _lines(self) -> bytes:
        """What was heard since the last beat."""
        missed = [click.style(f"          … {self._missed} calls more", dim=True)] if self._missed else []
        lines = [*missed, *map(told, self._heard)]
        self._heard.clear()
        self._missed = 0
        return "".join(f"{text}\n" for text in lines).encode()


def _terminal() -> int:
    """The terminal behind the standard output, opened anew: it is the shell's, too, which wants to be let wait."""
    return os.open(os.ttyname(sys.stdout.fileno()), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)


def told(span: Span) -> str:
    """A call on a line; one that IAM refused with the reason, which is what to mend."""
    text = line(views.span(span))
    if span.decision is not None and not span.decision.decision.allowed:
        text += "".join(f"\n          {click.style(reason, dim=True)}" for reason in span.decision.explain())
    return text
