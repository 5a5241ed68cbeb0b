"""What is wrong with statements, in DynamoDB's words."""

from __future__ import annotations

from typing import Any

from cloudchamber.core.errors import AwsError, ValidationError


def malformed(detail: str) -> ValidationError:
    """A text that is no statement of ours; `detail` as the PartiQL parser words it."""
    return ValidationError(f"Statement wasn't well formed, can't be processed: {detail}")


class DuplicateItem(AwsError):
    """INSERT found an item of the same primary key; `item`, where the request asked for it, is that one."""

    code = "DuplicateItemException"

    def __init__(self, item: Any = None) -> None:
        super().__init__("Duplicate primary key exists in table", members=None if item is None else {"Item": item})
