"""Service models: what AWS's operations and shapes are, read from the files that botocore ships.

botocore itself is not imported (that costs 0.3 s); only its data files are read. A `Shape` is a definition merged with
the traits of the reference that leads to it, so the compilers see one object with everything that matters on the wire.
"""

from __future__ import annotations

import gzip
import importlib.util
import re
from collections.abc import Mapping
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

import orjson

Definition = Mapping[str, Any]

# Where an output's members stand when they are not in the body; the other locations are a request's.
OUTPUT_LOCATIONS = ("header", "headers", "statusCode")


@lru_cache(maxsize=1)
def data_folder() -> Path:
    """The folder of botocore's models, found without importing botocore."""
    spec = importlib.util.find_spec("botocore")
    if spec is None or spec.origin is None:
        raise RuntimeError("botocore is not installed: its service models are needed")
    return Path(spec.origin).parent / "data"


def snake_case(name: str) -> str:
    """An operation's name as a Python name: `ListMFADevices` -> `list_mfa_devices`."""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


class Shape:
    """One shape as it stands at one place of a model: its definition overlaid with the traits of the reference."""

    __slots__ = ("_children", "_model", "name", "traits", "type")

    def __init__(self, model: ServiceModel, name: str, traits: Definition) -> None:
        self.name = name
        self.traits = traits
        self.type: str = traits["type"]
        self._model = model
        self._children: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"<Shape {self.name} {self.type}>"

    def get(self, trait: str, default: Any = None) -> Any:
        return self.traits.get(trait, default)

    def with_traits(self, traits: Definition) -> Shape:
        """This shape with further traits."""
        return Shape(self._model, self.name, {**self.traits, **traits})

    @property
    def members(self) -> dict[str, Shape]:
        found: dict[str, Shape] | None = self._children.get("members")
        if found is None:
            found = {n: self._model.resolve(ref) for n, ref in self.traits.get("members", {}).items()}
            self._children["members"] = found
        return found

    def _child(self, role: str) -> Shape:
        found: Shape | None = self._children.get(role)
        if found is None:
            found = self._children[role] = self._model.resolve(self.traits[role])
        return found

    @property
    def member(self) -> Shape:
        return self._child("member")

    @property
    def key(self) -> Shape:
        return self._child("key")

    @property
    def value(self) -> Shape:
        return self._child("value")

    @property
    def required(self) -> list[str]:
        return list(self.traits.get("required", ()))

    @property
    def wire_name(self) -> str | None:
        """The `locationName` of the reference or the shape, if it has one."""
        name: str | None = self.traits.get("locationName")
        return name

    @property
    def is_flattened(self) -> bool:
        return bool(self.traits.get("flattened"))

    @property
    def is_streaming(self) -> bool:
        return bool(self.traits.get("streaming"))

    @property
    def is_event_stream(self) -> bool:
        return bool(self.traits.get("eventstream"))

    @property
    def holds_event_stream(self) -> bool:
        """Whether a member of this structure is a stream of events."""
        return any(member.is_event_stream for member in self.members.values())


class Operation:
    """One operation: its HTTP binding, input and output shapes, and errors."""

    def __init__(self, model: ServiceModel, name: str, definition: Definition) -> None:
        self.model = model
        self.name = name
        self.definition = definition

    def __repr__(self) -> str:
        return f"<Operation {self.model.name}:{self.name}>"

    @property
    def method(self) -> str:
        method: str = self.definition.get("http", {}).get("method", "POST")
        return method

    @property
    def request_uri(self) -> str:
        uri: str = self.definition.get("http", {}).get("requestUri", "/")
        return uri

    @property
    def response_code(self) -> int:
        return int(self.definition.get("http", {}).get("responseCode", 200))

    @cached_property
    def input(self) -> Shape | None:
        ref = self.definition.get("input")
        return None if ref is None else self.model.resolve(ref)

    @cached_property
    def output(self) -> Shape | None:
        ref = self.definition.get("output")
        return None if ref is None else self.model.resolve(ref)

    @property
    def result_wrapper(self) -> str | None:
        """The element around a query protocol's result (`SendMessageResult`), where the model names one."""
        wrapper: str | None = self.definition.get("output", {}).get("resultWrapper")
        return wrapper

    @property
    def output_root(self) -> str | None:
        """The root element of an XML answer, where the model names one."""
        root: str | None = self.definition.get("output", {}).get("locationName")
        return root or (self.output.wire_name if self.output is not None else None)

    @property
    def output_is_unwrapped(self) -> bool:
        """Whether the root element of an XML answer is the output's only member (a trait that a patch must add)."""
        return bool(self.definition.get("output", {}).get("unwrapped"))

    @property
    def is_unsigned(self) -> bool:
        """Operations that AWS takes without a signature (`sts:AssumeRoleWithWebIdentity`, Cognito's sign-in)."""
        return self.definition.get("authtype") == "none" or "smithy.api#noAuth" in self.definition.get("auth", ())

    @cached_property
    def streams_input(self) -> bool:
        payload = self.input.get("payload") if self.input else None
        return payload is not None and self.input is not None and self.input.members[payload].is_streaming


class ServiceModel:
    """One AWS service: metadata, operations, shapes."""

    def __init__(self, name: str, definition: Definition) -> None:
        self.name = name
        self.metadata: Definition = definition["metadata"]
        self._operations: Definition = definition["operations"]
        self._shapes: Definition = definition["shapes"]
        self._resolved: dict[str, Shape] = {}
        self._compiled_operations: dict[str, Operation] = {}

    @property
    def protocols(self) -> tuple[str, ...]:
        """The protocols clients may speak, the preferred one first; `query` too where it stayed understood."""
        listed = list(self.metadata.get("protocols") or [self.metadata["protocol"]])
        if "awsQueryCompatible" in self.metadata and "query" not in listed:
            listed.append("query")
        return tuple(listed)

    @property
    def api_version(self) -> str:
        version: str = self.metadata.get("apiVersion", "")
        return version

    @property
    def signing_name(self) -> str:
        name: str = self.metadata.get("signingName") or self.metadata.get("endpointPrefix", self.name)
        return name

    @property
    def target_prefix(self) -> str:
        prefix: str = self.metadata.get("targetPrefix", "")
        return prefix

    @property
    def xml_namespace(self) -> str:
        namespace = self.metadata.get("xmlNamespace", "")
        uri: str = namespace["uri"] if isinstance(namespace, Mapping) else namespace
        return uri

    @property
    def json_version(self) -> str:
        return str(self.metadata.get("jsonVersion", "1.0"))

    @property
    def operation_names(self) -> list[str]:
        return list(self._operations)

    def has_operation(self, name: str) -> bool:
        return name in self._operations

    def operation(self, name: str) -> Operation:
        """The operation called `name`; KeyError if AWS has none."""
        found = self._compiled_operations.get(name)
        if found is None:
            found = self._compiled_operations[name] = Operation(self, name, self._operations[name])
        return found

    @cached_property
    def snake_names(self) -> dict[str, str]:
        """Python name -> operation name."""
        return {snake_case(name): name for name in self._operations}

    def resolve(self, reference: Definition) -> Shape:
        """The shape behind a reference such as `{"shape": "String", "locationName": "Name"}`."""
        name = reference["shape"]
        traits = {k: v for k, v in reference.items() if k not in ("shape", "documentation")}
        if not traits:
            plain = self._resolved.get(name)
            if plain is None:
                plain = self._resolved[name] = Shape(self, name, self._shapes[name])
            return plain
        return Shape(self, name, {**self._shapes[name], **traits})

    def shape(self, name: str) -> Shape:
        return self.resolve({"shape": name})

    @cached_property
    def error_shapes(self) -> dict[str, Shape]:
        """Error shapes by every name a handler may raise them under: the shape's own and its `error.code`."""
        found: dict[str, Shape] = {}
        for name, definition in self._shapes.items():
            if definition.get("exception"):
                shape = self.shape(name)
                found.setdefault(name, shape)
                code = definition.get("error", {}).get("code")
                if code:
                    found[code] = shape
        return found


def _merge(base: Any, patch: Any) -> Any:
    if isinstance(base, dict) and isinstance(patch, Mapping):
        merged = dict(base)
        for key, value in patch.items():
            merged[key] = _merge(base.get(key), value)
        return merged
    return patch


def read_definition(name: str) -> dict[str, Any]:
    """The newest model file of a service, decoded. KeyError if botocore knows no such service."""
    folder = data_folder() / name
    if not folder.is_dir():
        raise KeyError(name)
    newest = max(child.name for child in folder.iterdir() if child.is_dir())
    for file_name in ("service-2.json.gz", "service-2.json"):
        path = folder / newest / file_name
        if path.exists():
            raw = path.read_bytes()
            definition: dict[str, Any] = orjson.loads(gzip.decompress(raw) if path.suffix == ".gz" else raw)
            return definition
    raise KeyError(name)


@cache
def load(name: str) -> ServiceModel:
    """The model of a service by botocore's name for it, as AWS ships it."""
    return ServiceModel(name, read_definition(name))


def load_patched(name: str, *patches: Definition) -> ServiceModel:
    """A model overlaid with traits that botocore dropped but the wire still has (SQS's query names)."""
    definition = read_definition(name)
    for patch in patches:
        definition = _merge(definition, patch)
    return ServiceModel(name, definition)
