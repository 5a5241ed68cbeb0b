"""Lifecycle rules: which of them concern a version, what is to happen to it, and when. Pure.

Everything falls due at midnight UTC: the instant a rule counts to is rounded up to the next one.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.errors import InvalidArgument, InvalidRequest, MalformedXml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudchamber.services.s3.version import Version

DAY_SECONDS = 86_400
SMALL_BYTES = 128 * 1024  # what is smaller is not moved, unless a rule filters by size itself
# Transitions lead down this list only.
WATERFALL = (
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA", "GLACIER_IR", "GLACIER",
    "DEEP_ARCHIVE",
)  # fmt: skip
_WARM = ("STANDARD_IA", "ONEZONE_IA")
_ACTIONS = (
    "Expiration", "Transitions", "NoncurrentVersionTransitions", "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)  # fmt: skip
VARIES = "varies_by_storage_class"


@dataclass(frozen=True, slots=True)
class Action:
    """`storage_class` for a transition, None for a removal. `due` in epoch seconds."""

    due: float
    storage_class: str | None
    rule_id: str


@dataclass(frozen=True, slots=True)
class Place:
    """How a version stands among those of its key. `superseded_at` is when a newer one came, None for the latest;
    `newer` counts old versions that are newer than this one."""

    superseded_at: float | None = None
    newer: int = 0
    is_alone: bool = False


def midnight(at: float) -> float:
    """The first midnight that is not before an instant."""
    return math.ceil(at / DAY_SECONDS) * float(DAY_SECONDS)


def action(configuration: Mapping[str, Any], version: Version, place: Place) -> Action | None:
    """What is to happen to a version next. Of what falls due together removal wins, then the coldest class."""
    found: list[Action] = []
    for rule in configuration["Rules"]:
        if rule["Status"] == "Enabled" and concerns(rule, version):
            found += _of_rule(rule, version, place, configuration.get("MinimumSize") == VARIES)
    if not found:
        return None
    removals = [one for one in found if one.storage_class is None]
    first = min(removals, key=lambda one: one.due, default=None)
    moves = sorted(
        (one for one in found if one.storage_class is not None and _is_colder(one.storage_class, version)),
        key=lambda one: (one.due, -WATERFALL.index(one.storage_class or "")),
    )
    if not moves or (first is not None and first.due <= moves[0].due):
        return first
    return moves[0]


def _is_colder(storage_class: str, version: Version) -> bool:
    return WATERFALL.index(storage_class) > WATERFALL.index(version.storage_class)


def _of_rule(rule: Mapping[str, Any], version: Version, place: Place, varies: bool) -> Iterator[Action]:
    rule_id = rule.get("ID") or ""
    if place.superseded_at is not None:
        yield from _of_old(rule, version, place, (rule_id, varies))
        return
    expiration = rule.get("Expiration") or {}
    if version.is_marker:
        if place.is_alone and expiration.get("ExpiredObjectDeleteMarker"):
            yield Action(midnight(version.modified_at), None, rule_id)
        elif place.is_alone and expiration.get("Days"):
            yield Action(midnight(version.modified_at + expiration["Days"] * DAY_SECONDS), None, rule_id)
        return
    if expiration.get("Days"):
        yield Action(midnight(version.modified_at + expiration["Days"] * DAY_SECONDS), None, rule_id)
    elif expiration.get("Date") is not None:
        yield Action(float(expiration["Date"]), None, rule_id)
    for move in rule.get("Transitions") or ():
        if not _is_large_enough(rule, version, move["StorageClass"], varies):
            continue
        if move.get("Date") is not None:
            due = float(move["Date"])
        else:
            due = midnight(version.modified_at + (move.get("Days") or 0) * DAY_SECONDS)
        yield Action(due, move["StorageClass"], rule_id)


def _of_old(rule: Mapping[str, Any], version: Version, place: Place, how: tuple[str, bool]) -> Iterator[Action]:
    rule_id, varies = how
    assert place.superseded_at is not None
    expiration = rule.get("NoncurrentVersionExpiration") or {}
    if expiration.get("NoncurrentDays") and place.newer >= (expiration.get("NewerNoncurrentVersions") or 0):
        yield Action(midnight(place.superseded_at + expiration["NoncurrentDays"] * DAY_SECONDS), None, rule_id)
    for move in () if version.is_marker else rule.get("NoncurrentVersionTransitions") or ():
        if place.newer < (move.get("NewerNoncurrentVersions") or 0):
            continue
        if _is_large_enough(rule, version, move["StorageClass"], varies):
            due = midnight(place.superseded_at + (move.get("NoncurrentDays") or 0) * DAY_SECONDS)
            yield Action(due, move["StorageClass"], rule_id)


def _is_large_enough(rule: Mapping[str, Any], version: Version, storage_class: str, varies: bool) -> bool:
    if version.size >= SMALL_BYTES:
        return True
    given = rule.get("Filter") or {}
    given = given.get("And") or given
    if given.get("ObjectSizeGreaterThan") is not None or given.get("ObjectSizeLessThan") is not None:
        return True
    return varies and storage_class in ("GLACIER", "DEEP_ARCHIVE")


def concerns(rule: Mapping[str, Any], version: Version) -> bool:
    """Whether a rule's filter lets a version through."""
    given = rule.get("Filter") or {}
    given = given.get("And") or given
    prefix = given.get("Prefix") or rule.get("Prefix") or ""
    if not version.key.startswith(prefix):
        return False
    wanted = given.get("Tags") or ([given["Tag"]] if given.get("Tag") else [])
    if wanted and (version.is_marker or any(version.tags.get(tag["Key"]) != tag["Value"] for tag in wanted)):
        return False
    more, less = given.get("ObjectSizeGreaterThan"), given.get("ObjectSizeLessThan")
    return (more is None or version.size > more) and (less is None or version.size < less)


def abort_due(configuration: Mapping[str, Any], key: str, begun_at: float) -> float | None:
    """When an upload that is not completed is ended."""
    found = [
        midnight(begun_at + rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] * DAY_SECONDS)
        for rule in configuration["Rules"]
        if rule["Status"] == "Enabled"
        and (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
        and key.startswith(_prefix(rule))
    ]
    return min(found, default=None)


def _prefix(rule: Mapping[str, Any]) -> str:
    given = rule.get("Filter") or {}
    return (given.get("And") or given).get("Prefix") or rule.get("Prefix") or ""


# what may be configured


def check(rules: Sequence[Mapping[str, Any]]) -> None:
    """MalformedXML, InvalidRequest and InvalidArgument for rules that S3 does not take."""
    if not 1 <= len(rules) <= limits.LIFECYCLE_RULES_MAX:
        raise MalformedXml
    names = [rule["ID"] for rule in rules if rule.get("ID")]
    if any(len(name) > 255 for name in names):
        raise InvalidArgument("ID length should not exceed allowed limit of 255")
    if len(set(names)) < len(names):
        raise InvalidArgument("Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        if ("Prefix" in rule) == ("Filter" in rule):
            raise MalformedXml
        if not any(rule.get(name) for name in _ACTIONS):
            raise InvalidRequest("At least one action needs to be specified in a rule")
        _check_filter(rule)
        _check_current(rule)
        for name in ("NoncurrentVersionExpiration", "NoncurrentVersionTransitions"):
            given = rule.get(name) or ()
            for one in [given] if isinstance(given, dict) else given:
                if (one.get("NoncurrentDays") or 0) < (1 if name.endswith("Expiration") else 0):
                    raise InvalidArgument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive "
                                          "integer")  # fmt: skip


def _check_filter(rule: Mapping[str, Any]) -> None:
    given = rule.get("Filter") or {}
    if len(given) > 1:
        raise MalformedXml
    both = given.get("And")
    if both is not None and len(both) < 2 and len(both.get("Tags") or ()) < 2:
        raise MalformedXml
    if (both or given).get("Tag") or (both or given).get("Tags"):
        if rule.get("AbortIncompleteMultipartUpload"):
            raise InvalidRequest("AbortIncompleteMultipartUpload cannot be specified with Tags")
        if (rule.get("Expiration") or {}).get("ExpiredObjectDeleteMarker"):
            raise InvalidRequest("ExpiredObjectDeleteMarker cannot be specified with Tags")


def _check_current(rule: Mapping[str, Any]) -> None:
    expiration, moves = rule.get("Expiration"), rule.get("Transitions") or ()
    if expiration is not None:
        if len([name for name in ("Days", "Date", "ExpiredObjectDeleteMarker") if expiration.get(name)]) > 1:
            raise MalformedXml
        if "Days" in expiration and expiration["Days"] < 1:
            raise InvalidArgument("'Days' for Expiration action must be a positive integer")
        _check_date(expiration)
    for move in moves:
        if ("Days" in move) == ("Date" in move) or move.get("StorageClass") not in WATERFALL:
            raise MalformedXml
        _check_date(move)
        days = move.get("Days")
        if days is not None and days < 0:
            raise InvalidArgument("'Days' in Transition action must be nonnegative")
        if days is not None and days < 30 and move["StorageClass"] in _WARM:
            raise InvalidArgument("'Days' in Transition action must be greater than or equal to 30 for storageClass "
                                  f"'{move['StorageClass']}'")  # fmt: skip
        last = (expiration or {}).get("Days")
        if last is not None and days is not None and last <= days:
            raise InvalidArgument(f"'Days' in the Expiration action for filter '(prefix={_prefix(rule)})' must be "
                                  "greater than 'Days' in the Transition action")  # fmt: skip
    if len({move["StorageClass"] for move in moves}) < len(moves):
        raise InvalidRequest("'StorageClass' must be different for 'Transition' actions in same 'Rule'")


def _check_date(given: Mapping[str, Any]) -> None:
    if given.get("Date") is not None and given["Date"] % DAY_SECONDS:
        raise InvalidArgument("'Date' must be at midnight GMT")
