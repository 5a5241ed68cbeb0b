"""CloudFormation's types of identity pools."""

from __future__ import annotations

import pytest

from tests.resources.stack_calls import Stack
from tests.services.sts.sts_calls import refusal

IDP = "cognito-idp.us-east-1.amazonaws.com/us-east-1_abcdefghi"


@pytest.fixture
def stack(cloud, account):
    return Stack(cloud, account)


def test_a_pool(stack, identity):
    pool = stack.create(
        "AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities="true", DeveloperProviderName="mine",
        CognitoIdentityProviders=[{"ProviderName": IDP, "ClientId": "abc", "ServerSideTokenCheck": "false"}],
        IdentityPoolTags=[{"Key": "team", "Value": "red"}],
    )  # fmt: skip
    found = identity.describe_identity_pool(IdentityPoolId=pool.ref)
    assert pool.att("Name") == found["IdentityPoolName"] == f"Stack-IdentityPool1-{stack.account}"
    assert found["AllowUnauthenticatedIdentities"] is True
    assert found["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] is False
    assert found["IdentityPoolTags"] == {"team": "red"}
    pool.update(
        AllowUnauthenticatedIdentities=False, DeveloperProviderName="mine",
        IdentityPoolTags=[{"Key": "team", "Value": "blue"}],
    )  # fmt: skip
    read = pool.read()
    assert read["AllowUnauthenticatedIdentities"] is False
    assert read["IdentityPoolTags"] == [{"Key": "team", "Value": "blue"}]
    assert "CognitoIdentityProviders" not in read
    pool.delete()
    pool.delete()
    assert refusal(identity.describe_identity_pool, IdentityPoolId=pool.ref)[0] == "ResourceNotFoundException"


def test_roles_and_principal_tags_of_a_pool(stack, identity):
    pool = stack.create("AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities=True)
    role = f"arn:aws:iam::{stack.account}:role/r"
    mapping = {"Type": "Token", "AmbiguousRoleResolution": "Deny"}
    attachment = stack.create(
        "AWS::Cognito::IdentityPoolRoleAttachment", IdentityPoolId=pool.ref, Roles={"authenticated": role},
        RoleMappings={"any": {"IdentityProvider": f"{IDP}:abc", **mapping}},
    )  # fmt: skip
    found = identity.get_identity_pool_roles(IdentityPoolId=pool.ref)
    assert (found["Roles"], found["RoleMappings"]) == ({"authenticated": role}, {f"{IDP}:abc": mapping})
    attachment.update(IdentityPoolId=pool.ref, Roles={"unauthenticated": role})
    assert attachment.read() == {"IdentityPoolId": pool.ref, "Roles": {"unauthenticated": role}}
    attachment.delete()
    assert identity.get_identity_pool_roles(IdentityPoolId=pool.ref)["Roles"] == {}
    tag = stack.create(
        "AWS::Cognito::IdentityPoolPrincipalTag", IdentityPoolId=pool.ref, IdentityProviderName=IDP,
        PrincipalTags={"team": "custom:team"},
    )  # fmt: skip
    assert tag.read()["PrincipalTags"] == {"team": "custom:team"}
    tag.update(IdentityPoolId=pool.ref, IdentityProviderName=IDP, UseDefaults=True)
    asked = {"IdentityPoolId": pool.ref, "IdentityProviderName": IDP}
    assert identity.get_principal_tag_attribute_map(**asked)["UseDefaults"] is True
    tag.delete()
    assert identity.get_principal_tag_attribute_map(**asked)["PrincipalTags"] == {}
    pool.delete()
    for gone in (attachment, tag):
        gone.delete()


def test_what_is_cognito_syncs_goes_there(stack, cloud):
    sync = cloud.session(stack.account).client("cognito-sync")
    function = f"arn:aws:lambda:us-east-1:{stack.account}:function:f"
    push = {
        "ApplicationArns": [f"arn:aws:sns:us-east-1:{stack.account}:app/GCM/app"],
        "RoleArn": f"arn:aws:iam::{stack.account}:role/r",
    }
    pool = stack.create(
        "AWS::Cognito::IdentityPool", AllowUnauthenticatedIdentities=True, CognitoEvents={"SyncTrigger": function},
        PushSync=push,
    )  # fmt: skip
    assert sync.get_cognito_events(IdentityPoolId=pool.ref)["Events"] == {"SyncTrigger": function}
    assert sync.get_identity_pool_configuration(IdentityPoolId=pool.ref)["PushSync"] == push
    pool.update(AllowUnauthenticatedIdentities=True, CognitoEvents={"SyncTrigger": ""})
    assert sync.get_cognito_events(IdentityPoolId=pool.ref)["Events"] == {}
