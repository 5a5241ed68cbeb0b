"""AssumeRoleWithWebIdentity: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import Platform, operation, private_operation
from cloudchamber.identity import jwt
from cloudchamber.services.sts import oidc
from cloudchamber.services.sts.base import role_arn, wire_credentials
from cloudchamber.services.sts.errors import InvalidIdentityToken
from cloudchamber.services.sts.federation import Federate, Federation
from cloudchamber.services.sts.issuers import IssuerKeys

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cloudchamber.core.context import Context
    from cloudchamber.services.sts import shapes

ACTION = "sts:AssumeRoleWithWebIdentity"
COGNITO_IDENTITY = "cognito-identity.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Provider:
    """Who vouches for a token. `client_ids` None takes any audience: the trust policy is to look at it."""

    principal: str  # as trust policies name it
    key_prefix: str  # of its condition keys
    client_ids: tuple[str, ...] | None
    thumbprints: tuple[str, ...] = ()


class WebIdentity(Federation):
    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self._issuer_keys = IssuerKeys(platform.clock.now)

    @operation
    async def assume_role_with_web_identity(
        self, ctx: Context, request: shapes.AssumeRoleWithWebIdentityRequest
    ) -> shapes.AssumeRoleWithWebIdentityResponse:
        if request.get("ProviderId"):
            raise NotImplementedByUs(
                "sts:AssumeRoleWithWebIdentity with an OAuth 2.0 access token (ProviderId) is not implemented in "
                "cloudchamber"
            )
        account = role_arn(request["RoleArn"]).account
        token = oidc.read(request["WebIdentityToken"])
        provider = _provider(ctx, account, token.issuer)
        claims = oidc.judge(await self._verified(ctx, token, provider), provider.client_ids)
        federate = Federate(
            ACTION, provider.principal, f"{provider.principal}:{claims.audience}:{claims.subject}",
            request["RoleSessionName"], claims.keys(provider.key_prefix), claims.tags, claims.transitive_tag_keys,
            claims.source_identity,
        )  # fmt: skip
        session, packed = self.admit(ctx, request, federate)
        answer: shapes.AssumeRoleWithWebIdentityResponse = {
            "Credentials": wire_credentials(session),
            "SubjectFromWebIdentityToken": claims.subject,
            "AssumedRoleUser": {"AssumedRoleId": session.holder.user_id, "Arn": session.holder.arn},
            "Provider": provider.principal,
            "Audience": claims.audience,
            "SessionTokenSize": session.token_chars,
            "SessionTokenUtilization": session.token_percent,
        }
        if packed is not None:
            answer["PackedPolicySize"] = packed
        if claims.source_identity is not None:
            answer["SourceIdentity"] = claims.source_identity
        return answer

    @private_operation
    async def issuer_keys(self, ctx: Context, request: Mapping[str, Any]) -> dict[str, Any]:
        """The JWKs of an OpenID Connect issuer, for services that take its tokens: {"Issuer": iss, "Thumbprints": […],
        "Anew": whether kept ones will not do} → {"Keys": […], "IsNew": whether they were fetched just now}.

        IdpCommunicationError if nobody answers, InvalidIdentityToken for an issuer that publishes none.
        """
        thumbprints = tuple(request.get("Thumbprints") or ())
        keys, is_new = await self._issuer_keys.get(ctx, request["Issuer"], thumbprints, anew=bool(request.get("Anew")))
        return {"Keys": keys, "IsNew": is_new}

    async def _verified(self, ctx: Context, token: oidc.UnverifiedToken, provider: Provider) -> Mapping[str, Any]:
        """The claims of a token whose signature holds. Keys that were kept are fetched anew if they do not fit."""
        keys, is_new = await self._issuer_keys.get(ctx, token.issuer, provider.thumbprints)
        try:
            return oidc.verify(token, keys, ctx.now())
        except (jwt.NoSuchKey, InvalidIdentityToken) as error:
            if is_new:
                raise oidc.no_key() if isinstance(error, jwt.NoSuchKey) else error from None
        keys, _is_new = await self._issuer_keys.get(ctx, token.issuer, provider.thumbprints, anew=True)
        try:
            return oidc.verify(token, keys, ctx.now())
        except jwt.NoSuchKey:
            raise oidc.no_key() from None


def _provider(ctx: Context, account: str, issuer: str) -> Provider:
    """The provider of an issuer in the role's account. InvalidIdentityToken if there is none."""
    name = issuer.partition("://")[2]
    if issuer == f"https://{COGNITO_IDENTITY}":
        return Provider(COGNITO_IDENTITY, COGNITO_IDENTITY, None)
    found = ctx.resources.find(f"arn:aws:iam::{account}:oidc-provider/{name}") if name else None
    if found is None:
        raise InvalidIdentityToken(f"No OpenIDConnect provider found in your account for {issuer}")
    given = found.attributes
    return Provider(found.arn, name, tuple(given.get("ClientIDList") or ()), tuple(given.get("ThumbprintList") or ()))
