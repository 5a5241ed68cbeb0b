"""Browsers: which pages may talk to the API, and what they get to read."""

import pytest

from tests.gateway.raw_http import ask
from tests.gateway.signing import sqs_json

LOCAL = [
    "http://localhost:3000",
    "https://localhost",
    "http://127.0.0.1:5173",
    "http://[::1]:3000",
    "http://d1.cloudfront.localhost:4566",
    "http://site.s3-website.localhost.localstack.cloud:4566",
]
FOREIGN = [
    "https://evil.example",
    "null",
    "http://localhost.evil.example",
    "http://evillocalhost",
    "http://192.168.0.9",
    "http://127.0.0.1.evil.example",
    "file://",
    "https://localhost@evil.example",
]


def preflight(cloud, origin, more=b""):
    head = f"OPTIONS / HTTP/1.1\r\nHost: localhost:{cloud.port}\r\nOrigin: {origin}\r\n".encode()
    method = b"Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: x-amz-target,authorization\r\n"
    return ask(cloud.port, head + method + more + b"\r\n")


@pytest.mark.parametrize("origin", LOCAL)
def test_pages_of_this_machine_may_call(cloud, account, origin):
    answer = preflight(cloud, origin)
    assert answer.status == 204
    assert answer["Access-Control-Allow-Origin"] == origin
    assert answer["Access-Control-Allow-Headers"] == "x-amz-target,authorization"
    assert "POST" in answer["Access-Control-Allow-Methods"]
    assert answer["Vary"] == "Origin"
    call = sqs_json("ListQueues", key=account)
    answer = ask(cloud.port, call.bytes({**call.signed(), "origin": origin}))
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (200, origin)
    assert "x-amzn-RequestId" in answer["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", FOREIGN)
def test_pages_from_elsewhere_are_refused_before_anything_is_done(cloud, account, origin):
    answer = preflight(cloud, origin)
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (403, None)
    call = sqs_json("CreateQueue", b'{"QueueName": "planted"}', key=account)
    answer = ask(cloud.port, call.bytes({**call.signed(), "origin": origin}))
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (403, None)
    assert f"Pages of the origin {origin} may not use this cloud".encode() in answer.body
    assert "QueueUrls" not in cloud.session(account).client("sqs").list_queues()


def test_images_and_links_of_pages_from_elsewhere_are_refused_too(cloud, account):
    call = sqs_json("ListQueues", key=account)
    for more in ({"referer": "https://evil.example/x"}, {}):
        assert ask(cloud.port, call.bytes({**call.signed(), "sec-fetch-site": "cross-site", **more})).status == 403
    local = {"sec-fetch-site": "cross-site", "referer": "http://d1.cloudfront.localhost:4566/page?x"}
    assert ask(cloud.port, call.bytes({**call.signed(), **local})).status == 200
    assert ask(cloud.port, call.bytes({**call.signed(), "sec-fetch-site": "none"})).status == 200


def test_a_page_served_from_the_very_address_it_calls_may_call(cloud):
    head = b"OPTIONS / HTTP/1.1\r\nHost: 192.168.0.9:4566\r\nOrigin: http://192.168.0.9:4566\r\n"
    assert ask(cloud.port, head + b"Access-Control-Request-Method: POST\r\n\r\n").status == 204
    named = head.replace(b"192.168.0.9", b"rebound.example")
    assert ask(cloud.port, named + b"Access-Control-Request-Method: POST\r\n\r\n").status == 403


def test_more_origins_can_be_allowed(cloud, monkeypatch):
    origins = cloud.look(lambda c: c.chain.origins)
    monkeypatch.setattr(origins, "also", frozenset({"https://app.example"}))
    assert preflight(cloud, "https://app.example").status == 204
    assert preflight(cloud, "https://other.example").status == 403
    monkeypatch.setattr(origins, "also", frozenset({"*"}))
    assert preflight(cloud, "https://other.example").status == 204


def test_a_private_network_request_is_allowed(cloud):
    answer = preflight(cloud, LOCAL[0], b"Access-Control-Request-Private-Network: true\r\n")
    assert answer["Access-Control-Allow-Private-Network"] == "true"


def test_an_error_can_be_read_by_the_page_too(cloud):
    call = sqs_json("ListQueues", secret="wrong")
    answer = ask(cloud.port, call.bytes({**call.signed(), "origin": LOCAL[0]}))
    assert (answer.status, answer["Access-Control-Allow-Origin"]) == (403, LOCAL[0])
