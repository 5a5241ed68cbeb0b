"""Outputs, and what stacks give to each other: exports and imports.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudchamber.services.cloudformation.errors import TemplateFormatError, ValidationError
from cloudchamber.services.cloudformation.functions import evaluate, text
from cloudchamber.services.cloudformation.records import Export, Import, Stack

if TYPE_CHECKING:
    from cloudchamber.services.cloudformation.scope import StackScope
    from cloudchamber.services.cloudformation.store import CloudFormationStore
    from cloudchamber.services.cloudformation.template import Template


def evaluated(template: Template, scope: StackScope) -> list[dict[str, Any]]:
    """The outputs whose condition holds, as DescribeStacks shows them."""
    found = []
    for name, output in template.outputs.items():
        if "Condition" in output and not scope.condition(output["Condition"]):
            continue
        value = evaluate(output["Value"], scope)
        if isinstance(value, list | Mapping):
            raise TemplateFormatError("The Value field of every Outputs member must evaluate to a String.")
        shown: dict[str, Any] = {"OutputKey": name, "OutputValue": text(value)}
        if output.get("Description"):
            shown["Description"] = str(output["Description"])
        export = output.get("Export")
        if isinstance(export, Mapping) and "Name" in export:
            shown["ExportName"] = text(evaluate(export["Name"], scope))
        found.append(shown)
    return found


def export(store: CloudFormationStore, stack: Stack, found: list[dict[str, Any]]) -> None:
    """Take over a stack's exports. ValidationError for a name that is taken, or one in use that would change."""
    wanted = {output["ExportName"]: output["OutputValue"] for output in found if "ExportName" in output}
    had = {each.name: each for each in store.exports.where(stack_id=stack.id)}
    for name, value in wanted.items():
        taken = store.exports.get(stack.account, stack.region, name)
        if taken is not None and taken.stack_id != stack.id:
            raise ValidationError(f"Export with name {name} is already exported by stack {_name(taken.stack_id)}.")
        users = users_of(store, stack, name) if name in had and had[name].value != value else []
        if users:
            raise ValidationError(f"Export {name} cannot be updated as it is in use by {' and '.join(users)}")
        store.exports.put(Export(stack.account, stack.region, name, value, stack.id))
    for name in had:
        if name not in wanted:
            users = users_of(store, stack, name)
            if users:
                raise ValidationError(f"Export {name} cannot be deleted as it is in use by {' and '.join(users)}")
            store.exports.delete(stack.account, stack.region, name)


def users_of(store: CloudFormationStore, stack: Stack, name: str) -> list[str]:
    """The names of the stacks that import an export."""
    found = store.imports.where(account=stack.account, region=stack.region, name=name)
    return [_name(each.stack_id) for each in found]


def used_exports(store: CloudFormationStore, stack: Stack) -> str:
    """Why a stack cannot go; empty if nobody uses what it exports."""
    for each in store.exports.where(stack_id=stack.id):
        users = users_of(store, stack, each.name)
        if users:
            return f"Export {each.name} cannot be deleted as it is in use by {' and '.join(users)}"
    return ""


def imported(store: CloudFormationStore, stack: Stack, name: str) -> str:
    found = store.exports.get(stack.account, stack.region, name)
    if found is None:
        raise ValidationError(f"No export named {name} found.")
    return found.value


def note_imports(store: CloudFormationStore, stack: Stack, names: set[str]) -> None:
    for each in store.imports.where(stack_id=stack.id):
        if each.name not in names:
            store.imports.delete(each.account, each.region, each.name, each.stack_id)
    for name in names:
        store.imports.put(Import(stack.account, stack.region, name, stack.id))


def withdraw(store: CloudFormationStore, stack: Stack) -> None:
    """A stack goes, with what it exports and imports."""
    for export_ in store.exports.where(stack_id=stack.id):
        store.exports.delete(export_.account, export_.region, export_.name)
    note_imports(store, stack, set())


def _name(stack_id: str) -> str:
    return stack_id.split("/")[1]
