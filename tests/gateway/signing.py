"""Signature Version 4 from the client's side, written from the AWS page so that nothing is shared with the gateway.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import quote


def amz_date(at: float | None = None) -> str:
    return time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(at))


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def signing_key(secret: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


@dataclass
class Call:
    """A request to sign. `headers` with lower-case names; all of them are signed but those in `unsigned`."""

    service: str = "sqs"
    method: str = "POST"
    path: str = "/"
    query: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"{}"
    key: str = "test"
    secret: str = "test"
    region: str = "us-east-1"
    at: float | None = None
    host: str = "localhost"
    unsigned: tuple[str, ...] = ()
    payload_hash: str | None = None
    canonical_path: str | None = None

    def encoded_query(self) -> str:
        pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in self.query)
        return "&".join(f"{k}={v}" for k, v in pairs)

    def signed(self) -> dict[str, str]:
        """All headers, with the signature's."""
        stamp = amz_date(self.at)
        headers = {"host": self.host, "x-amz-date": stamp, **self.headers}
        names = sorted(name for name in headers if name not in self.unsigned)
        payload = self.payload_hash or headers.get("x-amz-content-sha256") or hashlib.sha256(self.body).hexdigest()
        lines = "".join(f"{name}:{' '.join(headers[name].split())}\n" for name in names)
        path = self.canonical_path or quote(self.path, safe="/-_.~")
        canonical = f"{self.method}\n{path}\n{self.encoded_query()}\n{lines}\n{';'.join(names)}\n{payload}"
        scope = f"{stamp[:8]}/{self.region}/{self.service}/aws4_request"
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = signing_key(self.secret, stamp[:8], self.region, self.service)
        signature = _hmac(key, f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{digest}").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.key}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
        )
        return headers

    def bytes(self, headers: dict[str, str] | None = None) -> bytes:
        """The request on the wire."""
        headers = headers or self.signed()
        query = self.encoded_query()
        target = self.path + (f"?{query}" if query else "")
        head = f"{self.method} {target} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items())
        return head.encode() + b"content-length: %d\r\n\r\n" % len(self.body) + self.body


def sqs_json(operation: str, body: bytes = b"{}", **more: object) -> Call:
    headers = {"content-type": "application/x-amz-json-1.0", "x-amz-target": f"AmazonSQS.{operation}"}
    return Call("sqs", headers=headers, body=body, **more)  # type: ignore[arg-type]
