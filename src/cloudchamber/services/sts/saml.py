"""SAML responses: the signature checked, the conditions judged, the claims read. Pure: metadata and time are passed in.

Only what a signature covers is ever read: after verification everything comes from the element that the verifier hands
back, re-parsed from the bytes that were signed, so an unsigned assertion wrapped around a signed one is not seen.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from cloudchamber.services.sts import saml_signature
from cloudchamber.services.sts.errors import ExpiredIdentityToken, IdpRejectedClaim, InvalidIdentityToken
from cloudchamber.services.sts.limits import (
    CLOCK_SKEW_SECONDS,
    SAML_REDEEM_SECONDS_MAX,
    TAG_KEY_CHARS_MAX,
    TAG_VALUE_CHARS_MAX,
)
from cloudchamber.services.sts.saml_signature import NS, PROTOCOL

if TYPE_CHECKING:
    from collections.abc import Iterator

_SUCCESS: Final = "urn:oasis:names:tc:SAML:2.0:status:Success"
_BEARER: Final = "urn:oasis:names:tc:SAML:2.0:cm:bearer"
_NAME_FORMAT: Final = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_ATTRIBUTES: Final = "https://aws.amazon.com/SAML/Attributes/"
_PRINCIPAL_TAG: Final = _ATTRIBUTES + "PrincipalTag:"
_AUDIENCE: Final = re.compile(
    r"https://([a-z0-9-]+\.)?signin\.aws\.amazon\.com/saml(/acs/[\w-]+)?|urn:amazon:webservices"
)
_SESSION_NAME: Final = re.compile(r"[a-zA-Z_0-9+=,.@-]{2,64}")
_EDU_PERSON: Final = {
    f"urn:oid:1.3.6.1.4.1.5923.1.1.1.{number}": name
    for number, name in (
        (1, "edupersonaffiliation"), (2, "edupersonnickname"), (3, "edupersonorgdn"), (4, "edupersonorgunitdn"),
        (5, "edupersonprimaryaffiliation"), (6, "edupersonprincipalname"), (7, "edupersonentitlement"),
        (8, "edupersonprimaryorgunitdn"), (9, "edupersonscopedaffiliation"), (10, "edupersontargetedid"),
        (11, "edupersonassurance"),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SamlClaims:
    """What a verified assertion says. Instants in epoch seconds."""

    issuer: str
    subject: str
    subject_type: str
    recipient: str
    session_name: str
    roles: tuple[tuple[str, str], ...]  # (role ARN, provider ARN)
    tags: dict[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    ends_at: float | None = None
    attributes: dict[str, list[str]] = field(default_factory=dict)  # by the name of their condition key
    given: dict[str, list[str]] = field(default_factory=dict)  # all of them, by the names the provider gives them

    def name_qualifier(self, account: str, provider_name: str) -> str:
        """What makes the subject unique: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html"""
        text = f"{self.issuer}{account}/{provider_name}"
        return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()

    def keys(self, account: str, provider_name: str) -> dict[str, Any]:
        """The condition keys `saml:…`."""
        return {
            **{f"saml:{name}": values for name, values in self.attributes.items()},
            "saml:aud": self.recipient,
            "saml:iss": self.issuer,
            "saml:sub": self.subject,
            "saml:sub_type": self.subject_type,
            "saml:doc": f"{account}/{provider_name}",
            "saml:namequalifier": self.name_qualifier(account, provider_name),
        }


def read(response: str, metadata: str, now: float) -> SamlClaims:
    """The claims of a base64 SAML response, judged by its provider's metadata at `now`.

    InvalidIdentityToken, ExpiredIdentityToken, IdpRejectedClaim.
    """
    assertion, issuer = _verified(response, metadata)
    _check_conditions(assertion, now, _AUDIENCE)
    return _claims(assertion, issuer, now)


@dataclass(frozen=True, slots=True)
class SignOn:
    """What an assertion for another service provider than AWS's sign-in says: a user pool's."""

    issuer: str
    subject: str
    in_response_to: str  # the id of the request that it answers; empty if it answers none
    attributes: dict[str, list[str]]


def read_sign_on(response: str, metadata: str, now: float, audience: str, recipient: str) -> SignOn:
    """Likewise, for a service provider with its own entity id (`audience`), which takes responses at `recipient`."""
    assertion, issuer = _verified(response, metadata)
    _check_conditions(assertion, now, re.compile(re.escape(audience)))
    for confirmation in assertion.findall("saml:Subject/saml:SubjectConfirmation", NS):
        data = confirmation.find("saml:SubjectConfirmationData", NS)
        if confirmation.get("Method") == _BEARER and data is not None and data.get("Recipient") == recipient:
            _check_window(data, now)
            answered = data.get("InResponseTo") or ""
            return SignOn(issuer, _subject(assertion)[1], answered, dict(_attributes(assertion)))
    raise InvalidIdentityToken("Recipient is required in AuthnResponse")


def _verified(response: str, metadata: str) -> tuple[Any, str]:
    """The assertion that the provider signed, and its issuer."""
    try:
        raw = base64.b64decode("".join(response.split()), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidIdentityToken("Invalid base64 SAMLResponse") from None
    root = saml_signature.parse(raw)
    if root is None or root.tag != f"{PROTOCOL}Response":
        raise InvalidIdentityToken("Invalid SAML response")
    status = root.find("samlp:Status/samlp:StatusCode", NS)
    if status is not None and status.get("Value") != _SUCCESS:
        raise IdpRejectedClaim(f"The identity provider answered with status {status.get('Value')}")
    provider = saml_signature.parse(metadata.encode())
    if provider is None:
        raise InvalidIdentityToken("Issuer not present in specified provider")
    assertion = saml_signature.signed_assertion(root, saml_signature.signing_certificates(provider))
    if assertion is None:
        raise InvalidIdentityToken("Response signature invalid")
    issuer = _text(assertion, "saml:Issuer")
    if not issuer or issuer not in saml_signature.entity_ids(provider):
        raise InvalidIdentityToken("Issuer not present in specified provider")
    return assertion, issuer


def _check_conditions(assertion: Any, now: float, audience: re.Pattern[str]) -> None:
    conditions = assertion.find("saml:Conditions", NS)
    issued_at = _instant(assertion.get("IssueInstant"))
    if issued_at is None:
        raise InvalidIdentityToken("Invalid SAML response")
    if conditions is not None:
        _check_window(conditions, now)
    if issued_at > now + CLOCK_SKEW_SECONDS:
        raise InvalidIdentityToken("Response is not yet valid")
    if now > issued_at + SAML_REDEEM_SECONDS_MAX:
        raise ExpiredIdentityToken("Token must be redeemed within 5 minutes of issuance")
    # Every restriction has to be met, by any of the audiences it lists.
    restrictions = assertion.findall("saml:Conditions/saml:AudienceRestriction", NS)
    met = [any(audience.fullmatch(text) for text in _texts(each, "saml:Audience")) for each in restrictions]
    if not met or not all(met):
        raise InvalidIdentityToken("Response does not contain the required audience.")


def _check_window(element: Any, now: float) -> None:
    """NotBefore and NotOnOrAfter of an element."""
    begins, ends = element.get("NotBefore"), element.get("NotOnOrAfter")
    begins_at, ends_at = _instant(begins), _instant(ends)
    if (begins and begins_at is None) or (ends and ends_at is None):
        raise InvalidIdentityToken("Invalid SAML response")
    if ends_at is not None and now >= ends_at:
        raise ExpiredIdentityToken("Response has expired")
    if begins_at is not None and begins_at > now + CLOCK_SKEW_SECONDS:
        raise InvalidIdentityToken("Response is not yet valid")


def _claims(assertion: Any, issuer: str, now: float) -> SamlClaims:
    name_id, subject = _subject(assertion)
    attributes = dict(_attributes(assertion))
    statement = assertion.find("saml:AuthnStatement", NS)
    ends_at = None if statement is None else _instant(statement.get("SessionNotOnOrAfter"))
    if ends_at is not None and now >= ends_at:
        raise ExpiredIdentityToken("Response has expired")
    known = {key: attributes[name] for name, key in _EDU_PERSON.items() if attributes.get(name)}
    return SamlClaims(
        issuer,
        subject,
        name_id.get("Format", "").removeprefix(_NAME_FORMAT),
        _recipient(assertion, now),
        _session_name(attributes),
        tuple(_roles(attributes)),
        _tags(attributes),
        tuple(attributes.get(_ATTRIBUTES + "TransitiveTagKeys", ())),
        _source_identity(attributes),
        ends_at,
        known,
        attributes,
    )


def _subject(assertion: Any) -> tuple[Any, str]:
    """The name identifier, and its text."""
    name_id = assertion.find("saml:Subject/saml:NameID", NS)
    subject = "" if name_id is None else (name_id.text or "").strip()
    if not subject:
        raise InvalidIdentityToken("NameID is required in AuthnResponse")
    return name_id, subject


def _tags(attributes: dict[str, list[str]]) -> dict[str, str]:
    tags = {}
    for name, values in attributes.items():
        if name.startswith(_PRINCIPAL_TAG):
            key = name[len(_PRINCIPAL_TAG) :]
            if len(values) != 1 or not 1 <= len(key) <= TAG_KEY_CHARS_MAX or len(values[0]) > TAG_VALUE_CHARS_MAX:
                raise InvalidIdentityToken("Invalid session tags in AuthnResponse")
            tags[key] = values[0]
    return tags


def _recipient(assertion: Any, now: float) -> str:
    """Where the assertion was to be presented. ExpiredIdentityToken, InvalidIdentityToken."""
    for confirmation in assertion.findall("saml:Subject/saml:SubjectConfirmation", NS):
        data = confirmation.find("saml:SubjectConfirmationData", NS)
        if confirmation.get("Method") == _BEARER and data is not None and data.get("Recipient"):
            _check_window(data, now)
            return str(data.get("Recipient"))
    raise InvalidIdentityToken("Recipient is required in AuthnResponse")


def _session_name(attributes: dict[str, list[str]]) -> str:
    values = attributes.get(_ATTRIBUTES + "RoleSessionName")
    if not values:
        raise InvalidIdentityToken("RoleSessionName is required in AuthnResponse")
    if len(values) != 1 or not _SESSION_NAME.fullmatch(values[0]):
        raise InvalidIdentityToken("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
    return values[0]


def _source_identity(attributes: dict[str, list[str]]) -> str | None:
    values = attributes.get(_ATTRIBUTES + "SourceIdentity")
    if not values:
        return None
    if len(values) != 1 or not _SESSION_NAME.fullmatch(values[0]):
        raise InvalidIdentityToken('Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"')
    return values[0]


def _roles(attributes: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a role and a provider, written in either order."""
    values = attributes.get(_ATTRIBUTES + "Role")
    if not values:
        raise InvalidIdentityToken("Role is required in AuthnResponse")
    for value in values:
        first, _, second = (part.strip() for part in value.partition(","))
        yield (second, first) if ":saml-provider/" in first else (first, second)


def _attributes(assertion: Any) -> Iterator[tuple[str, list[str]]]:
    for attribute in assertion.findall("saml:AttributeStatement/saml:Attribute", NS):
        yield attribute.get("Name", ""), [text for text in _texts(attribute, "saml:AttributeValue") if text]


def _texts(element: Any, path: str) -> list[str]:
    return [(found.text or "").strip() for found in element.findall(path, NS)]


def _text(element: Any, path: str) -> str:
    return next(iter(_texts(element, path)), "")


def _instant(text: str | None) -> float | None:
    """Epoch seconds of an xs:dateTime, UTC where it does not say; None for none and for what is no instant."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
