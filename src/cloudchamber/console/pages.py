"""The console's page at `/_cloudchamber/` and its files: plain HTML, CSS and a module, served from the package."""

from __future__ import annotations

from importlib import resources

from cloudchamber.gateway.http import Response

INDEX = "index.html"
TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
# The page holds what the cloud's calls carried: nothing foreign may run in it or frame it.
POLICY = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors 'none'"
FOLDER, VENDORED = "static", "vendor"
SCREENS = frozenset({"", "calls", "resources", "mail", "time", "faults", "identity"})  # each has an address


def page(path: str) -> Response | None:
    """The file behind a path below `/_cloudchamber`, or None where there is none."""
    first, _, name = path.removeprefix("/_cloudchamber").lstrip("/").partition("/")
    if first in SCREENS:
        name = INDEX
    elif first != FOLDER:
        return None
    folder, _, last = name.rpartition("/")
    if folder not in ("", VENDORED) or last.startswith(".") or last.rpartition(".")[2] not in TYPES:
        return None
    file = resources.files("cloudchamber.console").joinpath(FOLDER, name)
    if not file.is_file():
        return None
    headers = [
        ("Content-Type", TYPES[last.rpartition(".")[2]]),
        ("Content-Security-Policy", POLICY),
        ("Cache-Control", "no-cache"),
    ]
    return Response(200, headers, file.read_bytes())
