"""Regular expressions of an API's owner, held against what its clients send: within a time limit.

Clients choose the text. Java's and Python's engines take exponential time for some expressions, and this cloud has one
loop for everybody, so a match that takes too long is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SECONDS_MAX = 0.25


def is_match(expression: str, text: str, *, is_dotall: bool = False) -> bool:
    """Whether the whole text fits; no for an expression that is none."""
    import regex  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - only where an API has expressions

    try:
        flags = regex.DOTALL if is_dotall else 0
        return regex.fullmatch(expression, text, flags=flags, timeout=SECONDS_MAX) is not None
    except (regex.error, TimeoutError):
        return False


def is_within(expression: str, text: str) -> bool:
    """Whether something in the text fits; no for an expression that is none."""
    import regex  # noqa: PLC0415

    try:
        return regex.search(expression, text, timeout=SECONDS_MAX) is not None
    except (regex.error, TimeoutError):
        return False


# JSON Schema's keywords with expressions, as `jsonschema` has them, with the limit


def pattern(validator: Any, expression: str, instance: Any, _schema: Any) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415 - heavy, only where a model is used

    if validator.is_type(instance, "string") and not is_within(expression, instance):
        yield ValidationError(f"{instance!r} does not match {expression!r}")


def pattern_properties(
    validator: Any, expressions: Mapping[str, Any], instance: Any, _schema: Any
) -> Iterator[Any]:  # fmt: skip
    if not validator.is_type(instance, "object"):
        return
    for expression, subschema in expressions.items():
        for name, value in instance.items():
            if is_within(expression, name):
                yield from validator.descend(value, subschema, path=name, schema_path=expression)


def additional_properties(validator: Any, wanted: Any, instance: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
    from jsonschema import ValidationError  # noqa: PLC0415

    if not validator.is_type(instance, "object"):
        return
    known, expressions = schema.get("properties") or {}, schema.get("patternProperties") or {}
    for name in instance:
        if name in known or any(is_within(expression, name) for expression in expressions):
            continue
        if validator.is_type(wanted, "object"):
            yield from validator.descend(instance[name], wanted, path=name)
        elif not wanted:
            yield ValidationError(f"Additional properties are not allowed ({name!r} was unexpected)")
            return  # all of them are named by one error
