"""Role mappings and principal tags."""

from __future__ import annotations

import pytest

from cloudchamber.services.cognito_identity.roles import Refused, Verified, choose, principal_tags
from tests.services.cognito_identity.identity_calls import BAD_CONFIGURATION, WEB_IDENTITY, forbidden, trusting
from tests.services.sts.sts_calls import EVERYTHING, refusal

OWN = {"authenticated": "arn:default"}
DENY, DEFAULT = {"AmbiguousRoleResolution": "Deny"}, {"AmbiguousRoleResolution": "AuthenticatedRole"}
TOKEN = {"Type": "Token"}


def chosen(mapping, custom=None, **claims):
    named = {name.replace("_", ":", 1) if name.startswith("cognito") else name: v for name, v in claims.items()}
    return choose(OWN, {"idp:client": mapping}, [Verified("idp", "ann", "m", named, ("idp:client",))], custom)


def test_the_preferred_role_of_the_token_comes_first():
    assert chosen(TOKEN | DENY, cognito_preferred_role="a", cognito_roles=["b", "c"]) == "a"
    assert chosen(TOKEN | DENY, cognito_roles=["b"]) == "b"


def test_a_role_chosen_has_to_be_offered():
    assert chosen(TOKEN | DENY, "c", cognito_preferred_role="a", cognito_roles=["b", "c"]) == "c"
    with pytest.raises(Refused):
        chosen(TOKEN | DEFAULT, "d", cognito_roles=["b", "c"])
    with pytest.raises(Refused):
        choose(OWN, {}, [Verified("idp", "ann", "m")], "arn:other")


@pytest.mark.parametrize("claims", [{}, {"cognito_roles": ["a", "b"]}, {"cognito_roles": 1}])
def test_where_the_token_does_not_say_the_pool_decides(claims):
    assert chosen(TOKEN | DEFAULT, **claims) == "arn:default"
    with pytest.raises(Refused):
        chosen(TOKEN | DENY, **claims)


@pytest.mark.parametrize(
    ("match", "value", "claim", "holds"),
    [
        ("Equals", "paid", "paid", True),
        ("Equals", "paid", "Paid", False),
        ("Equals", "true", True, True),
        ("Equals", "3", 3, True),
        ("Equals", "admins", ["users", "admins"], True),
        ("Contains", "ai", "paid", True),
        ("Contains", "x", "paid", False),
        ("StartsWith", "pa", "paid", True),
        ("StartsWith", "ai", "paid", False),
        ("NotEqual", "free", "paid", True),
        ("NotEqual", "users", ["users", "admins"], False),
    ],
)
def test_rules_compare_claims(match, value, claim, holds):
    rules = [{"Claim": "plan", "MatchType": match, "Value": value, "RoleARN": "arn:rule"}]
    mapping = {"Type": "Rules", "RulesConfiguration": {"Rules": rules}} | DEFAULT
    assert chosen(mapping, plan=claim) == ("arn:rule" if holds else "arn:default")
    assert chosen(mapping) == "arn:default"


def test_the_first_rule_that_holds_decides():
    rules = [
        {"Claim": "plan", "MatchType": "Equals", "Value": value, "RoleARN": f"arn:{number}"}
        for number, value in enumerate(["free", "paid", "paid"])
    ]
    assert chosen({"Type": "Rules", "RulesConfiguration": {"Rules": rules}} | DENY, plan="paid") == "arn:1"


def test_tags_are_single_values():
    claims = {"sub": "ann", "team": ["red"], "groups": ["a", "b"], "vip": True, "long": "x" * 257}
    mapping = {"user": "sub", "team": "team", "groups": "groups", "vip": "vip", "long": "long", "none": "none"}
    assert principal_tags(mapping, claims) == {"user": "ann", "team": "red", "vip": "true"}


# through the service


def test_rules_give_a_role_to_who_has_the_claim(federation):
    federation.with_roles()
    actors, pool = federation.actors, federation.pool
    admins = actors.role("admins", trusting(pool, "authenticated"), EVERYTHING)
    rules = [{"Claim": "groups", "MatchType": "Contains", "Value": "admin", "RoleARN": admins}]
    mapping = {"Type": "Rules", "RulesConfiguration": {"Rules": rules}, "AmbiguousRoleResolution": "Deny"}
    federation.identity.set_identity_pool_roles(
        IdentityPoolId=pool, Roles={"authenticated": f"arn:aws:iam::{actors.account}:role/users"},
        RoleMappings={federation.name: mapping},
    )  # fmt: skip
    ann, bob = federation.user("ann"), federation.user("bob")
    session = federation.session(ann, Logins=federation.logins("ann", groups=["admins"]))
    assert ":assumed-role/admins/" in session.client("sts").get_caller_identity()["Arn"]
    assert federation.refused(bob, Logins=federation.logins("bob")) == forbidden(bob)


def test_claims_become_tags_of_the_session_if_the_role_lets_them(federation):
    actors = federation.actors
    tagged = {**EVERYTHING, "Condition": {"StringEquals": {"aws:PrincipalTag/team": "red"}}}
    federation.with_roles(users=tagged)
    federation.identity.set_principal_tag_attribute_map(
        IdentityPoolId=federation.pool, IdentityProviderName=federation.name, PrincipalTags={"team": "custom:team"}
    )
    ann, red, blue = federation.user(), {"custom:team": "red"}, {"custom:team": "blue"}
    assert federation.refused(ann, Logins=federation.logins(**red)) == BAD_CONFIGURATION
    trust = trusting(federation.pool, "authenticated", WEB_IDENTITY, "sts:TagSession")
    actors.iam.update_assume_role_policy(RoleName="users", PolicyDocument=trust)
    sqs = federation.session(ann, Logins=federation.logins(**red)).client("sqs")
    assert "QueueUrls" not in sqs.list_queues()
    sqs = federation.session(ann, Logins=federation.logins(**blue)).client("sqs")
    assert refusal(sqs.list_queues)[0] == "AccessDenied"
