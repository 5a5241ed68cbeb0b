"""A pool's schema: the standard attributes of OpenID Connect and custom ones, and what values they take.

https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.services.cognito_idp import limits
from cloudchamber.services.cognito_idp.errors import InvalidParameter, NotAuthorized

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from cloudchamber.services.cognito_idp.records import Client, Pool

Schema = dict[str, Any]

_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+\Z")
_PHONE: Final = re.compile(r"\+[0-9]{1,15}\Z", re.ASCII)
VERIFIED: Final = ("email", "phone_number")
_FLAGS: Final = ("email_verified", "phone_number_verified")
_STRINGS: Final = (
    "profile", "address", "birthdate", "gender", "preferred_username", "website", "family_name", "email", "given_name",
    "locale", "middle_name", "name", "nickname", "phone_number", "picture", "zoneinfo",
)  # fmt: skip


def _string(name: str, low: str = "0", high: str = "2048") -> Schema:
    return {
        "Name": name, "AttributeDataType": "String", "DeveloperOnlyAttribute": False, "Mutable": True,
        "Required": False, "StringAttributeConstraints": {"MinLength": low, "MaxLength": high},
    }  # fmt: skip


def _standard() -> dict[str, Schema]:
    flag = {"AttributeDataType": "Boolean", "DeveloperOnlyAttribute": False, "Mutable": True, "Required": False}
    number = {**flag, "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "0"}}
    found: dict[str, Schema] = {name: _string(name) for name in _STRINGS}
    found |= {name: {"Name": name, **flag} for name in _FLAGS}
    found["birthdate"] = _string("birthdate", "10", "10")
    found["updated_at"] = {"Name": "updated_at", **number}
    found["sub"] = {**_string("sub", "1"), "Mutable": False, "Required": True}
    return found


STANDARD: Final = _standard()


def custom(definition: Mapping[str, Any]) -> Schema:
    """A custom attribute as a pool keeps it. InvalidParameter."""
    name, kind = definition.get("Name"), definition.get("AttributeDataType", "String")
    if not name:
        raise InvalidParameter("Schema attributes must have a name.")
    if definition.get("Required"):
        raise InvalidParameter("Required custom attributes are not supported currently.")
    if len(name) > limits.CUSTOM_NAME_CHARS_MAX:
        raise InvalidParameter(
            f"1 validation error detected: Value '{name}' at 'schema.1.member.name' failed to satisfy constraint: "
            f"Member must have length less than or equal to {limits.CUSTOM_NAME_CHARS_MAX}"
        )
    is_developers = bool(definition.get("DeveloperOnlyAttribute"))
    made: Schema = {
        "Name": f"{'dev' if is_developers else 'custom'}:{name}", "AttributeDataType": kind,
        "DeveloperOnlyAttribute": is_developers, "Mutable": bool(definition.get("Mutable")), "Required": False,
    }  # fmt: skip
    if kind == "String":
        made["StringAttributeConstraints"] = dict(definition.get("StringAttributeConstraints") or {})
    elif kind == "Number":
        made["NumberAttributeConstraints"] = dict(definition.get("NumberAttributeConstraints") or {})
    return made


def schema(definitions: Iterable[Mapping[str, Any]]) -> tuple[Schema, ...]:
    """The schema of a new pool: the standard attributes as changed, and the custom ones. InvalidParameter."""
    found = {name: dict(attribute) for name, attribute in STANDARD.items()}
    for definition in definitions:
        name = definition.get("Name")
        if name in STANDARD:
            found[name] = _changed(found[name], definition)
        else:
            made = custom(definition)
            found[made["Name"]] = made
    if len(found) - len(STANDARD) > limits.CUSTOM_ATTRIBUTES_MAX:
        raise InvalidParameter("Maximum number of custom attributes exceeded.")
    return tuple(found.values())


def _changed(standard: Schema, definition: Mapping[str, Any]) -> Schema:
    kind = definition.get("AttributeDataType")
    if kind is not None and kind != standard["AttributeDataType"]:
        raise InvalidParameter(f"You can not change AttributeDataType or set developerOnlyAttribute for standard "
                               f"schema attribute {standard['Name']}")  # fmt: skip
    made = dict(standard)
    for member in ("Mutable", "Required"):
        if member in definition:
            made[member] = bool(definition[member])
    if definition.get("StringAttributeConstraints"):
        made["StringAttributeConstraints"] = {
            **made.get("StringAttributeConstraints", {}), **definition["StringAttributeConstraints"]
        }  # fmt: skip
    return made


def as_dict(listed: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """`[{"Name": …, "Value": …}]` as name and value."""
    return {one["Name"]: one.get("Value", "") for one in listed or ()}


def as_list(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def is_email(text: str) -> bool:
    return _EMAIL.match(text) is not None


def is_phone(text: str) -> bool:
    return _PHONE.match(text) is not None


def check(pool: Pool, given: Mapping[str, str]) -> None:
    """Values against the schema. InvalidParameter with all that is wrong."""
    by_name = {attribute["Name"]: attribute for attribute in pool.schema}
    for name, value in given.items():
        attribute = by_name.get(name)
        if name == "identities":
            continue
        if attribute is None:
            raise InvalidParameter(
                f"Attributes did not conform to the schema: Type for attribute {{{name}}} could not be determined"
            )
        fault = _fault(attribute, value)
        if value and fault is not None:
            raise InvalidParameter(f"Attributes did not conform to the schema: {name}: {fault}\n")
    if given.get("email") and not is_email(given["email"]):
        raise InvalidParameter("Invalid email address format.")
    if given.get("phone_number") and not is_phone(given["phone_number"]):
        raise InvalidParameter("Invalid phone number format.")


def _fault(attribute: Schema, value: str) -> str | None:
    if attribute["AttributeDataType"] == "Number":
        bounds = attribute.get("NumberAttributeConstraints") or {}
        try:
            number = int(value)
        except ValueError:
            return "Attribute value must be a number."
        if bounds.get("MinValue") and number < int(bounds["MinValue"]):
            return f"Attribute value must be more than or equal to {bounds['MinValue']}"
        if bounds.get("MaxValue") and number > int(bounds["MaxValue"]):
            return f"Attribute value must be less than or equal to {bounds['MaxValue']}"
        return None
    if attribute["AttributeDataType"] == "Boolean":
        return None if value.lower() in ("true", "false") else "Attribute value must be true or false."
    bounds = attribute.get("StringAttributeConstraints") or {}
    if bounds.get("MinLength") and len(value) < int(bounds["MinLength"]):
        return "Invalid length."
    if bounds.get("MaxLength") and len(value) > int(bounds["MaxLength"]):
        return "Invalid length."
    return None


def check_required(pool: Pool, given: Mapping[str, str]) -> None:
    """InvalidParameter that names the required attributes that lack."""
    lacking = [
        f"{attribute['Name']}: The attribute is required\n"
        for attribute in pool.schema
        if attribute["Required"] and attribute["Name"] != "sub" and not given.get(attribute["Name"])
    ]
    if lacking:
        raise InvalidParameter("Attributes did not conform to the schema: " + "".join(sorted(lacking)))


def check_mutable(pool: Pool, given: Iterable[str], present: Mapping[str, str]) -> None:
    """InvalidParameter for a change of what cannot be changed once it was given."""
    fixed = {attribute["Name"] for attribute in pool.schema if not attribute["Mutable"]}
    for name in given:
        if name in fixed and (name == "sub" or present.get(name)):
            raise InvalidParameter(f"user.{name}: Attribute cannot be updated.")


def check_writable(client: Client, given: Iterable[str]) -> None:
    """NotAuthorized for what the client must not write; verification flags are nobody's to write."""
    allowed = client.settings.get("WriteAttributes")
    for name in given:
        if name in (*_FLAGS, "sub", "identities") or (name.startswith("dev:")) or (allowed and name not in allowed):
            raise NotAuthorized("A client attempted to write unauthorized attribute")


def readable(client: Client, present: Mapping[str, str]) -> dict[str, str]:
    """Of a user's attributes those that a client may read: all but developers' own, unless it has a list."""
    allowed: Sequence[str] = client.settings.get("ReadAttributes") or ()
    return {
        name: value for name, value in present.items()
        if name in ("sub", "identities") or name in allowed or (not allowed and not name.startswith("dev:"))
    }  # fmt: skip
