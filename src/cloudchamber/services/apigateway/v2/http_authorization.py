"""May this request take its route? IAM, JWT and Lambda authorisation of HTTP APIs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import Request, private_operation
from cloudchamber.services.apigateway.plane import jwt_tokens, lambda_authorizer
from cloudchamber.services.apigateway.plane.context_variables import request_time
from cloudchamber.services.apigateway.plane.functions import Roles
from cloudchamber.services.apigateway.plane.lambda_authorizer import AuthorizerFailed, Unauthorized, Verdict
from cloudchamber.services.apigateway.plane.proxy_event import forwarded, headers_and_query, request_context
from cloudchamber.services.apigateway.v2.base import V2Base
from cloudchamber.services.apigateway.v2.values import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.v2.live import LiveStage
    from cloudchamber.services.apigateway.v2.values import Scope

UNAUTHORIZED, FORBIDDEN, BROKEN = (401, "Unauthorized"), (403, "Forbidden"), (500, "Internal Server Error")


class Refused(Exception):
    """The request ends here: a status, what is said, and why (for logs)."""

    def __init__(self, said: tuple[int, str], reason: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(reason)
        self.status, self.message = said
        self.reason = reason
        self.headers = headers


class HttpAuthorization(V2Base):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.roles = Roles(platform)

    @private_operation
    async def authorize_call(self, ctx: Context, request: Request) -> dict[str, Any]:
        """Nothing but the question to IAM whether who calls may invoke `Arn`."""
        return {}

    async def authorize(self, ctx: Context, live: LiveStage, exchange: Exchange, scope: Scope) -> None:
        """Refused, or what is known of the caller is on the exchange."""
        route = live.routes[exchange.route_key]
        kind = route.get("AuthorizationType") or "NONE"
        if kind == "AWS_IAM":
            await self.authorize_by_iam(ctx, exchange)
        elif kind == "JWT":
            await self._by_token(ctx, live.authorizers[route["AuthorizerId"]], route, exchange, scope)
        elif kind == "CUSTOM":
            await self._by_function(ctx, live, route, exchange, scope)

    async def authorize_by_iam(self, ctx: Context, exchange: Exchange, arn: str = "") -> None:
        try:
            principal = exchange.incoming.identify()
            await ctx.call("apigatewayv2:authorize_call", principal=principal, Arn=arn or exchange.method_arn)
        except AwsError as error:
            raise Refused(FORBIDDEN, error.message) from None
        exchange.signed_by(principal)
        exchange.authorizer = {
            "iam": {
                "accessKey": exchange.identity.get("accessKey"), "accountId": principal.account,
                "callerId": principal.user_id, "cognitoIdentity": None, "principalOrgId": None,
                "userArn": principal.arn, "userId": principal.user_id,
            }
        }  # fmt: skip

    # tokens

    async def _by_token(
        self, ctx: Context, authorizer: Mapping[str, Any], route: Mapping[str, Any], exchange: Exchange, scope: Scope
    ) -> None:
        given = compiled(authorizer["IdentitySource"][0])(scope)
        if not given:
            raise Refused(UNAUTHORIZED, "no token", (("www-authenticate", "Bearer"),))
        wanted = route.get("AuthorizationScopes") or ()
        configuration = authorizer["JwtConfiguration"]
        try:
            claims = await jwt_tokens.verified(ctx, jwt_tokens.bearer(given), [configuration["Issuer"]])
            _check_audience(claims, configuration["Audience"])
        except jwt_tokens.BadToken as error:
            raise Refused(UNAUTHORIZED, error.reason, _challenge(wanted, "invalid_token", error.reason)) from None
        scopes = jwt_tokens.scopes_of(claims)
        matching = [one for one in wanted if one in scopes]
        if wanted and not matching:
            reason = "the token does not have the required scopes"
            raise Refused(FORBIDDEN, reason, _challenge(wanted, "insufficient_scope", reason))
        shown = {name: _claim(value) for name, value in claims.items()}
        exchange.authorizer = {"jwt": {"claims": shown, "scopes": matching or None}}
        exchange.extra["authorizer"] = {"claims": shown, "scopes": " ".join(matching), **shown}

    # functions

    async def _by_function(
        self, ctx: Context, live: LiveStage, route: Mapping[str, Any], exchange: Exchange, scope: Scope
    ) -> None:
        authorizer_id = route["AuthorizerId"]
        authorizer = live.authorizers[authorizer_id]
        sources = [compiled(source)(scope) for source in authorizer.get("IdentitySource") or ()]
        if not all(sources):
            raise Refused(UNAUTHORIZED, "an identity source is missing")
        key = (exchange.api_id, exchange.stage, authorizer_id, tuple(sources))
        verdict = self.verdicts.get(key) if sources else None
        if verdict is None:
            event = _event(authorizer, exchange, sources)
            try:
                verdict = await self.ask_function(ctx, authorizer_id, authorizer, event)
            except Unauthorized:
                raise Refused(UNAUTHORIZED, "the function said Unauthorized") from None
            except AuthorizerFailed as failed:
                exchange.extra["authorizer"] = {"error": str(failed)}
                raise Refused(BROKEN, str(failed)) from None
            self.verdicts.put(key, verdict, authorizer.get("AuthorizerResultTtlInSeconds") or 0)
        if not verdict.allows(exchange):
            raise Refused(FORBIDDEN, "the authorizer's answer does not allow the request")
        exchange.extra["authorizer"] = {"principalId": verdict.principal_id, **verdict.context}
        exchange.authorizer = {"lambda": dict(verdict.context) or None}

    async def ask_function(
        self, ctx: Context, authorizer_id: str, authorizer: Mapping[str, Any], event: Mapping[str, Any]
    ) -> Verdict:
        """The authoriser's function asked. Unauthorized, AuthorizerFailed."""
        api_id = event["requestContext"]["apiId"]
        source = f"arn:aws:execute-api:{ctx.region}:{ctx.account}:{api_id}/authorizers/{authorizer_id}"
        whom = {"uri": authorizer["AuthorizerUri"], "credentials": authorizer.get("AuthorizerCredentialsArn")}
        payload = await lambda_authorizer.ask(ctx, self.roles, whom, event, source)
        if authorizer.get("EnableSimpleResponses"):
            return lambda_authorizer.simple_verdict(payload)
        return lambda_authorizer.policy_verdict(payload)


def _check_audience(claims: Mapping[str, Any], allowed: list[str]) -> None:
    """`aud`, or `client_id` where there is no `aud` (access tokens of Cognito)."""
    given = claims.get("aud", claims.get("client_id"))
    audiences = given if isinstance(given, list) else [given]
    if not any(audience in allowed for audience in audiences):
        raise jwt_tokens.BadToken("the token does not have a valid audience")


def _challenge(scopes: Any, error: str, reason: str) -> tuple[tuple[str, str], ...]:
    text = f'Bearer scope="{" ".join(scopes)}" error="{error}" error_description="{reason}"'
    return (("www-authenticate", text),)


def _claim(value: Any) -> str:
    """Claims reach integrations as text; lists as `[a b]`."""
    if isinstance(value, list):
        return f"[{' '.join(map(_claim, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _event(authorizer: Mapping[str, Any], exchange: Exchange, sources: list[str | None]) -> dict[str, Any]:
    incoming = exchange.incoming
    common: dict[str, Any] = {"type": "REQUEST"}
    if authorizer["AuthorizerPayloadFormatVersion"] == "1.0":
        headers = {**incoming.multi_headers, **{name: [value] for name, value in forwarded(exchange).items()}}
        context = request_context(exchange)
        context["resourceId"] = exchange.route_key
        source = ",".join(map(str, sources)) if sources else None
        return {
            "version": "1.0", **common, "methodArn": exchange.method_arn, "identitySource": source,
            "authorizationToken": source, "resource": exchange.resource_path, "path": incoming.sent_path,
            "httpMethod": incoming.method, **headers_and_query(headers, incoming.query),
            "pathParameters": dict(exchange.path_parameters), "stageVariables": dict(exchange.stage_variables),
            "requestContext": context,
        }  # fmt: skip
    headers_2 = {**incoming.headers, **forwarded(exchange)}
    cookies = headers_2.pop("cookie", "")
    found = {
        "version": "2.0", **common, "routeArn": exchange.method_arn, "identitySource": sources or None,
        "routeKey": exchange.route_key, "rawPath": incoming.sent_path, "rawQueryString": incoming.query_string,
        "cookies": [cookie.strip() for cookie in cookies.split(";")] if cookies else None,
        "headers": headers_2,
        "queryStringParameters": {name: ",".join(values) for name, values in incoming.query.items()} or None,
        "requestContext": context_v2(exchange),
        "pathParameters": dict(exchange.path_parameters) or None,
        "stageVariables": dict(exchange.stage_variables) or None,
    }  # fmt: skip
    return {name: value for name, value in found.items() if value is not None}


def context_v2(exchange: Exchange) -> dict[str, Any]:
    """`requestContext` of format 2.0."""
    incoming = exchange.incoming
    return {
        "accountId": exchange.account, "apiId": exchange.api_id, "domainName": incoming.domain_name,
        "domainPrefix": exchange.domain_prefix,
        "http": {
            "method": incoming.method, "path": incoming.sent_path, "protocol": "HTTP/1.1", "sourceIp": incoming.ip,
            "userAgent": incoming.headers.get("user-agent", ""),
        },
        "requestId": exchange.extended_request_id, "routeKey": exchange.route_key, "stage": exchange.stage,
        "time": request_time(exchange.at), "timeEpoch": int(exchange.at * 1000),
    }  # fmt: skip
