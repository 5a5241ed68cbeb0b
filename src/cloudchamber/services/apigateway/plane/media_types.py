"""Which bodies are binary, and how `contentHandling` turns one kind into the other.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html
"""

from __future__ import annotations

import base64
import binascii
import gzip
import zlib
from typing import TYPE_CHECKING

from cloudchamber.services.apigateway.plane.refusals import internal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudchamber.services.apigateway.plane.request import Incoming

INFLATED_BYTES_MAX = 64 * 1024 * 1024


class BinaryTypes:
    """An API's binary media types."""

    def __init__(self, types: Sequence[str]) -> None:
        spelled = {kind.replace("~1", "/").lower() for kind in types}
        self._everything = "*/*" in spelled
        self._types = {kind for kind in spelled if not kind.endswith("/*")}
        self._families = tuple(kind[:-1] for kind in spelled if kind.endswith("/*") and kind != "*/*")

    def has(self, content_type: str | None) -> bool:
        if self._everything:
            return True
        if not content_type or not (self._types or self._families):
            return False
        kind = content_type.partition(";")[0].strip().lower()
        return kind in self._types or kind.startswith(self._families)

    def wanted_by(self, incoming: Incoming) -> bool:
        """Whether the client accepts a binary type: of several that it names, the first counts."""
        return self.has((incoming.headers.get("accept") or "").partition(",")[0])


def converted(body: bytes, handling: str | None, *, is_binary: bool) -> bytes:
    """A body as `CONVERT_TO_TEXT` or `CONVERT_TO_BINARY` wants it. Refused for text that is no base64."""
    if handling == "CONVERT_TO_TEXT" and is_binary:
        return base64.b64encode(body)
    if handling == "CONVERT_TO_BINARY" and not is_binary and body:
        return from_base64(body)
    return body


def from_base64(body: bytes) -> bytes:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise internal("Unable to base64 decode the body.") from None


def inflated(incoming: Incoming) -> bytes:
    """The body out of its `Content-Encoding`, as it came if that is none API Gateway knows."""
    encoding = incoming.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("gzip", "deflate") or not incoming.body:
        return incoming.body
    inflater = zlib.decompressobj(wbits=47 if encoding == "gzip" else 15)
    try:
        return inflater.decompress(incoming.body, INFLATED_BYTES_MAX)
    except zlib.error:
        return incoming.body


def compressed(body: bytes, accepted: str) -> tuple[bytes, str]:
    """A body as a client takes it: gzip, deflate, or as it is; and the name of the encoding, empty for none."""
    known = [part.partition(";")[0].strip().lower() for part in accepted.split(",") if ";q=0" not in part.rstrip("0.")]
    if "gzip" in known or "*" in known:
        return gzip.compress(body, 6, mtime=0), "gzip"
    return (zlib.compress(body), "deflate") if "deflate" in known else (body, "")
