"""Models: JSON schemas of draft 4, their references to each other, and the mapping template AWS makes of one. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings-models.html
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"^[a-zA-Z0-9]+$")
_REFERENCE = re.compile(r"^https://apigateway\.[\w.\-]+/restapis/[^/]+/models/(\w+)(#.*)?$")
_TYPES = {"string", "number", "integer", "boolean", "object", "array", "null"}
DEPTH_MAX = 32


def check_name(name: str) -> None:
    if not _NAME.match(name):
        raise BadRequest(f"Model name must be alphanumeric: {name}")


def parse(text: str, known: Callable[[str], bool]) -> Any:
    """A schema that says what AWS takes; `known` says of a model's name whether there is one. BadRequestException."""
    if not text.strip():
        return {}
    try:
        schema = json.loads(text)
    except ValueError:
        raise _invalid("Unable to parse the schema as JSON") from None
    if not isinstance(schema, dict):
        raise _invalid("A schema must be a JSON object")
    for part in _parts(schema, 0):
        kind = part.get("type")
        kinds = kind if isinstance(kind, list) else [kind]
        if kind is not None and not all(isinstance(one, str) and one in _TYPES for one in kinds):
            raise _invalid(f"Invalid type specified: {json.dumps(kind)}")
        reference = part.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            match = _REFERENCE.match(reference)
            if match is None:
                raise _invalid("Model reference must be in canonical form")
            if not known(match[1]):
                raise _invalid(f"Invalid model reference specified: {reference}")
    return schema


def _invalid(reason: str) -> BadRequest:
    return BadRequest(
        "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema specified. "
        f"{reason}]"
    )


def _parts(schema: Any, depth: int) -> Any:
    """A schema and all schemas in it."""
    if depth > DEPTH_MAX:
        raise _invalid("The schema is nested too deeply")
    if isinstance(schema, dict):
        yield schema
        for name, value in schema.items():
            if name in ("properties", "definitions", "patternProperties") and isinstance(value, dict):
                for inner in value.values():
                    yield from _parts(inner, depth + 1)
            elif name in ("items", "additionalProperties", "not", "allOf", "anyOf", "oneOf"):
                for inner in value if isinstance(value, list) else [value]:
                    yield from _parts(inner, depth + 1)


def referred(schema: Any) -> set[str]:
    """The names of the models a schema refers to."""
    found = set()
    for part in _parts(schema, 0):
        match = _REFERENCE.match(part["$ref"]) if isinstance(part.get("$ref"), str) else None
        if match:
            found.add(match[1])
    return found


def canonical(api_id: str, name: str) -> str:
    return f"https://apigateway.amazonaws.com/restapis/{api_id}/models/{name}"


def rewritten(value: Any, change: Callable[[str], str]) -> Any:
    """A document with its `$ref`s changed."""
    if isinstance(value, dict):
        return {
            name: change(inner) if name == "$ref" and isinstance(inner, str) else rewritten(inner, change)
            for name, inner in value.items()
        }
    return [rewritten(inner, change) for inner in value] if isinstance(value, list) else value


def localised(value: Any, place: str) -> Any:
    """References to other models as references into a document: `place` is `#/definitions/` or the like."""

    def change(reference: str) -> str:
        match = _REFERENCE.match(reference)
        return reference if match is None else place + match[1]

    return rewritten(value, change)


def flattened(text: str, models: Mapping[str, str]) -> str:
    """A schema with the models it refers to, directly or not, among its own definitions."""
    schema = json.loads(text) if text.strip() else {}
    definitions: dict[str, Any] = {}
    wanted = sorted(referred(schema))
    while wanted:
        name = wanted.pop()
        if name not in definitions and name in models:
            inner = json.loads(models[name] or "{}")
            wanted += referred(inner)
            definitions[name] = localised(inner, "#/definitions/")
    schema = localised(schema, "#/definitions/")
    if definitions:
        schema["definitions"] = {**(schema.get("definitions") or {}), **definitions}
    return json.dumps(schema, indent=2)


# templates

_SAMPLES = {"string": '"foo"', "integer": "42", "number": "42.0", "boolean": "true", "null": "null"}
_LOOP = "##TODO: Update this foreach loop to reference array from input json"


def template(text: str, models: Mapping[str, str]) -> str:
    """A mapping template with sample values for every member of a model."""
    schema = json.loads(flattened(text, models))
    body = _Template(schema.get("definitions") or {}).of(schema, 0, ())
    return f"#set($inputRoot = $input.path('$'))\n{body}"


class _Template:
    def __init__(self, definitions: Mapping[str, Any]) -> None:
        self._definitions = definitions

    def of(self, schema: Any, depth: int, above: tuple[str, ...]) -> str:
        """A value of a schema; `above` are the definitions it stands in, to which it does not go back."""
        reference = schema.get("$ref") if isinstance(schema, dict) else None
        if isinstance(reference, str):
            name = reference.rpartition("/")[2]
            if name in above or name not in self._definitions:
                return "{ }"
            return self.of(self._definitions[name], depth, (*above, name))
        kind = schema.get("type") if isinstance(schema, dict) else None
        kind = kind[0] if isinstance(kind, list) and kind else kind
        pad = "  " * (depth + 1)
        if kind == "array":
            item = self.of(schema.get("items") or {}, depth + 1, above)
            return (
                f"[\n{_LOOP}\n#foreach($elem in $inputRoot)\n{pad}{item}#if($foreach.hasNext),#end\n#end\n"
                f"{'  ' * depth}]"
            )
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if properties:
            inner = (f'{pad}"{name}" : {self.of(one, depth + 1, above)}' for name, one in properties.items())
            return "{\n" + ",\n".join(inner) + f"\n{'  ' * depth}}}"
        return _SAMPLES.get(kind or "object", "{ }")
