"""DynamoDB's tables in SQLite. Steps are only ever appended to: that is how older data folders open."""

from __future__ import annotations

# `k` is made in keys.py. The row of an item keeps its id when the item changes: index rows point at it.
ITEMS = [
    "CREATE TABLE dynamodb_items (id INTEGER PRIMARY KEY, k BLOB NOT NULL, size INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE UNIQUE INDEX dynamodb_items_by_key ON dynamodb_items (k)",
    "CREATE TABLE dynamodb_index (k BLOB PRIMARY KEY, item INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE dynamodb_numbers (next INTEGER NOT NULL)",
    "INSERT INTO dynamodb_numbers VALUES (1)",
    "CREATE TABLE dynamodb_swept (number INTEGER PRIMARY KEY)",
    """CREATE TABLE dynamodb_tokens (account TEXT, region TEXT, token TEXT, expires_at REAL NOT NULL,
        digest BLOB NOT NULL, PRIMARY KEY (account, region, token)) WITHOUT ROWID""",
    "CREATE INDEX dynamodb_tokens_by_expiry ON dynamodb_tokens (expires_at)",
]
