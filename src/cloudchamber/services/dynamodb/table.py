"""A table as it is kept, and as it is used: with its keys and indexes made ready.

Statuses are not stored: a table is CREATING until the instant at which it becomes active, which is a question to the
clock. `TableRecord` holds everything a user can set; `TableView` is what data operations work with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.services.dynamodb.keys import KeySchema, Part

if TYPE_CHECKING:
    from cloudchamber.services.dynamodb.values import Item


@dataclass(frozen=True, slots=True)
class Throughput:
    """Provisioned capacity in units a second, and when it was changed."""

    read: int = 0
    write: int = 0
    increased_at: float | None = None
    decreased_at: float | None = None
    decreases_today: int = 0


@dataclass(frozen=True, slots=True)
class Insights:
    """Contributor insights of a table or an index. Instants in epoch seconds."""

    is_enabled: bool = False
    mode: str = "ACCESSED_AND_THROTTLED_KEYS"  # or THROTTLED_KEYS
    changed_at: float | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `number` is its own, as tables have theirs. Instants in epoch seconds."""

    name: str
    number: int
    is_local: bool
    partition: tuple[str, ...]
    sort: tuple[str, ...] = ()
    projection: str = "ALL"  # or KEYS_ONLY, INCLUDE
    non_key: tuple[str, ...] = ()
    throughput: Throughput = field(default_factory=Throughput)
    on_demand: dict[str, int] | None = None  # OnDemandThroughput, as it was given
    warm: dict[str, int] | None = None  # WarmThroughput, as it was given
    warm_at: float = 0.0  # WarmThroughput is UPDATING until then
    active_at: float = 0.0
    updated_at: float = 0.0  # UPDATING until then
    is_added: bool = False  # to a table that was there before it
    is_backfilled: bool = True  # whether it holds what was in the table before it
    deleted_at: float | None = None  # when it is gone, once its deletion was asked for
    insights: Insights = field(default_factory=Insights)

    def status(self, now: float) -> str:
        if self.deleted_at is not None:
            return "DELETING"
        if not self.is_backfilled or now < self.active_at:
            return "CREATING"
        return "UPDATING" if now < self.updated_at else "ACTIVE"


@dataclass(frozen=True, slots=True)
class TableRecord:
    """Everything that is known of a table but its items. Instants in epoch seconds."""

    account: str
    region: str
    name: str
    number: int
    id: str
    created_at: float
    attributes: tuple[tuple[str, str], ...]  # AttributeDefinitions: name, kind
    partition: str
    sort: str | None = None
    indexes: tuple[Index, ...] = ()
    active_at: float = 0.0
    updated_at: float = 0.0  # UPDATING until then
    deleted_at: float | None = None  # when it is gone, once its deletion was asked for
    billing: str = "PROVISIONED"  # or PAY_PER_REQUEST
    billing_changed_at: float | None = None  # to PAY_PER_REQUEST, for the last time
    on_demand_since: tuple[float, ...] = ()  # when it was switched to PAY_PER_REQUEST on the last day of such switches
    throughput: Throughput = field(default_factory=Throughput)
    on_demand: dict[str, int] | None = None
    warm: dict[str, int] | None = None
    warm_at: float = 0.0  # WarmThroughput is UPDATING until then
    table_class: str = "STANDARD"
    class_changed_at: float | None = None
    is_protected: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    policy: str | None = None
    policy_revision: str | None = None
    stream_policies: dict[str, str] = field(default_factory=dict)  # by label of the stream
    stream_policy_revisions: dict[str, str] = field(default_factory=dict)
    sse: dict[str, Any] | None = None  # SSEDescription, as it is shown
    stream: int | None = None  # the number of the stream that is being written
    stream_view: str | None = None
    ttl_attribute: str | None = None
    ttl_changed_at: float | None = None
    ttl_number: int | None = None  # of the rows that say when items expire
    ttl_is_filled: bool = True  # whether all items have such a row that need one
    insights: Insights = field(default_factory=Insights)
    recovery_days: int | None = None  # point-in-time recovery reaches back so far; None: it is off
    recovery_from: float | None = None
    logging_for: int = 0  # backups being taken, which need every change written down
    restored_from: dict[str, Any] | None = None  # RestoreSummary, as it is shown
    replicas: tuple[dict[str, Any], ...] = ()  # the other regions of a global table
    sourced_replica_at: float | None = None  # when a replica was last made of this one
    kinesis: tuple[dict[str, Any], ...] = ()  # streaming destinations

    @property
    def arn(self) -> str:
        return f"arn:aws:dynamodb:{self.region}:{self.account}:table/{self.name}"

    def status(self, now: float) -> str:
        if self.deleted_at is not None:
            return "DELETING"
        if now < self.active_at:
            return "CREATING"
        return "UPDATING" if now < self.updated_at else "ACTIVE"


class IndexView:
    """An index, ready for use."""

    __slots__ = ("key", "name", "number", "record", "shown", "shows_all")

    def __init__(self, record: Index, kinds: dict[str, str], table_key: KeySchema) -> None:
        self.record = record
        self.name = record.name
        self.number = record.number
        self.key = KeySchema(
            tuple(Part(name, kinds[name]) for name in record.partition),
            tuple(Part(name, kinds[name]) for name in record.sort),
        )
        self.shows_all = record.projection == "ALL"
        # The attributes an item has in this index.
        self.shown = frozenset((*self.key.names, *table_key.names, *record.non_key))

    def project(self, item: Item) -> Item:
        """An item as it is in this index."""
        if self.shows_all:
            return item
        return {name: value for name, value in item.items() if name in self.shown}


class TableView:
    """A table, ready for use."""

    __slots__ = (
        "arn", "indexes", "key", "key_names", "name", "number", "partition", "record", "sort", "tells",
        "writes_log",
    )  # fmt: skip

    def __init__(self, record: TableRecord) -> None:
        kinds = dict(record.attributes)
        self.record = record
        self.number = record.number
        self.name = record.name
        self.arn = record.arn
        self.partition = Part(record.partition, kinds[record.partition])
        self.sort = None if record.sort is None else Part(record.sort, kinds[record.sort])
        self.key = KeySchema((self.partition,), () if self.sort is None else (self.sort,))
        self.key_names = self.key.names
        # An index that is being deleted is not written any more.
        self.indexes = tuple(IndexView(i, kinds, self.key) for i in record.indexes if i.deleted_at is None)
        self.writes_log = record.recovery_days is not None or record.logging_for > 0
        # Whether anybody has to be told of changes.
        self.tells = (
            self.writes_log or record.stream is not None or bool(record.replicas) or record.ttl_number is not None
        )

    def index(self, name: str) -> IndexView | None:
        return next((index for index in self.indexes if index.name == name), None)

    def key_of(self, item: Item) -> Item:
        """An item's key attributes."""
        return {name: item[name] for name in self.key_names}
