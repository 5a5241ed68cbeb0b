"""What a process does to itself before it runs a user's code: a session of its own, limits, and a view of the disk.

Where the system lets it, the process gets a user and a mount namespace: `/tmp` is its own, its code stands read-only in
`/var/task` and its layers in `/opt`, as on AWS, and the rest of the disk cannot be written. Elsewhere it is an ordinary
process in an ordinary folder. The processes of one environment are one session, so they are killed together.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
TASK, LAYERS, TMP = "/var/task", "/opt", "/tmp"
PLACES = {
    "task": TASK, "layers": LAYERS, "tmp": TMP, "sdk": "/var/runtime/node_modules", "ca": "/var/runtime/ca.pem",
}  # fmt: skip
_LOCKED = {os.ST_NOSUID: 2, getattr(os, "ST_NODEV", 4): 4, getattr(os, "ST_NOEXEC", 8): 8}

packages: list[str] = []  # folders of what functions may import beside the standard library

IS_LINUX = sys.platform.startswith("linux")
_libc = ctypes.CDLL(None, use_errno=True) if IS_LINUX else None


def die_with_parent() -> None:
    """This process is killed when the one that forked it ends."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """What is left of a child's descendants becomes a child of this process, so that it can be found and killed."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def limit(data_bytes: int, files: int, processes: int) -> None:
    """Bounds that the kernel holds: memory written to, open files. Zero for none."""
    for kind, value in ((resource.RLIMIT_DATA, data_bytes), (resource.RLIMIT_NOFILE, files)):
        if value:
            hard = resource.getrlimit(kind)[1]
            bound = value if hard == resource.RLIM_INFINITY else min(value, hard)
            with contextlib.suppress(ValueError, OSError):
                resource.setrlimit(kind, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if processes:  # counted by user, so only a bound against a fork bomb
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NPROC, (processes, resource.getrlimit(resource.RLIMIT_NPROC)[1]))


def enter(folders: dict[str, str]) -> dict[str, str]:
    """Take on the view of an environment: the folders of code, layers, temporary files, of what the runtime brings, and
    the certificate to trust (empty for none). As they are seen then."""
    if IS_LINUX and not _is_covered():
        try:
            _namespaces()
            _mount(folders)
            return PLACES
        except OSError:
            pass
    return folders


def _is_covered() -> bool:
    """Whether what this process runs on lies where an environment's own folders would cover it."""
    needed = (*sys.path, *packages, os.path.abspath(__file__))
    return any(path.startswith((f"{TMP}/", f"{LAYERS}/")) for path in needed)


def is_offered() -> bool:
    """Whether this system gives out user and mount namespaces. For a process that does nothing else."""
    try:
        _namespaces()
    except OSError:
        return False
    return True


def _check(result: int) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


def _namespaces() -> None:
    assert _libc is not None
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    _check(_libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))


def _bind(source: str, target: str, flags: int = 0) -> None:
    assert _libc is not None
    _check(_libc.mount(source.encode(), target.encode(), None, MS_BIND | MS_REC, None))
    if flags:
        kept = sum(flag for bit, flag in _LOCKED.items() if os.statvfs(target).f_flag & bit)
        _check(_libc.mount(None, target.encode(), None, MS_BIND | MS_REMOUNT | flags | kept, None))


def _mount(folders: dict[str, str]) -> None:
    """Own folders in AWS's places. What is bound is opened first: it may lie below a place that is hidden then."""
    assert _libc is not None
    trusted = b""
    if folders["ca"]:
        with open(folders["ca"], "rb") as file:
            trusted = file.read()
    wanted = {**folders, "var": "/var", "ca": ""}
    opened = {name: os.open(path, os.O_RDONLY | os.O_DIRECTORY) for name, path in wanted.items() if path}
    seen = {name: f"/proc/self/fd/{number}" for name, number in opened.items()}
    _bind(seen["tmp"], TMP)  # before the rest becomes read-only, which it would inherit
    kept = os.statvfs("/").f_flag
    locked = sum(flag for bit, flag in _LOCKED.items() if kept & bit)
    with contextlib.suppress(OSError):
        _check(_libc.mount(None, b"/", None, MS_BIND | MS_REMOUNT | MS_RDONLY | locked, None))
    _check(_libc.mount(b"tmpfs", b"/var", b"tmpfs", 0, b"mode=755,size=64k"))
    for entry in os.scandir(seen["var"]):
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), f"/var/{entry.name}")
        elif entry.is_dir() and entry.name not in ("task", "runtime"):
            os.mkdir(f"/var/{entry.name}")
            _bind(entry.path, f"/var/{entry.name}")
    os.mkdir(TASK)
    _bind(seen["task"], TASK, MS_RDONLY)
    os.mkdir(os.path.dirname(PLACES["ca"]))
    with open(PLACES["ca"], "wb") as file:
        file.write(trusted)
    if "sdk" in seen:
        os.mkdir(PLACES["sdk"])
        _bind(seen["sdk"], PLACES["sdk"], MS_RDONLY)
    if "layers" in seen and os.path.isdir(LAYERS):
        _bind(seen["layers"], LAYERS, MS_RDONLY)
    for number in opened.values():
        os.close(number)
