"""What a target is given: the event, a constant, a part of the event, or text made from a template. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.json_paths import MISSING, follow, parse_path
from cloudchamber.services.events.errors import ValidationException

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_PLACE = re.compile(r"<([A-Za-z0-9_.\-]+)>")
_NAME = re.compile(r"[A-Za-z0-9_\-]+\Z")
_PREDEFINED = frozenset({
    "aws.events.rule-arn", "aws.events.rule-name", "aws.events.event.ingestion-time", "aws.events.event",
    "aws.events.event.json",
})  # fmt: skip


def text_at(event: Mapping[str, Any], text: str) -> str:
    """A text as it is, or what stands at the path that it is."""
    if not text.startswith("$."):
        return text
    try:
        found = follow(event, parse_path(text))
    except ValueError:
        return text
    return found if isinstance(found, str) else "" if found is MISSING else orjson.dumps(found).decode()


def check_target_input(target: Mapping[str, Any]) -> None:
    """ValidationException for what a target may not say about its input."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name) is not None]
    if len(given) > 1:
        raise ValidationException(f"Only one of Input, InputPath, or InputTransformer must be provided for target "
                                  f"{target['Id']}.")  # fmt: skip
    if target.get("Input") is not None and not _is_json(target["Input"]):
        raise ValidationException(f"JSON syntax error in input for target {target['Id']}: {target['Input']}")
    if target.get("InputPath") is not None:
        _check_path(target["InputPath"], "InputPath", target["Id"])
    transformer = target.get("InputTransformer")
    if transformer is not None:
        _check_transformer(transformer, target["Id"])


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _check_path(text: str, what: str, target_id: str) -> None:
    try:
        parse_path(text)
    except ValueError:
        raise ValidationException(f"Invalid {what} for target {target_id}.") from None


def _check_transformer(transformer: Mapping[str, Any], target_id: str) -> None:
    paths = transformer.get("InputPathsMap") or {}
    for name, path in paths.items():
        if not _NAME.match(name) or name.lower().startswith("aws"):
            raise ValidationException(f"Invalid InputTransformer for target {target_id} : [Invalid key {name}.]")
        _check_path(path, "InputPathsMap", target_id)
    used = {found.group(1) for found in _PLACE.finditer(transformer["InputTemplate"])}
    unknown = sorted(used - paths.keys() - _PREDEFINED)
    if unknown:
        raise ValidationException(
            f"InputTemplate for target {target_id} contains invalid placeholder {', '.join(unknown)}."
        )


def rendered(target: Mapping[str, Any], event: Mapping[str, Any], known: Mapping[str, str]) -> bytes:
    """What the target is given for an event. `known`: rule-arn, rule-name and ingestion-time of the predefined
    variables."""
    if target.get("Input") is not None:
        return str(target["Input"]).encode()
    if target.get("InputPath") is not None:
        found = follow(event, parse_path(target["InputPath"]))
        return b"null" if found is MISSING else orjson.dumps(found)
    transformer = target.get("InputTransformer")
    if transformer is None:
        return orjson.dumps(event)
    values: dict[str, Any] = {
        name: follow(event, parse_path(path)) for name, path in (transformer.get("InputPathsMap") or {}).items()
    }
    values |= {
        "aws.events.rule-arn": known["rule-arn"], "aws.events.rule-name": known["rule-name"],
        "aws.events.event.ingestion-time": known["ingestion-time"], "aws.events.event.json": event,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
    }  # fmt: skip
    return "".join(_filled(transformer["InputTemplate"], values)).encode()


def _filled(template: str, values: Mapping[str, Any]) -> Iterator[str]:
    """The template with its variables' values: as JSON outside of quotes, as their text within."""
    at, is_quoted = 0, False
    for place in _PLACE.finditer(template):
        if place.group(1) not in values:
            continue
        before = template[at : place.start()]
        is_quoted ^= _quotes(before) % 2 == 1
        yield before
        value = values[place.group(1)]
        if value is not MISSING:
            yield _quoted(value) if is_quoted else orjson.dumps(value).decode()
        elif not is_quoted and template[at : place.start()].rstrip().endswith(":"):
            yield '""'  # the template stays JSON
        at = place.end()
    yield template[at:]


def _quotes(text: str) -> int:
    return text.replace("\\\\", "").replace('\\"', "").count('"')


def _quoted(value: Any) -> str:
    """A value within a string: a string's own text, anything else as JSON; escaped so that the string stays one."""
    if isinstance(value, str):
        return orjson.dumps(value).decode()[1:-1]
    return orjson.dumps(orjson.dumps(value).decode()).decode()[1:-1]
