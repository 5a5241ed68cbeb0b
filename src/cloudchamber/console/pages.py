"""The console's page at `/_cloudchamber/` and its files: plain HTML, CSS and a module, served from the package."""

from __future__ import annotations

from importlib import resources

from cloudchamber.gateway.http import Response

INDEX = "index.html"
TYPES = {"html": "text/html; charset=utf-8", "js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
# The page holds what the cloud's calls carried: nothing foreign may run in it or frame it.
POLICY = "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; frame-ancestors 'none'"
FOLDER = "static"


def page(path: str) -> Response | None:
    """The file behind a path below `/_cloudchamber`, or None where there is none."""
    name = INDEX if path in ("/_cloudchamber", "/_cloudchamber/") else path.removeprefix(f"/_cloudchamber/{FOLDER}/")
    ending = name.rpartition(".")[2]
    if "/" in name or name.startswith(".") or ending not in TYPES:
        return None
    file = resources.files("cloudchamber.console").joinpath(FOLDER, name)
    if not file.is_file():
        return None
    headers = [("Content-Type", TYPES[ending]), ("Content-Security-Policy", POLICY), ("Cache-Control", "no-cache")]
    return Response(200, headers, file.read_bytes())
