"""What AWS says of a resource type: its properties and their types, which of them cannot change in place, which only
AWS sets. Read, one type at a time, from the registry schemas that the `cfn-lint` wheel ships as data; its code, which
takes long to import, is not touched.

https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import Any

import orjson

from cloudchamber.services.cloudformation.errors import TemplateFormatError

REGION = "us-east-1"
DEPTH_MAX = 40
Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Schema:
    """The schema of a type. Paths are tuples of property names, with `*` for the items of a list."""

    name: str
    raw: Mapping[str, Any]
    create_only: tuple[Path, ...]
    conditional: tuple[Path, ...]  # create-only in some cases: a change set says that it may replace
    read_only: frozenset[Path]
    write_only: frozenset[Path]
    identifier: tuple[Path, ...]
    required: tuple[str, ...]

    @property
    def properties(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.raw.get("properties") or {}
        return found

    @property
    def attributes(self) -> frozenset[str]:
        """What Fn::GetAtt may ask for, by dotted name."""
        return frozenset(".".join(path) for path in self.read_only)

    @property
    def deletes_first(self) -> bool:
        """Whether a resource that is replaced goes before the new one comes."""
        return self.raw.get("replacementStrategy") == "delete_then_create"

    def resolve(self, node: Any) -> Any:
        """A part of the schema with its `$ref` followed."""
        seen = 0
        while isinstance(node, Mapping) and isinstance(node.get("$ref"), str) and seen < DEPTH_MAX:
            target: Any = self.raw
            for step in node["$ref"].lstrip("#/").split("/"):
                target = target.get(step, {}) if isinstance(target, Mapping) else {}
            node, seen = target, seen + 1
        return node


@cache
def _folder() -> FilePath | None:
    spec = find_spec("cfnlint")
    if spec is None or not spec.submodule_search_locations:
        return None
    return FilePath(next(iter(spec.submodule_search_locations))) / "data" / "schemas"


@cache
def index() -> Mapping[str, str]:
    """Type name -> the file its schema is in, of every type that AWS has."""
    folder = _folder()
    if folder is None:
        return {}
    found: dict[str, str] = orjson.loads((folder / "providers" / f"{REGION}.json").read_bytes())
    return found


def _paths(pointers: Any) -> tuple[Path, ...]:
    return tuple(tuple(pointer.split("/")[2:]) for pointer in pointers or ())


@cache
def schema(name: str) -> Schema | None:
    """The schema of a type; None for one that AWS has no schema of (`Custom::…`)."""
    file, folder = index().get(name), _folder()
    if file is None or folder is None:
        return None
    raw = orjson.loads((folder / "resources" / f"{file}.json").read_bytes())
    return Schema(
        name,
        raw,
        _paths(raw.get("createOnlyProperties")),
        _paths(raw.get("conditionalCreateOnlyProperties")),
        frozenset(_paths(raw.get("readOnlyProperties"))),
        frozenset(_paths(raw.get("writeOnlyProperties"))),
        _paths(raw.get("primaryIdentifier")),
        tuple(raw.get("required") or ()),
    )


# values in the types of the schema


def coerced(found: Schema | None, properties: Mapping[str, Any]) -> dict[str, Any]:
    """Properties with numbers, booleans and text as the schema has them: templates may quote what is not text."""
    if not isinstance(properties, Mapping):
        raise TemplateFormatError("Any Properties member must be an object.")
    if found is None:
        return dict(properties)
    return {name: _coerce(found, found.properties.get(name), value) for name, value in properties.items()}


def _coerce(found: Schema, node: Any, value: Any) -> Any:
    node = found.resolve(node)
    if not isinstance(node, Mapping):
        return value
    if isinstance(value, list):
        items = node.get("items")
        return value if items is None else [_coerce(found, items, item) for item in value]
    if isinstance(value, Mapping):
        named, patterns = node.get("properties") or {}, node.get("patternProperties") or {}
        any_name = next(iter(patterns.values()), None)
        return {name: _coerce(found, named.get(name, any_name), item) for name, item in value.items()}
    return _scalar(node.get("type"), value)


def _scalar(kind: Any, value: Any) -> Any:
    if isinstance(kind, list) or value is None:
        return value
    if kind == "string" and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    if kind == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if kind in ("integer", "number") and isinstance(value, str):
        try:
            return int(value)
        except ValueError:
            pass
        if kind == "number":
            try:
                return float(value)
            except ValueError:
                pass
    return value


# what AWS refuses before it makes anything

_KINDS = {"object": Mapping, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
_JAVA = {dict: "JSONObject", list: "JSONArray", str: "String", bool: "Boolean", int: "Integer", float: "BigDecimal"}


def faults(found: Schema | None, properties: Mapping[str, Any]) -> list[str]:
    """What is wrong with properties, in the words of AWS's validator; empty for nothing."""
    return [] if found is None else list(_faults(found, found.raw, properties, "#"))


def _faults(found: Schema, node: Any, value: Any, at: str) -> Iterator[str]:
    node = found.resolve(node)
    if not isinstance(node, Mapping):
        return
    kind = node.get("type")
    if isinstance(kind, str) and kind in _KINDS and not _is_kind(kind, value):
        yield f"{at}: expected type: {_TITLES[kind]}, found: {_JAVA.get(type(value), 'Null')}"
        return
    if isinstance(value, list):
        for place, item in enumerate(value):
            yield from _faults(found, node.get("items"), item, f"{at}/{place}")
    elif isinstance(value, Mapping):
        named, patterns = node.get("properties") or {}, node.get("patternProperties") or {}
        if node.get("required"):
            yield from (f"{at}: required key [{name}] not found" for name in node["required"] if name not in value)
        if named and node.get("additionalProperties") is False and not patterns:
            yield from (f"{at}: extraneous key [{name}] is not permitted" for name in value if name not in named)
        for name, item in value.items():
            if name in named:
                yield from _faults(found, named[name], item, f"{at}/{name}")
    elif isinstance(node.get("enum"), list) and value not in node["enum"] and isinstance(value, str):
        yield f"{at}: {value} is not a valid enum value"


_TITLES = {
    "object": "JSONObject", "array": "JSONArray", "string": "String", "boolean": "Boolean", "integer": "Integer",
    "number": "Number",
}  # fmt: skip


def _is_kind(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    wanted: Any = _KINDS[kind]
    return isinstance(value, wanted)


# differences


def differing(old: Any, new: Any, path: Path = ()) -> Iterator[Path]:
    """The paths at which two values differ, as deep as both are mappings."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in dict.fromkeys((*old, *new)):
            if name not in old or name not in new:
                yield (*path, name)
            elif old[name] != new[name]:
                yield from differing(old[name], new[name], (*path, name))
    elif old != new:
        yield path


def recreation(found: Schema | None, path: Path) -> str:
    """Whether a change at `path` needs a new resource: Never, Conditionally or Always."""
    if found is None:
        return "Never"
    if any(_touches(path, only) for only in found.create_only):
        return "Always"
    return "Conditionally" if any(_touches(path, only) for only in found.conditional) else "Never"


def _touches(path: Path, only: Path) -> bool:
    """Whether a change at one path is a change of what another names."""
    return all(b in (a, "*") for a, b in zip(path, only, strict=False))
