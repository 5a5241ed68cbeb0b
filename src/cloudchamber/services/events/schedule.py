"""Schedule expressions, rate(…) and cron(…): when a rule fires, in UTC. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.schedules.expressions import At, Rate, parse
from cloudchamber.services.events.errors import invalid_parameter

if TYPE_CHECKING:
    from cloudchamber.core.schedules.cron import Cron


def parse_schedule(text: str) -> Rate | Cron:
    """ValidationException for what AWS does not take."""
    try:
        found = parse(text)
    except ValueError:
        raise invalid_parameter("ScheduleExpression") from None
    if isinstance(found, At) or (isinstance(found, Rate) and not found.is_grammatical):
        raise invalid_parameter("ScheduleExpression")
    return found


def next_firing(text: str, instant: float, since: float) -> float | None:
    """The first firing of a schedule later than `instant`; `since` is what a rate counts from. Epoch seconds."""
    schedule = parse_schedule(text)
    return schedule.next_after(instant, since) if isinstance(schedule, Rate) else schedule.next_after(instant)
