"""Parameters: what a template declares, what a request gives, and what AWS refuses between the two. Pure but for the
types that name a parameter of Systems Manager, whose values are handed in.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import regex  # type: ignore[import-untyped, unused-ignore]

from cloudchamber.services.cloudformation.errors import TemplateFormatError, ValidationError

MASK = "****"
_SSM = "AWS::SSM::Parameter::Value<"
_BASIC = frozenset(
    {"String", "Number", "List<Number>", "List<String>", "CommaDelimitedList", "AWS::SSM::Parameter::Name"}
)
_SPECIFIC = (
    "AWS::EC2::AvailabilityZone::Name", "AWS::EC2::Image::Id", "AWS::EC2::Instance::Id", "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName", "AWS::EC2::SecurityGroup::Id", "AWS::EC2::Subnet::Id",
    "AWS::EC2::Volume::Id", "AWS::EC2::VPC::Id", "AWS::Route53::HostedZone::Id",
)  # fmt: skip
_MEMBERS = frozenset({
    "AllowedPattern", "AllowedValues", "ConstraintDescription", "Default", "Description", "MaxLength", "MaxValue",
    "MinLength", "MinValue", "NoEcho", "Type",
})  # fmt: skip
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\Z")
PATTERN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Given:
    """A parameter of a stack: the value as it was given, and what the parameter store made of it."""

    key: str
    value: str
    resolved: str | None = None

    @property
    def effective(self) -> str:
        return self.value if self.resolved is None else self.resolved


def is_secret(declared: Mapping[str, Any]) -> bool:
    """Whether a value is never shown."""
    return str(declared.get("NoEcho", "")).lower() == "true"


def is_stored(kind: str) -> bool:
    """Whether the value is the name of a parameter of Systems Manager."""
    return kind.startswith(_SSM) and kind.endswith(">")


def inner_type(kind: str) -> str:
    return kind[len(_SSM) : -1] if is_stored(kind) else kind


def is_list(kind: str) -> bool:
    inner = inner_type(kind)
    return inner == "CommaDelimitedList" or inner.startswith("List<")


def check_declared(parameters: Mapping[str, Any]) -> None:
    """Raise for declarations that AWS does not take."""
    if not isinstance(parameters, Mapping):
        raise TemplateFormatError("[/Parameters] Parameters must be an object.")
    for name, declared in parameters.items():
        if not isinstance(declared, Mapping):
            raise TemplateFormatError(f"[/Parameters/{name}] Any Parameters member must be an object.")
        if not name.isalnum():
            raise TemplateFormatError(f"Parameter name {name} is non alphanumeric.")
        for member in declared:
            if member not in _MEMBERS:
                raise ValidationError(f"Invalid template parameter property '{member}'")
        kind = declared.get("Type")
        if not isinstance(kind, str):
            raise TemplateFormatError(f"[/Parameters/{name}] Every Parameters object must contain a Type member.")
        inner = inner_type(kind)
        plain = inner.removeprefix("List<").removesuffix(">") if inner.startswith("List<") else inner
        if inner not in _BASIC and plain not in _SPECIFIC:
            raise TemplateFormatError(f"Unrecognized parameter type: {kind}")
        if isinstance(declared.get("Default"), list | Mapping):
            raise TemplateFormatError("Every Default member must be a string.")
        if not isinstance(declared.get("AllowedValues", []), list):
            raise TemplateFormatError(f"[/Parameters/{name}/AllowedValues] AllowedValues must be a list.")
        for member in ("MinLength", "MaxLength", "MinValue", "MaxValue"):
            if member in declared and not _NUMBER.match(str(declared[member])):
                raise TemplateFormatError(f"[/Parameters/{name}/{member}] {member} must be a number.")


def chosen(
    declared: Mapping[str, Any], request: Iterable[Mapping[str, Any]], previous: Mapping[str, str] | None = None
) -> dict[str, str]:
    """The text of each parameter: of the request, of the stack before (`UsePreviousValue`), or the default."""
    asked = {item["ParameterKey"]: item for item in request}
    foreign = [name for name in asked if name not in declared]
    if foreign:
        raise ValidationError(f"Parameters: [{', '.join(foreign)}] do not exist in the template")
    values: dict[str, str] = {}
    missing: list[str] = []
    for name, declaration in declared.items():
        item = asked.get(name)
        if item is not None and item.get("UsePreviousValue"):
            if item.get("ParameterValue") is not None:
                raise ValidationError(f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as "
                                      "true and non empty value for a parameter")  # fmt: skip
            if previous is None or name not in previous:
                raise ValidationError(
                    f"Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter "
                    "key not in the previous template"
                )
            values[name] = previous[name]
        elif item is not None and item.get("ParameterValue") is not None:
            values[name] = item["ParameterValue"]
        elif declaration.get("Default") is not None:
            values[name] = _text(declaration["Default"])
        else:
            missing.append(name)
    if missing:
        raise ValidationError(f"Parameters: [{', '.join(missing)}] must have values")
    return values


def _text(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def check(declared: Mapping[str, Any], values: Mapping[str, str]) -> None:
    """Raise for values outside of what the template allows. Of stored parameters it is the stored value that counts."""
    for name, declaration in declared.items():
        items = [item.strip() for item in values[name].split(",")] if is_list(declaration["Type"]) else [values[name]]
        for item in items:
            fault = _fault(name, declaration, item)
            if fault is not None:
                wanted = declaration.get("ConstraintDescription")
                raise ValidationError(f"Parameter {name} failed to satisfy constraint: {wanted}" if wanted else fault)


def _fault(name: str, declared: Mapping[str, Any], value: str) -> str | None:
    allowed = declared.get("AllowedValues")
    if allowed is not None and value not in [_text(item) for item in allowed]:
        return f"Parameter '{name}' must be one of AllowedValues"
    if inner_type(declared["Type"]) in ("Number", "List<Number>"):
        if not _NUMBER.match(value):
            return f"Parameter '{name}' must be a number"
        number = float(value)
        if "MinValue" in declared and number < float(declared["MinValue"]):
            return f"Parameter '{name}' must be a number not less than {declared['MinValue']}"
        if "MaxValue" in declared and number > float(declared["MaxValue"]):
            return f"Parameter '{name}' must be a number not greater than {declared['MaxValue']}"
        return None
    if "MinLength" in declared and len(value) < float(declared["MinLength"]):
        return f"Parameter '{name}' must contain at least {declared['MinLength']} characters"
    if "MaxLength" in declared and len(value) > float(declared["MaxLength"]):
        return f"Parameter '{name}' must contain at most {declared['MaxLength']} characters"
    pattern = declared.get("AllowedPattern")
    if pattern and not _matches(str(pattern), value):
        return f"Parameter '{name}' must match pattern {pattern}"
    return None


def _matches(pattern: str, value: str) -> bool:
    try:
        return regex.fullmatch(pattern, value, timeout=PATTERN_SECONDS) is not None
    except (regex.error, TimeoutError):
        raise ValidationError(f"Template format error: the pattern {pattern} is not a regular expression") from None


def typed(declared: Mapping[str, Any], value: str) -> Any:
    """What `Ref` gives: a list for the types that are lists."""
    return [item.strip() for item in value.split(",")] if is_list(declared["Type"]) else value
