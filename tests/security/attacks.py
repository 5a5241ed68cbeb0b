"""What attacks have in common: calls that may be refused, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable


def refusal(call: Callable[[], Any]) -> ClientError | None:
    """The error that a call ends with; None for one that is answered."""
    try:
        call()
    except ClientError as error:
        return error
    return None


def code_of(error: ClientError | None) -> str:
    return "" if error is None else str(error.response["Error"]["Code"])
