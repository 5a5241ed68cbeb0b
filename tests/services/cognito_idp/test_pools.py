"""Pools, app clients, groups, domains, resource servers, providers: what administrators set up."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.services.cognito_idp.conftest import CONFIG
from tests.services.cognito_idp.user_pool_calls import PASSWORD, Site, as_list, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    import boto3

    from cloudchamber.testing import CloudClock, RunningCloud

NOBODY = "us-east-1_Nobody000"


def test_a_pool_has_aws_defaults(idp: Any, account: str, frozen_clock: CloudClock):
    pool = idp.create_user_pool(PoolName="people")["UserPool"]
    assert pool["Id"].startswith("us-east-1_")
    assert pool["Arn"] == f"arn:aws:cognito-idp:us-east-1:{account}:userpool/{pool['Id']}"
    assert pool["Policies"]["PasswordPolicy"] == {
        "MinimumLength": 8, "RequireUppercase": True, "RequireLowercase": True, "RequireNumbers": True,
        "RequireSymbols": True, "TemporaryPasswordValidityDays": 7,
    }  # fmt: skip
    assert pool["MfaConfiguration"] == "OFF"
    assert pool["DeletionProtection"] == "INACTIVE"
    assert pool["EmailConfiguration"] == {"EmailSendingAccount": "COGNITO_DEFAULT"}
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7}
    assert pool["VerificationMessageTemplate"] == {"DefaultEmailOption": "CONFIRM_WITH_CODE"}
    assert pool["EstimatedNumberOfUsers"] == 0
    assert pool["CreationDate"].timestamp() == pytest.approx(frozen_clock.now(), abs=0.01)
    names = {attribute["Name"] for attribute in pool["SchemaAttributes"]}
    assert {"sub", "email", "email_verified", "phone_number", "updated_at"} <= names
    assert idp.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] == pool


def test_a_pool_is_found_in_its_own_account_and_region_only(idp: Any, aws: boto3.Session, cloud: RunningCloud):
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    text = f"User pool {pool} does not exist."
    for other in (aws.client("cognito-idp", region_name="eu-west-1", config=CONFIG),
                  cloud.session().client("cognito-idp", config=CONFIG)):  # fmt: skip
        refused("ResourceNotFoundException", text, other.describe_user_pool, UserPoolId=pool)
    refused("InvalidParameterException", None, idp.describe_user_pool, UserPoolId="no pool")


def test_what_an_update_leaves_out_goes_back(make: Callable[..., Site]):
    site = make(AutoVerifiedAttributes=["email"], Policies={"PasswordPolicy": {"MinimumLength": 12}})
    site.idp.update_user_pool(UserPoolId=site.pool, AutoVerifiedAttributes=["phone_number"])
    pool = site.idp.describe_user_pool(UserPoolId=site.pool)["UserPool"]
    assert pool["AutoVerifiedAttributes"] == ["phone_number"]
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 8


def test_pools_are_listed_by_pages(idp: Any):
    made = {idp.create_user_pool(PoolName=f"p{at}")["UserPool"]["Id"] for at in range(3)}
    first = idp.list_user_pools(MaxResults=2)
    rest = idp.list_user_pools(MaxResults=2, NextToken=first["NextToken"])
    assert {pool["Id"] for pool in first["UserPools"] + rest["UserPools"]} == made
    assert "NextToken" not in rest
    text = "Invalid pagination token provided."
    refused("InvalidParameterException", text, idp.list_user_pools, MaxResults=2, NextToken="x")


def test_a_pool_can_be_guarded_against_deletion(idp: Any, account: str):
    pool = idp.create_user_pool(PoolName="people", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    text = (
        "The user pool cannot be deleted because deletion protection is activated. Deletion protection must be "
        "inactivated first."
    )
    refused("InvalidParameterException", text, idp.delete_user_pool, UserPoolId=pool)
    idp.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")
    idp.create_user_pool_domain(UserPoolId=pool, Domain=f"d{account}")
    text = "User pool cannot be deleted. It has a domain configured that should be deleted first."
    refused("InvalidParameterException", text, idp.delete_user_pool, UserPoolId=pool)
    idp.delete_user_pool_domain(UserPoolId=pool, Domain=f"d{account}")
    idp.delete_user_pool(UserPoolId=pool)
    refused("ResourceNotFoundException", None, idp.delete_user_pool, UserPoolId=pool)


def test_what_does_not_go_together(idp: Any):
    for settings, text in (
        (
            {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
            "Only one of the aliasAttributes or usernameAttributes can be set in a user pool.",
        ),
        (
            {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}},
            "SourceArn is required when EmailSendingAccount is DEVELOPER.",
        ),
        (
            {"Schema": [{"Name": "x", "AttributeDataType": "String", "Required": True}]},
            "Required custom attributes are not supported currently.",
        ),
    ):
        refused("InvalidParameterException", text, idp.create_user_pool, PoolName="p", **settings)
    pool = idp.create_user_pool(PoolName="p")["UserPool"]["Id"]
    text = "Invalid MFA configuration given, can't turn on MFA and disable all MFAs together."
    refused("InvalidParameterException", text, idp.set_user_pool_mfa_config, UserPoolId=pool, MfaConfiguration="ON")


def test_attributes_are_added_later(make: Callable[..., Site]):
    site = make()
    asked = {"UserPoolId": site.pool, "CustomAttributes": [{"Name": "team", "AttributeDataType": "String"}]}
    site.idp.add_custom_attributes(**asked)
    site.add("ann", custom_team="red")
    text = "custom:team: Existing attribute already has name custom:team."
    refused("InvalidParameterException", text, site.idp.add_custom_attributes, **asked)


def test_tags(idp: Any):
    pool = idp.create_user_pool(PoolName="people", UserPoolTags={"team": "red"})["UserPool"]
    idp.tag_resource(ResourceArn=pool["Arn"], Tags={"stage": "test"})
    idp.untag_resource(ResourceArn=pool["Arn"], TagKeys=["team"])
    assert idp.list_tags_for_resource(ResourceArn=pool["Arn"])["Tags"] == {"stage": "test"}


# clients


def test_a_client_has_aws_defaults(idp: Any):
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="app")["UserPoolClient"]
    assert len(client["ClientId"]) == 26
    assert "ClientSecret" not in client
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]
    assert (client["RefreshTokenValidity"], client["EnableTokenRevocation"]) == (30, True)
    assert client["AuthSessionValidity"] == 3
    with_secret = idp.create_user_pool_client(UserPoolId=pool, ClientName="b", GenerateSecret=True)["UserPoolClient"]
    assert len(with_secret["ClientSecret"]) == 51
    listed = idp.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
    assert {one["ClientName"] for one in listed} == {"app", "b"}
    idp.delete_user_pool_client(UserPoolId=pool, ClientId=client["ClientId"])
    text = f"User pool client {client['ClientId']} does not exist."
    refused("ResourceNotFoundException", text, idp.describe_user_pool_client, UserPoolId=pool,
            ClientId=client["ClientId"])  # fmt: skip


def test_a_clients_settings_are_checked(idp: Any):
    pool = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
    call, asked = idp.create_user_pool_client, {"UserPoolId": pool, "ClientName": "app"}
    code = "InvalidParameterException"
    refused(code, None, call, **asked, AccessTokenValidity=2, TokenValidityUnits={"AccessToken": "days"})
    refused(code, None, call, **asked, AccessTokenValidity=1, TokenValidityUnits={"AccessToken": "minutes"})
    refused(code, "cannot use the HTTP protocol for http://example.com/x.", call, **asked,
            CallbackURLs=["http://example.com/x"])  # fmt: skip
    text = f"The provider Google does not exist for User Pool {pool}."
    refused(code, text, call, **asked, SupportedIdentityProviders=["Google"])
    refused("InvalidOAuthFlowException", None, call, **asked, AllowedOAuthFlows=["client_credentials", "code"])
    refused("ScopeDoesNotExistException", None, call, **asked, AllowedOAuthScopes=["things/read"])
    refused(code, "Invalid write attributes specified while creating a client", call, **asked,
            WriteAttributes=["custom:none"])  # fmt: skip


def test_a_client_may_have_two_secrets_for_a_while(make: Callable[..., Site]):
    site = make(client={"GenerateSecret": True})
    asked = {"UserPoolId": site.pool, "ClientId": site.client}
    added = site.idp.add_user_pool_client_secret(**asked)["ClientSecretDescriptor"]
    refused("LimitExceededException", None, site.idp.add_user_pool_client_secret, **asked)
    listed = site.idp.list_user_pool_client_secrets(**asked)["ClientSecrets"]
    assert [("ClientSecretValue" in one) for one in listed] == [False, False]
    (first,) = [one for one in listed if one["ClientSecretId"] != added["ClientSecretId"]]
    site.idp.delete_user_pool_client_secret(**asked, ClientSecretId=first["ClientSecretId"])
    shown = site.idp.describe_user_pool_client(**asked)["UserPoolClient"]
    assert shown["ClientSecret"] == added["ClientSecretValue"]
    refused("InvalidParameterException", None, site.idp.delete_user_pool_client_secret, **asked,
            ClientSecretId=added["ClientSecretId"])  # fmt: skip


# groups


def test_groups(site: Site):
    site.add("ann")
    idp, asked = site.idp, {"UserPoolId": site.pool, "GroupName": "staff"}
    made = idp.create_group(**asked, Description="all")["Group"]
    assert made["Description"] == "all"
    text = "A group with the name already exists."
    refused("GroupExistsException", text, idp.create_group, **asked)
    idp.admin_add_user_to_group(**asked, Username="ann")
    assert [user["Username"] for user in idp.list_users_in_group(**asked)["Users"]] == ["ann"]
    assert idp.update_group(**asked, Precedence=0)["Group"]["Precedence"] == 0
    idp.admin_remove_user_from_group(**asked, Username="ann")
    assert idp.list_users_in_group(**asked)["Users"] == []
    idp.admin_add_user_to_group(**asked, Username="ann")
    idp.delete_group(**asked)
    assert idp.admin_list_groups_for_user(UserPoolId=site.pool, Username="ann")["Groups"] == []
    refused("ResourceNotFoundException", "Group not found.", idp.get_group, **asked)
    refused("ResourceNotFoundException", "Group not found.", idp.admin_add_user_to_group, **asked, Username="ann")


# domains, scopes, providers


def test_domains(site: Site, account: str):
    name, idp = f"d{account}", site.idp
    assert idp.describe_user_pool_domain(Domain=name)["DomainDescription"] == {}
    idp.create_user_pool_domain(UserPoolId=site.pool, Domain=name)
    described = idp.describe_user_pool_domain(Domain=name)["DomainDescription"]
    assert (described["UserPoolId"], described["AWSAccountId"], described["Status"]) == (site.pool, account, "ACTIVE")
    code, text = "InvalidParameterException", "Domain already associated with another user pool."
    refused(code, text, idp.create_user_pool_domain, UserPoolId=site.pool, Domain=name)
    text = "Domain cannot contain reserved word: aws"
    refused(code, text, idp.create_user_pool_domain, UserPoolId=site.pool, Domain="my-aws")
    text = "No such domain or user pool exists."
    refused(code, text, idp.delete_user_pool_domain, UserPoolId=site.pool, Domain="nothing-here")


def test_resource_servers(site: Site):
    idp, asked = site.idp, {"UserPoolId": site.pool, "Identifier": "https://things.example.com"}
    scopes = [{"ScopeName": "read", "ScopeDescription": "to look"}]
    made = idp.create_resource_server(**asked, Name="Things", Scopes=scopes)["ResourceServer"]
    assert made["Scopes"] == scopes
    refused("InvalidParameterException", None, idp.create_resource_server, **asked, Name="Things")
    assert idp.update_resource_server(**asked, Name="Stuff")["ResourceServer"]["Name"] == "Stuff"
    assert [one["Name"] for one in idp.list_resource_servers(UserPoolId=site.pool)["ResourceServers"]] == ["Stuff"]
    idp.delete_resource_server(**asked)
    refused("ResourceNotFoundException", "Resource server does not exist.", idp.describe_resource_server, **asked)


def test_identity_providers(site: Site):
    idp, asked = site.idp, {"UserPoolId": site.pool, "ProviderName": "Corp"}
    details = {"client_id": "c", "attributes_request_method": "GET", "oidc_issuer": "https://corp.example.com"}
    refused("InvalidParameterException", "authorize_scopes is required for OIDC identity providers.",
            idp.create_identity_provider, **asked, ProviderType="OIDC", ProviderDetails=details)  # fmt: skip
    details["authorize_scopes"] = "openid"
    idp.create_identity_provider(**asked, ProviderType="OIDC", ProviderDetails=details, IdpIdentifiers=["corp.com"])
    text = "A provider with the name Corp already exists."
    refused("DuplicateProviderException", text, idp.create_identity_provider, **asked, ProviderType="OIDC",
            ProviderDetails=details)  # fmt: skip
    found = idp.get_identity_provider_by_identifier(UserPoolId=site.pool, IdpIdentifier="corp.com")
    assert found["IdentityProvider"]["ProviderName"] == "Corp"
    assert idp.list_identity_providers(UserPoolId=site.pool)["Providers"][0]["ProviderType"] == "OIDC"
    idp.update_identity_provider(**asked, AttributeMapping={"email": "mail"})
    assert idp.describe_identity_provider(**asked)["IdentityProvider"]["AttributeMapping"] == {"email": "mail"}
    idp.delete_identity_provider(**asked)
    refused("ResourceNotFoundException", None, idp.describe_identity_provider, **asked)


# users


def test_users_are_made_by_administrators(site: Site, account: str):
    idp, asked = site.idp, {"UserPoolId": site.pool, "Username": "ann"}
    text = "Password did not conform with password policy: Password not long enough"
    refused("InvalidPasswordException", text, idp.admin_create_user, **asked, TemporaryPassword="x")
    address = f"ann-{account}@example.com"
    made = idp.admin_create_user(
        **asked, UserAttributes=as_list(email=address), DesiredDeliveryMediums=["EMAIL"]
    )["User"]  # fmt: skip
    assert (made["UserStatus"], made["Enabled"]) == ("FORCE_CHANGE_PASSWORD", True)
    refused("UsernameExistsException", "User account already exists", idp.admin_create_user, **asked)
    before = site.cloud.mail(address)[0].text
    idp.admin_create_user(**asked, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"])
    assert site.cloud.mail(address)[0].text != before
    idp.admin_set_user_password(**asked, Password=PASSWORD, Permanent=True)
    text = "Resend not possible. ann status is not FORCE_CHANGE_PASSWORD"
    refused("UnsupportedUserStateException", text, idp.admin_create_user, **asked, MessageAction="RESEND")
    idp.admin_delete_user(**asked)
    refused("UserNotFoundException", "User does not exist.", idp.admin_delete_user, **asked)


def test_mail_goes_out_in_the_owners_name(make: Callable[..., Site], aws: boto3.Session, account: str):
    ses = aws.client("ses")
    sender = f"hello-{account}@example.com"
    ses.verify_email_identity(EmailAddress=sender)
    (link,) = make().cloud.mail(sender)[0].links
    httpx.get(link)
    config = {
        "EmailSendingAccount": "DEVELOPER", "SourceArn": f"arn:aws:ses:us-east-1:{account}:identity/{sender}",
        "From": f"Us <{sender}>",
    }  # fmt: skip
    site = make(AutoVerifiedAttributes=["email"], EmailConfiguration=config)
    address = f"ann-{account}@example.com"
    given = as_list(email=address)
    site.idp.sign_up(ClientId=site.client, Username="ann", Password=PASSWORD, UserAttributes=given)
    mail = site.cloud.mail(address)[0]
    assert sender in mail.sender
    assert site.cloud.spans(service="ses", operation="SendEmail", account=account)


def test_texts_go_out_in_the_name_of_the_pools_role(make: Callable[..., Site], aws: boto3.Session, account: str):
    iam = aws.client("iam")
    trust = {
        "Effect": "Allow", "Principal": {"Service": "cognito-idp.amazonaws.com"}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "outside"}},
    }  # fmt: skip
    document = json.dumps({"Version": "2012-10-17", "Statement": trust})
    role = iam.create_role(RoleName="texts", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    sms = {"SnsCallerArn": role, "ExternalId": "outside"}
    site = make(AutoVerifiedAttributes=["phone_number"], SmsConfiguration=sms)
    phone = "+1" + account[-10:]
    given = {"ClientId": site.client, "Password": PASSWORD, "UserAttributes": as_list(phone_number=phone)}
    text = "Role does not have permission to publish with SNS"
    refused("InvalidSmsRoleAccessPolicyException", text, site.idp.sign_up, **given, Username="ann")
    wrong = make(AutoVerifiedAttributes=["phone_number"], SmsConfiguration={**sms, "ExternalId": "inside"})
    text = "Role does not have a trust relationship allowing Cognito to assume the role"
    refused("InvalidSmsRoleTrustRelationshipException", text, site.idp.sign_up,
            **{**given, "ClientId": wrong.client}, Username="eve")  # fmt: skip
    allow = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_role_policy(RoleName="texts", PolicyName="p", PolicyDocument=policy)
    site.idp.sign_up(**given, Username="bob")
    assert site.code(phone)


def test_a_user_of_iam_may_do_what_policies_say(site: Site, aws: boto3.Session, cloud: RunningCloud, account: str):
    iam = aws.client("iam")
    iam.create_user(UserName="ops")
    allow = {
        "Effect": "Allow", "Action": "cognito-idp:AdminGetUser",
        "Resource": f"arn:aws:cognito-idp:us-east-1:{account}:userpool/{site.pool}",
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": allow})
    iam.put_user_policy(UserName="ops", PolicyName="p", PolicyDocument=policy)
    key = iam.create_access_key(UserName="ops")["AccessKey"]
    ops = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("cognito-idp", config=CONFIG)
    site.add("ann")
    assert ops.admin_get_user(UserPoolId=site.pool, Username="ann")["Username"] == "ann"
    refused("AccessDeniedException", None, ops.admin_delete_user, UserPoolId=site.pool, Username="ann")
    refused("AccessDeniedException", None, ops.admin_get_user, UserPoolId=NOBODY, Username="ann")


# what is kept for others to read


def test_looks_risks_and_logs_are_kept(site: Site, account: str):
    idp = site.idp
    text = "There has to be an existing domain associated with this user pool"
    refused("InvalidParameterException", text, idp.set_ui_customization, UserPoolId=site.pool, CSS=".a {}")
    idp.create_user_pool_domain(UserPoolId=site.pool, Domain=f"d{account}")
    idp.set_ui_customization(UserPoolId=site.pool, CSS=".label-customizable {}")
    shown = idp.get_ui_customization(UserPoolId=site.pool, ClientId=site.client)["UICustomization"]
    assert shown["CSS"] == ".label-customizable {}"
    actions = {"EventAction": "BLOCK"}
    risk = {"CompromisedCredentialsRiskConfiguration": {"Actions": actions}}
    idp.set_risk_configuration(UserPoolId=site.pool, **risk)
    found = idp.describe_risk_configuration(UserPoolId=site.pool)["RiskConfiguration"]
    assert found["CompromisedCredentialsRiskConfiguration"] == {"Actions": actions}
    logs = [{"LogLevel": "ERROR", "EventSource": "userNotification"}]
    idp.set_log_delivery_configuration(UserPoolId=site.pool, LogConfigurations=logs)
    kept = idp.get_log_delivery_configuration(UserPoolId=site.pool)["LogDeliveryConfiguration"]
    assert kept["LogConfigurations"] == logs
