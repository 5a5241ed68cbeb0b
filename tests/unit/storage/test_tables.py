"""Typed records: what goes in comes out, by key, by index, in order; caches never lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import pytest

from cloudchamber.storage.engine import Store
from cloudchamber.storage.tables import Table


@dataclass(frozen=True)
class Part:
    name: str
    size: int


@dataclass(frozen=True)
class Thing:
    account: str
    name: str
    owner: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    first: Part | None = None
    secret: bytes = b""
    weight: float | None = None
    colour: Literal["red", "blue"] = "red"


@pytest.fixture
def store():
    made = Store(None)
    yield made
    made.close()


@pytest.fixture
def things(store: Store) -> Table[Thing]:
    return Table(store, "things", Thing, ("account", "name"), [("owner",)])


WHOLE = Thing("1", "a", "ann", {"k": "v"}, (Part("p", 1), Part("q", 2)), Part("r", 3), b"\x00\xff", 1.5)


def test_a_record_comes_back_as_it_was_put(things: Table[Thing], store: Store):
    things.put(WHOLE)
    store_again = Table(store, "things", Thing, ("account", "name"), [("owner",)])
    assert store_again.get("1", "a") == WHOLE
    assert things.get("1", "b") is None


def test_records_are_found_by_indexed_columns_in_key_order(things: Table[Thing]):
    for name in ("c", "a", "b"):
        things.put(Thing("1", name, "ann"))
    things.put(Thing("2", "d", "bob"))
    assert [t.name for t in things.where(owner="ann")] == ["a", "b", "c"]
    assert [t.name for t in things.where(account="1", limit=2)] == ["a", "b"]
    assert [t.name for t in things.where(account="1", order="name", after=["a"])] == ["b", "c"]
    assert things.count(account="1") == 3
    assert len(list(things)) == 4


def test_an_index_serves_the_lookup(things: Table[Thing], store: Store):
    assert "things_by_owner" in store.plan("SELECT record FROM things WHERE owner = ?", ("ann",))


def test_a_deleted_record_is_gone(things: Table[Thing]):
    things.put(WHOLE)
    assert things.delete("1", "a") is True
    assert things.delete("1", "a") is False
    assert things.get("1", "a") is None


def test_the_cache_forgets_what_a_transaction_undid(things: Table[Thing], store: Store):
    things.put(WHOLE)
    with pytest.raises(RuntimeError), store.transaction():
        things.put(replace(WHOLE, owner="bob"))
        assert things.get("1", "a").owner == "bob"
        raise RuntimeError
    assert things.get("1", "a").owner == "ann"


def test_a_field_added_later_takes_its_default_for_old_rows(store: Store):
    @dataclass(frozen=True)
    class Old:
        account: str
        name: str
        gone: int = 0

    Table(store, "things", Old, ("account", "name"), [("name",)]).put(Old("1", "a", 5))
    found = Table(store, "things", Thing, ("account", "name"), [("name",)]).get("1", "a")
    assert found == Thing("1", "a")
