"""S3's tables.

Versions are one tree, ordered by bucket, whether lists of objects leave them out, key, and newest first: a page of a
list is one stretch of it, and so is everything about one key. A small body is a row of its own, so that lists do not
read past it; a large one is a file (`bodies.py`).
"""

from __future__ import annotations

VERSIONS = [
    """CREATE TABLE s3_versions (
        bucket INTEGER NOT NULL, hidden INTEGER NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL,
        version TEXT NOT NULL, is_latest INTEGER NOT NULL, is_marker INTEGER NOT NULL, size INTEGER NOT NULL,
        etag TEXT NOT NULL, modified_at REAL NOT NULL, storage_class TEXT NOT NULL, owner TEXT NOT NULL,
        pieces TEXT NOT NULL, checksum TEXT NOT NULL, about BLOB NOT NULL,
        PRIMARY KEY (bucket, hidden, key, seq DESC)) WITHOUT ROWID""",
    "CREATE INDEX s3_null_versions ON s3_versions (bucket, key) WHERE hidden = 1 AND version = 'null'",
    "CREATE TABLE s3_bodies (id INTEGER PRIMARY KEY, body BLOB NOT NULL)",
    # Files that no row names: being written, or given up. What is here at start is removed.
    "CREATE TABLE s3_loose (blob TEXT PRIMARY KEY) WITHOUT ROWID",
    "CREATE TABLE s3_numbers (next INTEGER NOT NULL, next_seq INTEGER NOT NULL)",
    "INSERT INTO s3_numbers VALUES (1, 1)",
]

UPLOADS = [
    """CREATE TABLE s3_uploads (
        bucket INTEGER NOT NULL, key TEXT NOT NULL, id TEXT NOT NULL, begun_at REAL NOT NULL, account TEXT NOT NULL,
        initiator TEXT NOT NULL, about BLOB NOT NULL, PRIMARY KEY (bucket, key, id)) WITHOUT ROWID""",
    """CREATE TABLE s3_parts (
        upload TEXT NOT NULL, number INTEGER NOT NULL, pieces TEXT NOT NULL, size INTEGER NOT NULL, etag TEXT NOT NULL,
        checksum TEXT NOT NULL, modified_at REAL NOT NULL, PRIMARY KEY (upload, number)) WITHOUT ROWID""",
]

EVENTS = [
    """CREATE TABLE s3_events (
        id INTEGER PRIMARY KEY, due REAL NOT NULL, bucket TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
        kind TEXT NOT NULL, arn TEXT NOT NULL, at REAL NOT NULL, attempts INTEGER NOT NULL, trace TEXT NOT NULL,
        body BLOB NOT NULL)""",
    "CREATE INDEX s3_events_by_due ON s3_events (due, id)",
]

RESTORES = [
    """CREATE TABLE s3_restores (
        bucket INTEGER NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, version TEXT NOT NULL, due REAL NOT NULL,
        PRIMARY KEY (bucket, key, seq)) WITHOUT ROWID""",
    "CREATE INDEX s3_restores_by_due ON s3_restores (due)",
]

REPLICATIONS = [
    """CREATE TABLE s3_replications (
        bucket INTEGER NOT NULL, key TEXT NOT NULL, seq INTEGER NOT NULL, version TEXT NOT NULL, due REAL NOT NULL,
        PRIMARY KEY (bucket, key, seq)) WITHOUT ROWID""",
    "CREATE INDEX s3_replications_by_due ON s3_replications (due)",
]
