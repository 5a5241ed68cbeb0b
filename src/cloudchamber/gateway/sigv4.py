"""Signature Version 4, verified: Authorization header, presigned URL, and `aws-chunked` bodies with their trailers.

Pure: bytes and secrets in, an answer out. Signing keys are derived once a day and credential (`SigningKeys`).
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.gateway.http import Request

ALGORITHM = "AWS4-HMAC-SHA256"
EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
UNSIGNED = "UNSIGNED-PAYLOAD"
EXPIRES_SECONDS_MAX = 604_800
KEYS_MAX = 4096
S3_NAMES = frozenset({"s3", "s3-outposts", "s3express", "s3-object-lambda"})
_PARAMETERS = ("Credential", "Signature", "SignedHeaders")
_AMZ_DATE = re.compile(r"[0-9]{8}T[0-9]{6}Z\Z")


class IncompleteSignature(Exception):
    """The signature lacks a part or has it in the wrong form; the text says which."""


@dataclass(slots=True)
class Signature:
    """A signature as the request carries it, not yet verified."""

    access_key_id: str
    date: str  # YYYYMMDD of the scope
    region: str
    service: str
    signed_headers: tuple[str, ...]  # in lower case
    signature: str
    amz_date: str
    token: str | None = None
    expires_s: int | None = None  # presigned only

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"

    @property
    def is_presigned(self) -> bool:
        return self.expires_s is not None


def parse_authorization(text: str, headers: Mapping[str, str]) -> Signature:
    """The signature in an Authorization header."""
    amz_date = headers.get("x-amz-date") or _from_http_date(headers.get("date"))
    start, _, signature = text.rpartition("Signature=")
    if "," in signature or not start or amz_date is None:
        start, signature = text, ""
    fields = _fields(start)
    signature = signature or fields["Signature"]
    if not (signature and fields["Credential"] and fields["SignedHeaders"]) or amz_date is None:
        known = {**fields, "Signature": signature}
        texts = [f"Authorization header requires '{name}' parameter." for name in _PARAMETERS if not known[name]]
        if amz_date is None:
            texts.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
        raise IncompleteSignature(" ".join(texts) + f" Authorization={text[:512]}")
    if _AMZ_DATE.match(amz_date) is None:
        raise IncompleteSignature(f"Date must be in ISO-8601 'basic format'. Got '{amz_date[:64]}'.")
    key, date, region, service = _credential(fields["Credential"])
    signed = _names(fields["SignedHeaders"])
    return Signature(key, date, region, service, signed, signature, amz_date, headers.get("x-amz-security-token"))


@lru_cache(maxsize=256)
def _fields(text: str) -> dict[str, str]:
    """The parameters of an Authorization header, which up to the signature are the same on every call of a client's
    day; empty ones for those that lack."""
    algorithm, _, parameters = text.partition(" ")
    if algorithm != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{algorithm[:64]}'.")
    fields = dict.fromkeys(_PARAMETERS, "")
    for part in parameters.split(","):
        name, _, value = part.strip().partition("=")
        fields[name] = value
    return fields


@lru_cache(maxsize=256)
def _names(text: str) -> tuple[str, ...]:
    return tuple(text.lower().split(";"))


@lru_cache(maxsize=256)
def _credential(text: str) -> tuple[str, str, str, str]:
    parts = text.rsplit("/", 4)
    if len(parts) != 5 or not parts[0]:
        raise IncompleteSignature(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
            f"got '{text[:256]}'"
        )
    if parts[4] != "aws4_request":
        raise IncompleteSignature(
            f"Credential should be scoped with a valid terminator: 'aws4_request', not '{parts[4][:64]}'."
        )
    return parts[0], parts[1], parts[2], parts[3]


def _from_http_date(text: str | None) -> str | None:
    if text is None:
        return None
    if _AMZ_DATE.match(text):
        return text
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 - old clients only

    try:
        parsed = parsedate_to_datetime(text)
        return (parsed.astimezone(UTC) if parsed.tzinfo else parsed).strftime("%Y%m%dT%H%M%SZ")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def parse_presigned(query: Mapping[str, str]) -> Signature:
    """The signature in a presigned URL's query parameters (decoded)."""
    names = (
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "X-Amz-Date",
        "X-Amz-SignedHeaders",
        "X-Amz-Expires",
    )
    missing = [n for n in names if n not in query and n != "X-Amz-Expires"]
    if missing:
        raise IncompleteSignature(
            "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, "
            "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters."
        )
    if query["X-Amz-Algorithm"] != ALGORITHM:
        raise IncompleteSignature(f"Unsupported AWS 'algorithm': '{query['X-Amz-Algorithm'][:64]}'.")
    expires_text = query.get("X-Amz-Expires", "900")
    if not expires_text.isascii() or not expires_text.isdigit() or len(expires_text) > 9:
        raise IncompleteSignature("X-Amz-Expires should be a number")
    expires_s = int(expires_text)
    if expires_s > EXPIRES_SECONDS_MAX:
        raise IncompleteSignature(
            "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires "
            f"must be less than {EXPIRES_SECONDS_MAX} seconds"
        )
    if _AMZ_DATE.match(query["X-Amz-Date"]) is None:
        raise IncompleteSignature("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
    key, date, region, service = _credential(query["X-Amz-Credential"])
    signed = _names(query["X-Amz-SignedHeaders"])
    token = query.get("X-Amz-Security-Token")
    return Signature(
        key, date, region, service, signed, query["X-Amz-Signature"], query["X-Amz-Date"], token, expires_s
    )


class SigningKey:
    """A derived key, ready to sign: HMAC-SHA256 (RFC 2104) with the hashes of its two paddings made once."""

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(hashlib.sha256().block_size, b"\0")
        self._inner = hashlib.sha256(padded.translate(_INNER_PADDING))
        self._outer = hashlib.sha256(padded.translate(_OUTER_PADDING))

    def sign(self, text: str) -> str:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(text.encode("latin-1", "replace"))
        outer.update(inner.digest())
        return outer.hexdigest()


_INNER_PADDING = bytes(byte ^ 0x36 for byte in range(256))
_OUTER_PADDING = bytes(byte ^ 0x5C for byte in range(256))


class SigningKeys:
    """Derived keys by secret and scope: four HMACs saved on all calls of a credential's day."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, str], SigningKey] = {}

    def key(self, secret: str, signature: Signature) -> SigningKey:
        wanted = (secret, signature.date, signature.region, signature.service)
        found = self._known.get(wanted)
        if found is None:
            derived = f"AWS4{secret}".encode()
            for part in (signature.date, signature.region, signature.service, "aws4_request"):
                derived = hmac.digest(derived, part.encode("utf-8", "replace"), "sha256")
            if len(self._known) >= KEYS_MAX:
                self._known.clear()
            found = self._known[wanted] = SigningKey(derived)
        return found


_SPACES = re.compile(r" +")
_QUERY_SAFE = "-_.~"


def _strict(text: str) -> str:
    return quote(unquote_to_bytes(text.replace("+", " ").encode("latin-1")), safe=_QUERY_SAFE)


def canonical_query(query_string: str, without: str | None = None) -> str:
    """Sorted, strictly encoded query parameters. `without` leaves one out (the presigned signature itself)."""
    if not query_string:
        return ""
    pairs = []
    for part in query_string.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        encoded_name = _strict(name)
        if encoded_name != without:
            pairs.append((encoded_name, _strict(value)))
    pairs.sort()
    return "&".join(f"{name}={value}" for name, value in pairs)


def canonical_path(path: str, service: str) -> str:
    """The path as signed: S3 signs it as sent (encoded once), the others normalise it and encode it again."""
    if path == "/":
        return "/"
    if service in S3_NAMES:
        return quote(unquote_to_bytes(path.encode("latin-1")), safe="/-_.~")
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if parts:
                parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    normal = "/" + "/".join(parts) + ("/" if path.endswith("/") and parts else "")
    return quote(normal.encode("latin-1"), safe="/-_.~")


def canonical_request(request: Request, signature: Signature, payload_hash: str) -> str:
    """The text whose hash is signed. IncompleteSignature if a signed header is absent."""
    headers = request.headers
    lines = []
    for name in signature.signed_headers:
        value = headers.get(name)
        if value is None:
            value = _absent(name, request)
        if "  " in value:
            value = _SPACES.sub(" ", value)
        lines.append(f"{name}:{value}\n")
    without = "X-Amz-Signature" if signature.is_presigned else None
    return (
        f"{request.method}\n{canonical_path(request.sent_path, signature.service)}\n"
        f"{canonical_query(request.query_string, without)}\n{''.join(lines)}\n"
        f"{';'.join(signature.signed_headers)}\n{payload_hash}"
    )


def _absent(name: str, request: Request) -> str:
    if name == "content-length":  # the SDK for Ruby signs it even where it is not sent
        return str(len(request.body))
    raise IncompleteSignature(
        f"'{name}' is a signed header but is not in the request" if name else "SignedHeaders must not be empty"
    )


def string_to_sign(signature: Signature, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode("latin-1", "replace")).hexdigest()
    return f"{ALGORITHM}\n{signature.amz_date}\n{signature.scope}\n{digest}"


def payload_hash(request: Request, signature: Signature) -> str:
    """The payload hash that was signed: what the header says where there is one (checked apart), or the body's own."""
    if signature.is_presigned and signature.service in S3_NAMES:
        return request.headers.get("x-amz-content-sha256", UNSIGNED)
    declared = request.headers.get("x-amz-content-sha256")
    if declared is not None:
        return declared
    return hashlib.sha256(request.body).hexdigest() if request.body else EMPTY_SHA256


def verify(request: Request, signature: Signature, key: SigningKey) -> tuple[bool, str]:
    """Whether the signature verifies, and the canonical request it was held against."""
    canonical = canonical_request(request, signature, payload_hash(request, signature))
    expected = key.sign(string_to_sign(signature, canonical))
    return hmac.compare_digest(expected.encode(), signature.signature.encode("utf-8", "replace")), canonical
