"""Things that no client should send. Whatever comes, the server answers it as the client's mistake and stays well."""

import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cloudchamber.protocol import models
from tests.fuzz import bodies
from tests.fuzz.target import WELL, Target, check, mutated, rounds
from tests.gateway.own_server import eventually
from tests.gateway.signing import Call, sqs_json

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("fuzz"), pytest.mark.timeout(0)]

KEY = "000000000000"
FORM = {"content-type": "application/x-www-form-urlencoded"}
CBOR = (
    b"POST /service/AmazonSQS/operation/ListQueues HTTP/1.1\r\nHost: a\r\nsmithy-protocol: rpc-v2-cbor\r\n"
    b"Content-Length: 1\r\n\r\n\xa0"
)
UPGRADE = (
    b"GET /_cloudchamber/api/traces/stream HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x85\x00\x00\x00\x00hello"
)


@pytest.fixture(scope="module")
def running():
    target = Target()
    yield target
    assert target.stop() == 0


@pytest.fixture
def target(running):
    """The server, which is as well after the test as it was before."""
    assert running.is_well()
    sockets = running.open_sockets()
    yield running
    assert running.is_well()
    assert eventually(lambda: running.open_sockets() <= sockets)


def seeds():
    chunked = sqs_json("ListQueues").bytes().replace(b"content-length: 2\r\n\r\n{}", b"") + (
        b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\nTrailer: x\r\n\r\n"
    )
    body = b"Action=CreateQueue&Version=2012-11-05&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1"
    return [
        sqs_json("ListQueues").bytes(),
        sqs_json("CreateQueue", b'{"QueueName": "q", "Attributes": {"DelaySeconds": "0"}}').bytes(),
        Call(headers=FORM, body=body).bytes(),
        Call(method="GET", query=[("Action", "ListQueues"), ("Version", "2012-11-05")], body=b"").bytes(),
        chunked,
        b"OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: http://localhost\r\nAccess-Control-Request-Method: POST\r\n\r\n",
        b"GET /_localstack/health HTTP/1.1\r\nHost: a\r\n\r\n" * 3,
        b'POST /_cloudchamber/api/faults HTTP/1.1\r\nHost: a\r\nContent-Length: 16\r\n\r\n{"kind": "none"}',
        b"POST / HTTP/1.1\r\nHost: sqs.us-east-1.localhost\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
        CBOR,
        UPGRADE,
    ]


def test_random_bytes_are_answered_or_let_go(target):
    for draw in rounds(0.1):
        check(
            target,
            draw.choice((b"", b"GET ", b"POST / HTTP/1.1\r\n", b"\x16\x03")) + draw.randbytes(draw.randrange(400)),
        )


def test_mutated_requests_are_the_clients_mistake(target):
    originals = seeds()
    for draw in rounds(0.25):
        check(target, b"".join(mutated(draw.choice(originals), draw) for _ in range(draw.choice((1, 1, 3)))))


def test_mutated_authorizations_are_refused(target):
    call = sqs_json("ListQueues", key=WELL)
    headers = call.signed()
    for draw in rounds(0.1):
        name = draw.choice(("authorization", "authorization", "x-amz-date", "host", "x-amz-target"))
        value = mutated(headers[name].encode(), draw).replace(b"\r", b"").replace(b"\n", b"").replace(b"\x00", b"")
        lines = [f"{k}: ".encode() + (value if k == name else v.encode()) for k, v in headers.items()]
        check(target, b"POST / HTTP/1.1\r\n" + b"\r\n".join(lines) + b"\r\ncontent-length: 2\r\n\r\n{}")


def test_mutated_presigned_urls_are_refused(target):
    query = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", "test/20150830/us-east-1/sqs/aws4_request"),
        ("X-Amz-Date", "20150830T123600Z"), ("X-Amz-Expires", "60"), ("X-Amz-SignedHeaders", "host"),
        ("X-Amz-Signature", "0" * 64), ("Action", "ListQueues"),
    ]  # fmt: skip
    target_text = "&".join(f"{k}={v}" for k, v in query).encode()
    for draw in rounds(0.05):
        bent = bytes(b for b in mutated(target_text, draw) if 0x20 < b < 0x7F)
        check(target, b"GET /?" + bent + b" HTTP/1.1\r\nHost: a\r\n\r\n")


@pytest.mark.parametrize("service", bodies.SERVICES)
def test_inputs_bent_by_the_model_are_the_clients_mistake(target, service):
    operations = bodies.available(service)
    model, seen = models.load(service), set()
    if service in bodies.PREPARED:
        name, value = bodies.PREPARED[service]
        check(target, bodies.json_call(service, model.operation(name), json.dumps(value).encode(), KEY).bytes())
    for draw in rounds(0.06):
        call = bodies.drawn(service, model.operation(draw.choice(operations)), draw, KEY)
        if draw.random() < 0.3:
            call.body = mutated(call.body, draw)
        seen.update(check(target, call.bytes()))
    assert {200, 400} <= seen  # some inputs are right, so what is thrown gets as far as the handlers


texts = st.text(max_size=20)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
calm = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)


@calm
@given(tree=trees)
@pytest.mark.parametrize("operation", ["SendMessage", "CreateQueue", "SendMessageBatch"])
def test_any_json_is_an_input_or_a_mistake(running, operation, tree):
    check(running, sqs_json(operation, json.dumps(tree).encode(), key=KEY).bytes())


@calm
@given(pairs=st.lists(st.tuples(st.text(max_size=30), st.text(max_size=30)), max_size=10))
def test_any_form_is_an_input_or_a_mistake(running, pairs):
    operation = models.load("sqs").operation("CreateQueue")
    check(running, bodies.query_call("sqs", operation, pairs, KEY).bytes())


def test_deep_and_wide_inputs_are_mistakes(target):
    for body in (
        b"[" * 100_000, b'{"a":' * 50_000, b'{"QueueName": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"{" + b",".join(b'"k%d": 1' % n for n in range(50_000)) + b"}", b'"' + b"\\u0000" * 10_000 + b'"',
        b"\xff" * 1000, b"1e999999", b"-", b"1" * 100_000,
    ):  # fmt: skip
        check(target, sqs_json("CreateQueue", body, key=KEY).bytes())
    for body in (
        b"Action=CreateQueue&" + b"&".join(b"Attribute.%d.Name=a" % n for n in range(30_000)),
        b"Action=CreateQueue&" + b".".join([b"a"] * 5000) + b"=1",
        b"Action=CreateQueue&QueueName=%ff%fe", b"Action=CreateQueue&Attribute.99999999999.Name=x",
        b"Action=" + b"A" * 9000, b"&" * 100_000,
    ):  # fmt: skip
        check(target, Call(headers=FORM, body=body, key=KEY).bytes())


def test_memory_stays_where_it_is_under_nonsense(target):
    """Round after round of the same kind leaves the process as large as it was, apart from what is remembered on
    purpose: the traces, whose size is bounded."""
    originals = seeds()

    def throw(times):
        for draw, _ in zip(rounds(1.0), range(times), strict=False):
            check(target, mutated(draw.choice(originals), draw))

    throw(500)
    before = target.resident_bytes()
    throw(1500)
    assert target.resident_bytes() - before < 48 * 1024 * 1024
