"""Federation to SAML providers: a browser is sent with a request, and its provider has it post a signed response.

The post comes from another site, so the browser's cookie does not come with it. What the response says is kept under
its relay state until the browser, sent on to a page of ours, shows with its cookie that it is the one that went away.
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-saml-idp-authentication.html
"""

from __future__ import annotations

import base64
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.protocol.scalars import iso8601
from cloudchamber.services.cognito_idp.issuing import hashed
from cloudchamber.services.cognito_idp.pages.away import Visitors
from cloudchamber.services.cognito_idp.pages.oauth import CallbackError, PageError
from cloudchamber.services.cognito_idp.pages.provider_calls import ProviderFailed, fetched_text
from cloudchamber.services.cognito_idp.pages.visit import SAFETY, Page, redirect, with_query
from cloudchamber.services.cognito_idp.providers import Arrival

if TYPE_CHECKING:
    from cloudchamber.services.cognito_idp.pages.base import Call
    from cloudchamber.services.cognito_idp.pages.oauth import Asked
    from cloudchamber.services.cognito_idp.records import Pool, Provider

RESPONSE_PATH: Final = "/saml2/idpresponse"
_OURSELVES: Final = principals.service("cognito-idp.amazonaws.com")


def entity_id(pool: Pool) -> str:
    """What providers know a pool by."""
    return f"urn:amazon:cognito:sp:{pool.id}"


def request(pool: Pool, request_id: str, to: str, answer_at: str, now: float) -> str:
    """An AuthnRequest as the redirect binding has it: deflated, in base64."""
    text = (
        '<samlp:AuthnRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" '
        'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" Version="2.0" '
        f"ID={quoteattr(request_id)} IssueInstant={quoteattr(iso8601(int(now)))} Destination={quoteattr(to)} "
        f"AssertionConsumerServiceURL={quoteattr(answer_at)} "
        'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST">'
        f"<saml:Issuer>{escape(entity_id(pool))}</saml:Issuer></samlp:AuthnRequest>"
    )
    deflate = zlib.compressobj(wbits=-15)
    return base64.b64encode(deflate.compress(text.encode()) + deflate.flush()).decode()


class SamlFederation(Visitors):
    async def send_to_saml(self, call: Call, asked: Asked, provider: Provider) -> Page:
        try:
            metadata = await _metadata(provider)
            found = await call.ctx.call("sts:saml_sign_on", principal=_OURSELVES, Metadata=metadata)
        except (ProviderFailed, AwsError) as error:
            raise CallbackError(asked, "server_error", str(error)) from None
        state, away = self.away(call, provider)
        url, back = str(found["Url"]), call.visit.address + RESPONSE_PATH
        made = request(call.pool, _request_id(away.nonce), url, back, call.ctx.now())
        return redirect(with_query(url, {"SAMLRequest": made, "RelayState": state}))

    async def saml_response(self, call: Call) -> Page:
        """The provider's page has posted its response."""
        form = call.visit.form
        state = form.get("RelayState", "")
        away = self.pages.away.get(hashed(state))
        if away is None or away.pool_id != call.pool.id or away.subject or call.ctx.now() >= away.expires_at:
            raise PageError("Invalid state")
        wanted, provider = self.awaited(call, away)
        if provider.type != "SAML":
            raise PageError("Invalid state")
        try:
            found = await call.ctx.call(
                "sts:verify_saml", principal=_OURSELVES, Metadata=await _metadata(provider),
                Response=form.get("SAMLResponse", ""), Audience=entity_id(call.pool),
                Recipient=call.visit.address + RESPONSE_PATH,
            )  # fmt: skip
            if found["InResponseTo"] != _request_id(away.nonce):
                raise ProviderFailed("The response answers another request")
        except (ProviderFailed, AwsError) as error:
            self.pages.away.delete(away.id)
            raise CallbackError(wanted, "invalid_request", f"Error in SAML response processing: {error}") from None
        claims = {name: values[0] if len(values) == 1 else f"[{', '.join(values)}]"
                  for name, values in found["Attributes"].items() if values}  # fmt: skip
        self.pages.away.put(replace(away, subject=found["Subject"], claims=claims))
        on = call.visit.link("/saml2/arrived", {"state": state})
        return Page(303, [("Location", on), *SAFETY])

    async def saml_arrived(self, call: Call) -> Page:
        """The browser comes for what its provider has said."""
        away = self.returned(call, call.visit.query.get("state", ""))
        if not away.subject:
            raise PageError("Invalid state")
        wanted, provider = self.awaited(call, away)
        named = provider.mapping.get("username", "")
        subject = away.claims.get(named) or away.subject
        return await self.let_in(call, wanted, Arrival(provider, subject, away.claims))


def _request_id(nonce: str) -> str:
    """An XML id does not begin with a digit."""
    return f"_{nonce}"


async def _metadata(provider: Provider) -> str:
    """ProviderFailed."""
    return provider.details.get("MetadataFile") or await fetched_text(provider.details.get("MetadataURL", ""))
