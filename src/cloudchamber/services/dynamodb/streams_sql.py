"""Streams' table in SQLite. Steps are only ever appended to: that is how older data folders open."""

from __future__ import annotations

# `seq` grows with every change of every stream and is never used twice, also after the newest changes were trimmed:
# `dynamodb_next_change` has a number that was not used when something was last taken away.
CHANGES = [
    """CREATE TABLE dynamodb_changes (
        seq INTEGER PRIMARY KEY, stream INTEGER NOT NULL, at REAL NOT NULL, data BLOB NOT NULL)""",
    "CREATE INDEX dynamodb_changes_by_stream ON dynamodb_changes (stream)",
    "CREATE INDEX dynamodb_changes_by_age ON dynamodb_changes (at)",
    "CREATE TABLE dynamodb_next_change (seq INTEGER NOT NULL)",
    "INSERT INTO dynamodb_next_change VALUES (1)",
    "ALTER TABLE dynamodb_changes ADD COLUMN trace TEXT",
]
