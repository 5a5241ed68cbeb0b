"""CloudFormation's properties as members of API Gateway's requests, and back: the model says what each is.

Structures spell their members with a capital there and without one here; texts stand for numbers and booleans in
templates; keys of maps are users' own and stay.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.services.apigateway.errors import BadRequest
from cloudchamber.services.apigateway.rest.coercion import coerced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.protocol.models import Shape

# Properties whose members are not just their names in lower camel case.
RENAMED = {
    "ApiKeySourceType": "apiKeySource", "UsagePlanName": "name", "AccessLogSetting": "accessLogSettings",
    "CanarySetting": "canarySettings", "DeploymentCanarySettings": "canarySettings", "CloudWatchRoleArn":
    "cloudwatchRoleArn", "APIKeyId": "id",
}  # fmt: skip


def member_of(name: str) -> str:
    return RENAMED.get(name) or name[:1].lower() + name[1:]


def members(shape: Shape, properties: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a structure that the properties have a value for. BadRequestException."""
    given = {name: value for name, value in properties.items() if name != "Tags"}
    try:
        found: dict[str, Any] = coerced(shape, given, rename=member_of)
    except ValueError as error:
        raise BadRequest(f"Invalid property value specified: {error}") from None
    return found


def properties_of(answer: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Of an answer, the properties that a template names, spelled as there."""
    members_of = {name: member_of(name) for name in wanted}
    return {name: _spelled(answer[m], wanted[name]) for name, m in members_of.items() if m in answer}


def _spelled(value: Any, like: Any) -> Any:
    if isinstance(value, dict) and isinstance(like, dict):
        names = {member_of(name): name for name in like}
        return {names.get(name, name): _spelled(one, like.get(names.get(name, name))) for name, one in value.items()}
    return value
