"""Bodies too large for a row: files, written aside and renamed in before the row that names them commits.

A blob is named by an id that is used once and never overwritten, so a reader with an open file sees the whole of what
it opened. What no row names (the process died between rename and commit) is collected at start.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, BinaryIO

from cloudchamber.core import ids

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class BlobWriter:
    """A blob in the making. `commit` gives its id; leaving without one removes what was written."""

    def __init__(self, folder: Path, sync: bool) -> None:
        self.id = ids.uuid().replace("-", "")
        self._final = _place(folder, self.id)
        self._aside = folder / "tmp" / self.id
        self._file: BinaryIO | None = self._aside.open("wb")
        self._sync = sync
        self.size_bytes = 0

    def write(self, chunk: bytes) -> None:
        """OSError when the disk is full; nothing of the blob stays behind then."""
        assert self._file is not None
        self._file.write(chunk)
        self.size_bytes += len(chunk)

    def commit(self) -> str:
        assert self._file is not None
        if self._sync:
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._final.parent.mkdir(parents=True, exist_ok=True)
        self._aside.rename(self._final)
        return self.id

    def __enter__(self) -> BlobWriter:
        return self

    def __exit__(self, *_exc: object) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
            self._aside.unlink(missing_ok=True)


class Blobs:
    def __init__(self, folder: Path, sync: bool = False) -> None:
        self.folder = folder
        self._sync = sync
        (folder / "tmp").mkdir(parents=True, exist_ok=True)

    def writer(self) -> BlobWriter:
        return BlobWriter(self.folder, self._sync)

    def put(self, content: bytes) -> str:
        with self.writer() as blob:
            blob.write(content)
            return blob.commit()

    def open(self, blob_id: str) -> BinaryIO:
        """FileNotFoundError if there is no such blob."""
        return _place(self.folder, blob_id).open("rb")

    def path(self, blob_id: str) -> Path:
        return _place(self.folder, blob_id)

    def delete(self, blob_id: str) -> None:
        _place(self.folder, blob_id).unlink(missing_ok=True)

    def collect(self, named: Iterable[str]) -> int:
        """Remove what no row names. Returns how many files went."""
        keep, removed = set(named), 0
        for path in self.folder.glob("*/*"):
            if path.name not in keep:
                path.unlink(missing_ok=True)
                removed += 1
        return removed


def _place(folder: Path, blob_id: str) -> Path:
    return folder / blob_id[:2] / blob_id
