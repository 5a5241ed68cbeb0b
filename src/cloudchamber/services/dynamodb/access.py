"""What a request touches: the condition keys of fine-grained access control.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

A part is a whole request (GetItem, Query, …), one action of a transaction, or `{"Batch": …}` with what a batch asks of
one table. Requests that are not well formed touch nothing here: their own checks refuse them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.services.dynamodb import values
from cloudchamber.services.dynamodb.expressions import request as expressions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.service import Request
    from cloudchamber.services.dynamodb.expressions.request import Expressions
    from cloudchamber.services.dynamodb.table import TableView
    from cloudchamber.services.dynamodb.values import Value

_READ = ("ProjectionExpression",)
_ACCEPTED = {
    "GetItem": _READ,
    "BatchGetItem": _READ,
    "Query": ("KeyConditionExpression", "FilterExpression", "ProjectionExpression"),
    "Scan": ("FilterExpression", "ProjectionExpression"),
    "PutItem": ("ConditionExpression",),
    "DeleteItem": ("ConditionExpression",),
    "ConditionCheckItem": ("ConditionExpression",),
    "UpdateItem": ("UpdateExpression", "ConditionExpression"),
}
_READS = ("GetItem", "BatchGetItem", "Query", "Scan")


def leading_keys(view: TableView | None, action: str, part: Request) -> list[str] | None:
    """The partition key values of all items that are named; None where none is (Scan)."""
    if view is None or action == "Scan":
        return None
    if action == "Query":
        asked = _read(action, part)
        index = view.index(part["IndexName"]) if part.get("IndexName") else None
        name, kind = (view.key if index is None else index.key).partition[0]
        term = None if asked is None or asked.key_condition is None else asked.key_condition.terms.get(name)
        found = [] if term is None else list(term.operands)
    else:
        name, kind = view.partition
        found = [item[name] for item in _items(part) if name in item]
    return sorted({_text(value, kind) for value in found}) or None


def attributes_of(view: TableView | None, action: str, part: Request) -> list[str] | None:
    """The top-level attributes that are read, written or tested; None for a read of all of them."""
    asked = _read(action, part.get("Batch", part) if action == "BatchGetItem" else part)
    if view is None or asked is None:
        return None
    names: set[str] = set()
    for item in _items(part):
        names.update(item)
    if action in _READS and asked.projection is None:
        return None
    for one in (asked.condition, asked.filter, asked.update, asked.projection, asked.key_condition):
        if one is not None:
            names |= one.attributes
    return sorted(names)


def select_of(action: str, part: Request) -> str | None:
    """`Select` of a read, with its default."""
    if action not in _READS:
        return None
    part = part.get("Batch", part)
    if part.get("Select"):
        return str(part["Select"])
    if part.get("ProjectionExpression") or part.get("AttributesToGet"):
        return "SPECIFIC_ATTRIBUTES"
    return "ALL_PROJECTED_ATTRIBUTES" if part.get("IndexName") else "ALL_ATTRIBUTES"


def _read(action: str, part: Request) -> Expressions | None:
    try:
        return expressions.read(part, _ACCEPTED.get(action, ()))
    except AwsError:
        return None


def _items(part: Request) -> Iterator[dict[str, Value]]:
    """The items and keys that a part names."""
    batch = part.get("Batch")
    if batch is None:
        found = [part.get("Item"), part.get("Key")]
    elif isinstance(batch, list):
        requests = [one for request in batch for one in request.values() if one]
        found = [request.get("Item") or request.get("Key") for request in requests]
    else:
        found = list(batch["Keys"])
    return (item for item in found if type(item) is dict)


def _text(value: Any, kind: str) -> str:
    """A key's value as conditions compare it: the one that is used, whatever else stands beside it."""
    one = {kind: value[kind]} if type(value) is dict and kind in value else {}
    try:
        values.check(one)
    except AwsError:  # its operation refuses it
        return ""
    return str(one[kind])
