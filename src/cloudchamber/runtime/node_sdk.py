"""The AWS SDK for JavaScript v3, which Lambda's Node.js runtimes have and a machine's `node` has not.

`cloudchamber runtime install nodejs` puts it into the user's cache folder, once; functions find it from then on.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

INSTALL_SECONDS_MAX = 600.0
_CLIENTS = (
    "apigatewaymanagementapi", "cloudformation", "cloudwatch", "cloudwatch-logs", "cognito-identity",
    "cognito-identity-provider", "dynamodb", "dynamodb-streams", "eventbridge", "firehose", "iam", "kinesis", "kms",
    "lambda", "s3", "scheduler", "secrets-manager", "ses", "sesv2", "sfn", "sns", "sqs", "ssm", "sts", "xray",
)  # fmt: skip
_MORE = ("credential-providers", "lib-dynamodb", "lib-storage", "s3-presigned-post", "s3-request-presigner",
         "util-dynamodb")  # fmt: skip
PACKAGES = (*(f"@aws-sdk/client-{name}" for name in _CLIENTS), *(f"@aws-sdk/{name}" for name in _MORE))


class CannotInstall(Exception):
    """Why not."""


def folder() -> Path:
    """Where it is, or would be."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "cloudchamber" / "nodejs"


def modules() -> Path | None:
    """Its `node_modules`; None before it was installed."""
    found = folder() / "node_modules"
    return found if found.is_dir() else None


def install(packages: Sequence[str] = PACKAGES) -> Path:
    """Have npm fetch the packages. CannotInstall, with npm's own words."""
    npm = shutil.which("npm")
    if npm is None:
        raise CannotInstall("there is no `npm` on this machine")
    place = folder()
    place.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--prefix", str(place), "--no-audit", "--no-fund", "--ignore-scripts", *packages]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"npm took longer than {INSTALL_SECONDS_MAX:.0f} s") from None
    if done.returncode:
        raise CannotInstall(done.stderr.strip()[-2000:] or f"npm ended with {done.returncode}")
    return place / "node_modules"
