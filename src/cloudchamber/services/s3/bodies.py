"""Where the content of objects is, and how it gets in and out.

`pieces` names it: `r12:340` is row 12 of the small bodies with 340 bytes, `f<id>:<size>` a file; an object that came in
parts has as many, with commas in between. No name is ever used twice: whoever waits between looking up a name and
reading finds that content or none.

A file is written aside and renamed in before the row that names it commits. Its id stands in `s3_loose` from before it
is begun until that commit, and again from the commit that gives it up until it is gone, so that what a killed process
left behind is found at start without looking through everything.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import os
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from cloudchamber.services.s3 import checksums, limits
from cloudchamber.services.s3.errors import BadDigest, DiskFull, EntityTooLarge, IncompleteBody, StorageFailed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping

    from cloudchamber.services.s3.checksums import Digest
    from cloudchamber.services.s3.store import S3Store
    from cloudchamber.storage.blobs import Blobs, BlobWriter

OPEN_AT_ONCE = 256
# A small body, an open file or a function that gives one of these, with the first byte and the end of what is wanted.
Source = tuple[Any, int, int]


@dataclass(slots=True)
class Expected:
    """What is known of content before it comes. Digests are base64 text; a trailer names its algorithm alone."""

    size: int | None = None
    md5: str | None = None
    algorithm: str | None = None
    value: str | None = None
    bytes_max: int = limits.OBJECT_PUT_BYTES_MAX


@dataclass(slots=True)
class Received:
    """Content that has come whole and is checked. `content` is there when it is small, else `blob` names its file."""

    size: int
    md5_hex: str
    checksum: str  # as it is stored: `CRC32 FULL_OBJECT …`
    content: bytes | None = None
    blob: str = ""
    pieces: str = ""  # of content that is a copy of what is stored already
    kept: str = ""  # of content that a row names already (parts of an upload)


def split(pieces: str) -> list[tuple[str, int]]:
    """Reference and size in bytes of each piece."""
    found = []
    for piece in pieces.split(",") if pieces else ():
        reference, _, size = piece.partition(":")
        found.append((reference, int(size)))
    return found


class Bodies:
    def __init__(self, store: S3Store, blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs

    # in

    async def receive(self, body: Any, expected: Expected) -> Received:
        """Take content in and check it. `body` is bytes, or what is iterated asynchronously with its trailers at the
        end. Nothing stays behind when it fails: BadDigest, IncompleteBody, EntityTooLarge, disk full."""
        if isinstance(body, bytes | bytearray) or body is None:
            return self.received_whole(bytes(body or b""), expected)
        if expected.size is not None and expected.size > expected.bytes_max:
            raise EntityTooLarge(None, ProposedSize=expected.size, MaxSizeAllowed=expected.bytes_max)
        intake = _Intake(expected)
        held: list[bytes] = []
        writer: _File | None = None
        try:
            async for chunk in body:
                intake.take(chunk)
                if writer is None:
                    held.append(chunk)
                    if intake.size <= limits.SMALL_BODY_BYTES_MAX:
                        continue
                    writer, chunk = _File(self._store, self._blobs), b"".join(held)
                writer.write(chunk)
            received = intake.finish(getattr(body, "trailers", None))
            if writer is None:
                received.content = b"".join(held)
            else:
                received.blob = writer.commit()
            return received
        except BaseException:
            if writer is not None:
                writer.abandon()
            raise

    def received_whole(self, body: bytes, expected: Expected) -> Received:
        """Content that is at hand."""
        intake = _Intake(expected)
        intake.take(body)
        received = intake.finish(None)
        if len(body) <= limits.SMALL_BODY_BYTES_MAX:
            received.content = body
        else:
            writer = _File(self._store, self._blobs)
            try:
                writer.write(body)
                received.blob = writer.commit()
            except BaseException:
                writer.abandon()
                raise
        return received

    def keep(self, received: Received) -> str:
        """Tie received content to the row that is being written; its pieces. Runs inside the row's transaction."""
        if received.kept:
            return received.kept
        if received.pieces:
            return ",".join(self._keep_piece(reference, size) for reference, size in split(received.pieces))
        if received.blob:
            return self._keep_piece(f"f{received.blob}", received.size)
        if not received.size:
            return ""
        return f"r{self._store.keep_small(received.content or b'')}:{received.size}"

    def _keep_piece(self, reference: str, size: int) -> str:
        """A linked file becomes the row's; a small piece, which is still the source's, is copied."""
        if reference[0] == "r":
            return f"r{self._store.keep_small(self._store.small(int(reference[1:])))}:{size}"
        self._store.fasten(reference[1:])
        return f"{reference}:{size}"

    def discard(self, received: Received) -> None:
        """Content that was received for nothing."""
        blobs = [received.blob] if received.blob else [r[1:] for r, _ in split(received.pieces) if r[0] == "f"]
        self.remove(blobs)

    # giving up

    def give_up(self, pieces: str) -> list[str]:
        """Let go of content, inside the transaction that removes its row; the files to `remove` after the commit."""
        files = []
        for reference, _ in split(pieces):
            if reference[0] == "r":
                self._store.drop_small(int(reference[1:]))
            else:
                self._store.loosen(reference[1:])
                files.append(reference[1:])
        return files

    def remove(self, files: Iterable[str]) -> None:
        """Remove files that were given up."""
        for blob in files:
            self._blobs.delete(blob)
            self._store.fasten(blob)

    def collect(self) -> None:
        """Remove what a process that was killed left behind."""
        for blob in list(self._store.loose()):
            (self._blobs.folder / "tmp" / blob).unlink(missing_ok=True)
            self._blobs.delete(blob)
            self._store.fasten(blob)

    # out

    def whole(self, pieces: str) -> bytes | None:
        """Content that is in one small row; None for content that is not."""
        if not pieces:
            return b""
        if pieces[0] == "r" and "," not in pieces:
            return self._store.small(int(pieces[1 : pieces.index(":")]))
        return None

    def stream(self, pieces: str, start: int, size: int) -> Outflow:
        """`size` bytes of content from `start`. Files are opened at once: what replaces the object changes nothing for
        who reads it. Of an object in very many parts the later ones are opened in their turn."""
        sources: list[Source] = []
        at = 0
        for reference, length in split(pieces):
            begin, end = max(start - at, 0), min(start + size - at, length)
            if begin < end:
                is_late = len(sources) >= OPEN_AT_ONCE
                sources.append((partial(self._open, reference) if is_late else self._open(reference), begin, end))
            at += length
        return Outflow(sources)

    def _open(self, reference: str) -> Any:
        if reference[0] == "r":
            return self._store.small(int(reference[1:]))
        try:
            return self._blobs.open(reference[1:]).detach()  # type: ignore[attr-defined]
        except OSError:
            raise StorageFailed from None

    def copy(self, pieces: str) -> str:
        """The same content once more, to `keep` before anything else happens: files are linked, since they never
        change, and small pieces stay the source's until then."""
        copied = []
        for reference, size in split(pieces):
            copied.append(f"{reference if reference[0] == 'r' else 'f' + self._link(reference[1:])}:{size}")
        return ",".join(copied)

    def _link(self, blob: str) -> str:
        with self._blobs.writer() as aside:  # for a new id; its empty file goes
            self._store.loosen(aside.id)
            place = self._blobs.path(aside.id)
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(self._blobs.path(blob), place)
        except OSError as error:
            raise _storage_error(error) from None
        return aside.id


class Outflow:
    """Content on its way out: iterated in pieces of `READ_BYTES`, of which one is held at a time."""

    def __init__(self, sources: list[Source]) -> None:
        self._sources = sources

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces():
            yield piece

    def pieces(self) -> Iterator[bytes]:
        for given, begin, end in self._sources:
            source = given() if callable(given) else given
            if isinstance(source, bytes):
                yield source[begin:end]
                continue
            with source:
                while begin < end:
                    piece = os.pread(source.fileno(), min(limits.READ_BYTES, end - begin), begin)
                    if not piece:
                        raise StorageFailed
                    begin += len(piece)
                    yield piece

    async def aclose(self) -> None:
        self.close()

    def close(self) -> None:
        for source, _, _ in self._sources:
            if not isinstance(source, bytes) and not callable(source):
                source.close()


class _Intake:
    """Counts and hashes content as it comes, and holds it against what was declared."""

    def __init__(self, expected: Expected) -> None:
        self._expected = expected
        self._md5 = hashlib.md5(usedforsecurity=False)
        self._algorithm = expected.algorithm or checksums.DEFAULT
        self._checksum: Digest = checksums.digest(self._algorithm)
        self.size = 0

    def take(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._expected.bytes_max:
            raise EntityTooLarge(None, MaxSizeAllowed=self._expected.bytes_max)
        self._md5.update(chunk)
        self._checksum.update(chunk)

    def finish(self, trailers: Mapping[str, str] | None) -> Received:
        expected = self._expected
        if expected.size is not None and expected.size != self.size:
            raise IncompleteBody
        md5 = self._md5.digest()
        if expected.md5 is not None and base64.b64decode(expected.md5) != md5:
            raise BadDigest(None, ExpectedDigest=expected.md5, CalculatedDigest=base64.b64encode(md5).decode())
        computed = base64.b64encode(self._checksum.digest()).decode()
        value = expected.value
        if trailers is not None and value is None and expected.algorithm is not None:
            value = trailers.get(checksums.TRAILER_PREFIX + expected.algorithm.lower())
        if value is not None and value != computed:
            raise checksums.mismatch(self._algorithm)
        return Received(self.size, md5.hex(), f"{self._algorithm} {checksums.FULL} {computed}")


class _File:
    """A file being written, loose until a row names it."""

    def __init__(self, store: S3Store, blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs
        try:
            self._writer: BlobWriter = blobs.writer()
        except OSError as error:
            raise _storage_error(error) from None
        store.loosen(self._writer.id)

    def write(self, chunk: bytes) -> None:
        try:
            self._writer.write(chunk)
        except OSError as error:
            raise _storage_error(error) from None

    def commit(self) -> str:
        try:
            return self._writer.commit()
        except OSError as error:
            raise _storage_error(error) from None

    def abandon(self) -> None:
        self._writer.__exit__()
        self._blobs.delete(self._writer.id)
        self._store.fasten(self._writer.id)


def _storage_error(error: OSError) -> DiskFull | StorageFailed:
    return DiskFull() if error.errno in (errno.ENOSPC, errno.EDQUOT) else StorageFailed()
