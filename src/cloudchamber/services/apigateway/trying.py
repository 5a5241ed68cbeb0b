"""Methods and authorizers tried out before they are deployed; and the caches of stages emptied.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import Request, operation
from cloudchamber.identity.principals import ANONYMOUS
from cloudchamber.services.apigateway import records
from cloudchamber.services.apigateway.errors import NotFound
from cloudchamber.services.apigateway.plane import execution_log, lambda_authorizer, proxy_event
from cloudchamber.services.apigateway.plane.context_variables import Exchange, new_extended_id
from cloudchamber.services.apigateway.plane.deployed import Deployed
from cloudchamber.services.apigateway.plane.integration_request import sources, with_stage_variables
from cloudchamber.services.apigateway.plane.parameter_mapping import compiled
from cloudchamber.services.apigateway.plane.refusals import Refused, Reply, answer, internal
from cloudchamber.services.apigateway.plane.request import Incoming
from cloudchamber.services.apigateway.plane.rest import RestPlane
from cloudchamber.services.apigateway.plane.routes import Routes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.base import Answer
    from cloudchamber.services.apigateway.plane.deployed import Method
    from cloudchamber.services.apigateway.records import RestApi

STAGE = "test-invoke-stage"
_LOGGED = {"*/*": {"loggingLevel": "INFO", "dataTraceEnabled": True}}
_IDENTITY = {"apiKey": "test-invoke-api-key", "apiKeyId": "test-invoke-api-key-id"}


class Trying(RestPlane):
    @operation
    async def test_invoke_method(self, ctx: Context, request: Request) -> Answer:
        """The draft's method with its integration; neither authorizers nor keys, throttles and caches are asked."""
        api = self.api(ctx, request)
        resource = self.part(api, records.RESOURCE, request["resourceId"])
        deployed = self._drafted(api, request)
        found = deployed.resources.get(resource.id)
        method = None if found is None else found.methods.get(request["httpMethod"]) or found.methods.get("ANY")
        if method is None:
            raise NotFound("Invalid Method identifier specified")
        verb = "GET" if request["httpMethod"] == "ANY" else request["httpMethod"]
        exchange = self._tried(ctx, api, request, (verb, resource.body["path"]))
        exchange.resource_id, exchange.resource_path = resource.id, resource.body["path"]
        begun = self.clock.perf()
        execution_log.begin(exchange, method)
        reply = await self._outcome(ctx, exchange, deployed, method)
        exchange.note(f"Method completed with status: {reply.status}")
        return {
            "status": reply.status,
            "body": _text(reply.body),
            "headers": dict(reply.headers),
            "multiValueHeaders": _gathered(reply.headers),
            "log": _log(exchange),
            "latency": int((self.clock.perf() - begun) * 1000),
        }

    async def _outcome(self, ctx: Context, exchange: Exchange, deployed: Deployed, method: Method) -> Reply:
        try:
            if not method.validator.is_idle:
                method.validator.check(exchange)
            if method.backend is None:
                raise internal("No integration defined for method")
            return await self.backends.reply(ctx, exchange, method.backend)
        except Refused as refused:
            exchange.note(refused.reason)
            return answer(refused, exchange, deployed.responses)

    def _drafted(self, api: RestApi, request: Request) -> Deployed:
        """The draft, compiled as if it were deployed to a stage for tests."""
        stage = {"stageName": STAGE, "variables": request.get("stageVariables") or {}, "methodSettings": _LOGGED}
        return Deployed(self.store.draft(api.id) or {}, stage, "", 0.0)

    @staticmethod
    def _tried(ctx: Context, api: RestApi, request: Request, verb_and_path: tuple[str, str]) -> Exchange:
        """A request of a client, as the test describes it; `verb_and_path` are the method's own."""
        verb, template = verb_and_path
        path, _, query = (request.get("pathWithQueryString") or template).partition("?")
        path = "/" + path.lstrip("/")
        multi = {name: list(values) for name, values in (request.get("multiValueHeaders") or {}).items()}
        multi |= {name: [value] for name, value in (request.get("headers") or {}).items() if name not in multi}
        pairs = [(name.lower(), value) for name, values in multi.items() for value in values]
        host = f"{api.id}.execute-api.{api.region}.amazonaws.com"
        incoming = Incoming(
            verb, path, f"/{STAGE}{path}", query, {name: ",".join(v) for name, v in _gathered(pairs).items()}, pairs,
            (request.get("body") or "").encode(), "test-invoke-source-ip", host, True, lambda: ANONYMOUS,
        )  # fmt: skip
        exchange = Exchange(
            incoming, api.account, api.region, api.id, STAGE, ctx.request_id, ctx.span.trace_id, ctx.now(),
            new_extended_id(),
        )  # fmt: skip
        exchange.stage_variables = request.get("stageVariables") or {}
        exchange.identity |= {**_IDENTITY, "userArn": ctx.principal.arn, "accountId": ctx.account}
        exchange.log = []
        routes: Routes[str] = Routes()
        routes.add(template, template)
        found = routes.find(path)
        exchange.path_parameters = {} if found is None else found[1]
        return exchange

    @operation
    async def test_invoke_authorizer(self, ctx: Context, request: Request) -> Answer:
        api = self.api(ctx, request)
        part = self.part(api, records.AUTHORIZER, request["authorizerId"])
        exchange = self._tried(ctx, api, request, ("GET", "/"))
        exchange.extra |= request.get("additionalContext") or {}
        authorizer, begun = {"id": part.id, **part.body}, self.clock.perf()
        said: Answer = {"clientStatus": 200}
        try:
            if part.body["type"] == "COGNITO_USER_POOLS":
                method = {"authorizationType": "COGNITO_USER_POOLS"}
                await self.authorizing.check(ctx, exchange, method, authorizer, None)
                said["claims"] = dict(exchange.authorizer["claims"])
            else:
                said |= await self._said(ctx, exchange, authorizer)
        except Refused as refused:
            exchange.note(refused.reason)
            said["clientStatus"] = refused.status
        return {**said, "log": _log(exchange), "latency": int((self.clock.perf() - begun) * 1000)}

    async def _said(self, ctx: Context, exchange: Exchange, authorizer: Mapping[str, Any]) -> Answer:
        """What an authorizer's function answers. Refused (401, 500)."""
        event: Answer = {"type": authorizer["type"], "methodArn": exchange.method_arn}
        if authorizer["type"] == "TOKEN":
            found = compiled(authorizer["identitySource"])(sources(exchange, b""))
            if not found:
                raise Refused("UNAUTHORIZED", "Unauthorized", reason="Unauthorized request: no token")
            event["authorizationToken"] = found[-1]
        else:
            seen = proxy_event.rest_event(exchange, is_binary=False)
            event |= {name: value for name, value in seen.items() if name not in ("body", "isBase64Encoded")}
        source = f"arn:aws:execute-api:{exchange.region}:{exchange.account}:{exchange.api_id}/authorizers/"
        uri = with_stage_variables(authorizer["authorizerUri"], exchange.stage_variables)
        called = {"uri": uri, "credentials": authorizer.get("authorizerCredentials")}
        try:
            payload = await lambda_authorizer.ask(ctx, self._roles, called, event, source + authorizer["id"])
            verdict = lambda_authorizer.policy_verdict(payload)
        except lambda_authorizer.Unauthorized:
            raise Refused("UNAUTHORIZED", "Unauthorized") from None
        except lambda_authorizer.AuthorizerFailed as failed:
            raise Refused("AUTHORIZER_FAILURE", None, reason=f"Invalid authorizer: {failed}") from None
        policy = orjson.dumps(orjson.loads(payload)["policyDocument"]).decode()
        context = {name: [_plain(value)] for name, value in verdict.context.items()}
        return {"principalId": verdict.principal_id, "policy": policy, "authorization": context}

    # caches

    @operation
    async def flush_stage_cache(self, ctx: Context, request: Request) -> None:
        stage = self.api_stage(self.api(ctx, request), request["stageName"])
        self.flush_cache(stage.api_id, stage.name)

    @operation
    async def flush_stage_authorizers_cache(self, ctx: Context, request: Request) -> None:
        stage = self.api_stage(self.api(ctx, request), request["stageName"])
        self.flush_authorizers(stage.api_id, stage.name)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _text(body: bytes) -> str:
    """A body in an answer of the API: what is no text is shown in base64."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return base64.b64encode(body).decode()


def _gathered(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def _log(exchange: Exchange) -> str:
    """The execution log, each line with its time."""
    at = datetime.fromtimestamp(exchange.at, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    mark = f"({exchange.request_id}) "
    lines = [f"{at} : {text.removeprefix(mark)}" for text, _ in exchange.log or ()]
    return "\n".join([f"Execution log for request {exchange.request_id}", *lines, ""])
