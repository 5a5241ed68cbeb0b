"""WebSockets: against the `websockets` client, and frame by frame."""

import asyncio
import json
import os
import struct
import threading

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from cloudchamber.gateway.http import Response
from cloudchamber.gateway.websocket import Closed, WebSocket, wants_websocket
from tests.gateway.own_server import QUICK, OwnServer, eventually
from tests.gateway.raw_http import RawClient

UPGRADE = (
    b"GET /ws HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def frame(payload=b"", opcode=1, fin=True, masked=True):
    head = bytes([(0x80 if fin else 0) | opcode])
    bit = 0x80 if masked else 0
    if len(payload) < 126:
        head += bytes([bit | len(payload)])
    elif len(payload) < 65536:
        head += bytes([bit | 126]) + struct.pack("!H", len(payload))
    else:
        head += bytes([bit | 127]) + struct.pack("!Q", len(payload))
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(payload))


def read_frame(client):
    first, second = client._exactly(2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack("!H", client._exactly(2))
    elif size == 127:
        (size,) = struct.unpack("!Q", client._exactly(8))
    return first & 0x0F, client._exactly(size)


async def echoing(socket):
    async for message in socket:
        socket.send(message)


def serving(handler):
    async def application(request):
        if not wants_websocket(request):
            return Response(200, [], b"plain")
        if request.path == "/refused":
            return Response(403, [], b"not here")
        return WebSocket(request, handler, [("X-Extra", "1")])

    return application


@pytest.fixture(scope="module")
def server():
    with OwnServer(serving(echoing)) as running:
        yield running


@pytest.fixture
def raw(server):
    with RawClient(server.port) as client:
        answer = client.send(UPGRADE).answer()
        assert answer.status == 101
        yield client


def test_the_handshake_is_as_the_standard_has_it(server):
    with RawClient(server.port) as client:
        answer = client.send(UPGRADE).answer()
        assert answer.status == 101
        assert answer["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
        assert answer["X-Extra"] == "1"
        assert answer["Server"] is None


def test_messages_of_both_kinds_come_back(server):
    with connect(f"ws://127.0.0.1:{server.port}/ws") as client:
        for message in ("text é日", b"bytes\x00\xff", "", b"", "x" * 100_000):
            client.send(message)
            assert client.recv(10) == message


def test_a_fragmented_message_is_put_together(server):
    with connect(f"ws://127.0.0.1:{server.port}/ws") as client:
        client.send(["one ", "two ", "three"])
        assert client.recv(10) == "one two three"


def test_a_control_frame_may_come_between_fragments(raw):
    raw.send(frame(b"a", fin=False) + frame(b"ping", 9) + frame(b"b", 0))
    assert read_frame(raw) == (10, b"ping")
    assert read_frame(raw) == (1, b"ab")


def test_a_frame_may_arrive_byte_by_byte_and_right_behind_the_handshake(server):
    with RawClient(server.port) as client:
        for byte in UPGRADE + frame(b"early"):
            client.send(bytes([byte]))
        assert client.answer().status == 101
        assert read_frame(client) == (1, b"early")
    with RawClient(server.port) as client:
        client.send(UPGRADE + frame(b"early"))
        assert client.answer().status == 101
        assert read_frame(client) == (1, b"early")


def test_a_ping_is_answered(server):
    with connect(f"ws://127.0.0.1:{server.port}/ws") as client:
        assert client.ping().wait(10)


def test_a_close_is_answered_with_its_code(raw):
    raw.send(frame(struct.pack("!H", 4001) + b"bye", 8))
    assert read_frame(raw) == (8, struct.pack("!H", 4001) + b"bye")
    assert raw.is_closed()


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(b"\xff\xfe"), 1007),
        (frame(b"a", masked=False), 1002),
        (frame(b"a", 3), 1002),
        (frame(b"a", 0), 1002),
        (frame(b"a", fin=False) + frame(b"b"), 1002),
        (frame(b"a" * 200, 9), 1002),
        (frame(b"\x03", 8), 1002),
        (frame(b"a" * (1 << 20) + b"b"), 1009),
        (frame(b"a" * 700_000, fin=False) + frame(b"a" * 700_000, 0), 1009),
    ],
    ids=["utf-8", "unmasked", "opcode", "continuation", "interleaved", "ping size", "close", "big", "big in pieces"],
)
def test_what_breaks_the_protocol_closes_with_its_code(raw, sent, code):
    raw.send(sent)
    opcode, payload = read_frame(raw)
    assert (opcode, struct.unpack("!H", payload[:2])[0]) == (8, code)
    assert raw.is_closed()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ((b"Sec-WebSocket-Version: 13\r\n", b"Sec-WebSocket-Version: 12\r\n"), 400),
        ((b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""), 400),
        ((b"Host: a\r\n", b"Host: a\r\n" + b"X: a\r\n" * 150), 431),
        ((b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b"Sec-WebSocket-Key: short\r\n"), 400),
    ],
)
def test_a_bad_handshake_is_refused(server, change, status):
    with RawClient(server.port) as client:
        answer = client.send(UPGRADE.replace(*change)).answer()
        assert answer.status == status
        assert client.is_closed()
    assert eventually(lambda: server.connections() == 0)


@pytest.mark.parametrize(
    "change",
    [
        (b"Connection: keep-alive, Upgrade\r\n", b""),
        (b"Upgrade: WebSocket\r\n", b"Upgrade: other\r\n"),
        (b"GET /ws", b"POST /ws"),
    ],
)
def test_what_is_no_wish_for_a_websocket_is_a_plain_request(server, change):
    with RawClient(server.port) as client:
        client.send(UPGRADE.replace(*change))
        assert (client.answer().body, client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().body) == (
            b"plain",
            b"plain",
        )


def test_an_upgrade_may_be_refused(server):
    with pytest.raises(InvalidStatus) as raised:
        connect(f"ws://127.0.0.1:{server.port}/refused")
    assert raised.value.response.status_code == 403
    assert eventually(lambda: server.connections() == 0)


def test_an_answer_that_upgrades_who_did_not_ask_is_426():
    async def application(request):
        return WebSocket(request, echoing)

    with OwnServer(application) as own, RawClient(own.port) as client:
        assert client.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").answer().status == 426
        assert client.is_closed()


def test_a_handler_is_told_when_its_client_goes():
    told, closed = threading.Event(), threading.Event()

    async def handler(socket):
        socket.on_close(closed.set)
        with pytest.raises(Closed):
            await socket.receive()
        assert socket.is_closed
        with pytest.raises(Closed):
            socket.send("too late")
        told.set()

    with OwnServer(serving(handler)) as own:
        with RawClient(own.port) as client:
            client.send(UPGRADE).answer()
        assert told.wait(10)
        assert closed.wait(10)
        assert eventually(lambda: own.connections() == 0)


def test_a_handler_that_returns_or_fails_closes_the_connection():
    async def done(socket):
        socket.send("last")

    async def broken(socket):
        raise RuntimeError("on purpose")

    for handler, code in ((done, 1000), (broken, 1011)):
        with OwnServer(serving(handler)) as own, connect(f"ws://127.0.0.1:{own.port}/ws") as client:
            if code == 1000:
                assert client.recv(10) == "last"
            with pytest.raises(ConnectionClosed) as raised:
                client.recv(10)
            assert raised.value.rcvd.code == code


def test_a_client_that_sends_faster_than_it_is_read_is_held_back():
    gate = []

    async def handler(socket):
        gate.append(asyncio.Event())
        await gate[0].wait()
        count = 0
        while count < 600:
            await socket.receive()
            count += 1
        socket.send(str(count))

    with OwnServer(serving(handler)) as own, RawClient(own.port) as client:
        client.send(UPGRADE).answer()
        sender = threading.Thread(target=client.send, args=(frame(b"a" * 50_000) * 600,))
        sender.start()
        assert eventually(lambda: bool(gate))
        sender.join(0.3)
        assert sender.is_alive()
        own.loop.call_soon_threadsafe(gate[0].set)
        assert read_frame(client) == (1, b"600")
        sender.join(10)


def test_a_client_that_takes_nothing_is_cut_off_before_it_fills_the_memory():
    ended = threading.Event()
    sent = []

    async def handler(socket):
        try:
            while True:
                socket.send(bytes(100_000))
                sent.append(1)
        except Closed:
            ended.set()

    with OwnServer(serving(handler)) as own, RawClient(own.port) as client:
        client.send(UPGRADE)
        assert ended.wait(10)
        assert len(sent) < 200


def test_a_sender_can_wait_until_the_client_has_taken_what_was_sent():
    sent = []

    async def handler(socket):
        for _ in range(300):
            socket.send(bytes(100_000))
            await socket.drain()
            sent.append(1)

    with OwnServer(serving(handler)) as own, RawClient(own.port) as client:
        client.send(UPGRADE).answer()
        counts = [-1]

        def has_come_to_rest():
            counts.append(len(sent))
            return counts[-1] == counts[-2] > 0

        assert eventually(has_come_to_rest)
        assert len(sent) < 200
        for _ in range(300):
            read_frame(client)
        assert eventually(lambda: len(sent) == 300)


def test_a_silent_client_is_pinged_and_then_let_go():
    with OwnServer(serving(echoing), QUICK) as own, RawClient(own.port) as client:
        client.send(UPGRADE).answer()
        assert read_frame(client) == (9, b"")
        client.send(frame(b"", 10) + frame(b"still here"))
        while (received := read_frame(client)) == (9, b""):
            pass
        assert received == (1, b"still here")
        assert read_frame(client) == (9, b"")
        assert client.is_closed()


def test_a_stopping_server_says_that_it_goes():
    own = OwnServer(serving(echoing))
    with RawClient(own.port) as client:
        client.send(UPGRADE).answer()
        own.begin_to_stop()
        assert read_frame(client) == (8, struct.pack("!H", 1001))
        assert client.is_closed()
    own.stop()


class TestTraces:
    def test_the_stream_of_traces_shows_calls_as_they_end(self, cloud, account, aws):
        with connect(f"ws://localhost:{cloud.port}/_cloudchamber/api/traces/stream") as client:
            client.ping().wait(10)
            aws.client("sqs").create_queue(QueueName="seen")
            while True:
                span = json.loads(client.recv(10))
                if span["account"] == account:
                    break
            assert (span["service"], span["operation"], span["status"]) == ("sqs", "CreateQueue", 200)

    def test_a_closed_stream_leaves_no_listener(self, cloud):
        def listeners():
            return cloud.look(lambda c: len(c.traces._listeners))

        before = listeners()
        with connect(f"ws://localhost:{cloud.port}/_cloudchamber/api/traces/stream"):
            assert eventually(lambda: listeners() == before + 1)
        assert eventually(lambda: listeners() == before)

    def test_a_viewer_that_reads_nothing_does_not_fill_the_memory(self, cloud, aws):
        sqs = aws.client("sqs")
        with RawClient(cloud.port) as client:
            path = b"/_cloudchamber/api/traces/stream"
            client.send(UPGRADE.replace(b"/ws", path)).answer()
            for _ in range(50):
                sqs.list_queues()
            assert read_frame(client)[0] == 1
