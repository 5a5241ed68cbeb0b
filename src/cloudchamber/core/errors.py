"""The one exception a handler may raise: an error as AWS gives it.

Everything else that escapes a handler is our bug and becomes `InternalFailure`/500 in dispatch. Services derive
their own classes from `AwsError` in `errors.py` so that code, status and message stand in one place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class AwsError(Exception):
    """An AWS error: `code` as the SDKs show it, `message`, HTTP `status`, and any further members of its shape."""

    code: str = "InternalFailure"
    status: int = 400

    def __init__(
        self,
        message: str = "",
        *,
        code: str | None = None,
        status: int | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code
        if status is not None:
            self.status = status
        self.members: Mapping[str, Any] = members or {}

    @property
    def is_sender_fault(self) -> bool:
        return self.status < 500

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.code!r}, {self.message!r}, status={self.status})"


class NotImplementedByUs(AwsError):
    """The operation exists on AWS and not here. Never answered with a success that has no effect."""

    code = "NotImplemented"
    status = 501


class InternalFailure(AwsError):
    code = "InternalFailure"
    status = 500


class AccessDenied(AwsError):
    """A refusal by IAM. The wire spells it `AccessDenied` or `AccessDeniedException`, as each protocol does."""

    code = "AccessDenied"
    status = 403


class ValidationError(AwsError):
    """Input that breaks a constraint of the service model."""

    code = "ValidationException"
    status = 400


class SerializationError(AwsError):
    """A body that is not of its protocol's form, or a value of the wrong type."""

    code = "SerializationException"
    status = 400
