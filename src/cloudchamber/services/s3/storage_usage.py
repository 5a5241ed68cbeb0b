"""What is stored, metered: bytes by storage class, once a day at midnight UTC, in AWS's GB-months."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.metrics import Measured
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
SUM = (
    "SELECT storage_class, sum(size), count(*) FROM s3_versions WHERE bucket = ? AND hidden = ? GROUP BY storage_class"
)
# Storage class -> the StorageType dimension of BucketSizeBytes.
STORAGE_TYPES = {
    "STANDARD": "StandardStorage", "REDUCED_REDUNDANCY": "ReducedRedundancyStorage",
    "STANDARD_IA": "StandardIAStorage", "ONEZONE_IA": "OneZoneIAStorage",
    "INTELLIGENT_TIERING": "IntelligentTieringFAStorage", "GLACIER_IR": "GlacierInstantRetrievalStorage",
    "GLACIER": "GlacierStorage", "DEEP_ARCHIVE": "DeepArchiveStorage",
}  # fmt: skip


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
            count = 0
            sizes: dict[str, int] = {}
            for hidden in (0, 1):
                for storage_class, size, objects in self.platform.store.all(SUM, (bucket.number, hidden)):
                    stored = True
                    count += objects
                    sizes[storage_class] = sizes.get(storage_class, 0) + size
                    unit = f"s3.gb_months.{storage_class.lower()}"
                    self.platform.dispatcher.meter.add(bucket.account, unit, size / GB / DAYS_A_MONTH)
            self._measure(bucket, count, sizes)
            await self.clock.breathe()
        if stored:
            self._plan_usage()

    def _measure(self, bucket: Bucket, count: int, sizes: dict[str, int]) -> None:
        """https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html"""
        found = [("AllStorageTypes", ("NumberOfObjects", float(count), "Count"))]
        for storage_class, size in sizes.items():
            kind = STORAGE_TYPES.get(storage_class, "StandardStorage")
            found.append((kind, ("BucketSizeBytes", float(size), "Bytes")))
        for kind, value in found:
            dimensions = (("BucketName", bucket.name), ("StorageType", kind))
            self.platform.facts.emit(Measured(bucket.account, bucket.region, "AWS/S3", dimensions, (value,)))
