"""Form uploads: the fields of a `multipart/form-data` body, its file as it comes, and the policy that allows it. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.protocol.scalars import parse_timestamp
from cloudchamber.services.s3 import limits
from cloudchamber.services.s3.errors import Denied, InvalidArgument, PreconditionFailed, S3Error

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping

_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,200})"|([^\s;,]{1,200}))', re.IGNORECASE)
_NAME = re.compile(r'\bname="((?:[^"\\]|\\.)*)"')
_FILE_NAME = re.compile(r'\bfilename="((?:[^"\\]|\\.)*)"')
_HEAD_BYTES_MAX = 8 * 1024
# Fields that a policy need not speak of.
_FREE = frozenset({"x-amz-signature", "file", "policy", "awsaccesskeyid", "signature"})


def malformed() -> S3Error:
    text = "The body of your POST request is not well-formed multipart/form-data."
    return S3Error(text).named("MalformedPOSTRequest")


@dataclass(slots=True)
class Form:
    """Fields that come before the file, by name in lower case; `file` is iterated once they are known."""

    fields: dict[str, str] = field(default_factory=dict)
    file_name: str = ""


class FormReader:
    """Reads a body: `await fields()` first, then iterate for the file's content."""

    def __init__(self, body: AsyncIterable[bytes] | bytes, content_type: str) -> None:
        found = _BOUNDARY.search(content_type)
        if not content_type.lower().startswith("multipart/form-data") or found is None:
            raise PreconditionFailed("Bucket POST must be of the enclosure-type multipart/form-data")
        self._delimiter = b"\r\n--" + (found[1] or found[2]).encode("latin-1")
        self._source = _chunks(body)
        self._buffer = b"\r\n"  # so that the first delimiter looks like the others
        self._ended = False

    async def _more(self) -> bool:
        async for chunk in self._source:
            self._buffer += chunk
            return True
        self._ended = True
        return False

    async def _until(self, mark: bytes, limit: int) -> bytes:
        """What comes before `mark`, which is taken too. MalformedPOSTRequest."""
        while (at := self._buffer.find(mark)) < 0:
            if len(self._buffer) > limit or not await self._more():
                raise malformed()
        found, self._buffer = self._buffer[:at], self._buffer[at + len(mark) :]
        return found

    async def fields(self) -> Form:
        """The fields up to the file, which must be there."""
        form, size = Form(), 0
        await self._until(self._delimiter, _HEAD_BYTES_MAX)
        while True:
            while len(self._buffer) < 2:
                if not await self._more():
                    raise malformed()
            if self._buffer[:2] == b"--":
                raise InvalidArgument("POST requires exactly one file upload per request.", "file", "0")
            head = (await self._until(b"\r\n\r\n", _HEAD_BYTES_MAX)).decode("utf-8", "replace")
            name = _NAME.search(head)
            if name is None:
                raise malformed()
            if name[1].lower() == "file":
                found = _FILE_NAME.search(head)
                form.file_name = found[1].replace("\\", "/").rpartition("/")[2] if found else ""
                return form
            value = await self._until(self._delimiter, limits.POST_FIELDS_BYTES_MAX)
            size += len(value)
            if size > limits.POST_FIELDS_BYTES_MAX:
                raise S3Error(
                    "Your POST request fields preceding the upload file were too large.",
                    MaxLengthAllowed=limits.POST_FIELDS_BYTES_MAX,
                ).named("MaxPostPreDataLengthExceededError")
            form.fields[name[1].lower()] = value.decode("utf-8", "replace")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        keep = len(self._delimiter)
        while (at := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > keep:
                piece, self._buffer = self._buffer[:-keep], self._buffer[-keep:]
                yield piece
            if not await self._more():
                raise malformed()
        if at:
            yield self._buffer[:at]
        self._buffer = b""
        while await self._more():  # what follows the file is passed over
            self._buffer = b""


async def _chunks(body: AsyncIterable[bytes] | bytes) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        yield body
        return
    async for chunk in body:
        yield chunk


# the policy


def is_signed(policy: str, fields: Mapping[str, str], secret: str) -> bool:
    """Whether the policy's signature is of that secret: Version 4, or 2 as boto3 makes it by default."""
    if "x-amz-signature" in fields:
        key = f"AWS4{secret}".encode()
        for part in fields.get("x-amz-credential", "").split("/")[1:]:
            key = hmac.digest(key, part.encode(), "sha256")
        expected, given = hmac.digest(key, policy.encode(), "sha256").hex(), fields["x-amz-signature"]
    else:
        expected = base64.b64encode(hmac.digest(secret.encode(), policy.encode(), "sha1")).decode()
        given = fields.get("signature", "")
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))


def check_policy(
    text: str, fields: Mapping[str, str], bucket: str, has_ended: Callable[[float], bool]
) -> tuple[int, int] | None:
    """The bounds that a policy sets to the file's size in bytes, None for none. AccessDenied where it is not met.

    `has_ended` judges an expiration, in epoch seconds of the client's clock.
    """
    try:
        document = orjson.loads(base64.b64decode(text, validate=True))
        expires = parse_timestamp(document["expiration"])
        conditions = [_condition(item) for item in document["conditions"]]
    except (binascii.Error, ValueError, KeyError, TypeError, IndexError, AttributeError):
        raise S3Error("Invalid Policy: Invalid JSON.").named("InvalidPolicyDocument") from None
    if has_ended(expires):
        raise Denied("Invalid according to Policy: Policy expired.")
    given = {**fields, "bucket": bucket}
    seen, bounds = set(_FREE), None
    for kind, name, value in conditions:
        if kind == "content-length-range":
            bounds = (int(name), int(value))
            continue
        seen.add(name)
        actual = given.get(name, "")
        holds = actual == value if kind == "eq" else _starts(actual, value, name)
        if not holds:
            shown = orjson.dumps([kind, f"${name}", value]).decode().replace('","', '", "')
            raise Denied(f"Invalid according to Policy: Policy Condition failed: {shown}")
    extra = [name for name in fields if name not in seen and not name.startswith("x-ignore-")]
    if extra:
        raise Denied(f"Invalid according to Policy: Extra input fields: {', '.join(sorted(extra))}")
    return bounds


def _starts(actual: str, prefix: str, name: str) -> bool:
    if name == "content-type":  # a list of types, each of which has to begin so
        return all(part.strip().startswith(prefix) for part in actual.split(","))
    return actual.startswith(prefix)


def _condition(item: Any) -> tuple[str, str, str]:
    if isinstance(item, dict):
        ((name, value),) = item.items()
        return "eq", str(name).lower(), str(value)
    kind, name, value = item
    kind = str(kind).lower()
    if kind == "content-length-range":
        return kind, str(int(name)), str(int(value))
    if kind not in ("eq", "starts-with") or not str(name).startswith("$"):
        raise ValueError(kind)
    return kind, str(name)[1:].lower(), str(value)
