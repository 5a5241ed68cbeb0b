"""`AWS::LanguageExtensions`: what can be done before anything is deployed, which is to write loops out.

Fn::Length, Fn::ToJsonString and default values of Fn::FindInMap are functions like the others (`functions.py`).
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-aws-languageextensions.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cloudchamber.services.cloudformation.errors import ValidationError
from cloudchamber.services.cloudformation.functions import Scope, evaluate

_LOOP = "Fn::ForEach::"
_NAME = re.compile(r"[A-Za-z0-9]+\Z")
_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")
NESTED_MAX = 5
MADE_MAX = 2000  # keys of one loop, above what a template may have of anything


def write_out(template: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """A template with its loops written out. ValidationError for one that is not well-formed."""
    made = dict(template)
    for section in ("Conditions", "Resources", "Outputs"):
        if isinstance(template.get(section), Mapping):
            made[section] = _expand(template[section], scope, {})
    resources = made.get("Resources")
    for resource in resources.values() if isinstance(resources, Mapping) else ():
        if isinstance(resource, dict):
            for member in ("DeletionPolicy", "UpdateReplacePolicy"):
                if isinstance(resource.get(member), Mapping):
                    resource[member] = evaluate(resource[member], scope)
    return made


def _expand(value: Any, scope: Scope, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _fill(value, variables) if variables else value
    if isinstance(value, list):
        return [_expand(item, scope, variables) for item in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1 and isinstance(value.get("Ref"), str) and value["Ref"] in variables:
        return variables[value["Ref"]]
    made: dict[str, Any] = {}
    for name, item in value.items():
        if name in ("Ref", "Fn::GetAtt") and not isinstance(item, str):  # what is referred to must be known by name
            made[name] = _named(_expand(item, scope, variables), scope)
        elif name.startswith(_LOOP):
            made |= _loop(name, item, scope, variables)
        else:
            made[_fill(name, variables)] = _expand(item, scope, variables)
    return made


def _named(value: Any, scope: Scope) -> Any:
    if isinstance(value, list):
        return [_named(item, scope) for item in value]
    return evaluate(value, scope) if isinstance(value, Mapping) else value


def _loop(name: str, loop: Any, scope: Scope, variables: Mapping[str, str]) -> dict[str, Any]:
    is_loop = isinstance(loop, list) and len(loop) == 3 and isinstance(loop[0], str) and isinstance(loop[2], Mapping)
    if not is_loop or not _NAME.match(loop[0]):
        raise ValidationError(f"Transform AWS::LanguageExtensions failed with: {name} layout is incorrect")
    if len(variables) >= NESTED_MAX or loop[0] in variables:
        raise ValidationError(f"Transform AWS::LanguageExtensions failed with: {name} is nested too deeply or reuses "
                              f"the identifier {loop[0]}")  # fmt: skip
    items = evaluate(_expand(loop[1], scope, variables), scope)
    if not isinstance(items, list):
        raise ValidationError(f"Transform AWS::LanguageExtensions failed with: {name} must be given a list")
    made: dict[str, Any] = {}
    for item in items:
        inner = {**variables, loop[0]: str(item)}
        for key, body in loop[2].items():
            if key.startswith(_LOOP):
                made |= _loop(key, body, scope, inner)
                continue
            filled = _fill(key, inner)
            if filled in made:
                raise ValidationError(
                    f"Transform AWS::LanguageExtensions failed with: {name} makes the key {filled} twice"
                )
            made[filled] = _expand(body, scope, inner)
        if len(made) > MADE_MAX:
            raise ValidationError(
                f"Transform AWS::LanguageExtensions failed with: {name} makes more than {MADE_MAX} keys"
            )
    return made


def _fill(text: str, variables: Mapping[str, str]) -> str:
    """`${Name}`, and `&{Name}` without what is not alphanumeric."""
    for name, value in variables.items():
        text = text.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", _ALPHANUMERIC.sub("", value))
    return text
