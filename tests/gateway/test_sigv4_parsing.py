"""Signatures as requests carry them, taken apart: what is incomplete is told as AWS tells it."""

import hashlib
import hmac

import pytest

from cloudchamber.gateway import sigv4
from cloudchamber.gateway.http import Request

SCOPE = "AKIDEXAMPLE/20150830/us-east-1/sqs/aws4_request"
GOOD = f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host;x-amz-date, Signature=abc"
DATED = {"x-amz-date": "20150830T123600Z"}


def complaint(text, headers=DATED):
    with pytest.raises(sigv4.IncompleteSignature) as raised:
        sigv4.parse_authorization(text, headers)
    return str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        GOOD.replace(", ", ","),
        f"AWS4-HMAC-SHA256 Signature=abc, SignedHeaders=host;x-amz-date, Credential={SCOPE}",
        f"AWS4-HMAC-SHA256  Credential={SCOPE} , Signature=abc , SignedHeaders=Host;X-Amz-Date",
    ],
)
def test_an_authorization_header_is_understood_in_any_order(text):
    found = sigv4.parse_authorization(text, DATED)
    assert (found.access_key_id, found.region, found.service, found.signature) == (
        "AKIDEXAMPLE", "us-east-1", "sqs", "abc",
    )  # fmt: skip
    assert found.signed_headers == ("host", "x-amz-date")


def test_missing_parameters_are_named():
    assert complaint("AWS4-HMAC-SHA256", {}) == (
        "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either "
        "a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256"
    )
    for name in ("Credential", "SignedHeaders", "Signature"):
        assert complaint(GOOD.replace(f"{name}=", "Other=")).startswith(
            f"Authorization header requires '{name}' parameter. Authorization="
        )


@pytest.mark.parametrize("algorithm", ["AWS4-ECDSA-P256-SHA256", "AWS4-HMAC-SHA512", "AWS4-"])
def test_another_algorithm_is_refused_by_name(algorithm):
    assert complaint(GOOD.replace("AWS4-HMAC-SHA256", algorithm)) == f"Unsupported AWS 'algorithm': '{algorithm}'."


def test_a_credential_has_five_elements_and_a_terminator():
    assert complaint(GOOD.replace("/sqs/aws4_request", "")) == (
        "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, "
        "got 'AKIDEXAMPLE/20150830/us-east-1'"
    )
    assert complaint(GOOD.replace("aws4_request", "aws5_request")) == (
        "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."
    )


@pytest.mark.parametrize("date", ["2015-08-30T12:36:00Z", "20150830", "20150830T123600", "٢٠١٥٠٨٣٠T123600Z"])
def test_a_date_of_another_form_is_refused(date):
    assert complaint(GOOD, {"x-amz-date": date}) == f"Date must be in ISO-8601 'basic format'. Got '{date}'."


@pytest.mark.parametrize(
    "date", ["Sun, 30 Aug 2015 12:36:00 GMT", "Sun, 30 Aug 2015 14:36:00 +0200", "20150830T123600Z"]
)
def test_the_date_header_stands_in_for_x_amz_date(date):
    assert sigv4.parse_authorization(GOOD, {"date": date}).amz_date == "20150830T123600Z"


@pytest.mark.parametrize("date", ["yesterday", "", "99999999999999999999", "Mon, 99 Jan 99999 00:00:00 GMT"])
def test_a_date_header_that_is_none_counts_as_absent(date):
    assert "requires existence of either" in complaint(GOOD, {"date": date})


TOO_LONG = (
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than "
    "604800 seconds"
)
PRESIGNED = {
    "X-Amz-Algorithm": "AWS4-HMAC-SHA256",
    "X-Amz-Credential": SCOPE,
    "X-Amz-Date": "20150830T123600Z",
    "X-Amz-Expires": "60",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Signature": "abc",
}


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("X-Amz-Algorithm", "AWS4-ECDSA-P256-SHA256", "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."),
        ("X-Amz-Expires", "soon", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires", "-1", "X-Amz-Expires should be a number"),
        ("X-Amz-Expires", "٣", "X-Amz-Expires should be a number"),
        (
            "X-Amz-Expires",
            "604801",
            TOO_LONG,
        ),
        ("X-Amz-Date", "now", "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
    ],
)
def test_a_presigned_url_with_a_bad_parameter_is_refused(name, value, message):
    with pytest.raises(sigv4.IncompleteSignature) as raised:
        sigv4.parse_presigned({**PRESIGNED, name: value})
    assert str(raised.value) == message


@pytest.mark.parametrize("name", [name for name in PRESIGNED if name != "X-Amz-Expires"])
def test_a_presigned_url_that_lacks_a_parameter_is_refused(name):
    with pytest.raises(sigv4.IncompleteSignature, match="requires the X-Amz-Algorithm"):
        sigv4.parse_presigned({k: v for k, v in PRESIGNED.items() if k != name})


@pytest.mark.parametrize(
    ("path", "service", "canonical"),
    [
        ("/", "sqs", "/"),
        ("/a%20b", "sqs", "/a%2520b"),
        ("/a%20b", "s3", "/a%20b"),
        ("/a//b/../c", "s3", "/a//b/../c"),
        ("/a//b/../c/", "sqs", "/a/c/"),
        ("/../../x", "sqs", "/x"),
        ("/%E1%88%B4", "s3", "/%E1%88%B4"),
        ("/a+b=c", "s3", "/a%2Bb%3Dc"),
    ],
)
def test_a_path_is_made_canonical_as_its_service_does(path, service, canonical):
    assert sigv4.canonical_path(path, service) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a", "a="),
        ("a=b=c", "a=b%3Dc"),
        ("a=x+y&b=x%20y", "a=x%20y&b=x%20y"),
        ("a-b=1&a=1", "a=1&a-b=1"),
        ("&&a=1&", "a=1"),
        ("%e1%88%b4=1", "%E1%88%B4=1"),
    ],
)
def test_a_query_is_made_canonical(query, canonical):
    assert sigv4.canonical_query(query) == canonical


def test_a_signed_header_that_is_not_there_makes_the_signature_incomplete():
    request = Request("GET", "/", [("host", "a")], "", False)
    signature = sigv4.parse_authorization(GOOD, DATED)
    with pytest.raises(sigv4.IncompleteSignature, match="'x-amz-date' is a signed header"):
        sigv4.canonical_request(request, signature, "")


def test_a_signing_key_is_derived_once():
    keys = sigv4.SigningKeys()
    signature = sigv4.parse_authorization(GOOD, DATED)
    assert keys.key("secret", signature) is keys.key("secret", signature)
    assert keys.key("other", signature).sign("") != keys.key("secret", signature).sign("")


@pytest.mark.parametrize("text", ["", "a", "AWS4-HMAC-SHA256\n20150830T123600Z\n" + "x" * 500, "é\u20ac"])
def test_a_signing_key_signs_as_hmac_does(text):
    derived = hashlib.sha256(text.encode()).digest()
    made = hmac.digest(derived, text.encode("latin-1", "replace"), "sha256").hex()
    assert [sigv4.SigningKey(derived).sign(text) for _ in range(2)] == [made, made]
