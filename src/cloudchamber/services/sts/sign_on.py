"""SAML for user pools: private operations, because what verifies XML signatures is here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import private_operation
from cloudchamber.services.sts import saml, saml_signature
from cloudchamber.services.sts.base import StsBase
from cloudchamber.services.sts.errors import InvalidIdentityToken

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


class SamlSignOn(StsBase):
    @private_operation
    async def saml_sign_on(self, ctx: Context, request: Mapping[str, Any]) -> dict[str, Any]:
        """Where a provider's users sign in: {"Metadata"} → {"Url"}. InvalidIdentityToken where it does not say."""
        metadata = saml_signature.parse(request["Metadata"].encode())
        url = None if metadata is None else saml_signature.sign_on_url(metadata)
        if url is None:
            raise InvalidIdentityToken("The metadata has no SingleSignOnService with the HTTP-Redirect binding")
        return {"Url": url}

    @private_operation
    async def verify_saml(self, ctx: Context, request: Mapping[str, Any]) -> dict[str, Any]:
        """{"Metadata", "Response", "Audience", "Recipient"} → {"Issuer", "Subject", "InResponseTo", "Attributes":
        {name: [values]}} of a response whose signature, times, audience and recipient hold. InvalidIdentityToken,
        ExpiredTokenException, IDPRejectedClaim."""
        found = saml.read_sign_on(
            request["Response"], request["Metadata"], ctx.now(), request["Audience"], request["Recipient"]
        )
        return {
            "Issuer": found.issuer, "Subject": found.subject, "InResponseTo": found.in_response_to,
            "Attributes": found.attributes,
        }  # fmt: skip
