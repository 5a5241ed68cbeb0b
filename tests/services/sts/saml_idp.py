"""A SAML identity provider: its metadata, and responses signed with its certificate."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from lxml import etree
from signxml import SignatureMethod, XMLSigner
from signxml.algorithms import CanonicalizationMethod

AUDIENCE = "https://signin.aws.amazon.com/saml"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
NS = {
    "saml": "urn:oasis:names:tc:SAML:2.0:assertion",
    "samlp": "urn:oasis:names:tc:SAML:2.0:protocol",
    "ds": "http://www.w3.org/2000/09/xmldsig#",
}


@lru_cache(maxsize=4)
def identity(name: str) -> tuple[Any, str]:
    """(private key, certificate as PEM). The certificate expired long ago: IAM does not look."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begun = datetime(2020, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(7).not_valid_before(begun).not_valid_after(begun + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return key, made.public_bytes(serialization.Encoding.PEM).decode()


def iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass
class Idp:
    """`now` gives the cloud's time in epoch seconds; what a response says is changed by the fields."""

    now: Any
    entity_id: str = "https://idp.example.com/saml"
    subject: str = "ann"
    name_format: str = "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"
    audience: str = AUDIENCE
    recipient: str = AUDIENCE
    issuer: str | None = None
    issued: float = 0.0  # seconds from now
    begins: float = -60.0
    ends: float = 300.0
    confirmed_until: float = 300.0
    session_ends: float | None = None
    status: str = "urn:oasis:names:tc:SAML:2.0:status:Success"
    attributes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def metadata(self) -> str:
        body = "".join(identity("idp")[1].splitlines()[1:-1])
        return f"""<?xml version="1.0"?>
<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{self.entity_id}">
  <IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <KeyDescriptor use="signing"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data>
      <X509Certificate>{body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>
    <SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"
      Location="https://idp.example.com/sso"/>
  </IDPSSODescriptor>
</EntityDescriptor>"""

    def assertion(self, number: int = 1) -> str:
        now = self.now()
        session = "" if self.session_ends is None else f'SessionNotOnOrAfter="{iso(now + self.session_ends)}"'
        attributes = "".join(
            f'<saml:Attribute Name="{name}">'
            + "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
            + "</saml:Attribute>"
            for name, values in self.attributes.items()
        )
        return f"""<saml:Assertion xmlns:saml="{NS["saml"]}" ID="a{number}" Version="2.0"
  IssueInstant="{iso(now + self.issued)}"><saml:Issuer>{self.issuer or self.entity_id}</saml:Issuer>
<saml:Subject><saml:NameID Format="{self.name_format}">{self.subject}</saml:NameID>
<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
<saml:SubjectConfirmationData Recipient="{self.recipient}" NotOnOrAfter="{iso(now + self.confirmed_until)}"/>
</saml:SubjectConfirmation></saml:Subject>
<saml:Conditions NotBefore="{iso(now + self.begins)}" NotOnOrAfter="{iso(now + self.ends)}">
<saml:AudienceRestriction><saml:Audience>{self.audience}</saml:Audience></saml:AudienceRestriction></saml:Conditions>
<saml:AuthnStatement AuthnInstant="{iso(now)}" {session}/>
<saml:AttributeStatement>{attributes}</saml:AttributeStatement></saml:Assertion>"""

    def wrapped(self, *assertions: str, prolog: str = "") -> str:
        return f"""{prolog}<samlp:Response xmlns:samlp="{NS["samlp"]}" ID="r1" Version="2.0"
  IssueInstant="{iso(self.now())}"><samlp:Status><samlp:StatusCode Value="{self.status}"/></samlp:Status>
{"".join(assertions)}</samlp:Response>"""

    def signed(self, text: str, reference: str, key: str = "idp", method: Any = SignatureMethod.RSA_SHA256) -> str:
        """XML text with an enveloped signature over its root."""
        private, certificate = identity(key)
        signer = XMLSigner(
            signature_algorithm=method, digest_algorithm="sha256",
            c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
        )  # fmt: skip
        root = etree.fromstring(text.encode())
        place = etree.SubElement(root, f"{{{NS['ds']}}}Signature", Id="placeholder", nsmap={"ds": NS["ds"]})
        root.remove(place)
        root.insert(1, place)
        return etree.tostring(signer.sign(root, key=private, cert=certificate, reference_uri=reference)).decode()

    def response(self, key: str = "idp") -> str:
        """A response with a signed assertion, in base64."""
        return encoded(self.wrapped(self.signed(self.assertion(), "a1", key)))

    def response_signed_as_a_whole(self, key: str = "idp") -> str:
        return encoded(self.signed(self.wrapped(self.assertion()), "r1", key))


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
