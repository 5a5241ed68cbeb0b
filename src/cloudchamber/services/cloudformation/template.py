"""A template that has been read and transformed: its parts, what refers to what, and what AWS refuses at once. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from cloudchamber.services.cloudformation import limits
from cloudchamber.services.cloudformation.errors import TemplateError, TemplateFormatError, ValidationError
from cloudchamber.services.cloudformation.functions import getatt_parts, sub_names
from cloudchamber.services.cloudformation.graph import cycle

VERSION = "2010-09-09"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
PSEUDO = frozenset({
    "AWS::AccountId", "AWS::NotificationARNs", "AWS::NoValue", "AWS::Partition", "AWS::Region", "AWS::StackId",
    "AWS::StackName", "AWS::URLSuffix",
})  # fmt: skip
_SECTIONS = frozenset({
    "AWSTemplateFormatVersion", "Conditions", "Description", "Hooks", "Mappings", "Metadata", "Outputs", "Parameters",
    "Resources", "Rules", "Transform",
})  # fmt: skip
_RESOURCE_MEMBERS = frozenset({
    "Condition", "CreationPolicy", "DeletionPolicy", "DependsOn", "Description", "Metadata", "Properties", "Type",
    "UpdatePolicy", "UpdateReplacePolicy", "Version",
})  # fmt: skip
_POLICIES = ("Delete", "Retain", "Snapshot", "RetainExceptOnCreate")
_LOGICAL_ID = re.compile(r"[A-Za-z0-9]{1,255}\Z")
_TYPE = re.compile(r"[A-Za-z0-9@:_-]+\Z")


class Template:
    """The processed form of a template."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw

    def section(self, name: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.raw.get(name) or {}
        return found

    @cached_property
    def parameters(self) -> Mapping[str, Mapping[str, Any]]:
        return self.section("Parameters")

    @cached_property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        return self.section("Resources")

    @cached_property
    def conditions(self) -> Mapping[str, Any]:
        return self.section("Conditions")

    @cached_property
    def outputs(self) -> Mapping[str, Mapping[str, Any]]:
        return self.section("Outputs")

    @property
    def description(self) -> str:
        return str(self.raw.get("Description") or "")

    @cached_property
    def transforms(self) -> list[str]:
        return transforms_of(self.raw)

    @property
    def extended(self) -> bool:
        return LANGUAGE_EXTENSIONS in self.transforms

    @cached_property
    def dependencies(self) -> dict[str, set[str]]:
        """Resource -> the resources it refers to or depends on."""
        return {name: set(self._needs(resource)) for name, resource in self.resources.items()}

    def _needs(self, resource: Mapping[str, Any]) -> Iterator[str]:
        yield from names_of(resource.get("DependsOn"))
        for part in ("Properties", "CreationPolicy", "UpdatePolicy"):
            for name, _ in references(resource.get(part)):
                if name in self.resources:
                    yield name

    # what AWS refuses

    def check(self) -> None:
        """Raise what AWS raises for a template that cannot be deployed, whatever its parameters."""
        self.check_structure()
        self._check_references()
        found = cycle(self.dependencies)
        if found:
            raise ValidationError(f"Circular dependency between resources: [{', '.join(found)}]")

    def check_structure(self) -> None:
        unknown = [name for name in self.raw if name not in _SECTIONS]
        if unknown:
            raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
        version = self.raw.get("AWSTemplateFormatVersion")
        if version is not None and str(version) != VERSION:
            raise TemplateFormatError(f"AWSTemplateFormatVersion {version} is not supported: the version is {VERSION}")
        for name in ("Parameters", "Resources", "Conditions", "Outputs", "Mappings", "Rules"):
            if name in self.raw and not isinstance(self.raw[name], Mapping):
                raise TemplateFormatError(f"[/{name}] {name} must be an object.")
        description = self.raw.get("Description")
        if description is not None and not isinstance(description, str):
            raise TemplateFormatError("Description must be a string.")
        if len((description or "").encode()) > limits.DESCRIPTION_BYTES_MAX:
            raise TemplateFormatError(f"Description must be at most {limits.DESCRIPTION_BYTES_MAX} bytes long.")
        if not self.resources:
            raise TemplateFormatError("At least one Resources member must be defined.")
        self._check_counts()
        for name, resource in self.resources.items():
            self._check_resource(name, resource)
        for name, output in self.outputs.items():
            self._check_output(name, output)
        self._check_mappings()

    def _check_counts(self) -> None:
        for kind, found, most in (
            ("resources", self.resources, limits.RESOURCES_MAX),
            ("parameters", self.parameters, limits.PARAMETERS_MAX),
            ("outputs", self.outputs, limits.OUTPUTS_MAX),
            ("mappings", self.section("Mappings"), limits.MAPPINGS_MAX),
        ):
            if len(found) > most:
                raise TemplateFormatError(f"Number of {kind}, {len(found)}, is greater than maximum allowed, {most}")

    @staticmethod
    def _check_resource(name: str, resource: Any) -> None:
        if not _LOGICAL_ID.match(name):
            raise TemplateFormatError(f"Resource name {name} is non alphanumeric.")
        if not isinstance(resource, Mapping):
            raise TemplateFormatError("Any Resources member must be an object.")
        kind = resource.get("Type")
        if not isinstance(kind, str) or not _TYPE.match(kind):
            raise TemplateFormatError(f"[/Resources/{name}] Every Resources object must contain a Type member.")
        for member in resource:
            if member not in _RESOURCE_MEMBERS:
                raise ValidationError(f"Invalid template resource property '{member}'")
        if not isinstance(resource.get("Properties") or {}, Mapping):
            raise TemplateFormatError(f"[/Resources/{name}/Properties] Any Properties member must be an object.")
        depends = resource.get("DependsOn")
        if depends is not None and not all(isinstance(item, str) for item in names_of(depends)):
            raise TemplateFormatError("Every value of a DependsOn must be a string.")
        for member in ("DeletionPolicy", "UpdateReplacePolicy"):
            policy = resource.get(member)
            if isinstance(policy, str) and policy not in _POLICIES:
                raise TemplateFormatError(f"Unrecognized {member} {policy} for resource {name}")

    @staticmethod
    def _check_output(name: str, output: Any) -> None:
        if not isinstance(output, Mapping):
            raise TemplateFormatError(f"Output {name} is malformed.")
        if output.get("Value") is None:
            raise TemplateFormatError("Every Outputs member must contain a Value object")
        if isinstance(output["Value"], list):
            raise TemplateFormatError("The Value field of every Outputs member must evaluate to a String.")

    def _check_mappings(self) -> None:
        for name, mapping in self.section("Mappings").items():
            if not isinstance(mapping, Mapping):
                raise TemplateFormatError(f"Every Mappings member {name} must be a map")
            for key, attributes in mapping.items():
                if not isinstance(attributes, Mapping):
                    raise TemplateFormatError(f"Every Mappings attribute must be a String or a List. ({name}/{key})")

    def _check_references(self) -> None:
        known = {*self.resources, *self.parameters, *PSEUDO}
        for name in self.conditions:
            if any(ref not in self.parameters and ref not in PSEUDO for ref, _ in references(self.conditions[name])):
                unknown = [ref for ref, _ in references(self.conditions[name]) if ref not in self.parameters]
                raise TemplateFormatError(
                    f"Unresolved dependencies [{', '.join(sorted(unknown))}]. Cannot reference resources in the "
                    "Conditions block of the template"
                )
        self._check_conditions()
        for section, parts in (("Resources", self.resources), ("Outputs", self.outputs)):
            unresolved: list[str] = []
            for part in parts.values():
                for name, attribute in references(part if section == "Outputs" else _live(part)):
                    if attribute is None and name not in known:
                        unresolved.append(name)
                    elif attribute is not None and name not in self.resources:
                        raise TemplateError(f"instance of Fn::GetAtt references undefined resource {name}")
                if section == "Resources":
                    unresolved += [name for name in names_of(part.get("DependsOn")) if name not in self.resources]
            if unresolved:
                listed = ", ".join(dict.fromkeys(unresolved))
                raise TemplateFormatError(
                    f"Unresolved resource dependencies [{listed}] in the {section} block of the template"
                )

    def _check_conditions(self) -> None:
        for section in ("Conditions", "Resources", "Outputs"):
            for part in self.section(section).values():
                for name in conditions_in(part, section == "Conditions"):
                    if name not in self.conditions:
                        raise TemplateFormatError(
                            f"Unresolved condition dependency {name} in the {section} block of the template"
                        )


def _live(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in resource.items() if name not in ("DependsOn", "Type", "Condition")}


def transforms_of(raw: Mapping[str, Any]) -> list[str]:
    """The names of a template's transforms, as they stand at its top."""
    found = raw.get("Transform") or []
    listed = found if isinstance(found, list) else [found]
    return [str(item.get("Name")) if isinstance(item, Mapping) else str(item) for item in listed]


def names_of(value: Any) -> list[str]:
    """One name or a list of them."""
    return [] if value is None else value if isinstance(value, list) else [value]


def references(value: Any) -> Iterator[tuple[str, str | None]]:
    """What a value refers to: (name, None) for a Ref, (resource, attribute) for a GetAtt, also those within Fn::Sub."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
        return
    if not isinstance(value, Mapping):
        return
    if len(value) == 1:
        ((function, argument),) = value.items()
        if function == "Ref" and isinstance(argument, str):
            yield argument, None
            return
        if function == "Fn::GetAtt":
            name, attribute = getatt_parts(argument)
            yield name, attribute if isinstance(attribute, str) else ""
            yield from references(attribute)
            return
        if function == "Fn::Sub":
            for name in sub_names(argument):
                resource, dot, attribute = name.partition(".")
                yield resource, attribute if dot else None
            if isinstance(argument, list):
                yield from references(argument[1])
            return
    for item in value.values():
        yield from references(item)


def conditions_in(value: Any, is_condition: bool = False, is_top: bool = True) -> Iterator[str]:
    """The conditions that a part of a template names: in Fn::If, as the `Condition` of a resource or an output, and in
    conditions themselves."""
    if isinstance(value, list):
        for item in value:
            yield from conditions_in(item, is_condition, False)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name == "Condition" and isinstance(item, str) and (is_top or (is_condition and len(value) == 1)):
                yield item
                continue
            if name == "Fn::If" and isinstance(item, list) and item and isinstance(item[0], str):
                yield item[0]
            yield from conditions_in(item, is_condition or name in _LOGICAL, False)


def imports_in(value: Any) -> Iterator[Any]:
    """The arguments of Fn::ImportValue."""
    if isinstance(value, list):
        for item in value:
            yield from imports_in(item)
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name == "Fn::ImportValue":
                yield item
            yield from imports_in(item)


_LOGICAL = frozenset({"Fn::And", "Fn::Or", "Fn::Not"})
