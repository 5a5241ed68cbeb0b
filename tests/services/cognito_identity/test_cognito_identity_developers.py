"""Users whom an app's own backend vouches for."""

from __future__ import annotations

import pytest

from cloudchamber.identity import jwt
from tests.services.cognito_identity.identity_calls import COGNITO, CONFLICT, NO_MATCH, forbidden
from tests.services.sts.sts_calls import refusal

PROVIDER = "login.mycompany"


@pytest.fixture
def vouch(federation):
    """`vouch("ann")`: what the backend gets for a user of its own."""

    def call(user, **more):
        logins = {PROVIDER: user, **more.pop("logins", {})}
        return federation.identity.get_open_id_token_for_developer_identity(
            IdentityPoolId=federation.pool, Logins=logins, **more
        )

    call.refused = lambda user, **more: refusal(call, user=user, **more)
    return call


def test_the_developers_provider_has_to_be_named(federation):
    call = federation.identity.get_open_id_token_for_developer_identity
    assert refusal(call, IdentityPoolId=federation.pool, Logins={"login.other": "ann"}) == (
        "InvalidParameterException",
        "Please provide a valid developer provider.",
    )


def test_a_user_is_the_same_at_each_sign_in(vouch):
    assert vouch("ann")["IdentityId"] == vouch("ann")["IdentityId"]
    assert vouch("ann")["IdentityId"] != vouch("bob")["IdentityId"]


def test_the_token_gives_credentials_in_the_enhanced_flow(federation, vouch):
    federation.with_roles()
    given = vouch("ann", TokenDuration=60)
    claims = jwt.read(given["Token"]).claims
    assert claims["amr"] == ["authenticated", PROVIDER, f"{PROVIDER}:{federation.pool}:ann"]
    assert claims["exp"] - claims["iat"] == 60
    session = federation.session(given["IdentityId"], Logins={COGNITO: given["Token"]})
    assert ":assumed-role/users/" in session.client("sts").get_caller_identity()["Arn"]
    assert federation.id(Logins={COGNITO: given["Token"]}) == given["IdentityId"]
    assert federation.refused(given["IdentityId"]) == forbidden(given["IdentityId"])
    other = vouch("bob")["IdentityId"]
    assert federation.refused(other, Logins={COGNITO: given["Token"]}) == NO_MATCH


def test_tags_come_from_the_backend(federation, vouch):
    given = vouch("ann", PrincipalTags={"team": "red"})
    assert jwt.read(given["Token"]).claims["https://aws.amazon.com/tags"] == {"principal_tags": {"team": ["red"]}}


def test_a_token_of_another_pool_or_time_or_hand_is_refused(federation, vouch, frozen_clock):
    given = vouch("ann")
    other = federation.identity.create_identity_pool(IdentityPoolName="o", AllowUnauthenticatedIdentities=True)
    guest = federation.anyone.get_id(IdentityPoolId=other["IdentityPoolId"])["IdentityId"]
    assert federation.refused(guest, Logins={COGNITO: given["Token"]}) == (
        "NotAuthorizedException",
        "Token is not from a supported provider of this identity pool.",
    )
    head, body, signature = given["Token"].split(".")
    assert federation.refused(given["IdentityId"], Logins={COGNITO: f"{head}.{body}.{signature[::-1]}"}) == (
        "NotAuthorizedException",
        "Invalid login token. Couldn't verify signed token.",
    )
    assert federation.refused(given["IdentityId"], Logins={COGNITO: federation.issuer.token()})[1] == (
        "Invalid login token. Couldn't verify signed token."
    )
    now = int(frozen_clock.now())
    frozen_clock.advance(901)
    assert federation.refused(given["IdentityId"], Logins={COGNITO: given["Token"]}) == (
        "NotAuthorizedException",
        f"Invalid login token. Token expired: {now + 901} >= {now + 900}",
    )


def test_an_identity_gets_a_further_login(federation, vouch):
    guest = federation.id()
    assert vouch("ann", IdentityId=guest)["IdentityId"] == guest
    assert vouch("ann", logins=federation.logins("ann"))["IdentityId"] == guest
    assert federation.user("ann") == guest


def test_a_user_of_another_identity_is_not_registered_twice(federation, vouch):
    vouch("ann")
    code, message = vouch.refused("ann", IdentityId=federation.id())
    assert code == "DeveloperUserAlreadyRegisteredException"
    assert "already registered" in message
    assert vouch.refused("bob", IdentityId="us-east-1:00000000-0000-0000-0000-000000000000")[0] == (
        "ResourceNotFoundException"
    )


def test_logins_of_two_identities_do_not_become_one(federation, vouch):
    vouch("dev")
    federation.user("ann")
    assert vouch.refused("dev", logins=federation.logins("ann")) == CONFLICT


def test_looking_up(federation, vouch):
    ann = vouch("ann")["IdentityId"]
    vouch("ann-2", IdentityId=ann)

    def look(**asked):
        found = federation.identity.lookup_developer_identity(IdentityPoolId=federation.pool, **asked)
        return found["IdentityId"], found["DeveloperUserIdentifierList"]

    assert look(IdentityId=ann) == look(DeveloperUserIdentifier="ann") == (ann, ["ann", "ann-2"])
    assert look(IdentityId=ann, DeveloperUserIdentifier="ann-2") == (ann, ["ann-2"])
    bob = vouch("bob")["IdentityId"]
    assert refusal(look, IdentityId=bob, DeveloperUserIdentifier="ann")[0] == "ResourceConflictException"
    assert refusal(look, DeveloperUserIdentifier="nobody")[0] == "ResourceNotFoundException"
    assert refusal(look)[0] == "InvalidParameterException"
    page = federation.identity.lookup_developer_identity(IdentityPoolId=federation.pool, IdentityId=ann, MaxResults=1)
    assert page["DeveloperUserIdentifierList"] == ["ann"]
    assert "NextToken" in page


def test_merging(federation, vouch):
    source, target = vouch("ann")["IdentityId"], vouch("bob")["IdentityId"]
    asked = {"IdentityPoolId": federation.pool, "DeveloperProviderName": PROVIDER}
    merged = federation.identity.merge_developer_identities(
        SourceUserIdentifier="ann", DestinationUserIdentifier="bob", **asked
    )
    assert merged["IdentityId"] == target
    assert vouch("ann")["IdentityId"] == target
    assert vouch.refused("carl", IdentityId=source) == forbidden(source)


def test_two_users_of_one_public_provider_are_not_merged(federation, vouch):
    for user in ("ann", "bob"):
        vouch(user, logins=federation.logins(user))
    asked = {"IdentityPoolId": federation.pool, "DeveloperProviderName": PROVIDER}
    code, _ = refusal(
        federation.identity.merge_developer_identities, SourceUserIdentifier="ann", DestinationUserIdentifier="bob",
        **asked,
    )  # fmt: skip
    assert code == "ResourceConflictException"


def test_unlinking(federation, vouch):
    ann, bob = vouch("ann")["IdentityId"], vouch("bob")["IdentityId"]
    unlink = federation.identity.unlink_developer_identity
    asked = {"IdentityPoolId": federation.pool, "DeveloperProviderName": PROVIDER, "DeveloperUserIdentifier": "ann"}
    assert refusal(unlink, IdentityId=bob, **asked)[0] == "ResourceConflictException"
    unlink(IdentityId=ann, **asked)
    assert vouch("ann")["IdentityId"] != ann
