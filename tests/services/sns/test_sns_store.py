"""What the hot paths read is found by an index; what a topic's rows say survives."""

from __future__ import annotations

import pytest

from cloudchamber.services.sns import store as stores
from cloudchamber.services.sns.message import Published
from cloudchamber.services.sns.store import SnsStore
from cloudchamber.services.sns.subscription import Subscription
from cloudchamber.storage.engine import Store

TOPIC = "arn:aws:sns:us-east-1:123456789012:t"


@pytest.fixture
def db() -> Store:
    return Store(None)


def subscription(number: int) -> Subscription:
    return Subscription(
        f"{TOPIC}:{number}", TOPIC, "123456789012", "us-east-1", "sms", f"+1555{number}", "confirmed", 0.0, ""
    )


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (stores._HEAD, "sns_deliveries_by_lane"),
        ("SELECT 1 FROM sns_deliveries WHERE message = ?", "sns_deliveries_by_message"),
        ("DELETE FROM sns_sent WHERE expires_at <= ?", "sns_sent_by_expiry"),
        ("SELECT 1 FROM sns_subscriptions WHERE topic_arn = ? AND state = ?", "sns_subscriptions_by_topic_arn_state"),
        ("SELECT 1 FROM sns_subscriptions WHERE token = ?", "sns_subscriptions_by_token"),
        (
            "SELECT 1 FROM sns_subscriptions WHERE topic_arn = ? AND protocol = ? AND endpoint = ?",
            "sns_subscriptions_by_topic_arn_protocol_endpoint",
        ),
        ("SELECT 1 FROM sns_subscriptions WHERE state = ? ORDER BY state_since", "sns_subscriptions_by_state"),
        ("SELECT 1 FROM sns_endpoints WHERE application = ? AND token = ?", "sns_endpoints_by_application_token"),
    ],
)
def test_rows_are_found_by_an_index(db: Store, sql: str, index: str):
    SnsStore(db)
    plan = db.plan(sql, (None,) * sql.count("?"))
    assert index in plan
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


def test_a_message_stays_until_its_last_delivery_has_ended(db: Store):
    store = SnsStore(db)
    message = Published("id", TOPIC, "m", 1.5, "", "t", "s", attributes={"a": ("String", "x")}, group_id="g")
    with db.transaction():
        first, second = store.post(message, [(subscription(1), "g"), (subscription(2), None)])
    assert store.message(first.message) == message
    assert store.head(first.subscription, "g") == first
    with db.transaction():
        store.end(first)
    assert store.message(second.message) == message
    with db.transaction():
        store.end(second)
    assert db.value("SELECT count(*) FROM sns_messages") == 0


def test_what_a_transaction_did_is_forgotten_when_it_is_undone(db: Store):
    store = SnsStore(db)
    assert store.confirmed(TOPIC) == ()
    with pytest.raises(RuntimeError), db.transaction():
        store.put_subscription(subscription(1))
        assert len(store.confirmed(TOPIC)) == 1
        raise RuntimeError
    assert store.confirmed(TOPIC) == ()
