"""Identities from their beginning: an address is asked by a mail with a link, a domain is taken at its word.

Shared by both APIs. The link leads to an operation that AWS has beside its API too, and needs no signature.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cloudchamber.core import ids
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.ses import addresses, errors, limits
from cloudchamber.services.ses.sending import Sending
from cloudchamber.services.ses.tables import Identity
from cloudchamber.storage.mailbox import MailArrived, Message

if TYPE_CHECKING:
    from cloudchamber.core.context import Context

DKIM_TOKENS = 3
DKIM_TOKEN_LENGTH = 32
TOKEN_BYTES = 33
_SENDER = "Amazon Web Services <no-reply-aws@amazon.com>"
_SUBJECT = "Amazon Web Services – Email Address Verification Request in region {region}"
_TEXT = """Dear Amazon Web Services Customer,

We have received a request to authorize this email address for use with Amazon SES in region {region}. If you \
requested this verification, please go to the following URL to confirm that you are authorized to use this email \
address:

{link}

Your request will not be processed unless you confirm the address using this URL. This link expires 24 hours after \
your original verification request.

If you did NOT request to verify this email address, do not click on the link.
"""


class Verifying(Sending):
    def register(self, ctx: Context, name: str, **fields: Any) -> Identity:
        """An identity that is new, or asked again as long as it is not verified. InvalidParameter."""
        name = addresses.folded(self.address(name)) if "@" in name else self.domain(name)
        known = self.store.identities.get(ctx.account, ctx.region, name)
        if known is not None and known.verified_at is not None:
            return known
        now, token = ctx.now(), ids.token(TOKEN_BYTES)
        if known is None:
            known = Identity(ctx.account, ctx.region, name, token, now, **fields)
            if known.is_domain:
                known = with_dkim(known)
        at_once = known.is_domain or self.verifies_at_once
        identity = replace(known, token=token, asked_at=now, verified_at=now if at_once else None)
        letter = None if at_once else _letter(ctx, identity)
        with self.platform.store.transaction():
            self.store.identities.put(identity)
            if letter is not None:
                self.mailbox.deposit(letter)
        if letter is not None:
            ctx.emit(MailArrived(letter))
        return identity

    def domain(self, name: str) -> str:
        if not addresses.is_domain(name):
            raise errors.InvalidParameter(self.version, f"Invalid domain name {name}.")
        return name.lower()

    def check_mail_from(self, name: str, domain: str) -> None:
        """A MAIL FROM domain lies below the identity's own, and is none of its addresses' domain."""
        if domain and not self.domain(domain).endswith(f".{name.rpartition('@')[2]}"):
            text = f"Provided MAIL-FROM domain <{domain}> is not subdomain of the domain of the identity <{name}>."
            raise errors.InvalidParameter(self.version, text)

    def status(self, identity: Identity) -> str:
        """As v2 spells it."""
        if identity.verified_at is not None:
            return "SUCCESS"
        return "FAILED" if self.clock.now() > identity.asked_at + limits.VERIFICATION_SECONDS else "PENDING"

    def save_policy(self, identity: Identity, name: str, text: str) -> None:
        """Attach a sending authorization policy. InvalidPolicy, LimitExceeded."""
        try:
            validate_resource_policy(text, vendor="ses")
        except MalformedPolicy as error:
            raise errors.InvalidPolicy(self.version, str(error)) from None
        if name not in identity.policies and len(identity.policies) >= limits.POLICIES_MAX:
            text = f"The maximum number of policies per identity is {limits.POLICIES_MAX}."
            raise errors.LimitExceeded(self.version, text)
        self.store.identities.put(replace(identity, policies={**identity.policies, name: text}))


def with_dkim(identity: Identity) -> Identity:
    """The identity with Easy DKIM's tokens, and signing."""
    tokens = tuple(ids.alphanumeric(DKIM_TOKEN_LENGTH).lower() for _ in range(DKIM_TOKENS))
    return replace(identity, dkim_tokens=tokens, dkim_enabled=True)


def _letter(ctx: Context, identity: Identity) -> Message:
    day = "20000101"  # only the form of a credential's scope: it tells the region and the service
    link = (
        f"{ctx.caller.endpoint}/?Action=ConfirmVerification&Token={quote(identity.token)}"
        f"&Credential={quote(f'ses/{day}/{identity.region}/ses/aws4_request')}"
    )
    subject, text = _SUBJECT.format(region=identity.region), _TEXT.format(region=identity.region, link=link)
    return Message(
        ids.uuid(), "email", identity.account, identity.region, _SENDER, identity.name, subject, text, ctx.now(),
        links=(link,),
    )  # fmt: skip
