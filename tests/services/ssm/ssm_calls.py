"""The vocabulary of the SSM tests: refusals, policies, users."""

from __future__ import annotations

from typing import Any, NamedTuple

DAY = 86_400


class User(NamedTuple):
    arn: str
    ssm: Any


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def names(answer: dict[str, Any]) -> list[str]:
    return [parameter["Name"] for parameter in answer["Parameters"]]
