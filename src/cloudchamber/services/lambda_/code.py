"""Deployment packages: how they come in, what is refused, and where they stand unpacked.

A package is a blob; unpacked it is a folder named after its digest, a cache that can be removed at any time. One in the
bucket `hot-reload` is no package: its key is a folder of this machine that is used as it stands.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import shutil
import stat
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AwsError, NotImplementedByUs
from cloudchamber.services.lambda_ import limits
from cloudchamber.services.lambda_.errors import InvalidParameterValue, RequestTooLarge
from cloudchamber.services.lambda_.records import Code

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.storage.blobs import Blobs

HOT_RELOAD = "hot-reload"
_NOT_A_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."


class Packages:
    """`folder` is where packages are unpacked."""

    def __init__(self, blobs: Blobs, folder: Path) -> None:
        self._blobs = blobs
        self._folder = folder

    async def take(self, ctx: Context, source: Mapping[str, Any]) -> Code:
        """A package that is sent, or fetched from S3 as the caller. InvalidParameterValue, RequestTooLarge."""
        if source.get("ImageUri"):
            raise NotImplementedByUs("Container images are not implemented in cloudchamber: deploy a ZIP package")
        if source.get("S3Bucket") == HOT_RELOAD:
            return _local(str(source.get("S3Key") or ""))
        content = source.get("ZipFile")
        if content is not None and len(content) > limits.ZIPPED_BYTES_MAX:
            raise RequestTooLarge(
                f"Request must be smaller than {limits.ZIPPED_BYTES_MAX} bytes for the CreateFunction operation"
            )
        if content is None:
            content = await self._fetched(ctx, source)
        await asyncio.to_thread(_check, content)
        sha256 = base64.b64encode(hashlib.sha256(content).digest()).decode()
        return Code(sha256, len(content), self._blobs.put(content))

    async def _fetched(self, ctx: Context, source: Mapping[str, Any]) -> bytes:
        bucket, key = source.get("S3Bucket"), source.get("S3Key")
        if not bucket or not key:
            raise InvalidParameterValue("Please provide a source for function code.")
        named = {"Bucket": bucket, "Key": key}
        if source.get("S3ObjectVersion"):
            named["VersionId"] = source["S3ObjectVersion"]
        try:
            body = (await ctx.call("s3:GetObject", **named))["Body"]
        except AwsError as error:
            raise InvalidParameterValue(
                f"Error occurred while GetObject. S3 Error Code: {error.code}. S3 Error Message: {error.message}"
            ) from None
        if isinstance(body, bytes):
            return body
        return b"".join([chunk async for chunk in body])

    def content(self, code: Code) -> bytes:
        with self._blobs.open(code.blob) as file:
            return file.read()

    def drop(self, code: Code) -> None:
        if code.blob:
            self._blobs.delete(code.blob)

    async def unpacked(self, code: Code) -> Path:
        """The folder of a package, unpacked at its first use."""
        if code.folder:
            return Path(code.folder)
        target = self._folder / "code" / _name([code])
        if not target.exists():
            await asyncio.to_thread(self._unpack, [code], target)
        return target

    async def layered(self, layers: Sequence[Code]) -> Path | None:
        """The folder of several layers over one another, later ones on top; None for none."""
        if not layers:
            return None
        target = self._folder / "layers" / _name(layers)
        if not target.exists():
            await asyncio.to_thread(self._unpack, layers, target)
        return target

    def _unpack(self, codes: Sequence[Code], target: Path) -> None:
        """Aside first, so that what stands in place is whole."""
        aside = target.with_name(f"{target.name}.{os.getpid()}.{id(codes):x}")
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        for code in codes:
            _extract(self.content(code), aside)
        try:
            aside.rename(target)
        except OSError:  # another has been quicker
            shutil.rmtree(aside, ignore_errors=True)


def newest(folder: Path) -> int:
    """When anything in a local folder changed last, in nanoseconds, so that its function is loaded anew."""
    latest = 0
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in ("__pycache__",)]
        for name in files:
            try:
                latest = max(latest, os.stat(f"{place}/{name}").st_mtime_ns)
            except OSError:
                continue
    return latest


def _local(key: str) -> Code:
    folder = Path(key).expanduser()
    if not folder.is_absolute() or not folder.is_dir():
        raise InvalidParameterValue(f"{key} is no folder of this machine: hot-reload takes an absolute path as S3Key")
    return Code(base64.b64encode(hashlib.sha256(key.encode()).digest()).decode(), 0, folder=str(folder))


def _name(codes: Sequence[Code]) -> str:
    return hashlib.sha256("".join(code.sha256 for code in codes).encode()).hexdigest()[:32]


def _check(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            entries = package.infolist()
            size = sum(entry.file_size for entry in entries)
    except (zipfile.BadZipFile, OSError, ValueError):
        raise InvalidParameterValue(_NOT_A_ZIP) from None
    if not entries:
        raise InvalidParameterValue("Uploaded file must be a non-empty zip")
    if size > limits.UNZIPPED_BYTES_MAX:
        raise InvalidParameterValue(f"Unzipped size must be smaller than {limits.UNZIPPED_BYTES_MAX} bytes")


def _extract(content: bytes, target: Path) -> None:
    """With the permissions and links that the package has; nothing of it lands outside of the folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for entry in package.infolist():
            mode = entry.external_attr >> 16
            path = Path(os.path.normpath(target / entry.filename))
            if not path.is_relative_to(target):
                continue
            if stat.S_ISLNK(mode):
                link = package.read(entry).decode()
                if Path(os.path.normpath(path.parent / link)).is_relative_to(target):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.unlink(missing_ok=True)
                    path.symlink_to(link)
                continue
            placed = Path(package.extract(entry, target))
            placed.chmod((mode & 0o777 or 0o644) | (0o555 if placed.is_dir() else 0o444))
