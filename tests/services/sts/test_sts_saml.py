"""AssumeRoleWithSAML, with responses signed here."""

from __future__ import annotations

import base64
import hashlib

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.services.sts.saml_idp import ATTRIBUTES, AUDIENCE, Idp, encoded
from tests.services.sts.sts_calls import EVERYTHING, document, refusal, status_of, trust

ACTION = "sts:AssumeRoleWithSAML"
DENIED = ("AccessDenied", f"Not authorized to perform {ACTION}")
BAD_SIGNATURE = ("InvalidIdentityToken", "Response signature invalid")


@pytest.fixture
def idp(clock):
    return Idp(clock.now)


@pytest.fixture
def provider(actors, idp):
    return actors.iam.create_saml_provider(Name="corp", SAMLMetadataDocument=idp.metadata)["SAMLProviderArn"]


@pytest.fixture
def role(actors, idp, provider):
    arn = actors.role("saml", trust({"Federated": provider}, ACTION), EVERYTHING)
    idp.attributes = {
        f"{ATTRIBUTES}Role": [f"{arn},{provider}"],
        f"{ATTRIBUTES}RoleSessionName": ["ann@example.com"],
    }
    return arn


@pytest.fixture
def assume(cloud, provider, role):
    """Calls without credentials."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0}, parameter_validation=False)
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=cloud.endpoint, config=config)

    def call(assertion, **more):
        parameters = {"RoleArn": role, "PrincipalArn": provider, "SAMLAssertion": assertion, **more}
        return sts.assume_role_with_saml(**parameters)

    return call


def refused(assume, assertion, **more):
    return refusal(assume, assertion=assertion, **more)


# wrong input


@pytest.mark.parametrize("assertion", ["no base64!", "AAA", "A"])
def test_a_response_is_base64(assume, assertion):
    code, message = refused(assume, assertion + "=*%")
    assert (code, message) == ("InvalidIdentityToken", "Invalid base64 SAMLResponse")


@pytest.mark.parametrize("text", ["no xml", "<a", "<Response/>", "", "<a>" * 500])
def test_a_response_is_a_saml_response(assume, text):
    code, message = refused(assume, encoded(text) or "AAAA")
    assert (code, message) == ("InvalidIdentityToken", "Invalid SAML response")


def test_a_document_type_is_refused_before_anything_is_expanded(assume, idp):
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    signed = idp.signed(idp.assertion(), "a1")
    code, message = refused(assume, encoded(idp.wrapped(signed, prolog=bomb)))
    assert (code, message) == ("InvalidIdentityToken", "Invalid SAML response")


def test_arns_have_to_be_of_a_role_and_of_a_provider_of_its_account(assume, idp, role, provider):
    response = idp.response()
    for wrong in (
        {"RoleArn": provider},
        {"PrincipalArn": role},
        {"PrincipalArn": "arn:aws:iam::123456789012:saml-provider/corp"},
    ):
        assert refused(assume, response, **wrong) == ("ValidationError", "Request ARN is invalid")


def test_a_response_without_a_session_name_is_refused(assume, idp):
    idp.attributes.pop(f"{ATTRIBUTES}RoleSessionName")
    assert refused(assume, idp.response()) == (
        "InvalidIdentityToken",
        "RoleSessionName is required in AuthnResponse",
    )
    for name in ("a", "a b", "x" * 65):
        idp.attributes[f"{ATTRIBUTES}RoleSessionName"] = [name]
        assert refused(assume, idp.response()) == (
            "InvalidIdentityToken",
            "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
        )


def test_a_malformed_source_identity_is_refused(assume, idp):
    idp.attributes[f"{ATTRIBUTES}SourceIdentity"] = ["aws:ann"]
    assert refused(assume, idp.response()) == (
        "InvalidIdentityToken",
        'Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with "aws:"',
    )


# wrong state


def test_a_provider_that_does_not_exist(assume, idp, provider):
    assert refused(assume, idp.response(), PrincipalArn=provider + "-2") == (
        "InvalidIdentityToken",
        "Specified provider doesn't exist",
    )


def test_a_response_signed_by_someone_else_is_refused(assume, idp):
    assert refused(assume, idp.response(key="stranger")) == BAD_SIGNATURE
    assert refused(assume, idp.response_signed_as_a_whole(key="stranger")) == BAD_SIGNATURE


def test_an_unsigned_response_is_refused(assume, idp):
    assert refused(assume, encoded(idp.wrapped(idp.assertion()))) == BAD_SIGNATURE


def test_a_tampered_response_is_refused(assume, idp):
    for response in (idp.response(), idp.response_signed_as_a_whole()):
        forged = base64.b64decode(response).replace(b"ann@example.com", b"bob@example.com")
        assert refused(assume, base64.b64encode(forged).decode()) == BAD_SIGNATURE


def test_an_assertion_wrapped_around_a_signed_one_is_not_seen(assume, idp):
    """XML signature wrapping: a good signature of a genuine assertion, next to a forged one that is to be read."""
    genuine = idp.signed(idp.assertion(), "a1")
    idp.attributes[f"{ATTRIBUTES}RoleSessionName"] = ["root"]
    forged = idp.assertion(number=2)
    signature = genuine[genuine.index("<ds:Signature") : genuine.index("</ds:Signature>") + len("</ds:Signature>")]
    bare = genuine.replace(signature, "")
    inside = forged.replace(
        "</saml:Issuer>",
        "</saml:Issuer>" + signature.replace("</ds:Signature>", f"<ds:Object>{bare}</ds:Object></ds:Signature>"),
        1,
    )
    attacks = [
        idp.wrapped(forged, genuine),
        idp.wrapped(genuine, forged),
        idp.wrapped(inside),
        idp.wrapped(forged.replace("</saml:Assertion>", genuine + "</saml:Assertion>")),
        idp.wrapped(forged.replace('ID="a2"', 'ID="a1"'), genuine),
        idp.wrapped(forged, f"<samlp:Extensions>{genuine}</samlp:Extensions>"),
    ]  # fmt: skip
    for attack in attacks:
        try:
            seen = assume(encoded(attack))["AssumedRoleUser"]["Arn"].rpartition("/")[2]
        except ClientError as error:
            seen = error.response["Error"]["Code"]
        assert seen in ("ann@example.com", "InvalidIdentityToken"), attack


def test_a_comment_cannot_split_a_name(assume, idp):
    """`ann@example.com<!---->.evil`: what is read is the text that was signed, whole."""
    idp.attributes[f"{ATTRIBUTES}RoleSessionName"] = ["ann@example.com.evil"]
    text = base64.b64decode(idp.response()).replace(b"ann@example.com.evil", b"ann@example.com<!-- x -->.evil")
    answer = assume(base64.b64encode(text).decode())
    assert answer["AssumedRoleUser"]["Arn"].endswith("/ann@example.com.evil")


def test_an_issuer_the_provider_does_not_describe_is_refused(assume, idp):
    idp.issuer = "https://else.example.com"
    assert refused(assume, idp.response()) == (
        "InvalidIdentityToken",
        "Issuer not present in specified provider",
    )


def test_a_response_for_another_audience_is_refused(assume, idp):
    for audience in ("https://example.com", AUDIENCE + "x", "https://signin.aws.amazon.com.evil/saml"):
        idp.audience = audience
        assert refused(assume, idp.response()) == (
            "InvalidIdentityToken",
            "Response does not contain the required audience.",
        )


def test_a_response_has_to_be_redeemed_in_time(assume, idp, frozen_clock):
    response, five_minutes = idp.response(), 300.5
    assume(response)
    frozen_clock.advance(five_minutes)
    assert refused(assume, response) == ("ExpiredTokenException", "Response has expired")
    idp.ends = idp.confirmed_until = 3600
    late = idp.response()
    frozen_clock.advance(five_minutes)
    assert refused(assume, late) == (
        "ExpiredTokenException",
        "Token must be redeemed within 5 minutes of issuance",
    )


@pytest.mark.parametrize("field", ["confirmed_until", "session_ends"])
def test_a_confirmation_and_a_session_expire_by_themselves(assume, idp, field):
    setattr(idp, field, -1.0)
    assert refused(assume, idp.response()) == ("ExpiredTokenException", "Response has expired")


@pytest.mark.parametrize("field", ["begins", "issued"])
def test_a_response_of_the_future_is_refused(assume, idp, field):
    setattr(idp, field, 600.0)
    idp.ends = idp.confirmed_until = 900.0
    assert refused(assume, idp.response()) == ("InvalidIdentityToken", "Response is not yet valid")


def test_a_response_that_says_the_sign_in_failed_is_rejected(assume, idp):
    idp.status = "urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"
    response = idp.response()
    assert refused(assume, response)[0] == "IDPRejectedClaim"
    assert status_of(assume, assertion=response) == 403


def test_a_role_the_response_does_not_name_is_refused(assume, actors, idp, provider):
    other = actors.role("other", trust({"Federated": provider}, ACTION))
    assert refused(assume, idp.response(), RoleArn=other) == DENIED


def test_a_role_that_does_not_trust_the_provider_answers_like_one_that_is_not_there(
    assume, actors, idp, provider, account
):
    closed, missing = actors.open_role("closed"), f"arn:aws:iam::{account}:role/missing"
    idp.attributes[f"{ATTRIBUTES}Role"] = [f"{closed},{provider}", f"{missing},{provider}"]
    for role in (closed, missing):
        assert refused(assume, idp.response(), RoleArn=role) == DENIED


def test_a_session_cannot_outlast_the_roles_longest(assume, idp):
    assert refused(assume, idp.response(), DurationSeconds=7200) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


# behaviour


@pytest.mark.parametrize("whole", [False, True], ids=["signed assertion", "signed response"])
def test_a_response_makes_a_session_of_the_role(assume, actors, idp, account, whole):
    answer = assume(idp.response_signed_as_a_whole() if whole else idp.response())
    arn = f"arn:aws:sts::{account}:assumed-role/saml/ann@example.com"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    assert (answer["Subject"], answer["SubjectType"]) == ("ann", "persistent")
    assert (answer["Issuer"], answer["Audience"]) == (idp.entity_id, AUDIENCE)
    digest = hashlib.sha1(f"{idp.entity_id}{account}/corp".encode()).digest()
    assert answer["NameQualifier"] == base64.b64encode(digest).decode()
    session = actors.as_session(answer)
    assert session.client("sts").get_caller_identity()["Arn"] == arn
    session.client("iam").list_users()


def test_roles_may_be_written_in_either_order(assume, idp, role, provider):
    idp.attributes[f"{ATTRIBUTES}Role"] = [f"{provider}, {role}"]
    assume(idp.response())


def test_a_trust_policy_looks_at_the_assertion(assume, actors, idp, provider, account):
    role = actors.role("strict", trust({"Federated": provider}, ACTION, StringEquals={
        "saml:aud": AUDIENCE, "saml:iss": idp.entity_id, "saml:sub": "ann", "saml:sub_type": "persistent",
        "saml:doc": f"{account}/corp",
    }, **{"ForAnyValue:StringEquals": {"saml:edupersonaffiliation": "staff"}}))  # fmt: skip
    affiliation = "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"
    idp.attributes |= {f"{ATTRIBUTES}Role": [f"{role},{provider}"], affiliation: ["member", "staff"]}
    assume(idp.response(), RoleArn=role)
    for field, value in (("subject", "bob"), ("recipient", "https://us-east-2.signin.aws.amazon.com/saml")):
        kept = getattr(idp, field)
        setattr(idp, field, value)
        assert refused(assume, idp.response(), RoleArn=role) == DENIED
        setattr(idp, field, kept)
    idp.attributes[affiliation] = ["student"]
    assert refused(assume, idp.response(), RoleArn=role) == DENIED


def test_the_session_keeps_the_assertions_keys_for_the_roles_policies(assume, actors, idp, provider):
    role = actors.role("r", trust({"Federated": provider}, ACTION), {
        "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"StringEquals": {"saml:sub": "ann", "aws:FederatedProvider": provider}},
    })  # fmt: skip
    idp.attributes[f"{ATTRIBUTES}Role"] = [f"{role},{provider}"]
    actors.as_session(assume(idp.response(), RoleArn=role)).client("iam").list_users()
    idp.subject = "bob"
    bob = actors.as_session(assume(idp.response(), RoleArn=role))
    assert refusal(bob.client("iam").list_users)[0] == "AccessDenied"


def test_tags_and_source_identity_come_with_the_assertion_if_the_role_lets_them(assume, actors, idp, role, provider):
    idp.attributes |= {
        f"{ATTRIBUTES}PrincipalTag:Team": ["blue"],
        f"{ATTRIBUTES}TransitiveTagKeys": ["Team"],
        f"{ATTRIBUTES}SourceIdentity": ["ann"],
    }
    assert refused(assume, idp.response()) == ("AccessDenied", "Not authorized to perform sts:TagSession")
    tagging = trust({"Federated": provider}, ACTION, "sts:TagSession")
    actors.iam.update_assume_role_policy(RoleName="saml", PolicyDocument=tagging)
    assert refused(assume, idp.response()) == ("AccessDenied", "Not authorized to perform sts:SetSourceIdentity")
    both = trust({"Federated": provider}, ACTION, "sts:TagSession", "sts:SetSourceIdentity")
    actors.iam.update_assume_role_policy(RoleName="saml", PolicyDocument=both)
    answer = assume(idp.response())
    assert answer["SourceIdentity"] == "ann"
    second = actors.open_role("second", {
        "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "blue", "aws:SourceIdentity": "ann"}},
    })  # fmt: skip
    actors.assumed(second, by=actors.as_session(answer)).client("iam").list_users()


def test_a_session_ends_when_the_identity_provider_says(assume, idp, frozen_clock):
    idp.session_ends = 1200.0
    answer = assume(idp.response())
    assert answer["Credentials"]["Expiration"].timestamp() == int(frozen_clock.now()) + 1200
    idp.session_ends = 7200.0
    answer = assume(idp.response(), DurationSeconds=900)
    assert answer["Credentials"]["Expiration"].timestamp() == int(frozen_clock.now()) + 900


def test_a_session_policy_limits_the_session(assume, actors, idp):
    policy = document({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    answer = assume(idp.response(), Policy=policy)
    assert answer["PackedPolicySize"] > 0
    assert refusal(actors.as_session(answer).client("iam").list_users)[0] == "AccessDenied"
