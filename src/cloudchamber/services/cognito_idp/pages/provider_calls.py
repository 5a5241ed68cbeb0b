"""Calls to an OpenID Connect provider: its configuration, its token endpoint, what it says of the user.

`https` only, except for hosts of this machine; nothing is followed, nothing larger than a megabyte is read.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import orjson

if TYPE_CHECKING:
    from collections.abc import Mapping

SECONDS_MAX: Final = 5.0
BYTES_MAX: Final = 1024 * 1024


class ProviderFailed(Exception):
    """It did not answer, or not as it should; the message is for the application."""


def _is_local(url: str) -> bool:
    """Whether the host is this machine. ProviderFailed for a URL that is not to be called."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        raise ProviderFailed("Invalid URL of the identity provider") from None
    is_local = host == "localhost" or host.endswith(".localhost")
    if not is_local:
        try:
            is_local = ipaddress.ip_address(host).is_loopback
        except ValueError:
            pass
    if not host or parts.scheme not in (("https", "http") if is_local else ("https",)):
        raise ProviderFailed("Invalid URL of the identity provider")
    return is_local


async def _called(
    method: str, url: str, form: Mapping[str, str] | None, headers: Mapping[str, str]
) -> tuple[int, bytes]:
    """The status and the body of an answer."""
    import httpx  # noqa: PLC0415 - heavy, seldom needed

    is_local = _is_local(url)
    try:
        async with (
            httpx.AsyncClient(timeout=SECONDS_MAX, trust_env=not is_local) as client,
            client.stream(method, url, data=dict(form) if form else None, headers=dict(headers)) as response,
        ):
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BYTES_MAX:
                    raise ProviderFailed("The identity provider's answer is too large")
            return response.status_code, bytes(body)
    except (httpx.HTTPError, httpx.InvalidURL, OSError):
        raise ProviderFailed("Error communicating with the identity provider") from None


async def fetched(
    method: str, url: str, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON object that a call answers with. ProviderFailed."""
    status, body = await _called(method, url, form, {"accept": "application/json", **(headers or {})})
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise ProviderFailed("The identity provider's answer is not valid")
    if status != 200:
        raise ProviderFailed(f"{found.get('error_description') or found.get('error') or status}"[:200])
    return found


async def fetched_text(url: str) -> str:
    """What stands at an address: SAML metadata. ProviderFailed."""
    status, body = await _called("GET", url, None, {})
    if status != 200:
        raise ProviderFailed("Error communicating with the identity provider")
    return body.decode("utf-8", "replace")
