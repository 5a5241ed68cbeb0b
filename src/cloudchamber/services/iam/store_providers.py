"""Identity providers as records, their tables, and what may become one: issuer URLs and SAML metadata documents."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

_METADATA: Final = "{urn:oasis:names:tc:SAML:2.0:metadata}"
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}"
SAML_PROTOCOL: Final = "urn:oasis:names:tc:SAML:2.0:protocol"
IDPS_MAX: Final = 10
KEYS_MAX: Final = 10
VALID_YEARS: Final = 100  # of metadata that does not say how long it is valid

_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:\d{1,5})?")
_PATH = re.compile(r"(/[A-Za-z0-9._~!$&'()*+,;=:@%-]*)*")
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")


@dataclass(frozen=True, slots=True)
class OidcProvider:
    """`url` is the issuer without its scheme, as the ARN and GetOpenIDConnectProvider have it."""

    account: str
    url: str
    created_at: float
    client_ids: tuple[str, ...] = ()
    thumbprints: tuple[str, ...] = ()
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:oidc-provider/{self.url}"


@dataclass(frozen=True, slots=True)
class SamlProvider:
    account: str
    name: str
    uuid: str
    created_at: float
    valid_until: float
    metadata: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return f"arn:aws:iam::{self.account}:saml-provider/{self.name}"


class ProvidersStore:
    def __init__(self, store: Store) -> None:
        self.oidc: Table[OidcProvider] = Table(store, "iam_oidc_providers", OidcProvider, ("account", "url"))
        self.saml: Table[SamlProvider] = Table(store, "iam_saml_providers", SamlProvider, ("account", "name"))


class UnusableMetadata(ValueError):
    """The text is no metadata document of an identity provider."""


def issuer_of(url: str) -> str | None:
    """An issuer URL without its scheme; None unless it is https, without query and fragment."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    if scheme != "https" or not separator or not _HOST.fullmatch(host) or not _PATH.fullmatch(slash + path):
        return None
    return rest


def is_thumbprint(text: str) -> bool:
    """Whether it is a SHA-1 digest in hexadecimal."""
    return _THUMBPRINT.fullmatch(text) is not None


def metadata_valid_until(document: str, now: float) -> float:
    """Until when a SAML metadata document is valid, in epoch seconds; a hundred years where it does not say.

    Raises UnusableMetadata unless each entity has an entityID and an IDPSSODescriptor for SAML 2.0 with a signing
    certificate that can be read.
    """
    root = _parse(document)
    if root.tag == f"{_METADATA}EntitiesDescriptor":
        entities = list(root.iter(f"{_METADATA}EntityDescriptor"))
    else:
        entities = [root] if root.tag == f"{_METADATA}EntityDescriptor" else []
    if not 0 < len(entities) <= IDPS_MAX:
        raise UnusableMetadata
    ends = [end for end in (_valid_until(element) for element in {root, *entities}) if end is not None]
    for entity in entities:
        if not entity.get("entityID"):
            raise UnusableMetadata
        _check_idp(entity)
    return min(ends) if ends else _years_later(now)


def _parse(document: str) -> Any:
    from lxml import etree  # noqa: PLC0415 - only for those who federate

    # No entities, no DTD, no network: the document is a stranger's.
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False, encoding="utf-8", remove_comments=True
    )
    try:
        root = etree.fromstring(document.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise UnusableMetadata from None
    if root.getroottree().docinfo.doctype:
        raise UnusableMetadata
    return root


def _check_idp(entity: Any) -> None:
    descriptors = [
        descriptor
        for descriptor in entity.findall(f"{_METADATA}IDPSSODescriptor")
        if SAML_PROTOCOL in (descriptor.get("protocolSupportEnumeration") or "").split()
    ]
    if not descriptors:
        raise UnusableMetadata
    for descriptor in descriptors:
        # A key without a use serves every use.
        keys = [key for key in descriptor.findall(f"{_METADATA}KeyDescriptor") if key.get("use") in (None, "signing")]
        certificates = [text for key in keys for text in key.iter(f"{_SIGNATURE}X509Certificate")]
        if not certificates or len(keys) > KEYS_MAX:
            raise UnusableMetadata
        for certificate in certificates:
            _check_certificate("".join((certificate.text or "").split()))


def _check_certificate(encoded: str) -> None:
    from cryptography import x509  # noqa: PLC0415

    try:
        x509.load_der_x509_certificate(base64.b64decode(encoded, validate=True)).public_key()
    except (binascii.Error, ValueError, TypeError, NotImplementedError):
        raise UnusableMetadata from None
    except Exception as error:  # cryptography's own errors share no base class
        raise UnusableMetadata from error


def _valid_until(element: Any) -> float | None:
    text = element.get("validUntil")
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise UnusableMetadata from None


def _years_later(now: float) -> float:
    moment = datetime.fromtimestamp(now, UTC)
    try:
        return moment.replace(year=moment.year + VALID_YEARS).timestamp()
    except ValueError:  # the 29th of February, or the end of the calendar
        return now + VALID_YEARS * 365 * 86_400
