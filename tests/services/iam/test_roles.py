"""Roles and their trust policies."""

import json
import re

import pytest

from tests.services.iam.iam_calls import ADMIN, policy, refused, statement, trust

# wrong input


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("{", "This policy contains invalid Json"),
        (policy(statement("sts:AssumeRole")), "Has prohibited field Resource"),
        (trust(action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust({"AWS": "bob"}), 'Invalid principal in policy: "AWS":"bob"'),
        (trust({"AWS": "arn:aws:iam::123456789012:user/x"}),
         'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/x"'),
    ],
)  # fmt: skip
def test_a_trust_policy_says_who_may_assume_the_role(iam, document, message):
    with refused("MalformedPolicyDocument", message):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=document)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    with refused("MalformedPolicyDocument", message):
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=document)


def test_a_trust_policy_has_2048_characters_at_most_without_white_space(iam):
    fits = json.loads(trust())
    fits["Statement"] *= 20
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(fits, indent=40))
    fits["Statement"] *= 2
    with refused("LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"):
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=json.dumps(fits))


@pytest.mark.parametrize("seconds", [3599, 43201])
def test_a_session_lasts_one_to_twelve_hours(iam, seconds):
    with refused("ValidationError"):
        iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(), MaxSessionDuration=seconds)


# wrong state


def test_a_role_that_does_not_exist_is_named(iam):
    for call in (
        lambda: iam.get_role(RoleName="r"),
        lambda: iam.delete_role(RoleName="r"),
        lambda: iam.update_role(RoleName="r", Description="d"),
        lambda: iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust()),
    ):
        with refused("NoSuchEntity", "The role with name r cannot be found."):
            call()


def test_two_roles_differ_in_more_than_case(iam):
    iam.create_role(RoleName="Role", AssumeRolePolicyDocument=trust())
    with refused("EntityAlreadyExists", "Role with name rOLE already exists."):
        iam.create_role(RoleName="rOLE", AssumeRolePolicyDocument=trust())


def test_a_role_is_deleted_only_when_nothing_hangs_on_it(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    iam.create_instance_profile(InstanceProfileName="ip")
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    iam.attach_role_policy(RoleName="r", PolicyArn=ADMIN)
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy())
    for obstacle, remove in (
        ("must remove roles from instance profile first.",
         lambda: iam.remove_role_from_instance_profile(InstanceProfileName="ip", RoleName="r")),
        ("must detach all policies first.", lambda: iam.detach_role_policy(RoleName="r", PolicyArn=ADMIN)),
        ("must delete policies first.", lambda: iam.delete_role_policy(RoleName="r", PolicyName="p")),
    ):  # fmt: skip
        with refused("DeleteConflict", f"Cannot delete entity, {obstacle}"):
            iam.delete_role(RoleName="r")
        remove()
    iam.delete_role(RoleName="r")


# behaviour


def test_a_created_role_has_an_arn_with_its_path_and_a_unique_id(iam, account):
    made = iam.create_role(
        RoleName="r", Path="/svc/", AssumeRolePolicyDocument=trust(), Description="what it is for",
        MaxSessionDuration=7200, Tags=[{"Key": "a", "Value": "b"}],
    )["Role"]  # fmt: skip
    assert made["Arn"] == f"arn:aws:iam::{account}:role/svc/r"
    assert re.fullmatch("AROA[A-Z2-7]{17}", made["RoleId"])
    assert made["AssumeRolePolicyDocument"] == json.loads(trust())
    assert (made["Description"], made["MaxSessionDuration"]) == ("what it is for", 7200)
    assert iam.get_role(RoleName="r")["Role"] == {**made, "RoleLastUsed": {}}
    listed = iam.list_roles(PathPrefix="/svc/")["Roles"][0]
    assert listed == {k: v for k, v in made.items() if k != "Tags"}


def test_lists_come_in_pages(iam):
    for number in range(5):
        iam.create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=trust())
    pages = iam.get_paginator("list_roles").paginate(PaginationConfig={"PageSize": 2})
    assert [[role["RoleName"] for role in page["Roles"]] for page in pages] == [["r0", "r1"], ["r2", "r3"], ["r4"]]


def test_updates_change_what_they_name_and_nothing_else(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(), Description="old", MaxSessionDuration=7200)
    iam.update_role(RoleName="r", Description="new")
    role = iam.get_role(RoleName="r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("new", 7200)
    iam.update_role(RoleName="r", MaxSessionDuration=3600)
    assert iam.update_role_description(RoleName="r", Description="newer")["Role"]["MaxSessionDuration"] == 3600
    changed = trust({"Service": "ec2.amazonaws.com"})
    iam.update_assume_role_policy(RoleName="r", PolicyDocument=changed)
    assert iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == json.loads(changed)


def _trusted(iam):
    return iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["AWS"]


def test_a_trust_policy_means_the_user_it_named_and_no_later_namesake(iam):
    # AWS keeps the unique id of a principal; a document shows it when the principal has gone.
    bob = iam.create_user(UserName="bob")["User"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": bob["Arn"]}))
    assert _trusted(iam) == bob["Arn"]
    iam.delete_user(UserName="bob")
    assert _trusted(iam) == bob["UserId"]
    iam.create_user(UserName="bob")
    assert _trusted(iam) == bob["UserId"]
    # What was read cannot be written back.
    with refused("MalformedPolicyDocument", f'Invalid principal in policy: "AWS":"{bob["UserId"]}"'):
        iam.update_assume_role_policy(RoleName="r", PolicyDocument=trust({"AWS": bob["UserId"]}))


def test_a_trust_policy_follows_a_renamed_user(iam, account):
    arn = iam.create_user(UserName="bob")["User"]["Arn"]
    root = f"arn:aws:iam::{account}:root"
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": [arn, root]}))
    iam.update_user(UserName="bob", NewUserName="robert")
    assert _trusted(iam) == [f"arn:aws:iam::{account}:user/robert", root]


def test_a_trust_policy_may_name_a_role_of_another_account(iam, cloud):
    other = cloud.session().client("iam").create_role(RoleName="theirs", AssumeRolePolicyDocument=trust())["Role"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust({"AWS": other["Arn"]}))
    assert _trusted(iam) == other["Arn"]


def test_the_rest_of_the_cloud_can_say_that_a_role_was_used(iam, cloud, account, frozen_clock):
    from cloudchamber.identity import principals  # noqa: PLC0415

    arn = iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())["Role"]["Arn"]
    request = {"Arn": arn, "Region": "eu-west-1"}
    root = principals.root(account)
    cloud.run(lambda inside: inside.dispatcher.enter(root, account, "us-east-1", "iam:role_used", request))
    used = iam.get_role(RoleName="r")["Role"]["RoleLastUsed"]
    assert used["Region"] == "eu-west-1"
    assert used["LastUsedDate"].timestamp() == int(frozen_clock.now())


def test_the_directory_knows_roles_by_arn(iam, cloud, account):
    arn = iam.create_role(RoleName="r", Path="/p/", AssumeRolePolicyDocument=trust(), MaxSessionDuration=7200)["Role"]
    found = cloud.look(lambda inside: inside.directory.find(arn["Arn"]))
    assert (found.type, found.policy) == ("AWS::IAM::Role", trust())
    assert found.attributes["RoleId"] == arn["RoleId"]
    assert (found.attributes["RoleName"], found.attributes["MaxSessionDuration"]) == ("r", 7200)
    assert found.attributes["PermissionsBoundary"] is None
    assert cloud.look(lambda inside: inside.directory.find(f"arn:aws:iam::{account}:role/r")) is None


def test_the_directory_knows_users_groups_profiles_and_policies(iam, cloud):
    user = iam.create_user(UserName="bob", Tags=[{"Key": "a", "Value": "b"}])["User"]
    group = iam.create_group(GroupName="g")["Group"]
    profile = iam.create_instance_profile(InstanceProfileName="ip")["InstanceProfile"]
    own = iam.create_policy(PolicyName="p", PolicyDocument=policy())["Policy"]
    find = lambda arn: cloud.look(lambda inside: inside.directory.find(arn))  # noqa: E731
    assert find(user["Arn"]).attributes["UserId"] == user["UserId"]
    assert find(user["Arn"]).tags == {"a": "b"}
    assert find(group["Arn"]).type == "AWS::IAM::Group"
    assert find(profile["Arn"]).type == "AWS::IAM::InstanceProfile"
    assert find(own["Arn"]).type == find(ADMIN).type == "AWS::IAM::ManagedPolicy"
    assert find(own["Arn"] + "x") is None
