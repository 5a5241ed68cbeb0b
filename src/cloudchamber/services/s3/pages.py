"""One page of a list of objects or versions: a stretch of the index, at the same cost wherever it lies.

With a delimiter, keys below a common prefix are not read: the page goes on from the end of that prefix.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.services.s3.store import S3Store

_COLUMNS = "key, seq, version, is_latest, is_marker, size, etag, modified_at, storage_class, owner, checksum"
OBJECTS = (
    f"SELECT {_COLUMNS} FROM s3_versions WHERE bucket = ? AND hidden = 0 AND key >= ? AND key < ? ORDER BY key LIMIT ?"
)
VERSIONS = (
    f"SELECT {_COLUMNS} FROM s3_versions "
    "WHERE bucket = ?1 AND hidden = 0 AND key >= ?2 AND key < ?3 AND (key > ?2 OR seq < ?5) UNION ALL "
    f"SELECT {_COLUMNS} FROM s3_versions "
    "WHERE bucket = ?1 AND hidden = 1 AND key >= ?2 AND key < ?3 AND (key > ?2 OR seq < ?5) "
    "ORDER BY key, seq DESC LIMIT ?4"
)
LAST = "\U0010ffff" * 260  # comes after every key
_LAST_CODE = 0x10FFFF
_NEWEST = 2**62


class Row(NamedTuple):
    key: str
    seq: int
    version: str
    is_latest: bool
    is_marker: bool
    size: int
    etag: str
    modified_at: float
    storage_class: str
    owner: str
    checksum: str


@dataclass(slots=True)
class Wanted:
    """`after` is the key after which the page begins; with `after_seq`, after that version of it."""

    prefix: str
    delimiter: str
    after: str
    limit: int
    after_seq: int | None = None


@dataclass(slots=True)
class Page:
    """`last` is the key or common prefix that it ends with, `last_version` the version of it; for the next page."""

    versions: list[Row] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    is_truncated: bool = False
    last: str = ""
    last_version: str = ""

    def __len__(self) -> int:
        return len(self.versions) + len(self.prefixes)


def object_page(store: S3Store, bucket: int, wanted: Wanted) -> Page:
    return _page(store, bucket, wanted, OBJECTS)


def version_page(store: S3Store, bucket: int, wanted: Wanted) -> Page:
    return _page(store, bucket, wanted, VERSIONS)


def _page(store: S3Store, bucket: int, wanted: Wanted, sql: str) -> Page:
    page = Page()
    end = beyond(wanted.prefix) if wanted.prefix else LAST
    start: str | None = max(wanted.prefix, _begin(wanted)) if wanted.limit else None
    while start is not None:
        values: tuple[object, ...] = (bucket, start, end, wanted.limit - len(page) + 1)
        if sql is VERSIONS:
            is_within = wanted.after_seq is not None and start == wanted.after
            values += (wanted.after_seq if is_within else _NEWEST,)
        rows = map(Row._make, store.db.execute(sql, values))
        if wanted.delimiter:
            start = _take(page, wanted, rows)
        else:
            _take_all(page, wanted, rows)
            break
    return page


def _take_all(page: Page, wanted: Wanted, rows: Iterator[Row]) -> None:
    """Fill the page from a stretch of rows, none of which is behind a common prefix."""
    found = list(rows)
    page.is_truncated = len(found) > wanted.limit
    page.versions = found[: wanted.limit]
    if page.versions:
        page.last, page.last_version = page.versions[-1].key, page.versions[-1].version


def _take(page: Page, wanted: Wanted, rows: Iterator[Row]) -> str | None:
    """Fill the page from a stretch of rows; where to go on when they lead into a common prefix."""
    for row in rows:
        if len(page) == wanted.limit:
            page.is_truncated = True
            return None
        common = common_prefix(row.key, wanted)
        if common is not None:
            page.prefixes.append(common)
            page.last, page.last_version = common, ""
            return beyond(common)
        page.versions.append(row)
        page.last, page.last_version = row.key, row.version
    return None


def _begin(wanted: Wanted) -> str:
    """The first key that a page may show: none of a common prefix that came before."""
    if not wanted.after:
        return ""
    common = common_prefix(wanted.after, wanted)
    if common is not None:
        return beyond(common)
    return wanted.after if wanted.after_seq is not None else wanted.after + "\0"


def common_prefix(key: str, wanted: Wanted) -> str | None:
    """The key up to the first delimiter after the prefix; None where there is none."""
    if not wanted.delimiter or not key.startswith(wanted.prefix):
        return None
    at = key.find(wanted.delimiter, len(wanted.prefix))
    return None if at < 0 else key[: at + len(wanted.delimiter)]


def beyond(prefix: str) -> str:
    """The first text that comes after everything that begins with `prefix`, in the order of code points."""
    while prefix:
        code = ord(prefix[-1]) + 1
        prefix = prefix[:-1]
        if code <= _LAST_CODE:
            return prefix + chr(0xE000 if code == 0xD800 else code)
    return LAST
