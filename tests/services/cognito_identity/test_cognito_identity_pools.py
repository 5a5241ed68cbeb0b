"""Identity pools as such: their settings, roles, maps of principal tags, tags, and who may change them."""

from __future__ import annotations

import pytest

from tests.services.sts.sts_calls import refusal

IDP = "cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"


@pytest.fixture
def pool(identity):
    return identity.create_identity_pool(IdentityPoolName="my pool", AllowUnauthenticatedIdentities=False)


@pytest.fixture
def role(account):
    return f"arn:aws:iam::{account}:role/r"


def no_pool(pool_id):
    return "ResourceNotFoundException", f"IdentityPool '{pool_id}' not found."


# wrong input


def test_ids_have_a_form(identity):
    assert refusal(identity.describe_identity_pool, IdentityPoolId="us-east-1_abc") == (
        "ValidationException",
        (
            "1 validation error detected: Value 'us-east-1_abc' at 'identityPoolId' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+"
        ),
    )


def test_public_providers_are_those_aws_knows(identity):
    asked = {"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": True}
    assert refusal(identity.create_identity_pool, SupportedLoginProviders={"example.com": "1"}, **asked) == (
        "InvalidParameterException",
        "Please provide a valid public provider",
    )


@pytest.mark.parametrize(
    "mapping",
    [
        {"Type": "Token"},
        {"Type": "Rules", "AmbiguousRoleResolution": "Deny"},
        {
            "Type": "Token",
            "AmbiguousRoleResolution": "Deny",
            "RulesConfiguration": {"Rules": [{"Claim": "a", "MatchType": "Equals", "Value": "b", "RoleARN": "ROLE"}]},
        },
        {
            "Type": "Rules",
            "AmbiguousRoleResolution": "Deny",
            "RulesConfiguration": {
                "Rules": [{"Claim": "a", "MatchType": "Equals", "Value": "b", "RoleARN": "ROLE"}] * 26
            },
        },
    ],
)
def test_role_mappings_are_whole(identity, pool, role, mapping):
    for rule in mapping.get("RulesConfiguration", {}).get("Rules", ()):
        rule["RoleARN"] = role
    asked = {"IdentityPoolId": pool["IdentityPoolId"], "Roles": {}, "RoleMappings": {IDP: mapping}}
    assert refusal(identity.set_identity_pool_roles, **asked)[0] == "InvalidParameterException"


def test_roles_are_of_two_kinds(identity, pool, role):
    asked = {"IdentityPoolId": pool["IdentityPoolId"], "Roles": {"admin": role}}
    assert refusal(identity.set_identity_pool_roles, **asked)[0] == "ValidationException"


def test_defaults_and_tags_of_ones_own_exclude_each_other(identity, pool):
    asked = {"IdentityPoolId": pool["IdentityPoolId"], "IdentityProviderName": IDP, "UseDefaults": True}
    code, _ = refusal(identity.set_principal_tag_attribute_map, PrincipalTags={"a": "b"}, **asked)
    assert code == "InvalidParameterException"


def test_a_marker_of_no_listing(identity):
    assert refusal(identity.list_identity_pools, MaxResults=1, NextToken="x")[0] == "InvalidParameterException"


# wrong state


def test_what_is_not_there(identity, account):
    pool_id = "us-east-1:00000000-0000-0000-0000-000000000000"
    arn = f"arn:aws:cognito-identity:us-east-1:{account}:identitypool/{pool_id}"
    asked = {"IdentityPoolId": pool_id}
    for call, more in (
        (identity.describe_identity_pool, {}),
        (identity.delete_identity_pool, {}),
        (identity.get_identity_pool_roles, {}),
        (identity.set_identity_pool_roles, {"Roles": {}}),
        (identity.list_identities, {"MaxResults": 1}),
        (identity.get_principal_tag_attribute_map, {"IdentityProviderName": "x"}),
        (identity.update_identity_pool, {"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": True}),
    ):
        assert refusal(call, **asked, **more) == no_pool(pool_id)
    assert refusal(identity.list_tags_for_resource, ResourceArn=arn) == (
        "ResourceNotFoundException",
        f"Resource '{arn}' not found.",
    )


def test_a_pool_of_another_region_or_account_is_not_seen(cloud, actors, pool):
    for session in (cloud.session(actors.account, "eu-west-1"), cloud.session()):
        client = session.client("cognito-identity")
        assert refusal(client.describe_identity_pool, IdentityPoolId=pool["IdentityPoolId"]) == no_pool(
            pool["IdentityPoolId"]
        )


def test_the_name_of_the_developers_provider_stays(identity):
    asked = {"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": True}
    pool_id = identity.create_identity_pool(DeveloperProviderName="mine", **asked)["IdentityPoolId"]
    code, _ = refusal(identity.update_identity_pool, IdentityPoolId=pool_id, DeveloperProviderName="other", **asked)
    assert code == "InvalidParameterException"
    kept = identity.update_identity_pool(IdentityPoolId=pool_id, DeveloperProviderName="mine", **asked)
    assert kept["DeveloperProviderName"] == "mine"


# behaviour


def test_a_pool_is_what_it_was_created_as(identity):
    asked = {
        "IdentityPoolName": "my pool",
        "AllowUnauthenticatedIdentities": True,
        "AllowClassicFlow": True,
        "SupportedLoginProviders": {"accounts.google.com": "1.apps.googleusercontent.com"},
        "DeveloperProviderName": "login.mine",
        "CognitoIdentityProviders": [{"ProviderName": IDP, "ClientId": "abc", "ServerSideTokenCheck": True}],
        "IdentityPoolTags": {"team": "red"},
    }
    created = identity.create_identity_pool(**asked)
    created.pop("ResponseMetadata")
    assert created == {**asked, "IdentityPoolId": created["IdentityPoolId"]}
    assert created["IdentityPoolId"].startswith("us-east-1:")
    shown = identity.describe_identity_pool(IdentityPoolId=created["IdentityPoolId"])
    shown.pop("ResponseMetadata")
    assert shown == created


def test_what_an_update_does_not_name_goes_back_to_nothing(identity):
    asked = {"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": True}
    pool_id = identity.create_identity_pool(AllowClassicFlow=True, IdentityPoolTags={"a": "b"}, **asked)[
        "IdentityPoolId"
    ]
    updated = identity.update_identity_pool(IdentityPoolId=pool_id, **{**asked, "IdentityPoolName": "q"})
    assert "AllowClassicFlow" not in updated
    assert (updated["IdentityPoolName"], updated["IdentityPoolTags"]) == ("q", {"a": "b"})


def test_a_deleted_pool_takes_its_identities_along(identity, anyone):
    pool_id = identity.create_identity_pool(IdentityPoolName="p", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
    guest = anyone.get_id(IdentityPoolId=pool_id)["IdentityId"]
    identity.delete_identity_pool(IdentityPoolId=pool_id)
    assert refusal(anyone.get_id, IdentityPoolId=pool_id) == no_pool(pool_id)
    assert refusal(identity.describe_identity, IdentityId=guest) == (
        "ResourceNotFoundException",
        f"Identity '{guest}' not found.",
    )


def test_listings_go_page_by_page(identity, anyone):
    made = {
        identity.create_identity_pool(IdentityPoolName=f"p{n}", AllowUnauthenticatedIdentities=True)["IdentityPoolId"]
        for n in range(5)
    }
    seen, token = [], {}
    while True:
        page = identity.list_identity_pools(MaxResults=2, **token)
        seen += [pool["IdentityPoolId"] for pool in page["IdentityPools"]]
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    assert sorted(made) == seen
    guests = {anyone.get_id(IdentityPoolId=seen[0])["IdentityId"] for _ in range(3)}
    first = identity.list_identities(IdentityPoolId=seen[0], MaxResults=2)
    rest = identity.list_identities(IdentityPoolId=seen[0], MaxResults=2, NextToken=first["NextToken"])
    assert {one["IdentityId"] for one in first["Identities"] + rest["Identities"]} == guests
    identity.delete_identities(IdentityIdsToDelete=sorted(guests))
    assert identity.list_identities(IdentityPoolId=seen[0], MaxResults=2)["Identities"] == []


def test_roles_are_kept(identity, pool, role):
    pool_id = pool["IdentityPoolId"]
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "AuthenticatedRole"}
    identity.set_identity_pool_roles(
        IdentityPoolId=pool_id, Roles={"authenticated": role}, RoleMappings={f"{IDP}:abc": mapping}
    )
    found = identity.get_identity_pool_roles(IdentityPoolId=pool_id)
    assert (found["Roles"], found["RoleMappings"]) == ({"authenticated": role}, {f"{IDP}:abc": mapping})
    identity.set_identity_pool_roles(IdentityPoolId=pool_id, Roles={})
    assert identity.get_identity_pool_roles(IdentityPoolId=pool_id)["Roles"] == {}


def test_maps_of_principal_tags_are_kept(identity, pool):
    asked = {"IdentityPoolId": pool["IdentityPoolId"], "IdentityProviderName": IDP}
    empty = identity.get_principal_tag_attribute_map(**asked)
    assert (empty["UseDefaults"], empty["PrincipalTags"]) == (False, {})
    identity.set_principal_tag_attribute_map(UseDefaults=True, **asked)
    found = identity.get_principal_tag_attribute_map(**asked)
    assert (found["UseDefaults"], found["PrincipalTags"]) == (True, {"username": "sub", "client": "aud"})


def test_tags(identity, pool, actors):
    arn = f"arn:aws:cognito-identity:us-east-1:{actors.account}:identitypool/{pool['IdentityPoolId']}"
    identity.tag_resource(ResourceArn=arn, Tags={"a": "1", "b": "2"})
    identity.untag_resource(ResourceArn=arn, TagKeys=["a"])
    assert identity.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"b": "2"}
    assert refusal(identity.tag_resource, ResourceArn=arn, Tags={"aws:x": "1"})[0] == "InvalidParameterException"


def test_who_sets_roles_has_to_be_allowed_to_pass_them(actors, pool, role):
    allowed = {"Effect": "Allow", "Action": "cognito-identity:*", "Resource": "*"}
    user = actors.user("u", allowed).client("cognito-identity")
    asked = {"IdentityPoolId": pool["IdentityPoolId"], "Roles": {"authenticated": role}}
    code, message = refusal(user.set_identity_pool_roles, **asked)
    assert code == "AccessDeniedException"
    assert f"iam:PassRole on resource: {role}" in message
