"""RestoreObject: an archived object comes back for some days, after the delay of its tier, on the cloud's clock.

AWS names ranges for the delays; here each takes a time within its range.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/restoring-objects-retrieval-options.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Platform, Request, operation
from cloudchamber.services.s3.errors import InvalidArgument, InvalidObjectState, MalformedXml, NotRestorable
from cloudchamber.services.s3.lifecycle_rules import DAY_SECONDS, midnight
from cloudchamber.services.s3.outbox import Outbox
from cloudchamber.services.s3.tables import RESTORES
from cloudchamber.services.s3.version import ARCHIVED

if TYPE_CHECKING:
    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.version import Version

DELAYS_S = {
    ("GLACIER", "Expedited"): 180,
    ("GLACIER", "Standard"): 4 * 3600,
    ("GLACIER", "Bulk"): 8 * 3600,
    ("DEEP_ARCHIVE", "Standard"): 12 * 3600,
    ("DEEP_ARCHIVE", "Bulk"): 48 * 3600,
}
AT_ONCE = 200


class Restoring(Outbox):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        platform.store.ensure("s3_restores", RESTORES)
        self._restore_timer: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        self._plan_restores()

    @operation
    async def restore_object(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        version = self.version(bucket, request)
        given = request.get("RestoreRequest") or {}
        if given.get("Type") == "SELECT" or given.get("SelectParameters"):
            raise NotImplementedByUs("Selecting from archives exists on AWS and is not implemented in cloudchamber")
        if version.storage_class not in ARCHIVED:
            raise InvalidObjectState(
                "Restore is not allowed for the object's current storage class", StorageClass=version.storage_class
            )
        days = given.get("Days")
        if not isinstance(days, int) or days < 1:
            raise MalformedXml
        tier = (given.get("GlacierJobParameters") or {}).get("Tier") or given.get("Tier") or "Standard"
        delay_s = DELAYS_S.get((version.storage_class, tier))
        if delay_s is None:
            raise InvalidArgument(f"{tier} retrievals are not available for the object's storage class", "Tier", tier)
        now, present = ctx.now(), version.about.get("restore") or {}
        if present.get("ready_at") is not None and now < present["ready_at"]:
            raise NotRestorable
        is_there = present.get("until") is not None and now < present["until"]
        if is_there:
            restore = {**present, "until": midnight(now + days * DAY_SECONDS)}
            due = restore["until"]
        else:
            restore = {"ready_at": now + delay_s, "days": days, "tier": tier, "until": None}
            due = restore["ready_at"]
            ctx.meter(f"s3.retrieved_bytes.{tier.lower()}", version.size)
        version.about["restore"] = restore
        with self.platform.store.transaction():
            self.store.change(version)
            self._note(version, due)
            if not is_there:
                self.record(ctx, bucket, "ObjectRestore:Post", version)
        self.wake_outbox()
        self._plan_restores()
        return {"StatusCode": 200 if is_there else 202}

    # on the clock

    def _note(self, version: Version, due: float) -> None:
        self.platform.store.execute(
            "INSERT OR REPLACE INTO s3_restores VALUES (?, ?, ?, ?, ?)",
            (version.bucket, version.key, version.seq, version.version, due),
        )

    def _plan_restores(self) -> None:
        due = self.platform.store.value("SELECT min(due) FROM s3_restores")
        if self._restore_timer is not None:
            self._restore_timer.cancel()
        self._restore_timer = None if due is None else self.clock.at(due, self._restores_due, "s3 restores")

    async def _restores_due(self) -> None:
        while rows := self.platform.store.all(
            "SELECT bucket, key, seq, version FROM s3_restores WHERE due <= ? ORDER BY due LIMIT ?",
            (self.clock.now(), AT_ONCE),
        ):
            for row in rows:
                self._step(*row)
            await self.clock.breathe()
        self.wake_outbox()
        self._plan_restores()

    def _step(self, number: int, key: str, seq: int, version_id: str) -> None:
        """A restore is complete, or what it brought back goes again."""
        bucket = self.store.bucket_numbered(number)
        version = None if bucket is None else self.store.version(number, key, version_id)
        with self.platform.store.transaction():
            self.platform.store.execute(
                "DELETE FROM s3_restores WHERE bucket = ? AND key = ? AND seq = ?", (number, key, seq)
            )
            if bucket is None or version is None or version.seq != seq or "restore" not in version.about:
                return
            ctx, now = self.own_context(bucket, "Restore"), self.clock.now()
            restore = version.about["restore"]
            if restore["until"] is None:
                until = midnight(now + restore["days"] * DAY_SECONDS)
                restore["until"] = until
                self.store.change(version)
                self._note(version, until)
                self.record(ctx, bucket, "ObjectRestore:Completed", version)
            elif restore["until"] <= now:
                del version.about["restore"]
                self.store.change(version)
                self.record(ctx, bucket, "ObjectRestore:Delete", version)
