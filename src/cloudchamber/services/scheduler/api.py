"""Amazon EventBridge Scheduler: https://docs.aws.amazon.com/scheduler/latest/APIReference/

Operations by subject: `schedules.py`, `groups.py`.
"""

from __future__ import annotations

from cloudchamber.services.scheduler.groups import Groups
from cloudchamber.services.scheduler.schedules import Schedules


class Scheduler(Schedules, Groups):
    """The service."""

    async def resume(self) -> None:
        """Invocations and schedules go on where they stood."""
        self.resume_invocations()
        self.resume_schedules()
