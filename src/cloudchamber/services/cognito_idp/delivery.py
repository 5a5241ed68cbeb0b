"""Sending codes: by Cognito's own mail, by SES or SNS in the pool owner's name, or by a function of theirs."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from cloudchamber.core import ids
from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.services.cognito_idp import encryption_message, letters
from cloudchamber.services.cognito_idp.errors import (
    CodeDeliveryFailure,
    InvalidLambdaResponse,
    InvalidSmsRole,
    InvalidSmsRoleTrust,
)
from cloudchamber.services.cognito_idp.issuing import Issuing
from cloudchamber.services.cognito_idp.triggers import SERVICE, Occasion, user_attributes
from cloudchamber.storage.mailbox import MailArrived, Message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.cognito_idp.records import Pool, User

SENDER: Final = "no-reply@verificationemail.com"
_MEDIUM: Final = {"email": "EMAIL", "phone_number": "SMS"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A code or temporary password on its way to a user. `source` is the second half of the triggers' sources."""

    user: User
    attribute: str  # email or phone_number
    source: str  # SignUp, ResendCode, ForgotPassword, …
    code: str
    client_id: str = "CLIENT_ID_NOT_APPLICABLE"
    metadata: Mapping[str, str] = field(default_factory=dict)
    to: str = ""  # where the attribute's own value is not yet it

    @property
    def medium(self) -> str:
        return _MEDIUM[self.attribute]

    @property
    def destination(self) -> str:
        return self.to or self.user.attributes[self.attribute]

    @property
    def details(self) -> dict[str, str]:
        """CodeDeliveryDetails."""
        shown = letters.masked(self.medium, self.destination)
        return {"Destination": shown, "DeliveryMedium": self.medium, "AttributeName": self.attribute}


class Delivery(Issuing):
    async def deliver(self, ctx: Context, pool: Pool, parcel: Parcel) -> dict[str, str]:
        """Send; the CodeDeliveryDetails. CodeDeliveryFailure, InvalidSmsRole, and the errors of triggers."""
        sender = "CustomEmailSender" if parcel.medium == "EMAIL" else "CustomSMSSender"
        if pool.trigger(sender):
            await self._hand_over(ctx, pool, parcel, sender)
            return parcel.details
        words = await self._words(ctx, pool, parcel)
        name = parcel.user.username if parcel.source != "AdminCreateUser" else self.sign_in_name(pool, parcel.user)
        if parcel.medium == "SMS":
            await self._text(ctx, pool, parcel, letters.filled(words.sms, parcel.code, name))
            return parcel.details
        link = self._link(pool, parcel) if words.is_link else ""
        body = letters.filled(words.email, parcel.code, name, link)
        await self._mail(ctx, pool, parcel, (words.subject, body, link))
        return parcel.details

    @staticmethod
    def sign_in_name(pool: Pool, user: User) -> str:
        """What a user types to sign in."""
        for attribute in pool.username_attributes:
            if user.attributes.get(attribute):
                return user.attributes[attribute]
        return user.username

    async def _words(self, ctx: Context, pool: Pool, parcel: Parcel) -> letters.Words:
        words = letters.words(pool, parcel.source)
        is_invitation = parcel.source == "AdminCreateUser"
        request: dict[str, Any] = {
            "userAttributes": user_attributes(parcel.user), "codeParameter": letters.CODE,
            "linkParameter": "{##Click Here##}", "usernameParameter": letters.USERNAME if is_invitation else None,
            "clientMetadata": dict(parcel.metadata),
        }  # fmt: skip
        empty = {"smsMessage": None, "emailMessage": None, "emailSubject": None}
        occasion = Occasion(
            "CustomMessage", f"CustomMessage_{parcel.source}", parcel.user.username, parcel.client_id, response=empty
        )
        response = await self.ask(ctx, pool, occasion, request)
        if response is None:
            return words
        changed = letters.changed(words, response)
        text = changed.sms if parcel.medium == "SMS" else changed.email
        lacks_code = letters.CODE not in text and "{##" not in text
        if lacks_code or (is_invitation and letters.USERNAME not in text):
            raise InvalidLambdaResponse("Unrecognizable lambda output")
        return changed

    def _link(self, pool: Pool, parcel: Parcel) -> str:
        """Where a link in a mail leads: the pool's page that confirms."""
        query = {"client_id": parcel.client_id, "user_name": parcel.user.username, "confirmation_code": parcel.code}
        return f"{self.domain_url(pool)}/confirmUser?{urlencode(query)}"

    def domain_url(self, pool: Pool) -> str:
        """The address of the pool's pages in this cloud. CodeDeliveryFailure for a pool without a domain."""
        domains = self.store.domains.where(pool_id=pool.id)
        if not domains:
            raise CodeDeliveryFailure("Domain does not exist for this user pool.")
        return f"{self.address}/_aws/cognito-idp/{domains[0].name}"

    async def _mail(self, ctx: Context, pool: Pool, parcel: Parcel, content: tuple[str, str, str]) -> None:
        subject, body, link = content
        config = pool.settings.get("EmailConfiguration") or {}
        if config.get("EmailSendingAccount") == "DEVELOPER":
            await self._mail_by_ses(ctx, pool, parcel, {"subject": subject, "html": body})
            return
        letter = Message(
            ids.uuid(), "email", pool.account, pool.region, SENDER, parcel.destination, subject, letters.plain(body),
            ctx.now(), body, (link,) if link else (),
        )  # fmt: skip
        self._deposit(ctx, letter)

    def _deposit(self, ctx: Context, letter: Message) -> None:
        self.mailbox.deposit(letter)
        ctx.emit(MailArrived(letter))

    async def _mail_by_ses(self, ctx: Context, pool: Pool, parcel: Parcel, content: Mapping[str, str]) -> None:
        config = pool.settings["EmailConfiguration"]
        identity = config.get("SourceArn", "")
        more: dict[str, Any] = {}
        if config.get("ReplyToEmailAddress"):
            more["ReplyToAddresses"] = [config["ReplyToEmailAddress"]]
        if config.get("ConfigurationSet"):
            more["ConfigurationSetName"] = config["ConfigurationSet"]
        try:
            await ctx.call(
                "ses:SendEmail", principal=principals.root(pool.account), region=identity.split(":")[3] or pool.region,
                Source=config.get("From") or identity.partition("/")[2],
                Destination={"ToAddresses": [parcel.destination]},
                Message={"Subject": {"Data": content["subject"]}, "Body": {"Html": {"Data": content["html"]}}}, **more,
            )  # fmt: skip
        except AwsError as error:
            raise CodeDeliveryFailure(error.message) from None

    async def _text(self, ctx: Context, pool: Pool, parcel: Parcel, text: str) -> None:
        """In the name of the pool's role; without one straight to the phone."""
        config = pool.settings.get("SmsConfiguration") or {}
        role = config.get("SnsCallerArn")
        if not role:
            letter = Message(
                ids.uuid(), "sms", pool.account, pool.region, "NOTICE", parcel.destination, "", text, ctx.now()
            )
            self._deposit(ctx, letter)
            return
        external = {"ExternalId": config["ExternalId"]} if config.get("ExternalId") else {}
        try:
            made = await ctx.call(
                "sts:AssumeRole", principal=SERVICE, source_arn=pool.arn, RoleArn=role, RoleSessionName=pool.id,
                **external,
            )  # fmt: skip
        except AwsError as error:
            raise InvalidSmsRoleTrust if error.status == 403 else CodeDeliveryFailure(error.message) from None
        session = self.platform.identities.credential(made["Credentials"]["AccessKeyId"]).principal
        try:
            await ctx.call(
                "sns:Publish", principal=session, region=config.get("SnsRegion") or pool.region,
                PhoneNumber=parcel.destination, Message=text,
            )  # fmt: skip
        except AwsError as error:
            if error.status == 403:
                raise InvalidSmsRole from None
            raise CodeDeliveryFailure(error.message) from None

    async def _hand_over(self, ctx: Context, pool: Pool, parcel: Parcel, sender: str) -> None:
        """To a function that sends by itself, with the code encrypted under the pool's KMS key."""
        sealed = await self.sealed(ctx, pool, parcel.user, parcel.code)
        kind = "customEmailSenderRequestV1" if sender == "CustomEmailSender" else "customSMSSenderRequestV1"
        request = {
            "type": kind, "code": base64.b64encode(sealed).decode(), "clientMetadata": dict(parcel.metadata),
            "userAttributes": user_attributes(parcel.user),
        }  # fmt: skip
        occasion = Occasion(sender, f"{sender}_{parcel.source}", parcel.user.username, parcel.client_id)
        await self.ask(ctx, pool, occasion, request)

    async def sealed(self, ctx: Context, pool: Pool, user: User, code: str) -> bytes:
        """A code as a message of the AWS Encryption SDK, under a data key of the pool's KMS key."""
        context = {"userpool-id": pool.id, "user-sub": user.sub}
        key_id = (pool.settings.get("LambdaConfig") or {}).get("KMSKeyID", "")
        try:
            key = await ctx.call(
                "kms:GenerateDataKey", principal=SERVICE, source_arn=pool.arn, KeyId=key_id, KeySpec="AES_256",
                EncryptionContext=context,
            )  # fmt: skip
        except AwsError as error:
            raise CodeDeliveryFailure(error.message) from None
        wrapped = encryption_message.DataKey(key["Plaintext"], key["CiphertextBlob"], key["KeyId"])
        return encryption_message.seal(code.encode(), wrapped, context)
