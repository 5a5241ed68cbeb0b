"""Snapshots: the whole cloud under a name, saved and loaded while it runs.

A snapshot is a folder with a copy of the database and the blobs (hard links where the file system has them: blobs never
change). It is put together aside and renamed in, so a name is a whole snapshot or none.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cloudchamber.core import ids

if TYPE_CHECKING:
    from pathlib import Path

    from cloudchamber.storage.engine import Store

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
DATABASE = "cloud.db"


class SnapshotError(ValueError):
    """A name that cannot be one, or that no snapshot has."""


@dataclass(frozen=True, slots=True)
class SnapshotInfo:
    name: str
    size_bytes: int
    saved_at: float


class Snapshots:
    def __init__(self, folder: Path, store: Store, blobs: Path) -> None:
        self._folder = folder
        self._store = store
        self._blobs = blobs

    def save(self, name: str) -> SnapshotInfo:
        """Replace the snapshot `name` with the present state."""
        place = self._place(name)
        self._folder.mkdir(parents=True, exist_ok=True)
        aside = self._folder / f".{name}-{ids.span_id()}"
        aside.mkdir()
        try:
            self._store.copy_to(aside / DATABASE)
            _link_tree(self._blobs, aside / "blobs")
            if place.exists():
                place.rename(old := self._folder / f".{name}-{ids.span_id()}")
                aside.rename(place)
                shutil.rmtree(old, ignore_errors=True)
            else:
                aside.rename(place)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        return self._info(place)

    def load(self, name: str) -> SnapshotInfo:
        """Replace the present state with the snapshot `name`; its timers are for the caller to rebuild."""
        place = self._place(name)
        if not (place / DATABASE).exists():
            known = ", ".join(info.name for info in self.list()) or "none"
            raise SnapshotError(f"there is no snapshot named {name!r} (saved: {known})")
        _link_tree(place / "blobs", self._blobs)
        self._store.replace_from(place / DATABASE)
        return self._info(place)

    def list(self) -> list[SnapshotInfo]:
        if not self._folder.is_dir():
            return []
        found = [p for p in self._folder.iterdir() if not p.name.startswith(".") and (p / DATABASE).exists()]
        return sorted((self._info(p) for p in found), key=lambda info: info.name)

    def _place(self, name: str) -> Path:
        if not _NAME.match(name):
            raise SnapshotError(f"{name!r} cannot name a snapshot: letters, digits, '.', '_' and '-', 100 at most")
        return self._folder / name

    @staticmethod
    def _info(place: Path) -> SnapshotInfo:
        size = sum(p.stat().st_size for p in place.rglob("*") if p.is_file())
        return SnapshotInfo(place.name, size, (place / DATABASE).stat().st_mtime)


def _link_tree(source: Path, target: Path) -> None:
    target.mkdir(parents=True, exist_ok=True)
    for path in source.glob("*/*") if source.is_dir() else ():
        if path.parent.name == "tmp":
            continue
        place = target / path.parent.name / path.name
        if place.exists():
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, place)
        except OSError:
            shutil.copy2(path, place)
