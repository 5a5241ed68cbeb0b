"""What is stored, metered: bytes by storage class, once a day at midnight UTC, in AWS's GB-months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.s3.lifecycle_rules import midnight
from cloudchamber.services.s3.outbox import Outbox

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

GB = 1024**3
DAYS_A_MONTH = 30
SUM = "SELECT storage_class, sum(size) FROM s3_versions WHERE bucket = ? AND hidden = ? GROUP BY storage_class"


class StorageUsage(Outbox):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._usage_timer: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._plan_usage()

    def record(self, ctx: Context, bucket: Bucket, event: str, version: Version) -> None:
        super().record(ctx, bucket, event, version)
        if self._usage_timer is None:
            self._plan_usage()

    def _plan_usage(self) -> None:
        self._usage_timer = self.clock.at(midnight(self.clock.now() + 1), self._meter_storage, "s3 storage usage")

    async def _meter_storage(self) -> None:
        self._usage_timer = None
        stored = False
        for bucket in self.store.buckets:
            for hidden in (0, 1):
                for storage_class, size in self.platform.store.all(SUM, (bucket.number, hidden)):
                    stored = True
                    unit = f"s3.gb_months.{storage_class.lower()}"
                    self.platform.dispatcher.meter.add(bucket.account, unit, size / GB / DAYS_A_MONTH)
            await self.clock.breathe()
        if stored:
            self._plan_usage()
