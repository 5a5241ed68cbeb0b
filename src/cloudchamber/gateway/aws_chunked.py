"""`aws-chunked` bodies: `size;chunk-signature=…` chunks, each signed with the one before it, and trailers.

Pure and incremental: feed bytes, take decoded bytes. A chunk's bytes are released once its signature has verified.
https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from cloudchamber.core.errors import AwsError
from cloudchamber.gateway.sigv4 import EMPTY_SHA256, Signature, sign

PREFIX = "STREAMING-"
CHUNK_BYTES_MAX = 64 * 1024 * 1024
LINE_BYTES_MAX = 8 * 1024


class BadChunk(AwsError):
    code = "IncompleteBody"
    status = 400


class ChunkSignatureMismatch(AwsError):
    code = "SignatureDoesNotMatch"
    status = 403


@dataclass(slots=True)
class ChunkSigner:
    """Checks the chain of chunk signatures, which begins with the request's own."""

    key: bytes
    signature: Signature
    previous: str

    def _expect(self, kind: str, middle: str, found: str) -> None:
        text = f"{kind}\n{self.signature.amz_date}\n{self.signature.scope}\n{self.previous}\n{middle}"
        expected = sign(self.key, text)
        if not hmac.compare_digest(expected.encode(), found.encode("utf-8", "replace")):
            raise ChunkSignatureMismatch(
                "The request signature we calculated does not match the signature you provided. "
                "Check your key and signing method."
            )
        self.previous = expected

    def check_chunk(self, data: bytes, found: str) -> None:
        self._expect("AWS4-HMAC-SHA256-PAYLOAD", f"{EMPTY_SHA256}\n{hashlib.sha256(data).hexdigest()}", found)

    def check_trailer(self, lines: str, found: str) -> None:
        self._expect("AWS4-HMAC-SHA256-TRAILER", hashlib.sha256(lines.encode()).hexdigest(), found)


class ChunkDecoder:
    """Feed it the body; it gives back the content, and `trailers` once the end was reached."""

    def __init__(self, signer: ChunkSigner | None) -> None:
        self._signer = signer
        self._buffer = bytearray()
        self._size: int | None = None
        self._found = ""
        self._in_trailers = False
        self.trailers: dict[str, str] = {}
        self.is_complete = False

    def feed(self, data: bytes) -> list[bytes]:
        """Decoded pieces. BadChunk for a broken encoding, ChunkSignatureMismatch for a wrong signature."""
        self._buffer += data
        pieces: list[bytes] = []
        while not self.is_complete:
            if self._in_trailers:
                if not self._take_trailer():
                    break
            elif self._size is None:
                if not self._take_head():
                    break
            else:
                piece = self._take_chunk(self._size)
                if piece is None:
                    break
                if piece:
                    pieces.append(piece)
        return pieces

    def finish(self) -> None:
        """BadChunk if the body ended early."""
        if not self.is_complete and self._in_trailers and not self._buffer:
            self.is_complete = True  # some clients leave the last empty line out
        if not self.is_complete:
            raise BadChunk("The request body terminated unexpectedly")

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > LINE_BYTES_MAX:
                raise BadChunk("The request body is not aws-chunked")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take_head(self) -> bool:
        line = self._line()
        if line is None:
            return False
        size, _, extension = line.partition(b";")
        try:
            self._size = int(size, 16)
        except ValueError:
            raise BadChunk("The request body is not aws-chunked") from None
        if not 0 <= self._size <= CHUNK_BYTES_MAX:
            raise BadChunk("A chunk of the request body is too large")
        name, _, found = extension.strip().partition(b"=")
        self._found = found.decode("latin-1") if name == b"chunk-signature" else ""
        return True

    def _take_chunk(self, size: int) -> bytes | None:
        if size == 0:
            if self._signer is not None:
                self._signer.check_chunk(b"", self._found)
            self._in_trailers = True
            self._size = None
            return b""
        if len(self._buffer) < size + 2:
            return None
        data = bytes(self._buffer[:size])
        if self._buffer[size : size + 2] != b"\r\n":
            raise BadChunk("The request body is not aws-chunked")
        del self._buffer[: size + 2]
        if self._signer is not None:
            self._signer.check_chunk(data, self._found)
        self._size = None
        return data

    def _take_trailer(self) -> bool:
        line = self._line()
        if line is None:
            return False
        if not line:
            self.is_complete = True
            return True
        name, _, value = line.decode("latin-1").partition(":")
        name, value = name.strip().lower(), value.strip()
        if name == "x-amz-trailer-signature":
            if self._signer is not None:
                lines = "".join(f"{n}:{v}\n" for n, v in self.trailers.items())
                self._signer.check_trailer(lines, value)
        else:
            self.trailers[name] = value
        return True
