"""The keys of OpenID Connect issuers: fetched from where the issuer publishes them, kept for some minutes.

`https` only, except for hosts of this machine. A certificate that no known authority has signed is taken if its SHA-1
thumbprint is one that the IAM provider lists. Issuers that are services of this cloud are asked by a private operation
(`LOCAL_ISSUERS`) instead: `{"Issuer": iss}` → `{"Keys": [JWK, …]}`.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.services.sts import limits
from cloudchamber.services.sts.errors import IdpCommunicationError
from cloudchamber.services.sts.oidc import no_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudchamber.core.context import Context

Keys = list[dict[str, Any]]

# Issuer → the private operation that tells its keys, where a service of this cloud is the issuer.
LOCAL_ISSUERS: Final = (
    (re.compile(r"https://cognito-identity\.amazonaws\.com"), "cognito-identity:web_identity_keys"),
    (re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/[\w-]+"), "cognito-idp:web_identity_keys"),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    keys: Keys
    fetched_at: float


class IssuerKeys:
    """What issuers published, by issuer. `now` gives the cloud's time."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: dict[tuple[str, tuple[str, ...]], _Kept] = {}

    async def get(
        self, ctx: Context, issuer: str, thumbprints: Sequence[str], *, anew: bool = False
    ) -> tuple[Keys, bool]:
        """The keys, and whether they were fetched just now. `anew` does not take kept ones.

        IdpCommunicationError, InvalidIdentityToken.
        """
        name = (issuer, tuple(thumbprints))
        kept = self._kept.get(name)
        age = None if kept is None else self._now() - kept.fetched_at
        if kept is not None and not anew and age is not None and 0 <= age < limits.ISSUER_KEYS_KEPT_SECONDS:
            return kept.keys, False
        local = next((operation for pattern, operation in LOCAL_ISSUERS if pattern.fullmatch(issuer)), None)
        if local is None:
            keys = await _fetch_keys(issuer, thumbprints)
        else:
            keys = await _ask_service(ctx, local, issuer)
        if len(self._kept) >= limits.ISSUER_KEYS_KEPT_MAX:
            self._kept.clear()
        self._kept[name] = _Kept(keys, self._now())
        return keys, True


async def _ask_service(ctx: Context, operation: str, issuer: str) -> Keys:
    try:
        answer = await ctx.call(operation, principal=principals.service("sts.amazonaws.com"), Issuer=issuer)
    except AwsError:  # there is no such issuer
        raise no_key() from None
    return list(answer["Keys"])


async def _fetch_keys(issuer: str, thumbprints: Sequence[str]) -> Keys:
    document = await _fetch_json(issuer.rstrip("/") + "/.well-known/openid-configuration", thumbprints)
    location = document.get("jwks_uri")
    if document.get("issuer") != issuer or not isinstance(location, str):
        raise no_key()
    keys = (await _fetch_json(location, thumbprints)).get("keys")
    if not isinstance(keys, list):
        raise no_key()
    return [key for key in keys if isinstance(key, dict)]


async def _fetch_json(url: str, thumbprints: Sequence[str]) -> dict[str, Any]:
    """The JSON object at `url`. IdpCommunicationError if nobody answers, InvalidIdentityToken for no use."""
    import httpx  # noqa: PLC0415 - heavy, seldom needed
    import orjson  # noqa: PLC0415

    is_local = _check_url(url)
    try:
        try:
            status, body = await _get(url, proxied=not is_local)
        except httpx.ConnectError as error:
            if not (thumbprints and "CERTIFICATE_VERIFY_FAILED" in str(error)):
                raise
            status, body = await _get(url, proxied=not is_local, thumbprints=thumbprints)
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise IdpCommunicationError("Error communicating with the identity provider") from None
    if status >= 500:
        raise IdpCommunicationError("Error communicating with the identity provider")
    try:
        document = orjson.loads(body) if status == 200 and body is not None else None
    except orjson.JSONDecodeError:
        document = None
    if not isinstance(document, dict):
        raise no_key()
    return document


def _check_url(url: str) -> bool:
    """Whether the host is this machine. InvalidIdentityToken for a URL that is not to be fetched."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        raise no_key() from None
    is_local = is_loopback(host)
    if not host or parts.scheme not in (("https", "http") if is_local else ("https",)) or parts.username is not None:
        raise no_key()
    return is_local


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".localhost.localstack.cloud")):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _get(url: str, *, proxied: bool, thumbprints: Sequence[str] | None = None) -> tuple[int, bytes | None]:
    """(status, body; None for one too large). With `thumbprints`, the peer's certificate has to have one of them."""
    import httpx  # noqa: PLC0415 - heavy, seldom needed

    timeout = httpx.Timeout(limits.ISSUER_SECONDS_MAX)
    async with (
        httpx.AsyncClient(timeout=timeout, verify=thumbprints is None, trust_env=proxied) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as response,
    ):
        if thumbprints is not None and not _is_pinned(response.extensions["network_stream"], thumbprints):
            raise httpx.ConnectError("the certificate has none of the provider's thumbprints")
        body = bytearray()
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > limits.ISSUER_BYTES_MAX:
                return response.status_code, None
        return response.status_code, bytes(body)


def _is_pinned(stream: Any, thumbprints: Sequence[str]) -> bool:
    tls = stream.get_extra_info("ssl_object")
    certificate = None if tls is None else tls.getpeercert(binary_form=True)
    if not certificate:
        return False
    found = hashlib.sha1(certificate, usedforsecurity=False).hexdigest()
    return found in {thumbprint.lower() for thumbprint in thumbprints}
