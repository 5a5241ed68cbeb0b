"""The store: transactions are all or nothing, schemas migrate, copies are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudchamber.storage.engine import Store, StoreBusyError
from cloudchamber.storage.folder import DataFolder, running

if TYPE_CHECKING:
    from pathlib import Path

STEPS = ["CREATE TABLE things (name TEXT PRIMARY KEY, size INTEGER)"]


@pytest.fixture(params=["memory", "disk", "full"])
def store(request, tmp_path: Path):
    made = Store(
        None if request.param == "memory" else tmp_path / "cloud.db", "full" if request.param == "full" else "process"
    )
    made.ensure("things", STEPS)
    yield made
    made.close()


def put(store: Store, name: str, size: int) -> None:
    store.execute("INSERT INTO things VALUES (?, ?)", (name, size))


def test_what_a_transaction_wrote_is_there(store: Store):
    with store.transaction():
        put(store, "a", 1)
        put(store, "b", 2)
    assert store.all("SELECT * FROM things ORDER BY name") == [("a", 1), ("b", 2)]


def test_an_exception_undoes_the_whole_transaction_and_tells_the_caches(store: Store):
    forgotten = []
    store.on_undo(lambda: forgotten.append(True))
    with pytest.raises(RuntimeError), store.transaction():
        put(store, "a", 1)
        with store.transaction():
            put(store, "b", 2)
        raise RuntimeError
    assert store.all("SELECT * FROM things") == []
    assert forgotten == [True]
    with store.transaction():
        put(store, "c", 3)
    assert store.value("SELECT size FROM things WHERE name = 'c'") == 3


def test_a_schema_step_runs_once_and_new_steps_run_on_old_folders(tmp_path: Path):
    first = Store(tmp_path / "cloud.db")
    first.ensure("things", STEPS)
    put(first, "a", 1)
    first.close()
    second = Store(tmp_path / "cloud.db")
    second.ensure("things", [*STEPS, "ALTER TABLE things ADD COLUMN colour TEXT DEFAULT 'red'"])
    assert second.all("SELECT * FROM things") == [("a", 1, "red")]
    assert second.known_schemas() == ["things"]
    second.close()


def test_a_folder_of_a_newer_release_is_refused(tmp_path: Path):
    newer = Store(tmp_path / "cloud.db")
    newer.ensure("things", [*STEPS, "CREATE TABLE more (x)"])
    newer.close()
    older = Store(tmp_path / "cloud.db")
    with pytest.raises(RuntimeError, match="newer release"):
        older.ensure("things", STEPS)
    older.close()


def test_a_copy_replaces_everything_and_caches_are_forgotten(tmp_path: Path):
    store = Store(tmp_path / "cloud.db")
    store.ensure("things", STEPS)
    put(store, "a", 1)
    store.copy_to(tmp_path / "copy.db")
    put(store, "b", 2)
    forgotten = []
    store.on_undo(lambda: forgotten.append(True))
    store.replace_from(tmp_path / "copy.db")
    assert store.all("SELECT * FROM things") == [("a", 1)]
    assert forgotten
    store.close()


def test_the_log_is_moved_into_the_database_under_steady_writing(tmp_path: Path):
    """Without this the write-ahead log would grow with every write ever made."""
    store = Store(tmp_path / "cloud.db")
    store.ensure("things", STEPS)
    for number in range(6000):
        put(store, f"{number:06}" + "x" * 3000, number)
    store.close()
    assert (tmp_path / "cloud.db").stat().st_size > 15_000_000
    again = Store(tmp_path / "cloud.db")
    assert again.value("SELECT count(*) FROM things") == 6000
    again.close()


def test_a_data_folder_belongs_to_one_process(tmp_path: Path):
    folder = DataFolder(tmp_path / "data")
    folder.announce({"pid": 1, "endpoint": "http://localhost:1"})
    assert running(tmp_path / "data") == {"pid": 1, "endpoint": "http://localhost:1"}
    with pytest.raises(StoreBusyError, match="another cloudchamber"):
        DataFolder(tmp_path / "data")
    folder.close()
    assert running(tmp_path / "data") is None


def test_a_data_folder_is_kept_out_of_version_control(tmp_path: Path):
    folder = DataFolder(tmp_path / "data")
    assert (tmp_path / "data" / ".gitignore").read_text() == "*\n"
    folder.close()
