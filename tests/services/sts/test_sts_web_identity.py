"""AssumeRoleWithWebIdentity, against an OpenID Connect issuer on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl

import boto3
import pytest
import trustme
from botocore import UNSIGNED
from botocore.config import Config
from joserfc import jwk

from cloudchamber.identity import principals
from tests.services.sts.oidc_issuer import CLIENT, Issuer, serving
from tests.services.sts.sts_calls import EVERYTHING, document, refusal, status_of, trust

ACTION = "sts:AssumeRoleWithWebIdentity"
TAGS = "https://aws.amazon.com/tags"
NO_KEY_TEXT = (
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity "
    "documentation for requirements"
)
NO_KEY = ("InvalidIdentityToken", NO_KEY_TEXT)
DENIED = ("AccessDenied", f"Not authorized to perform {ACTION}")
NOT_A_JWT = (
    "InvalidIdentityToken",
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
)


@pytest.fixture
def issuer(clock):
    with serving(Issuer(now=clock.now), "/realms/test") as running:
        yield running


@pytest.fixture
def provider(actors, issuer):
    """The ARN of the issuer's provider in the account."""
    return registered(actors, issuer)


def registered(actors, issuer, **more):
    """A provider whose issuer is on this machine. IAM takes https only, and what it keeps has no scheme."""
    created = actors.iam.create_open_id_connect_provider(
        Url=f"https://{issuer.name}", ClientIDList=[CLIENT, "other-app"], **more
    )
    return created["OpenIDConnectProviderArn"]


@pytest.fixture
def role(actors, provider):
    return actors.role("web", trust({"Federated": provider}, ACTION), EVERYTHING)


@pytest.fixture
def anyone(cloud):
    """A client without credentials."""
    config = Config(signature_version=UNSIGNED, retries={"max_attempts": 0}, parameter_validation=False)
    return boto3.client("sts", region_name="us-east-1", endpoint_url=cloud.endpoint, config=config)


def assume(anyone, role, token, **more):
    parameters = {"RoleArn": role, "RoleSessionName": "me", "WebIdentityToken": token, **more}
    return anyone.assume_role_with_web_identity(**parameters)


def refused(anyone, role, token, **more):
    return refusal(assume, anyone=anyone, role=role, token=token, **more)


# wrong input


def test_role_session_name_and_token_are_required(anyone):
    code, message = refusal(anyone.assume_role_with_web_identity)
    assert code == "ValidationError"
    assert message.startswith("3 validation errors detected: ")
    assert "Value at 'webIdentityToken'" in message or "'webIdentityToken' failed to satisfy" in message


@pytest.mark.parametrize("token", ["an-access-token", "a.b.c", "e30.W10.x", "..xx", "é.é.é", "e30.bm8ganNvbg.e30"])
def test_text_that_is_no_jwt_is_refused(anyone, role, token):
    assert refused(anyone, role, token) == NOT_A_JWT


def test_a_token_without_an_issuer_is_refused(anyone, role, issuer):
    code, message = refused(anyone, role, issuer.token(iss=None))
    assert (code, message) == ("InvalidIdentityToken", "Missing a required claim: iss")


@pytest.mark.parametrize("claim", ["sub", "aud", "exp", "iat"])
def test_required_claims(anyone, role, issuer, claim):
    refused_with = refused(anyone, role, issuer.token(**{claim: None}))
    assert refused_with == ("InvalidIdentityToken", f"Missing a required claim: {claim}")


@pytest.mark.parametrize("value", ["soon", True, [], {}, 1e300, float("nan"), float("inf")])
def test_times_are_numbers(anyone, role, issuer, value):
    code, message = refused(anyone, role, issuer.token(exp=value))
    assert (code, message) == ("InvalidIdentityToken", "Claim exp is not a valid timestamp")


def test_the_role_arn_has_to_be_one(anyone, issuer):
    arn = "arn:aws:iam::123456789012:oidc-provider/x"
    assert refused(anyone, arn, issuer.token()) == ("ValidationError", "Request ARN is invalid")
    assert refused(anyone, "x" * 20, issuer.token()) == ("ValidationError", f"{'x' * 20} is invalid")


def test_tokens_of_oauth_are_not_pretended_to_be_understood(anyone, role):
    assert status_of(assume, anyone=anyone, role=role, token="Atza|token", ProviderId="www.amazon.com") == 501


def test_session_policies_are_checked_like_anywhere(anyone, role, issuer):
    assert refused(anyone, role, issuer.token(), Policy="{")[0] == "MalformedPolicyDocument"


# wrong state


def test_an_issuer_without_a_provider_in_the_account_is_refused(actors, anyone, issuer, clock):
    role = actors.open_role("r")
    assert refused(anyone, role, issuer.token()) == (
        "InvalidIdentityToken",
        f"No OpenIDConnect provider found in your account for {issuer.url}",
    )
    assert issuer.requests == []


def test_a_provider_of_another_account_does_not_count(cloud, actors, anyone, issuer, provider):
    other = type(actors)(cloud, cloud.new_account())
    role = other.role("web", trust({"Federated": provider}, ACTION))
    code, message = refused(anyone, role, issuer.token())
    assert (code, message.partition(" for ")[0]) == (
        "InvalidIdentityToken",
        "No OpenIDConnect provider found in your account",
    )


def test_an_expired_token_is_refused_by_the_clouds_clock(anyone, role, issuer, frozen_clock):
    token, now = issuer.token(), int(frozen_clock.now())
    assume(anyone, role, token)
    frozen_clock.advance(300)
    assert refused(anyone, role, token) == (
        "ExpiredTokenException",
        f"Token expired: current date/time {now + 300} must be before the expiration date/time {now + 300}",
    )
    assert status_of(assume, anyone=anyone, role=role, token=token) == 400


def test_a_token_of_the_future_is_refused(anyone, role, issuer, clock):
    for claim in ("nbf", "iat"):
        later = int(clock.now()) + 3600
        code, message = refused(anyone, role, issuer.token(**{claim: later, "exp": later + 300}))
        assert (code, message) == ("InvalidIdentityToken", "Token is not yet valid")


@pytest.mark.parametrize("audience", ["somebody-else", ["a", "b"]])
def test_a_token_for_someone_else_is_refused(anyone, role, issuer, audience):
    assert refused(anyone, role, issuer.token(aud=audience)) == ("InvalidIdentityToken", "Incorrect token audience")


def test_a_tampered_token_is_refused(anyone, role, issuer):
    head, body, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "sub": "root"}).encode()).decode().rstrip("=")
    for token in (f"{head}.{forged}.{signature}", f"{head}.{body}.{signature[:-8]}AAAAAAAA", f"{head}.{body}."):
        assert refused(anyone, role, token) == ("InvalidIdentityToken", "Token signature invalid")


def test_an_unsigned_token_is_refused(anyone, role, issuer):
    _head, body, _signature = issuer.token().split(".")
    for algorithm in ("none", "None", "NONE", "", None, 7):
        head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).decode().rstrip("=")
        for token in (f"{head}.{body}.", f"{head}.{body}.AAAA"):
            assert refused(anyone, role, token)[0] == "InvalidIdentityToken"


def test_a_token_signed_with_the_public_key_as_a_shared_secret_is_refused(anyone, role, issuer):
    body = issuer.token().split(".")[1]
    head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "rsa-1"}).encode()).decode().rstrip("=")
    mac = hmac.digest(issuer.keys[0].as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    token = f"{head}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"
    assert refused(anyone, role, token) == ("InvalidIdentityToken", "Token is not signed with a supported algorithm")


def test_a_token_signed_with_a_key_the_issuer_does_not_publish_is_refused(anyone, role, issuer):
    stranger = jwk.RSAKey.generate_key(2048, {"kid": "rsa-1"})
    unknown = jwk.RSAKey.generate_key(2048, {"kid": "rsa-9"})
    assert refused(anyone, role, issuer.token(key=stranger))[1] == "Token signature invalid"
    assert refused(anyone, role, issuer.token(key=unknown)) == NO_KEY


def test_a_key_in_the_tokens_own_header_is_not_trusted(anyone, role, issuer):
    stranger = jwk.RSAKey.generate_key(2048, {"kid": "rsa-1"})
    token = issuer.token(key=stranger, header={"jwk": stranger.as_dict(private=False)})
    assert refused(anyone, role, token)[0] == "InvalidIdentityToken"


def test_an_issuer_that_is_down_cannot_be_asked(anyone, actors, clock):
    with serving(Issuer(now=clock.now)) as issuer:
        role = actors.role("web", trust({"Federated": registered(actors, issuer)}, ACTION))
        issuer.status = 503
        assert refused(anyone, role, issuer.token())[0] == "IDPCommunicationError"
    token = issuer.token()
    assert refused(anyone, role, token) == (
        "IDPCommunicationError",
        "Error communicating with the identity provider",
    )
    assert status_of(assume, anyone=anyone, role=role, token=token) == 400


@pytest.mark.parametrize(
    "discovery", [{"issuer": "https://else.where"}, {"jwks_uri": 7}, {"jwks_uri": "http://example.com/keys"},
                  {"jwks_uri": "ftp://localhost/keys"}, {"jwks_uri": "http://localhost:99999/"}],
)  # fmt: skip
def test_a_discovery_document_that_is_not_the_issuers_is_refused(anyone, role, issuer, discovery):
    issuer.discovery = discovery
    assert refused(anyone, role, issuer.token()) == NO_KEY


def test_an_issuer_that_publishes_no_keys_is_refused(anyone, role, issuer):
    issuer.status = 404
    assert refused(anyone, role, issuer.token()) == NO_KEY


def test_a_role_that_does_not_trust_the_holder_answers_like_one_that_is_not_there(
    actors, anyone, provider, issuer, account
):
    stranger = "arn:aws:iam::123456789012:oidc-provider/example.com"
    roles = [
        actors.open_role("users-only"),
        actors.role("else", trust({"Federated": stranger}, ACTION)),
        actors.role("bob", trust({"Federated": provider}, ACTION, StringEquals={f"{issuer.name}:sub": "bob"})),
        actors.role("saml", trust({"Federated": provider}, "sts:AssumeRoleWithSAML")),
        f"arn:aws:iam::{account}:role/missing",
    ]
    for role in roles:
        assert refused(anyone, role, issuer.token()) == DENIED
    assert status_of(assume, anyone=anyone, role=roles[0], token=issuer.token()) == 403


def test_a_session_cannot_outlast_the_roles_longest(anyone, role, issuer):
    assert refused(anyone, role, issuer.token(), DurationSeconds=7200) == (
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    )


# behaviour


def test_a_token_makes_a_session_of_the_role(actors, anyone, role, issuer, provider):
    answer, account = assume(anyone, role, issuer.token()), actors.account
    assert answer["SubjectFromWebIdentityToken"] == "ann"
    assert (answer["Audience"], answer["Provider"]) == (CLIENT, provider)
    arn = f"arn:aws:sts::{account}:assumed-role/web/me"
    assert answer["AssumedRoleUser"]["Arn"] == arn
    session = actors.as_session(answer)
    assert session.client("sts").get_caller_identity()["Arn"] == arn
    session.client("iam").list_users()


def test_signed_calls_are_taken_too(actors, role, issuer):
    answer = assume(actors.root.client("sts"), role, issuer.token())
    assert answer["AssumedRoleUser"]["Arn"].endswith("/web/me")


def test_elliptic_keys_sign_as_well(anyone, role, issuer):
    issuer.keys = [jwk.ECKey.generate_key("P-256", {"kid": "ec-1"})]
    assume(anyone, role, issuer.token())


def test_a_trust_policy_looks_at_the_tokens_claims(actors, anyone, provider, issuer):
    role = actors.role(
        "r",
        trust(
            {"Federated": provider}, ACTION,
            StringEquals={f"{issuer.name}:aud": CLIENT, f"{issuer.name}:email": "ann@example.com"},
            StringLike={f"{issuer.name}:sub": "project:*:main"},
            **{"ForAnyValue:StringEquals": {f"{issuer.name}:amr": "mfa"}},
        ),
    )  # fmt: skip
    good = {"sub": "project:cloud:main", "email": "ann@example.com", "amr": ["pwd", "mfa"]}
    assume(anyone, role, issuer.token(**good))
    for bad in ({"sub": "project:cloud:dev"}, {"aud": "other-app"}, {"amr": ["pwd"]}, {"amr": None}, {"email": "x"}):
        assert refused(anyone, role, issuer.token(**{**good, **bad})) == DENIED


def test_the_authorised_party_is_the_audience_where_there_is_one(actors, anyone, provider, issuer):
    role = actors.role("r", trust({"Federated": provider}, ACTION, StringEquals={f"{issuer.name}:oaud": "https://api"}))
    answer = assume(anyone, role, issuer.token(aud="https://api", azp=CLIENT))
    assert answer["Audience"] == CLIENT
    assert refused(anyone, role, issuer.token(aud=CLIENT, azp="else"))[1] == "Incorrect token audience"


def test_the_session_keeps_the_tokens_claims_for_the_roles_policies(actors, anyone, provider, issuer):
    statement = {
        "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"StringEquals": {f"{issuer.name}:sub": "ann", "aws:FederatedProvider": provider}},
    }  # fmt: skip
    role = actors.role("r", trust({"Federated": provider}, ACTION), statement)
    actors.as_session(assume(anyone, role, issuer.token())).client("iam").list_users()
    bob = actors.as_session(assume(anyone, role, issuer.token(sub="bob-the-second")))
    assert refusal(bob.client("iam").list_users)[0] == "AccessDenied"


def test_a_session_policy_limits_the_session(actors, anyone, role, issuer):
    policy = document({"Effect": "Allow", "Action": "sqs:*", "Resource": "*"})
    answer = assume(anyone, role, issuer.token(), Policy=policy)
    assert answer["PackedPolicySize"] > 0
    assert refusal(actors.as_session(answer).client("iam").list_users)[0] == "AccessDenied"


@pytest.mark.parametrize(
    "claims",
    [
        {TAGS: {"principal_tags": {"Team": ["blue"]}, "transitive_tag_keys": ["Team"]}},
        {f"{TAGS}/principal_tags/Team": "blue", f"{TAGS}/transitive_tag_keys": ["Team"]},
    ],
    ids=["nested", "flat"],
)  # fmt: skip
def test_tags_and_source_identity_come_with_the_token_if_the_role_lets_them(actors, anyone, provider, issuer, claims):
    claims = {**claims, "https://aws.amazon.com/source_identity": "ann"}
    both = trust(
        {"Federated": provider}, ACTION, "sts:TagSession", "sts:SetSourceIdentity",
        StringEquals={"aws:RequestTag/Team": "blue", "sts:SourceIdentity": "ann"},
    )  # fmt: skip
    answer = assume(anyone, actors.role("both", both, EVERYTHING), issuer.token(**claims))
    assert answer["SourceIdentity"] == "ann"
    only_for_ann = {
        "Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "blue", "aws:SourceIdentity": "ann"}},
    }  # fmt: skip
    second = actors.open_role("second", only_for_ann)
    actors.assumed(second, by=actors.as_session(answer)).client("iam").list_users()
    untagged = actors.role("untagged", trust({"Federated": provider}, ACTION))
    assert refused(anyone, untagged, issuer.token(**claims)) == (
        "AccessDenied",
        "Not authorized to perform sts:TagSession",
    )


@pytest.mark.parametrize("tags", ["x", {"principal_tags": ["x"]}, {"principal_tags": {"a": ["b", "c"]}},
                                  {"principal_tags": {"a": {}}}, {"principal_tags": {"": "b"}}])  # fmt: skip
def test_malformed_tags_in_a_token_are_refused(anyone, role, issuer, tags):
    refused_with = refused(anyone, role, issuer.token(**{"https://aws.amazon.com/tags": tags}))
    assert refused_with == ("InvalidIdentityToken", "Invalid session tags in token")


def test_keys_are_kept_for_some_minutes_and_fetched_anew_when_they_rotate(anyone, role, issuer, clock):
    assume(anyone, role, issuer.token())
    assume(anyone, role, issuer.token())
    assert len(issuer.requests) == 2
    issuer.keys = [jwk.RSAKey.generate_key(2048, {"kid": "rsa-2"})]
    assume(anyone, role, issuer.token())
    assert len(issuer.requests) == 4
    clock.advance(301)
    assume(anyone, role, issuer.token())
    assert len(issuer.requests) == 6


def test_a_certificate_nobody_knows_is_taken_if_the_provider_has_its_thumbprint(actors, anyone, clock):
    certificate = trustme.CA().issue_cert("localhost")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(tls)
    der = ssl.PEM_cert_to_DER_cert(certificate.cert_chain_pems[0].bytes().decode())
    with serving(Issuer(now=clock.now), tls=tls) as issuer:
        arn = actors.iam.create_open_id_connect_provider(
            Url=issuer.url, ClientIDList=[CLIENT], ThumbprintList=["0" * 40]
        )["OpenIDConnectProviderArn"]
        role = actors.role("web", trust({"Federated": arn}, ACTION))
        assert refused(anyone, role, issuer.token())[0] == "IDPCommunicationError"
        actors.iam.update_open_id_connect_provider_thumbprint(
            OpenIDConnectProviderArn=arn, ThumbprintList=[hashlib.sha1(der).hexdigest()]
        )
        assume(anyone, role, issuer.token())


def test_the_ruling_on_the_trust_policy_is_on_the_span(cloud, actors, anyone, provider, issuer):
    role = actors.role("r", trust({"Federated": provider}, ACTION, StringEquals={f"{issuer.name}:sub": "bob"}))
    refused(anyone, role, issuer.token())
    span = cloud.spans(operation="AssumeRoleWithWebIdentity", account=actors.account)[0]
    assert span.principal == f"{provider}:{CLIENT}:ann"
    assert f'{issuer.name}:sub "bob" does not hold: the request has "ann"' in " ".join(span.decision.explain())


def test_tokens_that_say_they_are_of_a_cognito_identity_have_to_be(actors, anyone, issuer):
    role = actors.role("r", trust({"Federated": "cognito-identity.amazonaws.com"}, ACTION))
    assert refused(anyone, role, issuer.token(iss="https://cognito-identity.amazonaws.com")) == NO_KEY


def test_services_are_told_the_keys_of_an_issuer_which_are_kept(cloud, issuer):
    def ask(**more):
        nobody = principals.service("apigateway.amazonaws.com")
        request = {"Issuer": issuer.url, **more}
        return cloud.run(lambda c: c.dispatcher.enter(nobody, "", "us-east-1", "sts:issuer_keys", request))

    assert [key["kid"] for key in ask()["Keys"]] == ["rsa-1"]
    fetched = len(issuer.requests)
    assert ask() == {"Keys": [issuer.keys[0].as_dict(private=False)], "IsNew": False}
    assert len(issuer.requests) == fetched
    assert ask(Anew=True)["IsNew"] is True
    assert len(issuer.requests) > fetched
