"""OpenAPI documents made into APIs: ImportRestApi, PutRestApi."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.apigateway import limits, records
from cloudchamber.services.apigateway.apis import Apis, checked_api, shown_api
from cloudchamber.services.apigateway.authorizers import checked_authorizer
from cloudchamber.services.apigateway.base import Answer, new_id
from cloudchamber.services.apigateway.documentation import Documentation
from cloudchamber.services.apigateway.errors import BadRequest, Conflict, LimitExceeded
from cloudchamber.services.apigateway.integrations import Integrations
from cloudchamber.services.apigateway.records import Part, RestApi
from cloudchamber.services.apigateway.resources_tree import root
from cloudchamber.services.apigateway.rest import integrations, mappings, openapi_operations, openapi_text, paths
from cloudchamber.services.apigateway.rest.coercion import coerced, shape_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.rest.openapi_read import Imported


class Importing(Apis, Integrations, Documentation):
    @operation
    async def import_rest_api(self, ctx: Context, request: Request) -> Answer:
        document = await openapi_text.read(request["body"])
        api_id = new_id(10)
        found = self._read(document, api_id, request)
        await ctx.call("apigateway:pass_roles", Roles=_roles(found))
        parameters = request.get("parameters") or {}
        settings: Answer = {"name": "", **found.api}
        if parameters.get("endpointConfigurationTypes"):
            settings["endpointConfiguration"] = {"types": parameters["endpointConfigurationTypes"].split(",")}
        api = self.with_policy(RestApi(api_id, ctx.account, ctx.region, ctx.now(), new_id(10), checked_api(settings)))
        with self.platform.store.transaction():
            self.store.apis.put(api)
            self.store.parts.put(root(api))
            self._keep(ctx, api, found)
        return {**shown_api(api), **({"warnings": found.warnings} if found.warnings else {})}

    @operation
    async def put_rest_api(self, ctx: Context, request: Request) -> Answer:
        mode = request.get("mode") or "overwrite"
        if mode not in ("merge", "overwrite"):
            raise BadRequest("Invalid mode specified. Must be one of: merge, overwrite")
        document = await openapi_text.read(request["body"])
        api = self.api(ctx, request)
        found = self._read(document, api.id, request)
        await ctx.call("apigateway:pass_roles", Roles=_roles(found))
        changed = self.with_policy(replace(api, body=checked_api({**api.body, **found.api})))
        with self.platform.store.transaction():
            self.store.apis.put(changed)
            before = {part.body.get("path"): part for part in self.store.of(api.id, records.RESOURCE)}
            named = {(part.kind, part.body.get("name")): part.id for part in self.store.parts.where(api_id=api.id)}
            if mode == "overwrite":
                self._empty(changed)
            self._keep(ctx, changed, found, _Known({p: part.id for p, part in before.items() if p}, named))
        return {**shown_api(changed), **({"warnings": found.warnings} if found.warnings else {})}

    @private_operation
    async def pass_roles(self, ctx: Context, request: Request) -> Answer:
        """Nothing but the question to IAM whether who calls may hand API Gateway the roles `Roles`, of a document."""
        return {}

    @staticmethod
    def _read(document: Mapping[str, Any], api_id: str, request: Request) -> Imported:
        found = openapi_operations.read(document, api_id, request.get("parameters") or {})
        found.api = _tried("settings of the API", coerced, shape_of("CreateRestApi"), found.api)
        if found.warnings and request.get("failOnWarnings"):
            raise BadRequest("Warnings found during import:\n\t" + "\n\t".join(found.warnings))
        return found

    def _empty(self, api: RestApi) -> None:
        """Take away what a document says anew. Inside a transaction."""
        for part in self.store.parts.where(api_id=api.id):
            if part.kind != records.DOCUMENTATION_VERSION:
                self.store.parts.delete(part.api_id, part.kind, part.id)
        self.store.parts.put(root(api))

    def _keep(self, ctx: Context, api: RestApi, found: Imported, known: _Known | None = None) -> None:
        """Write what was read into an API, over what has the same name there. Inside a transaction."""
        known = known or _Known({}, {})
        for name, body in found.models.items():
            self.store.parts.put(Part(api.id, records.MODEL, name, {"id": new_id(), **body}))
        for kind, body in found.gateway_responses.items():
            self.store.parts.put(Part(api.id, records.RESPONSE, kind, body))
        authorizers, validators = {}, {}
        for name, body in found.authorizers.items():
            authorizers[name] = known.id_of(records.AUTHORIZER, name)
            body = _tried(f"authorizer '{name}'", coerced, shape_of("CreateAuthorizer"), body)
            checked = _tried(f"authorizer '{name}'", checked_authorizer, body)
            self.store.parts.put(Part(api.id, records.AUTHORIZER, authorizers[name], checked))
        for name, body in found.validators.items():
            validators[name] = known.id_of(records.VALIDATOR, name)
            self.store.parts.put(Part(api.id, records.VALIDATOR, validators[name], body))
        named = {"authorizer": authorizers, "validator": validators}
        errors = self._keep_resources(_Tree(self, api, known.resources), found, named)
        if errors:
            raise BadRequest("Errors found during import:\n\t" + "\n\t".join(errors))
        self._keep_documentation(ctx, api, found)

    def _keep_resources(self, tree: _Tree, found: Imported, named: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Every resource with its methods; what is wrong with them, all of it."""
        errors = []
        for path, methods in found.resources.items():
            try:
                resource = tree.at(path)
            except (BadRequest, Conflict) as error:
                errors.append(f"Unable to create resource at path '{path}': {error}")
                continue
            for name, given in methods.items():
                try:
                    method = coerced(shape_of("GetMethod", output=True), _named(given, named))
                    resource = self._put_method(tree.api, resource, method)
                except _BadIntegration as error:
                    errors.append(f"Unable to put integration on '{name}' for resource at path '{path}': {error}")
                except (BadRequest, ValueError) as error:
                    errors.append(f"Unable to put method '{name}' on resource at path '{path}': {error}")
            tree.parts[path] = self.store.parts.put(resource)
        return errors

    def _put_method(self, api: RestApi, resource: Part, method: Answer) -> Part:
        """A resource with one more method, all of it checked as if it had been put one by one."""
        self.check_method(api, method)
        for response in (method.get("methodResponses") or {}).values():
            mappings.check_method_response(response.get("responseParameters") or {})
        integration = method.get("methodIntegration")
        if integration is not None:
            try:
                integrations.check(integration, method)
                for status, response in (integration.get("integrationResponses") or {}).items():
                    declared = (method.get("methodResponses") or {}).get(status)
                    integrations.check_response(response, declared or {})
            except BadRequest as error:
                raise _BadIntegration(error.message) from None
            method["methodIntegration"] = integrations.filled(integration, resource.id)
        methods = {**(resource.body.get("methods") or {}), method["httpMethod"]: method}
        return replace(resource, body={**resource.body, "methods": methods})

    def _keep_documentation(self, ctx: Context, api: RestApi, found: Imported) -> None:
        if found.documentation:
            self.put_documentation(api, found.documentation, overwrite=False)
        version = found.documentation_version
        if version and self.store.parts.get(api.id, records.DOCUMENTATION_VERSION, version) is None:
            parts = [dict(part.body) for part in self.store.of(api.id, records.DOCUMENTATION)]
            body = {"createdDate": ctx.now(), "description": "", "parts": parts}
            self.store.parts.put(Part(api.id, records.DOCUMENTATION_VERSION, version, body))


def _roles(found: Imported) -> list[str]:
    """The roles that a document's integrations and authorisers call with."""
    methods = [method for by_name in found.resources.values() for method in by_name.values()]
    given = [(method.get("methodIntegration") or {}).get("credentials") for method in methods]
    given += [authorizer.get("authorizerCredentials") for authorizer in found.authorizers.values()]
    return sorted({str(role) for role in given if role})


class _BadIntegration(BadRequest):
    """What is wrong is the integration, not the method it is of."""


def _named(given: Mapping[str, Any], named: Mapping[str, Mapping[str, str]]) -> Answer:
    """A method with identifiers for what its document calls by name. BadRequestException."""
    method = {name: value for name, value in given.items() if name not in named}
    if "authorizer" in given:
        method["authorizerId"] = named["authorizer"][given["authorizer"]]
    if "validator" in given:
        if given["validator"] not in named["validator"]:
            raise BadRequest(f"Invalid request validator specified: {given['validator']}")
        method["requestValidatorId"] = named["validator"][given["validator"]]
    return method


class _Known:
    """What had names before, so that it keeps its identifiers."""

    def __init__(self, resources: Mapping[str, str], named: Mapping[tuple[str, Any], str]) -> None:
        self.resources = resources
        self._named = named

    def id_of(self, kind: str, name: str) -> str:
        return self._named.get((kind, name)) or new_id()


class _Tree:
    """The resources of an API by path, made on the way where there are none."""

    def __init__(self, service: Importing, api: RestApi, known: Mapping[str, str]) -> None:
        self._service = service
        self.api = api
        self._known = known
        self.parts = {part.body["path"]: part for part in service.store.of(api.id, records.RESOURCE)}

    def at(self, path: str) -> Part:
        found = self.parts.get(path)
        if found is not None:
            return found
        above, _, part = path.rpartition("/")
        parent = self.at(above or "/")
        siblings = [(one.id, one.body) for one in self.parts.values() if one.body.get("parentId") == parent.id]
        paths.check(part, parent.body, siblings)
        if len(self.parts) >= limits.RESOURCES_MAX:
            raise LimitExceeded(f"Maximum number of resources for this API has been reached: {limits.RESOURCES_MAX}")
        body = {"parentId": parent.id, "pathPart": part, "path": path}
        made = Part(self.api.id, records.RESOURCE, self._known.get(path) or new_id(), body)
        self.parts[path] = self._service.store.parts.put(made)
        return made


def _tried(what: str, do: Any, *arguments: Any) -> Any:
    """What `do` gives; its refusal says in which part of the document the mistake is."""
    try:
        return do(*arguments)
    except (BadRequest, Conflict, ValueError) as error:
        raise BadRequest(f"Errors found during import:\n\tUnable to put {what}: {error}") from None
