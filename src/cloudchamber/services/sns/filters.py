"""Filter policies: which messages a subscription gets, by their attributes or by their body. Pure.

A policy is an event pattern (`core/patterns`) with bounds of its own, compiled once and kept.
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.patterns.fields import Conditions, Fields, compile_fields, is_either
from cloudchamber.core.patterns.operators import Dialect
from cloudchamber.core.patterns.text import PatternError, parse
from cloudchamber.services.sns import limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.patterns.text import Node

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
DIALECT = Dialect(limits.FILTER_NUMBER_MAX, folds=False)
_TOO_COMPLEX = "Filter policy is too complex"


class FilterPolicyError(ValueError):
    """A filter policy AWS does not take, in its words."""


@lru_cache(maxsize=1024)
def compile_policy(text: str, scope: str = ATTRIBUTES) -> Fields:
    """FilterPolicyError for what AWS does not take."""
    if len(text.encode()) > limits.FILTER_BYTES_MAX:
        raise FilterPolicyError("Filter policy is too long")
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FilterPolicyError("failed to parse JSON.") from None
    try:
        policy = parse(text, depth_max=limits.FILTER_COMBINATIONS_MAX)
    except PatternError:  # it is JSON: what is left to refuse is how deep it goes
        raise FilterPolicyError(_TOO_COMPLEX) from None
    if policy.kind != "object":
        raise FilterPolicyError("Filter is not an object")
    if not policy.value:
        return Fields()  # lets everything through
    if scope != BODY and _nests(policy):
        raise FilterPolicyError("Filter policy scope MessageAttributes does not support nested filter policy")
    try:
        compiled = compile_fields(policy, DIALECT)
    except PatternError as error:
        raise FilterPolicyError(error.reason) from None
    if len(set(_keys(compiled))) > limits.FILTER_KEYS_MAX:
        raise FilterPolicyError(f"Filter policy can not have more than {limits.FILTER_KEYS_MAX} keys")
    if combinations(compiled) > limits.FILTER_COMBINATIONS_MAX:
        raise FilterPolicyError(_TOO_COMPLEX)
    return compiled


def _nests(policy: Node) -> bool:
    """Whether a key of the policy, or of one of its alternatives, has an object for its value."""
    return any(
        value.kind == "object" or (is_either(name, value) and any(map(_nests, value.value)))
        for name, value in policy.value
    )


def combinations(fields: Fields, depth: int = 1) -> int:
    """The number AWS bounds: the values of each array times its depth, multiplied; alternatives add up."""
    product = math.prod(
        inner.count * depth if isinstance(inner, Conditions) else combinations(inner, depth + 1)
        for inner in fields.by_name.values()
    )
    return product * (sum(combinations(one, depth) for one in fields.either) if fields.either else 1)


def _keys(fields: Fields, path: str = "") -> Iterator[str]:
    """The paths of all keys with conditions."""
    for name, inner in fields.by_name.items():
        if isinstance(inner, Conditions):
            yield f"{path}.{name}"
        else:
            yield from _keys(inner, f"{path}.{name}")
    for one in fields.either:
        yield from _keys(one, path)


# messages


def attribute_values(attributes: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Message attributes (name → type and value) as values to filter by. Binary ones are not among them."""
    found: dict[str, Any] = {}
    for name, (kind, text) in attributes.items():
        try:
            if kind == "String.Array":
                found[name] = orjson.loads(text)
            elif kind.startswith("Number"):
                found[name] = float(text)
            elif kind.startswith("String"):
                found[name] = text
        except ValueError:
            continue
    return found


def body_values(text: str) -> dict[str, Any] | None:
    """A message body as values to filter by; None for one that is no JSON object, which matches no policy."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None
