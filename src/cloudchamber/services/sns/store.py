"""What SNS reads from and writes to its tables: one method for each way rows are looked for, each with an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from cloudchamber.services.sns.message import Published
from cloudchamber.services.sns.subscription import Subscription
from cloudchamber.services.sns.tables import OUTBOX, Application, Delivery, Endpoint, Phone, SmsSettings
from cloudchamber.services.sns.topic import Topic
from cloudchamber.storage.tables import Table, loader

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudchamber.storage.engine import Store

_DELIVERY = "SELECT id, message, subscription, lane, due, attempts FROM sns_deliveries"
_HEAD = f"{_DELIVERY} WHERE subscription = ? AND lane = ? ORDER BY id LIMIT 1"
TOPICS_CACHED_MAX = 10_000


class SnsStore:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.topics: Table[Topic] = Table(store, "sns_topics", Topic, ("account", "region", "name"))
        self.subscriptions: Table[Subscription] = Table(
            store, "sns_subscriptions", Subscription, ("arn",),
            [("topic_arn", "state", "arn"), ("account", "region", "arn"), ("topic_arn", "protocol", "endpoint"),
             ("topic_arn", "arn"), ("token",), ("state", "state_since")],
        )  # fmt: skip
        # What was unsubscribed without a signature, as long as the token that brings it back is good.
        self.ended: Table[Subscription] = Table(store, "sns_ended", Subscription, ("token",), [("state_since",)])
        self.applications: Table[Application] = Table(
            store, "sns_applications", Application, ("account", "region", "platform", "name")
        )
        self.endpoints: Table[Endpoint] = Table(
            store, "sns_endpoints", Endpoint, ("arn",), [("application", "arn"), ("application", "token")]
        )
        self.phones: Table[Phone] = Table(store, "sns_phones", Phone, ("account", "region", "number"))
        self.sms_settings: Table[SmsSettings] = Table(store, "sns_sms_settings", SmsSettings, ("account", "region"))
        store.ensure("sns_outbox", OUTBOX)
        self._load = loader(Published)
        self._confirmed: dict[str, tuple[Subscription, ...]] = {}
        store.on_undo(self._confirmed.clear)

    # subscriptions

    def confirmed(self, topic_arn: str) -> tuple[Subscription, ...]:
        """The subscriptions a topic's messages go to. Kept, since every publish asks."""
        found = self._confirmed.get(topic_arn)
        if found is None:
            if len(self._confirmed) >= TOPICS_CACHED_MAX:
                self._confirmed.clear()
            found = tuple(self.subscriptions.where(topic_arn=topic_arn, state="confirmed", order="arn"))
            self._confirmed[topic_arn] = found
        return found

    def put_subscription(self, subscription: Subscription) -> Subscription:
        self._confirmed.pop(subscription.topic_arn, None)
        return self.subscriptions.put(subscription)

    def delete_subscription(self, subscription: Subscription) -> None:
        self._confirmed.pop(subscription.topic_arn, None)
        self.subscriptions.delete(subscription.arn)

    def subscribed(self, topic_arn: str, protocol: str, endpoint: str) -> Subscription | None:
        found = self.subscriptions.where(topic_arn=topic_arn, protocol=protocol, endpoint=endpoint, limit=1)
        return found[0] if found else None

    def by_token(self, token: str) -> Subscription | None:
        """The subscription, pending, confirmed or ended, whose confirmation was asked for with this token."""
        found = self.subscriptions.where(token=token, limit=1)
        return found[0] if found else self.ended.get(token)

    def oldest_unconfirmed(self) -> list[Subscription]:
        """The pending and the ended subscription that have been so for longest."""
        pending = self.subscriptions.where(state="pending", order="state_since", limit=1)
        return pending + self.ended.where(order="state_since", limit=1)

    # the outbox

    def post(self, message: Published, to: Sequence[tuple[Subscription, str | None]]) -> list[Delivery]:
        """A message and its deliveries, each with its lane, due at once. Inside a transaction."""
        raw = orjson.dumps(message)
        number = int(self.db.value("INSERT INTO sns_messages (record) VALUES (?) RETURNING number", (raw,)))
        deliveries = []
        for subscription, lane in to:
            delivery_id = self.db.value(
                "INSERT INTO sns_deliveries (message, subscription, lane, due) VALUES (?, ?, ?, ?) RETURNING id",
                (number, subscription.arn, lane, message.at),
            )
            deliveries.append(Delivery(delivery_id, number, subscription.arn, lane, message.at))
        return deliveries

    def message(self, number: int) -> Published:
        raw = self.db.value("SELECT record FROM sns_messages WHERE number = ?", (number,))
        message: Published = self._load(orjson.loads(raw))
        return message

    def delivery(self, delivery_id: int) -> Delivery | None:
        row = self.db.one(f"{_DELIVERY} WHERE id = ?", (delivery_id,))
        return None if row is None else Delivery(*row)

    def deliveries(self) -> Iterator[Delivery]:
        """All that are on their way, oldest first."""
        return (Delivery(*row) for row in self.db.all(f"{_DELIVERY} ORDER BY id"))

    def head(self, subscription: str, lane: str) -> Delivery | None:
        """The delivery whose turn it is in a lane."""
        row = self.db.one(_HEAD, (subscription, lane))
        return None if row is None else Delivery(*row)

    def postpone(self, later: Delivery) -> None:
        """Keep when a delivery is tried again. Inside a transaction."""
        values = (later.due, later.attempts, later.id)
        self.db.execute("UPDATE sns_deliveries SET due = ?, attempts = ? WHERE id = ?", values)

    def end(self, delivery: Delivery) -> None:
        """A delivery is over, one way or the other. Inside a transaction."""
        self.db.execute("DELETE FROM sns_deliveries WHERE id = ?", (delivery.id,))
        self.db.execute(
            "DELETE FROM sns_messages WHERE number = ? AND NOT EXISTS "
            "(SELECT 1 FROM sns_deliveries WHERE message = ?)",
            (delivery.message, delivery.message),
        )  # fmt: skip

    # FIFO topics

    def new_sequence(self) -> int:
        sequence: int = self.db.value("UPDATE sns_numbers SET sequence = sequence + 1 RETURNING sequence - 1")
        return sequence

    def sent_before(self, topic_arn: str, scope: str, dedup_id: str, now: float) -> tuple[str, int] | None:
        """Message id and sequence of what was published under this deduplication id in the last five minutes."""
        row = self.db.one(
            "SELECT id, sequence FROM sns_sent WHERE topic = ? AND scope = ? AND dedup_id = ? AND expires_at > ?",
            (topic_arn, scope, dedup_id, now),
        )
        return None if row is None else (row[0], row[1])

    def remember_sent(self, key: tuple[str, str, str], expires_at: float, sent: tuple[str, int]) -> None:
        """Remember what was published under topic, scope and deduplication id."""
        self.db.execute("INSERT OR REPLACE INTO sns_sent VALUES (?, ?, ?, ?, ?, ?)", (*key, expires_at, *sent))

    def forget_sent(self, now: float) -> None:
        self.db.execute("DELETE FROM sns_sent WHERE expires_at <= ?", (now,))
