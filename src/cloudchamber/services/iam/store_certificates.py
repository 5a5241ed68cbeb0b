"""Server certificates, signing certificates and SSH public keys: records, tables, and the reading of their PEM.

Private keys are looked at and forgotten: IAM never shows one again, and nothing here serves TLS with it.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.core.errors import AwsError
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.x509 import Certificate

    from cloudchamber.storage.engine import Store

RSA_BITS_MIN: Final = 2048  # of an SSH public key

_BEGIN: Final = "-----BEGIN CERTIFICATE-----"
_END: Final = "-----END CERTIFICATE-----"
_PUBLIC_KEY_PEM = re.compile(r"\s*-----BEGIN (?:RSA )?PUBLIC KEY-----.*-----END (?:RSA )?PUBLIC KEY-----\s*", re.S)


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    account: str
    name: str
    path: str
    id: str
    uploaded_at: float
    expires_at: float
    body: str
    chain: str | None = None
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:server-certificate{self.path}{self.name}"


@dataclass(frozen=True, slots=True)
class SigningCertificate:
    """`user_id` is the user's unique id, or the account for its root user: a renamed user keeps its certificates."""

    account: str
    user_id: str
    id: str
    uploaded_at: float
    body: str
    fingerprint: str  # SHA-256 of the certificate, by which a second upload is known
    is_active: bool = True
    changed_at: float = 0.0

    @property
    def status(self) -> str:
        return "Active" if self.is_active else "Inactive"


@dataclass(frozen=True, slots=True)
class SshPublicKey:
    account: str
    user_id: str
    id: str
    uploaded_at: float
    body: str  # in the SSH encoding, without comment
    fingerprint: str
    is_active: bool = True

    @property
    def status(self) -> str:
        return "Active" if self.is_active else "Inactive"


class CertificatesStore:
    def __init__(self, store: Store) -> None:
        self.servers: Table[ServerCertificate] = Table(
            store, "iam_server_certificates", ServerCertificate, ("account", "name")
        )
        self.signing: Table[SigningCertificate] = Table(
            store,
            "iam_signing_certificates",
            SigningCertificate,
            ("account", "user_id", "id"),
            [("account", "fingerprint")],
        )
        self.ssh: Table[SshPublicKey] = Table(store, "iam_ssh_public_keys", SshPublicKey, ("account", "user_id", "id"))


class MalformedCertificate(AwsError):
    code = "MalformedCertificate"


class KeyPairMismatch(AwsError):
    code = "KeyPairMismatch"

    def __init__(self) -> None:
        super().__init__("The public key certificate and the private key do not match.")


class InvalidPublicKey(AwsError):
    code = "InvalidPublicKey"

    def __init__(self) -> None:
        super().__init__("The public key is malformed or otherwise invalid.")


class UnrecognizedPublicKeyEncoding(AwsError):
    code = "UnrecognizedPublicKeyEncoding"

    def __init__(self) -> None:
        super().__init__("The public key encoding is not supported.")


# X.509


def read_certificate(text: str) -> Certificate:
    """The one certificate in a PEM text. Raises MalformedCertificate."""
    found = _read_all(text)
    if len(found) != 1:
        raise MalformedCertificate("Unable to parse certificate. Please ensure the certificate is in PEM format.")
    return found[0]


def _blocks(text: str) -> Iterator[str]:
    """The PEM blocks of a text. ValueError if there is anything else in it."""
    *blocks, rest = text.split(_END)
    for block in map(str.strip, blocks):
        if not block.startswith(_BEGIN):
            raise ValueError("not a certificate in PEM")
        yield block + _END
    if rest.strip():
        raise ValueError("not a certificate in PEM")


def _read_all(text: str) -> list[Certificate]:
    """The certificates in a PEM text; none if anything in it is something else."""
    from cryptography import x509  # noqa: PLC0415 - costs start-up time

    try:
        found = [x509.load_pem_x509_certificate(block.encode()) for block in _blocks(text)]
        for certificate in found:
            certificate.public_key()
    except Exception:  # cryptography's own errors share no base class
        return []
    return found


def check_chain(certificate: Certificate, chain: str) -> None:
    """Each certificate of the chain must have signed the one before it. Raises MalformedCertificate."""
    signers = _read_all(chain)
    if not signers:
        raise MalformedCertificate(
            "Unable to parse certificate chain. Please ensure the certificate chain is in PEM format."
        )
    for index, (signed, signer) in enumerate(zip([certificate, *signers], signers, strict=False), -1):
        try:
            signed.verify_directly_issued_by(signer)
        except Exception:  # a wrong signature, a wrong name, or a kind of key that is not known
            raise MalformedCertificate(
                "Unable to validate certificate chain. The certificate chain must start with the immediate signing "
                "certificate, followed by any intermediaries in order. The index within the chain of the invalid "
                f"certificate is: {index}"
            ) from None


def check_validity(certificate: Certificate, now: float) -> None:
    """Raises MalformedCertificate for a certificate that is not valid yet or no longer."""
    if certificate.not_valid_after_utc.timestamp() < now:
        raise MalformedCertificate(
            "Certificate is no longer valid. The 'Not After' date restriction on the certificate has passed."
        )
    if certificate.not_valid_before_utc.timestamp() > now:
        raise MalformedCertificate(
            "Certificate is not yet valid. The 'Not Before' date restriction on the certificate has not passed."
        )


def check_private_key(certificate: Certificate, text: str) -> None:
    """Raises MalformedCertificate for what is no plain PEM key, KeyPairMismatch for another certificate's."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(text.strip().encode(), password=None)
        own = _public_bytes(key.public_key())
    except Exception:
        raise MalformedCertificate(
            "Unable to parse private key. Please ensure the private key is in PEM format and is not encrypted."
        ) from None
    if own != _public_bytes(certificate.public_key()):
        raise KeyPairMismatch


def _public_bytes(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def sha256_of(certificate: Certificate) -> str:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    return certificate.fingerprint(SHA256()).hex()


# SSH


def read_ssh_key(text: str) -> tuple[str, str]:
    """(the key in SSH encoding without comment, its MD5 fingerprint) of an RSA key in SSH or PEM encoding.

    Raises UnrecognizedPublicKeyEncoding for another encoding, InvalidPublicKey for what cannot be read or is too short.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey  # noqa: PLC0415

    stripped = text.strip()
    is_pem = _PUBLIC_KEY_PEM.fullmatch(stripped) is not None
    if not is_pem and not stripped.startswith("ssh-rsa "):
        raise UnrecognizedPublicKeyEncoding
    load = serialization.load_pem_public_key if is_pem else serialization.load_ssh_public_key
    try:
        key = load(stripped.encode())
    except Exception:
        raise InvalidPublicKey from None
    if not isinstance(key, RSAPublicKey) or key.key_size < RSA_BITS_MIN:
        raise InvalidPublicKey
    body = key.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return body.decode(), _fingerprint(body)


def _fingerprint(body: bytes) -> str:
    """MD5 of the key's wire form, as `ssh-keygen -l -E md5` shows it."""
    digest = hashlib.md5(base64.b64decode(body.split()[1]), usedforsecurity=False).hexdigest()
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2))


def ssh_key_as_pem(body: str) -> str:
    """An SSH-encoded key in the PEM encoding."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415

    key = serialization.load_ssh_public_key(body.encode())
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
