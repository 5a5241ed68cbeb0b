"""What an update does to each resource, and how a change set tells of it. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudchamber.core.resource_types import text_of
from cloudchamber.services.cloudformation import schemas
from cloudchamber.services.cloudformation.functions import AFTER_APPLY
from cloudchamber.services.cloudformation.template import references

if TYPE_CHECKING:
    from cloudchamber.services.cloudformation.records import StackResource

NESTED = "AWS::CloudFormation::Stack"


def must_update(row: StackResource, properties: Mapping[str, Any], retags: bool) -> bool:
    """Whether there is anything to do for a resource."""
    return row.properties != properties or row.type == NESTED or (retags and takes_tags(row.type))


def takes_tags(kind: str) -> bool:
    """Whether a stack's tags go to resources of a type."""
    found = schemas.schema(kind)
    if found is None:
        return False
    tagging: Mapping[str, Any] = found.raw.get("tagging") or {}
    return bool(tagging.get("taggable", "Tags" in found.properties))


def deletes_first(kind: str) -> bool:
    """Whether a resource of a type that is replaced goes before the new one comes."""
    found = schemas.schema(kind)
    return found is not None and found.deletes_first


def replaces(kind: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a resource must be made anew. Where AWS decides case by case, it is made anew."""
    found = schemas.schema(kind)
    return any(schemas.recreation(found, path) != "Never" for path in schemas.differing(old, new))


class Change:
    """One resource's part of a change set."""

    def __init__(
        self, logical_id: str, row: StackResource | None, definition: Mapping[str, Any] | None, parameters: Any
    ) -> None:
        self._logical_id = logical_id
        self._row = row
        self._definition = definition
        self._parameters = parameters  # the names of the template's parameters

    def added(self, new: Mapping[str, Any]) -> dict[str, Any]:
        assert self._definition is not None
        return {**self._shown("Add", self._definition["Type"]), "AfterContext": _context(new)}

    def removed(self) -> dict[str, Any]:
        assert self._row is not None
        policy = self._row.deletion_policy
        action = {"Retain": "Retain", "RetainExceptOnCreate": "Retain", "Snapshot": "Snapshot"}.get(policy, "Delete")
        context = _context(self._row.properties)
        return {**self._shown("Remove", self._row.type), "PolicyAction": action, "BeforeContext": context}

    def modified(self, new: Mapping[str, Any], retags: bool) -> dict[str, Any] | None:
        """None where nothing changes."""
        assert self._row is not None and self._definition is not None
        row = self._row
        details = [self._detail(row, new, path) for path in schemas.differing(row.properties, new)]
        scope = ["Properties"] if details else []
        if retags and takes_tags(row.type) and not any(detail["Target"].get("Name") == "Tags" for detail in details):
            target = {"Attribute": "Tags", "RequiresRecreation": "Never"}
            details.append({"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"})
            scope.append("Tags")
        if (self._definition.get("Metadata") or {}) != row.metadata:
            target = {"Attribute": "Metadata", "RequiresRecreation": "Never"}
            details.append({"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"})
            scope.append("Metadata")
        for member, had in (("DeletionPolicy", row.deletion_policy), ("UpdateReplacePolicy", row.replace_policy)):
            if (self._definition.get(member) or "") != had:
                target = {"Attribute": member, "RequiresRecreation": "Never"}
                details.append({"Target": target, "Evaluation": "Static", "ChangeSource": "DirectModification"})
                scope.append(member)
        if row.type == NESTED and not details:
            target = {"Attribute": "Properties", "RequiresRecreation": "Never"}
            details.append({"Target": target, "Evaluation": "Dynamic", "ChangeSource": "Automatic"})
            scope.append("Properties")
        if not details:
            return None
        replacement = self._replacement(details)
        shown = self._shown("Modify", row.type)
        shown |= {"BeforeContext": _context(row.properties), "AfterContext": _context(new)}
        if replacement == "True":
            shown["PolicyAction"] = "ReplaceAndRetain" if row.replace_policy == "Retain" else "ReplaceAndDelete"
        return {**shown, "Replacement": replacement, "Scope": scope, "Details": details}

    def _shown(self, action: str, kind: str) -> dict[str, Any]:
        shown: dict[str, Any] = {"Action": action, "LogicalResourceId": self._logical_id, "ResourceType": kind}
        if self._row is not None:
            shown["PhysicalResourceId"] = self._row.physical_id
        return {**shown, "Scope": [], "Details": []}

    @staticmethod
    def _replacement(details: list[dict[str, Any]]) -> str:
        kinds = {(detail["Target"]["RequiresRecreation"], detail["Evaluation"]) for detail in details}
        if ("Always", "Static") in kinds:
            return "True"
        return "Conditional" if any(kind != "Never" for kind, _ in kinds) else "False"

    def _detail(self, row: StackResource, new: Mapping[str, Any], path: schemas.Path) -> dict[str, Any]:
        before, after = _at(row.properties, path), _at(new, path)
        name = path[0] if path else ""
        target: dict[str, Any] = {
            "Attribute": "Properties", "Name": name,
            "RequiresRecreation": schemas.recreation(schemas.schema(row.type), path),
            "Path": "/Properties/" + "/".join(path),
            "AttributeChangeType": "Add" if before is None else "Remove" if after is None else "Modify",
        }  # fmt: skip
        if before is not None:
            target["BeforeValue"] = _text(before)
        if after is not None:
            target["AfterValue"] = _text(after)
        is_dynamic = AFTER_APPLY in _text(after)
        detail = {"Target": target, "Evaluation": "Dynamic" if is_dynamic else "Static"}
        return {**detail, **self._cause(name)}

    def _cause(self, name: str) -> dict[str, str]:
        """Where a property's change comes from: a parameter, another resource, or the template itself."""
        assert self._definition is not None
        for found, attribute in references((self._definition.get("Properties") or {}).get(name)):
            if found in self._parameters:
                return {"ChangeSource": "ParameterReference", "CausingEntity": found}
            if not found.startswith("AWS::"):
                source = "ResourceReference" if attribute is None else "ResourceAttribute"
                entity = found if attribute is None else f"{found}.{attribute}"
                return {"ChangeSource": source, "CausingEntity": entity}
        return {"ChangeSource": "DirectModification"}


def without_values(change: Mapping[str, Any]) -> dict[str, Any]:
    """A change as it is shown to who did not ask for property values."""
    details = [
        {**detail, "Target": {k: v for k, v in detail["Target"].items() if k not in ("BeforeValue", "AfterValue")}}
        for detail in change["Details"]
    ]
    shown = {name: value for name, value in change.items() if name not in ("BeforeContext", "AfterContext")}
    return {**shown, "Details": details}


def _context(properties: Mapping[str, Any]) -> str:
    return text_of({"Properties": properties})


def _at(value: Any, path: schemas.Path) -> Any:
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    return "" if value is None else text_of(value)
