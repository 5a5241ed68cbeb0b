"""A parameter, its versions, and what their values may be. Pure.

A `Parameter` is what all versions share; what a version says never changes, except for its labels.
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - tables read the annotations
from dataclasses import dataclass, field
from typing import Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.ssm import limits, names
from cloudchamber.services.ssm.errors import InvalidAllowedPattern, ParameterPatternMismatch
from cloudchamber.services.ssm.lifetime import Policy  # noqa: TC001 - tables read the annotations

STRING, STRING_LIST, SECURE = "String", "StringList", "SecureString"
STANDARD, ADVANCED, INTELLIGENT = "Standard", "Advanced", "Intelligent-Tiering"
DEFAULT_KEY = "alias/aws/ssm"
_ADVICE = (
    "For more information, see "
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html"
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """Instants in epoch seconds. `due_at` is the next one at which a policy acts; None for never."""

    account: str
    region: str
    path: str  # always with a leading slash
    parent: str
    name: str  # as it was made
    version: int  # the latest
    tier: str
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    due_at: float | None = None
    resource_policy: str | None = None
    resource_policy_id: str = ""

    @property
    def arn(self) -> str:
        return names.arn(self.account, self.region, self.path)


@dataclass(frozen=True, slots=True)
class Version:
    """`value` is the text; of a SecureString, the ciphertext in base64, which is all that is kept of it."""

    account: str
    region: str
    path: str
    number: int
    type: str
    value: str
    tier: str
    data_type: str
    modified_at: float
    modified_by: str  # the ARN of a principal
    key_id: str = ""
    description: str = ""
    allowed_pattern: str = ""
    labels: tuple[str, ...] = ()


def about(version: Version) -> dict[str, Any]:
    """The members that metadata and history share."""
    found: dict[str, Any] = {
        "Type": version.type, "LastModifiedDate": version.modified_at, "LastModifiedUser": version.modified_by,
        "Version": version.number, "Tier": version.tier, "DataType": version.data_type,
    }  # fmt: skip
    if version.key_id:
        found["KeyId"] = version.key_id
    if version.description:
        found["Description"] = version.description
    if version.allowed_pattern:
        found["AllowedPattern"] = version.allowed_pattern
    return found


def check_size(value: str, tier: str) -> None:
    """ValidationException for a value too large for its tier, or that tries to nest another parameter."""
    if "{{" in value and "}}" in value.partition("{{")[2]:
        raise ValidationError('Parameter value can\'t nest another parameter. Do not use "{{}}" in the value.')
    size = len(value.encode())
    if tier == STANDARD and size > limits.STANDARD_BYTES_MAX:
        raise ValidationError(
            f"Standard tier parameters support a maximum parameter value of {limits.STANDARD_BYTES_MAX} characters. To "
            f"create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. {_ADVICE}"
        )
    if size > limits.ADVANCED_BYTES_MAX:
        raise ValidationError(
            f"Advanced tier parameters support a maximum parameter value of {limits.ADVANCED_BYTES_MAX} characters. "
            f"{_ADVICE}"
        )


def check_pattern(value: str, pattern: str) -> None:
    """InvalidAllowedPattern for what is no expression, ParameterPatternMismatch for a value that it does not match."""
    import regex  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - few parameters have a pattern

    try:
        is_match = regex.search(pattern, value, timeout=limits.PATTERN_SECONDS_MAX) is not None
    except (regex.error, TimeoutError):
        raise InvalidAllowedPattern from None
    if not is_match:
        raise ParameterPatternMismatch(f"Parameter value, cannot be validated against allowedPattern: {pattern}")


def choose_tier(asked: str, size: int, *, has_policies: bool, is_full: bool) -> str:
    """The tier of a value of `size` bytes; intelligent tiering takes the advanced one where it is needed."""
    if asked != INTELLIGENT:
        return asked
    return ADVANCED if size > limits.STANDARD_BYTES_MAX or has_policies or is_full else STANDARD


def check_downgrade(was: str, now: str) -> None:
    if was == ADVANCED and now == STANDARD:
        raise ValidationError(
            "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the "
            "advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced "
            "parameter and recreate it as a standard parameter."
        )
