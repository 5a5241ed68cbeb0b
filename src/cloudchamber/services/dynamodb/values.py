"""Attribute values, as they are on the wire and in the store: `{"S": "x"}`, `{"N": "1"}`, `{"B": "<base64>"}`, ….

Items are never turned into other objects: what came from the client is checked, its numbers brought into DynamoDB's
form, and kept as the JSON it was, so that reading an item is copying bytes.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import SerializationError, ValidationError
from cloudchamber.services.dynamodb import numbers
from cloudchamber.services.dynamodb.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Callable

Value = dict[str, Any]
Item = dict[str, Value]

DEPTH_MAX = 32
CONTAINER_OVERHEAD_BYTES = 3
ELEMENT_OVERHEAD_BYTES = 1

EMPTY = "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
SEVERAL = "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes"
_KINDS = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE"}


# checking


def check_item(item: Any) -> int:
    """Check an item and bring its numbers into DynamoDB's form, in place. Its size in bytes, as DynamoDB reckons.

    ValidationException for values that cannot be stored; SerializationException for what is no attribute value.
    """
    if type(item) is not dict:
        raise _mismatch(item, "map")
    size = 0
    for name, value in item.items():
        size += check(value) + (len(name) if name.isascii() else len(name.encode()))
    return size


def check(value: Any, depth: int = 0) -> int:
    """The same for one value."""
    if type(value) is not dict:
        if value is None:
            raise ValidationError(EMPTY)
        raise _mismatch(value, "structure")
    if len(value) != 1:
        _exactly_one(value)
    for kind, inner in value.items():
        if kind == "S":
            if type(inner) is str:
                return len(inner) if inner.isascii() else len(inner.encode())
            raise _of_kind(inner, "String")
        checker = _CHECKERS.get(kind)
        if checker is None or inner is None:
            raise ValidationError(EMPTY)
        return checker(value, inner, depth)
    raise ValidationError(EMPTY)


def _exactly_one(value: Value) -> None:
    """Leave one kind in a value: clients may send others as null."""
    for kind in [kind for kind, inner in value.items() if inner is None or (kind != "S" and kind not in _CHECKERS)]:
        del value[kind]
    if len(value) > 1:
        raise ValidationError(SEVERAL)
    if not value:
        raise ValidationError(EMPTY)


def _mismatch(value: Any, wanted: str) -> SerializationError:
    if isinstance(value, dict):
        return SerializationError("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return SerializationError("Start of list found where not expected")
    return SerializationError("Unexpected field type")


def _of_kind(value: Any, wanted: str) -> Exception:
    if value is None:
        return ValidationError(EMPTY)
    if isinstance(value, dict | list):
        return _mismatch(value, wanted)
    kind = ("TRUE_VALUE" if value else "FALSE_VALUE") if isinstance(value, bool) else _KINDS[type(value)]
    return SerializationError(f"{kind} cannot be converted to {wanted}")


def _check_number(value: Value, inner: Any, _depth: int) -> int:
    if type(inner) is not str:
        raise _of_kind(inner, "String")
    text = numbers.canonical(inner)
    if text != inner:
        value["N"] = text
    return numbers.size_bytes(text)


def binary(inner: Any) -> bytes:
    """The bytes behind base64 text; SerializationException."""
    if type(inner) is not str:
        raise _of_kind(inner, "Blob")
    try:
        return base64.b64decode(inner, validate=True)
    except (binascii.Error, ValueError):
        raise SerializationError("Invalid base64 data") from None


def _check_binary(value: Value, inner: Any, _depth: int) -> int:
    raw = binary(inner)
    value["B"] = base64.b64encode(raw).decode()  # one text for each sequence of bytes
    return len(raw)


def _check_boolean(_value: Value, inner: Any, _depth: int) -> int:
    if type(inner) is not bool:
        raise _of_kind(inner, "Boolean")
    return 1


def _check_null(_value: Value, inner: Any, _depth: int) -> int:
    if type(inner) is not bool:
        raise _of_kind(inner, "Boolean")
    if not inner:
        raise invalid("Null attribute value types must have the value of true")
    return 1


def _check_list(_value: Value, inner: Any, depth: int) -> int:
    if type(inner) is not list:
        raise _mismatch(inner, "list")
    _check_depth(depth)
    size = CONTAINER_OVERHEAD_BYTES
    for element in inner:
        size += check(element, depth + 1) + ELEMENT_OVERHEAD_BYTES
    return size


def _check_map(_value: Value, inner: Any, depth: int) -> int:
    if type(inner) is not dict:
        raise _mismatch(inner, "map")
    _check_depth(depth)
    size = CONTAINER_OVERHEAD_BYTES
    for name, element in inner.items():
        size += check(element, depth + 1) + len(name.encode()) + ELEMENT_OVERHEAD_BYTES
    return size


def _check_depth(depth: int) -> None:
    if depth >= DEPTH_MAX:
        raise ValidationError("Nesting Levels have exceeded supported limits: Attributes nested beyond 32 levels")


def _elements(inner: Any) -> list[Any]:
    if type(inner) is not list:
        raise _mismatch(inner, "list")
    return inner


def _check_strings(_value: Value, inner: Any, _depth: int) -> int:
    elements = _elements(inner)
    for element in elements:
        if type(element) is not str:
            raise _of_kind(element, "String")
    if not elements:
        raise invalid("An string set  may not be empty")
    if "" in elements:
        raise invalid("An string set may not have a empty string as a member")
    if len(set(elements)) < len(elements):
        raise invalid(f"Input collection [{', '.join(elements)}] contains duplicates.")
    return sum(len(element.encode()) for element in elements)


def _check_numbers(value: Value, inner: Any, _depth: int) -> int:
    elements = _elements(inner)
    for element in elements:
        if type(element) is not str:
            raise _of_kind(element, "String")
    if not elements:
        raise invalid("An number set  may not be empty")
    value["NS"] = texts = [numbers.canonical(element) for element in elements]
    if len(set(texts)) < len(texts):
        raise ValidationError("Input collection contains duplicates")
    return sum(map(numbers.size_bytes, texts))


def _check_binaries(value: Value, inner: Any, _depth: int) -> int:
    raws = [binary(element) for element in _elements(inner)]
    if not raws:
        raise invalid("Binary sets should not be empty")
    if b"" in raws:
        raise invalid("Binary sets may not contain null or empty values")
    value["BS"] = texts = [base64.b64encode(raw).decode() for raw in raws]
    if len(set(raws)) < len(raws):
        raise invalid(f"Input collection [{', '.join(texts)}]of type BS contains duplicates.")
    return sum(map(len, raws))


_CHECKERS: dict[str, Callable[[Value, Any, int], int]] = {
    "N": _check_number,
    "B": _check_binary,
    "BOOL": _check_boolean,
    "NULL": _check_null,
    "L": _check_list,
    "M": _check_map,
    "SS": _check_strings,
    "NS": _check_numbers,
    "BS": _check_binaries,
}


# measuring what was checked before


def item_size(item: Item) -> int:
    """Bytes of a stored item or a part of one, as DynamoDB reckons."""
    return sum(len(name.encode()) + size_of(value) for name, value in item.items())


def resized(before: Item, size: int, after: Item) -> int:
    """The size of an item that was made from one of a known size: what they share is not measured again."""
    for name, value in before.items():
        if after.get(name) is not value:
            size -= len(name.encode()) + size_of(value)
    for name, value in after.items():
        if before.get(name) is not value:
            size += len(name.encode()) + size_of(value)
    return size


def size_of(value: Value) -> int:
    """Bytes of a stored value, as DynamoDB reckons."""
    kind, inner = next(iter(value.items()))
    if kind == "S":
        return len(inner.encode())
    if kind == "N":
        return numbers.size_bytes(inner)
    if kind == "B":
        return binary_size(inner)
    if kind == "L":
        return CONTAINER_OVERHEAD_BYTES + sum(size_of(element) + ELEMENT_OVERHEAD_BYTES for element in inner)
    if kind == "M":
        return CONTAINER_OVERHEAD_BYTES + sum(
            len(name.encode()) + size_of(element) + ELEMENT_OVERHEAD_BYTES for name, element in inner.items()
        )
    if kind == "SS":
        return sum(len(element.encode()) for element in inner)
    if kind == "NS":
        return sum(map(numbers.size_bytes, inner))
    if kind == "BS":
        return sum(map(binary_size, inner))
    return 1  # BOOL, NULL


def binary_size(text: str) -> int:
    """How many bytes base64 text stands for."""
    return len(text) // 4 * 3 - text[-2:].count("=") if text else 0


# comparing

_SETS = ("SS", "NS", "BS")


def equal(left: Value, right: Value) -> bool:
    """Whether two stored values are the same; sets regardless of their order. Numbers are canonical texts."""
    if left == right:
        return True
    ((kind, mine),) = left.items()
    if kind not in right:
        return False
    theirs = right[kind]
    if kind in _SETS:
        return len(mine) == len(theirs) and set(mine) == set(theirs)
    if kind == "L":
        return len(mine) == len(theirs) and all(map(equal, mine, theirs))
    if kind == "M":
        return mine.keys() == theirs.keys() and all(equal(value, theirs[name]) for name, value in mine.items())
    return False


def same(left: Item, right: Item) -> bool:
    """Whether two items are the same."""
    if left.keys() != right.keys():
        return False
    return all(value is right[name] or equal(value, right[name]) for name, value in left.items())


def ordered(value: Value) -> bytes | None:
    """Bytes that compare as values of the same kind do; None for kinds without an order."""
    ((kind, inner),) = value.items()
    if kind == "S":
        text: str = inner
        return text.encode()
    if kind == "N":
        return numbers.encode(inner)
    if kind == "B":
        return base64.b64decode(inner)
    return None
