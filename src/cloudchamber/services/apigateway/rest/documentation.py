"""Documentation parts: what their locations may say, and what of an API there is to document. Pure.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-documenting-api-content-representation.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.errors import BadRequest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Location = dict[str, str]
_METHOD, _RESPONSE = ("path", "method"), ("path", "method", "statusCode")
# type -> what a location of it says beside
MEMBERS: Mapping[str, tuple[str, ...]] = {
    "API": (),
    "AUTHORIZER": ("name",),
    "MODEL": ("name",),
    "RESOURCE": ("path",),
    "METHOD": _METHOD,
    "PATH_PARAMETER": (*_METHOD, "name"),
    "QUERY_PARAMETER": (*_METHOD, "name"),
    "REQUEST_HEADER": (*_METHOD, "name"),
    "REQUEST_BODY": _METHOD,
    "RESPONSE": _RESPONSE,
    "RESPONSE_HEADER": (*_RESPONSE, "name"),
    "RESPONSE_BODY": _RESPONSE,
}
_DEFAULTS = {"path": "/", "method": "*", "statusCode": "*"}
_PARAMETERS = {"path": "PATH_PARAMETER", "querystring": "QUERY_PARAMETER", "header": "REQUEST_HEADER"}


def checked(location: Mapping[str, str]) -> Location:
    """A location with what AWS fills in; BadRequestException."""
    kind = location.get("type") or ""
    if kind not in MEMBERS:
        raise BadRequest(f"Invalid documentation part type specified. Must be one of: {', '.join(MEMBERS)}")
    found = {"type": kind}
    for member, value in location.items():
        if member != "type" and value is not None and member not in MEMBERS[kind]:
            raise BadRequest(f"Invalid location: {member} is not allowed for type {kind}")
    for member in MEMBERS[kind]:
        found[member] = location.get(member) or _DEFAULTS.get(member) or ""
        if not found[member]:
            raise BadRequest(f"Invalid location: {member} is required for type {kind}")
    return found


def check_properties(text: str) -> str:
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BadRequest("Invalid documentation properties specified. Must be a JSON object")
    return text


def entities(draft: Mapping[str, Any]) -> Iterator[Location]:
    """Everything of an API that can be documented."""
    yield {"type": "API"}
    for authorizer in draft["authorizers"]:
        yield {"type": "AUTHORIZER", "name": authorizer["name"]}
    for name in draft["models"]:
        yield {"type": "MODEL", "name": name}
    for resource in draft["resources"]:
        yield {"type": "RESOURCE", "path": resource["path"]}
        for name, method in (resource.get("methods") or {}).items():
            place = {"path": resource["path"], "method": name}
            yield {"type": "METHOD", **place}
            for parameter in method.get("requestParameters") or {}:
                _, _, where, own = parameter.split(".", 3)
                yield {"type": _PARAMETERS[where], **place, "name": own}
            if method.get("requestModels"):
                yield {"type": "REQUEST_BODY", **place}
            for status, response in (method.get("methodResponses") or {}).items():
                yield {"type": "RESPONSE", **place, "statusCode": status}
                for header in response.get("responseParameters") or {}:
                    yield {"type": "RESPONSE_HEADER", **place, "statusCode": status, "name": header.split(".", 3)[3]}
                if response.get("responseModels"):
                    yield {"type": "RESPONSE_BODY", **place, "statusCode": status}
