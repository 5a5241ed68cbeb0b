"""IAM's resource types: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudchamber.core.errors import AwsError

if TYPE_CHECKING:
    from tests.resources.stack_calls import Stack

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}


def policy(action: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


@pytest.fixture
def iam(client: Any) -> Any:
    return client("iam")


def is_gone(call: Any, **named: Any) -> bool:
    with pytest.raises(ClientError) as caught:
        call(**named)
    return bool(caught.value.response["Error"]["Code"] == "NoSuchEntity")


# roles


def test_a_role_has_its_policies_and_a_name_that_was_made_up(stack: Stack, iam: Any):
    inline = [{"PolicyName": "p", "PolicyDocument": policy("s3:GetObject")}]
    role = stack.create(
        "AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, ManagedPolicyArns=[READ_ONLY], Policies=inline,
        MaxSessionDuration="7200", Path="/app/", Tags=[{"Key": "team", "Value": "a"}],
    )  # fmt: skip
    assert role.ref == f"Stack-Role1-{stack.account}"
    found = iam.get_role(RoleName=role.ref)["Role"]
    assert (role.att("Arn"), role.att("RoleId")) == (found["Arn"], found["RoleId"])
    assert (found["MaxSessionDuration"], found["Path"]) == (7200, "/app/")
    assert found["Tags"] == [{"Key": "team", "Value": "a"}]
    assert found["AssumeRolePolicyDocument"] == TRUST
    assert iam.get_role_policy(RoleName=role.ref, PolicyName="p")["PolicyDocument"] == policy("s3:GetObject")
    assert iam.list_attached_role_policies(RoleName=role.ref)["AttachedPolicies"][0]["PolicyArn"] == READ_ONLY


def test_a_role_changes_only_what_differs(stack: Stack, iam: Any):
    role = stack.create(
        "AWS::IAM::Role", RoleName="r", AssumeRolePolicyDocument=TRUST, ManagedPolicyArns=[READ_ONLY],
        Policies=[{"PolicyName": "a", "PolicyDocument": policy("s3:*")}], Description="before",
        Tags=[{"Key": "old", "Value": "1"}],
    )  # fmt: skip
    other = {**TRUST, "Statement": [{**TRUST["Statement"][0], "Principal": {"Service": "events.amazonaws.com"}}]}
    boundary = "arn:aws:iam::aws:policy/PowerUserAccess"
    role.update(
        RoleName="r", AssumeRolePolicyDocument=other, PermissionsBoundary=boundary,
        Policies=[{"PolicyName": "b", "PolicyDocument": policy("sqs:*")}], Tags=[{"Key": "new", "Value": "2"}],
    )  # fmt: skip
    found = iam.get_role(RoleName="r")["Role"]
    assert found["AssumeRolePolicyDocument"] == other
    assert found.get("Description", "") == ""
    assert found["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    assert found["Tags"] == [{"Key": "new", "Value": "2"}]
    assert iam.list_role_policies(RoleName="r")["PolicyNames"] == ["b"]
    assert iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"] == []


def test_a_role_reads_as_its_template(stack: Stack):
    properties: dict[str, Any] = {
        "RoleName": "r", "AssumeRolePolicyDocument": TRUST, "ManagedPolicyArns": [READ_ONLY],
        "Policies": [{"PolicyName": "a", "PolicyDocument": policy("s3:*")}], "Description": "d",
    }  # fmt: skip
    found = stack.create("AWS::IAM::Role", **properties).read()
    assert {name: found[name] for name in properties} == properties


def test_a_role_that_cannot_be_finished_leaves_nothing(stack: Stack, iam: Any):
    missing = "arn:aws:iam::aws:policy/NoSuchPolicyAnywhere"
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::IAM::Role", RoleName="half", AssumeRolePolicyDocument=TRUST, ManagedPolicyArns=[missing])
    assert caught.value.code == "NoSuchEntity"
    assert is_gone(iam.get_role, RoleName="half")


def test_a_deleted_role_may_be_gone_already(stack: Stack, iam: Any):
    role = stack.create(
        "AWS::IAM::Role", AssumeRolePolicyDocument=TRUST, ManagedPolicyArns=[READ_ONLY],
        Policies=[{"PolicyName": "a", "PolicyDocument": policy("s3:*")}],
    )  # fmt: skip
    role.delete()
    assert is_gone(iam.get_role, RoleName=role.ref)
    role.delete()


def test_a_policy_attached_by_hand_keeps_a_role(stack: Stack, iam: Any):
    role = stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=role.ref, PolicyArn=READ_ONLY)
    with pytest.raises(AwsError) as caught:
        role.delete()
    assert caught.value.code == "DeleteConflict"


def test_a_second_try_finds_the_role_of_the_first(stack: Stack):
    role = stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    assert stack.find(role) == role.made
    role.delete()
    assert stack.find(role) is None


# users and groups


def test_a_user_has_groups_a_login_and_policies(stack: Stack, iam: Any):
    group = stack.create("AWS::IAM::Group", Policies=[{"PolicyName": "g", "PolicyDocument": policy("s3:*")}])
    other = stack.create("AWS::IAM::Group", GroupName="other", ManagedPolicyArns=[READ_ONLY])
    user = stack.create(
        "AWS::IAM::User", UserName="u", Groups=[group.ref], LoginProfile={"Password": "Abcdef12345!"},
        ManagedPolicyArns=[READ_ONLY],
    )  # fmt: skip
    assert user.att("Arn") == iam.get_user(UserName="u")["User"]["Arn"]
    assert iam.get_login_profile(UserName="u")["LoginProfile"]["UserName"] == "u"
    user.update(UserName="u", Groups=[other.ref], Path="/moved/")
    assert [g["GroupName"] for g in iam.list_groups_for_user(UserName="u")["Groups"]] == ["other"]
    assert iam.get_user(UserName="u")["User"]["Path"] == "/moved/"
    assert is_gone(iam.get_login_profile, UserName="u")
    assert user.read()["Groups"] == ["other"]
    for resource in (user, other, group):
        resource.delete()
    assert is_gone(iam.get_user, UserName="u")
    assert is_gone(iam.get_group, GroupName=group.ref)


def test_users_are_added_to_a_group(stack: Stack, iam: Any):
    group = stack.create("AWS::IAM::Group")
    users = [stack.create("AWS::IAM::User").ref for _ in range(3)]
    added = stack.create("AWS::IAM::UserToGroupAddition", GroupName=group.ref, Users=users[:2])
    added.update(GroupName=group.ref, Users=users[1:])
    members = [user["UserName"] for user in iam.get_group(GroupName=group.ref)["Users"]]
    assert sorted(members) == sorted(users[1:])
    assert added.read()["Users"] == users[1:]
    added.delete()
    assert iam.get_group(GroupName=group.ref)["Users"] == []


def test_an_access_key_gives_its_secret_and_can_be_inactive(stack: Stack, iam: Any):
    user = stack.create("AWS::IAM::User")
    key = stack.create("AWS::IAM::AccessKey", UserName=user.ref, Status="Inactive")
    assert len(key.att("SecretAccessKey")) == 40
    assert iam.list_access_keys(UserName=user.ref)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    key.update(UserName=user.ref)
    assert key.read()["Status"] == "Active"
    key.delete()
    assert iam.list_access_keys(UserName=user.ref)["AccessKeyMetadata"] == []


# policies


def test_a_managed_policy_gets_versions_and_holders(stack: Stack, iam: Any):
    role = stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST)
    user = stack.create("AWS::IAM::User")
    made = stack.create("AWS::IAM::ManagedPolicy", PolicyDocument=policy("s3:*"), Roles=[role.ref])
    assert made.ref == made.att("PolicyArn")
    for number in range(7):  # IAM keeps five versions: the oldest gives way
        made.update(PolicyDocument=policy(f"sqs:Action{number}"), Users=[user.ref])
    assert made.att("DefaultVersionId") == "v8"
    assert len(iam.list_policy_versions(PolicyArn=made.ref)["Versions"]) == 5
    assert iam.list_attached_role_policies(RoleName=role.ref)["AttachedPolicies"] == []
    shown = made.read()
    assert (shown["PolicyDocument"], shown["Users"]) == (policy("sqs:Action6"), [user.ref])
    made.delete()
    assert is_gone(iam.get_policy, PolicyArn=made.ref)


def test_an_inline_policy_moves_between_holders(stack: Stack, iam: Any):
    one, two = (stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST).ref for _ in range(2))
    made = stack.create("AWS::IAM::Policy", PolicyName="p", PolicyDocument=policy("s3:*"), Roles=[one])
    made.update(PolicyName="q", PolicyDocument=policy("s3:*"), Roles=[two])
    assert iam.list_role_policies(RoleName=one)["PolicyNames"] == []
    assert iam.list_role_policies(RoleName=two)["PolicyNames"] == ["q"]
    made.update(PolicyName="q", PolicyDocument=policy("sqs:*"), Roles=[one, two])
    for name in (one, two):
        assert iam.get_role_policy(RoleName=name, PolicyName="q")["PolicyDocument"] == policy("sqs:*")
    made.delete()
    assert iam.list_role_policies(RoleName=two)["PolicyNames"] == []


@pytest.mark.parametrize("kind", ["Role", "User", "Group"])
def test_an_inline_policy_of_one_holder(stack: Stack, iam: Any, kind: str):
    trust = {"AssumeRolePolicyDocument": TRUST} if kind == "Role" else {}
    holder = stack.create(f"AWS::IAM::{kind}", **trust)
    named = {f"{kind}Name": holder.ref, "PolicyName": "p"}
    made = stack.create(f"AWS::IAM::{kind}Policy", **named, PolicyDocument=policy("s3:*"))
    assert made.ref == f"p|{holder.ref}"
    made.update(**named, PolicyDocument=policy("sqs:*"))
    assert getattr(iam, f"get_{kind.lower()}_policy")(**named)["PolicyDocument"] == policy("sqs:*")
    assert made.read() == {**named, "PolicyDocument": policy("sqs:*")}
    made.delete()
    assert is_gone(getattr(iam, f"get_{kind.lower()}_policy"), **named)


# the rest


def test_an_instance_profile_changes_its_role(stack: Stack, iam: Any):
    one, two = (stack.create("AWS::IAM::Role", AssumeRolePolicyDocument=TRUST).ref for _ in range(2))
    profile = stack.create("AWS::IAM::InstanceProfile", Roles=[one])
    assert profile.att("Arn").endswith(f":instance-profile/{profile.ref}")
    profile.update(Roles=[two])
    assert profile.read()["Roles"] == [two]
    profile.delete()
    assert is_gone(iam.get_instance_profile, InstanceProfileName=profile.ref)


def test_an_oidc_provider_changes_its_clients(stack: Stack, iam: Any):
    url, prints = "https://token.example.com", ["a" * 40]
    made = stack.create("AWS::IAM::OIDCProvider", Url=url, ClientIdList=["a", "b"], ThumbprintList=prints)
    made.update(Url=url, ClientIdList=["b", "c"], ThumbprintList=["b" * 40])
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=made.ref)
    assert (sorted(found["ClientIDList"]), found["ThumbprintList"]) == (["b", "c"], ["b" * 40])
    made.delete()
    assert is_gone(iam.get_open_id_connect_provider, OpenIDConnectProviderArn=made.ref)


def test_a_service_linked_role(stack: Stack, iam: Any):
    made = stack.create("AWS::IAM::ServiceLinkedRole", AWSServiceName="elasticache.amazonaws.com")
    assert made.ref == "AWSServiceRoleForElastiCache"
    assert made.read()["AWSServiceName"] == "elasticache.amazonaws.com"
    made.update(AWSServiceName="elasticache.amazonaws.com", Description="d")
    assert iam.get_role(RoleName=made.ref)["Role"]["Description"] == "d"
    made.delete()
    assert is_gone(iam.get_role, RoleName=made.ref)


def test_a_virtual_mfa_device(stack: Stack, iam: Any):
    user = stack.create("AWS::IAM::User")
    made = stack.create("AWS::IAM::VirtualMFADevice", VirtualMfaDeviceName="phone", Users=[user.ref])
    assert made.ref == made.att("SerialNumber") == f"arn:aws:iam::{stack.account}:mfa/phone"
    made.delete()
    assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_what_is_not_implemented_is_refused_by_name(stack: Stack):
    with pytest.raises(AwsError) as caught:
        stack.create("AWS::IAM::SAMLProvider", SamlMetadataDocument="<x/>", AddPrivateKey="k")
    assert caught.value.message == (
        "AWS::IAM::SAMLProvider: the property AddPrivateKey is not implemented in cloudchamber"
    )
