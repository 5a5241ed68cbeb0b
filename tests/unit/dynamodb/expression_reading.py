"""Shorthand for reading one expression and for what is wrong with it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb.expressions.request import Expressions, read

ACCEPTS = {
    "ConditionExpression": ("ConditionExpression",),
    "UpdateExpression": ("UpdateExpression", "ConditionExpression"),
    "ProjectionExpression": ("ProjectionExpression",),
    "FilterExpression": ("FilterExpression", "ProjectionExpression"),
    "KeyConditionExpression": ("KeyConditionExpression", "FilterExpression", "ProjectionExpression"),
}


def request(
    parameter: str, text: str, values: dict[str, Any] | None = None, names: dict[str, str] | None = None
) -> Any:
    made: dict[str, Any] = {parameter: text}
    if values is not None:
        made["ExpressionAttributeValues"] = copy.deepcopy(values)
    if names is not None:
        made["ExpressionAttributeNames"] = dict(names)
    return made


def reading(
    parameter: str, text: str, values: dict[str, Any] | None = None, names: dict[str, str] | None = None
) -> Expressions:
    return read(request(parameter, text, values, names), ACCEPTS[parameter])


def fault(parameter: str, text: str, values: dict[str, Any] | None = None, names: dict[str, str] | None = None) -> str:
    """The message that refuses an expression."""
    return refusal(request(parameter, text, values, names), ACCEPTS[parameter])


def refusal(request: dict[str, Any], accepts: tuple[str, ...]) -> str:
    """The message that refuses a request."""
    with pytest.raises(ValidationError) as refused:
        read(request, accepts)
    assert refused.value.code == "ValidationException"
    return refused.value.message
