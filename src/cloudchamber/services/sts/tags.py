"""Session tags. Keys differ only if they differ in more than case; transitive ones go on through a chain of roles.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.services.sts.errors import InvalidParameterValue
from cloudchamber.services.sts.limits import SESSION_TAGS_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cloudchamber.identity.principals import SessionInfo
    from cloudchamber.services.sts import shapes


def requested(tags: Iterable[shapes.Tag]) -> dict[str, str]:
    """The `Tags` parameter as a dict. InvalidParameterValue for a key that comes twice or is AWS's own."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    for tag in tags:
        key = tag["Key"]
        if key.lower() in seen:
            raise InvalidParameterValue("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue("User-defined tag keys can't start with aws:")
        seen.add(key.lower())
        found[key] = tag["Value"]
    return found


def inherited(caller: SessionInfo | None) -> dict[str, str]:
    """The tags that a session begun by `caller` takes over from it."""
    if caller is None:
        return {}
    return {key: caller.tags[key] for key in caller.transitive_tag_keys if key in caller.tags}


def of_session(
    tags: Mapping[str, str], transitive_keys: Iterable[str], handed_on: Mapping[str, str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """(tags, transitive keys) of a new session from those asked for and those handed on. InvalidParameterValue."""
    by_lower = {key.lower(): key for key in tags}
    held = {key.lower() for key in handed_on}
    chosen: dict[str, str] = {}
    for key in transitive_keys:
        if key.lower() in held:
            raise InvalidParameterValue(
                "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key "
                "from the calling session."
            )
        if key.lower() not in by_lower:
            raise InvalidParameterValue("The specified transitive tag key must be included in the requested tags.")
        chosen[key.lower()] = by_lower[key.lower()]
    if not held.isdisjoint(by_lower):
        raise InvalidParameterValue(
            "One of the specified tag keys can't be set because it conflicts with a transitive tag key from the "
            "calling session."
        )
    merged = {**handed_on, **tags}
    if len(merged) > SESSION_TAGS_MAX:
        raise InvalidParameterValue(f"A session can't have more than {SESSION_TAGS_MAX} session tags.")
    return merged, (*handed_on, *chosen.values())


def overlaid(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """`below` with `above` over it: a tag of the same key in any case is replaced."""
    hidden = {key.lower() for key in above}
    return {**{key: value for key, value in below.items() if key.lower() not in hidden}, **above}
