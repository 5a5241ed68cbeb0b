"""SAM CLI, CDK and chalice as their registries have them, and programs run with them against a cloud.

They are installed into build/tools, once for a checkout, and only where CLOUDCHAMBER_TOOLS=1: it takes minutes and
half a gigabyte. Versions are pinned to a major one, for CDK to a library its command line understands.

Their buckets deny what comes without TLS (`aws:SecureTransport`), here as on AWS: the endpoint is HTTPS.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

if TYPE_CHECKING:
    from cloudchamber.testing import RunningCloud

FOLDER = Path(__file__).parent.parent.parent / "build" / "tools"
INSTALL_SECONDS_MAX = 600
RUN_SECONDS_MAX = 100
CDK_LIBRARY = "2.275.0"


def python(name: str, *packages: str) -> Path:
    """The `bin` of a virtual environment of its own with packages in it; the test is skipped where it cannot be."""
    home = FOLDER / name
    create = [sys.executable, "-m", "venv", str(home)]
    install = [str(home / "bin" / "pip"), "install", "--quiet", *packages]
    _installed(home, " ".join(packages), create, install)
    return home / "bin"


def node(name: str, *packages: str) -> Path:
    """The `node_modules` of a folder of its own with packages in it; the test is skipped where it cannot be."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("no Node.js on this machine")
    home = FOLDER / name
    install = ["npm", "install", "--prefix", str(home), "--no-audit", "--no-fund", "--silent", *packages]
    _installed(home, " ".join(packages), install)
    return home / "node_modules"


def _installed(home: Path, what: str, *commands: list[str]) -> None:
    if os.environ.get("CLOUDCHAMBER_TOOLS") != "1":
        pytest.skip("CLOUDCHAMBER_TOOLS=1 installs what this test deploys with")
    home.mkdir(parents=True, exist_ok=True)
    with (FOLDER / f"{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of several test processes, one installs
        done = home / "installed.txt"
        if done.exists() and done.read_text() == what:
            return
        for command in commands:
            ran = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
            if ran.returncode != 0:
                pytest.skip(f"{what} cannot be installed here: {(ran.stderr or ran.stdout).strip()[-300:]}")
        done.write_text(what)


@dataclass
class Workshop:
    """A folder with an application, and the environment that leads tools from there to a cloud."""

    cloud: RunningCloud
    account: str
    folder: Path

    def write(self, files: dict[str, str]) -> None:
        """Files by their paths in the folder."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    def run(self, *command: str | Path, fails: bool = False) -> str:
        """What a command prints to both its outputs, run in the folder."""
        authority = str(self.cloud.ca_certificate)
        env = {
            "PATH": f"{Path(str(command[0])).parent}:{os.environ['PATH']}", "HOME": str(self.folder / "home"),
            "AWS_ENDPOINT_URL": f"https://localhost:{self.cloud.port}", "AWS_CA_BUNDLE": authority,
            "NODE_EXTRA_CA_CERTS": authority, "AWS_ACCESS_KEY_ID": self.account, "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true", "SAM_CLI_TELEMETRY": "0",
            "CDK_DISABLE_CLI_TELEMETRY": "true",
        }  # fmt: skip
        arguments = [str(one) for one in command]
        done = subprocess.run(
            arguments, env=env, cwd=self.folder, capture_output=True, text=True, timeout=RUN_SECONDS_MAX, check=False
        )
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done.stdout + done.stderr

    def fetch(self, url: str) -> httpx.Response:
        """What an API answers at the address it has on AWS."""
        asked = httpx.URL(url)
        here = asked.copy_with(scheme="http", host="localhost", port=self.cloud.port)
        return httpx.get(here, headers={"Host": asked.host}, timeout=30)
