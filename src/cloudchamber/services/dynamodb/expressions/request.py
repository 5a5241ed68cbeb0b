"""All that is expression-like in one request, read and checked in DynamoDB's order.

Mixed kinds of parameters; placeholders without expressions; placeholders' own form and values; each expression
(size, syntax, text, then its values); placeholders that nothing used.

Texts are parsed once and kept with the names they were given; a request then only binds its values.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import values
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.expressions import keys, legacy
from cloudchamber.services.dynamodb.expressions.conditions import ConditionParser
from cloudchamber.services.dynamodb.expressions.tokens import EXPRESSION_BYTES_MAX, Fault, Parsed
from cloudchamber.services.dynamodb.expressions.tree import Condition, Test
from cloudchamber.services.dynamodb.expressions.updates import ProjectionParser, UpdateParser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cloudchamber.services.dynamodb.expressions.actions import Update
    from cloudchamber.services.dynamodb.expressions.documents import Projection
    from cloudchamber.services.dynamodb.expressions.keys import KeyCondition
    from cloudchamber.services.dynamodb.values import Value

PLACEHOLDERS_BYTES_MAX = 2 * 1024 * 1024
CACHED_TEXTS_MAX = 1024
CACHED_NAMES_CHARS_MAX = 4096

LEGACY_PARAMETERS = (
    "AttributesToGet",
    "AttributeUpdates",
    "QueryFilter",
    "ScanFilter",
    "Expected",
    "ConditionalOperator",
    "KeyConditions",
)
EXPRESSION_PARAMETERS = (
    "ProjectionExpression",
    "UpdateExpression",
    "FilterExpression",
    "ConditionExpression",
    "KeyConditionExpression",
)
_PARAMETERS = frozenset(
    (*LEGACY_PARAMETERS, *EXPRESSION_PARAMETERS, "ExpressionAttributeNames", "ExpressionAttributeValues")
)
_WITH_VALUES = ("UpdateExpression", "FilterExpression", "ConditionExpression", "KeyConditionExpression")

_NAME_KEY = re.compile(r"#[A-Za-z0-9_]+\Z")
_VALUE_KEY = re.compile(r":[A-Za-z0-9_]+\Z")

Names = tuple[tuple[str, str], ...]
T = TypeVar("T")


@dataclass(slots=True)
class Expressions:
    """What one request says, in expressions or in the older parameters. None: nothing of the kind."""

    condition: Condition | None = None
    filter: Condition | None = None
    update: Update | None = None
    projection: Projection | None = None
    key_condition: KeyCondition | None = None


def read(request: Mapping[str, Any], accepts: tuple[str, ...]) -> Expressions:
    """What a request says, of the expressions that its operation accepts (and the older parameters for them).

    Numbers in the request's values are brought into DynamoDB's form, in place. ValidationException.
    """
    found = Expressions()
    if _PARAMETERS.isdisjoint(request) and "KeyConditionExpression" not in accepts:
        return found
    check_mixture((request,))
    texts = [name for name in EXPRESSION_PARAMETERS if name in accepts and request.get(name) is not None]
    _check_placeholders(request, accepts, texts)
    if texts:
        _Reader(request).read(found, [name for name in accepts if name in texts])
    else:
        _read_legacy(found, request)
    if found.key_condition is None and "KeyConditionExpression" in accepts:
        raise ValidationError(
            "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request."
        )
    return found


def check_mixture(requests: Iterable[Mapping[str, Any]]) -> None:
    """ValidationException if older parameters and expressions are mixed: in BatchGetItem, over all its tables."""
    given = {name for request in requests for name in request if request[name] is not None}
    older = [name for name in LEGACY_PARAMETERS if name in given]
    if not older:
        return
    newer = [name for name in EXPRESSION_PARAMETERS if name in given]
    if newer:
        raise ValidationError(
            "Can not use both expression and non-expression parameters in the same request: "
            f"Non-expression parameters: {{{', '.join(older)}}} Expression parameters: {{{', '.join(newer)}}}"
        )


# placeholders


def _check_placeholders(request: Mapping[str, Any], accepts: tuple[str, ...], texts: list[str]) -> None:
    names, given = request.get("ExpressionAttributeNames"), request.get("ExpressionAttributeValues")
    if names is not None and not texts:
        raise ValidationError("ExpressionAttributeNames can only be specified when using expressions")
    wanted = [name for name in _WITH_VALUES if name in accepts]
    if given is not None and wanted and not any(name in texts for name in wanted):
        verb = "is" if len(wanted) == 1 else "are"
        raise ValidationError(
            "ExpressionAttributeValues can only be specified when using expressions: "
            f"{' and '.join(wanted)} {verb} null"
        )
    size = 0
    if names is not None:
        if not names:
            raise ValidationError("ExpressionAttributeNames must not be empty")
        size += _check_names(names)
    if given is not None:
        if not given:
            raise ValidationError("ExpressionAttributeValues must not be empty")
        size += _check_values(given)
    if size > PLACEHOLDERS_BYTES_MAX:
        raise ValidationError(
            "Total size of ExpressionAttributeNames and ExpressionAttributeValues has exceeded the maximum allowed "
            f"size; size: {size}"
        )


def _check_names(names: Mapping[str, str]) -> int:
    size = 0
    for key, name in names.items():
        if not _NAME_KEY.match(key):
            raise ValidationError(f'ExpressionAttributeNames contains invalid key: Syntax error; key: "{key}"')
        if not name:
            raise ValidationError(
                f"ExpressionAttributeNames contains invalid value: Empty attribute name for key {key}"
            )
        size += len(key) + len(name.encode())
    return size


def _check_values(given: Mapping[str, Value]) -> int:
    size = 0
    for key, value in given.items():
        if not _VALUE_KEY.match(key):
            raise ValidationError(f'ExpressionAttributeValues contains invalid key: Syntax error; key: "{key}"')
        try:
            size += len(key) + values.check(value)
        except ValidationError as fault:
            raise ValidationError(
                f"ExpressionAttributeValues contains invalid value: {fault.message} for key {key}"
            ) from None
    return size


# expressions


class _Reader:
    """Reads the texts of one request and keeps account of the placeholders they use."""

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.request = request
        self.given: Mapping[str, str] = request.get("ExpressionAttributeNames") or {}
        self.values: Mapping[str, Value] = request.get("ExpressionAttributeValues") or {}
        self.names: Names = tuple(self.given.items())
        self.is_cached = sum(map(len, self.given.values())) <= CACHED_NAMES_CHARS_MAX
        self.used: set[str] = set()

    def read(self, found: Expressions, parameters: list[str]) -> None:
        key_root: Test | None = None
        for parameter in parameters:
            if parameter == "UpdateExpression":
                found.update = self._parsed(parameter, _update).tree.bind(self.values)
            elif parameter == "ProjectionExpression":
                found.projection = self._parsed(parameter, _projection).tree
            else:
                root = self._parsed(parameter, _condition).tree.bind(self.values)
                if parameter == "ConditionExpression":
                    found.condition = Condition(root)
                elif parameter == "FilterExpression":
                    found.filter = Condition(root)
                else:
                    key_root = root
        self._check_unused("Names", self.given)
        self._check_unused("Values", self.values)
        if key_root is not None:
            found.key_condition = keys.key_condition(key_root)

    def _parsed(self, parameter: str, parse: Callable[[str, Names], Parsed[T]]) -> Parsed[T]:
        """A text with all its checks done. ValidationException."""
        text = self.request[parameter]
        size = len(text) if text.isascii() else len(text.encode())
        if size > EXPRESSION_BYTES_MAX:
            raise _invalid(parameter, f"Expression size has exceeded the maximum allowed size; expression size: {size}")
        if not self.is_cached:
            parse = parse.__wrapped__  # type: ignore[attr-defined]
        try:
            parsed = parse(text, self.names)
        except Fault as fault:
            raise _invalid(parameter, fault.words) from None
        except RecursionError:  # only parentheses in parentheses go so deep: operators are counted
            raise _invalid(parameter, "The expression has redundant parentheses;") from None
        for reference in parsed.references:
            if reference not in self.values:
                raise _invalid(
                    parameter,
                    f"An expression attribute value used in expression is not defined; attribute value: {reference}",
                )
        if parsed.late_fault is not None:
            raise _invalid(parameter, parsed.late_fault)
        for demand in parsed.demands:
            words = demand.fault(self.values)
            if words is not None:
                raise _invalid(parameter, words)
        self.used |= parsed.aliases
        self.used.update(parsed.references)
        return parsed

    def _check_unused(self, what: str, given: Mapping[str, Any]) -> None:
        if given.keys() <= self.used:
            return
        unused = ", ".join(key for key in given if key not in self.used)
        raise ValidationError(f"Value provided in ExpressionAttribute{what} unused in expressions: keys: {{{unused}}}")


def _invalid(parameter: str, words: str) -> ValidationError:
    return ValidationError(f"Invalid {parameter}: {words}")


@lru_cache(CACHED_TEXTS_MAX)
def _condition(text: str, names: Names) -> Parsed[Test]:
    return ConditionParser(text, dict(names)).read()


@lru_cache(CACHED_TEXTS_MAX)
def _update(text: str, names: Names) -> Parsed[Update]:
    return UpdateParser(text, dict(names)).read()


@lru_cache(CACHED_TEXTS_MAX)
def _projection(text: str, names: Names) -> Parsed[Projection]:
    return ProjectionParser(text, dict(names)).read()


# the older parameters


def _read_legacy(found: Expressions, request: Mapping[str, Any]) -> None:
    get = request.get
    operator = get("ConditionalOperator")
    if (names := get("AttributesToGet")) is not None:
        found.projection = legacy.projection(names)
    if (updates := get("AttributeUpdates")) is not None:
        found.update = legacy.update(updates)
    if (expected := get("Expected")) is not None:
        found.condition = legacy.expected(expected, operator)
    filters = get("QueryFilter") if get("ScanFilter") is None else get("ScanFilter")
    if filters is not None:
        found.filter = legacy.filtered(filters, operator)
    if operator is not None and expected is None and filters is None:
        raise invalid("ConditionalOperator cannot be used without Filter or Expected")
    if (conditions := get("KeyConditions")) is not None:
        found.key_condition = legacy.key_condition(conditions)
