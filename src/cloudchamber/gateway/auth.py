"""Who is calling: from the signature of a request to a principal, or the error AWS gives.

What a failure is called depends on the protocol of the service that is addressed: query, XML and query-compatible
services say `InvalidClientTokenId` and `SignatureDoesNotMatch`, JSON services `UnrecognizedClientException` and
`InvalidSignatureException`, S3 `InvalidAccessKeyId`.
"""

from __future__ import annotations

import calendar
import hashlib
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from cloudchamber.core.errors import AwsError
from cloudchamber.gateway import sigv2, sigv4
from cloudchamber.gateway.aws_chunked import (
    PREFIX,
    SIGNED,
    SIGNED_TRAILER,
    UNSIGNED_TRAILER,
    BadChunk,
    ChunkDecoder,
    ChunkSigner,
)
from cloudchamber.gateway.sigv2 import SignatureV2
from cloudchamber.gateway.sigv4 import IncompleteSignature, Signature, SigningKey, SigningKeys
from cloudchamber.identity.credentials import Credential
from cloudchamber.identity.principals import ANONYMOUS, Principal
from cloudchamber.protocol.query import parse_form
from cloudchamber.protocol.scalars import iso8601

if TYPE_CHECKING:
    from cloudchamber.core.clock import Clock
    from cloudchamber.gateway.http import Request

SKEW_SECONDS_MAX = 15 * 60
SEEN_MAX = 4096
Family = Literal["query", "json", "s3"]
Lookup = Callable[[str], Credential | None]

_CODES: dict[str, dict[Family, tuple[str, int]]] = {
    "missing": {"query": ("MissingAuthenticationToken", 403), "json": ("MissingAuthenticationTokenException", 400),
                "s3": ("AccessDenied", 403)},
    "incomplete": {"query": ("IncompleteSignature", 400), "json": ("IncompleteSignatureException", 400),
                   "s3": ("AuthorizationHeaderMalformed", 400)},
    "unknown": {"query": ("InvalidClientTokenId", 403), "json": ("UnrecognizedClientException", 400),
                "s3": ("InvalidAccessKeyId", 403)},
    "token": {"query": ("InvalidClientTokenId", 403), "json": ("UnrecognizedClientException", 400),
              "s3": ("InvalidToken", 400)},
    "expired": {"query": ("ExpiredToken", 403), "json": ("ExpiredTokenException", 400), "s3": ("ExpiredToken", 400)},
    "mismatch": {"query": ("SignatureDoesNotMatch", 403), "json": ("InvalidSignatureException", 400),
                 "s3": ("SignatureDoesNotMatch", 403)},
    "skewed": {"query": ("RequestTimeTooSkewed", 403), "json": ("RequestTimeTooSkewed", 403),
               "s3": ("RequestTimeTooSkewed", 403)},
}  # fmt: skip

_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)
_MISMATCH_S3 = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


_UNSIGNED_HEADERS = "There were headers present in the request which were not signed"
_STREAMING = frozenset({SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER})
_SHA256 = re.compile(r"[0-9a-fA-F]{64}\Z")


def failure(kind: str, family: Family, message: str) -> AwsError:
    code, status = _CODES[kind][family]
    return AwsError(message, code=code, status=status)


@dataclass(slots=True)
class Identified:
    """The outcome: who, and the signature that says so (None for an anonymous call)."""

    principal: Principal
    signature: Signature | None = None
    key: SigningKey | None = None


def signature_of(request: Request) -> Signature | None:
    """The signature a request carries, or None. IncompleteSignature if it is not whole."""
    header = request.headers.get("authorization")
    if header is not None and header.startswith("AWS4-"):
        return sigv4.parse_authorization(header, request.headers)
    if "X-Amz-Signature" in request.query_string or "X-Amz-Credential" in request.query_string:
        return sigv4.parse_presigned(dict(parse_form(request.query_string)))
    if "AWSAccessKeyId=" in request.query_string and "Signature=" in request.query_string:
        return sigv2.parse(request)
    if header is not None and header.startswith("AWS "):
        raise IncompleteSignature(
            "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
        )
    return None


class Authenticator:
    def __init__(self, clock: Clock, lookup: Lookup) -> None:
        self._clock = clock
        self._lookup = lookup
        self._keys = SigningKeys()
        self._dates: dict[str, float] = {}
        self._seen: dict[
            str, float
        ] = {}  # presigned signature -> the cloud's time at which it was made (V2: ends), at the latest

    def identify(self, request: Request, signature: Signature | None, family: Family, unsigned_ok: bool) -> Identified:
        """The caller of a request. Raises the error AWS gives for a bad or missing signature."""
        if signature is None:
            if unsigned_ok:
                return Identified(ANONYMOUS)
            text = "Access Denied" if family == "s3" else "Missing Authentication Token"
            raise failure("missing", family, "Request is missing Authentication Token" if family == "query" else text)
        credential = self._lookup(signature.access_key_id)
        if credential is None:
            text = "The AWS Access Key Id you provided does not exist in our records."
            raise failure(
                "unknown", family, text if family == "s3" else "The security token included in the request is invalid."
            )
        if isinstance(signature, SignatureV2):
            return self._identify_v2(request, signature, credential, family)
        self._check_times(signature, credential, family)
        key = self._keys.key(credential.secret, signature)
        try:
            verified, canonical = sigv4.verify(request, signature, key)
        except IncompleteSignature as error:
            raise failure("incomplete", family, str(error)) from None
        if not verified:
            raise self._mismatch(signature, family, canonical)
        if family == "s3":
            _check_all_signed(request, signature)
        if "x-amz-content-sha256" in request.headers:
            self._check_payload(request, family)
        return Identified(credential.principal, signature, key)

    def _identify_v2(
        self, request: Request, signature: SignatureV2, credential: Credential, family: Family
    ) -> Identified:
        """A URL presigned the old way says when it ends by the client's clock, and not when it was signed: it ages by
        the cloud's clock from when it is first seen."""
        if family != "s3":
            raise failure("incomplete", family, "Signature Version 2 is taken by Amazon S3 alone")
        now, left_s = self._clock.now(), signature.expires_at - self._clock.wall()
        ends = self._seen.get(signature.signature, now + left_s)
        if left_s < 0 or now > ends:
            raise AwsError("Request has expired", code="AccessDenied", status=403)
        if credential.session_token is not None or signature.token is not None:
            self._check_token(signature, credential, family)
        verified, text = sigv2.verify(request, signature, credential.secret)
        if not verified:
            error = failure("mismatch", family, _MISMATCH_S3)
            error.members = {
                "AWSAccessKeyId": signature.access_key_id, "StringToSign": text,
                "SignatureProvided": signature.signature,
            }  # fmt: skip
            raise error
        self._remember(signature, ends)
        return Identified(credential.principal, signature)

    def _remember(self, signature: Signature, at: float) -> None:
        if len(self._seen) >= SEEN_MAX:
            self._seen.clear()
        self._seen[signature.signature] = at

    def _check_times(self, signature: Signature, credential: Credential, family: Family) -> None:
        amz_date = signature.amz_date
        signed_at = self._instant(amz_date, family)
        if not amz_date.startswith(signature.date) or len(signature.date) != 8:
            raise failure(
                "mismatch",
                family,
                f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{signature.date[:32]}' != '{amz_date[:8]}', from '{amz_date}'.",
            )
        if "host" not in signature.signed_headers:
            text = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
            raise failure("mismatch", family, text)
        if signature.expires_s is not None:
            self._check_presigned(signature, signed_at, signature.expires_s, family)
        elif min(abs(signed_at - (wall := self._clock.wall())), abs(signed_at - self._clock.now())) > SKEW_SECONDS_MAX:
            raise failure("skewed", family, _skewed(signed_at, wall, amz_date, family))
        if credential.session_token is not None or signature.token is not None:
            self._check_token(signature, credential, family)

    def _check_token(self, signature: Signature, credential: Credential, family: Family) -> None:
        is_s3 = family == "s3"
        if credential.session_token is None and credential.principal.kind == "root":
            return  # whoever signs with the key `test` may have set a token to match
        if signature.token != credential.session_token:
            text = "The security token included in the request is invalid."
            raise failure("token", family, "The provided token is malformed or otherwise invalid." if is_s3 else text)
        if credential.expires_at is not None and self._clock.now() >= credential.expires_at:
            text = "The security token included in the request is expired"
            raise failure("expired", family, "The provided token has expired." if is_s3 else text)

    def _check_presigned(self, signature: Signature, signed_at: float, expires_s: int, family: Family) -> None:
        """A presigned URL ages by the cloud's clock, from the instant at which the client's clock signed it.

        It says that instant in whole seconds: of the times the cloud had in that second the last one counts, unless
        the URL was seen before.
        """
        now, wall = self._clock.now(), self._clock.wall()
        begun = now if wall - signed_at < 1 else self._clock.at_wall(signed_at + 1) - 1
        if min(begun - now, signed_at - wall) > SKEW_SECONDS_MAX:
            raise AwsError("Request is not valid yet", code="AccessDenied", status=403)
        begun = min(begun, now, self._seen.get(signature.signature, now))
        if now > begun + expires_s:
            code = "AccessDenied" if family == "s3" else "SignatureDoesNotMatch"
            raise AwsError("Request has expired", code=code, status=403)
        self._remember(signature, begun)

    def _instant(self, amz_date: str, family: Family) -> float:
        found = self._dates.get(amz_date)
        if found is None:
            try:
                d = amz_date
                parts = (int(d[:4]), int(d[4:6]), int(d[6:8]), int(d[9:11]), int(d[11:13]), int(d[13:15]))
                found = float(calendar.timegm((*parts, 0, 0, 0)))
            except (ValueError, OverflowError):
                raise failure(
                    "incomplete", family, f"Date must be in ISO-8601 'basic format'. Got '{amz_date}'."
                ) from None
            if len(self._dates) > 256:
                self._dates.clear()
            self._dates[amz_date] = found
        return found

    @staticmethod
    def _mismatch(signature: Signature, family: Family, canonical: str) -> AwsError:
        if family == "s3":
            error = failure("mismatch", family, _MISMATCH_S3)
            error.members = {
                "AWSAccessKeyId": signature.access_key_id,
                "StringToSign": sigv4.string_to_sign(signature, canonical),
                "SignatureProvided": signature.signature,
                "CanonicalRequest": canonical,
            }
            return error
        return failure("mismatch", family, _MISMATCH)

    @staticmethod
    def _check_payload(request: Request, family: Family) -> None:
        """The declared hash of a body at hand is its hash; of one that streams, `authentic_body` sees to it."""
        declared = request.headers["x-amz-content-sha256"]
        if declared == sigv4.UNSIGNED or declared in _STREAMING:
            return
        if family == "s3" and _SHA256.match(declared) is None:
            text = (
                "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, "
                f"{SIGNED}, {SIGNED_TRAILER} or a valid sha256 value."
            )
            raise AwsError(text, code="InvalidArgument", status=400)
        if request.stream is None and hashlib.sha256(request.body).hexdigest() != declared.lower():
            raise content_mismatch()

    def authentic_body(self, request: Request, identified: Identified) -> AsyncIterable[bytes] | None:
        """The body of a streaming operation, checked on the way; None if it is at hand and plain."""
        declared = request.headers.get("x-amz-content-sha256", "")
        if declared.startswith(PREFIX) or "aws-chunked" in request.headers.get("content-encoding", ""):
            signer, signature = None, identified.signature
            if signature is not None and identified.key is not None and declared in (SIGNED, SIGNED_TRAILER):
                signer = ChunkSigner(identified.key, signature, signature.signature)
            decoder = ChunkDecoder(signer, has_trailers=declared != SIGNED)
            return DecodedBody(_source(request), decoder, request.headers.get("x-amz-decoded-content-length"))
        if request.stream is None:
            return None
        if _SHA256.match(declared) is not None:
            return _hashed(_source(request), declared.lower())
        return request.stream


def _skewed(signed_at: float, now: float, amz_date: str, family: Family) -> str:
    """What AWS says of a clock that is off.

    The code is S3's `RequestTimeTooSkewed` everywhere, so that the cause can be told from a wrong secret; other AWS
    services hide it under the code of a wrong signature. The message is each family's own.
    """
    if family == "s3":
        return "The difference between the request time and the current time is too large."
    minutes, present = SKEW_SECONDS_MAX // 60, basic_format(now)
    if signed_at < now:
        bound = basic_format(now - SKEW_SECONDS_MAX)
        return f"Signature expired: {amz_date} is now earlier than {bound} ({present} - {minutes} min.)"
    bound = basic_format(now + SKEW_SECONDS_MAX)
    return f"Signature not yet current: {amz_date} is still later than {bound} ({present} + {minutes} min.)"


def basic_format(instant: float) -> str:
    """An instant as signatures have it: `20150830T123600Z`."""
    return iso8601(int(instant)).replace("-", "").replace(":", "")


def _check_all_signed(request: Request, signature: Signature) -> None:
    """S3 takes no `x-amz-` header that is not signed: somebody else may have added it."""
    extra = [name for name in request.headers if name.startswith("x-amz-") and name not in signature.signed_headers]
    if extra:
        members = {"HeadersNotSigned": ", ".join(extra)}
        raise AwsError(_UNSIGNED_HEADERS, code="AccessDenied", status=403, members=members)


def content_mismatch() -> AwsError:
    text = "The provided 'x-amz-content-sha256' header does not match what was computed."
    return AwsError(text, code="XAmzContentSHA256Mismatch", status=400)


async def _at_hand(body: bytes) -> AsyncIterator[bytes]:
    yield body


def _source(request: Request) -> AsyncIterator[bytes]:
    return request.stream if request.stream is not None else _at_hand(request.body)


async def _hashed(source: AsyncIterator[bytes], declared: str) -> AsyncIterator[bytes]:
    digest = hashlib.sha256()
    async for chunk in source:
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != declared:
        raise content_mismatch()


class DecodedBody:
    """An `aws-chunked` body, decoded; `trailers` are there when the iteration has ended."""

    def __init__(self, source: AsyncIterator[bytes], decoder: ChunkDecoder, declared_bytes: str | None = None) -> None:
        self._source = source
        self._decoder = decoder
        self._declared = declared_bytes

    @property
    def trailers(self) -> dict[str, str]:
        return self._decoder.trailers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._source:
            for piece in self._decoder.feed(chunk):
                yield piece
        self._decoder.finish()
        if self._declared is not None and self._declared != str(self._decoder.size):
            raise BadChunk("You did not provide the number of bytes specified by the Content-Length HTTP header.")
