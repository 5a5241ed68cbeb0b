"""Signature Version 4 for requests that this cloud itself sends to an endpoint that asks for one. Pure.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.identity.credentials import Credential

_UNRESERVED = "-_.~"


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request before it is signed; `path` is encoded as it will be sent."""

    method: str
    host: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def signed_headers(outgoing: Outgoing, credential: Credential, scope: tuple[str, str], at: float) -> dict[str, str]:
    """The headers that sign a request for `scope` (region, service) at an instant of the machine's time."""
    region, service = scope
    stamp = datetime.fromtimestamp(at, UTC).strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": outgoing.host, "x-amz-date": stamp}
    if credential.session_token:
        headers["x-amz-security-token"] = credential.session_token
    names = ";".join(headers)
    query = "&".join(f"{_encoded(k)}={_encoded(v)}" for k, v in sorted(outgoing.query.items()))
    canonical = "\n".join([
        outgoing.method, quote(outgoing.path, safe=f"/{_UNRESERVED}"), query,
        *(f"{name}:{value}" for name, value in headers.items()), "", names,
        hashlib.sha256(outgoing.body).hexdigest(),
    ])  # fmt: skip
    place = f"{stamp[:8]}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"AWS4{credential.secret}".encode()
    for part in (stamp[:8], region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{place}\n{digest}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    given = f"Credential={credential.access_key_id}/{place}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "authorization": f"AWS4-HMAC-SHA256 {given}"}


def _encoded(text: str) -> str:
    return quote(text, safe=_UNRESERVED)
