"""The cloud's own certificate authority: made once in the data folder, its certificate's path printed for clients.

Clients trust it through `AWS_CA_BUNDLE` (`REQUESTS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`). Whatever host of this cloud a
client asks for (SNI) gets a certificate of that very name, made when it is first asked for: OpenSSL does not accept
`*.localhost`, and `bucket.s3.eu-west-1.localhost` would need one wildcard a level.
"""

from __future__ import annotations

import os
import re
import ssl
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = (
    "localhost",
    "127.0.0.1",
    "::1",
    "localhost.localstack.cloud",
    "*.localhost.localstack.cloud",
    "amazonaws.com",
    "*.amazonaws.com",
)
# Hosts that are certified on demand: the cloud's own suffixes, and names without a dot (a container's).
_OWN_HOST = re.compile(
    r"(?:[a-z0-9_-]{1,63}|(?:[a-z0-9_*-]{1,63}\.){1,8}(?:localhost|localhost\.localstack\.cloud|amazonaws\.com|"
    r"amazonaws\.com\.cn|api\.aws|on\.aws))\Z"
)
CA_FILE, KEY_FILE = "ca.pem", "ca-key.pem"
CERTIFICATES_MAX = 256


class CertificateAuthority:
    """`folder/ca.pem` and its key, made at first use: importing the library costs start-up time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context: ssl.SSLContext | None = None
        self._authority: Any = None
        self._turn = threading.Lock()  # functions that start together ask for it on threads of their own

    @property
    def certificate_path(self) -> Path:
        return self._folder / CA_FILE

    def ensure(self) -> Path:
        """The path of the CA's certificate, made now if it is not there. May be called on any thread."""
        with self._turn:
            if not self.certificate_path.exists():
                self._make()
        return self.certificate_path

    def _make(self) -> None:
        import trustme  # noqa: PLC0415

        authority = trustme.CA(organization_name="cloudchamber local CA")
        self._folder.mkdir(parents=True, exist_ok=True)
        key = self._folder / KEY_FILE
        descriptor = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(authority.private_key_pem.bytes())
        aside = self._folder / (CA_FILE + ".new")
        aside.write_bytes(authority.cert_pem.bytes())
        aside.rename(self.certificate_path)

    def server_context(self) -> ssl.SSLContext:
        """The server's side of TLS, with fresh certificates of this authority."""
        if self._context is None:
            import trustme  # noqa: PLC0415

            self.ensure()
            self._authority = trustme.CA.from_pem(
                self.certificate_path.read_bytes(), (self._folder / KEY_FILE).read_bytes()
            )
            named = lru_cache(maxsize=CERTIFICATES_MAX)(self._certified)

            def choose(connection: ssl.SSLSocket | ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
                if name is not None and name != "localhost" and _OWN_HOST.match(name.lower()):
                    connection.context = named(name.lower())

            self._context = self._certified(*HOSTS)
            self._context.sni_callback = choose
        return self._context

    def _certified(self, *hosts: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        self._authority.issue_cert(*hosts).configure_cert(context)
        return context
