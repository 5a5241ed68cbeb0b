"""The course of a rotation: begun, failed and tried anew, finished, and when the next is due. Pure.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

from dataclasses import replace

from cloudchamber.services.secretsmanager import limits, schedule
from cloudchamber.services.secretsmanager.secret import CURRENT, PENDING, Rotation, Secret, attached

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


def scheduled(rotation: Rotation, now: float) -> Rotation:
    """The rotation with its next window."""
    window = schedule.next_window(rotation.rules, now, rotation.rotated_at)
    opens, closes = window or (None, None)
    return replace(rotation, next_at=opens, next_by=closes)


def postponed(secret: Secret, now: float) -> Secret:
    """A value that was set by hand counts as a rotation, for a schedule in days after the last one."""
    rotation = secret.rotation
    if rotation is None or not rotation.is_enabled or rotation.rules.days is None or rotation.token:
        return secret
    window = schedule.next_window(rotation.rules, now, now)
    opens, closes = window or (None, None)
    return replace(secret, rotation=replace(rotation, next_at=opens, next_by=closes))


def rescheduled(secret: Secret, now: float) -> Secret:
    """What was missed is not made up for: the next window is one to come."""
    rotation = secret.rotation
    if rotation is None or not rotation.is_enabled:
        return secret
    return replace(secret, rotation=scheduled(rotation, now))


def is_stuck(secret: Secret) -> bool:
    """Whether an earlier rotation left its pending version behind."""
    pending = secret.stages.get(PENDING)
    return pending is not None and pending != secret.stages.get(CURRENT)


def begun(secret: Secret, token: str, now: float, *, is_test: bool = False) -> Secret:
    """An attempt is under way. Should nobody hear of it again, it is tried anew after its longest time."""
    assert secret.rotation is not None
    lost_at = now + limits.ROTATION_SECONDS_MAX
    rotation = replace(secret.rotation, token=token, retry_at=lost_at, is_test=is_test)
    return replace(secret, rotation=rotation, stages=attached(secret.stages, [PENDING], token))


def failed(secret: Secret, now: float) -> Secret:
    """An attempt has failed: the next comes soon, and after the last one with the next window."""
    rotation = secret.rotation
    assert rotation is not None
    if rotation.is_test:
        return tested(secret)
    if rotation.attempts < len(limits.RETRY_SECONDS):
        retry_at = now + limits.RETRY_SECONDS[rotation.attempts]
        return replace(secret, rotation=replace(rotation, attempts=rotation.attempts + 1, retry_at=retry_at))
    return replace(secret, rotation=scheduled(replace(rotation, attempts=0, retry_at=None, token=""), now))


def finished(secret: Secret, now: float) -> Secret:
    """The new version is the current one."""
    assert secret.rotation is not None
    rotation = replace(secret.rotation, rotated_at=now, token="", attempts=0, retry_at=None)
    return replace(secret, rotation=scheduled(rotation, now), changed_at=now)


def tested(secret: Secret) -> Secret:
    """The configuration has been tried: the version that was made for it goes."""
    assert secret.rotation is not None
    token = secret.rotation.token
    stages = {label: holder for label, holder in secret.stages.items() if (label, holder) != (PENDING, token)}
    return replace(secret, stages=stages, rotation=replace(secret.rotation, token="", retry_at=None, is_test=False))


def cancelled(secret: Secret) -> Secret:
    """No more rotations by themselves; what an unfinished one left behind stays."""
    assert secret.rotation is not None
    stopped = replace(
        secret.rotation, is_enabled=False, token="", attempts=0, retry_at=None, next_at=None, next_by=None
    )
    return replace(secret, rotation=stopped)
