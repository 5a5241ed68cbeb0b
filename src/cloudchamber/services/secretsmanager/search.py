"""Filters of ListSecrets and BatchGetSecretValue. Pure.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
Values of a filter are alternatives, filters all have to match. A value that begins with `!` must not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cloudchamber.services.secretsmanager.secret import Secret


def _everything(secret: Secret) -> list[str]:
    return [
        secret.name,
        secret.description,
        secret.primary_region or secret.region,
        *secret.tags,
        *secret.tags.values(),
    ]


def _all_words(secret: Secret, text: str) -> bool:
    """Whether each word of the text stands somewhere at the beginning of a word."""
    there = " ".join(_everything(secret)).lower().replace("/", " ").replace("_", " ").replace("-", " ").split()
    return all(any(word.startswith(wanted) for word in there) for wanted in text.lower().split())


_MATCH: Mapping[str, Callable[[Secret, str], bool]] = {
    "name": lambda secret, text: secret.name.startswith(text),
    "description": lambda secret, text: secret.description.lower().startswith(text.lower()),
    "tag-key": lambda secret, text: any(key.startswith(text) for key in secret.tags),
    "tag-value": lambda secret, text: any(value.startswith(text) for value in secret.tags.values()),
    "primary-region": lambda secret, text: (secret.primary_region or secret.region).startswith(text),
    "owning-service": lambda secret, text: not text,  # no service owns secrets here
    "all": _all_words,
}


def matches(secret: Secret, filters: Sequence[Mapping[str, Any]]) -> bool:
    return all(_matches_one(secret, one) for one in filters)


def _matches_one(secret: Secret, one: Mapping[str, Any]) -> bool:
    match = _MATCH[one.get("Key") or "all"]
    values: Sequence[str] = one.get("Values") or ("",)
    wanted = [value for value in values if not value.startswith("!")]
    unwanted = [value[1:] for value in values if value.startswith("!")]
    if any(match(secret, value) for value in unwanted):
        return False
    return not wanted or any(match(secret, value) for value in wanted)
