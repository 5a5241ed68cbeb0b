"""Where mails, text messages and pushes to phones arrive: nothing leaves the cloud, and everything can be read.

Services deposit in the transaction of what caused the message: `store.shared(Mailbox).deposit(message)`, and emit
`MailArrived` after it. The JSON API and `cloudchamber mail` read. Only the latest `MESSAGES_MAX` are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import orjson

from cloudchamber.storage.tables import loader

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

MESSAGES_MAX = 10_000
Channel = Literal["email", "sms", "push"]
_TABLES = [
    """CREATE TABLE mailbox_messages (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
        account TEXT NOT NULL, recipient TEXT NOT NULL, record BLOB NOT NULL)""",
    "CREATE INDEX mailbox_messages_by_account ON mailbox_messages (account, seq)",
    "CREATE INDEX mailbox_messages_by_recipient ON mailbox_messages (recipient, seq)",
]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as its recipient has it. `at` is in epoch seconds; `links` are the addresses in it to open."""

    id: str
    channel: Channel
    account: str  # whose service sent it
    region: str
    sender: str
    recipient: str  # a mail address, a phone number, the ARN of a platform endpoint
    subject: str
    text: str
    at: float
    html: str = ""
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailArrived:
    """Fact: a message is in the mailbox."""

    message: Message


class Mailbox:
    """The messages of one database, newest first."""

    def __init__(self, store: Store) -> None:
        self._db = store
        self._load = loader(Message)
        store.ensure("mailbox", _TABLES)

    def deposit(self, message: Message) -> None:
        """Keep a message, and let go of the oldest beyond the bound. Inside a transaction, or in one of its own."""
        with self._db.transaction():
            self._db.execute(
                "INSERT INTO mailbox_messages (id, account, recipient, record) VALUES (?, ?, ?, ?)",
                (message.id, message.account, message.recipient, orjson.dumps(message)),
            )
            self._db.execute(
                "DELETE FROM mailbox_messages WHERE seq <= (SELECT max(seq) FROM mailbox_messages) - ?", (MESSAGES_MAX,)
            )

    def list(self, limit: int, **equal: str) -> list[Message]:
        """The latest messages of an `account`, to a `recipient`, or all."""
        where = " AND ".join(f"{column} = ?" for column in equal)
        sql = f"SELECT record FROM mailbox_messages{f' WHERE {where}' if where else ''} ORDER BY seq DESC LIMIT ?"
        return [self._read(row[0]) for row in self._db.all(sql, (*equal.values(), limit))]

    def get(self, message_id: str) -> Message | None:
        raw = self._db.value("SELECT record FROM mailbox_messages WHERE id = ?", (message_id,))
        return None if raw is None else self._read(raw)

    def delete(self, message_id: str | None = None) -> int:
        """Throw one message away, or all; how many went."""
        if message_id is None:
            self._db.execute("DELETE FROM mailbox_messages WHERE true")
        else:
            self._db.execute("DELETE FROM mailbox_messages WHERE id = ?", (message_id,))
        return self._db.changes

    def _read(self, raw: Any) -> Message:
        message: Message = self._load(orjson.loads(raw))
        return message
