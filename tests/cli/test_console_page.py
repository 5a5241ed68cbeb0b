"""The console's page: served from the package, closed to foreign scripts, and nothing outside its folder."""

from __future__ import annotations

import http.client

import pytest


def get(cloud, path: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", cloud.port, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), body


@pytest.mark.parametrize(
    ("path", "kind", "holds"),
    [
        ("/_cloudchamber/", "text/html", b"cloudchamber"),
        ("/_cloudchamber/calls", "text/html", b"cloudchamber"),
        ("/_cloudchamber/static/vendor/preact.js", "text/javascript", b"export"),
        ("/_cloudchamber/static/lib.js", "text/javascript", b"traces/stream"),
        ("/_cloudchamber/static/style.css", "text/css", b"color-scheme"),
    ],
)
def test_the_page_and_its_files_are_served(cloud, path: str, kind: str, holds: bytes):
    status, headers, body = get(cloud, path)
    assert status == 200
    assert headers["Content-Type"].startswith(kind)
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert holds in body


@pytest.mark.parametrize("path", ["../api.py", "..%2fapi.py", "%2e%2e/api.py", "../../cloud.py", ".hidden.js", "no.js"])
def test_nothing_outside_the_folder_is_served(cloud, path: str):
    status, _, body = get(cloud, f"/_cloudchamber/static/{path}")
    assert status == 404
    assert b"import" not in body
