"""Amazon EventBridge: https://docs.aws.amazon.com/eventbridge/latest/APIReference/

Operations by subject: `buses.py`, `rules.py`, `targets.py`, `putting.py`, `archives.py`, `replays.py`, `tagging.py`,
`connections.py`, `destinations.py`.
"""

from __future__ import annotations

from cloudchamber.services.events.buses import Buses
from cloudchamber.services.events.putting import Putting
from cloudchamber.services.events.replays import Replays
from cloudchamber.services.events.rules import Rules
from cloudchamber.services.events.tagging import Tags
from cloudchamber.services.events.targets import Targets


class Events(Buses, Rules, Targets, Putting, Replays, Tags):
    """The service."""

    async def resume(self) -> None:
        """Deliveries, schedules and replays go on where they stood."""
        self.resume_deliveries()
        self.resume_schedules()
        self.resume_replays()
