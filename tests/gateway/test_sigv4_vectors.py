"""AWS's own test suite for Signature Version 4: canonical request, string to sign and signature of every case."""

from pathlib import Path

import pytest

from cloudchamber.gateway import sigv4
from cloudchamber.gateway.http import Request

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "sigv4"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

# Case -> why it cannot hold here.
EXCEPTIONS = {
    "get-header-value-multiline": "folded headers are refused with 400, as RFC 9112 wants (obs-fold)",
}


def cases():
    return sorted(path for path in FOLDER.rglob("*.req")) if FOLDER.is_dir() else []


pytestmark = pytest.mark.skipif(not cases(), reason="AWS's SigV4 vectors are not beside the repository")


# The token comes with the credentials: it stands in the signed request only.
FROM_SIGNED = {"get-vanilla-with-session-token"}


def read(case, suffix):
    return case.with_suffix(suffix).read_bytes().decode("latin-1").replace("\r\n", "\n")


def parsed(case):
    head, _, body = read(case, ".sreq" if case.stem in FROM_SIGNED else ".req").partition("\n\n")
    request_line, *lines = head.split("\n")
    method, target = request_line.removesuffix(" HTTP/1.1").split(" ", 1)
    headers = [(name.lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines if line)]
    request = Request(method, target, headers, "127.0.0.1", False)
    request.body = body.encode("latin-1")
    return request


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.stem)
def test_a_case_of_aws_own_suite_verifies(case):
    if case.stem in EXCEPTIONS:
        pytest.skip(EXCEPTIONS[case.stem])
    request = parsed(case)
    signature = sigv4.parse_authorization(read(case, ".authz"), request.headers)
    assert signature.access_key_id == "AKIDEXAMPLE"
    canonical = sigv4.canonical_request(request, signature, sigv4.payload_hash(request, signature))
    assert canonical == read(case, ".creq")
    assert sigv4.string_to_sign(signature, canonical) == read(case, ".sts")
    assert sigv4.verify(request, signature, sigv4.SigningKeys().key(SECRET, signature))[0]


def test_every_exception_is_a_case():
    assert set(EXCEPTIONS) <= {case.stem for case in cases()}
