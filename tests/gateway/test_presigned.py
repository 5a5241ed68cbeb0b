"""Presigned URLs, made by botocore, and how they age by the cloud's clock."""

import datetime
from html import unescape
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudchamber.testing import RunningCloud
from tests.gateway.raw_http import RawClient

SIGN = "/?Action=ListQueues&Version=2012-11-05"
MISMATCH = "The request signature we calculated does not match the signature you provided."


@pytest.fixture
def cloud():
    """A cloud whose clock nobody has moved yet."""
    running = RunningCloud().start()
    yield running
    running.stop()


def presigned(cloud, account, expires=60, secret="test"):
    request = AWSRequest("GET", f"{cloud.endpoint}{SIGN}")
    SigV4QueryAuth(Credentials(account, secret), "sqs", "us-east-1", expires=expires).add_auth(request)
    parts = urlsplit(request.url)
    return f"{parts.path}?{parts.query}"


def fetch(cloud, target, method="GET", body=b""):
    with RawClient(cloud.port) as client:
        head = f"{method} {target} HTTP/1.1\r\nHost: localhost:{cloud.port}\r\nContent-Length: {len(body)}\r\n\r\n"
        return client.send(head.encode() + body).answer()


def test_a_presigned_url_is_the_call_of_its_signer(cloud, account):
    queue = cloud.session(account).client("sqs").create_queue(QueueName="q")["QueueUrl"]
    answer = fetch(cloud, presigned(cloud, account))
    assert answer.status == 200
    assert queue.encode() in answer.body


@pytest.mark.parametrize(
    "change",
    [
        ("ListQueues", "ListQueueTags"),
        ("X-Amz-Expires=60", "X-Amz-Expires=61"),
        ("us-east-1", "us-east-2"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
        ("&X-Amz-SignedHeaders=host", "&X-Amz-SignedHeaders=host&added=1"),
    ],
)
def test_a_presigned_url_may_not_be_changed(cloud, account, change):
    answer = fetch(cloud, presigned(cloud, account).replace(*change, 1))
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body
    assert MISMATCH.encode() in answer.body


def test_a_presigned_url_is_good_for_its_method_only(cloud, account):
    assert fetch(cloud, presigned(cloud, account), "POST").status == 403


def test_a_wrong_secret_is_refused(cloud, account):
    assert fetch(cloud, presigned(cloud, account, secret="other")).status == 403


def test_a_presigned_url_ages_by_the_clouds_clock(cloud, account, frozen_clock):
    target = presigned(cloud, account, expires=600)
    assert fetch(cloud, target).status == 200
    frozen_clock.advance(300)
    assert fetch(cloud, target).status == 200
    frozen_clock.advance(400)
    answer = fetch(cloud, target)
    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code><Message>Request has expired</Message>" in answer.body


def test_a_url_presigned_after_time_was_moved_lives_its_full_time(cloud, account, frozen_clock):
    frozen_clock.advance(30 * 86400)
    target = presigned(cloud, account, expires=600)
    assert fetch(cloud, target).status == 200
    frozen_clock.advance(500)
    assert fetch(cloud, target).status == 200
    frozen_clock.advance(200)
    assert fetch(cloud, target).status == 403


def test_a_url_presigned_in_a_cloud_of_another_decade_is_valid(cloud, account, clock):
    clock.freeze(1_000_000_000)
    assert fetch(cloud, presigned(cloud, account)).status == 200


def test_a_url_presigned_a_while_ago_has_aged(cloud, account, frozen_clock, monkeypatch):
    past = datetime.datetime.fromtimestamp(frozen_clock.wall() - 5, datetime.UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_: past.replace(tzinfo=None))
    target = presigned(cloud, account, expires=60)
    frozen_clock.advance(70)
    assert fetch(cloud, target).status == 403


def test_an_expiry_of_more_than_a_week_is_refused(cloud, account):
    answer = fetch(cloud, presigned(cloud, account, expires=604_801))
    assert answer.status == 400
    assert b"<Code>IncompleteSignature</Code><Message>X-Amz-Expires must be less than a week" in answer.body


@pytest.mark.parametrize("algorithm", ["AWS4-ECDSA-P256-SHA256", "AWS4-NONE"])
def test_another_algorithm_is_refused_plainly(cloud, account, algorithm):
    target = presigned(cloud, account).replace("AWS4-HMAC-SHA256", algorithm)
    answer = fetch(cloud, target)
    assert answer.status == 400
    assert b"<Code>IncompleteSignature</Code>" in answer.body
    assert f"Unsupported AWS 'algorithm': '{algorithm}'." in unescape(answer.body.decode())
