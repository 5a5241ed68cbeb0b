"""Input templates: text with `<$.path>` and `<aws.pipes.…>` in it, filled in from an event. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
In a template that is a JSON object or array a value outside of quotes becomes JSON. Within quotes it becomes text: an
object loses its own quotes there, as AWS documents it. In any other template a string is put in as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.json_paths import MISSING, follow, parse_path
from cloudchamber.services.pipes.errors import ValidationException
from cloudchamber.services.pipes.events import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.services.pipes.events import Event

_PLACE = re.compile(r"<\s*(\$[^<>]*?|aws\.pipes\.[A-Za-z.\-]+)\s*>")
_VARIABLES = frozenset({
    "aws.pipes.pipe-arn", "aws.pipes.pipe-name", "aws.pipes.source-arn", "aws.pipes.enrichment-arn",
    "aws.pipes.target-arn", "aws.pipes.event.ingestion-time", "aws.pipes.event", "aws.pipes.event.json",
})  # fmt: skip


def check(template: str) -> None:
    """ValidationException for a template with a variable or path that is none."""
    for place in _PLACE.finditer(template):
        name = place.group(1)
        if name.startswith("aws."):
            if name not in _VARIABLES:
                raise ValidationException(f"InputTemplate contains an unknown reserved variable: <{name}>")
            continue
        try:
            parse_path(name)
        except ValueError:
            raise ValidationException(f"InputTemplate contains an invalid JSON path: <{name}>") from None


def rendered(template: str, event: Event, known: Mapping[str, str]) -> str:
    """The template filled in. `known`: the reserved variables but for the event itself."""
    return "".join(_filled(template, event, known))


def _filled(template: str, event: Event, known: Mapping[str, str]) -> Iterator[str]:
    is_json, is_quoted, at = template.lstrip()[:1] in ("{", "["), False, 0
    for place in _PLACE.finditer(template):
        before = template[at : place.start()]
        is_quoted ^= _quotes(before) % 2 == 1
        yield before
        value = _value(place.group(1), event, known)
        if is_quoted:
            yield _quoted(value)
        elif is_json:
            yield '""' if value is MISSING else orjson.dumps(value).decode()
        else:
            yield "" if value is MISSING else text_of(value)
        at = place.end()
    yield template[at:]


def _value(name: str, event: Event, known: Mapping[str, str]) -> Any:
    if name == "aws.pipes.event":
        return event.raw
    if name == "aws.pipes.event.json":
        return MISSING if isinstance(event.view, str) else event.view
    if name.startswith("$"):
        return follow(event.view, parse_path(name))
    return known.get(name, MISSING)


def _quotes(text: str) -> int:
    return text.replace("\\\\", "").replace('\\"', "").count('"')


def _quoted(value: Any) -> str:
    """A value within a string, which stays one: a string's text escaped, anything else without its quotes."""
    if value is MISSING:
        return ""
    if isinstance(value, str):
        return orjson.dumps(value).decode()[1:-1]
    return orjson.dumps(value).decode().replace('"', "")
