"""Mails on their way to a real SMTP server, where a setting names one: rows, written with what else a mail causes.

Only who gets the mail into the mailbox gets it there too: nobody on the suppression list, none of the simulator's. What
the server does not take for now is tried again; what it refuses is dropped, and the log says so.
"""

from __future__ import annotations

import asyncio
import logging
import smtplib
from typing import TYPE_CHECKING

from cloudchamber.services.ses import addresses, limits
from cloudchamber.services.ses import mail as mails
from cloudchamber.services.ses.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.ses.events import Sent
    from cloudchamber.services.ses.tables import Relayed

log = logging.getLogger("cloudchamber.ses")


class Relaying(Outbox):
    def hand_on(self, sent: Sent, reached: Sequence[str]) -> int:
        """Keep a mail for the real server; its number, 0 for none. Inside a transaction."""
        to = [recipient for recipient in reached if not addresses.simulated(recipient)]
        if not self.relay_server or not to:
            return 0
        try:
            data = mails.mime(sent.mail, sent.id, sent.at)
        except ValueError as error:
            log.warning("mail %s is not relayed: %s", sent.id, error)
            return 0
        sender = self.address(sent.mail.return_path or sent.mail.source)
        return self.store.hand_on(sender, to, data, sent.at)

    def begin_relay(self, mail_id: int) -> None:
        """Begin what was just committed."""
        if mail_id:
            self.clock.spawn(self._relay(mail_id), "relay")

    def go_on_relaying(self) -> None:
        """Relay what a killed process left behind, if there still is a server to relay to."""
        for mail_id, due in self.store.relayed() if self.relay_server else ():
            self._plan_relay(mail_id, due)

    def _plan_relay(self, mail_id: int, due: float) -> None:
        self.clock.at(due, lambda: self._relay(mail_id), "relay")

    async def _relay(self, mail_id: int) -> None:
        mail = self.store.to_relay(mail_id)
        if mail is None:
            return
        try:
            await asyncio.to_thread(_transmit, self.relay_server, mail)
        except (smtplib.SMTPException, OSError) as error:
            if _may_pass(error) and mail.attempts + 1 < limits.RELAY_ATTEMPTS_MAX:
                due = self.clock.now() + limits.RELAY_RETRY_SECONDS * 2.0**mail.attempts
                self.store.relay_later(mail_id, due)
                self._plan_relay(mail_id, due)
                return
            log.warning("%s did not take a mail to %s: %s", self.relay_server, ", ".join(mail.recipients), error)
        self.store.end_relay(mail_id)


def _transmit(server: str, mail: Relayed) -> None:
    """SMTPException, OSError."""
    host, _, port = server.rpartition(":")
    with smtplib.SMTP(host or port, int(port) if host else 0, timeout=limits.RELAY_SECONDS_MAX) as smtp:
        smtp.sendmail(mail.sender, mail.recipients, mail.data)


def _may_pass(error: Exception) -> bool:
    """Whether another attempt could help: anything but a server that says no (5xx)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return any(code < 500 for code, _ in error.recipients.values())
    return not (isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 500)
