"""Calls as they happen, below `cloudchamber up` in a terminal: a line a call, and why, where one was refused."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import click

from cloudchamber.cli.trace import line
from cloudchamber.console import views

if TYPE_CHECKING:
    from cloudchamber.cloud import Cloud
    from cloudchamber.core.spans import Span

BEAT_SECONDS = 0.1
LINES_MAX = 40  # a beat; of more it is said how many there were


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
        while True:
            await self._cloud.clock.sleep_wall(BEAT_SECONDS)
            heard, missed = list(self._heard), self._missed
            self._heard.clear()
            self._missed = 0
            if missed:
                click.echo(click.style(f"          … {missed} calls more", dim=True))
            for span in heard:
                click.echo(told(span))


def told(span: Span) -> str:
    """A call on a line; one that IAM refused with the reason, which is what to mend."""
    text = line(views.span(span))
    if span.decision is not None and not span.decision.decision.allowed:
        text += "".join(f"\n          {click.style(reason, dim=True)}" for reason in span.decision.explain())
    return text
