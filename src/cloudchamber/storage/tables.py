"""Typed records: dataclasses as rows, for control-plane resources (queues, roles, functions).

A table has key columns, a few indexed columns, and the whole record as JSON. Adding a field with a default needs no
migration; changing a key does. Reads go through a bounded cache that is forgotten when a transaction is undone.
Records are to be frozen: a change is `table.put(replace(record, …))`.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from typing import Any, Generic, TypeVar, get_args, get_origin

import orjson

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cloudchamber.storage.engine import Store

R = TypeVar("R")
CACHE_MAX = 10_000


class Table(Generic[R]):
    """Records of one dataclass, unique by `key` (attribute names), with `indexed` lists of attributes beside it."""

    def __init__(
        self, store: Store, name: str, record: type[R], key: Sequence[str], indexed: Sequence[Sequence[str]] = ()
    ) -> None:
        self._store = store
        self.name = name
        self._record = record
        self._key = tuple(key)
        self._columns = tuple(dict.fromkeys([*key, *(c for columns in indexed for c in columns)]))
        self._load: Callable[[dict[str, Any]], R] = loader(record)
        self._cache: dict[tuple[Any, ...], R] = {}
        store.on_undo(self._cache.clear)
        self._prepare(indexed)

    def _prepare(self, indexed: Sequence[Sequence[str]]) -> None:
        columns = ", ".join(self._columns)
        key = ", ".join(self._key)
        table = f"CREATE TABLE {self.name} ({columns}, record BLOB NOT NULL, PRIMARY KEY ({key})) WITHOUT ROWID"
        indexes = [f"CREATE INDEX {self.name}_by_{'_'.join(of)} ON {self.name} ({', '.join(of)})" for of in indexed]
        self._steps = [table, *indexes]
        self.ensure()
        marks = ", ".join("?" * (len(self._columns) + 1))
        where = " AND ".join(f"{column} = ?" for column in self._key)
        self._put_sql = f"INSERT OR REPLACE INTO {self.name} ({columns}, record) VALUES ({marks})"
        self._get_sql = f"SELECT record FROM {self.name} WHERE {where}"
        self._delete_sql = f"DELETE FROM {self.name} WHERE {where}"

    def ensure(self) -> None:
        """Create the table where the database does not have it yet."""
        self._store.ensure(f"table:{self.name}", self._steps)

    def get(self, *key: Any) -> R | None:
        found = self._cache.get(key)
        if found is not None:
            return found
        raw = self._store.value(self._get_sql, key)
        if raw is None:
            return None
        record = self._load(orjson.loads(raw))
        if len(self._cache) >= CACHE_MAX:
            self._cache.clear()
        self._cache[key] = record
        return record

    def put(self, record: R) -> R:
        """Insert or replace. Inside a transaction, or in one of its own."""
        values = [getattr(record, column) for column in self._columns]
        raw = orjson.dumps(record, option=orjson.OPT_PASSTHROUGH_SUBCLASS, default=_plain)
        self._cache.pop(tuple(getattr(record, column) for column in self._key), None)
        self._store.execute(self._put_sql, (*values, raw))
        return record

    def delete(self, *key: Any) -> bool:
        """Whether there was one."""
        self._cache.pop(key, None)
        self._store.execute(self._delete_sql, key)
        return self._store.changes > 0

    def where(self, order: str = "", limit: int = -1, after: Sequence[Any] | None = None, **equal: Any) -> list[R]:
        """Records whose columns equal the given values, ordered by key unless `order` names columns."""
        clauses = [f"{column} = ?" for column in equal]
        values = list(equal.values())
        by = order or ", ".join(self._key)
        if after is not None:
            clauses.append(f"({by}) > ({', '.join('?' * len(after))})")
            values.extend(after)
        where = f" WHERE {' AND '.join(clauses)}" if clauses else ""
        sql = f"SELECT record FROM {self.name}{where} ORDER BY {by} LIMIT ?"
        return [self._load(orjson.loads(row[0])) for row in self._store.all(sql, (*values, limit))]

    def count(self, **equal: Any) -> int:
        clauses = " AND ".join(f"{column} = ?" for column in equal)
        where = f" WHERE {clauses}" if clauses else ""
        return int(self._store.value(f"SELECT count(*) FROM {self.name}{where}", tuple(equal.values())))

    def __iter__(self) -> Iterator[R]:
        return iter(self.where())


def _plain(value: Any) -> Any:
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, bytes):
        return {"__bytes__": value.hex()}
    raise TypeError(f"a record cannot hold {type(value).__name__}")


def loader(record: type[R]) -> Callable[[dict[str, Any]], R]:
    """A function from a JSON object to the dataclass, nested ones and tuples included; unknown fields are dropped."""
    hints = typing.get_type_hints(record)
    converters: dict[str, Callable[[Any], Any] | None] = {}
    for field in dataclasses.fields(record):  # type: ignore[arg-type]
        converters[field.name] = _converter(hints[field.name])

    def load(raw: dict[str, Any]) -> R:
        values = {}
        for name, convert in converters.items():
            if name in raw:
                item = raw[name]
                values[name] = item if convert is None or item is None else convert(item)
        return record(**values)

    return load


def _converter(hint: Any) -> Callable[[Any], Any] | None:
    origin = get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        inner = [a for a in get_args(hint) if a is not type(None)]
        return _converter(inner[0]) if len(inner) == 1 else None
    if hint is bytes:
        return lambda raw: bytes.fromhex(raw["__bytes__"])
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return loader(hint)
    if origin in (tuple, frozenset, list, set):
        item = _converter(get_args(hint)[0]) if get_args(hint) else None
        return lambda raw: origin(raw if item is None else map(item, raw))
    if isinstance(origin, type) and issubclass(origin, typing.Mapping):
        item = _converter(get_args(hint)[1])
        return None if item is None else lambda raw: {k: item(v) for k, v in raw.items()}
    return None
