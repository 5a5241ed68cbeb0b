"""Integrations that call a service of AWS directly: parameters taken from the request, the call made as the
integration's role, the answer given as the service writes it.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.protocol import models
from cloudchamber.protocol.compile import Codec, compile_codec
from cloudchamber.protocol.errors import ErrorSerializer
from cloudchamber.services.apigateway.plane.http_call import Answered
from cloudchamber.services.apigateway.v2.integration_checks import SUBTYPES
from cloudchamber.services.apigateway.v2.values import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.identity.principals import Principal
    from cloudchamber.protocol.models import Shape
    from cloudchamber.services.apigateway.v2.values import Scope

# botocore's name -> the protocol in which the service answers.
_PROTOCOLS = {"sqs": "query"}


class BadParameter(Exception):
    """A parameter that is missing from the request, or is not of its type."""


async def call_service(ctx: Context, subtype: str, parameters: Mapping[str, Any], principal: Principal) -> Answered:
    """The service's answer or its error, as it would go over the wire."""
    operation = SUBTYPES[subtype].operation
    service, _, name = operation.partition(":")
    region = parameters.get("Region")
    request = {key: value for key, value in parameters.items() if key != "Region"}
    try:
        codec, errors = _codec(service, name)
        output = await ctx.call(operation, principal=principal, region=region, **request)
        response = codec.serialize(output, ctx.request_id)
    except NotImplementedByUs as error:
        return Answered(501, [("content-type", "application/json")], orjson.dumps({"message": error.message}))
    except AwsError as error:
        response = errors(error, ctx.request_id)
    body = response.body if isinstance(response.body, bytes) else b""
    headers = [(key.lower(), value) for key, value in response.headers if key.lower() != "content-length"]
    return Answered(response.status, [*headers, ("x-amzn-requestid", ctx.request_id)], body)


@lru_cache(maxsize=32)
def _codec(service: str, name: str) -> tuple[Codec, ErrorSerializer]:
    model = models.load(service)
    protocol = _PROTOCOLS.get(service) or model.protocols[0]
    return compile_codec(model.operation(name), protocol), ErrorSerializer(model, protocol)


def parameters_of(subtype: str, mappings: Mapping[str, str], scope: Scope) -> dict[str, Any]:
    """The operation's input. BadParameter for what is missing or of the wrong type."""
    found = SUBTYPES[subtype]
    service, _, name = found.operation.partition(":")
    values = {key: compiled(text)(scope) for key, text in mappings.items()}
    for key in found.required:
        if not values.get(key):
            raise BadParameter(f"{key} is missing")
    given = {key: value for key, value in values.items() if value is not None}
    region = given.pop("Region", None)
    shape = models.load(service).operation(name).input
    assert shape is not None
    if service == "events":
        entry = _typed(shape.members["Entries"].member, given)
        return {"Entries": [entry], **({"Region": region} if region else {})}
    if service == "stepfunctions":
        given = {key[:1].lower() + key[1:]: value for key, value in given.items()}
    return {**_typed(shape, given), **({"Region": region} if region else {})}


def _typed(shape: Shape, given: Mapping[str, str]) -> dict[str, Any]:
    return {key: _value(shape.members[key], key, value) for key, value in given.items() if key in shape.members}


def _value(shape: Shape, key: str, text: str) -> Any:
    try:
        if shape.type in ("integer", "long"):
            return int(text)
        if shape.type == "timestamp":
            return float(text)
        if shape.type == "blob":
            return base64.b64decode(text, validate=True)
        if shape.type in ("list", "map", "structure"):
            value = orjson.loads(text)
            return value if isinstance(value, dict if shape.type != "list" else list) else [text]
    except (ValueError, binascii.Error):
        if shape.type == "list":
            return [part.strip() for part in text.strip("[]").split(",")]
        raise BadParameter(f"{key} is not valid") from None
    return text
