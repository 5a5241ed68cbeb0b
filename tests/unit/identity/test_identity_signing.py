"""Requests that this cloud signs are signed as AWS's SDK signs them."""

from __future__ import annotations

import datetime
from unittest import mock

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from cloudchamber.identity.credentials import Credential
from cloudchamber.identity.principals import root
from cloudchamber.identity.signing import Outgoing, signed_headers

AT = datetime.datetime(2026, 11, 21, 10, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize("token", [None, "session+token/=="])
@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("GET", "/", {}, b""),
        ("POST", "/v1/orders/17", {"b": "2", "a": "1 &=é"}, b'{"n": 3}'),
        ("PUT", "/v1/a%20pear/%C3%A9", {"x": ""}, b"\x00\xff"),
    ],
)
def test_a_signature_is_that_of_the_sdk(method, path, query, body, token):
    credential = Credential("AKIDEXAMPLE", "secret", root("123456789012"), token)
    outgoing = Outgoing(method, "api.execute-api.us-east-1.amazonaws.com", path, query, body)
    ours = signed_headers(outgoing, credential, ("us-east-1", "execute-api"), AT.timestamp())
    request = AWSRequest(method, f"https://{outgoing.host}{path}", params=dict(query), data=body)
    signer = botocore.auth.SigV4Auth(Credentials("AKIDEXAMPLE", "secret", token), "execute-api", "us-east-1")
    with mock.patch("botocore.auth.get_current_datetime", return_value=AT.replace(tzinfo=None)):
        signer.add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]
    assert ours["x-amz-date"] == request.headers["X-Amz-Date"]
