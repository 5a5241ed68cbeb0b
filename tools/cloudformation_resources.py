"""Writes docs/services/cloudformation-resources.md: each resource type, and which of its properties have an effect.

What a handler does is read from the handler: a property counts as handled if its class, or one it is made of, names it,
or if an operation it calls takes a member of that name. The properties themselves come from AWS's schemas, as cfn-lint
ships them. Run it after a change of a `resources.py`; a test compares.
"""

from __future__ import annotations

import importlib.util
import inspect
import re
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.resource_types import ResourceType
from cloudchamber.protocol import models
from cloudchamber.protocol.provisioning import Type
from cloudchamber.registry import RESOURCE_TYPES, resource_type

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parent.parent / "docs" / "services" / "cloudformation-resources.md"
HEAD = """# CloudFormation: resource types

Written by `python tools/cloudformation_resources.py`. A type that is not listed fails a stack before anything is made.

A property that is *refused* fails the resource with a message that names it, unless its value says what holds anyway.
One *without effect* is taken and kept by the stack, and changes nothing here. All others do what AWS's documentation
says of them, as far as the service does (`docs/services/`). Attributes and `Ref` are AWS's.

| type | properties | refused | without effect |
|---|---|---|---|
"""
# Taken, and of no effect here: type -> property -> why.
WITHOUT_EFFECT: dict[str, dict[str, str]] = {
    "AWS::CloudWatch::Dashboard": {"Tags": "dashboards have none here"},
    "AWS::IAM::AccessKey": {"Serial": "a new number makes a new key"},
    "AWS::IAM::VirtualMFADevice": {"Users": "assigning a device takes two of its codes"},
    "AWS::Lambda::CodeSigningConfig": {"Tags": "only functions have tags here"},
    "AWS::Lambda::EventSourceMapping": {"Tags": "only functions have tags here"},
    "AWS::SES::Template": {"Tags": "templates have none here"},
}


@cache
def _folder() -> Path:
    spec = importlib.util.find_spec("cfnlint")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "data" / "schemas"


@cache
def _index() -> dict[str, str]:
    found: dict[str, str] = orjson.loads((_folder() / "providers" / "us-east-1.json").read_bytes())
    return found


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((_folder() / "resources" / f"{_index()[name]}.json").read_bytes())
    return found


def properties(name: str) -> list[str]:
    """What a template may say of a resource: what its type's schema has, but for what is only read."""
    found = schema(name)
    read_only = {pointer.removeprefix("/properties/") for pointer in found.get("readOnlyProperties", ())}
    return sorted(set(found["properties"]) - read_only)


def type_names() -> list[str]:
    """The types that are offered, of AWS's namespaces that have a `resources.py`."""
    return sorted(name for name in _index() if _namespace(name) in RESOURCE_TYPES and resource_type(name) is not None)


def _namespace(name: str) -> str:
    return "::".join(name.split("::")[:2])


def _sources(handler: ResourceType) -> Iterator[str]:
    """The text that says what a handler does: its classes, and the functions of their modules and those they use."""
    for cls in type(handler).__mro__:
        if cls.__module__.startswith("cloudchamber.services."):
            yield inspect.getsource(cls)
            module = sys.modules[cls.__module__]
            yield _functions(module)
            for name in re.findall(
                r"^from (cloudchamber\.services\.\S+resource\S*) import", inspect.getsource(module), re.M
            ):
                yield _functions(sys.modules[name])


def _functions(module: Any) -> str:
    """A module without its resource types."""
    text = inspect.getsource(module)
    for other in vars(module).values():
        if inspect.isclass(other) and issubclass(other, ResourceType) and other.__module__ == module.__name__:
            text = text.replace(inspect.getsource(other), "")
    return text


def handled(handler: ResourceType) -> set[str]:
    """The names, in lower case, that a handler or an operation it calls knows."""
    text = "\n".join(_sources(handler))
    names = {name.lower() for name in re.findall(r"\b[A-Z][A-Za-z0-9]+\b", text)}
    kind = getattr(handler, "kind", "") or getattr(handler, "holder", "")
    for service, operation in re.findall(r'"([a-z0-9]+):([A-Za-z{}.]+)"', text):
        written = re.sub(r"\{self\.(kind|holder)\}|\{kind\}", kind, operation)
        model = models.load(service)
        if model.has_operation(written) and (shape := model.operation(written).input) is not None:
            names |= {member.lower() for member in shape.members}
    names |= {f"{kind}Name".lower()} if kind else set()
    return names


def missing(name: str) -> list[str]:
    """Properties of which nothing is known: neither handled nor refused nor said to be without effect."""
    handler = resource_type(name)
    assert handler is not None
    known = (
        handled(handler) | {one.lower() for one in refused(name)} | {p.lower() for p in WITHOUT_EFFECT.get(name, ())}
    )
    return [found for found in properties(name) if found.lower() not in known]


def refused(name: str) -> list[str]:
    return sorted(getattr(resource_type(name), "refused", {}))


def page() -> str:
    lines = []
    for name in type_names():
        without = WITHOUT_EFFECT.get(name, {})
        said = set(properties(name)) - set(refused(name)) - set(without)
        told = ", ".join(f"{key} ({why})" for key, why in without.items())
        lines.append(f"| `{name}` | {len(said)} of {len(properties(name))} | {', '.join(refused(name))} | {told} |")
    return HEAD + "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
    for name in type_names():
        if isinstance(resource_type(name), Type) and missing(name):
            print(name, missing(name))
