"""What S3 reads from and writes to its tables: one method for each way rows are looked for, each with an index.

The version that was read last is remembered until something is written: what a call asks IAM and what its handler does
look at the same row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core import ids
from cloudchamber.services.s3.bucket import Bucket
from cloudchamber.services.s3.errors import StorageFailed
from cloudchamber.services.s3.tables import UPLOADS, VERSIONS
from cloudchamber.services.s3.version import NULL, Version, seq_of, version_id
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudchamber.storage.engine import Store

SEQS_AT_ONCE = 1000
COLUMNS = (
    "bucket, key, seq, version, is_latest, is_marker, size, etag, modified_at, storage_class, owner, pieces, checksum, "
    "about"
)
_LATEST = f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ? AND hidden = 0 AND key = ?"
_NEWEST_HIDDEN = (
    f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ? AND hidden = 1 AND key = ? ORDER BY seq DESC LIMIT 1"
)
_BY_SEQ = f"SELECT {COLUMNS} FROM s3_versions WHERE bucket = ? AND hidden = ? AND key = ? AND seq = ?"
_HIDDEN_NULL = (
    f"SELECT {COLUMNS} FROM s3_versions INDEXED BY s3_null_versions "
    "WHERE bucket = ? AND key = ? AND hidden = 1 AND version = 'null'"
)
_INSERT = f"INSERT INTO s3_versions (hidden, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_DELETE = "DELETE FROM s3_versions WHERE bucket = ? AND hidden = ? AND key = ? AND seq = ?"


class S3Store:
    def __init__(self, store: Store) -> None:
        self.db = store
        self.buckets: Table[Bucket] = Table(store, "s3_buckets", Bucket, ("name",), [("account", "name"), ("number",)])
        store.ensure("s3_versions", VERSIONS)
        store.ensure("s3_uploads", UPLOADS)
        self._seq = self._seqs_end = 0
        self._last: tuple[int, str, Version | None] | None = None
        store.on_undo(self._forget)

    def _forget(self) -> None:
        self._seq = self._seqs_end = 0
        self._last = None

    # numbers

    def new_number(self) -> int:
        number: int = self.db.value("UPDATE s3_numbers SET next = next + 1 RETURNING next - 1")
        return number

    def new_seq(self) -> int:
        """The next place in the order of all versions; taken in blocks, so that most writes write nothing for it."""
        if self._seq >= self._seqs_end:
            self._seqs_end = self.db.value(
                "UPDATE s3_numbers SET next_seq = next_seq + ? RETURNING next_seq", (SEQS_AT_ONCE,)
            )
            self._seq = self._seqs_end - SEQS_AT_ONCE
        seq, self._seq = self._seq, self._seq + 1
        return seq

    # buckets

    def bucket_numbered(self, number: int) -> Bucket | None:
        found = self.buckets.where(number=number, limit=1)
        return found[0] if found else None

    def is_empty(self, bucket: Bucket) -> bool:
        """Whether there is neither a version nor a delete marker."""
        return all(
            self.db.value("SELECT 1 FROM s3_versions WHERE bucket = ? AND hidden = ? LIMIT 1", (bucket.number, hidden))
            is None
            for hidden in (0, 1)
        )

    # reading versions

    def latest(self, number: int, key: str) -> Version | None:
        """The current version or delete marker of a key."""
        last = self._last
        if last is not None and last[1] == key and last[0] == number:
            return last[2]
        row = self.db.one(_LATEST, (number, key)) or self.db.one(_NEWEST_HIDDEN, (number, key))
        found = None if row is None else version_of(row)
        self._last = (number, key, found)
        return found

    def version(self, number: int, key: str, version: str) -> Version | None:
        """The version with that id."""
        if version == NULL:
            return self._null_version(number, key)
        seq = seq_of(version)
        if seq is None or seq >> 62:
            return None
        row = self.db.one(_BY_SEQ, (number, 0, key, seq)) or self.db.one(_BY_SEQ, (number, 1, key, seq))
        return version_of(row) if row is not None and row[3] == version else None

    def _null_version(self, number: int, key: str) -> Version | None:
        row = self.db.one(_LATEST, (number, key))
        if row is not None and row[3] == NULL:
            return version_of(row)
        row = self.db.one(_HIDDEN_NULL, (number, key))
        return None if row is None else version_of(row)

    # changing versions: inside a transaction

    def add(self, version: Version) -> None:
        self._last = None
        v = version
        self.db.execute(_INSERT, (
            v.is_hidden, v.bucket, v.key, v.seq, v.version, v.is_latest, v.is_marker, v.size, v.etag, v.modified_at,
            v.storage_class, v.owner, v.pieces, v.checksum, orjson.dumps(v.about),
        ))  # fmt: skip

    def remove(self, version: Version) -> None:
        """Take one version away; the newest of those left becomes the latest."""
        self._remove_row(version)
        if version.is_latest:
            row = self.db.one(_NEWEST_HIDDEN, (version.bucket, version.key))
            if row is not None:
                self._mark_latest(version_of(row), True)

    def change(self, version: Version) -> None:
        """Write a version that differs from what is stored, in anything but its place."""
        self._remove_row(version)
        self.add(version)

    def supersede(self, bucket: Bucket, key: str) -> list[Version]:
        """Make way for a new latest version of a key; the versions that it replaces, whose content can go.

        With versioning the latest stays as an old version; without, or suspended, the null version goes.
        """
        latest = self.latest(bucket.number, key)
        if latest is None:
            return []
        if bucket.is_versioned:
            self._mark_latest(latest, False)
            return []
        if latest.version == NULL:
            self._remove_row(latest)
            return [latest]
        old = self._null_version(bucket.number, key)
        self._mark_latest(latest, False)
        if old is None:
            return []
        self._remove_row(old)
        return [old]

    def new_version_id(self, bucket: Bucket, seq: int) -> str:
        return version_id(seq, ids.token_bytes(18)) if bucket.is_versioned else NULL

    def _remove_row(self, version: Version) -> None:
        self._last = None
        for hidden in (version.is_hidden, not version.is_hidden):
            self.db.execute(_DELETE, (version.bucket, hidden, version.key, version.seq))
            if self.db.changes:
                return

    def _mark_latest(self, version: Version, is_latest: bool) -> None:
        self._last = None
        self.db.execute(
            "UPDATE s3_versions SET is_latest = ?, hidden = ? WHERE bucket = ? AND hidden = ? AND key = ? AND seq = ?",
            (
                is_latest,
                version.is_marker or not is_latest,
                version.bucket,
                version.is_hidden,
                version.key,
                version.seq,
            ),
        )

    # content

    def keep_small(self, body: bytes) -> int:
        """Store a small body; its row's id, which no other body has ever had or will have."""
        row_id = self.new_seq()
        self.db.execute("INSERT INTO s3_bodies VALUES (?, ?)", (row_id, body))
        return row_id

    def small(self, row_id: int) -> bytes:
        """StorageFailed for one that was given up, by who knew of it and then waited."""
        body: bytes | None = self.db.value("SELECT body FROM s3_bodies WHERE id = ?", (row_id,))
        if body is None:
            raise StorageFailed
        return body

    def drop_small(self, row_id: int) -> None:
        self.db.execute("DELETE FROM s3_bodies WHERE id = ?", (row_id,))

    def loosen(self, blob: str) -> None:
        """A file that no row names (yet, or any more): it is removed at start if nobody did so before."""
        self.db.execute("INSERT OR IGNORE INTO s3_loose VALUES (?)", (blob,))

    def fasten(self, blob: str) -> None:
        """A row names the file, or the file is gone."""
        self.db.execute("DELETE FROM s3_loose WHERE blob = ?", (blob,))

    def loose(self) -> Iterator[str]:
        return (str(row[0]) for row in self.db.all("SELECT blob FROM s3_loose"))


def version_of(row: tuple[Any, ...]) -> Version:
    return Version(
        row[0], row[1], row[2], row[3], bool(row[4]), bool(row[5]), row[6], row[7], row[8], row[9], row[10], row[11],
        row[12], orjson.loads(row[13]),
    )  # fmt: skip
