"""Methods of resources and their responses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.base import Answer, ApiGatewayBase, picked, said
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, NotFound
from cloudchamber.services.apigateway.rest import mappings, patch_paths, paths

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.records import Part, RestApi

_KEPT = ("authorizerId", "operationName", "requestParameters", "requestModels", "requestValidatorId")
_AUTHORIZERS = {"CUSTOM": ("TOKEN", "REQUEST"), "COGNITO_USER_POOLS": ("COGNITO_USER_POOLS",)}
AUTHORIZATION = ("NONE", "AWS_IAM", *_AUTHORIZERS)


class Methods(ApiGatewayBase):
    def resource(self, ctx: Context, request: Request) -> Part:
        return self.part(self.api(ctx, request), records.RESOURCE, request["resourceId"])

    def method(self, resource: Part, request: Request) -> Mapping[str, Any]:
        """NotFoundException for one that is not there."""
        found: Mapping[str, Any] | None = (resource.body.get("methods") or {}).get(request["httpMethod"])
        if found is None:
            raise NotFound("Invalid Method identifier specified")
        return found

    def save_method(self, resource: Part, method: Mapping[str, Any]) -> None:
        methods = {**(resource.body.get("methods") or {}), method["httpMethod"]: method}
        self.store.parts.put(replace(resource, body={**resource.body, "methods": methods}))

    def check_method(self, api: RestApi, method: Mapping[str, Any]) -> None:
        """Whether all that a method names is there. BadRequestException."""
        kind = method.get("authorizationType")
        if kind not in AUTHORIZATION:
            raise BadRequest(f"Invalid authorization type specified. Must be one of {', '.join(AUTHORIZATION)}")
        authorizer = self.store.parts.get(api.id, records.AUTHORIZER, method.get("authorizerId") or "")
        if kind in _AUTHORIZERS and (authorizer is None or authorizer.body["type"] not in _AUTHORIZERS[kind]):
            raise BadRequest(
                "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS "
                "requires a valid authorizer."
            )
        mappings.check_method_request(method.get("requestParameters") or {})
        self.check_models(api, method.get("requestModels") or {})
        validator = method.get("requestValidatorId")
        if validator and self.store.parts.get(api.id, records.VALIDATOR, validator) is None:
            raise BadRequest("Invalid Request Validator identifier specified")

    def check_models(self, api: RestApi, named: Mapping[str, str]) -> None:
        for name in named.values():
            if self.store.parts.get(api.id, records.MODEL, name) is None:
                raise BadRequest(f"Invalid model identifier specified: {name}")

    @operation
    async def put_method(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        resource = self.part(api, records.RESOURCE, request["resourceId"])
        name = paths.check_method(request["httpMethod"])
        if name in (resource.body.get("methods") or {}):
            raise Conflict("Method already exists for this resource")
        method = {
            "httpMethod": name,
            "authorizationType": request["authorizationType"],
            "apiKeyRequired": bool(request.get("apiKeyRequired")),
            **picked(request, *_KEPT, "authorizationScopes"),
        }
        method = {member: value for member, value in method.items() if value not in ({}, "", [])}
        self.check_method(api, method)
        self.save_method(resource, method)
        return method

    @operation
    async def get_method(self, ctx: Context, request: Request) -> Answer:
        return dict(self.method(self.resource(ctx, request), request))

    @operation
    async def update_method(self, ctx: Context, request: Request) -> Answer:
        resource = self.resource(ctx, request)
        method = said(patch_paths.METHOD.apply(self.method(resource, request), request.get("patchOperations")))
        self.check_method(self.api(ctx, request), method)
        self.save_method(resource, method)
        return method

    @operation
    async def delete_method(self, ctx: Context, request: Request) -> None:
        resource = self.resource(ctx, request)
        self.method(resource, request)
        methods = {name: m for name, m in resource.body["methods"].items() if name != request["httpMethod"]}
        self.store.parts.put(replace(resource, body={**resource.body, "methods": methods}))

    # responses

    @operation
    async def put_method_response(self, ctx: Context, request: Request) -> Answer:
        resource = self.resource(ctx, request)
        method = self.method(resource, request)
        if request["statusCode"] in (method.get("methodResponses") or {}):
            raise Conflict("Response already exists for this resource")
        body = {"statusCode": check_status(request["statusCode"]), **picked(request, *_OF_RESPONSE)}
        self._save_response(ctx, request, method, body)
        return body

    def _save_response(self, ctx: Context, request: Request, method: Mapping[str, Any], body: Answer) -> None:
        mappings.check_method_response(body.get("responseParameters") or {})
        self.check_models(self.api(ctx, request), body.get("responseModels") or {})
        responses = {**(method.get("methodResponses") or {}), body["statusCode"]: body}
        self.save_method(self.resource(ctx, request), {**method, "methodResponses": responses})

    @operation
    async def get_method_response(self, ctx: Context, request: Request) -> Answer:
        return method_response(self.method(self.resource(ctx, request), request), request["statusCode"])

    @operation
    async def update_method_response(self, ctx: Context, request: Request) -> Answer:
        method = self.method(self.resource(ctx, request), request)
        body = method_response(method, request["statusCode"])
        body = patch_paths.METHOD_RESPONSE.apply(body, request.get("patchOperations"))
        self._save_response(ctx, request, method, body)
        return body

    @operation
    async def delete_method_response(self, ctx: Context, request: Request) -> None:
        resource = self.resource(ctx, request)
        method = self.method(resource, request)
        method_response(method, request["statusCode"])
        kept = {code: body for code, body in method["methodResponses"].items() if code != request["statusCode"]}
        self.save_method(resource, {**method, "methodResponses": kept})


_OF_RESPONSE = ("responseParameters", "responseModels")


def method_response(method: Mapping[str, Any], status: str) -> Answer:
    """NotFoundException for one that is not declared."""
    found = (method.get("methodResponses") or {}).get(status)
    if found is None:
        raise NotFound("Invalid Response status code specified")
    return dict(found)


def check_status(status: str) -> str:
    if len(status) != 3 or not status.isdigit() or not 100 <= int(status) <= 599:
        raise BadRequest("Invalid Response status code specified")
    return status
