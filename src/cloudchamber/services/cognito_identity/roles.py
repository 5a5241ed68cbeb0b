"""Which role an identity gets: the pool's own, or what a role mapping makes of the token's claims. Pure.

https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.identity.jwt import texts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROLES_CLAIM, PREFERRED_CLAIM = "cognito:roles", "cognito:preferred_role"


class Refused(Exception):
    """No role, for a reason that the user is told nothing about."""


@dataclass(frozen=True, slots=True)
class Verified:
    """A login whose token holds. `names` are what mappings may call its provider, `method` its entry in `amr`."""

    provider: str
    subject: str
    method: str
    claims: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    token: str = ""


def choose(
    pool_roles: Mapping[str, str], mappings: Mapping[str, Any], logins: Sequence[Verified], custom_role: str | None
) -> str | None:
    """The ARN of the role of an authenticated identity, None where the pool has none. Refused."""
    for login in logins:
        mapping = next((mappings[name] for name in (*login.names, login.provider) if name in mappings), None)
        if mapping is None:
            continue
        found = _mapped(mapping, login.claims, custom_role)
        if found is not None:
            return found
        if mapping.get("AmbiguousRoleResolution") == "Deny":
            raise Refused
        return pool_roles.get("authenticated")
    if custom_role is not None and custom_role != pool_roles.get("authenticated"):
        raise Refused
    return pool_roles.get("authenticated")


def _mapped(mapping: Mapping[str, Any], claims: Mapping[str, Any], custom_role: str | None) -> str | None:
    if mapping["Type"] == "Rules":
        rules = (mapping.get("RulesConfiguration") or {}).get("Rules") or ()
        found = next((str(rule["RoleARN"]) for rule in rules if _holds(rule, claims)), None)
        if custom_role is not None and custom_role != found:
            raise Refused
        return found
    offered = texts(claims.get(ROLES_CLAIM))
    if custom_role is not None:
        if custom_role not in offered:
            raise Refused
        return custom_role
    preferred = claims.get(PREFERRED_CLAIM)
    if isinstance(preferred, str) and preferred:
        return preferred
    return offered[0] if len(offered) == 1 else None


def _holds(rule: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """A claim with several values (groups) holds if one of them does; `NotEqual` if none is equal."""
    if rule["Claim"] not in claims:
        return False
    values, wanted = _texts(claims[rule["Claim"]]), rule["Value"]
    match rule["MatchType"]:
        case "Equals":
            return wanted in values
        case "Contains":
            return any(wanted in value for value in values)
        case "StartsWith":
            return any(value.startswith(wanted) for value in values)
        case _:
            return wanted not in values


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(value)] if isinstance(value, str | int | float) else []


def principal_tags(mapping: Mapping[str, str], claims: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a session: `mapping` is tag key -> claim. A claim that is no single value gives none."""
    found = {key: _texts(claims.get(claim)) for key, claim in mapping.items()}
    return {key: values[0] for key, values in found.items() if len(values) == 1 and len(values[0]) <= 256}
