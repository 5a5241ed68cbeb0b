"""Lifecycle rules at work: at midnight UTC, on the cloud's clock, in small steps.

A bucket is looked through when something in it may be due: at the next midnight after a write, else at the earliest
instant that the last look found. So advancing time by months costs a few looks, not one a day.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudchamber.core import ids
from cloudchamber.core.service import Platform, Request, operation
from cloudchamber.protocol.scalars import rfc822
from cloudchamber.services.s3 import locks
from cloudchamber.services.s3.attributes import Attributes
from cloudchamber.services.s3.configuration import Configuration
from cloudchamber.services.s3.deleting import Deleting
from cloudchamber.services.s3.lifecycle_rules import Action, Place, abort_due, action, check, midnight
from cloudchamber.services.s3.pages import LAST
from cloudchamber.services.s3.store import COLUMNS, version_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.clock import Timer
    from cloudchamber.core.context import Context
    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.uploads import Upload
    from cloudchamber.services.s3.version import Version

STEP_ROWS = 500
_STEP = (
    f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ?1 AND hidden = 0 AND key >= ?2 UNION ALL "
    f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ?1 AND hidden = 1 AND key >= ?2 ORDER BY key, seq DESC LIMIT ?3"
)
_OF_KEY = (
    f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ?1 AND hidden = 0 AND key = ?2 UNION ALL "
    f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ?1 AND hidden = 1 AND key = ?2 ORDER BY seq DESC"
)
NEVER = float("inf")


class Lifecycle(Attributes, Deleting, Configuration):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._looks: dict[str, float] = {}  # bucket -> when to look through it
        self._look_timer: Timer | None = None

    async def resume(self) -> None:
        await super().resume()
        for bucket in self.store.buckets:
            if "lifecycle" in bucket.configurations:
                self._look_at(bucket.name, midnight(self.clock.now()))

    # the configuration

    @operation
    async def put_bucket_lifecycle_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        bucket = self.bucket(ctx, request)
        rules = (request.get("LifecycleConfiguration") or {}).get("Rules") or ()
        check(rules)
        named = [{**rule, "ID": rule.get("ID") or ids.uuid()} for rule in rules]
        size = request.get("TransitionDefaultMinimumObjectSize") or "all_storage_classes_128K"
        self.configure(bucket, "lifecycle", {"Rules": named, "MinimumSize": size})
        self._look_at(bucket.name, midnight(ctx.now()))
        return {"TransitionDefaultMinimumObjectSize": size}

    @operation
    async def get_bucket_lifecycle_configuration(self, ctx: Context, request: Request) -> dict[str, Any]:
        absent = ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
        found = self.configured(ctx, request, "lifecycle", absent)
        return {"Rules": found["Rules"], "TransitionDefaultMinimumObjectSize": found["MinimumSize"]}

    @operation
    async def delete_bucket_lifecycle(self, ctx: Context, request: Request) -> None:
        self.configure(self.bucket(ctx, request), "lifecycle", None)

    def expiration_header(self, bucket: Bucket, version: Version) -> str | None:
        if not version.is_latest:
            return None
        removals = {"Rules": [{**rule, "Transitions": ()} for rule in bucket.configurations["lifecycle"]["Rules"]]}
        found = action(removals, version, Place())
        if found is None:
            return None
        return f'expiry-date="{rfc822(int(found.due))}", rule-id="{quote(found.rule_id)}"'

    # when to look

    def record(self, ctx: Context, bucket: Bucket, event: str, version: Version) -> None:
        super().record(ctx, bucket, event, version)
        if "lifecycle" in bucket.configurations and ctx.principal.kind != "service":
            self._look_at(bucket.name, midnight(self.clock.now()))

    def plan_abort(self, bucket: Bucket, upload: Upload) -> None:
        if "lifecycle" in bucket.configurations:
            self._look_at(bucket.name, midnight(self.clock.now()))

    def _look_at(self, name: str, due: float) -> None:
        self._looks[name] = min(due, self._looks.get(name, NEVER))
        self._arm()

    def _arm(self) -> None:
        due = min(self._looks.values(), default=NEVER)
        if self._look_timer is not None and self._look_timer.is_pending:
            if self._look_timer.due <= due:
                return
            self._look_timer.cancel()
        if due < NEVER:
            self._look_timer = self.clock.at(due, self._look, "s3 lifecycle")

    async def _look(self) -> None:
        now = self.clock.now()
        for name in [name for name, due in self._looks.items() if due <= now]:
            self._looks.pop(name)
            bucket = self.store.buckets.get(name)
            if bucket is None or "lifecycle" not in bucket.configurations:
                continue
            due = await self._go_through(bucket, now)
            if due < NEVER:
                self._looks[name] = min(due, self._looks.get(name, NEVER))
        self._arm()

    # what is done

    async def _go_through(self, bucket: Bucket, now: float) -> float:
        """Do what is due to every version and upload of a bucket; when there will be more to do."""
        ctx = self.own_context(bucket, "Lifecycle")
        earliest, start = NEVER, ""
        while True:
            rows = self.platform.store.all(_STEP, (bucket.number, start, STEP_ROWS))
            found = list(dict.fromkeys(row[1] for row in rows))
            if len(rows) == STEP_ROWS and len(found) > 1:
                found.pop()  # the last key may have more versions than were read
            for key in found:
                earliest = min(earliest, self._treat_key(ctx, bucket, key, now))
            if len(rows) < STEP_ROWS:
                break
            start = found[-1] + "\0"
            await self.clock.breathe()
            present = self.store.buckets.get(bucket.name)  # its rules and versioning may have changed
            if present is None or present.number != bucket.number or "lifecycle" not in present.configurations:
                return NEVER
            bucket = present
        self.wake_outbox()
        return min(earliest, self._end_uploads(bucket, now))

    def _treat_key(self, ctx: Context, bucket: Bucket, key: str, now: float) -> float:
        """Do what is due to the versions of one key, oldest first; when there will be more to do."""
        versions = [version_of(row) for row in self.platform.store.all(_OF_KEY, (bucket.number, key))]
        todo: list[tuple[Version, Action]] = []
        earliest = NEVER
        for at, version in enumerate(versions):
            superseded_at = None if at == 0 else versions[at - 1].modified_at
            place = Place(superseded_at, max(at - 1, 0), len(versions) == 1)
            found = action(bucket.configurations["lifecycle"], version, place)
            if found is None:
                continue
            if found.due <= now:
                todo.append((version, found))
            else:
                earliest = min(earliest, found.due)
        if not todo:
            return earliest
        files: list[str] = []
        with self.platform.store.transaction():
            for version, found in reversed(todo):
                files += self._treat(ctx, bucket, version, found)
        self.bodies.remove(files)
        return min(earliest, midnight(now + 1))  # what was changed may be due again

    def _treat(self, ctx: Context, bucket: Bucket, version: Version, found: Action) -> list[str]:
        if found.storage_class is not None:
            version.storage_class = found.storage_class
            self.store.change(version)
            self.record(ctx, bucket, "LifecycleTransition", version)
            meter = self.platform.dispatcher.meter
            meter.add(bucket.account, f"s3.transitions.{found.storage_class.lower()}", 1)
            return []
        if locks.is_held(version, ctx.now(), bypasses=False) and not version.is_latest:
            return []
        if version.is_latest and not version.is_marker and bucket.versioning:
            return self.mark_deleted(ctx, bucket, version.key, "LifecycleExpiration:DeleteMarkerCreated")[1]
        self.store.remove(version)
        self.record(ctx, bucket, "LifecycleExpiration:Delete", version)
        return self.bodies.give_up(version.pieces)

    def _end_uploads(self, bucket: Bucket, now: float) -> float:
        earliest = NEVER
        configuration: Mapping[str, Any] = bucket.configurations["lifecycle"]
        for upload in self.uploads.page(bucket.number, "", LAST, ("", ""), -1):
            due = abort_due(configuration, upload.key, upload.begun_at)
            if due is not None and due <= now:
                self.abort(upload)
            elif due is not None:
                earliest = min(earliest, due)
        return earliest
