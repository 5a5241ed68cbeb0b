"""Request validators: required parameters, and bodies held against the models of draft 4 of JSON Schema.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-request-validation.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.services.apigateway.plane import patterns
from cloudchamber.services.apigateway.plane.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.apigateway.plane.context_variables import Exchange

ERRORS_SHOWN_MAX = 20


class Schemas:
    """The models of an API, each compiled when a body is first held against it."""

    def __init__(self, models: Mapping[str, str]) -> None:
        self._models = models
        self._validators: dict[str, Any] = {}

    def errors(self, model: str, document: Any) -> list[str]:
        """What is wrong with a document, in AWS's words; empty if it is as the model says."""
        validator = self._validators.get(model)
        if validator is None:
            validator = self._validators[model] = self._compiled(model)
        if validator.is_valid(document):
            return []
        found = sorted(validator.iter_errors(document), key=lambda error: str(error.json_path))
        return [_worded(error) for error in found[:ERRORS_SHOWN_MAX]]

    def _compiled(self, model: str) -> Any:
        from jsonschema import Draft4Validator, validators  # noqa: PLC0415 - heavy, only where a model is used
        from referencing import Registry  # noqa: PLC0415
        from referencing.jsonschema import DRAFT4  # noqa: PLC0415

        registry: Any = Registry(retrieve=lambda uri: DRAFT4.create_resource(self._schema(uri.rpartition("/")[2])))  # type: ignore[call-arg]
        bounded = {
            "pattern": patterns.pattern, "patternProperties": patterns.pattern_properties,
            "additionalProperties": patterns.additional_properties,
        }  # fmt: skip
        return validators.extend(Draft4Validator, bounded)(self._schema(model), registry=registry)

    def _schema(self, model: str) -> Any:
        """A model's document; one that takes everything for a model there is not."""
        try:
            found = orjson.loads(self._models.get(model) or "{}")
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}


class RequestValidator:
    """What a method asks of its requests."""

    def __init__(self, method: Mapping[str, Any], validator: Mapping[str, Any], schemas: Schemas) -> None:
        self._schemas = schemas
        self._required: list[tuple[str, str]] = []
        if validator.get("validateRequestParameters"):
            for target, is_required in (method.get("requestParameters") or {}).items():
                if is_required:
                    _, _, rest = target.partition("method.request.")
                    place, _, name = rest.partition(".")
                    self._required.append((place.removeprefix("multivalue"), name))
        self._models: Mapping[str, str] = {}
        if validator.get("validateRequestBody"):
            self._models = method.get("requestModels") or {}

    @property
    def is_idle(self) -> bool:
        return not self._required and not self._models

    def check(self, exchange: Exchange) -> None:
        """Refused for a request that is not as it must be."""
        missing = [name for place, name in self._required if not _given(exchange, place, name)]
        if missing:
            text = f"Missing required request parameters: [{', '.join(missing)}]"
            raise Refused("BAD_REQUEST_PARAMETERS", text)
        model = self._models.get(exchange.incoming.content_type) or self._models.get("$default")
        if model is not None:
            self._check_body(exchange.incoming.body, model)

    def _check_body(self, body: bytes, model: str) -> None:
        try:
            errors = self._schemas.errors(model, orjson.loads(body))
        except (orjson.JSONDecodeError, RecursionError):
            errors = ["Unable to parse JSON"]
        if errors:
            refused = Refused("BAD_REQUEST_BODY", "Invalid request body")
            refused.validation_error = f"[{', '.join(errors)}]"
            raise refused


def _given(exchange: Exchange, place: str, name: str) -> bool:
    incoming = exchange.incoming
    if place == "path":
        return bool(exchange.path_parameters.get(name))
    values = incoming.query.get(name) if place == "querystring" else incoming.multi_headers.get(name.lower())
    return values is not None and any(values)


_KINDS = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}


def _worded(error: Any) -> str:
    """An error as `$context.error.validationErrorString` words it."""
    wanted, found = error.validator_value, error.instance
    if error.validator == "required":
        missing = sorted(name for name in wanted if name not in found)
        return f"object has missing required properties ({_list(missing)})"
    if error.validator == "type":
        kinds = sorted(wanted if isinstance(wanted, list) else [wanted])
        kind = "null" if found is None else _KINDS.get(type(found), "object")
        return f"instance type ({kind}) does not match any allowed primitive type (allowed: {_list(kinds)})"
    if error.validator == "enum":
        return f"instance value ({json.dumps(found)}) not found in enum (possible values: {_list(wanted)})"
    if error.validator == "additionalProperties":
        known = error.schema.get("properties") or {}
        extra = sorted(name for name in found if name not in known)
        return f"object instance has properties which are not allowed by the schema: {_list(extra)}"
    return str(error.message)


def _list(values: Any) -> str:
    return json.dumps(values, separators=(",", ":"))
