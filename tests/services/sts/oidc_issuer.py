"""An OpenID Connect issuer on this machine: discovery document, keys, and tokens signed with them."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from joserfc import jwk, jwt

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

CLIENT = "my-app"


@dataclass
class Issuer:
    """What the issuer publishes may be changed while it runs. `now` is the cloud's time in epoch seconds."""

    url: str = ""
    now: Any = None
    keys: list[Any] = field(default_factory=lambda: [jwk.RSAKey.generate_key(2048, {"kid": "rsa-1"})])
    status: int = 200
    discovery: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As IAM's provider ARNs and condition keys have it."""
        return self.url.partition("://")[2]

    def token(self, key: Any = None, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """An ID token, good for five minutes; a claim given as None is left out."""
        key, now = key or self.keys[0], int(self.now())
        algorithm = {"RSA": "RS256", "EC": "ES256"}.get(key.key_type, "HS256")
        body = {"iss": self.url, "sub": "ann", "aud": CLIENT, "iat": now, "exp": now + 300, **claims}
        given = {name: value for name, value in body.items() if value is not None}
        head = {"alg": algorithm, "kid": key.kid, **(header or {})}
        return jwt.encode(head, given, key, algorithms=[head["alg"]])

    def answer(self, path: str) -> tuple[int, bytes]:
        self.requests.append(path)
        if path.endswith("/.well-known/openid-configuration"):
            found: Any = {"issuer": self.url, "jwks_uri": f"{self.url}/keys", **self.discovery}
        elif path.endswith("/keys"):
            found = {"keys": [key.as_dict(private=False) for key in self.keys]}
        else:
            return 404, b""
        return self.status, json.dumps(found).encode()


@contextmanager
def serving(issuer: Issuer, path: str = "", tls: ssl.SSLContext | None = None) -> Iterator[Issuer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = issuer.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    issuer.url = f"{'http' if tls is None else 'https'}://localhost:{server.server_address[1]}{path}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield issuer
    finally:
        server.shutdown()
        server.server_close()
