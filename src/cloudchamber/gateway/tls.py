"""The cloud's own certificate authority: made once in the data folder, its certificate's path printed for clients.

Clients trust it through `AWS_CA_BUNDLE` (`REQUESTS_CA_BUNDLE`, `NODE_EXTRA_CA_CERTS`). The server's certificate names
localhost and the wildcard hosts under which the services answer.
"""

from __future__ import annotations

import os
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

HOSTS = (
    "localhost",
    "127.0.0.1",
    "::1",
    "*.localhost",
    "*.s3.localhost",
    "*.execute-api.localhost",
    "*.lambda-url.localhost",
    "*.cloudfront.localhost",
    "*.auth.localhost",
    "localhost.localstack.cloud",
    "*.localhost.localstack.cloud",
    "*.s3.localhost.localstack.cloud",
    "*.execute-api.localhost.localstack.cloud",
    "amazonaws.com",
    "*.amazonaws.com",
    "*.us-east-1.amazonaws.com",
)
CA_FILE, KEY_FILE = "ca.pem", "ca-key.pem"


class CertificateAuthority:
    """`folder/ca.pem` and its key, made at first use: importing the library costs start-up time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._context: ssl.SSLContext | None = None

    @property
    def certificate_path(self) -> Path:
        return self._folder / CA_FILE

    def ensure(self) -> Path:
        """The path of the CA's certificate, made now if it is not there."""
        if not self.certificate_path.exists():
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
        return self.certificate_path

    def server_context(self) -> ssl.SSLContext:
        """The server's side of TLS, with a fresh certificate of this authority."""
        if self._context is None:
            import trustme  # noqa: PLC0415

            self.ensure()
            authority = trustme.CA.from_pem(self.certificate_path.read_bytes(), (self._folder / KEY_FILE).read_bytes())
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.set_alpn_protocols(["http/1.1"])
            authority.issue_cert(*HOSTS).configure_cert(context)
            self._context = context
        return self._context
