"""Rules: what parameters must be to each other, asserted before a stack is made or changed.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cloudformation.errors import TemplateError, TemplateFormatError, ValidationError
from cloudchamber.services.cloudformation.functions import evaluate, text

if TYPE_CHECKING:
    from cloudchamber.services.cloudformation.scope import StackScope
    from cloudchamber.services.cloudformation.template import Template


def check(template: Template, scope: StackScope) -> None:
    """ValidationError with the descriptions of the assertions that do not hold."""
    failed: list[str] = []
    for name, rule in template.section("Rules").items():
        _check_form(name, rule)
        if "RuleCondition" in rule and not _holds(rule["RuleCondition"], scope):
            continue
        failed += [
            str(assertion.get("AssertDescription") or f"Rule {name} failed")
            for assertion in rule.get("Assertions") or ()
            if not _holds(assertion["Assert"], scope)
        ]
    if failed:
        raise ValidationError(f"Template Rule validation failed: {'; '.join(failed)}")


def _check_form(name: str, rule: Any) -> None:
    assertions = rule.get("Assertions") if isinstance(rule, Mapping) else None
    if not isinstance(assertions, list) or not all(
        isinstance(each, Mapping) and "Assert" in each for each in assertions
    ):
        raise TemplateFormatError(f"[/Rules/{name}] Every Rules object must contain Assertions, each with an Assert.")


def _holds(value: Any, scope: StackScope) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        found = evaluate(value, scope)
        return found is True or str(found).lower() == "true"
    ((function, argument),) = value.items()
    if function in ("Fn::And", "Fn::Or", "Fn::Not") and (not isinstance(argument, list) or not argument):
        raise TemplateError(f"every {function} object requires a list of boolean parameters.")
    if function == "Fn::And":
        return all(_holds(part, scope) for part in argument)
    if function == "Fn::Or":
        return any(_holds(part, scope) for part in argument)
    if function == "Fn::Not":
        return not _holds(argument[0], scope)
    if function in ("Fn::Contains", "Fn::EachMemberIn", "Fn::EachMemberEquals"):
        return _members(function, argument, scope)
    if function in ("Fn::RefAll", "Fn::ValueOf", "Fn::ValueOfAll"):
        raise TemplateError(f"{function} asks about resources of EC2, which this cloud does not have")
    found = evaluate(value, scope)
    return found is True or str(found).lower() == "true"


def _members(function: str, argument: Any, scope: StackScope) -> bool:
    if not isinstance(argument, list) or len(argument) != 2:
        raise TemplateError(f"{function} requires a list argument with two parameters")
    left, right = evaluate(argument[0], scope), evaluate(argument[1], scope)
    items = [text(item) for item in (left if isinstance(left, list) else [left])]
    if function == "Fn::Contains":
        return text(right) in items
    if function == "Fn::EachMemberEquals":
        return all(item == text(right) for item in items)
    allowed = [text(each) for each in (right if isinstance(right, list) else [right])]
    return all(item in allowed for item in items)
