"""Reading a page of a table or an index: what of each item is wanted, what is allowed to be asked, what it uses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import ValidationError
from cloudchamber.services.dynamodb import limits
from cloudchamber.services.dynamodb.capacity import Used, read_units
from cloudchamber.services.dynamodb.errors import invalid
from cloudchamber.services.dynamodb.values import Item, item_size

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.dynamodb.expressions.documents import Projection
    from cloudchamber.services.dynamodb.expressions.request import Expressions
    from cloudchamber.services.dynamodb.expressions.tree import Condition
    from cloudchamber.services.dynamodb.keys import KeySchema
    from cloudchamber.services.dynamodb.spans import Span
    from cloudchamber.services.dynamodb.store import DynamoStore
    from cloudchamber.services.dynamodb.table import IndexView, TableView


@dataclass(slots=True)
class Page:
    """What was read. `items` are JSON as it is stored, or items that were decoded."""

    used: Used
    items: list[Any] = field(default_factory=list)
    count: int = 0
    scanned: int = 0
    last: Item | None = None  # LastEvaluatedKey

    def shown(self, ctx: Context) -> list[Any]:
        """The items for an answer: bytes as they are for a client, decoded for another service."""
        if ctx.span.protocol:
            return [orjson.Fragment(item) if type(item) is bytes else item for item in self.items]
        return [orjson.loads(item) if type(item) is bytes else item for item in self.items]


@dataclass(slots=True)
class Reading:
    """A Query or a Scan of a table or one of its indexes."""

    view: TableView
    index: IndexView | None
    select: str
    filter: Condition | None
    projection: Projection | None
    is_consistent: bool
    limit: int | None
    fetches: bool = False  # whether what a local index does not show is fetched from the table

    @classmethod
    def of(cls, request: Any, view: TableView, index: IndexView | None, asked: Expressions) -> Reading:
        """ValidationException for what cannot be asked of the index."""
        is_consistent = request.get("ConsistentRead", False)
        if is_consistent and index is not None and not index.record.is_local:
            raise ValidationError("Consistent reads are not supported on global secondary indexes")
        select = _select(request, index, asked.projection)
        reading = cls(view, index, select, asked.filter, asked.projection, is_consistent, request.get("Limit"))
        if index is not None and not index.shows_all:
            reading._check_shown(index)
        return reading

    @property
    def number(self) -> int:
        return self.view.number if self.index is None else self.index.number

    @property
    def key(self) -> KeySchema:
        return self.view.key if self.index is None else self.index.key

    def _check_shown(self, index: IndexView) -> None:
        """A global index gives only what it shows; a local one fetches the rest from the table."""
        wanted = set() if self.projection is None else set(self.projection.attributes)
        if self.filter is not None:
            wanted |= self.filter.attributes
        hidden = sorted(wanted - index.shown)
        if not index.record.is_local:
            if self.select == "ALL_ATTRIBUTES":
                raise invalid(
                    f"Select type ALL_ATTRIBUTES is not supported for global secondary index {index.name} because its "
                    "projection type is not ALL"
                )
            if hidden and self.projection is not None and set(hidden) & self.projection.attributes:
                raise invalid(f"Global secondary index {index.name} does not project [{', '.join(hidden)}]")
        else:
            self.fetches = self.select == "ALL_ATTRIBUTES" or bool(hidden)

    def page(self, store: DynamoStore, span: Span, *, descending: bool = False) -> Page:
        """Read until the limit, a mebibyte, or the end of the span."""
        page = Page(Used(self.view))
        index = self.index
        narrows = index is not None and not index.shows_all
        size_read = fetched_units = 0.0
        last: Any = None
        for _, size, data in store.range(span.low, span.high, of_index=index is not None, descending=descending):
            item: Any = None
            if narrows:
                assert index is not None
                whole = orjson.loads(data)
                item = index.project(whole)
                size_read += item_size(item)
                if self.fetches:
                    item = whole
                    fetched_units += read_units(size, self.is_consistent)
            else:
                size_read += size
            page.scanned += 1
            last = data
            self._take(page, data, item)
            if page.scanned == self.limit or size_read >= limits.PAGE_BYTES:
                page.last = self._key_of(orjson.loads(last))
                break
        units = read_units(int(size_read), self.is_consistent)
        if index is None:
            page.used.table = units
        else:
            page.used.table = fetched_units
            page.used.add_index(index.name, units)
        return page

    def _take(self, page: Page, data: bytes, item: Any) -> None:
        """One item into the page, if the filter lets it pass: as little as possible of it is decoded."""
        if self.filter is not None:
            item = orjson.loads(data) if item is None else item
            if not self.filter.holds(item):
                return
        page.count += 1
        if self.select == "COUNT":
            return
        if self.projection is not None:
            item = self.projection.pick(orjson.loads(data) if item is None else item)
        elif self.fetches and self.select == "ALL_PROJECTED_ATTRIBUTES":  # what was fetched was for the filter
            assert self.index is not None
            item = self.index.project(item)
        page.items.append(data if item is None else item)

    def _key_of(self, item: Item) -> Item:
        names = self.view.key_names if self.index is None else (*self.view.key_names, *self.key.names)
        return {name: item[name] for name in names}


def _select(request: Any, index: IndexView | None, projection: Projection | None) -> str:
    """Select with its default; ValidationException for one that does not go with the rest."""
    asked: str | None = request.get("Select")
    if asked is None:
        if projection is not None:
            return "SPECIFIC_ATTRIBUTES"
        return "ALL_ATTRIBUTES" if index is None else "ALL_PROJECTED_ATTRIBUTES"
    if asked == "SPECIFIC_ATTRIBUTES":
        if projection is None:
            raise invalid(
                "Must specify the AttributesToGet or ProjectionExpression when choosing to get SPECIFIC_ATTRIBUTES"
            )
    elif projection is not None:
        what = "AttributesToGet" if "AttributesToGet" in request else "ProjectionExpression"
        words = "only the Count" if asked == "COUNT" else asked
        raise invalid(f"Cannot specify the {what} when choosing to get {words}")
    if asked == "ALL_PROJECTED_ATTRIBUTES" and index is None:
        raise invalid("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName")
    return asked
