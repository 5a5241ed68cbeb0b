"""The doors beside AWS's API: LocalStack's pages and the console's JSON API."""

import json

import pytest

from tests.gateway.raw_http import ask

API = "/_cloudchamber/api/"


def fetch(cloud, path, method="GET", body=b"", headers=""):
    head = f"{method} {path} HTTP/1.1\r\nHost: localhost:{cloud.port}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    answer = ask(cloud.port, head.encode() + body, method)
    return answer, json.loads(answer.body) if answer.body[:1] == b"{" else None


@pytest.mark.parametrize("path", ["/_localstack/health"])
def test_health_has_localstacks_shape(cloud, path):
    answer, body = fetch(cloud, path)
    assert (answer.status, answer["Content-Type"]) == (200, "application/json")
    assert body["services"]["sqs"] in ("available", "running")
    assert body["edition"] == "community"
    assert isinstance(body["version"], str)


def test_info_has_localstacks_shape(cloud):
    _, body = fetch(cloud, "/_localstack/info")
    assert {"version", "edition", "is_license_activated", "system", "is_docker", "server_time_utc", "uptime"} <= set(
        body
    )


def test_health_answers_head_and_refuses_others(cloud):
    assert fetch(cloud, "/_localstack/health", "HEAD")[0].status == 200
    answer, _ = fetch(cloud, "/_localstack/health", "POST")
    assert (answer.status, answer["Allow"]) == (405, "GET, HEAD")


def test_the_console_shows_its_status(cloud):
    answer, body = fetch(cloud, API + "status")
    assert (answer.status, answer["Cache-Control"]) == (200, "no-store")
    assert body["endpoint"] == cloud.endpoint


@pytest.mark.parametrize(
    ("path", "method", "body", "status"),
    [
        ("/_cloudchamber/other", "GET", b"", 404),
        (API + "nonsense", "GET", b"", 404),
        (API + "%2e%2e/status", "GET", b"", 404),
        (API + "clock", "POST", b"{", 400),
        (API + "clock", "POST", b"[]", 400),
        (API + "clock", "POST", b'{"action": "fly"}', 400),
        (API + "clock", "POST", b'{"action": "advance", "seconds": "1"}', 400),
        (API + "clock", "POST", b'{"action": "advance", "seconds": -1}', 400),
        (API + "faults", "POST", b'{"kind": "nonsense"}', 400),
        (API + "faults", "POST", b'{"colour": "red"}', 400),
        (API + "faults/none", "DELETE", b"", 404),
        (API + "traces?limit=many", "GET", b"", 400),
        (API + "traces/none", "GET", b"", 404),
        (API + "snapshots/none/load", "POST", b"", 404),
    ],
)
def test_a_mistake_is_told_with_a_hint(cloud, path, method, body, status):
    answer, said = fetch(cloud, path, method, body)
    assert answer.status == status
    assert set(said) == {"error", "hint"}


def test_a_body_too_large_for_the_console_is_refused(cloud):
    answer, _ = fetch(cloud, API + "clock", "POST", b" " * 2_000_000)
    assert answer.status == 413


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost.evil.example"])
def test_a_page_of_another_origin_may_not_steer(cloud, origin):
    answer, body = fetch(cloud, API + "clock", "POST", b'{"action": "freeze"}', f"Origin: {origin}\r\n")
    assert (answer.status, body["error"]) == (403, "a page of another origin may not use this cloud")
    assert fetch(cloud, API + "status")[1]["clock"]["mode"] != "frozen"


def test_the_consoles_own_page_may_steer(cloud, clock):
    origin = f"Origin: http://localhost:{cloud.port}\r\n"
    assert fetch(cloud, API + "clock", "POST", b'{"action": "resume"}', origin)[0].status == 200
