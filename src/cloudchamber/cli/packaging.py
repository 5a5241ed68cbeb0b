"""Local code of a template, put into a bucket as `aws cloudformation package` does.

What a template says of a local file or folder is replaced by where it is in the bucket. The name there is the digest of
the content, so that what has not changed is neither uploaded again nor a change of the stack.
https://docs.aws.amazon.com/cli/latest/reference/cloudformation/package.html
"""

from __future__ import annotations

import copy
import hashlib
import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.cli.templates import read_template
from cloudchamber.config import DEFAULT_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

LEFT_OUT = frozenset({"__pycache__", ".git", DEFAULT_FOLDER})  # of packages: what changes by itself
NESTED = {"AWS::CloudFormation::Stack": "TemplateURL", "AWS::Serverless::Application": "Location"}
_CODE = {
    "AWS::Lambda::Function": "Code", "AWS::Serverless::Function": "CodeUri", "AWS::Lambda::LayerVersion": "Content",
    "AWS::Serverless::LayerVersion": "ContentUri",
}  # fmt: skip
_FILES = {
    "AWS::ApiGateway::RestApi": "BodyS3Location", "AWS::ApiGatewayV2::Api": "BodyS3Location",
    "AWS::Serverless::Api": "DefinitionUri", "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::StateMachine": "DefinitionUri", "AWS::StepFunctions::StateMachine": "DefinitionS3Location",
}  # fmt: skip
FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")


class PathMissing(ValueError):
    """A template names a local path where nothing is; the text names both."""


@dataclass(slots=True)
class Artifact:
    """A local path of a resource. `logical_id` has the nested stacks it is in before it: `Nested/Function`."""

    logical_id: str
    type: str
    path: Path
    digest: str


@dataclass(slots=True)
class Package:
    """A template with its local code in the bucket, and what was local."""

    template: dict[str, Any]
    artifacts: list[Artifact] = field(default_factory=list)
    sources: list[Path] = field(default_factory=list)  # the template and those nested in it


class Packager:
    """`store(key, content)` puts an artifact into the bucket unless it is there."""

    def __init__(self, bucket: str, region: str, store: Callable[[str, bytes], None]) -> None:
        self.bucket = bucket
        self.region = region
        self.store = store

    def package(self, path: Path) -> Package:
        """PathMissing, and TemplateUnreadable for a nested template."""
        made = Package(copy.deepcopy(read_template(path)), sources=[path])
        for name, resource in (made.template.get("Resources") or {}).items():
            if isinstance(resource, dict):
                self._resource(made, name, resource, path.parent)
        self._includes(made.template, path.parent)
        return made

    def _resource(self, made: Package, name: str, resource: dict[str, Any], folder: Path) -> None:
        kind, properties = resource.get("Type", ""), resource.setdefault("Properties", {})
        if kind in NESTED and is_local(properties.get(NESTED[kind])):
            nested = self.package(self._there(folder, properties[NESTED[kind]], name))
            content = json.dumps(nested.template, sort_keys=True).encode()
            key = self._put(content, ".template")
            properties[NESTED[kind]] = f"https://s3.{self.region}.amazonaws.com/{self.bucket}/{key}"
            made.sources += nested.sources
            for artifact in nested.artifacts:
                artifact.logical_id = f"{name}/{artifact.logical_id}"
            made.artifacts += nested.artifacts
        elif kind in _CODE:
            value = properties.get(_CODE[kind])
            if value is None and kind == "AWS::Serverless::Function":
                value = _shared_code(properties, made.template)
            if is_local(value):
                path = self._there(folder, value, name)
                content = packed(path)
                key = self._put(content, "")
                place = {"S3Bucket": self.bucket, "S3Key": key}
                properties[_CODE[kind]] = f"s3://{self.bucket}/{key}" if "Serverless" in kind else place
                made.artifacts.append(Artifact(name, kind, path, key))
        elif kind in _FILES and is_local(properties.get(_FILES[kind])):
            path = self._there(folder, properties[_FILES[kind]], name)
            key = self._put(path.read_bytes(), path.suffix)
            bare = "Serverless" in kind
            place = {"Bucket": self.bucket, "Key": key}
            properties[_FILES[kind]] = f"s3://{self.bucket}/{key}" if bare else place
            made.artifacts.append(Artifact(name, kind, path, key))

    def _includes(self, value: Any, folder: Path) -> None:
        """Local files of the transform AWS::Include, wherever it stands."""
        if isinstance(value, list):
            for item in value:
                self._includes(item, folder)
        if not isinstance(value, dict):
            return
        for name, inner in value.items():
            if name == "Fn::Transform" and isinstance(inner, dict) and inner.get("Name") == "AWS::Include":
                parameters = inner.get("Parameters") or {}
                if is_local(parameters.get("Location")):
                    path = self._there(folder, parameters["Location"], "AWS::Include")
                    parameters["Location"] = f"s3://{self.bucket}/{self._put(path.read_bytes(), path.suffix)}"
            self._includes(inner, folder)

    @staticmethod
    def _there(folder: Path, value: str, name: str) -> Path:
        path = folder / value
        if not path.exists():
            raise PathMissing(f"{name} names {value}, and there is no {path}")
        return path

    def _put(self, content: bytes, suffix: str) -> str:
        key = hashlib.sha256(content).hexdigest()[:32] + suffix
        self.store(key, content)
        return key


def _shared_code(properties: dict[str, Any], template: dict[str, Any]) -> Any:
    """The code of a function that names none: that of `Globals`, or the folder, unless it is inline or an image."""
    shared = ((template.get("Globals") or {}).get("Function")) or {}
    both = {**shared, **properties}
    if both.get("InlineCode") or both.get("ImageUri") or both.get("PackageType") == "Image":
        return None
    return shared.get("CodeUri", ".")


def is_local(value: Any) -> bool:
    """Whether a property is a path: text that is not an address."""
    return isinstance(value, str) and not value.startswith(("s3://", "https://", "http://", "arn:"))


def files_of(path: Path) -> Iterator[Path]:
    """The files of a package, in a fixed order."""
    if path.is_file():
        yield path
        return
    for found in sorted(path.rglob("*")):
        if found.is_file() and not LEFT_OUT.intersection(found.relative_to(path).parts):
            yield found


def packed(path: Path) -> bytes:
    """A folder or file as a ZIP file, the same bytes for the same content; a ZIP or JAR file as it is."""
    if path.suffix in (".zip", ".jar"):
        return path.read_bytes()
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as package:
        for found in files_of(path):
            name = found.name if path.is_file() else found.relative_to(path).as_posix()
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            executable = found.stat().st_mode & 0o111
            entry.external_attr = (0o100755 if executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, found.read_bytes())
    return raw.getvalue()
