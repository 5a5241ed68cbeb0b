"""Who calls: signatures held against credentials, and the errors AWS gives for those that fail."""

import hashlib

import pytest

from cloudchamber.core.clock import Clock, ClockState
from cloudchamber.core.errors import AwsError
from cloudchamber.gateway.auth import Authenticator, signature_of
from cloudchamber.gateway.http import Request
from cloudchamber.identity import principals
from cloudchamber.identity.credentials import Credential
from tests.gateway.signing import Call, amz_date, sqs_json

ROOT = Credential("test", "test", principals.root("000000000000"))
ROLE = Credential("ASIAROLE", "secret", ROOT.principal, "the-token", 2_000_000_000.0)
KNOWN = {c.access_key_id: c for c in (ROOT, ROLE)}
FAMILIES = ("query", "json", "s3")


def made(call, headers=None):
    headers = headers or call.signed()
    target = call.path + (f"?{call.encoded_query()}" if call.query else "")
    request = Request(call.method, target, list(headers.items()), "127.0.0.1", False)
    request.body = call.body
    return request


def identify(request, family="query", clock=None, unsigned_ok=False):
    return Authenticator(clock or Clock(), KNOWN.get).identify(request, signature_of(request), family, unsigned_ok)


def refusal(request, family="query", clock=None):
    with pytest.raises(AwsError) as raised:
        identify(request, family, clock)
    return raised.value.code, raised.value.status, raised.value.message


def frozen(at):
    return Clock(ClockState("frozen", at - Clock.wall(), at))


def test_a_good_signature_names_its_principal():
    assert identify(made(Call())).principal is ROOT.principal


@pytest.mark.parametrize(
    ("family", "code", "status"),
    [("query", "SignatureDoesNotMatch", 403), ("json", "InvalidSignatureException", 400),
     ("s3", "SignatureDoesNotMatch", 403)],
)  # fmt: skip
def test_a_wrong_secret_does_not_match(family, code, status):
    found = refusal(made(Call(secret="other")), family)
    assert found[:2] == (code, status)
    assert found[2].startswith("The request signature we calculated does not match the signature you provided. Check")


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("query", ("InvalidClientTokenId", 403, "The security token included in the request is invalid.")),
        ("json", ("UnrecognizedClientException", 400, "The security token included in the request is invalid.")),
        ("s3", ("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records.")),
    ],
)
def test_an_unknown_key_is_refused(family, expected):
    assert refusal(made(Call(key="AKIANOBODY")), family) == expected


@pytest.mark.parametrize(
    ("family", "expected"),
    [
        ("query", ("MissingAuthenticationToken", 403, "Request is missing Authentication Token")),
        ("json", ("MissingAuthenticationTokenException", 400, "Missing Authentication Token")),
        ("s3", ("AccessDenied", 403, "Access Denied")),
    ],
)
def test_a_call_without_a_signature_is_refused(family, expected):
    assert refusal(made(Call(), {"host": "a"}), family) == expected


def test_a_call_without_a_signature_is_anonymous_where_that_is_allowed():
    request = made(Call(), {"host": "a"})
    assert Authenticator(Clock(), KNOWN.get).identify(request, None, "s3", True).principal.kind == "anonymous"


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("days", [-1, 1])
def test_a_signature_of_another_time_is_refused(family, days):
    at = Clock.wall() + days * 86400
    code, status, message = refusal(made(Call(at=at)), family)
    assert (code, status) == ("RequestTimeTooSkewed", 403)
    if family == "s3":
        assert message == "The difference between the request time and the current time is too large."
        return
    if days < 0:
        assert message.startswith(f"Signature expired: {amz_date(at)} is now earlier than ")
        assert message.endswith("Z - 15 min.)")
    else:
        assert message.startswith(f"Signature not yet current: {amz_date(at)} is still later than ")
        assert message.endswith("Z + 15 min.)")


@pytest.mark.parametrize("seconds", [-14 * 60, 14 * 60])
def test_a_clock_that_is_a_little_off_is_accepted(seconds):
    identify(made(Call(at=Clock.wall() + seconds)))


def test_a_client_may_sign_by_the_clouds_time_or_by_its_machines():
    clock = frozen(1_000_000_000.0)
    identify(made(Call(at=1_000_000_000.0)), clock=clock)
    identify(made(Call()), clock=clock)
    assert refusal(made(Call(at=1_000_086_400.0)), clock=clock)[0] == "RequestTimeTooSkewed"


def test_the_scope_has_the_date_of_the_request():
    call = Call()
    headers = call.signed()
    headers["authorization"] = headers["authorization"].replace(f"/{amz_date()[:8]}/", "/20150829/")
    assert refusal(made(call, headers))[2] == (
        "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
        f"'20150829' != '{headers['x-amz-date'][:8]}', from '{headers['x-amz-date']}'."
    )


def test_the_host_must_be_signed():
    assert refusal(made(Call(unsigned=("host",))))[2] == (
        "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    )


def test_a_date_that_does_not_exist_is_incomplete():
    call = Call()
    headers = {**call.signed(), "x-amz-date": "20151301T000000Z"}
    assert refusal(made(call, headers))[0] == "IncompleteSignature"


@pytest.mark.parametrize("region", ["method", "path", "query", "header", "added header", "body", "signature", "key"])
def test_nothing_that_is_signed_may_change(region):
    call = Call(path="/a/b", query=[("x", "1"), ("y", "2")], headers={"x-amz-meta": "v"}, body=b'{"a": 1}')
    headers = call.signed()
    identify(made(call, headers))
    if region == "method":
        call.method = "PUT"
    elif region == "path":
        call.path = "/a/c"
    elif region == "query":
        call.query[0] = ("x", "2")
    elif region == "header":
        headers["x-amz-meta"] = "w"
    elif region == "added header":
        headers["authorization"] = headers["authorization"].replace("host;", "content-type;host;")
        headers["content-type"] = "text/plain"
    elif region == "body":
        call.body = b'{"a": 2}'
    elif region == "signature":
        headers["authorization"] = headers["authorization"][:-1] + ("0" if headers["authorization"][-1] != "0" else "1")
    else:
        headers["authorization"] = headers["authorization"].replace("us-east-1", "us-east-2")
    assert refusal(made(call, headers))[0] == "SignatureDoesNotMatch"


def test_every_byte_of_a_signed_body_matters():
    call = sqs_json("SendMessage", b'{"QueueUrl": "http://a/000000000000/q", "MessageBody": "b"}')
    headers, body = call.signed(), call.body
    for at in range(len(body)):
        call.body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        assert refusal(made(call, headers))[0] == "SignatureDoesNotMatch"


def test_every_character_of_a_signed_headers_value_matters():
    call = sqs_json("SendMessage")
    headers = call.signed()
    for name in ("host", "content-type", "x-amz-target"):
        for at in range(len(headers[name])):
            value = headers[name]
            changed = {**headers, name: value[:at] + chr(ord(value[at]) ^ 1) + value[at + 1 :]}
            assert refusal(made(call, changed))[0] == "SignatureDoesNotMatch"


@pytest.mark.parametrize(
    ("path", "canonical", "query", "header"),
    [
        ("/%E6%97%A5", "/%25E6%2597%25A5", [("名", "日 本")], "plain"),
        ("/a%20b", "/a%2520b", [("a+b", "c&d=e/f~")], "two  spaces"),
        ("/", "/", [("", "")], "déjà"),
    ],
)
def test_text_of_any_language_is_signed(path, canonical, query, header):
    call = Call(path=path, canonical_path=canonical, query=query, headers={"x-amz-meta": header})
    headers = call.signed()
    request = made(call, {**headers, "x-amz-meta": header.encode().decode("latin-1")})
    identify(request)


class TestPayload:
    def test_a_declared_hash_is_checked(self):
        declared = hashlib.sha256(b"other").hexdigest()
        for family in FAMILIES:
            request = made(Call(headers={"x-amz-content-sha256": declared}, body=b"body"))
            assert refusal(request, family) == (
                "XAmzContentSHA256Mismatch",
                400,
                "The provided 'x-amz-content-sha256' header does not match what was computed.",
            )

    def test_a_right_hash_and_an_unsigned_payload_are_accepted(self):
        for declared in (hashlib.sha256(b"body").hexdigest(), "UNSIGNED-PAYLOAD"):
            identify(made(Call(headers={"x-amz-content-sha256": declared}, body=b"body")))

    @pytest.mark.parametrize("declared", ["", "UNSIGNED-NONSENSE", "STREAMING-NONSENSE", "abc"])
    def test_a_hash_that_is_none_is_refused(self, declared):
        call = Call(headers={"x-amz-content-sha256": declared}, payload_hash=declared or None, body=b"body")
        headers = call.signed()
        if not declared:
            assert refusal(made(call, headers))[0] in ("SignatureDoesNotMatch", "XAmzContentSHA256Mismatch")
            return
        assert refusal(made(call, headers))[0] == "XAmzContentSHA256Mismatch"
        assert refusal(made(call, headers), "s3")[0] == "InvalidArgument"

    def test_s3_takes_no_amz_header_that_is_not_signed(self):
        call = Call(service="s3", method="GET", body=b"")
        headers = {**call.signed(), "x-amz-acl": "public-read"}
        assert refusal(made(call, headers), "s3")[0] == "AccessDenied"
        identify(made(call, {**call.signed(), "user-agent": "x"}), "s3")


class TestTokens:
    def call(self, token, **more):
        headers = {} if token is None else {"x-amz-security-token": token}
        return made(Call(key="ASIAROLE", secret="secret", headers=headers, **more))

    def test_a_temporary_key_needs_its_token(self):
        assert identify(self.call("the-token")).signature is not None
        for token in (None, "other"):
            assert refusal(self.call(token)) == (
                "InvalidClientTokenId", 403, "The security token included in the request is invalid.",
            )  # fmt: skip
            assert refusal(self.call(token), "s3")[0] == "InvalidToken"

    def test_a_token_may_be_sent_unsigned(self):
        identify(self.call("the-token", unsigned=("x-amz-security-token",)))

    def test_an_expired_token_is_refused_by_the_clouds_time(self):
        clock = frozen(2_000_000_001.0)
        message = "The security token included in the request is expired"
        assert refusal(self.call("the-token"), clock=clock) == ("ExpiredToken", 403, message)
        assert refusal(self.call("the-token"), "json", clock)[0] == "ExpiredTokenException"

    def test_the_root_key_may_come_with_any_token(self):
        identify(made(Call(headers={"x-amz-security-token": "test"})))
