"""Clients in JavaScript, from npm."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

INSTALL_SECONDS_MAX = 100


def installed(folder: Path, packages: Iterable[str]) -> Path:
    """The folder, with packages in it. Skips plainly where Node, npm or the registry cannot be had."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("Node and npm are not installed here")
    install = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), *packages]
    try:
        done = subprocess.run(install, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not finish in time")
    if done.returncode != 0:
        pytest.skip(f"npm could not install them: {done.stderr[-200:]}")
    return folder
