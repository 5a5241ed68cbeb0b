"""The logins an app presents: each token verified against what its provider publishes, or refused in AWS's words.

A user pool's tokens and those of OpenID Connect providers are JWTs whose issuer's keys STS keeps (`sts:issuer_keys`).
A SAML login is the assertion. Opaque tokens (Facebook, Amazon, Twitter, Digits) could be verified by their issuers
only, which this cloud cannot ask: 501.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.identity import jwt, principals
from cloudchamber.services.cognito_identity import limits
from cloudchamber.services.cognito_identity.base import IdentityBase
from cloudchamber.services.cognito_identity.errors import (
    ExternalServiceFailed,
    NotAuthorized,
    bad_login,
    no_match,
    unsupported_provider,
)
from cloudchamber.services.cognito_identity.roles import Verified
from cloudchamber.services.cognito_identity.signing import ISSUER, PROVIDER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_identity.tables import Pool

OURSELVES = principals.service("cognito-identity.amazonaws.com")
_OPAQUE = ("graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com")
_OPENID = ("accounts.google.com", "appleid.apple.com")  # public providers whose tokens are JWTs
_PROVIDERS = ("SupportedLoginProviders", "OpenIdConnectProviderARNs", "CognitoIdentityProviders", "SamlProviderARNs")
_NO_TOKEN = "Not a valid OpenId Connect identity token."


class Logins(IdentityBase):
    async def verified(self, ctx: Context, pool: Pool, logins: Mapping[str, str]) -> list[Verified]:
        """Those logins, all of them good. NotAuthorizedException for the first that is not."""
        if not any(pool.settings.get(name) for name in _PROVIDERS):
            raise no_match()
        return [await self._verified(ctx, pool, name, token) for name, token in logins.items()]

    async def _verified(self, ctx: Context, pool: Pool, name: str, token: str) -> Verified:
        if name.startswith("arn:") and ":saml-provider/" in name:
            return await self._saml(ctx, pool, name, token)
        if name in _OPAQUE:
            if name not in (pool.settings.get("SupportedLoginProviders") or {}):
                raise unsupported_provider()
            raise NotImplementedByUs(f"cognito-identity: tokens of {name} cannot be verified in cloudchamber")
        unverified = self._read(name, token)
        if name.startswith("cognito-idp."):
            return await self._user_pool(ctx, pool, name, unverified, token)
        return await self._openid(ctx, pool, name, unverified)

    def _read(self, name: str, token: str) -> jwt.Unverified:
        """A token that says it is its provider's."""
        try:
            found = jwt.read(token)
        except jwt.MalformedToken:
            raise bad_login(_NO_TOKEN) from None
        issuer = found.claims.get("iss")
        # `http` for issuers on this machine: STS fetches keys from no others without TLS.
        named = (f"https://{name}", f"http://{name}", "accounts.google.com" if name == "accounts.google.com" else None)
        if issuer is None or (issuer not in named and not self._is_local_issuer(name, issuer)):
            raise bad_login("Issuer doesn't match providerName")
        if not jwt.texts(found.claims.get("aud")):
            raise bad_login("Missing a required claim: aud")
        return found

    def _is_local_issuer(self, name: str, issuer: Any) -> bool:
        """Whether this is a user pool's issuer as `cognito-idp.issuer=endpoint` names it: `http://localhost:PORT/POOL`."""
        if not isinstance(issuer, str) or not name.startswith("cognito-idp."):
            return False
        port, user_pool = self.platform.endpoint.rpartition(":")[2], name.rpartition("/")[2]
        return issuer in {f"http://{host}:{port}/{user_pool}" for host in ("localhost", "127.0.0.1")}

    async def _user_pool(self, ctx: Context, pool: Pool, name: str, unverified: jwt.Unverified, token: str) -> Verified:
        audiences = jwt.texts(unverified.claims["aud"])
        settings = next(
            (
                provider for provider in pool.settings.get("CognitoIdentityProviders") or ()
                if provider["ProviderName"] == name and provider["ClientId"] in audiences
            ), None,
        )  # fmt: skip
        if settings is None:
            raise unsupported_provider()
        claims = await self._claims(ctx, f"https://{name}", unverified, ())
        if claims.get("token_use", "id") != "id":
            raise bad_login(_NO_TOKEN)
        if settings.get("ServerSideTokenCheck"):
            await self._check_signed_in(ctx, name, token)
        subject = _subject(claims)
        names = (f"{name}:{settings['ClientId']}",)
        return Verified(name, subject, f"{name}:CognitoSignIn:{subject}", claims, names, token)

    async def _check_signed_in(self, ctx: Context, name: str, token: str) -> None:
        """The user pool is asked whether the user is still there and has not been signed out since."""
        answer = await ctx.call(
            "cognito-idp:is_signed_in", principal=OURSELVES, UserPoolId=name.rpartition("/")[2], IdToken=token
        )
        if not answer["IsSignedIn"]:
            raise bad_login("Token is revoked or the user is deleted or disabled.")

    async def _openid(self, ctx: Context, pool: Pool, name: str, unverified: jwt.Unverified) -> Verified:
        thumbprints: Sequence[str] = ()
        public = (pool.settings.get("SupportedLoginProviders") or {}).get(name) if name in _OPENID else None
        arn = next((arn for arn in pool.settings.get("OpenIdConnectProviderARNs") or () if _is_of(arn, name)), None)
        if public is not None:
            clients: Sequence[str] = [client.strip() for client in public.split(";")]
            middle = public
        elif arn is not None:
            found = ctx.resources.find(arn)
            if found is None:
                raise unsupported_provider()
            clients, thumbprints = found.attributes.get("ClientIDList") or (), found.attributes["ThumbprintList"]
            middle = f"{arn}:OIDC"
        else:
            raise unsupported_provider()
        try:
            jwt.check_audience(unverified.claims, clients)
        except jwt.BadClaim:
            raise bad_login("Incorrect token audience.") from None
        claims = await self._claims(ctx, str(unverified.claims["iss"]), unverified, tuple(thumbprints))
        subject = _subject(claims)
        method = f"{middle}:{subject}" if arn is not None else f"{name}:{middle}:{subject}"
        return Verified(name, subject, method, claims, () if arn is None else (arn,))

    async def _claims(
        self, ctx: Context, issuer: str, unverified: jwt.Unverified, thumbprints: Sequence[str]
    ) -> jwt.Claims:
        """Claims of which signature and times are verified. Kept keys that do not fit are fetched anew."""
        issuer = f"https://{issuer}" if "://" not in issuer else issuer
        try:
            asked = await ctx.call("sts:issuer_keys", principal=OURSELVES, Issuer=issuer, Thumbprints=list(thumbprints))
            try:
                claims = jwt.verify(unverified, asked["Keys"])
            except (jwt.NoSuchKey, jwt.BadSignature):
                if asked["IsNew"]:
                    raise
                asked = await ctx.call(
                    "sts:issuer_keys", principal=OURSELVES, Issuer=issuer, Thumbprints=list(thumbprints), Anew=True
                )
                claims = jwt.verify(unverified, asked["Keys"])
        except jwt.UnsupportedAlgorithm:
            raise bad_login(_NO_TOKEN) from None
        except jwt.TokenError:
            raise bad_login("Couldn't verify signed token.") from None
        except AwsError as error:
            if error.code == "IDPCommunicationError":
                raise ExternalServiceFailed("Couldn't reach the identity provider.") from None
            raise bad_login("Couldn't verify signed token.") from None
        _check_times(claims, ctx.now())
        return claims

    async def _saml(self, ctx: Context, pool: Pool, arn: str, assertion: str) -> Verified:
        if arn not in (pool.settings.get("SamlProviderARNs") or ()):
            raise unsupported_provider()
        try:
            found = await ctx.call("sts:read_saml", principal=OURSELVES, ProviderArn=arn, Assertion=assertion)
        except AwsError as error:
            raise bad_login(error.message) from None
        claims = {**found["Attributes"], "cognito:roles": found["Roles"]}
        return Verified(arn, found["Subject"], f"{arn}:SAML:{found['Subject']}", claims)

    async def own_token(self, ctx: Context, pool: Pool, token: str) -> Mapping[str, Any]:
        """The claims of a token of ours (GetOpenIdTokenForDeveloperIdentity) for an identity of the pool."""
        await self.signer.ready()
        try:
            claims = jwt.verify(token, self.signer.keys)
            jwt.check_issuer(claims, ISSUER)
            jwt.check_audience(claims, (pool.id,))
        except (jwt.MalformedToken, jwt.UnsupportedAlgorithm):
            raise bad_login("Not a Cognito token.") from None
        except jwt.BadClaim:
            raise unsupported_provider() from None
        except jwt.TokenError:
            raise bad_login("Couldn't verify signed token.") from None
        _check_times(claims, ctx.now())
        return claims


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    try:
        jwt.check_times(claims, now, skew_s=limits.CLOCK_SKEW_SECONDS, required=("exp", "iat"))
    except jwt.ExpiredToken:
        raise bad_login(f"Token expired: {int(now)} >= {int(claims['exp'])}") from None
    except jwt.NotYetValid:
        raise bad_login("Token is not yet valid.") from None
    except jwt.BadClaim as error:
        raise bad_login(f"Missing a required claim: {error.name}") from None


def _subject(claims: Mapping[str, Any]) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise bad_login("Missing a required claim: sub")
    return subject


def _is_of(arn: str, name: str) -> bool:
    """Whether an IAM provider's ARN is of the provider that a login names by host and path."""
    return arn.partition(":oidc-provider/")[2].rstrip("/") == name.rstrip("/")


def is_ours(logins: Mapping[str, str]) -> bool:
    """Whether the login is a token of ours. NotAuthorizedException where others come with it."""
    if PROVIDER not in logins:
        return False
    if len(logins) > 1:
        raise NotAuthorized("Please do not combine a Cognito token with other logins.")
    return True
