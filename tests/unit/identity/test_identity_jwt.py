"""Tokens: what is taken, what is refused, and as what."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwk
from joserfc import jwt as joserfc

from cloudchamber.identity import jwt

NOW = 1_800_000_000.0
RSA = jwk.RSAKey.generate_key(2048, {"kid": "rsa"})
EC = {
    "ES256": jwk.ECKey.generate_key("P-256", {"kid": "ES256"}),
    "ES384": jwk.ECKey.generate_key("P-384", {"kid": "ES384"}),
    "ES512": jwk.ECKey.generate_key("P-521", {"kid": "ES512"}),
}
PUBLISHED = [key.as_dict(private=False) for key in (RSA, *EC.values())]
patient = settings(deadline=None, max_examples=60, database=None)


def made(algorithm="RS256", key=None, header=None, **claims):
    key = key or EC.get(algorithm, RSA)
    return joserfc.encode({"alg": algorithm, "kid": key.kid, **(header or {})}, claims, key, algorithms=[algorithm])


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("algorithm", jwt.ALGORITHMS)
def test_a_token_signed_with_a_published_key_gives_its_claims(algorithm):
    assert jwt.verify(made(algorithm, sub="ann"), PUBLISHED) == {"sub": "ann"}


def test_a_token_without_a_key_id_may_be_signed_with_any_key():
    text = joserfc.encode({"alg": "RS256"}, {"sub": "ann"}, RSA, algorithms=["RS256"])
    assert jwt.read(text).key_id is None
    assert jwt.verify(text, PUBLISHED)["sub"] == "ann"


def test_what_we_sign_others_can_verify():
    key = rsa.generate_private_key(65537, 2048)
    public = jwt.public_jwk(key, "ours")
    text = jwt.sign({"sub": "ann"}, key, "ours")
    assert joserfc.decode(text, jwk.import_key(public), algorithms=["RS256"]).claims == {"sub": "ann"}
    assert jwt.verify(text, [public]) == {"sub": "ann"}


@pytest.mark.parametrize(
    "text", ["", "a.b", "a.b.c", "e30.W10.x", "é.é.é", "e30.e30.é", "e30.e30.a.b", "..", "e30.e30.*"]
)
def test_other_text_is_malformed(text):
    with pytest.raises(jwt.MalformedToken):
        jwt.verify(text, PUBLISHED)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "HS256", "PS256", "", None, 1, ["RS256"]])
def test_other_algorithms_are_refused_whatever_the_signature(algorithm):
    with pytest.raises(jwt.UnsupportedAlgorithm):
        jwt.verify(f"{part({'alg': algorithm, 'kid': 'rsa'})}.{part({'sub': 'ann'})}.", PUBLISHED)


def test_only_the_algorithms_asked_for_are_taken():
    with pytest.raises(jwt.UnsupportedAlgorithm):
        jwt.verify(made("ES256"), PUBLISHED, algorithms=("RS256",))


def test_the_public_key_is_no_shared_secret():
    signed = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part({'sub': 'ann'})}"
    mac = hmac.new(RSA.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    text = f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    with pytest.raises(jwt.UnsupportedAlgorithm):
        jwt.verify(text, PUBLISHED, algorithms=("HS256", "RS256"))


def test_an_extension_that_must_be_understood_is_not():
    header = {"alg": "RS256", "kid": "rsa", "crit": ["exp"], "exp": 1}
    with pytest.raises(jwt.UnsupportedAlgorithm):
        jwt.verify(f"{part(header)}.{part({})}.", PUBLISHED)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        [{**PUBLISHED[0], "kid": "other"}],
        [{**PUBLISHED[0], "use": "enc"}],
        [{**PUBLISHED[0], "alg": "RS512"}],
        [{**PUBLISHED[1], "kid": "rsa"}],
    ],
)
def test_a_key_has_to_have_the_id_the_kind_and_the_use(keys):
    with pytest.raises(jwt.NoSuchKey):
        jwt.verify(made(), keys)


def test_a_tampered_token_is_refused():
    head, body, signature = made(sub="ann").split(".")
    for text in (f"{head}.{part({'sub': 'bob'})}.{signature}", f"{head}.{body}.", f"{head}.{body}.{signature[::-1]}"):
        with pytest.raises(jwt.BadSignature):
            jwt.verify(text, PUBLISHED)
    head, body, signature = made("ES256").split(".")
    with pytest.raises(jwt.BadSignature):
        jwt.verify(f"{head}.{body}.{signature[4:]}", PUBLISHED)


def test_keys_without_sense_verify_nothing():
    bad = [{"n": "AQAB", "e": "AQAB"}, {"n": 1, "e": "AQAB"}, {"n": "*", "e": "AQAB"}, {}]
    for members in bad:
        with pytest.raises(jwt.BadSignature):
            jwt.verify(made(), [{"kty": "RSA", "kid": "rsa", **members}])


def test_of_two_keys_with_one_id_either_may_have_signed():
    other = jwk.RSAKey.generate_key(2048, {"kid": "rsa"}).as_dict(private=False)
    assert jwt.verify(made(sub="ann"), [other, PUBLISHED[0]])["sub"] == "ann"


@patient
@given(st.text(max_size=60) | st.lists(st.binary(max_size=20), min_size=3, max_size=3).map(
    lambda parts: ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
))  # fmt: skip
def test_no_text_breaks_the_verification(text):
    with pytest.raises(jwt.TokenError):
        jwt.verify(text, PUBLISHED)


# claims


def test_times_are_judged_by_the_given_instant():
    claims = {"exp": NOW + 1, "iat": NOW, "nbf": NOW}
    jwt.check_times(claims, NOW, required=("exp", "iat"))
    with pytest.raises(jwt.ExpiredToken):
        jwt.check_times(claims, NOW + 1)
    with pytest.raises(jwt.NotYetValid):
        jwt.check_times(claims, NOW - 1)
    jwt.check_times(claims, NOW - 1, skew_s=1)


def test_times_that_are_not_there_are_missed_only_where_they_are_required():
    jwt.check_times({}, NOW)
    with pytest.raises(jwt.BadClaim) as caught:
        jwt.check_times({}, NOW, required=("exp",))
    assert (caught.value.name, caught.value.is_missing) == ("exp", True)


@pytest.mark.parametrize("value", ["soon", True, None, [], {}, float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_times_are_numbers(name, value):
    with pytest.raises(jwt.BadClaim) as caught:
        jwt.check_times({name: value}, NOW)
    assert (caught.value.name, caught.value.is_missing) == (name, False)


def test_the_issuer_is_the_one_expected():
    jwt.check_issuer({"iss": "https://a"}, "https://a")
    for claims in ({}, {"iss": "https://a/"}, {"iss": None}, {"iss": ["https://a"]}):
        with pytest.raises(jwt.BadClaim):
            jwt.check_issuer(claims, "https://a")


def test_one_of_the_audiences_is_among_those_allowed():
    assert jwt.check_audience({"aud": ["x", "b"]}, ["a", "b"]) == "b"
    assert jwt.check_audience({"client_id": "a"}, ["a"], claim="client_id") == "a"
    for claims in ({}, {"aud": "ab"}, {"aud": []}, {"aud": [None, "a"]}, {"aud": {"a": 1}}):
        with pytest.raises(jwt.BadClaim):
            jwt.check_audience(claims, ["a"])
