"""The interpreters of this machine: which one runs a function whose runtime identifier asks for a version."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

CHILD = Path(__file__).parent / "child"
# What AWS's Python runtimes have beside the standard library.
OFFERED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six")
_NAME = re.compile(r"python3\.(\d+)")
ASK_SECONDS_MAX = 5.0


@lru_cache(maxsize=1)
def pythons() -> dict[int, list[str]]:
    """Minor version -> where an interpreter of it may be found. pyenv's shims only work where a version is active."""
    folders = [Path(text) for text in os.environ.get("PATH", "").split(os.pathsep) if text and "shims" not in text]
    folders += [Path("/usr/bin"), Path("/usr/local/bin"), Path("/opt/homebrew/bin")]
    home = Path.home()
    folders += [*home.glob(".pyenv/versions/*/bin"), *home.glob(".local/share/uv/python/*/bin")]
    found: dict[int, list[str]] = {}
    for folder in dict.fromkeys(folders):
        for path in sorted(folder.glob("python3.*")) if folder.is_dir() else ():
            match = _NAME.fullmatch(path.name)
            if match is not None and os.access(path, os.X_OK):
                found.setdefault(int(match[1]), []).append(str(path))
    own = getattr(sys, "_base_executable", None) or sys.executable
    found.setdefault(sys.version_info.minor, []).insert(0, own)
    return found


async def python(minor: int) -> tuple[str, int]:
    """The path of an interpreter that works, and its minor version: the one asked for, or the nearest there is."""
    known = pythons()
    for candidate in sorted(known, key=lambda have: (abs(have - minor), -have)):
        if candidate < 9:  # the child programs are written for 3.9 and later
            continue
        for path in known[candidate]:
            if path == getattr(sys, "_base_executable", None) or await asyncio.to_thread(_works, path):
                return path, candidate
    return sys.executable, sys.version_info.minor


def _works(path: str) -> bool:
    try:
        done = subprocess.run([path, "-I", "-S", "-c", "import json, ctypes"], check=False, timeout=ASK_SECONDS_MAX,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@lru_cache(maxsize=1)
def node() -> tuple[str, int] | None:
    """Where Node.js is, and its major version; None where it is not on the machine."""
    path = shutil.which("node") or shutil.which("nodejs")
    if path is None:
        return None
    said = subprocess.run([path, "--version"], check=False, capture_output=True, text=True, timeout=ASK_SECONDS_MAX)
    match = re.match(r"v(\d+)\.", said.stdout)
    return None if match is None else (path, int(match[1]))


@lru_cache(maxsize=1)
def offered() -> dict[str, str]:
    """Name -> folder of what a Python function can import beside the standard library and its own code."""
    found = {"cfnresponse": str(CHILD)}
    for name in OFFERED:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.origin is not None:
            place = Path(spec.origin)
            found[name] = str(place.parent.parent if spec.submodule_search_locations else place.parent)
    return found
