"""Authentication as clients of the running cloud meet it."""

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.gateway.raw_http import ask
from tests.gateway.signing import Call, sqs_json

ONCE = Config(retries={"total_max_attempts": 1})


def error_of(session, **more):
    with pytest.raises(ClientError) as raised:
        session.client("sqs", config=ONCE).list_queues(**more)
    error = raised.value.response
    return error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


def test_an_unknown_key_is_an_invalid_token(cloud):
    pytest.importorskip("cloudchamber.services.sts.api")
    assert error_of(cloud.session_with("AKIANOBODYKNOWS00000", "x")) == (
        "InvalidClientTokenId", 403, "The security token included in the request is invalid.",
    )  # fmt: skip


def test_a_wrong_secret_does_not_match(cloud):
    code, status, message = error_of(cloud.session_with("test", "wrong"))
    assert (code, status) == ("SignatureDoesNotMatch", 403)
    assert message == (
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access "
        "Key and signing method. Consult the service documentation for details."
    )


def test_a_signed_json_call_is_answered(cloud, account):
    answer = ask(cloud.port, sqs_json("ListQueues", key=account).bytes())
    assert (answer.status, answer.body) == (200, b"{}")
    assert answer["x-amzn-RequestId"]


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        ("AWS4-HMAC-SHA256", 400, "IncompleteSignature"),
        ("AWS4-HMAC-SHA256 Credential=a", 400, "IncompleteSignature"),
        ("AWS4-ECDSA-P256-SHA256 Credential=a/b/c/d, SignedHeaders=a, Signature=b", 400, "IncompleteSignature"),
        ("AWS AKIA:signature", 400, "IncompleteSignature"),
    ],
)
def test_an_authorization_that_is_not_whole_is_refused(cloud, authorization, status, code):
    call = sqs_json("ListQueues")
    headers = call.signed()
    headers["authorization"] = authorization
    answer = ask(cloud.port, call.bytes(headers))
    assert answer.status == status
    assert f'#{code}"'.encode() in answer.body
    assert answer["x-amzn-query-error"] == f"{code};Sender"


def test_a_signature_for_another_service_is_refused(cloud, account):
    call = sqs_json("ListQueues", key=account)
    call.service = "dynamodb"
    answer = ask(cloud.port, call.bytes())
    assert answer.status == 403
    assert b"Credential should be scoped to correct service: 'sqs'. " in answer.body


def test_a_query_call_is_located_by_its_signature(cloud, account):
    body = b"Action=ListQueues&Version=2012-11-05"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = ask(cloud.port, Call(headers=headers, body=body, key=account).bytes())
    assert answer.status == 200
    assert b"<ListQueuesResponse" in answer.body


def test_the_region_is_the_signatures(cloud, account):
    for region in ("eu-west-1", "ap-southeast-2"):
        body = b'{"QueueName": "q"}'
        answer = ask(cloud.port, sqs_json("CreateQueue", body, key=account, region=region).bytes())
        assert answer.status == 200
    for region in ("eu-west-1", "ap-southeast-2"):
        session = cloud.session(account, region)
        assert len(session.client("sqs").list_queues()["QueueUrls"]) == 1
    assert "QueueUrls" not in cloud.session(account, "us-east-1").client("sqs").list_queues()
