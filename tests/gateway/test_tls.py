"""HTTPS and HTTP on one port, verified against the cloud's own authority."""

import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from cloudchamber.gateway.tls import CertificateAuthority
from cloudchamber.testing import RunningCloud
from tests.gateway.own_server import eventually
from tests.gateway.raw_http import RawClient, ask

GET = b"GET /_localstack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


def https(cloud, host="localhost", data=GET):
    context = ssl.create_default_context(cafile=cloud.ca_certificate)
    plain = socket.create_connection(("127.0.0.1", cloud.port), timeout=20)
    with plain, context.wrap_socket(plain, server_hostname=host) as secure:
        secure.sendall(data)
        received = b""
        while piece := secure.recv(65536):
            received += piece
        return received, secure.selected_alpn_protocol(), secure.version()


def test_boto3_over_https_verifies_the_clouds_certificate(cloud, account):
    session = cloud.session(account)
    sqs = session.client(
        "sqs",
        endpoint_url=f"https://localhost:{cloud.port}",
        verify=cloud.ca_certificate,
        config=Config(retries={"total_max_attempts": 1}),
    )
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    assert url.startswith(f"https://localhost:{cloud.port}/")
    sqs.send_message(QueueUrl=url, MessageBody="x" * 200_000)
    assert len(sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]) == 200_000


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "sqs.localhost",
        "sqs.eu-west-1.localhost",
        "my.bucket.s3.eu-west-1.localhost",
        "a1b2c3.execute-api.localhost.localstack.cloud",
        "sqs.us-east-1.amazonaws.com",
        "SQS.LocalHost",
        "cloudchamber",
    ],
)
def test_every_host_of_the_cloud_verifies(cloud, host):
    answer, protocol, version = https(cloud, host)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert protocol is None
    assert version in ("TLSv1.2", "TLSv1.3")


def test_an_address_verifies(cloud):
    assert https(cloud, "127.0.0.1")[0].startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize("host", ["example.com", "localhost.example.com", "evil-localhost.com"])
def test_hosts_that_are_not_the_clouds_get_no_certificate_of_their_name(cloud, host):
    with pytest.raises(ssl.SSLCertVerificationError):
        https(cloud, host)


def test_a_client_that_does_not_trust_the_authority_is_not_served(cloud):
    context = ssl.create_default_context()
    plain = socket.create_connection(("127.0.0.1", cloud.port), timeout=20)
    with plain, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(plain, server_hostname="localhost")
    assert ask(cloud.port, GET).status == 200


def test_plain_and_secure_clients_share_the_port(cloud):
    for _ in range(5):
        assert ask(cloud.port, GET).status == 200
        assert https(cloud)[0].startswith(b"HTTP/1.1 200")


def test_many_requests_pass_over_one_secure_connection(cloud):
    keep = GET.replace(b"Connection: close\r\n", b"")
    assert https(cloud, data=keep * 50 + GET)[0].count(b"HTTP/1.1 200 OK") == 51


@pytest.mark.parametrize(
    "garbage",
    [b"\x16", b"\x16\x03\x01", b"\x16" + b"\x00" * 100, b"\x16\x03\x01\x00\x05hello", b"\x16GET / HTTP/1.1\r\n\r\n"],
)
def test_garbage_that_begins_like_tls_harms_nobody(cloud, garbage):
    with RawClient(cloud.port) as client:
        client.send(garbage).shut_down()
        assert b"HTTP/1.1" not in client.rest()
    assert ask(cloud.port, GET).status == 200


def test_a_first_byte_that_comes_late_is_still_told_apart(cloud):
    with RawClient(cloud.port) as client:
        assert ask(cloud.port, GET).status == 200  # meanwhile the other one says nothing
        assert client.send(GET[:1]).send(GET[1:]).answer().status == 200


def test_a_cloud_stops_while_clients_say_nothing_or_half_of_a_handshake():
    running = RunningCloud().start()
    port = running.port
    running.ca_certificate  # noqa: B018 - made, so that a handshake can begin
    with RawClient(port), RawClient(port) as half, RawClient(port) as idle:
        half.send(b"\x16\x03\x01\x02\x00\x01")
        assert idle.send(GET.replace(b"Connection: close\r\n", b"")).answer().status == 200
        running.stop()
        assert not running._thread.is_alive()


def test_silent_and_broken_clients_leave_nothing_behind(cloud):
    def counts():
        return cloud.look(lambda c: (len(c.server.connections), len(c.listener._waiting), len(c.listener._tasks)))

    before = counts()
    for data in (b"", b"\x16\x03", b"G"):
        with RawClient(cloud.port) as client:
            client.send(data)
    assert eventually(lambda: all(now <= then for now, then in zip(counts(), before, strict=True)))


def test_an_authority_that_is_asked_for_by_many_at_once_is_one(tmp_path):
    """Functions that start together in a fresh cloud each want the path of its certificate."""
    authority, begin = CertificateAuthority(tmp_path / "tls"), threading.Barrier(8)

    def ask(_):
        begin.wait()
        return authority.ensure().read_bytes()

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(ask, range(8)))) == 1
    authority.server_context()  # the key is the certificate's
    certificate = x509.load_pem_x509_certificate((tmp_path / "tls" / "ca.pem").read_bytes())
    key = serialization.load_pem_private_key((tmp_path / "tls" / "ca-key.pem").read_bytes(), None)
    assert certificate.public_key() == key.public_key()
