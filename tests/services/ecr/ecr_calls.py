"""The vocabulary of the ECR tests: refusals, policies, users."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class User(NamedTuple):
    arn: str
    ecr: Any


def invalid(member: str, constraint: str) -> tuple[str, str]:
    return "InvalidParameterException", f"Invalid parameter at '{member}' failed to satisfy constraint: '{constraint}'"


def missing(account: str, name: str = "nothing") -> tuple[str, str]:
    return "RepositoryNotFoundException", (
        f"The repository with name '{name}' does not exist in the registry with id '{account}'"
    )


def denied(who: str, action: str, resource: str) -> tuple[str, str]:
    return "AccessDeniedException", (
        f"User: {who} is not authorized to perform: {action} on resource: {resource} because no identity-based policy "
        f"allows the {action} action"
    )


def statement(action: Any, effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, **more}


def rule(priority: int = 1, action: Any = None, **selection: Any) -> dict[str, Any]:
    chosen = {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": 14}
    wanted = {name: value for name, value in {**chosen, **selection}.items() if value is not None}
    return {"rulePriority": priority, "selection": wanted, "action": action or {"type": "expire"}}


def lifecycle(*rules: Any) -> str:
    """A lifecycle policy; long enough for ECR, which takes none of fewer than 100 characters."""
    return json.dumps({"rules": list(rules)}).ljust(100)
