"""The mailbox by itself: what is kept, in which order, and how much of it."""

from __future__ import annotations

import pytest

from cloudchamber.storage import mailbox
from cloudchamber.storage.engine import Store
from cloudchamber.storage.mailbox import Mailbox, Message


@pytest.fixture
def box() -> Mailbox:
    return Mailbox(Store(None))


def message(number: int, to: str = "ann@example.com", account: str = "1") -> Message:
    return Message(
        str(number), "email", account, "us-east-1", "me", to, f"s{number}", "text", float(number), links=("http://x",)
    )


def test_the_newest_comes_first(box: Mailbox):
    for number in range(3):
        box.deposit(message(number))
    assert [found.id for found in box.list(2)] == ["2", "1"]
    assert box.get("1") == message(1)
    assert box.get("none") is None


def test_a_list_is_narrowed_by_recipient_and_account(box: Mailbox):
    box.deposit(message(1, "bob@example.com"))
    box.deposit(message(2, account="2"))
    assert [found.id for found in box.list(10, recipient="bob@example.com")] == ["1"]
    assert [found.id for found in box.list(10, account="2", recipient="ann@example.com")] == ["2"]


def test_messages_are_thrown_away_one_by_one_or_all(box: Mailbox):
    for number in range(3):
        box.deposit(message(number))
    assert (box.delete("1"), box.delete("1")) == (1, 0)
    assert box.delete() == 2
    assert box.list(10) == []


def test_only_the_latest_are_kept(box: Mailbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(mailbox, "MESSAGES_MAX", 3)
    for number in range(5):
        box.deposit(message(number))
    assert [found.id for found in box.list(10)] == ["4", "3", "2"]


def test_lists_are_found_by_an_index():
    store = Store(None)
    Mailbox(store)
    for column in ("account", "recipient"):
        plan = store.plan(f"SELECT record FROM mailbox_messages WHERE {column} = ? ORDER BY seq DESC LIMIT ?", ("x", 1))
        assert f"mailbox_messages_by_{column}" in plan
        assert "TEMP B-TREE" not in plan
