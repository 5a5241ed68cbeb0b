"""What runs a function of a runtime identifier on this machine: an interpreter to fork, or a program to execute."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cloudchamber.runtime import interpreters, node_sdk
from cloudchamber.runtime.zygotes import PRELOADED

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_PYTHON = re.compile(r"python3\.(\d+)")
_NODE = re.compile(r"nodejs(\d+)\.x")
_PROVIDED = re.compile(r"provided(\.al2|\.al2023)?")


class CannotRun(Exception):
    """Nothing on this machine runs the runtime; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class Program:
    """`interpreter` is the zygote's; `command` is empty where the zygote itself becomes the function."""

    interpreter: str
    version_line: str  # of INIT_START
    preload: str = PRELOADED
    command: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)  # with places: {task}, {layers}, {tmp}, {sdk}
    notes: tuple[str, ...] = ()
    is_bounded: bool = True  # whether memory is bounded by the kernel, beside being watched
    sdk: Path | None = None  # packages that AWS's runtime has: `/var/runtime/node_modules`


async def program_for(runtime: str, memory_mb: int) -> Program:
    """CannotRun if the machine has nothing for it."""
    if match := _PYTHON.fullmatch(runtime):
        return await _python(int(match[1]), runtime)
    if match := _NODE.fullmatch(runtime):
        return _node(int(match[1]), memory_mb)
    if _PROVIDED.fullmatch(runtime):
        launcher = getattr(sys, "_base_executable", None) or sys.executable
        return Program(launcher, runtime, "", ("{task}/bootstrap",), _LIBRARIES)
    raise CannotRun(f"The runtime {runtime} is accepted, and nothing on this machine runs it: python3.x, nodejs and "
                    "provided.al2023 do run.")  # fmt: skip


_LIBRARIES = {"LD_LIBRARY_PATH": "{layers}/lib"}


async def _python(minor: int, runtime: str) -> Program:
    path, found = await interpreters.python(minor)
    notes = () if found == minor else (f"cloudchamber: {runtime} runs on python3.{found}, the nearest on this machine",)
    return Program(path, f"python:3.{found}", notes=notes)


def _node(major: int, memory_mb: int) -> Program:
    found = interpreters.node()
    if found is None:
        raise CannotRun(f"nodejs{major}.x needs Node.js, and there is no `node` on this machine.")
    path, version = found
    notes = () if version == major else (f"cloudchamber: nodejs{major}.x runs on Node.js {version}, which is here",)
    launcher = getattr(sys, "_base_executable", None) or sys.executable
    script = str(interpreters.CHILD / "bootstrap.mjs")
    command = (path, f"--max-old-space-size={memory_mb * 9 // 10}", "--enable-source-maps", script)
    modules = f"{{layers}}/nodejs/node{version}/node_modules:{{layers}}/nodejs/node_modules:{{task}}/node_modules"
    sdk = node_sdk.modules()
    if sdk is not None:
        modules += ":{sdk}"
    # V8 reserves address space in gigabytes: its memory is watched only.
    return Program(launcher, f"nodejs:{version}", "", command, {**_LIBRARIES, "NODE_PATH": modules}, notes, False, sdk)
