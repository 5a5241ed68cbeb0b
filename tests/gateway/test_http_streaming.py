"""Bodies that stream, in and out: no faster than the other side takes them, and to a proper end."""

import asyncio
import contextlib

from cloudchamber.gateway.http import Response
from tests.gateway.own_server import OwnServer, eventually, pieces
from tests.gateway.raw_http import RawClient, ask

HEAD = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


def test_a_streamed_answer_is_sent_no_faster_than_it_is_read():
    made = []

    async def endless():
        while True:
            made.append(1)
            yield bytes(65_536)

    async def application(request):
        return Response(200, [], endless())

    with OwnServer(application) as own, RawClient(own.port) as client:
        client.send(HEAD + b"\r\n")
        client.head()
        counts = [-1]

        def has_come_to_rest():
            counts.append(len(made))
            return counts[-1] == counts[-2] > 0

        assert eventually(has_come_to_rest)
        assert len(made) * 65_536 < 16_000_000
        before = len(made)
        for _ in range(200):
            client._exactly(65_536)
        assert eventually(lambda: len(made) > before)


def test_the_generator_of_an_answer_is_closed_when_its_client_goes():
    closed = []

    async def endless():
        try:
            while True:
                yield bytes(65_536)
        finally:
            closed.append(True)

    async def application(request):
        return Response(200, [], endless())

    with OwnServer(application) as own:
        with RawClient(own.port) as client:
            client.send(HEAD + b"\r\n").head()
        assert eventually(lambda: closed == [True])


def test_a_body_is_taken_no_faster_than_the_application_reads_it():
    gate = []

    async def application(request):
        gate.append(asyncio.Event())
        await gate[0].wait()
        size = 0
        async for chunk in request.stream:
            size += len(chunk)
        return Response(200, [], str(size).encode())

    with OwnServer(application) as own, RawClient(own.port) as client:
        client.send(POST + b"Content-Length: 64000000\r\n\r\n")
        client.socket.settimeout(0.5)
        sent = 0
        with contextlib.suppress(TimeoutError):
            while sent < 64_000_000:
                sent += client.socket.send(bytes(65_536))
        assert sent < 16_000_000
        client.socket.settimeout(20)
        own.loop.call_soon_threadsafe(gate[0].set)
        client.send(bytes(64_000_000 - sent))
        assert client.answer().body == b"64000000"


def test_back_pressure_holds_behind_a_pipelined_request():
    """The second request's body fills its stream while the first one is answered."""
    gate = []

    async def application(request):
        if request.path == "/first":
            gate.append(asyncio.Event())
            await gate[0].wait()
            return Response(200, [], b"")
        return Response(200, [], str(len(await request.buffered(5_000_000))).encode())

    with OwnServer(application) as own, RawClient(own.port) as client:
        client.send(b"GET /first HTTP/1.1\r\nHost: a\r\n\r\n" + POST + b"Content-Length: 4000000\r\n\r\n")
        client.send(bytes(1_000_000))
        assert eventually(lambda: bool(gate))
        own.loop.call_soon_threadsafe(gate[0].set)
        client.send(bytes(3_000_000))
        assert [client.answer().body, client.answer().body] == [b"", b"4000000"]


def test_a_connection_goes_on_after_a_whole_body_that_nobody_read():
    arrived = []

    async def careless(request):
        while request.stream is not None and not request.stream.is_complete:
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
        arrived.append(request.stream is not None)
        return Response(200, [], b"")

    with OwnServer(careless) as own, RawClient(own.port) as client:
        for _ in range(3):
            client.send(POST + b"Content-Length: 200000\r\n\r\n" + bytes(200_000))
            answer = client.answer()
            assert (answer.status, answer["Connection"]) == (200, None)
    assert arrived == [True] * 3


def test_100_continue_is_sent_once_the_body_is_wanted():
    async def application(request):
        if request.path == "/no":
            return Response(403, [], b"no")
        return Response(200, [], await request.buffered(100))

    with OwnServer(application) as own:
        with RawClient(own.port) as client:
            client.send(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            assert client.head().status == 100
            assert client.send(b"abc").answer().body == b"abc"
            assert client.send(HEAD + b"\r\n").answer().status == 200
        with RawClient(own.port) as client:
            client.send(b"POST /no HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
            answer = client.answer()
            assert (answer.status, answer["Connection"]) == (403, "close")
        with RawClient(own.port) as client:  # sent without waiting
            client.send(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")
            assert client.answer().body == b"abc"
        with RawClient(own.port) as client:  # HTTP/1.0 knows no 100
            client.send(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\nabc")
            assert client.answer().body == b"abc"


def test_a_client_gone_in_the_middle_of_its_body_ends_the_call():
    ended = []

    async def application(request):
        try:
            return Response(200, [], await request.buffered(10_000_000))
        except BaseException as error:
            ended.append(type(error).__name__)
            raise

    with OwnServer(application) as own:
        with RawClient(own.port) as client:
            client.send(POST + b"Content-Length: 9000000\r\n\r\n" + bytes(100_000))
        assert eventually(lambda: ended != [] and own.connections() == 0)
        assert ended[0] in ("Disconnected", "CancelledError")


def test_a_stream_of_nothing_is_a_stream():
    async def application(request):
        return Response(200, [], pieces(b"", b""))

    with OwnServer(application) as own:
        answer = ask(own.port, HEAD + b"\r\n")
        assert (answer.body, answer["Transfer-Encoding"]) == (b"", "chunked")
