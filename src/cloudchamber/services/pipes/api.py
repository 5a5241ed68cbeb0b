"""Amazon EventBridge Pipes: https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/

Operations: `pipes.py`. What pipes do: `queues.py` and `streams.py` read, `executing.py` sends on.
"""

from __future__ import annotations

from cloudchamber.services.pipes.pipes import Pipes


class EventBridgePipes(Pipes):
    """The service."""

    async def resume(self) -> None:
        """Pipes go on where they stood."""
        self.resume_pipes()
