"""Stack policies: which updates of which resources are allowed. With a policy, what it does not allow is denied.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.cloudformation.errors import ValidationError
from cloudchamber.services.cloudformation.template import names_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.cloudformation.records import StackResource


def check(text: str) -> None:
    """ValidationError for what is no stack policy."""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise ValidationError("Error validating stack policy: Invalid stack policy") from None
    statements = document.get("Statement") if isinstance(document, dict) else None
    if not isinstance(statements, list) or not all(map(_is_statement, statements)):
        raise ValidationError("Error validating stack policy: Invalid stack policy")


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return False
    has_action = "Action" in statement or "NotAction" in statement
    return has_action and ("Resource" in statement or "NotResource" in statement)


def denial(text: str, row: StackResource, action: str) -> str:
    """Why a policy denies an update; empty where it allows it, or where there is none."""
    if not text:
        return ""
    allowed = False
    for number, statement in enumerate(orjson.loads(text)["Statement"], 1):
        if not _applies(statement, row, action):
            continue
        if statement["Effect"] == "Deny":
            shown = orjson.dumps(statement).decode()
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow [{action}] for resource "
                f"[LogicalResourceId/{row.logical_id}]; {shown}"
            )
        allowed = True
    if allowed:
        return ""
    return (
        f"Action not allowed by stack policy: no statement allows [{action}] for resource "
        f"[LogicalResourceId/{row.logical_id}]"
    )


def _applies(statement: Mapping[str, Any], row: StackResource, action: str) -> bool:
    actions = names_of(statement.get("Action", statement.get("NotAction")))
    if any(fnmatchcase(action, pattern) for pattern in actions) != ("Action" in statement):
        return False
    resources = names_of(statement.get("Resource", statement.get("NotResource")))
    name = f"LogicalResourceId/{row.logical_id}"
    if any(fnmatchcase(name, pattern) for pattern in resources) != ("Resource" in statement):
        return False
    conditions = statement.get("Condition") or {}
    return all(_holds(operator, keys, row) for operator, keys in conditions.items())


def _holds(operator: str, keys: Mapping[str, Any], row: StackResource) -> bool:
    wanted = names_of(keys.get("ResourceType"))
    if operator == "StringLike":
        return any(fnmatchcase(row.type, pattern) for pattern in wanted)
    return row.type in wanted
