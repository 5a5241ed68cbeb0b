"""Blobs: whole or not there; snapshots: the whole cloud under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudchamber.storage.blobs import Blobs
from cloudchamber.storage.engine import Store
from cloudchamber.storage.snapshots import SnapshotError, Snapshots

if TYPE_CHECKING:
    from pathlib import Path


def test_a_blob_is_there_once_it_is_committed(tmp_path: Path):
    blobs = Blobs(tmp_path / "blobs", sync=True)
    with blobs.writer() as writer:
        writer.write(b"hello ")
        writer.write(b"world")
        blob_id = writer.commit()
    assert writer.size_bytes == 11
    with blobs.open(blob_id) as file:
        assert file.read() == b"hello world"
    blobs.delete(blob_id)
    with pytest.raises(FileNotFoundError):
        blobs.open(blob_id)


def test_a_blob_that_was_not_committed_leaves_nothing(tmp_path: Path):
    blobs = Blobs(tmp_path / "blobs")
    with pytest.raises(RuntimeError), blobs.writer() as writer:
        writer.write(b"half")
        raise RuntimeError
    assert [p for p in (tmp_path / "blobs").rglob("*") if p.is_file()] == []


def test_what_no_row_names_is_collected(tmp_path: Path):
    blobs = Blobs(tmp_path / "blobs")
    kept, lost = blobs.put(b"kept"), blobs.put(b"lost")
    (tmp_path / "blobs" / "tmp" / "half").write_bytes(b"half")
    assert blobs.collect([kept]) == 2
    assert blobs.path(kept).exists()
    assert not blobs.path(lost).exists()


@pytest.fixture
def parts(tmp_path: Path):
    store = Store(tmp_path / "cloud.db")
    store.ensure("things", ["CREATE TABLE things (name TEXT)"])
    blobs = Blobs(tmp_path / "blobs")
    yield store, blobs, Snapshots(tmp_path / "snapshots", store, blobs.folder)
    store.close()


def test_a_loaded_snapshot_has_the_rows_and_the_blobs(parts):
    store, blobs, snapshots = parts
    store.execute("INSERT INTO things VALUES ('a')")
    blob_id = blobs.put(b"body")
    snapshots.save("first")
    store.execute("DELETE FROM things")
    blobs.delete(blob_id)
    snapshots.load("first")
    assert store.all("SELECT name FROM things") == [("a",)]
    assert blobs.open(blob_id).read() == b"body"


def test_saving_again_replaces_a_snapshot(parts):
    store, _, snapshots = parts
    snapshots.save("s")
    store.execute("INSERT INTO things VALUES ('a')")
    snapshots.save("s")
    assert [info.name for info in snapshots.list()] == ["s"]
    store.execute("DELETE FROM things")
    snapshots.load("s")
    assert store.all("SELECT name FROM things") == [("a",)]


@pytest.mark.parametrize("name", ["", "../evil", "a/b", ".hidden", "x" * 101])
def test_a_name_that_could_leave_the_folder_is_refused(parts, name):
    with pytest.raises(SnapshotError, match="cannot name a snapshot"):
        parts[2].save(name)


def test_loading_what_was_never_saved_says_what_was(parts):
    parts[2].save("there")
    with pytest.raises(SnapshotError, match="saved: there"):
        parts[2].load("elsewhere")
