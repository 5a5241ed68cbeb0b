"""What a table may look like: names, key schemas, attribute definitions, indexes and their projections. Pure.

The order of the checks is AWS's: clients see the first thing that is wrong.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_CreateTable.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudchamber.core.service import Request

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}\Z")


class Keys(NamedTuple):
    """The attributes of a key, by role."""

    partition: tuple[str, ...]
    sort: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return self.partition + self.sort


class IndexPlan(NamedTuple):
    """An index as it is asked for."""

    name: str
    keys: Keys
    projection: str
    non_key: tuple[str, ...]
    asked: Mapping[str, Any]


class Schema(NamedTuple):
    """The keys of a table and its indexes, checked."""

    keys: Keys
    definitions: dict[str, str]
    local: list[IndexPlan]
    globals: list[IndexPlan]


def check_name(name: str) -> None:
    if not _NAME.match(name):
        raise ValidationError(
            "Invalid table/index name.  Table/index names must be between 3 and 255 characters long, and may contain "
            "only the characters a-z, A-Z, 0-9, '_', '-', and '.'"
        )


def read_schema(request: Request) -> Schema:
    """The keys and indexes CreateTable asks for; ValidationException."""
    definitions = read_definitions(request)
    elements = request.get("KeySchema") or ()
    if not elements:
        raise invalid("No KeySchema was specified")
    keys = _table_keys(elements, definitions)
    local, global_ = request.get("LocalSecondaryIndexes"), request.get("GlobalSecondaryIndexes")
    if local is None and global_ is None and len(definitions) != len(keys.names):
        raise invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )
    plans = _local_indexes(local, keys, definitions), _global_indexes(global_, definitions)
    _check_together(plans[0] + plans[1])
    used = _unique([*keys.names, *(name for plan in plans[0] + plans[1] for name in plan.keys.names)])
    if set(used) != set(definitions):
        raise invalid(
            f"Some AttributeDefinitions are not used. AttributeDefinitions: {_shown(definitions)}, "
            f"keys used: {_shown(used)}"
        )
    return Schema(keys, definitions, *plans)


def read_definitions(request: Request) -> dict[str, str]:
    """Attribute name -> kind; ValidationException for one that is defined twice."""
    given = request.get("AttributeDefinitions") or ()
    found = {one["AttributeName"]: one["AttributeType"] for one in given}
    if len(found) < len(given):
        raise invalid("Some AttributeDefinitions are defined more than once")
    return found


def _table_keys(elements: Sequence[Mapping[str, str]], definitions: Mapping[str, str]) -> Keys:
    keys = read_keys(elements, definitions)
    check_defined(keys, definitions)
    return keys


def read_keys(elements: Sequence[Mapping[str, str]], definitions: Mapping[str, str], most: int = 1) -> Keys:
    """The attributes of a key schema, of which `most` may be of each role; ValidationException."""
    if len(definitions) < len(elements):
        raise ValidationError("Invalid KeySchema: Some index key attribute have no definition")
    if elements[0]["KeyType"] != "HASH":
        raise ValidationError("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    if most == 1 and len(elements) > 1 and elements[1]["KeyType"] != "RANGE":
        raise ValidationError("Invalid KeySchema: The second KeySchemaElement is not a RANGE key type")
    kinds = [element["KeyType"] for element in elements]
    if kinds != sorted(kinds):  # HASH comes before RANGE
        raise ValidationError(
            "Invalid KeySchema: All HASH key attributes must precede RANGE key attributes in the KeySchema"
        )
    for kind in ("HASH", "RANGE"):
        if kinds.count(kind) > most:
            raise ValidationError(
                f"Invalid KeySchema: The KeySchema exceeds the maximum allowed number of {kind} key attributes"
            )
    names = [element["AttributeName"] for element in elements]
    if len(set(names)) < len(names):
        raise ValidationError("Both the Hash Key and the Range Key element in the KeySchema have the same name")
    cut = kinds.count("HASH")
    return Keys(tuple(names[:cut]), tuple(names[cut:]))


def check_defined(keys: Keys, definitions: Mapping[str, str]) -> None:
    if not definitions.keys() >= set(keys.names):
        raise invalid(
            f"Some index key attributes are not defined in AttributeDefinitions. Keys: {_shown(keys.names)}, "
            f"AttributeDefinitions: {_shown(definitions)}"
        )


# indexes


def _local_indexes(given: Any, keys: Keys, definitions: Mapping[str, str]) -> list[IndexPlan]:
    if given is None:
        return []
    if not given:
        raise invalid("List of LocalSecondaryIndexes is empty")
    if not keys.sort:
        raise invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    plans = []
    for index in given:
        plan = read_index(index, definitions, most=1)
        if not plan.keys.sort:
            raise invalid(f"Index KeySchema does not have a range key for index: {plan.name}")
        if plan.keys.partition != keys.partition:
            raise invalid(
                f"Index KeySchema does not have the same leading hash key as table KeySchema for index: {plan.name}. "
                f"index hash key: {plan.keys.partition[0]}, table hash key: {keys.partition[0]}"
            )
        plans.append(plan)
    if len(plans) > limits.LOCAL_INDEXES:
        raise invalid(f"Number of LocalSecondaryIndexes exceeds per-table limit of {limits.LOCAL_INDEXES}")
    return plans


def _global_indexes(given: Any, definitions: Mapping[str, str]) -> list[IndexPlan]:
    if given is None:
        return []
    if not given:
        raise invalid("List of GlobalSecondaryIndexes is empty")
    plans = [read_index(index, definitions) for index in given]
    check_count(len(plans))
    return plans


def check_count(count: int) -> None:
    """So many global indexes may a table have."""
    if count > limits.GLOBAL_INDEXES:
        raise invalid(f"GlobalSecondaryIndex count exceeds the per-table limit of {limits.GLOBAL_INDEXES}")


def read_index(
    given: Mapping[str, Any], definitions: Mapping[str, str], most: int = limits.INDEX_KEY_ATTRIBUTES
) -> IndexPlan:
    """One index of a request; ValidationException."""
    keys = read_keys(given["KeySchema"], definitions, most)
    check_defined(keys, definitions)
    return IndexPlan(given["IndexName"], keys, *_read_projection(given["Projection"]), given)


def _read_projection(given: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    kind, names = given.get("ProjectionType"), given.get("NonKeyAttributes")
    if kind is None:
        raise invalid("Unknown ProjectionType: null")
    if kind == "INCLUDE" and names is None:
        raise invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    if kind != "INCLUDE" and names is not None:
        raise invalid(f"ProjectionType is {kind}, but NonKeyAttributes is specified")
    return kind, tuple(names or ())


def _check_together(plans: list[IndexPlan]) -> None:
    names: set[str] = set()
    for plan in plans:
        if plan.name in names:
            raise invalid(f"Duplicate index name: {plan.name}")
        names.add(plan.name)
    check_projected(sum(len(plan.non_key) for plan in plans))


def check_projected(count: int) -> None:
    """So many attributes may the INCLUDE projections of a table name together."""
    if count > limits.PROJECTED_ATTRIBUTES:
        raise invalid(
            f"Number of NonKeyAttributes in all indexes exceeds per-table limit of {limits.PROJECTED_ATTRIBUTES}"
        )


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _shown(names: Iterable[str]) -> str:
    return f"[{', '.join(names)}]"
