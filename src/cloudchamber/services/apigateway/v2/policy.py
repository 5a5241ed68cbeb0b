"""What API Gateway V2 asks IAM: the HTTP verb as the action, the path as the resource; and who may call an API.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigateway.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudchamber.core.service import Check, Request, Rule
from cloudchamber.protocol import models

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.core.context import Context

_LABEL = re.compile(r"\{([\w-]+)\+?\}")
_KEYS = {
    "Name": "ApiName", "AuthorizationType": "RouteAuthorizationType", "AuthorizerType": "AuthorizerType",
    "AuthorizerUri": "AuthorizerUri",
}  # fmt: skip
_LOGS = {"DestinationArn": "AccessLoggingDestination", "Format": "AccessLoggingFormat"}
_ROLES = ("CredentialsArn", "AuthorizerCredentialsArn")
OF_CALLER = "arn:aws:iam::*:user/*"  # credentials that stand for the caller's own


def _rule(method: str, path: str) -> Rule:
    """`path` has the members of the input in braces."""
    action = f"apigateway:{method}"

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        place = _LABEL.sub(lambda label: quote(str(request.get(label[1]) or "*"), safe="*$:"), path)
        yield Check(action, f"arn:aws:apigateway:{ctx.region}::{place}", _keys(request), account=ctx.account)
        for member in _ROLES:
            role = request.get(member)
            if role and role != OF_CALLER:
                yield Check("iam:PassRole", role, {"iam:PassedToService": "apigateway.amazonaws.com"})

    return rule


def _keys(request: Request) -> dict[str, Any]:
    keys: dict[str, Any] = {
        f"apigateway:Request/{key}": str(request[member]) for member, key in _KEYS.items() if request.get(member)
    }
    logs = request.get("AccessLogSettings") or {}
    keys |= {f"apigateway:Request/{key}": logs[member] for member, key in _LOGS.items() if logs.get(member)}
    tags = request.get("Tags") or {}
    keys |= {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    return keys | ({"aws:TagKeys": names} if names else {})


def _invokes(ctx: Context, request: Request) -> tuple[Check]:
    return (Check("execute-api:Invoke", request["Arn"]),)


def rules() -> dict[str, Rule]:
    """A rule for each operation of the model, from its HTTP method and path."""
    model = models.load("apigatewayv2")
    found: dict[str, Rule] = {}
    for name in model.operation_names:
        operation = model.operation(name)
        members = operation.input.members.items() if operation.input is not None else ()
        spelled = {shape.get("locationName", member): member for member, shape in members}
        path = operation.request_uri.partition("?")[0].removeprefix("/v2")
        path = _LABEL.sub(lambda label: "{" + spelled.get(label[1], label[1]) + "}", path)  # noqa: B023 - used at once
        found[name] = _rule(operation.method, path)
    return {**found, "authorize_call": _invokes}


RULES = rules()
