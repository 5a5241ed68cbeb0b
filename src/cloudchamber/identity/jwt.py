"""JSON Web Tokens: read, verified, judged and made. Pure: keys and the time are passed in.

A token is read twice: `read` looks at it unverified, to learn who is said to have issued it; `verify` checks the
signature against the issuer's published keys (RSA or ECDSA; never a shared secret, never none) and hands out claims
only then. Whether the claims are of now, from whom they should be and for whom they should be are questions of their
own (`check_times`, `check_issuer`, `check_audience`), because each place that takes tokens asks them in its own words.
https://www.rfc-editor.org/rfc/rfc7515 https://www.rfc-editor.org/rfc/rfc7518 https://www.rfc-editor.org/rfc/rfc7519
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

Claims = dict[str, Any]
Jwk = dict[str, Any]

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
RSA_BITS_MIN = 1024
_CURVES: Final = {"ES256": ("P-256", 32), "ES384": ("P-384", 48), "ES512": ("P-521", 66)}
_KEYS_KEPT_MAX = 256


class TokenError(Exception):
    """A token that is not to be trusted. The message is for logs; who takes tokens has words of its own."""


class MalformedToken(TokenError):
    """Text that is no signed token."""


class UnsupportedAlgorithm(TokenError):
    """A token that says it is signed in a way that is not taken here: `none`, a shared secret, something unknown."""


class NoSuchKey(TokenError):
    """The issuer's keys have none that the token names: they may have been rotated."""


class BadSignature(TokenError):
    """None of the keys made this signature for this text."""


class ExpiredToken(TokenError):
    """The time has passed."""


class NotYetValid(TokenError):
    """The time has not come."""


class BadClaim(TokenError):
    """A claim that is missing (`is_missing`) or has no sensible value."""

    def __init__(self, name: str, *, is_missing: bool = False) -> None:
        super().__init__(f"{name} is {'missing' if is_missing else 'not valid'}")
        self.name = name
        self.is_missing = is_missing


@dataclass(frozen=True, slots=True)
class Unverified:
    """A token whose signature nobody has looked at: good for finding its issuer, for nothing else."""

    header: Mapping[str, Any]
    claims: Claims
    signed: bytes  # the text the signature is of
    signature: bytes

    @property
    def algorithm(self) -> Any:
        return self.header.get("alg")

    @property
    def key_id(self) -> str | None:
        found = self.header.get("kid")
        return found if isinstance(found, str) else None


def read(text: str) -> Unverified:
    """MalformedToken for text that is no signed token."""
    parts = text.split(".")
    if len(parts) != 3 or not text.isascii():
        raise MalformedToken("not three parts")
    header, claims = _json(parts[0]), _json(parts[1])
    return Unverified(header, claims, f"{parts[0]}.{parts[1]}".encode(), _bytes(parts[2]))


def _bytes(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise MalformedToken("not base64url") from None


def _json(part: str) -> Claims:
    try:
        value = json.loads(_bytes(part))
    except (ValueError, RecursionError):
        raise MalformedToken("not JSON") from None
    if not isinstance(value, dict):
        raise MalformedToken("not a JSON object")
    return value


def verify(
    token: str | Unverified, keys: Sequence[Mapping[str, Any]], *, algorithms: Sequence[str] = ALGORITHMS
) -> Claims:
    """The claims of a token that one of `keys` (JWKs, by the token's `kid`) has signed with one of `algorithms`.

    MalformedToken, UnsupportedAlgorithm, NoSuchKey, BadSignature. Says nothing of times, issuer and audience.
    """
    read_token = read(token) if isinstance(token, str) else token
    algorithm = read_token.algorithm
    if algorithm not in algorithms or algorithm not in ALGORITHMS:
        raise UnsupportedAlgorithm(str(algorithm)[:20])
    if "crit" in read_token.header:
        raise UnsupportedAlgorithm("crit")  # an extension that must be understood, and no one is
    candidates = [key for key in keys if _fits(key, algorithm, read_token.key_id)]
    if not candidates:
        raise NoSuchKey(str(read_token.key_id)[:100])
    for candidate in candidates:
        key = _public_key(candidate)
        if key is not None and _is_signed(read_token, algorithm, key):
            return read_token.claims
    raise BadSignature(str(read_token.key_id)[:100])


def _fits(key: Mapping[str, Any], algorithm: str, key_id: str | None) -> bool:
    if key_id is not None and key.get("kid") != key_id:
        return False
    kind = "RSA" if algorithm.startswith("RS") else "EC"
    if kind == "EC" and key.get("crv") != _CURVES[algorithm][0]:
        return False
    return key.get("kty") == kind and key.get("use", "sig") == "sig" and key.get("alg", algorithm) == algorithm


def _public_key(key: Mapping[str, Any]) -> Any:
    """The key behind a JWK; None for one that makes no sense."""
    members: list[Any] = [key.get(name) for name in (("n", "e") if key["kty"] == "RSA" else ("crv", "x", "y"))]
    if not all(isinstance(member, str) for member in members):
        return None
    try:
        return _loaded(*members)
    except (ValueError, MalformedToken):
        return None


@lru_cache(maxsize=_KEYS_KEPT_MAX)
def _loaded(*members: str) -> RSAPublicKey | EllipticCurvePublicKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa  # noqa: PLC0415 - heavy, loaded with the first key

    if len(members) == 2:
        n, e = (int.from_bytes(_bytes(member)) for member in members)
        if n.bit_length() < RSA_BITS_MIN:
            raise ValueError("too short a key")
        return rsa.RSAPublicNumbers(e, n).public_key()
    curves: dict[str, ec.EllipticCurve] = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    x, y = (int.from_bytes(_bytes(member)) for member in members[1:])
    return ec.EllipticCurvePublicNumbers(x, y, curves[members[0]]).public_key()


def _is_signed(token: Unverified, algorithm: str, key: Any) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.asymmetric import ec, padding, utils  # noqa: PLC0415

    digest = _digest(algorithm)
    try:
        if algorithm.startswith("RS"):
            key.verify(token.signature, token.signed, padding.PKCS1v15(), digest)
            return True
        size = _CURVES[algorithm][1]
        if len(token.signature) != 2 * size:
            return False
        r, s = int.from_bytes(token.signature[:size]), int.from_bytes(token.signature[size:])
        key.verify(utils.encode_dss_signature(r, s), token.signed, ec.ECDSA(digest))
    except InvalidSignature:
        return False
    return True


# what verified claims have to say


def check_times(claims: Mapping[str, Any], now: float, *, skew_s: float = 0.0, required: Sequence[str] = ()) -> None:
    """`exp` has not come, `nbf` and `iat` have (give or take `skew_s`), and those in `required` are there.

    BadClaim, ExpiredToken, NotYetValid. `now` in epoch seconds.
    """
    for name in required:
        if name not in claims:
            raise BadClaim(name, is_missing=True)
    for name in ("exp", "iat", "nbf"):
        value = claims.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
            raise BadClaim(name)
    if "exp" in claims and now >= claims["exp"]:
        raise ExpiredToken(str(int(claims["exp"])))
    if max(claims.get("iat", 0), claims.get("nbf", 0)) > now + skew_s:
        raise NotYetValid(str(int(now)))


def check_issuer(claims: Mapping[str, Any], issuer: str) -> None:
    """BadClaim unless `iss` is exactly the issuer."""
    if claims.get("iss") != issuer:
        raise BadClaim("iss", is_missing="iss" not in claims)


def check_audience(claims: Mapping[str, Any], allowed: Sequence[str], *, claim: str = "aud") -> str:
    """The first of the token's audiences that is among `allowed`. BadClaim if none is."""
    for audience in texts(claims.get(claim)):
        if audience in allowed:
            return audience
    raise BadClaim(claim, is_missing=claim not in claims)


def texts(value: Any) -> list[str]:
    """A text or a list of texts (`aud`, `amr`), as a list; anything else is none."""
    if isinstance(value, str):
        return [value] if value else []
    if isinstance(value, list) and all(isinstance(item, str) and item for item in value):
        return value
    return []


# making tokens


def sign(claims: Mapping[str, Any], key: RSAPrivateKey, key_id: str, algorithm: str = "RS256") -> str:
    """A token with these claims, signed with an RSA key. Takes about a millisecond with 2048 bits."""
    from cryptography.hazmat.primitives.asymmetric import padding  # noqa: PLC0415 - as above

    header = {"kid": key_id, "typ": "JWS", "alg": algorithm}
    signed = f"{_part(header)}.{_part(claims)}"
    return f"{signed}.{_text(key.sign(signed.encode(), padding.PKCS1v15(), _digest(algorithm)))}"


def public_jwk(key: RSAPrivateKey, key_id: str, algorithm: str = "RS256") -> Jwk:
    """The public half, as issuers publish it."""
    numbers = key.public_key().public_numbers()
    n, e = (_text(number.to_bytes((number.bit_length() + 7) // 8)) for number in (numbers.n, numbers.e))
    return {"kty": "RSA", "alg": algorithm, "use": "sig", "kid": key_id, "n": n, "e": e}


def _digest(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as above

    digests: dict[str, Any] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
    return digests[algorithm[2:]]()


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _part(value: Mapping[str, Any]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())
