"""CloudFormation's types of user pools."""

from __future__ import annotations

from typing import Any

import pytest

from cloudchamber.core.errors import AwsError
from tests.resources.stack_calls import Stack
from tests.services.cognito_idp.user_pool_calls import refused


@pytest.fixture
def stack(cloud: Any, account: str) -> Stack:
    return Stack(cloud, account)


def test_a_pool_with_all_its_parts(stack: Stack, idp: Any, account: str):
    pool = stack.create(
        "AWS::Cognito::UserPool", UserPoolName="people", AutoVerifiedAttributes=["email"], MfaConfiguration="OPTIONAL",
        EnabledMfas=["SOFTWARE_TOKEN_MFA"], Policies={"PasswordPolicy": {"MinimumLength": "10"}},
        Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": "true"}], UserPoolTags={"team": "red"},
    )  # fmt: skip
    assert pool.att("Arn") == f"arn:aws:cognito-idp:us-east-1:{account}:userpool/{pool.ref}"
    assert pool.att("ProviderURL") == f"https://cognito-idp.us-east-1.amazonaws.com/{pool.ref}"
    found = idp.describe_user_pool(UserPoolId=pool.ref)["UserPool"]
    assert (found["Name"], found["MfaConfiguration"], found["UserPoolTags"]) == ("people", "OPTIONAL", {"team": "red"})
    assert found["Policies"]["PasswordPolicy"]["MinimumLength"] == 10
    assert idp.get_user_pool_mfa_config(UserPoolId=pool.ref)["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    client = stack.create(
        "AWS::Cognito::UserPoolClient", UserPoolId=pool.ref, GenerateSecret=True, RefreshTokenValidity="7",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )  # fmt: skip
    shown = idp.describe_user_pool_client(UserPoolId=pool.ref, ClientId=client.ref)["UserPoolClient"]
    assert (client.att("ClientSecret"), shown["RefreshTokenValidity"]) == (shown["ClientSecret"], 7)
    client.update(UserPoolId=pool.ref, ClientName="app", GenerateSecret=True, RefreshTokenValidity=8)
    assert client.read()["RefreshTokenValidity"] == 8
    parts = [
        stack.create("AWS::Cognito::UserPoolDomain", UserPoolId=pool.ref, Domain=f"d{account}"),
        stack.create("AWS::Cognito::UserPoolGroup", UserPoolId=pool.ref, GroupName="staff", Precedence="3"),
        stack.create("AWS::Cognito::UserPoolUser", UserPoolId=pool.ref, Username="ann", MessageAction="SUPPRESS"),
        stack.create(
            "AWS::Cognito::UserPoolUserToGroupAttachment", UserPoolId=pool.ref, Username="ann", GroupName="staff"
        ),
        stack.create(
            "AWS::Cognito::UserPoolResourceServer", UserPoolId=pool.ref, Identifier="things", Name="Things",
            Scopes=[{"ScopeName": "read", "ScopeDescription": "to look"}],
        ),
        stack.create(
            "AWS::Cognito::UserPoolIdentityProvider", UserPoolId=pool.ref, ProviderName="Google",
            ProviderType="Google",
            ProviderDetails=dict.fromkeys(("client_id", "client_secret", "authorize_scopes"), "x"),
        ),
    ]  # fmt: skip
    groups = idp.admin_list_groups_for_user(UserPoolId=pool.ref, Username="ann")["Groups"]
    assert [(group["GroupName"], group["Precedence"]) for group in groups] == [("staff", 3)]
    assert idp.describe_user_pool(UserPoolId=pool.ref)["UserPool"]["Domain"] == f"d{account}"
    parts[1].update(UserPoolId=pool.ref, GroupName="staff", Precedence=1)
    assert parts[1].read()["Precedence"] == 1
    assert parts[3].read()["GroupName"] == "staff"
    pool.update(UserPoolName="people", UserPoolTags={"team": "blue"})
    changed = idp.describe_user_pool(UserPoolId=pool.ref)["UserPool"]
    assert (changed["UserPoolTags"], changed["MfaConfiguration"]) == ({"team": "blue"}, "OFF")
    for part in (*reversed(parts), client, pool, *parts, client, pool):  # what is gone already is no error
        part.delete()
    refused("ResourceNotFoundException", None, idp.describe_user_pool, UserPoolId=pool.ref)


def test_a_pool_that_cannot_be_set_up_leaves_nothing_behind(stack: Stack, idp: Any):
    with pytest.raises(AwsError, match="Email MFA requires"):
        stack.create("AWS::Cognito::UserPool", MfaConfiguration="ON", EnabledMfas=["EMAIL_OTP"],
                     EmailAuthenticationMessage="{####}", DeletionProtection="ACTIVE")  # fmt: skip
    assert idp.list_user_pools(MaxResults=5)["UserPools"] == []
