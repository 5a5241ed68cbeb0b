"""From enabled to gone: EnableKey, DisableKey, ScheduleKeyDeletion, CancelKeyDeletion, and what time does to keys.

https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html
https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import operation
from cloudchamber.services.kms import limits
from cloudchamber.services.kms.base import KmsBase
from cloudchamber.services.kms.errors import InvalidState
from cloudchamber.services.kms.importing import after_loss
from cloudchamber.services.kms.key import (
    DISABLED,
    ENABLED,
    PENDING_DELETION,
    PENDING_IMPORT,
    PENDING_REPLICA_DELETION,
    Key,
    check_not_pending,
    check_not_pending_deletion,
)
from cloudchamber.services.kms.rotation import rotate

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.kms import shapes


class Lifecycle(KmsBase):
    @operation
    async def enable_key(self, ctx: Context, request: shapes.EnableKeyRequest) -> None:
        self._switch(self.key(ctx, request), ENABLED)

    @operation
    async def disable_key(self, ctx: Context, request: shapes.DisableKeyRequest) -> None:
        self._switch(self.key(ctx, request), DISABLED)

    def _switch(self, key: Key, state: str) -> None:
        check_not_pending(key)
        with self.platform.store.transaction():
            self.store.keys.put(replace(key, state=state))
        self.plan()

    @operation
    async def schedule_key_deletion(
        self, ctx: Context, request: shapes.ScheduleKeyDeletionRequest
    ) -> shapes.ScheduleKeyDeletionResponse:
        key = self.key(ctx, request)
        days = request.get("PendingWindowInDays", limits.DELETION_DAYS)
        if not limits.DELETION_DAYS_MIN <= days <= limits.DELETION_DAYS_MAX:
            raise ValidationError(
                f"PendingWindowInDays must be between {limits.DELETION_DAYS_MIN} and {limits.DELETION_DAYS_MAX} days."
            )
        check_not_pending_deletion(key)
        if key.is_primary and len(self.store.related(key)) > 1:  # its time begins when the last replica has gone
            scheduled = replace(key, state=PENDING_REPLICA_DELETION, deletion_days=days)
        else:
            deletion_at = ctx.now() + days * limits.DAY_SECONDS
            scheduled = replace(key, state=PENDING_DELETION, deletion_days=days, deletion_at=deletion_at)
        with self.platform.store.transaction():
            self.store.keys.put(scheduled)
        self.plan()
        answer: shapes.ScheduleKeyDeletionResponse = {
            "KeyId": key.arn, "KeyState": scheduled.state, "PendingWindowInDays": days,
        }  # fmt: skip
        if scheduled.deletion_at is not None:
            answer["DeletionDate"] = scheduled.deletion_at
        return answer

    @operation
    async def cancel_key_deletion(
        self, ctx: Context, request: shapes.CancelKeyDeletionRequest
    ) -> shapes.CancelKeyDeletionResponse:
        key = self.key(ctx, request)
        if not key.is_pending_deletion:
            raise InvalidState(f"{key.arn} is not pending deletion.")
        with self.platform.store.transaction():
            complete = bool(key.material_id) and all(
                m.secret is not None for m in self.store.materials_of(key) if not m.is_pending
            )
            state = DISABLED if complete else PENDING_IMPORT
            self.store.keys.put(replace(key, state=state, deletion_at=None, deletion_days=0))
        self.plan()
        return {"KeyId": key.arn}

    # time

    def come_due(self, key: Key, now: float) -> None:
        """Deletion, expiry of imported material, automatic rotation."""
        if key.deletion_at is not None and key.deletion_at <= now:
            self.store.remove(key)
            self._replica_gone(key, now)
            return
        if key.expires_at is not None and key.expires_at <= now:
            lost = [m for m in self.store.materials_of(key) if m.expires_at is not None and m.expires_at <= now]
            key = after_loss(self.store, key, lost)
        if key.rotates and key.next_rotation_at is not None and key.next_rotation_at <= now:
            assert key.rotation_days is not None
            rotated = rotate(self.store, key, now, "AUTOMATIC")
            # A rotation that was missed while the key rested is made up for once.
            next_at = max(key.next_rotation_at, now) + key.rotation_days * limits.DAY_SECONDS
            for related in rotated:
                self.store.keys.put(replace(related, next_rotation_at=next_at))

    def _replica_gone(self, replica: Key, now: float) -> None:
        """The primary that waited for its last replica to go begins its own waiting period."""
        primary = self.store.keys.get(replica.account, replica.primary_region, replica.id)
        if primary is None or primary.state != PENDING_REPLICA_DELETION or len(self.store.related(primary)) > 1:
            return
        deletion_at = now + primary.deletion_days * limits.DAY_SECONDS
        self.store.keys.put(replace(primary, state=PENDING_DELETION, deletion_at=deletion_at))
