"""What functions of a template are told: parameters, conditions, mappings, and the resources there are so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cloudformation.errors import TemplateError, TemplateFormatError, ValidationError
from cloudchamber.services.cloudformation.functions import AFTER_APPLY, evaluate
from cloudchamber.services.cloudformation.parameters import Given, typed

if TYPE_CHECKING:
    from cloudchamber.services.cloudformation.records import Stack, StackResource
    from cloudchamber.services.cloudformation.template import Template

DOMAIN = "amazonaws.com"


class UnknownAttribute(TemplateError):
    def __init__(self, name: str, attribute: str) -> None:
        super().__init__(f"resource {name} does not support attribute type {attribute} in Fn::GetAtt")


def pseudo_parameters(stack: Stack) -> dict[str, Any]:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html"""
    return {
        "AWS::AccountId": stack.account,
        "AWS::NotificationARNs": list(stack.notification_arns),
        "AWS::Partition": "aws",
        "AWS::Region": stack.region,
        "AWS::StackId": stack.id,
        "AWS::StackName": stack.name,
        "AWS::URLSuffix": DOMAIN,
    }


class StackScope:
    """`resources` are those that can be referred to; `unknown` those whose values nobody knows yet (in change sets)."""

    def __init__(
        self,
        template: Template,
        stack: Stack,
        resources: Mapping[str, StackResource],
        imported: Callable[[str], str],
        unknown: Mapping[str, bool] | None = None,
    ) -> None:
        self._template = template
        self._values: dict[str, Any] = pseudo_parameters(stack)
        for name, declared in template.parameters.items():
            if name in stack.parameters:
                self._values[name] = typed(declared, stack.parameters[name].effective)
        self._resources = resources
        self._imported = imported
        # Resource -> whether its physical id, too, is unknown; of the others it is only attributes.
        self._unknown = {} if unknown is None else unknown
        self._conditions: dict[str, bool] = {}
        self.in_condition = False
        self.extended = template.extended

    def reference(self, name: str) -> Any:
        if name in self._values:
            return self._values[name]
        if self._unknown.get(name):
            return AFTER_APPLY
        found = self._resources.get(name)
        if found is None:
            raise TemplateFormatError(
                f"Unresolved resource dependencies [{name}] in the Resources block of the template"
            )
        return found.physical_id

    def attribute(self, name: str, attribute: str) -> Any:
        if name in self._unknown:
            return AFTER_APPLY
        found = self._resources.get(name)
        if found is None:
            raise TemplateError(f"instance of Fn::GetAtt references undefined resource {name}")
        return attribute_of(found, attribute)

    def condition(self, name: str) -> bool:
        found = self._conditions.get(name) if isinstance(name, str) else None
        if found is None:
            if not isinstance(name, str) or name not in self._template.conditions:
                raise TemplateFormatError(
                    f"Unresolved condition dependency {name} in the Conditions block of the template"
                )
            was, self.in_condition = self.in_condition, True
            self._conditions[name] = False  # a condition that leads back to itself
            value = evaluate(self._template.conditions[name], self)
            self.in_condition = was
            found = self._conditions[name] = value is True or str(value).lower() == "true"
        return found

    def mapping(self, name: str) -> Mapping[str, Any] | None:
        return self._template.section("Mappings").get(name)

    def imported(self, name: str) -> Any:
        return self._imported(name)

    # what is there under these conditions

    def wanted(self) -> dict[str, Mapping[str, Any]]:
        """The resources whose condition holds."""
        return {
            name: resource
            for name, resource in self._template.resources.items()
            if "Condition" not in resource or self.condition(resource["Condition"])
        }


def attribute_of(resource: StackResource, attribute: str) -> Any:
    """UnknownAttribute for one that the resource does not have."""
    found: Any = resource.attributes
    if attribute in found:
        return found[attribute]
    for step in attribute.split("."):
        if not isinstance(found, Mapping) or step not in found:
            raise UnknownAttribute(resource.logical_id, attribute)
        found = found[step]
    return found


class EarlyScope(StackScope):
    """Before there are resources: for loops, rules and conditions, which may only ask for parameters."""

    def __init__(self, template: Template, stack: Stack) -> None:
        super().__init__(template, stack, {}, _no_import)


def _no_import(name: str) -> str:
    raise ValidationError(f"Template error: Fn::ImportValue cannot be used here (No export named {name} found)")


def effective(parameters: Mapping[str, Given]) -> dict[str, str]:
    return {name: given.effective for name, given in parameters.items()}
