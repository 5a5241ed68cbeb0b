"""Tokens and credentials of identities: the basic flow (GetOpenIdToken, then STS) and the enhanced one.

In both, STS gives out the session for a token of ours, so the role's trust policy decides with the keys
`cognito-identity.amazonaws.com:aud`, `amr` and `sub`, and the session carries them for every later call.
https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.service import operation, private_operation
from cloudchamber.services.cognito_identity import limits, roles
from cloudchamber.services.cognito_identity.errors import (
    InvalidParameter,
    InvalidPoolConfiguration,
    forbidden,
    no_match,
)
from cloudchamber.services.cognito_identity.linking import Linking
from cloudchamber.services.cognito_identity.logins import OURSELVES, is_ours
from cloudchamber.services.cognito_identity.signing import ISSUER, PROVIDER, tags_claim

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.cognito_identity import shapes
    from cloudchamber.services.cognito_identity.roles import Verified
    from cloudchamber.services.cognito_identity.tables import Identity, Pool

SESSION_NAME = "CognitoIdentityCredentials"
# What guests may use at most in the enhanced flow, whatever the role says: AWS makes these their session policies.
# https://docs.aws.amazon.com/cognito/latest/developerguide/iam-roles.html
GUEST_ACTIONS = (
    "cloudwatch:*", "logs:*", "dynamodb:*", "kinesis:*", "mobileanalytics:*", "s3:*", "ses:*", "sns:*", "sqs:*",
    "lambda:*", "machinelearning:*", "execute-api:*", "iot:*", "gamelift:*", "scs:*", "cognito-identity:*",
    "cognito-idp:*", "cognito-sync:*", "lex:*", "appsync:*", "sdb:*", "textract:DetectDocumentText",
    "textract:AnalyzeDocument",
)  # fmt: skip
GUEST_POLICY = orjson.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": GUEST_ACTIONS, "Resource": ["*"]}]}
).decode()
GUEST_POLICY_ARN = "arn:aws:iam::aws:policy/AmazonCognitoUnAuthedIdentitiesSessionPolicy"


class Credentials(Linking):
    @operation
    async def get_open_id_token(
        self, ctx: Context, request: shapes.GetOpenIdTokenInput
    ) -> shapes.GetOpenIdTokenResponse:
        pool, identity = self.public_identity(ctx, request["IdentityId"])
        if pool.settings.get("AllowClassicFlow") is False:
            raise InvalidParameter("Basic (classic) flow is not enabled, please use enhanced flow.")
        if pool.mappings:
            raise InvalidParameter("Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.")
        logins = request.get("Logins") or {}
        verified = await self.verified(ctx, pool, logins) if logins else []
        identity = self.proven(ctx, pool, identity, verified)
        return {"IdentityId": identity.id, "Token": await self._token(ctx, pool, identity, verified)}

    @operation
    async def get_credentials_for_identity(
        self, ctx: Context, request: shapes.GetCredentialsForIdentityInput
    ) -> shapes.GetCredentialsForIdentityResponse:
        pool, identity = self.public_identity(ctx, request["IdentityId"])
        logins, custom_role = request.get("Logins") or {}, request.get("CustomRoleArn")
        if is_ours(logins):
            token = logins[PROVIDER]
            claims = await self.own_token(ctx, pool, token)
            if claims["sub"] != identity.id or identity.merged_into:
                raise no_match()
            role = self._role(pool, identity, [], custom_role) if _is_authenticated(claims) else None
        else:
            verified = await self.verified(ctx, pool, logins) if logins else []
            identity = self.proven(ctx, pool, identity, verified)
            role = self._role(pool, identity, verified, custom_role)
            token = await self._token(ctx, pool, identity, verified)
        if role is None:
            raise InvalidPoolConfiguration
        session = await self._assumed(ctx, role, token, is_guest=not identity.is_authenticated)
        given = session["Credentials"]
        return {
            "IdentityId": identity.id,
            "Credentials": {
                "AccessKeyId": given["AccessKeyId"],
                "SecretKey": given["SecretAccessKey"],
                "SessionToken": given["SessionToken"],
                "Expiration": given["Expiration"],
            },
        }

    @private_operation
    async def web_identity_keys(self, ctx: Context, request: Request) -> dict[str, Any]:
        """The `Keys` (JWKs) with which tokens of identities are signed, for STS."""
        await self.signer.ready()
        return {"Keys": self.signer.keys}

    def _role(self, pool: Pool, identity: Identity, logins: Sequence[Verified], custom_role: str | None) -> str | None:
        if not identity.is_authenticated:
            if custom_role is not None:
                raise forbidden(identity.id)
            return pool.roles.get("unauthenticated")
        try:
            return roles.choose(pool.roles, pool.mappings, logins, custom_role)
        except roles.Refused:
            raise forbidden(identity.id) from None

    async def _assumed(self, ctx: Context, role: str, token: str, *, is_guest: bool) -> Mapping[str, Any]:
        """A session of the role for the holder of a token. InvalidIdentityPoolConfigurationException if the role does
        not trust them."""
        policies: dict[str, Any] = {}
        if is_guest:
            policies = {"Policy": GUEST_POLICY, "PolicyArns": [{"arn": GUEST_POLICY_ARN}]}
        try:
            return await ctx.call(
                "sts:AssumeRoleWithWebIdentity", principal=OURSELVES, RoleArn=role, RoleSessionName=SESSION_NAME,
                WebIdentityToken=token, DurationSeconds=limits.SESSION_SECONDS, **policies,
            )  # fmt: skip
        except AwsError as error:
            if error.status >= 500:
                raise
            raise InvalidPoolConfiguration from None

    async def _token(self, ctx: Context, pool: Pool, identity: Identity, logins: Sequence[Verified]) -> str:
        tags: dict[str, str] = {}
        for login in logins:
            found = self.store.tag_maps.get(pool.id, login.provider)
            if found is not None:
                tags |= roles.principal_tags(found.tags, login.claims)
        methods = [text for login in logins for text in (login.provider, login.method)]
        return await self.token_for(ctx, pool, identity.id, (methods, tags, limits.TOKEN_SECONDS))

    async def token_for(
        self, ctx: Context, pool: Pool, identity_id: str, said: tuple[Sequence[str], Mapping[str, str], int]
    ) -> str:
        """A token that says who an identity is: how they signed in (nothing for a guest), the tags of their sessions,
        and for how many seconds."""
        methods, tags, lifetime_s = said
        await self.signer.ready()
        now = int(ctx.now())
        return self.signer.sign({
            "sub": identity_id,
            "aud": pool.id,
            "amr": ["authenticated", *methods] if methods else ["unauthenticated"],
            "iss": ISSUER,
            f"{ISSUER}/identity-pool-arn": pool.arn,
            **tags_claim(tags),
            "exp": now + lifetime_s,
            "iat": now,
        })  # fmt: skip


def _is_authenticated(claims: Mapping[str, Any]) -> bool:
    return "authenticated" in (claims.get("amr") or ())
