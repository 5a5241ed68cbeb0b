"""What becomes of an integration's answer: which integration response it is, its parameters, its body.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-integration-settings-integration-response.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.plane import media_types, parameter_mapping, patterns
from cloudchamber.services.apigateway.plane.integration_request import overridden, rendered
from cloudchamber.services.apigateway.plane.refusals import Reply, internal
from cloudchamber.services.apigateway.plane.request import gathered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.media_types import BinaryTypes

JSON = "application/json"  # what an answer is unless a mapping or a template says otherwise
# What would be of the gateway's own connection goes by another name.
_REMAPPED = frozenset({
    "authorization", "connection", "content-length", "content-md5", "date", "host", "max-forwards",
    "proxy-authenticate", "server", "trailer", "user-agent", "via", "warn", "www-authenticate",
})  # fmt: skip
_DROPPED = frozenset({"transfer-encoding", "keep-alive", "upgrade", "te", "expect"})


@dataclass(slots=True)
class Answered:
    """An integration's answer. `outcome` is what selection patterns are held against: a status, a function's error."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    outcome: str


class ResponseMapping:
    """The response side of an integration that is no proxy."""

    def __init__(self, integration: Mapping[str, Any], binary: BinaryTypes) -> None:
        self._binary = binary
        self._default: Mapping[str, Any] | None = None
        self._patterns: list[tuple[str, Mapping[str, Any]]] = []
        for status in sorted(integration.get("integrationResponses") or {}):
            response = integration["integrationResponses"][status]
            if response.get("selectionPattern"):
                self._patterns.append((response["selectionPattern"], response))
            elif self._default is None:
                self._default = response

    def _chosen(self, outcome: str) -> Mapping[str, Any]:
        """The response whose pattern fits, else the one without. Refused (500) if there is none."""
        for pattern, response in self._patterns:
            if outcome and patterns.is_match(pattern, outcome, is_dotall=True):
                return response
        if self._default is None:
            raise internal("No match for output mapping and no default output mapping configured.")
        return self._default

    def reply(self, exchange: Exchange, answered: Answered) -> Reply:
        """Refused (500)."""
        response = self._chosen(answered.outcome)
        content_type = next((v for n, v in answered.headers if n.lower() == "content-type"), JSON)
        body = self._body(exchange, answered, response, content_type)
        status, headers = int(response["statusCode"]), self._headers(exchange, answered, response)
        wanted = str((exchange.overrides.get("responseOverride") or {}).get("status", ""))
        if wanted.isdigit() and 200 <= int(wanted) <= 599:
            status = int(wanted)
        for name, values in overridden(exchange, "responseOverride", "header"):
            headers = [pair for pair in headers if pair[0].lower() != name.lower()]
            headers += [(name, value) for value in values]
        if not any(name.lower() == "content-type" for name, _ in headers):
            template = self._template(exchange, response, content_type)
            headers.insert(0, ("Content-Type", JSON if template is None else template[0]))
        return Reply(status, headers, body)

    def _template(self, exchange: Exchange, response: Mapping[str, Any], content_type: str) -> tuple[str, str] | None:
        """The template for an answer: of its own media type, else of one the client accepts, else the first."""
        templates: Mapping[str, str] = {n: t for n, t in (response.get("responseTemplates") or {}).items() if t}
        if not templates:
            return None
        accepted = [part.partition(";")[0].strip() for part in exchange.incoming.headers.get("accept", "").split(",")]
        for kind in (content_type.partition(";")[0].strip().lower(), *accepted):
            if kind in templates:
                return kind, templates[kind]
        return next(iter(templates.items()))

    def _body(self, exchange: Exchange, answered: Answered, response: Mapping[str, Any], content_type: str) -> bytes:
        handling = response.get("contentHandling")
        is_binary = self._binary.has(content_type)
        template = self._template(exchange, response, content_type)
        if template is None or (is_binary and handling != "CONVERT_TO_TEXT"):
            return media_types.converted(answered.body, handling, is_binary=is_binary)
        text = media_types.converted(answered.body, "CONVERT_TO_TEXT", is_binary=is_binary)
        made = rendered(template[1], exchange, text.decode("utf-8", "replace")).encode("utf-8", "surrogatepass")
        return media_types.from_base64(made) if handling == "CONVERT_TO_BINARY" and made else made

    def _headers(self, exchange: Exchange, answered: Answered, response: Mapping[str, Any]) -> list[tuple[str, str]]:
        given = parameter_mapping.Sources(
            exchange, {"header": gathered([(name.lower(), value) for name, value in answered.headers])}, answered.body
        )
        found: list[tuple[str, str]] = []
        for target, expression in (response.get("responseParameters") or {}).items():
            values = parameter_mapping.compiled(expression)(given)
            name = target.removeprefix("method.response.header.")
            found += [(name, value) for value in values or ()]
        return found


def proxied_headers(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Headers of a proxy integration's answer, as clients get them."""
    found = []
    for name, value in headers:
        lower = name.lower()
        if lower in _REMAPPED:
            found.append((f"x-amzn-Remapped-{name}", value))
        elif lower not in _DROPPED:
            found.append((name, value))
    return found
