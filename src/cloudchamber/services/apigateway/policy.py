"""What API Gateway's operations ask IAM: `apigateway:` and the HTTP method, on the ARN that the request's path is.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudchamber.core.service import Check, Request, Rule
from cloudchamber.protocol import models

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudchamber.core.context import Context
    from cloudchamber.protocol.models import Operation

_LABEL = re.compile(r"\{(\w+)\+?\}")
_ROLES = ("credentials", "authorizerCredentials", "cloudwatchRoleArn")
OF_CALLERS = ":user/*"  # how credentials end that stand for the caller's own
_POLICED = {"CreateRestApi", "ImportRestApi", "PutRestApi", "UpdateRestApi"}


def _rule(operation: Operation, path: str) -> Rule:
    """`path` has the members of the input in braces."""
    action = f"apigateway:{operation.method}"

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        place = _LABEL.sub(lambda label: quote(str(request.get(label[1]) or "*"), safe="*$()"), path)
        place = place.removesuffix("/*") if operation.method == "POST" else place
        arn = f"arn:aws:apigateway:{ctx.region}::{place}"
        keys = _keys(operation.name, request)
        yield Check(action, arn, keys, account=ctx.account)
        if operation.name in _POLICED and _has_policy(request):
            yield Check("apigateway:UpdateRestApiPolicy", arn, keys, account=ctx.account)
        patches = {str(patch.get("path"))[1:]: patch.get("value") for patch in request.get("patchOperations") or ()}
        yield from _passed([given.get(member) for given in (request, patches) for member in _ROLES])

    return rule


def _passed(roles: Iterable[str | None]) -> Iterator[Check]:
    """Who gives API Gateway a role has to be allowed to pass it on, which nobody is with another account's."""
    for role in roles:
        if role and not role.endswith(OF_CALLERS):
            yield Check("iam:PassRole", role, {"iam:PassedToService": "apigateway.amazonaws.com"})


def _of_a_document(_ctx: Context, request: Request) -> Iterator[Check]:
    return _passed(request["Roles"])


def _keys(operation: str, request: Request) -> dict[str, Any]:
    tags = request.get("tags") or {}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("tagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    types = (request.get("endpointConfiguration") or {}).get("types")
    if types and operation == "CreateRestApi":
        keys["apigateway:Request/EndpointType"] = types
    if operation == "CreateAuthorizer":
        keys["apigateway:Request/AuthorizerType"] = request.get("type") or ""
    if operation == "PutMethod":
        keys["apigateway:Request/RouteAuthorizationType"] = request.get("authorizationType") or ""
        keys["apigateway:Request/ApiKeyRequired"] = "true" if request.get("apiKeyRequired") else "false"
    return keys


def _has_policy(request: Request) -> bool:
    patches = request.get("patchOperations") or ()
    return bool(request.get("policy")) or any(patch.get("path") == "/policy" for patch in patches)


def rules() -> dict[str, Rule]:
    """A rule for each operation of the model, from its HTTP method and path."""
    model = models.load("apigateway")
    found: dict[str, Rule] = {}
    for name in model.operation_names:
        operation = model.operation(name)
        shape = operation.input
        spelled = {} if shape is None else {m.get("locationName", n): n for n, m in shape.members.items()}
        path = operation.request_uri.partition("?")[0]
        path = _LABEL.sub(lambda label: "{" + spelled.get(label[1], label[1]) + "}", path)  # noqa: B023 - used at once
        found[name] = _rule(operation, path)
    return {**found, "pass_roles": _of_a_document}


RULES = rules()
