"""The request an integration is sent: parameters mapped, the body made by a template or passed through.

https://docs.aws.amazon.com/apigateway/latest/developerguide/integration-passthrough-behaviors.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core import velocity
from cloudchamber.services.apigateway.plane import json_path, mapping_variables, media_types, parameter_mapping
from cloudchamber.services.apigateway.plane.refusals import Refused, internal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.media_types import BinaryTypes

_STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.(\w+)\}|\$\{stageVariables\['(\w+)'\]\}")
_PLACEHOLDER = re.compile(r"\{([^{}/+]+)\+?\}")


@dataclass(slots=True)
class Prepared:
    """Parameters for the integration: of the path by name, of the query and headers with all their values."""

    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: dict[str, list[str]] = field(default_factory=dict)  # as spelled in the mapping
    body: bytes = b""


def sources(exchange: Exchange, body: bytes) -> parameter_mapping.Sources:
    """What mappings of the method request take from."""
    incoming = exchange.incoming
    places = {
        "path": {name: [value] for name, value in exchange.path_parameters.items()}, "querystring": incoming.query,
        "header": incoming.multi_headers,
    }  # fmt: skip
    return parameter_mapping.Sources(exchange, places, body)


class RequestMapping:
    """The request side of an integration."""

    def __init__(self, integration: Mapping[str, Any], binary: BinaryTypes) -> None:
        self._templates: Mapping[str, str] = integration.get("requestTemplates") or {}
        self._passthrough = integration.get("passthroughBehavior") or "WHEN_NO_MATCH"
        self._handling = integration.get("contentHandling")
        self._binary = binary
        self._mappings: list[tuple[str, str, parameter_mapping.Value]] = []
        for target, expression in (integration.get("requestParameters") or {}).items():
            place, _, name = target.removeprefix("integration.request.").partition(".")
            self._mappings.append((place, name, parameter_mapping.compiled(expression)))

    def is_binary(self, exchange: Exchange) -> bool:
        return self._binary.has(exchange.incoming.headers.get("content-type"))

    def parameters(self, exchange: Exchange, body: bytes) -> Prepared:
        """The mapped parameters; no body."""
        made = Prepared()
        given = sources(exchange, body) if self._mappings else None
        for place, name, value in self._mappings:
            assert given is not None
            found = value(given)
            if found is None:
                continue
            if place == "path":
                made.path[name] = found[-1]
            else:
                (made.query if place == "querystring" else made.headers)[name] = found
        return made

    def prepared(self, exchange: Exchange) -> Prepared:
        """All of it, for integrations that are no proxies. Refused (415, or 500 for a template that fails)."""
        incoming = exchange.incoming
        body = media_types.inflated(incoming)
        is_binary = self.is_binary(exchange)
        made = self.parameters(exchange, body)
        template = self._chosen(incoming.content_type)
        if template is None or (is_binary and self._handling != "CONVERT_TO_TEXT"):
            made.body = media_types.converted(body, self._handling, is_binary=is_binary)
            return made
        text = media_types.converted(body, self._handling, is_binary=is_binary).decode("utf-8", "replace")
        made.body = rendered(template, exchange, text).encode("utf-8", "surrogatepass")
        made.path |= {name: values[-1] for name, values in overridden(exchange, "requestOverride", "path")}
        made.query |= dict(overridden(exchange, "requestOverride", "querystring"))
        for name, value in overridden(exchange, "requestOverride", "header"):
            made.headers = {key: kept for key, kept in made.headers.items() if key.lower() != name.lower()}
            made.headers[name] = value
        return made

    def _chosen(self, content_type: str) -> str | None:
        """The template for a media type; None if the body passes through. Refused (415)."""
        template = self._templates.get(content_type)
        if template is None and content_type not in self._templates:
            template = self._templates.get("$default")
            refuses = self._passthrough == "NEVER" or (self._passthrough == "WHEN_NO_TEMPLATES" and self._templates)
            if template is None and refuses:
                raise Refused("UNSUPPORTED_MEDIA_TYPE", "Unsupported Media Type")
        return template


def overridden(exchange: Exchange, which: str, part: str) -> list[tuple[str, list[str]]]:
    """What templates have set in `$context.requestOverride.header` and the like: names and values."""
    found = (exchange.overrides.get(which) or {}).get(part)
    if not isinstance(found, dict):
        return []
    return [
        (str(name), [velocity.to_text(item) for item in (value if isinstance(value, list) else [value])] or [""])
        for name, value in found.items()
    ]


def rendered(template: str, exchange: Exchange, body: str) -> str:
    """What a mapping template makes of a body. Refused (500) if it fails."""
    try:
        made = mapping_variables.rendered(
            mapping_variables.template(template), exchange, body, mapping_variables.parameters_of(exchange)
        )
    except velocity.TemplateError as error:
        raise internal(f"Unable to transform: {error}") from None
    except json_path.BadPath as error:
        raise internal(f"Unable to transform: invalid JSON path: {error}") from None
    exchange.note(f"Body after transformations: {made[:1024]}", is_data=True)
    return made


def with_stage_variables(text: str, variables: Mapping[str, str]) -> str:
    """`${stageVariables.name}` in its place; nothing for one that is not set."""
    if "${" not in text:
        return text
    return _STAGE_VARIABLE.sub(lambda match: variables.get(match[1] or match[2], ""), text)


def with_path(uri: str, values: Mapping[str, str]) -> str:
    """`{name}` of a URI with its value, which is put in as it is: greedy values have slashes."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), uri) if "{" in uri else uri
