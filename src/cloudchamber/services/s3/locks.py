"""Object lock: retention and legal hold, and what they keep from being deleted. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudchamber.services.s3.errors import Denied, InvalidArgument, InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.s3.bucket import Bucket
    from cloudchamber.services.s3.version import Version

MODES = ("GOVERNANCE", "COMPLIANCE")
DAY_SECONDS = 86_400
MISSING = "Bucket is missing Object Lock Configuration"


def from_headers(request: Mapping[str, Any], bucket: Bucket, now: float) -> dict[str, Any]:
    """Retention and hold of a new version: its headers', else the bucket's default retention."""
    mode, until = request.get("ObjectLockMode"), request.get("ObjectLockRetainUntilDate")
    hold = request.get("ObjectLockLegalHoldStatus")
    if (mode or until or hold) and not bucket.locks_objects:
        raise InvalidRequest(MISSING)
    found: dict[str, Any] = {}
    if mode or until:
        if not (mode and until):
            raise InvalidArgument(
                "x-amz-object-lock-retain-until-date and x-amz-object-lock-mode must both be supplied"
            )
        check_retention(mode, until, now)
        found["retention"] = {"Mode": mode, "RetainUntilDate": until}
    elif bucket.locks_objects:
        default = default_retention(bucket, now)
        if default is not None:
            found["retention"] = default
    if hold:
        if hold not in ("ON", "OFF"):
            raise InvalidArgument("Legal Hold must be either of 'ON' or 'OFF'", "x-amz-object-lock-legal-hold", hold)
        found["hold"] = hold
    return found


def check_retention(mode: str, until: float, now: float) -> None:
    if mode not in MODES:
        raise InvalidArgument("Unknown wormMode directive.", "x-amz-object-lock-mode", mode)
    if until <= now:
        raise InvalidArgument("The retain until date must be in the future!", "x-amz-object-lock-retain-until-date")


def default_retention(bucket: Bucket, now: float) -> dict[str, Any] | None:
    rule = (bucket.configurations.get("object_lock") or {}).get("Rule") or {}
    default = rule.get("DefaultRetention")
    if not default:
        return None
    until = now + default["Days"] * DAY_SECONDS if default.get("Days") else _years_after(now, default["Years"])
    return {"Mode": default["Mode"], "RetainUntilDate": until}


def _years_after(now: float, years: int) -> float:
    moment = datetime.fromtimestamp(now, UTC)
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    later = moment.replace(year=moment.year + years, day=day)
    return calendar.timegm(later.utctimetuple()) + now % 1


def is_held(version: Version, now: float, bypasses: bool) -> bool:
    """Whether a version must not be deleted: a legal hold, or a retention that has not ended.

    `bypasses`: the caller asks to pass over governance, and may.
    """
    if version.about.get("hold") == "ON":
        return True
    retention = version.about.get("retention")
    if retention is None or retention["RetainUntilDate"] <= now:
        return False
    return not (bypasses and retention["Mode"] == "GOVERNANCE")


def check_change(version: Version, wanted: Mapping[str, Any] | None, now: float, bypasses: bool) -> None:
    """Whether a retention may be changed so: longer always; shorter or away only in governance, by who may bypass it.

    AccessDenied.
    """
    present = version.about.get("retention")
    if present is None or present["RetainUntilDate"] <= now:
        return
    later = bool(wanted) and wanted is not None and wanted["RetainUntilDate"] >= present["RetainUntilDate"]
    if present["Mode"] == "COMPLIANCE":
        if later and wanted is not None and wanted["Mode"] == "COMPLIANCE":
            return
    elif bypasses or later:
        return
    raise Denied("Access Denied because object protected by object lock.")
