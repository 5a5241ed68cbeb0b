"""Resource policies of APIs: what is refused of them, how AWS writes them down and shows them."""

from __future__ import annotations

import json
from typing import Any

from cloudchamber.identity.document import MalformedPolicy, parse_json
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.apigateway import limits
from cloudchamber.services.apigateway.errors import BadRequest

INVALID = "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."


def stored(text: str, account: str, region: str, api_id: str) -> str:
    """A policy with its short resources (`execute-api:/*`) written in full. BadRequestException."""
    if len(text) > limits.POLICY_CHARS_MAX:
        raise BadRequest(f"Policy size exceeds the limit of {limits.POLICY_CHARS_MAX} characters")
    try:
        document = parse_json(text)
        statements = document.get("Statement") if isinstance(document, dict) else None
        for statement in statements if isinstance(statements, list) else [statements]:
            for member in ("Resource", "NotResource"):
                if isinstance(statement, dict) and member in statement:
                    place = f"arn:aws:execute-api:{region}:{account}:{api_id}"
                    statement[member] = _expanded(statement[member], place)
        full = json.dumps(document, separators=(",", ":"))
        validate_resource_policy(full)
    except MalformedPolicy:
        raise BadRequest(INVALID) from None
    return full


def _expanded(resource: Any, place: str) -> Any:
    if isinstance(resource, list):
        return [_expanded(one, place) for one in resource]
    if isinstance(resource, str) and resource.startswith("execute-api:"):
        return f"{place}/{resource.removeprefix('execute-api:').lstrip('/')}"
    return resource


def shown(text: str) -> str:
    """As AWS's answers have it: a JSON text once more escaped, slashes too."""
    return json.dumps(text)[1:-1].replace("/", "\\/")
