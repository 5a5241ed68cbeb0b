"""Filter policies: which messages a subscription gets, by their attributes or by their body. Pure.

A policy compiles to a tree once and is kept; a message is then held against it. All keys must match, one of each key's
conditions is enough, and of an array of values one.
https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.sns import limits
from cloudchamber.services.sns.filter_operators import KEYWORDS, FilterPolicyError, condition, exact

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.sns.filter_operators import Test

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
_TOO_COMPLEX = "Filter policy is too complex"
_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of one key. `may_be_absent`: one of them is `{"exists": false}`."""

    tests: tuple[Test, ...]
    may_be_absent: bool

    def matches(self, value: Any) -> bool:
        found = [one for one in value if not isinstance(one, dict)] if isinstance(value, list) else [value]
        return any(test(one) for one in found for test in self.tests) if found else self.may_be_absent

    @property
    def count(self) -> int:
        return len(self.tests) + self.may_be_absent


@dataclass(slots=True)
class Fields:
    """An object of a policy: conditions and objects by key, and `$or` with its alternatives."""

    by_key: dict[str, Conditions | Fields] = field(default_factory=dict)
    either: list[Fields] = field(default_factory=list)

    def matches(self, found: Mapping[str, Any]) -> bool:
        for key, wanted in self.by_key.items():
            value = found.get(key, _EMPTY)  # an object is no value: what is looked for is what is in it
            if isinstance(wanted, Fields):
                if not _any_object(wanted, value):
                    return False
            elif not (wanted.may_be_absent if isinstance(value, dict) else wanted.matches(value)):
                return False
        return not self.either or any(fields.matches(found) for fields in self.either)

    def combinations(self, depth: int) -> int:
        """The number AWS bounds: the values of each array times its depth, multiplied; alternatives add up."""
        product = math.prod(
            inner.count * depth if isinstance(inner, Conditions) else inner.combinations(depth + 1)
            for inner in self.by_key.values()
        )
        return product * (sum(fields.combinations(depth) for fields in self.either) if self.either else 1)

    def keys(self, path: str = "") -> Iterator[str]:
        """The paths of all keys with conditions."""
        for key, inner in self.by_key.items():
            if isinstance(inner, Conditions):
                yield f"{path}.{key}"
            else:
                yield from inner.keys(f"{path}.{key}")
        for fields in self.either:
            yield from fields.keys(path)


def _any_object(wanted: Fields, value: Any) -> bool:
    if isinstance(value, list):
        return any(wanted.matches(one) for one in value if isinstance(one, dict))
    return wanted.matches(value if isinstance(value, dict) else _EMPTY)


@lru_cache(maxsize=1024)
def compile_policy(text: str, scope: str = ATTRIBUTES) -> Fields:
    """FilterPolicyError for what AWS does not take."""
    if len(text.encode()) > limits.FILTER_BYTES_MAX:
        raise FilterPolicyError("Filter policy is too long")
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise FilterPolicyError("failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise FilterPolicyError("Filter is not an object")
    if not policy:
        return Fields()  # lets everything through
    compiled = _fields(policy, 1, scope == BODY)
    if len(set(compiled.keys())) > limits.FILTER_KEYS_MAX:
        raise FilterPolicyError(f"Filter policy can not have more than {limits.FILTER_KEYS_MAX} keys")
    if compiled.combinations(1) > limits.FILTER_COMBINATIONS_MAX:
        raise FilterPolicyError(_TOO_COMPLEX)
    return compiled


def _is_or(key: str, value: Any) -> bool:
    """Whether `$or` is the operator: an array of two or more objects, none with an operator's name for a key.

    https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html
    """
    return (
        key == "$or"
        and isinstance(value, list)
        and len(value) > 1
        and all(isinstance(one, dict) and not KEYWORDS & one.keys() for one in value)
    )


def _fields(policy: Mapping[str, Any], depth: int, may_nest: bool) -> Fields:
    if not policy:
        raise FilterPolicyError("Empty objects are not allowed")
    if depth > limits.FILTER_COMBINATIONS_MAX:  # the depth alone makes it so
        raise FilterPolicyError(_TOO_COMPLEX)
    fields = Fields()
    for key, value in policy.items():
        if _is_or(key, value):
            fields.either = [_fields(one, depth + 1, may_nest) for one in value]
        elif isinstance(value, dict):
            if not may_nest:
                raise FilterPolicyError("Filter policy scope MessageAttributes does not support nested filter policy")
            fields.by_key[key] = _fields(value, depth + 1, may_nest)
        elif isinstance(value, list):
            fields.by_key[key] = _conditions(value)
        else:
            raise FilterPolicyError(f'"{key}" must be an object or an array')
    return fields


def _conditions(values: list[Any]) -> Conditions:
    if not values:
        raise FilterPolicyError("Empty arrays are not allowed")
    tests = [condition(value) if isinstance(value, dict) else exact(value) for value in values]
    absent = [value == {"exists": False} for value in values]
    return Conditions(tuple(test for test, no in zip(tests, absent, strict=True) if not no), any(absent))


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
