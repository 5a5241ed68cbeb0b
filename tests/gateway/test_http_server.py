"""The HTTP server over raw sockets: framing, order, connections."""

import asyncio
import threading

import pytest

from cloudchamber.core.faults import Dropped
from cloudchamber.gateway.http import Response
from tests.gateway.own_server import QUICK, OwnServer, echo, eventually, pieces
from tests.gateway.raw_http import RawClient, ask

HOST = b"Host: a\r\n"


@pytest.fixture(scope="module")
def server():
    with OwnServer(echo) as running:
        yield running


def answering(response):
    async def application(request):
        return response

    return application


def test_a_connection_is_kept_for_the_next_request(server):
    with RawClient(server.port) as client:
        for path in (b"/one", b"/two"):
            answer = client.send(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n").answer()
            assert (answer.status, answer.body) == (200, b"GET " + path + b"  0 ")
            assert answer["Connection"] is None


def test_pipelined_requests_are_answered_in_their_order(server):
    paths = [b"/%d" % n for n in range(500)]
    with RawClient(server.port) as client:
        client.send(b"".join(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n" for path in paths))
        assert [client.answer().body.split()[1] for _ in paths] == paths


def test_connection_close_is_honoured(server):
    with RawClient(server.port) as client:
        answer = client.send(b"GET / HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n").answer()
        assert answer["Connection"] == "close"
        assert client.is_closed()


def test_what_follows_connection_close_is_not_answered(server):
    with RawClient(server.port) as client:
        client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\nGET /b HTTP/1.1\r\n" + HOST + b"\r\n")
        assert client.answer().body == b"GET /a  0 "
        assert client.is_closed()


def test_a_chunked_body_is_understood_and_its_trailers_are_no_headers():
    seen = []

    async def application(request):
        seen.append((await request.buffered(100), request.headers, request.raw_headers))
        return Response(200, [], b"")

    with OwnServer(application) as own:
        body = b"3;ext=1\r\nabc\r\n5\r\ndefgh\r\n0\r\nX-Trailer: 1\r\nExpect: 100-continue\r\n\r\n"
        assert ask(own.port, b"POST / HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n" + body).status == 200
    assert seen[0][0] == b"abcdefgh"
    assert dict(seen[0][2]) == seen[0][1] == {"host": "a", "transfer-encoding": "chunked"}


def test_a_request_may_arrive_byte_by_byte(server):
    request = b"POST /p?q=1 HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
    with RawClient(server.port) as client:
        for at in range(len(request)):
            client.send(request[at : at + 1])
        assert client.answer().body == b"POST /p q=1 5 hello"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_request_split_at_any_byte_is_the_same_request(server, framing):
    if framing == "length":
        request = b"POST /p HTTP/1.1\r\n" + HOST + b"Content-Length: 5\r\n\r\nhello"
    else:
        request = b"POST /p HTTP/1.1\r\n" + HOST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
    with RawClient(server.port) as client:
        for at in range(1, len(request)):
            client.send(request[:at])
            client.send(request[at:])
            assert client.answer().body == b"POST /p  5 hello"


def test_http_1_0_closes_unless_the_client_asks_to_keep_the_connection(server):
    with RawClient(server.port) as client:
        answer = client.send(b"GET /old HTTP/1.0\r\n\r\n").answer()
        assert (answer.body, answer["Connection"]) == (b"GET /old  0 ", "close")
        assert client.is_closed()
    with RawClient(server.port) as client:
        for _ in range(2):
            answer = client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
            assert answer["Connection"] == "keep-alive"


def test_http_1_0_gets_a_stream_until_the_end_of_the_connection():
    async def application(request):
        return Response(200, [], pieces(b"ab", b"cd"))

    with OwnServer(application) as own, RawClient(own.port) as client:
        answer = client.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
        assert (answer.body, answer["Transfer-Encoding"], answer["Connection"]) == (b"abcd", None, "close")


def test_head_has_the_length_and_no_body(server):
    with RawClient(server.port) as client:
        for _ in range(2):
            answer = client.send(b"HEAD / HTTP/1.1\r\n" + HOST + b"\r\n").answer("HEAD")
            assert (answer.status, answer["Content-Length"]) == (200, "10")


@pytest.mark.parametrize(
    ("target", "path"),
    [
        (b"http://b/x?y=http://c/", b"/x y=http://c/"),
        (b"http://b", b"/ "),
        (b"HTTPS://b?q=1", b"/ q=1"),
        (b"*", b"* "),
    ],
)
def test_targets_of_other_forms_are_understood(server, target, path):
    assert ask(server.port, b"OPTIONS " + target + b" HTTP/1.1\r\n" + HOST + b"\r\n").body == (
        b"OPTIONS " + path + b" 0 "
    )


def test_an_answer_has_one_date_and_one_length(server):
    answer = ask(server.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert len(answer.all("Date")) == len(answer.all("Content-Length")) == 1
    assert answer["Date"].endswith(" GMT")
    assert len(answer["Date"]) == 29


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_sends_none(status):
    response = Response(status, [("Content-Length", "4")] if status == 204 else [], b"body")
    with OwnServer(answering(response)) as own, RawClient(own.port) as client:
        for _ in range(2):
            answer = client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").answer()
            assert (answer.status, answer["Content-Length"], answer["Transfer-Encoding"]) == (status, None, None)


def test_a_streamed_answer_without_a_body_sends_none():
    async def application(request):
        return Response(204, [], pieces(b"x"))

    with OwnServer(application) as own, RawClient(own.port) as client:
        for _ in range(2):
            answer = client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").answer()
            assert (answer.status, answer["Transfer-Encoding"]) == (204, None)


def test_an_application_cannot_break_out_of_a_header():
    headers = [
        ("X-Value", "a\r\nSet-Cookie: b\x00\x7f"),
        ("X-Na\r\nme", "v"),
        ("X Space", "v"),
        ("", "v"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "keep-alive"),
        ("Date", "never"),
        ("X-Bytes", "Ã©"),
        ("X-Text", "日本"),
    ]
    with OwnServer(answering(Response(200, headers, b"ok"))) as own:
        answer = ask(own.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert answer.body == b"ok"
    assert [name for name, _ in answer.headers] == ["X-Value", "X-Bytes", "X-Text", "Content-Length", "Date"]
    assert answer["X-Value"] == "a  Set-Cookie: b"
    assert answer["X-Bytes"].encode("latin-1").decode() == "é"
    assert answer["X-Text"].encode("latin-1").decode() == "日本"


@pytest.mark.parametrize("declared", ["-1", "abc", "٣", ""])
def test_a_length_that_is_none_is_replaced(declared):
    with OwnServer(answering(Response(200, [("Content-Length", declared)], b"ok"))) as own:
        answer = ask(own.port, b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
    assert (answer.all("Content-Length"), answer.body) == (["2"], b"ok")


def test_a_stream_longer_than_its_declared_length_is_cut():
    async def application(request):
        return Response(200, [("Content-Length", "3")], pieces(b"ab", b"cd", b"ef"))

    with OwnServer(application) as own, RawClient(own.port) as client:
        for _ in range(2):
            assert client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").answer().body == b"abc"


def test_a_stream_shorter_than_its_declared_length_ends_the_connection():
    async def application(request):
        return Response(200, [("Content-Length", "30")], pieces(b"ab"))

    with OwnServer(application) as own, RawClient(own.port) as client:
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        with pytest.raises((EOFError, ConnectionError)):
            client.answer()


def test_a_stream_that_fails_ends_the_connection_without_a_proper_end():
    async def broken():
        yield b"first"
        raise RuntimeError("on purpose")

    async def application(request):
        return Response(200, [], broken())

    with OwnServer(application) as own, RawClient(own.port) as client:
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        with pytest.raises((EOFError, ConnectionError)):
            client.answer()


def test_a_dropped_call_closes_without_an_answer():
    async def application(request):
        raise Dropped

    with OwnServer(application) as own, RawClient(own.port) as client:
        assert client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").is_closed()


def test_a_client_that_closed_its_side_is_still_answered(server):
    with RawClient(server.port) as client:
        client.send(b"GET /a HTTP/1.1\r\n" + HOST + b"\r\nGET /b HTTP/1.1\r\n" + HOST + b"\r\n").shut_down()
        assert [client.answer().body, client.answer().body] == [b"GET /a  0 ", b"GET /b  0 "]
        assert client.is_closed()


def test_a_client_that_closed_its_side_is_not_waited_on_for_long():
    cancelled = threading.Event()

    async def application(request):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with OwnServer(application, QUICK) as own, RawClient(own.port) as client:
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n").shut_down()
        assert cancelled.wait(10)
        assert eventually(lambda: own.connections() == 0)


def test_a_call_ends_when_its_client_is_gone():
    entered, cancelled = threading.Event(), threading.Event()

    async def application(request):
        entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    with OwnServer(application) as own:
        before = own.tasks()
        with RawClient(own.port) as client:
            client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
            assert entered.wait(10)
            client.socket.setsockopt(1, 13, b"\1\0\0\0\0\0\0\0")  # SO_LINGER 0: a reset
        assert cancelled.wait(10)
        assert eventually(lambda: own.connections() == 0 and own.tasks() == before)


def test_a_graceful_stop_lets_an_answer_under_way_finish():
    entered = threading.Event()
    release = []

    async def application(request):
        gate = asyncio.Event()
        release.append(gate)
        entered.set()
        await gate.wait()
        return Response(200, [], b"done")

    own = OwnServer(application)
    with RawClient(own.port) as client, RawClient(own.port) as idle:
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert entered.wait(10)
        own.begin_to_stop()
        assert idle.is_closed()
        own.loop.call_soon_threadsafe(release[0].set)
        answer = client.answer()
        assert (answer.body, answer["Connection"]) == (b"done", "close")
        assert client.is_closed()
    own.stop()


def test_a_graceful_stop_sends_all_of_a_big_answer():
    body = bytes(300_000)
    with OwnServer(answering(Response(200, [], body))) as own, RawClient(own.port) as client:
        client.send(b"GET / HTTP/1.1\r\n" + HOST + b"\r\n")
        assert eventually(lambda: own.look(lambda: any(not c._busy and c._task for c in own.server.connections)))
        own.begin_to_stop()
        assert client.answer().body == body


def test_three_hundred_clients_at_once_are_answered(server):
    clients = [RawClient(server.port) for _ in range(300)]
    try:
        for n, client in enumerate(clients):
            client.send(b"GET /%d HTTP/1.1\r\n" % n + HOST + b"\r\n")
        assert [client.answer().body.split()[1] for client in clients] == [b"/%d" % n for n in range(300)]
    finally:
        for client in clients:
            client.socket.close()
    assert eventually(lambda: server.connections() == 0)
