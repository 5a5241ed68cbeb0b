"""A mail's way from the call to the mailbox, the same for every operation that sends.

Checks come in AWS's order: is sending on, does the configuration set exist, are the addresses any, are they verified,
is there quota left. Then what becomes of each recipient is settled at once: delivered into the mailbox, or bounced by
the mailbox simulator or the suppression list.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cloudchamber.core import ids
from cloudchamber.services.ses import addresses, errors, events, limits
from cloudchamber.services.ses import mail as mails
from cloudchamber.services.ses.events import Outcome, Sent
from cloudchamber.services.ses.relaying import Relaying
from cloudchamber.storage.mailbox import MailArrived, Message

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudchamber.core.context import Context
    from cloudchamber.services.ses.mail import Mail
    from cloudchamber.services.ses.tables import ConfigurationSet, Identity

DAEMON = "MAILER-DAEMON@amazonses.com"
_BOUNCED = "An error occurred while trying to deliver the mail to the following recipients:\n{recipients}"
_COMPLAINED = (
    "This is an email abuse report for an email message from {source}.\nThe complaint was received from:\n{recipients}"
)
_FEEDBACK = {
    "BOUNCE": ("Delivery Status Notification (Failure)", _BOUNCED),
    "COMPLAINT": ("Complaint", _COMPLAINED),
}


class Sending(Relaying):
    def send(self, ctx: Context, mail: Mail, failure: Outcome | None = None) -> str:
        """Accept a mail; its message id. `failure` is why it cannot be rendered: then only an event tells of it."""
        identity, configuration_set = self._checked(ctx, mail)
        if configuration_set is not None:
            mail = replace(mail, configuration_set=configuration_set.name)
        now = ctx.now()
        sent = Sent(
            mail, mails.message_id(ctx.region, now, ids.uuid()), now, ctx.account, ctx.region, identity.arn,
            ctx.principal.name, ctx.caller.source_ip,
        )  # fmt: skip
        if failure is None:
            reached, outcomes = self._outcomes(sent, configuration_set)
        else:
            reached, outcomes = [], [failure]
        letters = [self._letter(sent, at, recipient) for at, recipient in enumerate(reached)]
        letters += self._feedback(sent, identity, outcomes)
        happened = [outcome.type for outcome in outcomes]
        with self.platform.store.transaction():
            for letter in letters:
                self.mailbox.deposit(letter)
            if failure is None:
                counts = (len(mail.recipients), happened.count("BOUNCE"), happened.count("COMPLAINT"))
                self.store.count(ctx.account, ctx.region, now, counts)
            posts = [
                self.store.post(post, now)
                for outcome in outcomes
                for post in self.posts_of(ctx, sent, outcome, (configuration_set, identity))
            ]
            relayed = self.hand_on(sent, reached)
        for letter in letters:
            ctx.emit(MailArrived(letter))
        if failure is None:
            ctx.meter("ses.messages", len(mail.recipients))
        self.send_out(posts)
        self.begin_relay(relayed)
        return sent.id

    # checks

    def _checked(self, ctx: Context, mail: Mail) -> tuple[Identity, ConfigurationSet | None]:
        """The identity that vouches for the sender, and the configuration set if there is one."""
        if not self.store.settings(ctx.account, ctx.region).is_enabled:
            raise errors.AccountPaused(self.version, "Email sending is disabled for this AWS account.")
        self._check_recipients(mail)
        source = self.address(mail.source)
        identity = self._verified(ctx, mail, source)
        configuration_set = self._configured(ctx, mail, identity)
        per_day, _ = self.quota()
        since = ctx.now() - limits.DAY_SECONDS
        if self.store.sent_since(ctx.account, ctx.region, since) + len(mail.recipients) > per_day:
            raise errors.Throttled(self.version, "Daily message quota exceeded.")
        return identity, configuration_set

    def _check_recipients(self, mail: Mail) -> None:
        count = len(mail.recipients)
        if not count:
            raise errors.InvalidParameter(self.version, "Missing required header 'To'.")
        if count > limits.RECIPIENTS_MAX:
            raise errors.InvalidParameter(self.version, f"Recipient count exceeds {limits.RECIPIENTS_MAX}.")
        for address in (*mail.recipients, *mail.reply_to, *((mail.return_path,) if mail.return_path else ())):
            self.address(address)
        self.check_size(mail.size_bytes)

    def check_size(self, size_bytes: int) -> None:
        size_max = limits.MESSAGE_BYTES_MAX_V1 if self.version == 1 else limits.MESSAGE_BYTES_MAX_V2
        if size_bytes > size_max:
            text = f"Message length is more than {size_max} bytes long: '{size_bytes}'."
            raise errors.InvalidParameter(self.version, text)

    def _verified(self, ctx: Context, mail: Mail, source: str) -> Identity:
        """MessageRejected, naming each address that nobody vouches for."""
        account, region = ctx.account, ctx.region
        if mail.source_arn:
            parts = mail.source_arn.split(":", 5)
            if len(parts) != 6 or not parts[5].startswith("identity/"):
                raise errors.InvalidParameter(self.version, f"Invalid ARN: {mail.source_arn}")
            account, region = parts[4], parts[3]
        identity = self.voucher(account, region, source)
        failed = [] if identity is not None else [mail.source]
        others = [mail.return_path] if mail.return_path else []
        if self.is_sandboxed:
            others += [a for a in mail.recipients if not addresses.simulated(self.address(a))]
        failed += [a for a in others if self.voucher(account, region, self.address(a)) is None]
        if identity is None or failed:
            named = ", ".join(dict.fromkeys(failed))
            raise errors.MessageRejected(
                self.version,
                "Email address is not verified. The following identities failed the check in region "
                f"{ctx.region.upper()}: {named}",
            )
        return identity

    def _configured(self, ctx: Context, mail: Mail, identity: Identity) -> ConfigurationSet | None:
        name = mail.configuration_set or (identity.configuration_set if identity.account == ctx.account else "")
        if not name:
            return None
        found = self.configuration_set(ctx, name)
        if not found.is_enabled:
            text = f"Email sending is disabled for configuration set <{name}>."
            raise errors.SetPaused(self.version, text, ConfigurationSetName=name)
        return found

    def quota(self) -> tuple[float, float]:
        """Mails a day and mails a second."""
        if self.is_sandboxed:
            return limits.SANDBOX_MAILS_A_DAY_MAX, limits.SANDBOX_MAILS_A_SECOND_MAX
        return limits.MAILS_A_DAY_MAX, limits.MAILS_A_SECOND_MAX

    # what becomes of it

    def _outcomes(self, sent: Sent, configuration_set: ConfigurationSet | None) -> tuple[list[str], list[Outcome]]:
        """Who gets the mail, and the events there are to tell."""
        fates: dict[str, list[str]] = {}
        for recipient in sent.mail.recipients:
            address = addresses.take_apart(recipient)[1]
            fates.setdefault(self._fate(sent, configuration_set, address), []).append(address)
        reached = [a for fate, found in fates.items() if fate in ("", "complaint", "ooto") for a in found]
        outcomes = [Outcome("SEND", {})]
        if reached:
            outcomes.append(events.delivered(reached, sent.at, sent.at))
        for fate, found in fates.items():
            feedback_id = mails.message_id(sent.region, sent.at, ids.uuid())
            if fate == "complaint":
                outcomes.append(events.complained(found, sent.at, feedback_id))
            elif fate:
                outcomes.append(events.bounced(found, fate, sent.at, feedback_id))
        return reached, outcomes

    def _fate(self, sent: Sent, configuration_set: ConfigurationSet | None, address: str) -> str:
        """How a recipient answers: empty for delivery, else the simulator's name for it, or `suppressed`."""
        simulated = addresses.simulated(address)
        if simulated:
            return simulated if simulated in ("bounce", "complaint", "ooto", "suppressionlist") else ""
        entry = self.store.suppressed.get(sent.account, sent.region, address.lower())
        if entry is None:
            return ""
        reasons: Iterable[str] | None = None
        if configuration_set is not None:
            reasons = configuration_set.options.get("SuppressionOptions", {}).get("SuppressedReasons")
        if reasons is None:
            reasons = self.store.settings(sent.account, sent.region).suppresses
        return "suppressed" if entry.reason in reasons else ""

    def _letter(self, sent: Sent, at: int, recipient: str) -> Message:
        mail = sent.mail
        return Message(
            sent.id if at == 0 else f"{sent.id}-{at}", "email", sent.account, sent.region, mail.source, recipient,
            mail.subject, mail.text, sent.at, mail.html, mail.links,
        )  # fmt: skip

    def _feedback(self, sent: Sent, identity: Identity, outcomes: Iterable[Outcome]) -> list[Message]:
        """Bounces and complaints forwarded by mail, where no topic takes them or forwarding is wanted as well."""
        found = []
        for outcome in outcomes:
            if outcome.type not in _FEEDBACK or not identity.forwards_feedback:
                continue
            subject, text = _FEEDBACK[outcome.type]
            key = "bouncedRecipients" if outcome.type == "BOUNCE" else "complainedRecipients"
            who = "\n".join(recipient["emailAddress"] for recipient in outcome.details[key])
            to = self.address(sent.mail.return_path or sent.mail.source)
            text = text.format(recipients=who, source=sent.mail.source)
            found.append(
                Message(
                    outcome.details["feedbackId"], "email", sent.account, sent.region, DAEMON, to, subject, text,
                    sent.at,
                )
            )  # fmt: skip
        return found
