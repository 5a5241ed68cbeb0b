"""XML signatures of SAML responses, and what a provider's metadata says: certificates and entity ids.

The signature may stand on the response or on the assertion in it. Documents with a DTD are refused, entities are never
expanded, nothing is fetched. HMAC, DSA and SHA-1 are not taken.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

NS: Final = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "md": "urn:oasis:names:tc:SAML:2.0:metadata",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}
REDIRECT: Final = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
ASSERTION: Final = f"{{{NS['saml']}}}"
METHODS: Final = ("RSA_SHA256", "RSA_SHA384", "RSA_SHA512", "ECDSA_SHA256", "ECDSA_SHA384", "ECDSA_SHA512")
PROTOCOL: Final = f"{{{NS['samlp']}}}"


def parse(raw: bytes) -> Any | None:
    """The root element; None for what is no well-formed XML or has a DTD."""
    from lxml import etree  # noqa: PLC0415 - heavy, seldom needed

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    return None if root.getroottree().docinfo.internalDTD is not None else root


def entity_ids(metadata: Any) -> frozenset[str]:
    """The issuers a metadata document describes."""
    return frozenset(found for each in _entities(metadata) if (found := each.get("entityID")))


def signing_certificates(metadata: Any) -> list[Any]:
    """The certificates with which the identity provider may sign; unreadable ones are left out."""
    import binascii  # noqa: PLC0415
    from base64 import b64decode  # noqa: PLC0415

    from cryptography import x509  # noqa: PLC0415 - heavy, seldom needed

    found = []
    for entity in _entities(metadata):
        for key in entity.findall("md:IDPSSODescriptor/md:KeyDescriptor", NS):
            if key.get("use", "signing") != "signing":
                continue
            for certificate in key.findall("ds:KeyInfo/ds:X509Data/ds:X509Certificate", NS):
                try:
                    found.append(x509.load_der_x509_certificate(b64decode("".join((certificate.text or "").split()))))
                except (ValueError, binascii.Error):
                    continue
    return found


def sign_on_url(metadata: Any) -> str | None:
    """Where a browser is sent to sign in, by a redirect; None where the provider takes none."""
    for entity in _entities(metadata):
        for service in entity.findall("md:IDPSSODescriptor/md:SingleSignOnService", NS):
            if service.get("Binding") == REDIRECT and service.get("Location"):
                return str(service.get("Location"))
    return None


def _entities(metadata: Any) -> Iterator[Any]:
    return iter(metadata.iter(f"{{{NS['md']}}}EntityDescriptor"))


def signed_assertion(response: Any, certificates: Sequence[Any]) -> Any | None:
    """The one assertion of a response, as far as a signature by one of the certificates covers it; else None."""
    in_assertion = f"./{{{NS['saml']}}}Assertion/"
    for location, tag in (("./", f"{PROTOCOL}Response"), (in_assertion, f"{ASSERTION}Assertion")):
        for certificate in certificates:
            signed = _verified(response, location, certificate)
            if signed is None or signed.tag != tag:
                continue
            assertions = [signed] if tag == f"{ASSERTION}Assertion" else signed.findall("saml:Assertion", NS)
            if len(assertions) == 1:
                return assertions[0]
    return None


def _verified(response: Any, location: str, certificate: Any) -> Any | None:
    """What a signature at `location` signs, if it is good. IAM does not look at when certificates expire; nor do we."""
    from lxml import etree  # noqa: PLC0415 - heavy, seldom needed
    from signxml.algorithms import DigestAlgorithm, SignatureMethod  # noqa: PLC0415
    from signxml.exceptions import SignXMLException  # noqa: PLC0415
    from signxml.verifier import SignatureConfiguration, VerifyResult, XMLVerifier  # noqa: PLC0415

    config = SignatureConfiguration(
        location=location,
        expect_references=1,
        signature_methods=frozenset(SignatureMethod[name] for name in METHODS),
        digest_algorithms=frozenset(d for d in DigestAlgorithm if "SHA1" not in d.name),
        verification_time=certificate.not_valid_before_utc,
    )
    try:
        result = XMLVerifier().verify(
            copy.deepcopy(response), x509_cert=certificate, expect_config=config, id_attribute="ID"
        )
    except (SignXMLException, etree.LxmlError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None
    return result.signed_xml if isinstance(result, VerifyResult) else None
