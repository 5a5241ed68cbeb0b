"""ID tokens, judged as STS judges them and refused in its words. Pure: the provider's keys and the time are passed in.

`read` looks at a token unverified, to learn who is said to have issued it; `verify` hands out its claims once the
signature (`identity/jwt.py`) and the times hold.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.identity import jwt
from cloudchamber.services.sts.errors import ExpiredIdentityToken, InvalidIdentityToken
from cloudchamber.services.sts.limits import CLOCK_SKEW_SECONDS, TAG_KEY_CHARS_MAX, TAG_VALUE_CHARS_MAX

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TAGS_CLAIM: Final = "https://aws.amazon.com/tags"
SOURCE_IDENTITY_CLAIM: Final = "https://aws.amazon.com/source_identity"
_NOT_A_JWT: Final = "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
_NO_KEY: Final = (
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
_SOURCE_IDENTITY: Final = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")


@dataclass(frozen=True, slots=True)
class UnverifiedToken:
    """A token whose signature nobody has looked at: good for finding the provider, for nothing else."""

    token: jwt.Unverified
    issuer: str


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
    try:
        token = jwt.read(text)
    except jwt.MalformedToken:
        raise InvalidIdentityToken(_NOT_A_JWT) from None
    issuer = token.claims.get("iss")
    if not isinstance(issuer, str) or not issuer:
        raise InvalidIdentityToken("Missing a required claim: iss")
    if token.algorithm not in jwt.ALGORITHMS:
        raise _unsupported()
    return UnverifiedToken(token, issuer)


def _unsupported() -> InvalidIdentityToken:
    return InvalidIdentityToken("Token is not signed with a supported algorithm")


def verify(unverified: UnverifiedToken, keys: Sequence[Mapping[str, Any]], now: float) -> Mapping[str, Any]:
    """The claims, once the signature and the times hold. `keys` are JWKs. jwt.NoSuchKey, InvalidIdentityToken,
    ExpiredIdentityToken."""
    try:
        claims = jwt.verify(unverified.token, keys)
        jwt.check_times(claims, now, skew_s=CLOCK_SKEW_SECONDS, required=("exp", "iat"))
    except jwt.UnsupportedAlgorithm:
        raise _unsupported() from None
    except jwt.BadSignature:
        raise InvalidIdentityToken("Token signature invalid") from None
    except jwt.BadClaim as error:
        text = "Missing a required claim: {}" if error.is_missing else "Claim {} is not a valid timestamp"
        raise InvalidIdentityToken(text.format(error.name)) from None
    except jwt.ExpiredToken as error:
        raise ExpiredIdentityToken(
            f"Token expired: current date/time {int(now)} must be before the expiration date/time {error}"
        ) from None
    except jwt.NotYetValid:
        raise InvalidIdentityToken("Token is not yet valid") from None
    return claims


def judge(claims: Mapping[str, Any], client_ids: Sequence[str] | None) -> IdentityClaims:
    """What verified claims say. `client_ids` are those the provider was registered with; None takes any audience.

    InvalidIdentityToken for a missing or malformed claim, or an audience that is not registered.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise InvalidIdentityToken("Missing a required claim: sub")
    audiences = jwt.texts(claims.get("aud"))
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
    methods = tuple(jwt.texts(claims.get("amr")))
    return IdentityClaims(
        str(claims["iss"]), subject, chosen[0], audiences[0] if has_party else None, methods,
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
        values = jwt.texts(value)
        if len(values) != 1 or not 1 <= len(key) <= TAG_KEY_CHARS_MAX or len(values[0]) > TAG_VALUE_CHARS_MAX:
            raise InvalidIdentityToken("Invalid session tags in token")
        tags[key] = values[0]
    return tags, tuple(jwt.texts(transitive))


def _source_identity(claims: Mapping[str, Any]) -> str | None:
    value = claims.get(SOURCE_IDENTITY_CLAIM)
    if value is None:
        return None
    if not isinstance(value, str) or not _SOURCE_IDENTITY.fullmatch(value):
        raise InvalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
    return value
