"""ID tokens: read, verified and judged. Pure: the provider's keys and the time are passed in.

A token is read twice: `read` looks at it unverified, to learn who is said to have issued it; `verify` checks the
signature (RSA or ECDSA, nothing else) and hands out claims only then.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.services.sts.errors import ExpiredIdentityToken, InvalidIdentityToken
from cloudchamber.services.sts.limits import CLOCK_SKEW_SECONDS, TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM: Final = "https://aws.amazon.com/source_identity"
_NOT_A_JWT: Final = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
_NO_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
_SOURCE_IDENTITY: Final = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")


class NoSuchKey(Exception):
    """The provider's keys have none that the token names: they may have been rotated."""


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token whose signature nobody has looked at: good for finding the provider, for nothing else."""

    text: str
    issuer: str
    algorithm: str
    key_id: str | None


@dataclass(frozen=True, slots=True)
class IdentityClaims:
    """What a verified token says. `audience` is what it is for: `azp` where there is one, as on AWS."""

    issuer: str
    subject: str
    audience: str
    original_audience: str | None = None
    methods: tuple[str, ...] = ()  # amr
    email: str | None = None
    tags: dict[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None

    def keys(self, provider: str) -> dict[str, Any]:
        """The condition keys of a provider: `HOST/PATH:sub` and its like."""
        keys: dict[str, Any] = {f"{provider}:sub": self.subject, f"{provider}:aud": self.audience}
        if self.original_audience is not None:
            keys[f"{provider}:oaud"] = self.original_audience
        if self.methods:
            keys[f"{provider}:amr"] = list(self.methods)
        if self.email is not None:
            keys[f"{provider}:email"] = self.email
        return keys


def no_key() -> InvalidIdentityToken:
    return InvalidIdentityToken(_NO_KEY)


def read(text: str) -> UnverifiedToken:
    """InvalidIdentityToken for text that is no signed JWT, or that names an algorithm that is not taken."""
    parts = text.split(".")
    if len(parts) != 3:
        raise InvalidIdentityToken(_NOT_A_JWT)
    header, claims = _json(parts[0]), _json(parts[1])
    issuer, algorithm, key_id = claims.get("iss"), header.get("alg"), header.get("kid")
    if not isinstance(issuer, str) or not issuer:
        raise InvalidIdentityToken("Missing a required claim: iss")
    if algorithm not in ALGORITHMS:
        raise InvalidIdentityToken("Token is not signed with a supported algorithm")
    return UnverifiedToken(text, issuer, algorithm, key_id if isinstance(key_id, str) else None)


def _json(part: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        value = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidIdentityToken(_NOT_A_JWT) from None
    if not isinstance(value, dict):
        raise InvalidIdentityToken(_NOT_A_JWT)
    return value


def verify(token: UnverifiedToken, keys: Sequence[Mapping[str, Any]], now: float) -> Mapping[str, Any]:
    """The claims, once the signature and the times hold. `keys` are JWKs. NoSuchKey, InvalidIdentityToken,
    ExpiredIdentityToken."""
    from joserfc import jwk, jws, jwt  # noqa: PLC0415 - heavy, seldom needed
    from joserfc.errors import JoseError  # noqa: PLC0415

    registry = jws.JWSRegistry(algorithms=[token.algorithm], strict_check_header=False)
    registry.max_header_length = 8192
    candidates = [key for key in keys if token.key_id is None or key.get("kid") == token.key_id]
    kinds = ("RSA",) if token.algorithm.startswith("RS") else ("EC",)
    candidates = [key for key in candidates if key.get("kty") in kinds and key.get("use", "sig") == "sig"]
    if not candidates:
        raise NoSuchKey
    for candidate in candidates:
        try:
            key = jwk.import_key(dict(candidate))
            claims = jwt.decode(token.text, key, algorithms=[token.algorithm], registry=registry).claims
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            continue
        _check_times(claims, now)
        return claims
    raise InvalidIdentityToken("Token signature invalid")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    for name in ("exp", "iat"):
        if name not in claims:
            raise InvalidIdentityToken(f"Missing a required claim: {name}")
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise InvalidIdentityToken(f"Claim {name} is not a valid timestamp")
    if now >= claims["exp"]:
        raise ExpiredIdentityToken(
            f"Token expired: current date/time {int(now)} must be before the expiration date/time {int(claims['exp'])}"
        )
    if max(claims["iat"], claims.get("nbf", 0)) > now + CLOCK_SKEW_SECONDS:
        raise InvalidIdentityToken("Token is not yet valid")


def judge(claims: Mapping[str, Any], client_ids: Sequence[str] | None) -> IdentityClaims:
    """What verified claims say. `client_ids` are those the provider was registered with; None takes any audience.

    InvalidIdentityToken for a missing or malformed claim, or an audience that is not registered.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise InvalidIdentityToken("Missing a required claim: sub")
    audiences = _texts(claims.get("aud"))
    party = claims.get("azp")
    if not audiences:
        raise InvalidIdentityToken("Missing a required claim: aud")
    has_party = isinstance(party, str) and bool(party)
    candidates = [str(party)] if has_party else audiences
    chosen = candidates if client_ids is None else [audience for audience in candidates if audience in client_ids]
    if not chosen:
        raise InvalidIdentityToken("Incorrect token audience")
    email = claims.get("email")
    tags, transitive = _tags(claims)
    return IdentityClaims(
        str(claims["iss"]), subject, chosen[0], audiences[0] if has_party else None, tuple(_texts(claims.get("amr"))),
        email if isinstance(email, str) else None, tags, transitive, _source_identity(claims),
    )  # fmt: skip


def _tags(claims: Mapping[str, Any]) -> tuple[dict[str, str], tuple[str, ...]]:
    """Session tags in a token, in the nested form or in the flattened one (`…/principal_tags/Department`)."""
    nested = claims.get(TAGS_CLAIM, {})
    if not isinstance(nested, dict):
        raise InvalidIdentityToken("Invalid session tags in token")
    found = nested.get("principal_tags", {})
    transitive = nested.get("transitive_tag_keys", claims.get(f"{TAGS_CLAIM}/transitive_tag_keys"))
    if not isinstance(found, dict):
        raise InvalidIdentityToken("Invalid session tags in token")
    prefix = f"{TAGS_CLAIM}/principal_tags/"
    raw = {**found, **{name[len(prefix) :]: value for name, value in claims.items() if name.startswith(prefix)}}
    tags: dict[str, str] = {}
    for key, value in raw.items():
        values = _texts(value)
        if len(values) != 1 or not 1 <= len(key) <= TAG_KEY_CHARS_MAX or len(values[0]) > TAG_VALUE_CHARS_MAX:
            raise InvalidIdentityToken("Invalid session tags in token")
        tags[key] = values[0]
    return tags, tuple(_texts(transitive))


def _source_identity(claims: Mapping[str, Any]) -> str | None:
    value = claims.get(SOURCE_IDENTITY_CLAIM)
    if value is None:
        return None
    if not isinstance(value, str) or not _SOURCE_IDENTITY.fullmatch(value):
        raise InvalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
    return value


def _texts(value: Any) -> list[str]:
    """A text or a list of texts, as a list; anything else is none."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return value
    return []
