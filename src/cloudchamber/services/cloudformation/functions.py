"""Intrinsic functions: what a value of a template comes to, given what is known of parameters and resources. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import orjson

from cloudchamber.services.cloudformation.errors import TemplateError, ValidationError

NO_VALUE = object()  # what `AWS::NoValue` comes to: the property is left out
AFTER_APPLY = "{{changeSet:KNOWN_AFTER_APPLY}}"  # stands for what nobody knows before the change is made
VARIABLE = re.compile(r"\$\{([^!${}][^${}]*)\}|\$\{!([^{}]*)\}")
_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_.:]+\Z")
_ZONES = {"us-east-1": "abcdef", "us-west-1": "ab", "us-west-2": "abcd", "ap-northeast-1": "acd"}


class Scope(Protocol):
    """What functions ask."""

    def reference(self, name: str) -> Any:
        """What `Ref` gives: of a parameter, a pseudo parameter or a resource."""

    def attribute(self, name: str, attribute: str) -> Any:
        """What `Fn::GetAtt` gives."""

    def condition(self, name: str) -> bool: ...

    def mapping(self, name: str) -> Mapping[str, Any] | None: ...

    def imported(self, name: str) -> Any: ...

    @property
    def extended(self) -> bool:
        """Whether the template has `AWS::LanguageExtensions`."""


def evaluate(value: Any, scope: Scope) -> Any:
    """A value with its functions carried out. NO_VALUE where nothing is left of it; ValidationError."""
    if isinstance(value, Mapping):
        if len(value) == 1:
            ((name, argument),) = value.items()
            function = FUNCTIONS.get(name)
            if function is not None:
                return function(argument, scope)
            if name == "Condition" and isinstance(argument, str) and _in_condition(scope):
                return scope.condition(argument)
        made = {name: evaluate(item, scope) for name, item in value.items()}
        return {name: item for name, item in made.items() if item is not NO_VALUE}
    if isinstance(value, list):
        return [item for item in (evaluate(item, scope) for item in value) if item is not NO_VALUE]
    return value


def _in_condition(scope: Scope) -> bool:
    return bool(getattr(scope, "in_condition", False))


def text(value: Any) -> str:
    """A value as part of a string."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _ref(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, str):
        argument = evaluate(argument, scope) if scope.extended else argument
        if not isinstance(argument, str):
            raise TemplateError("every Ref object must have a single String value.")
    return NO_VALUE if argument == "AWS::NoValue" else scope.reference(argument)


def getatt_parts(argument: Any) -> tuple[str, Any]:
    """The resource and the attribute, which may be a function."""
    if isinstance(argument, str):
        argument = argument.split(".", 1)
    is_pair = isinstance(argument, list) and len(argument) >= 2 and isinstance(argument[0], str) and argument[0]
    if not is_pair or not argument[1]:
        raise TemplateError(
            "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute"
        )
    rest = argument[1:]
    return argument[0], ".".join(rest) if all(isinstance(part, str) for part in rest) else rest[0]


def _get_att(argument: Any, scope: Scope) -> Any:
    if scope.extended and isinstance(argument, list):
        argument = [evaluate(part, scope) for part in argument]
    name, attribute = getatt_parts(argument)
    return scope.attribute(name, text(evaluate(attribute, scope)))


def _sub(argument: Any, scope: Scope) -> Any:
    template, variables = sub_parts(argument)
    values = {name: evaluate(value, scope) for name, value in variables.items()}

    def replaced(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return "${" + found[2] + "}"
        name = name.strip()
        if name in values:
            value = values[name]
        elif "." in name:
            value = scope.attribute(*name.split(".", 1))
        else:
            value = scope.reference(name)
        if isinstance(value, list):
            value = ",".join(map(text, value))
        return text(value)

    return VARIABLE.sub(replaced, template)


def sub_parts(argument: Any) -> tuple[str, Mapping[str, Any]]:
    """The text and the variables of Fn::Sub."""
    if isinstance(argument, str):
        return argument, {}
    is_pair = isinstance(argument, list) and len(argument) == 2
    if not is_pair or not isinstance(argument[0], str) or not isinstance(argument[1], Mapping):
        raise TemplateError(
            "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first "
            "argument, and an optional second argument to specify a mapping of values to replace in the string"
        )
    return argument[0], argument[1]


def sub_names(argument: Any) -> list[str]:
    """What the text of Fn::Sub refers to beside its own variables."""
    template, variables = sub_parts(argument)
    names = [found[1].strip() for found in VARIABLE.finditer(template) if found[1] is not None]
    for name in names:
        if not _VARIABLE_NAME.match(name):
            raise TemplateError(
                "variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, "
                "and colons"
            )
    return [name for name in names if name not in variables]


def _join(argument: Any, scope: Scope) -> Any:
    if isinstance(argument, list) and len(argument) == 2:
        delimiter, items = evaluate(argument[0], scope), evaluate(argument[1], scope)
        if items == AFTER_APPLY:
            return items
        if isinstance(delimiter, str) and isinstance(items, list):
            return delimiter.join(map(text, items))
    raise TemplateError(
        "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be joined "
        "or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
    )


def _split(argument: Any, scope: Scope) -> Any:
    if isinstance(argument, list) and len(argument) == 2:
        delimiter, source = evaluate(argument[0], scope), evaluate(argument[1], scope)
        if isinstance(source, str) and AFTER_APPLY in source:
            return AFTER_APPLY
        if isinstance(delimiter, str) and delimiter and isinstance(source, str):
            return source.split(delimiter)
    raise TemplateError(
        "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or a "
        "function that returns a string to be split."
    )


def _select(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 2:
        raise TemplateError("Fn::Select requires a list argument with two elements: an integer index and a list")
    index, items = evaluate(argument[0], scope), evaluate(argument[1], scope)
    if items == AFTER_APPLY:
        return items
    if not isinstance(items, list) or not str(index).isdigit():
        raise TemplateError("Fn::Select requires a list argument with two elements: an integer index and a list")
    if int(index) >= len(items):
        raise TemplateError(f"Fn::Select  cannot select nonexistent value at index {index}")
    return items[int(index)]


def _find_in_map(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) not in (3, 4):
        raise TemplateError(
            "every Fn::FindInMap object requires three parameters, the map name, map key and the attribute for return "
            "value"
        )
    names = [text(evaluate(part, scope)) for part in argument[:3]]
    found: Any = scope.mapping(names[0])
    has_default = len(argument) == 4 and scope.extended and "DefaultValue" in argument[3]
    if found is None and not has_default:
        raise TemplateError(f"Mapping named '{names[0]}' is not present in the 'Mappings' section of template.")
    for key in names[1:]:
        found = found.get(key) if isinstance(found, Mapping) else None
    if found is None:
        if has_default:
            return evaluate(argument[3]["DefaultValue"], scope)
        raise TemplateError(f"Unable to get mapping for {'::'.join(names)}")
    return evaluate(found, scope) if scope.extended else found


def _if(argument: Any, scope: Scope) -> Any:
    if not isinstance(argument, list) or len(argument) != 3:
        raise TemplateError("Fn::If requires a list argument with three elements")
    return evaluate(argument[1] if scope.condition(str(argument[0])) else argument[2], scope)


def _equals(argument: Any, scope: Scope) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise TemplateError("Fn::Equals requires a list argument with two parameters.")
    left, right = (evaluate(part, scope) for part in argument)
    if isinstance(left, list | Mapping) or isinstance(right, list | Mapping):
        return bool(left == right)
    return text(left) == text(right)


def _truth(value: Any, scope: Scope) -> bool:
    if isinstance(value, Mapping) and set(value) == {"Condition"}:
        return scope.condition(value["Condition"])
    found = evaluate(value, scope)
    return found if isinstance(found, bool) else str(found).lower() == "true"


def _several(name: str, argument: Any, scope: Scope) -> list[bool]:
    if not isinstance(argument, list) or not 2 <= len(argument) <= 10:
        raise TemplateError(
            f"every {name} object requires a list of at least 2 and at most 10 boolean parameters."
        )  # fmt: skip
    return [_truth(part, scope) for part in argument]


def _not(argument: Any, scope: Scope) -> bool:
    if not isinstance(argument, list) or len(argument) != 1:
        raise TemplateError("every Fn::Not object requires one boolean parameter.")
    return not _truth(argument[0], scope)


def _base64(argument: Any, scope: Scope) -> str:
    found = evaluate(argument, scope)
    if isinstance(found, list | Mapping):
        raise TemplateError("every Fn::Base64 object must have a String-typed value.")
    return base64.b64encode(text(found).encode()).decode()


def _cidr(argument: Any, scope: Scope) -> Any:
    """Blocks of 2**bits addresses out of a block. https://…/intrinsic-function-reference-cidr.html"""
    parts = [evaluate(part, scope) for part in argument] if isinstance(argument, list) else []
    if AFTER_APPLY in parts:
        return AFTER_APPLY
    try:
        network = ipaddress.ip_network(parts[0], strict=False)
        count, bits = int(parts[1]), int(parts[2]) if len(parts) > 2 else 8
        prefix = network.max_prefixlen - bits
        if not 1 <= count <= 256 or bits < 1 or count > 2 ** (prefix - network.prefixlen):
            raise ValueError
        size = 2**bits
        first = int(network.network_address)
        return [f"{type(network.network_address)(first + place * size)}/{prefix}" for place in range(count)]
    except (ValueError, IndexError, TypeError, OverflowError):
        raise TemplateError(f"Fn::Cidr: unable to make the blocks asked for: {text(parts)}") from None


def _get_azs(argument: Any, scope: Scope) -> list[str]:
    region = text(evaluate(argument, scope) or scope.reference("AWS::Region"))
    return [f"{region}{letter}" for letter in _ZONES.get(region, "abc")]


def _import_value(argument: Any, scope: Scope) -> Any:
    name = evaluate(argument, scope)
    if not isinstance(name, str):
        raise TemplateError("the attribute in Fn::ImportValue must be a string or a function that returns a string")
    return scope.imported(name)


def _extension(name: str, scope: Scope) -> None:
    if not scope.extended:
        raise ValidationError(f"Template format error: Unrecognized function {name}: it needs AWS::LanguageExtensions")


def _length(argument: Any, scope: Scope) -> int:
    _extension("Fn::Length", scope)
    found = evaluate(argument, scope)
    if found == AFTER_APPLY:
        return 0
    if not isinstance(found, list):
        raise TemplateError("Fn::Length expects a list")
    return len(found)


def _to_json_string(argument: Any, scope: Scope) -> str:
    _extension("Fn::ToJsonString", scope)
    return orjson.dumps(evaluate(argument, scope)).decode()


FUNCTIONS: Mapping[str, Callable[[Any, Scope], Any]] = {
    "Ref": _ref,
    "Fn::GetAtt": _get_att,
    "Fn::Sub": _sub,
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::FindInMap": _find_in_map,
    "Fn::If": _if,
    "Fn::And": lambda argument, scope: all(_several("Fn::And", argument, scope)),
    "Fn::Or": lambda argument, scope: any(_several("Fn::Or", argument, scope)),
    "Fn::Not": _not,
    "Fn::Equals": _equals,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::GetAZs": _get_azs,
    "Fn::ImportValue": _import_value,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}
