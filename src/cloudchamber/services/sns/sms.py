"""Text messages to phones: they arrive in the mailbox. Settings, the sandbox, and who wants no more of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudchamber.core import ids
from cloudchamber.core.service import Request, operation, private_operation
from cloudchamber.services.sns import limits, message
from cloudchamber.services.sns.base import page
from cloudchamber.services.sns.errors import InvalidParameter, NoSuchResource, OptedOut, VerificationFailed
from cloudchamber.services.sns.jobs import Jobs
from cloudchamber.services.sns.subscription import is_phone_number
from cloudchamber.services.sns.tables import Phone, SmsSettings
from cloudchamber.storage.mailbox import MailArrived, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.sns import shapes

_SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}\Z")
_SETTINGS: Mapping[str, Callable[[str], bool]] = {
    "MonthlySpendLimit": lambda text: text.isascii() and text.isdigit(),
    "DeliveryStatusIAMRole": lambda text: not text or text.startswith("arn:"),
    "DeliveryStatusSuccessSamplingRate": lambda text: text.isascii() and text.isdigit() and int(text[:9]) <= 100,
    "DefaultSenderID": lambda text: not text or _SENDER_ID.match(text) is not None,
    "DefaultSMSType": lambda text: text in ("Promotional", "Transactional"),
    "UsageReportS3Bucket": lambda text: True,
}
OTP_DIGITS = 6


class Sms(Jobs):
    def send_text(self, ctx: Context, phone: str, request: Request) -> str:
        """Publish to one phone number; the message's id."""
        if not is_phone_number(phone):
            raise InvalidParameter(f"PhoneNumber Reason: {phone} is not valid to publish to")
        message.check_content(request, limits.MESSAGE_BYTES_MAX)
        attributes = message.checked_attributes(request.get("MessageAttributes"))
        texts = message.structured(request)
        text = request["Message"] if texts is None else texts.get("sms", texts["default"])
        if len(text) > limits.SMS_CHARS_MAX:
            raise InvalidParameter("Message too long")
        sender = attributes.get("AWS.SNS.SMS.SenderID", ("", self._settings(ctx).get("DefaultSenderID", "")))[1]
        if self._phone(ctx, phone).opted_out:  # accepted and not delivered, as on AWS
            return ids.uuid()
        letter = _letter(ctx, phone, sender or "NOTICE", text)
        self.mailbox.deposit(letter)
        self._sent(ctx, letter)
        return letter.id

    @staticmethod
    def _sent(ctx: Context, letter: Message) -> None:
        """After the commit."""
        ctx.emit(MailArrived(letter))
        ctx.meter("sns.sms")

    # settings

    def _settings(self, ctx: Context) -> dict[str, str]:
        found = self.store.sms_settings.get(ctx.account, ctx.region)
        return {} if found is None else found.attributes

    @operation
    async def set_sms_attributes(
        self, ctx: Context, request: shapes.SetSMSAttributesInput
    ) -> shapes.SetSMSAttributesResponse:
        changes = request["attributes"]
        for name, value in changes.items():
            check = _SETTINGS.get(name)
            if check is None:
                raise InvalidParameter(f"Attributes Reason: Invalid attribute name: {name}")
            if not check(value):
                raise InvalidParameter(f"{name} Reason: Invalid value [{value[:256]}]")
        self.store.sms_settings.put(SmsSettings(ctx.account, ctx.region, {**self._settings(ctx), **changes}))
        return {}

    @operation
    async def get_sms_attributes(
        self, ctx: Context, request: shapes.GetSMSAttributesInput
    ) -> shapes.GetSMSAttributesResponse:
        settings, names = self._settings(ctx), request.get("attributes")
        return {"attributes": {name: value for name, value in settings.items() if not names or name in names}}

    # who wants none

    def _phone(self, ctx: Context, number: str) -> Phone:
        return self.store.phones.get(ctx.account, ctx.region, number) or Phone(ctx.account, ctx.region, number)

    def _phones(self, ctx: Context) -> list[Phone]:
        return self.store.phones.where(account=ctx.account, region=ctx.region)

    @private_operation
    async def receive_text(self, ctx: Context, request: Request) -> None:
        """A phone (`PhoneNumber`) answers with a `Text`: STOP and the like opt out, START opts back in.

        https://docs.aws.amazon.com/sns/latest/dg/sms_manage.html#sms_manage_optout
        """
        word = request["Text"].strip().upper()
        phone = self._phone(ctx, request["PhoneNumber"])
        if word in ("ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"):
            self.store.phones.put(replace(phone, opted_out=True))
        elif word == "START":
            self.store.phones.put(replace(phone, opted_out=False))

    @operation
    async def check_if_phone_number_is_opted_out(
        self, ctx: Context, request: shapes.CheckIfPhoneNumberIsOptedOutInput
    ) -> shapes.CheckIfPhoneNumberIsOptedOutResponse:
        return {"isOptedOut": self._phone(ctx, _checked(request["phoneNumber"])).opted_out}

    @operation
    async def list_phone_numbers_opted_out(
        self, ctx: Context, request: shapes.ListPhoneNumbersOptedOutInput
    ) -> shapes.ListPhoneNumbersOptedOutResponse:
        numbers = [phone.number for phone in self._phones(ctx) if phone.opted_out]
        found, more = page(request, str, lambda after, limit: _after(numbers, after)[:limit], "nextToken")
        return {"phoneNumbers": found, **more}  # type: ignore[typeddict-item]

    @operation
    async def opt_in_phone_number(
        self, ctx: Context, request: shapes.OptInPhoneNumberInput
    ) -> shapes.OptInPhoneNumberResponse:
        phone = self._phone(ctx, _checked(request["phoneNumber"]))
        if phone.opted_out:
            self.store.phones.put(replace(phone, opted_out=False))
        return {}

    # the sandbox

    @operation
    async def get_sms_sandbox_account_status(
        self, ctx: Context, request: shapes.GetSMSSandboxAccountStatusInput
    ) -> shapes.GetSMSSandboxAccountStatusResult:
        """Accounts of this cloud have left it: any number can be written to."""
        return {"IsInSandbox": False}

    @operation
    async def create_sms_sandbox_phone_number(
        self, ctx: Context, request: shapes.CreateSMSSandboxPhoneNumberInput
    ) -> shapes.CreateSMSSandboxPhoneNumberResult:
        phone = self._phone(ctx, _checked(request["PhoneNumber"], "PhoneNumber"))
        if phone.opted_out:
            raise OptedOut("The phone number is opted out")
        password = f"{ids.number(40) % 10**OTP_DIGITS:0{OTP_DIGITS}d}"
        letter = _letter(ctx, phone.number, "NOTICE", f"{password} is your verification code for Amazon SNS")
        with self.platform.store.transaction():
            self.store.phones.put(replace(phone, sandbox_status="Pending", password=password))
            self.mailbox.deposit(letter)
        self._sent(ctx, letter)
        return {}

    @operation
    async def verify_sms_sandbox_phone_number(
        self, ctx: Context, request: shapes.VerifySMSSandboxPhoneNumberInput
    ) -> shapes.VerifySMSSandboxPhoneNumberResult:
        phone = self._in_sandbox(ctx, request["PhoneNumber"])
        if not phone.password or phone.password != request["OneTimePassword"]:
            raise VerificationFailed
        self.store.phones.put(replace(phone, sandbox_status="Verified", password=""))
        return {}

    @operation
    async def delete_sms_sandbox_phone_number(
        self, ctx: Context, request: shapes.DeleteSMSSandboxPhoneNumberInput
    ) -> shapes.DeleteSMSSandboxPhoneNumberResult:
        phone = self._in_sandbox(ctx, request["PhoneNumber"])
        self.store.phones.put(replace(phone, sandbox_status="", password=""))
        return {}

    @operation
    async def list_sms_sandbox_phone_numbers(
        self, ctx: Context, request: shapes.ListSMSSandboxPhoneNumbersInput
    ) -> shapes.ListSMSSandboxPhoneNumbersResult:
        status = {phone.number: phone.sandbox_status for phone in self._phones(ctx) if phone.sandbox_status}
        found, more = page(request, str, lambda after, limit: _after(list(status), after)[:limit])
        shown: Any = [{"PhoneNumber": number, "Status": status[number]} for number in found]
        return {"PhoneNumbers": shown, **more}  # type: ignore[typeddict-item]

    def _in_sandbox(self, ctx: Context, number: str) -> Phone:
        phone = self._phone(ctx, number)
        if not phone.sandbox_status:
            raise NoSuchResource
        return phone

    @operation
    async def list_origination_numbers(
        self, ctx: Context, request: shapes.ListOriginationNumbersRequest
    ) -> shapes.ListOriginationNumbersResult:
        """No account of this cloud has rented a number to send from."""
        return {"PhoneNumbers": []}


def _letter(ctx: Context, phone: str, sender: str, text: str) -> Message:
    return Message(ids.uuid(), "sms", ctx.account, ctx.region, sender, phone, "", text, ctx.now())


def _checked(number: str, parameter: str = "phoneNumber") -> str:
    if not is_phone_number(number):
        raise InvalidParameter(f"{parameter} Reason: input incorrectly formatted")
    return number


def _after(numbers: list[str], after: list[str] | None) -> list[str]:
    return [number for number in numbers if after is None or number > after[0]]
