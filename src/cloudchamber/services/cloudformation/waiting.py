"""Wait conditions: a creation that waits for signals from outside, sent to a handle's URL or by SignalResource.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-waitcondition.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.core.resource_types import Desired, Made, Properties
from cloudchamber.services.cloudformation import limits
from cloudchamber.services.cloudformation.custom import PATH
from cloudchamber.services.cloudformation.errors import ResourceFailed
from cloudchamber.services.cloudformation.own_type import OwnType
from cloudchamber.services.cloudformation.records import Callback, StackResource

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

_DURATION = re.compile(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?\Z")
SIGNAL = "signal"


class WaitConditionHandle(OwnType):
    """Its physical id is the URL."""

    async def make(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        for found in self.engine.store.callbacks.where(stack_id=row.stack_id, logical_id=row.logical_id):
            return self._made(found)
        expires_at = self.engine.clock.now() + limits.HANDLE_SECONDS
        callback = Callback(ids.token(), row.stack_id, row.logical_id, "wait", expires_at)
        return self._made(self.engine.store.callbacks.put(callback))

    async def alter(self, ctx: Context, desired: Desired, row: StackResource, previous: Properties) -> Made:
        return Made(row.physical_id)

    async def remove(self, ctx: Context, row: StackResource) -> None:
        self.engine.store.callbacks.delete(row.physical_id.rpartition("/")[2])

    def _made(self, callback: Callback) -> Made:
        return Made(f"{self.engine.platform.endpoint}{PATH}{callback.token}")


class WaitCondition(OwnType):
    async def make(self, ctx: Context, desired: Desired, row: StackResource) -> Made:
        signal = (row.detail.get("CreationPolicy") or {}).get("ResourceSignal")
        if desired.properties.get("Handle"):
            key = str(desired.properties["Handle"]).rpartition("/")[2]
            count, seconds = int(desired.properties.get("Count") or 1), int(desired.properties.get("Timeout") or 0)
        else:
            key = signal_key(row.stack_id, row.logical_id)
            signal = signal or {}
            count, seconds = int(signal.get("Count") or 1), duration(str(signal.get("Timeout") or "PT5M"))
        answers = await self._signals(row, key, count, row.updated_at + seconds)
        data = orjson.dumps({each["UniqueId"]: each.get("Data", "") for each in answers}).decode()
        return Made(row.name, {"Data": data})

    async def _signals(self, row: StackResource, key: str, count: int, until: float) -> list[dict[str, Any]]:
        engine = self.engine
        while True:
            callback = engine.store.callbacks.get(key)
            found = {each["UniqueId"]: each for each in (callback.answers if callback is not None else ())}
            failed = next((each for each in found.values() if each.get("Status") != "SUCCESS"), None)
            if failed is not None:
                raise ResourceFailed(
                    f"WaitCondition received failed message: '{failed.get('Reason', '')}' for uniqueId: "
                    f"{failed['UniqueId']}"
                )
            if len(found) >= count:
                return list(found.values())
            if engine.stopped_by(row.stack_id) is not None:
                raise ResourceFailed("Resource creation cancelled")
            if not await engine.wait(key, until, row.stack_id):
                raise ResourceFailed(
                    f"WaitCondition timed out. Received {len(found)} conditions when expecting {count}"
                )

    async def alter(self, ctx: Context, desired: Desired, row: StackResource, previous: Properties) -> Made:
        return Made(row.physical_id, row.attributes)  # AWS: updates are not supported, and change nothing

    async def remove(self, ctx: Context, row: StackResource) -> None:
        self.engine.store.callbacks.delete(signal_key(row.stack_id, row.logical_id))


def signal_key(stack_id: str, logical_id: str) -> str:
    return f"{SIGNAL}:{stack_id}:{logical_id}"


def duration(text: str) -> int:
    """Seconds of an ISO 8601 duration. ResourceFailed for what is none."""
    found = _DURATION.match(text)
    if not found:
        raise ResourceFailed(f"Invalid timeout {text}: a duration such as PT5M is expected")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def with_answer(callback: Callback, answer: dict[str, Any]) -> Callback:
    return replace(callback, answers=(*callback.answers, answer))
