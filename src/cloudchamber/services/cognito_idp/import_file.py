"""The CSV file of a user import: its header, and what a line says about a user. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.services.cognito_idp.records import Pool

USERNAME, MFA = "cognito:username", "cognito:mfa_enabled"
_STANDARD: Final = (
    "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
    "phone_number_verified", "address", "updated_at",
)  # fmt: skip
_FLAGS: Final = ("email_verified", "phone_number_verified", MFA)


class BadLine(ValueError):
    """Why a line, or the whole file, cannot be imported."""


def header(pool: Pool) -> list[str]:
    custom = [one["Name"] for one in pool.schema if one["Name"].startswith("custom:")]
    return [*_STANDARD, *custom, MFA, USERNAME]


def lines(content: str, pool: Pool) -> Iterator[tuple[int, list[str], list[str]]]:
    """(line number, header, fields) of each user. BadLine for a file whose header is not the pool's."""
    reader = csv.reader(io.StringIO(content))
    first = next(reader, None)
    if first is None or set(first) != set(header(pool)) or len(first) != len(set(first)):
        raise BadLine("The header in the .csv file does not match the header of the user pool.")
    for fields in reader:
        if fields:
            yield reader.line_num, first, fields


def attributes(names: Sequence[str], fields: Sequence[str]) -> dict[str, str]:
    """What a line says, flags as true and false. BadLine."""
    if len(names) != len(fields):
        raise BadLine("The number of columns does not match the header.")
    found = {name: value for name, value in zip(names, fields, strict=True) if value}
    for flag in _FLAGS:
        value = found.get(flag, "false").lower()
        if value not in ("true", "false"):
            raise BadLine(f"{flag} must be TRUE or FALSE.")
        if flag in found:
            found[flag] = value
    if not found.get(USERNAME):
        raise BadLine(f"{USERNAME} is missing.")
    if "true" not in (found.get("email_verified"), found.get("phone_number_verified")):
        raise BadLine("A verified email address or phone number is needed.")
    return found
