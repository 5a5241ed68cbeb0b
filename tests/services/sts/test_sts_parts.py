"""The pure parts by themselves: key ids, tags, tokens and assertions from strangers."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk, jwt

from cloudchamber.core.errors import AwsError
from cloudchamber.identity.jwt import NoSuchKey
from cloudchamber.services.sts import keys, messages, oidc, packing, saml, saml_signature, tags
from cloudchamber.services.sts.errors import InvalidAuthorizationMessage, InvalidIdentityToken
from cloudchamber.services.sts.issuers import is_loopback
from tests.services.sts.saml_idp import ATTRIBUTES, Idp

NOW = 1_800_000_000.0
patient = settings(deadline=None, max_examples=60, database=None)
KEY = jwk.RSAKey.generate_key(2048, {"kid": "k"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
CLAIMS = st.sampled_from(
    ["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "amr", "email", oidc.TAGS_CLAIM, oidc.SOURCE_IDENTITY_CLAIM]
)


@patient
@given(st.integers(0, 10**12 - 1), st.binary(min_size=5, max_size=5))
def test_a_key_id_tells_its_account(account, random):
    key = keys.access_key_id(f"{account:012d}", random)
    assert keys.account_of(key) == f"{account:012d}"
    assert key.startswith("ASIA") and len(key) == 20 and key[4] in "QRSTUVWXYZ234567"


@patient
@given(st.text(max_size=24) | st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", min_size=16, max_size=16).map("ASIA".__add__))
def test_other_texts_tell_no_account_or_a_possible_one(text):
    account = keys.account_of(text)
    assert account is None or (len(account) == 12 and account.isdigit())


def test_tags_lie_over_others_whatever_their_case():
    assert tags.overlaid({"Team": "red", "Stage": "x"}, {"team": "blue"}) == {"Stage": "x", "team": "blue"}


@pytest.mark.parametrize(
    "bad", [[{"Key": "a", "Value": "1"}, {"Key": "A", "Value": "2"}], [{"Key": "aws:x", "Value": ""}]]
)
def test_bad_tags_are_invalid_parameters(bad):
    with pytest.raises(AwsError) as caught:
        tags.requested(bad)
    assert caught.value.code == "InvalidParameterValue"


def test_nothing_to_pack_has_no_size():
    assert packing.packed_percent((), (), {}) is None


@patient
@given(st.text(max_size=60) | st.lists(st.binary(max_size=20), min_size=3, max_size=3).map(
    lambda parts: ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
))  # fmt: skip
def test_no_text_breaks_the_reading_of_a_token(text):
    with pytest.raises(InvalidIdentityToken):
        oidc.read(text)


@patient
@given(st.dictionaries(CLAIMS, JSON, max_size=6))
def test_no_claims_break_the_judging_of_a_token(claims):
    """Signed nonsense is refused with an AWS error or taken, never stumbled over."""
    body = {"iss": "https://i", "sub": "s", "aud": "a", "exp": NOW + 60, "iat": NOW, **claims}
    text = jwt.encode({"alg": "RS256", "kid": "k"}, body, KEY, algorithms=["RS256"])
    try:
        verified = oidc.verify(oidc.read(text), [KEY.as_dict(private=False)], NOW)
        assert oidc.judge(verified, None).issuer == body["iss"]
    except AwsError:
        pass


@patient
@given(st.lists(st.dictionaries(st.sampled_from(["kid", "kty", "n", "e", "use", "alg", "crv", "x"]), JSON), max_size=3))
def test_no_published_keys_break_the_verification(published):
    text = jwt.encode({"alg": "RS256"}, {"iss": "i"}, KEY, algorithms=["RS256"])
    with pytest.raises((AwsError, NoSuchKey)):
        oidc.verify(oidc.read(text), [*published, {"kty": "RSA", "n": "AQAB", "e": "AQAB"}], NOW)


def test_keys_for_encryption_verify_nothing():
    text = jwt.encode({"alg": "RS256", "kid": "k"}, {"iss": "i"}, KEY, algorithms=["RS256"])
    with pytest.raises(NoSuchKey):
        oidc.verify(oidc.read(text), [{**KEY.as_dict(private=False), "use": "enc"}], NOW)


@patient
@given(st.binary(max_size=80))
def test_no_bytes_break_the_reading_of_a_response(raw):
    with pytest.raises(AwsError):
        saml.read(base64.b64encode(raw).decode(), "<x/>", NOW)


@patient
@given(st.data())
def test_a_changed_response_is_refused_or_means_the_same(data):
    idp = Idp(lambda: NOW, attributes={f"{ATTRIBUTES}Role": ["r,p"], f"{ATTRIBUTES}RoleSessionName": ["ann"]})
    text = base64.b64decode(_response(idp))
    at = data.draw(st.integers(0, len(text) - 1))
    changed = text[:at] + data.draw(st.binary(min_size=1, max_size=2)) + text[at + 1 :]
    try:
        claims = saml.read(base64.b64encode(changed).decode(), idp.metadata, NOW)
    except AwsError:
        return
    assert (claims.session_name, claims.subject, claims.roles) == ("ann", "ann", (("r", "p"),))


_MADE: dict[str, str] = {}


def _response(idp: Idp) -> str:
    if "response" not in _MADE:
        _MADE["response"] = idp.response()
    return _MADE["response"]


def test_external_entities_are_not_read(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    text = f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{secret}">]><r>&x;</r>'
    assert saml_signature.parse(text.encode()) is None
    assert saml_signature.parse(text.encode("utf-16")) is None
    assert saml_signature.parse(b"<!DOCTYPE r><r/>") is None


@patient
@given(st.text(max_size=60))
def test_no_text_breaks_the_opening_of_a_message(text):
    with pytest.raises(InvalidAuthorizationMessage):
        messages.unseal(text, "1" * 12, b"k" * 32)


def test_a_message_opens_with_its_key_and_account_only():
    sealed = messages.seal(json.dumps({"a": 1}), "1" * 12, b"k" * 32, b"n" * 12)
    assert messages.unseal(sealed, "1" * 12, b"k" * 32) == '{"a": 1}'
    for account, key in (("2" * 12, b"k" * 32), ("1" * 12, b"x" * 32)):
        with pytest.raises(InvalidAuthorizationMessage):
            messages.unseal(sealed, account, key)


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("a.localhost", True),
     ("example.com", False), ("localhost.evil.com", False), ("10.0.0.1", False), ("169.254.169.254", False)],
)  # fmt: skip
def test_which_hosts_are_this_machine(host, expected):
    assert is_loopback(host) is expected
