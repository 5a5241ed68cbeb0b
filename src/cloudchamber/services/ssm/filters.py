"""Filters of DescribeParameters and GetParametersByPath. Pure.

https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.ssm import names
from cloudchamber.services.ssm.errors import InvalidFilterKey, InvalidFilterOption, InvalidFilterValue
from cloudchamber.services.ssm.parameter import ADVANCED, INTELLIGENT, SECURE, STANDARD, STRING, STRING_LIST

if TYPE_CHECKING:
    from cloudchamber.services.ssm.parameter import Parameter, Version

Passes = Callable[["Parameter", "Version"], bool]

DESCRIBE_KEYS = ("Path", "Name", "Type", "KeyId", "Tier", "DataType")
BY_PATH_KEYS = ("Type", "KeyId", "Label")
_FIXED = {"Type": (STRING, STRING_LIST, SECURE), "Tier": (STANDARD, ADVANCED, INTELLIGENT)}
_READ: Mapping[str, Callable[[Parameter, Version], Sequence[str]]] = {
    "Name": lambda parameter, version: (parameter.name, parameter.path),
    "Type": lambda parameter, version: (version.type,),
    "KeyId": lambda parameter, version: (version.key_id,),
    "Tier": lambda parameter, version: (parameter.tier,),
    "DataType": lambda parameter, version: (version.data_type,),
    "Label": lambda parameter, version: version.labels,
}
_COMPARE: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda text, value: text == value,
    "BeginsWith": lambda text, value: text.startswith(value),
    "Contains": lambda text, value: value in text,
}


def parse(filters: Sequence[Mapping[str, Any]], keys: Sequence[str], *, tags: bool) -> list[Passes]:
    """What each filter lets pass. `keys` can be filtered by, and with `tags` tags as well.

    InvalidFilterKey, InvalidFilterOption, InvalidFilterValue.
    """
    seen: set[str] = set()
    found = []
    for one in filters:
        key = one["Key"]
        if key in seen:
            raise InvalidFilterKey(
                f"The following filter is duplicated in the request: {key}. A request can contain only one occurrence "
                "of a specific filter."
            )
        seen.add(key)
        if key.startswith("tag:") and tags:
            found.append(_tag(key[4:], one.get("Values") or (), _option(one, ("BeginsWith", "Equals"))))
        elif key in keys:
            found.append(_path(one) if key == "Path" else _member(key, one))
        else:
            raise InvalidFilterKey(
                f"The following filter key is not valid: {key}. Valid filter keys include: [{', '.join(keys)}]."
            )
    return found


def _option(one: Mapping[str, Any], allowed: Sequence[str]) -> str:
    option = one.get("Option") or ("OneLevel" if "OneLevel" in allowed else "Equals")
    if option not in allowed:
        raise InvalidFilterOption(
            f"The following filter option is not valid: {option}. Valid options include: [{', '.join(allowed)}]."
        )
    return str(option)


def _values(one: Mapping[str, Any]) -> Sequence[str]:
    values: Sequence[str] = one.get("Values") or ()
    if not values:
        raise InvalidFilterValue(f"The following filter values are missing : null for filter key {one['Key']}.")
    return values


def _member(key: str, one: Mapping[str, Any]) -> Passes:
    allowed = {"Name": ("BeginsWith", "Contains", "Equals"), "Label": ("Equals",)}.get(key, ("BeginsWith", "Equals"))
    option = _option(one, allowed)
    values = _values(one)
    fixed = _FIXED.get(key)
    if fixed is not None and option == "Equals" and not set(values) <= set(fixed):
        wrong = next(value for value in values if value not in fixed)
        raise InvalidFilterOption(
            f"The following filter value is not valid: {wrong}. Valid values include: [{', '.join(fixed)}]."
        )
    read, compare = _READ[key], _COMPARE[option]
    return lambda parameter, version: any(compare(text, value) for text in read(parameter, version) for value in values)


def _path(one: Mapping[str, Any]) -> Passes:
    option = _option(one, ("Recursive", "OneLevel"))
    paths = [names.check_path(value) for value in _values(one)]
    if any(path.lower().startswith("/aws") for path in paths):
        raise ValidationError(
            'Filters for common parameters can\'t be prefixed with "aws" or "ssm" (case-insensitive).'
        )
    if option == "Recursive":
        begins = tuple(f"{path}/" for path in paths)
        return lambda parameter, version: parameter.path.startswith(begins)
    parents = {path or "/" for path in paths}
    return lambda parameter, version: parameter.parent in parents


def _tag(name: str, values: Sequence[str], option: str) -> Passes:
    """Without values, that the tag is there."""
    compare = _COMPARE[option]

    def passes(parameter: Parameter, version: Version) -> bool:
        text = parameter.tags.get(name)
        return text is not None and (not values or any(compare(text, value) for value in values))

    return passes


def legacy(filters: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Filters of the deprecated kind, in which names and keys match by their beginning."""
    return [
        {"Key": one["Key"], "Values": one["Values"], "Option": "Equals" if one["Key"] == "Type" else "BeginsWith"}
        for one in filters
    ]
