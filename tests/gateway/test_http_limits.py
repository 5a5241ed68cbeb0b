"""What the HTTP server refuses: too much, too slow, malformed, ambiguous."""

import asyncio

import pytest

from cloudchamber.gateway.http import BodyTooLarge, Response
from tests.gateway.own_server import QUICK, OwnServer, echo, eventually
from tests.gateway.raw_http import RawClient, ask

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture(scope="module")
def server():
    with OwnServer(echo) as running:
        yield running


@pytest.fixture(scope="module")
def quick():
    with OwnServer(echo, QUICK) as running:
        yield running


def refused(port, data):
    with RawClient(port) as client:
        answer = client.send(data).answer()
        assert answer["Connection"] == "close"
        assert client.is_closed()
        return answer.status


MALFORMED = {
    "no request": b"\x00\x01\x02\x03\r\n\r\n",
    "no version": b"GET /\r\n\r\n",
    "a version that is not spoken": b"GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "a version of long ago": b"GET / HTTP/0.9\r\nHost: a\r\n\r\n",
    "an unknown method": b"FETCH / HTTP/1.1\r\nHost: a\r\n\r\n",
    "a space in the target": b"GET /a b HTTP/1.1\r\nHost: a\r\n\r\n",
    "a NUL in the target": b"GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a target that is no path": b"GET a:443 HTTP/1.1\r\nHost: a\r\n\r\n",
    "a NUL in a header": HEAD + b"X: a\x00b\r\n\r\n",
    "a bare CR in a header": HEAD + b"X: a\rb\r\n\r\n",
    "bare LF line ends": b"GET / HTTP/1.1\nHost: a\n\n",
    "a space before a header's colon": HEAD + b"X : a\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": HEAD + b"Host: b\r\n\r\n",
    "two lengths that differ": POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    "two lengths that agree": POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
    "a list of lengths": POST + b"Content-Length: 3, 3\r\n\r\nabc",
    "a signed length": POST + b"Content-Length: +3\r\n\r\nabc",
    "a negative length": POST + b"Content-Length: -3\r\n\r\nabc",
    "length and chunked": POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": POST + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "chunked before the last coding": POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "a chunk size that is none": POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n",
    "a negative chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n",
    "an enormous chunk size": POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\na\r\n0\r\n\r\n",
    "a chunk longer than it says": POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n",
    "a folded header": HEAD + b"X: a\r\n b\r\n\r\n",
}


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_request_is_refused_with_400(server, what):
    assert refused(server.port, MALFORMED[what]) == 400


@pytest.mark.parametrize("coding", [b"gzip, chunked", b"xchunked", b"gzip"])
def test_a_transfer_coding_that_is_not_read_is_refused_with_501(server, coding):
    assert refused(server.port, POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n") == 501


def test_connect_is_refused_with_405(server):
    assert refused(server.port, b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n") == 405


def test_many_headers_are_refused_with_431(server):
    assert refused(server.port, HEAD + b"X: a\r\n" * 201 + b"\r\n") == 431
    assert ask(server.port, HEAD + b"X: a\r\n" * 199 + b"\r\n").status == 200


def test_long_headers_are_refused_with_431(server):
    assert refused(server.port, HEAD + b"X: " + b"a" * 70_000 + b"\r\n\r\n") == 431
    assert ask(server.port, HEAD + b"X: " + b"a" * 60_000 + b"\r\n\r\n").status == 200


@pytest.mark.parametrize(
    "start",
    [
        HEAD + b"X: ",
        HEAD,
        POST + b"Transfer-Encoding: chunked\r\n\r\n1;",
        POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: ",
    ],
    ids=["header value", "header name", "chunk extension", "trailer"],
)
def test_a_line_without_end_is_refused_before_it_fills_the_memory(server, start):
    with RawClient(server.port) as client:
        client.send(start)
        for _ in range(8):
            client.send(b"a" * 32_768)
        answer = client.answer()
        assert answer.status == 431


def test_a_long_target_is_refused_with_414(server):
    assert refused(server.port, b"GET /" + b"a" * 33_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n") == 414
    assert ask(server.port, b"GET /" + b"a" * 32_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n").status == 200


def test_what_cannot_be_parsed_is_refused_after_what_came_before_it(server):
    with RawClient(server.port) as client:
        client.send(HEAD + b"\r\n" + HEAD + b"\r\n" + b"garbage\r\n\r\n")
        assert [client.answer().status for _ in range(3)] == [200, 200, 400]
        assert client.is_closed()


def test_a_body_that_turns_out_malformed_while_it_streams_is_refused_with_400(server):
    with RawClient(server.port) as client:
        client.send(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"11170\r\n" + b"a" * 70_000)
        client.send(b"\r\nnonsense\r\n")
        assert client.answer().status == 400
        assert client.is_closed()


async def strict(request):
    try:
        await request.buffered(100_000)
    except BodyTooLarge as error:
        return Response(error.status, [], error.code.encode())
    return Response(200, [], b"ok")


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_client_reads_why_its_body_is_too_large_while_it_still_sends(framing):
    body = b"a" * 3_000_000
    head = b"Content-Length: 3000000\r\n\r\n"
    if framing == "chunked":
        head = b"Transfer-Encoding: chunked\r\n\r\n2dc6c0\r\n"
    with OwnServer(strict) as own, RawClient(own.port) as client:
        client.send(POST + head)
        for at in range(0, len(body), 100_000):
            client.send(body[at : at + 100_000])
        answer = client.answer()
        assert (answer.status, answer.body, answer["Connection"]) == (413, b"RequestEntityTooLarge", "close")
        assert client.is_closed()


def test_a_declared_length_over_the_limit_is_refused_before_the_body_comes():
    with OwnServer(strict) as own, RawClient(own.port) as client:
        answer = client.send(POST + b"Content-Length: 99999999999\r\n\r\n" + b"a" * 100_000).answer()
        assert answer.status == 413


def test_a_connection_without_requests_is_closed_in_time(quick):
    with RawClient(quick.port) as client:
        client.send(HEAD + b"\r\n")
        assert client.answer().status == 200
        assert client.is_closed()


def test_a_head_that_does_not_come_to_its_end_is_refused_in_time(quick):
    with RawClient(quick.port) as client:
        answer = client.send(b"GET / HTTP/1.1\r\nHost: ").answer()
        assert answer.status == 408
        assert client.is_closed()


def test_a_head_that_trickles_is_refused_in_time(quick):
    with RawClient(quick.port) as client:
        client.socket.settimeout(0.02)
        client.send(b"GET / HTTP/1.1\r\nX: ")
        for _ in range(1000):
            client.send(b"a")
            try:
                if client._more():
                    break
            except TimeoutError:
                continue
        assert client.head().status == 408


@pytest.mark.parametrize("sent", [10, 70_000], ids=["inline", "streamed"])
def test_a_body_that_stops_coming_is_refused_in_time(quick, sent):
    with RawClient(quick.port) as client:
        answer = client.send(POST + b"Content-Length: 90000\r\n\r\n" + b"a" * sent).answer()
        assert answer.status == 408
        assert client.is_closed()


def test_a_client_that_never_says_anything_is_let_go(quick, monkeypatch):
    monkeypatch.setattr("cloudchamber.gateway.listener.FIRST_BYTE_SECONDS", 0.05)
    with RawClient(quick.port) as client:
        assert client.is_closed()


def test_a_client_that_takes_nothing_of_its_answer_is_cut_off():
    async def big(request):
        return Response(200, [], bytes(30_000_000))

    with OwnServer(big, QUICK) as own, RawClient(own.port) as client:
        client.send(HEAD + b"\r\n")
        assert eventually(lambda: own.connections() == 1)
        assert eventually(lambda: own.connections() == 0)


def test_a_slow_call_is_not_taken_for_an_idle_connection():
    gate = []

    async def slow(request):
        gate.append(asyncio.Event())
        await gate[0].wait()
        return Response(200, [], b"late")

    def an_hour_later():
        for connection in own.server.connections:
            connection.check_idle(own.loop.time() + 3600, QUICK)

    with OwnServer(slow) as own, RawClient(own.port) as client:
        client.send(HEAD + b"\r\n")
        assert eventually(lambda: bool(gate))
        own.look(an_hour_later)
        own.loop.call_soon_threadsafe(gate[0].set)
        assert client.answer().body == b"late"


def test_a_body_longer_than_its_length_is_the_next_request(server):
    with RawClient(server.port) as client:
        client.send(POST + b"Content-Length: 3\r\n\r\nabcGET /next HTTP/1.1\r\nHost: a\r\n\r\n")
        assert client.answer().body == b"POST /  3 abc"
        assert client.answer().body == b"GET /next  0 "


def test_an_upgrade_to_what_is_not_spoken_is_passed_over(server):
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    for framing, body in (
        (b"Content-Length: 5\r\n\r\n", b"hello"),
        (b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    ):
        with RawClient(server.port) as client:
            client.send(POST + upgrade + framing + body + HEAD + b"\r\n")
            assert client.answer().body == b"POST /  5 hello"
            assert client.answer().body == b"GET /  0 "


def test_an_upgrade_to_websocket_where_none_is_offered_is_answered_plainly(server):
    with RawClient(server.port) as client:
        client.send(HEAD + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\nframes")
        answer = client.answer()
        assert (answer.status, answer["Connection"]) == (200, "close")
        assert client.is_closed()
