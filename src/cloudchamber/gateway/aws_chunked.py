"""`aws-chunked` bodies: `size;chunk-signature=…` chunks, each signed with the one before it, and trailers.

Pure and incremental: feed bytes, take decoded bytes. A chunk's bytes are released once its signature has verified.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from cloudchamber.core.errors import AwsError
from cloudchamber.gateway.sigv4 import EMPTY_SHA256, Signature, SigningKey

PREFIX = "STREAMING-"
SIGNED_CHUNK_BYTES_MAX = 64 * 1024 * 1024  # it is held until its signature has verified
LINE_BYTES_MAX = 8 * 1024
TRAILERS_MAX = 32
_HEAD = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;chunk-signature=([0-9a-f]{64}))?\Z")

SIGNED = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_TRAILER = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"


MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)


class BadChunk(AwsError):
    code = "IncompleteBody"
    status = 400


class ChunkSignatureMismatch(AwsError):
    code = "SignatureDoesNotMatch"
    status = 403


@dataclass(slots=True)
class ChunkSigner:
    """Checks the chain of chunk signatures, which begins with the request's own."""

    key: SigningKey
    signature: Signature
    previous: str

    def _expect(self, kind: str, middle: str, found: str) -> None:
        text = f"{kind}\n{self.signature.amz_date}\n{self.signature.scope}\n{self.previous}\n{middle}"
        expected = self.key.sign(text)
        if not hmac.compare_digest(expected.encode(), found.encode("utf-8", "replace")):
            raise ChunkSignatureMismatch(MISMATCH)
        self.previous = expected

    def check_chunk(self, data: bytes, found: str) -> None:
        self._expect("AWS4-HMAC-SHA256-PAYLOAD", f"{EMPTY_SHA256}\n{hashlib.sha256(data).hexdigest()}", found)

    def check_trailer(self, lines: str, found: str) -> None:
        self._expect("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines.encode("latin-1")).hexdigest(), found)


class ChunkDecoder:
    """Feed it the body; it gives back the content, and `trailers` once the end was reached.

    With a signer each chunk's signature is held against its content, and the trailers' own where `has_trailers`.
    """

    def __init__(self, signer: ChunkSigner | None, has_trailers: bool = True) -> None:
        self._signer = signer
        self._has_trailers = has_trailers
        self._buffer = bytearray()
        self._left: int | None = None  # of the chunk at hand, the line's end after it included
        self._found = ""
        self._in_trailers = False
        self._trailers_are_signed = False
        self.trailers: dict[str, str] = {}
        self.size = 0  # of the content so far
        self.is_complete = False

    def feed(self, data: bytes) -> list[bytes]:
        """Decoded pieces. BadChunk for a broken encoding, ChunkSignatureMismatch for a wrong signature."""
        self._buffer += data
        pieces: list[bytes] = []
        while self._buffer:
            if self.is_complete:
                raise _broken()
            if self._in_trailers:
                goes_on = self._take_trailer()
            elif self._left is None:
                goes_on = self._take_head()
            elif self._signer is None:
                goes_on = self._take_some(pieces)
            else:
                goes_on = self._take_signed(pieces)
            if not goes_on:
                break
        return pieces

    def finish(self) -> None:
        """BadChunk if the body ended early."""
        if not self.is_complete and self._in_trailers and not self._buffer:
            self._end()  # some clients leave the last empty line out
        if not self.is_complete:
            raise BadChunk("The request body terminated unexpectedly")

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n", 0, LINE_BYTES_MAX)
        if end < 0:
            if len(self._buffer) > LINE_BYTES_MAX:
                raise _broken()
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take_head(self) -> bool:
        line = self._line()
        if line is None:
            return False
        head = _HEAD.match(line)
        if head is None:
            raise _broken()
        size, self._found = int(head[1], 16), (head[2] or b"").decode()
        if self._signer is not None and size > SIGNED_CHUNK_BYTES_MAX:
            raise BadChunk("A chunk of the request body is too large")
        if size:
            self._left = size + 2
            return True
        if self._signer is not None:
            self._signer.check_chunk(b"", self._found)
        self._in_trailers = True
        return True

    def _take_some(self, pieces: list[bytes]) -> bool:
        """What has come of an unsigned chunk, which may be the whole body of an upload."""
        assert self._left is not None
        if self._left > 2:
            piece = bytes(self._buffer[: self._left - 2])
            del self._buffer[: len(piece)]
            self._left -= len(piece)
            self._release(piece, pieces)
        if self._left > 2 or len(self._buffer) < 2:
            return False
        self._end_of_chunk()
        return True

    def _take_signed(self, pieces: list[bytes]) -> bool:
        assert self._left is not None and self._signer is not None
        if len(self._buffer) < self._left:
            return False
        data = bytes(self._buffer[: self._left - 2])
        del self._buffer[: len(data)]
        self._end_of_chunk()
        self._signer.check_chunk(data, self._found)
        self._release(data, pieces)
        return True

    def _end_of_chunk(self) -> None:
        if self._buffer[:2] != b"\r\n":
            raise _broken()
        del self._buffer[:2]
        self._left = None

    def _release(self, piece: bytes, pieces: list[bytes]) -> None:
        pieces.append(piece)
        self.size += len(piece)

    def _take_trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self._end()
            return True
        name, colon, value = line.decode("latin-1").partition(":")
        name, value = name.lower(), value.strip(" \t")
        if not colon or not self._has_trailers or self._trailers_are_signed or len(self.trailers) >= TRAILERS_MAX:
            raise _broken()
        if name in self.trailers:
            raise _broken()
        if name == "x-amz-trailer-signature":
            if self._signer is not None:
                lines = "".join(f"{n}:{v}\n" for n, v in self.trailers.items())
                self._signer.check_trailer(lines, value)
            self._trailers_are_signed = True
        else:
            self.trailers[name] = value
        return True

    def _end(self) -> None:
        if self._signer is not None and self._has_trailers and not self._trailers_are_signed:
            raise ChunkSignatureMismatch(MISMATCH)
        self.is_complete = True


def _broken() -> BadChunk:
    return BadChunk("The request body is not aws-chunked")
