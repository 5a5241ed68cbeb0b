"""Who may call a method of a REST API: nobody in particular, who signs, whom a user pool or a function knows.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-control-access-to-api.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError
from cloudchamber.services.apigateway.plane import (
    jwt_tokens,
    lambda_authorizer,
    parameter_mapping,
    patterns,
    proxy_event,
)
from cloudchamber.services.apigateway.plane.integration_request import sources, with_stage_variables
from cloudchamber.services.apigateway.plane.permissions import refusal_text
from cloudchamber.services.apigateway.plane.refusals import NO_ACCESS, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.apigateway.plane.context_variables import Exchange
    from cloudchamber.services.apigateway.plane.functions import Roles
    from cloudchamber.services.apigateway.plane.lambda_authorizer import Verdict, Verdicts
    from cloudchamber.services.apigateway.plane.permissions import Permissions

TTL_SECONDS = 300
_EXPIRED = ("ExpiredTokenException", "ExpiredToken")
_POOL = re.compile(r"arn:[^:]+:cognito-idp:([^:]+):\d+:userpool/(.+)\Z")


class Authorizing:
    def __init__(self, platform: Platform, permissions: Permissions, roles: Roles, verdicts: Verdicts) -> None:
        self._endpoint = platform.endpoint
        self._clock = platform.clock
        self._permissions = permissions
        self._roles = roles
        self._verdicts = verdicts

    async def check(
        self,
        ctx: Context,
        exchange: Exchange,
        method: Mapping[str, Any],
        authorizer: Mapping[str, Any] | None,
        policy: str | None,
    ) -> None:
        """Refused unless the method may be called. What is known of the caller then is on the exchange."""
        kind = method.get("authorizationType") or "NONE"
        if kind == "AWS_IAM":
            self.signed(ctx, exchange)
            self._decided(ctx, exchange, policy)
        elif kind == "CUSTOM":
            await self._custom(ctx, exchange, authorizer or {}, policy)
        else:
            if kind == "COGNITO_USER_POOLS":
                await self._cognito(ctx, exchange, authorizer or {}, method.get("authorizationScopes") or ())
            if policy:
                self._decided(ctx, exchange, policy)

    def _decided(self, ctx: Context, exchange: Exchange, policy: str | None) -> None:
        decision = self._permissions.decide(ctx, exchange, policy)
        if not decision.allowed:
            raise Refused("ACCESS_DENIED", refusal_text(decision, exchange))

    def signed(self, ctx: Context, exchange: Exchange) -> Principal:
        """Who signed the request. Refused for nobody, and for a signature that does not hold."""
        try:
            principal = exchange.incoming.identify()
        except AwsError as error:
            if error.code == "MissingAuthenticationTokenException":
                raise unsigned(exchange) from None
            kind = "EXPIRED_TOKEN" if error.code in _EXPIRED else "INVALID_SIGNATURE"
            raise Refused(kind, error.message, error_type=error.code) from None
        ctx.span.principal = principal.arn
        exchange.signed_by(principal)
        return principal

    # user pools

    async def _cognito(
        self, ctx: Context, exchange: Exchange, authorizer: Mapping[str, Any], scopes: tuple[str, ...] | list[str]
    ) -> None:
        """An ID token, or an access token with one of the method's scopes where it has some."""
        token = self._identity(exchange, authorizer.get("identitySource") or "method.request.header.Authorization")
        pools = [match for arn in authorizer.get("providerARNs") or () if (match := _POOL.match(arn))]
        issuers = [f"https://cognito-idp.{match[1]}.amazonaws.com/{match[2]}" for match in pools]
        issuers += [f"{self._endpoint}/{match[2]}" for match in pools]  # as the cloud's settings may have it
        if not token or not _is_valid(authorizer, token):
            raise _unauthorized("no token")
        try:
            claims = await jwt_tokens.verified(ctx, jwt_tokens.bearer(token), issuers)
        except jwt_tokens.BadToken as bad:
            raise _unauthorized(bad.reason, "The incoming token has expired" if bad.is_expired else None) from None
        wanted = "access" if scopes else "id"
        if claims.get("token_use") != wanted:
            raise _unauthorized(f"the token is not an {wanted} token")
        if scopes and not jwt_tokens.scopes_of(claims).intersection(scopes):
            raise _unauthorized("the token has none of the method's scopes")
        exchange.authorizer = {"claims": {name: claim_text(value) for name, value in claims.items()}}

    def _identity(self, exchange: Exchange, source: str) -> str:
        found = parameter_mapping.compiled(source)(sources(exchange, b""))
        return found[-1] if found else ""

    # functions

    async def _custom(
        self, ctx: Context, exchange: Exchange, authorizer: Mapping[str, Any], policy: str | None
    ) -> None:
        said = self._permissions.opinion(ctx, exchange, policy) if policy else "none"
        if said == "deny":
            raise Refused("ACCESS_DENIED", f"{NO_ACCESS} with an explicit deny")
        begun = self._clock.perf()
        verdict = await self._verdict(ctx, exchange, authorizer)
        opinion = verdict.opinion(exchange)
        context = {name: claim_text(value) for name, value in verdict.context.items()}
        latency_ms = int((self._clock.perf() - begun) * 1000)
        exchange.authorizer = {"principalId": verdict.principal_id, "integrationLatency": latency_ms, **context}
        if verdict.usage_key is not None:
            exchange.extra["usageIdentifierKey"] = verdict.usage_key
        if opinion == "deny":
            raise Refused("ACCESS_DENIED", f"{NO_ACCESS} with an explicit deny")
        if opinion != "allow" and said != "allow":
            raise Refused("ACCESS_DENIED", NO_ACCESS)

    async def _verdict(self, ctx: Context, exchange: Exchange, authorizer: Mapping[str, Any]) -> Verdict:
        """The function's, or the one kept of it. Refused (401, 500)."""
        is_token = authorizer.get("type") == "TOKEN"
        names = [name.strip() for name in (authorizer.get("identitySource") or "").split(",") if name.strip()]
        identity = tuple(self._identity(exchange, name) for name in names)
        ttl = authorizer.get("authorizerResultTtlInSeconds")
        ttl = TTL_SECONDS if ttl is None else int(ttl)
        if (is_token or ttl > 0) and names and not all(identity):
            raise _unauthorized("an identity source is missing")
        if is_token and not _is_valid(authorizer, identity[0] if identity else ""):
            raise _unauthorized("the token does not match the validation expression")
        key = (exchange.api_id, exchange.stage, authorizer.get("id"), identity)
        kept = self._verdicts.get(key) if ttl > 0 and names else None
        if kept is not None:
            return kept
        event = _token_event(exchange, identity[0]) if is_token else _request_event(exchange)
        verdict = await self.asked(ctx, exchange, authorizer, event)
        self._verdicts.put(key, verdict, ttl if names else 0)
        return verdict

    async def asked(
        self, ctx: Context, exchange: Exchange, authorizer: Mapping[str, Any], event: Mapping[str, Any]
    ) -> Verdict:
        """The function's verdict. Refused (401, 500)."""
        uri = with_stage_variables(authorizer.get("authorizerUri") or "", exchange.stage_variables)
        source = f"arn:aws:execute-api:{exchange.region}:{exchange.account}:{exchange.api_id}/authorizers/"
        called = {"uri": uri, "credentials": authorizer.get("authorizerCredentials")}
        try:
            payload = await lambda_authorizer.ask(ctx, self._roles, called, event, f"{source}{authorizer.get('id')}")
            return lambda_authorizer.policy_verdict(payload)
        except lambda_authorizer.Unauthorized:
            raise _unauthorized("the authorizer says so") from None
        except lambda_authorizer.AuthorizerFailed as failed:
            kind = "AUTHORIZER_CONFIGURATION_ERROR" if failed.is_configuration else "AUTHORIZER_FAILURE"
            reason = f"Execution failed due to configuration error: Invalid authorizer: {failed}"
            raise Refused(kind, None, reason=reason) from None


def unsigned(exchange: Exchange) -> Refused:
    """For who has not signed what must be signed, and for a method there is not.

    A header with a token of another kind is taken for a signature that is broken."""
    header = exchange.incoming.headers.get("authorization", "")
    token = header.partition(" ")[2] or header
    if not token or "=" in token or header.startswith("AWS"):
        return Refused("MISSING_AUTHENTICATION_TOKEN", "Missing Authentication Token")
    text = f"'{token}' not a valid key=value pair (missing equal-sign) in Authorization header: '{header}'."
    return Refused("MISSING_AUTHENTICATION_TOKEN", text, error_type="IncompleteSignatureException")


def _unauthorized(reason: str, message: str | None = None) -> Refused:
    return Refused("UNAUTHORIZED", message or "Unauthorized", reason=f"Unauthorized request: {reason}")


def _is_valid(authorizer: Mapping[str, Any], token: str) -> bool:
    expression = authorizer.get("identityValidationExpression")
    if not expression:
        return True
    return patterns.is_match(expression, token)


def _token_event(exchange: Exchange, token: str) -> dict[str, Any]:
    return {"type": "TOKEN", "methodArn": exchange.method_arn, "authorizationToken": token}


def _request_event(exchange: Exchange) -> dict[str, Any]:
    event = proxy_event.rest_event(exchange, is_binary=False)
    del event["body"], event["isBase64Encoded"]
    empty: dict[str, Any] = {name: {} for name, value in event.items() if value is None}
    return {"type": "REQUEST", "methodArn": exchange.method_arn, **event, **empty}


def claim_text(value: Any) -> str:
    """A claim or a value of an authoriser's context: all of them are texts to what comes after."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(claim_text(item) for item in value) if len(value) != 1 else claim_text(value[0])
    return str(value)
