"""CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser, and permissions boundaries."""

import re
from datetime import UTC, datetime

import pytest

from tests.services.iam.iam_calls import ADMIN, READ_ONLY, policy, refused, trust

NAME_RULE = (
    "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
)
PATH_RULE = (
    "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters "
    "and/or / characters."
)


# wrong input


@pytest.mark.parametrize("name", ["with space", "slash/ed", "star*", "colon:"])
def test_a_user_name_holds_letters_digits_and_a_few_signs(iam, name):
    with refused("ValidationError", NAME_RULE.format("userName")):
        iam.create_user(UserName=name)


def test_a_user_name_has_64_characters_at_most(iam):
    iam.create_user(UserName="u" * 64)
    with refused(
        "ValidationError",
        f"1 validation error detected: Value '{'u' * 65}' at 'userName' failed to satisfy constraint: Member must have "
        "length less than or equal to 64",
    ):
        iam.create_user(UserName="u" * 65)


@pytest.mark.parametrize("path", ["no-slash", "/open", "closed/", "/a b/"])
def test_a_path_begins_and_ends_with_a_slash(iam, path):
    with refused("ValidationError", PATH_RULE):
        iam.create_user(UserName="bob", Path=path)


def test_a_marker_that_no_list_gave_out_is_refused(iam):
    with refused("ValidationError", "Invalid Marker."):
        iam.list_users(Marker="nonsense")


def test_a_boundary_is_a_policy_that_exists(iam, account):
    arn = f"arn:aws:iam::{account}:policy/missing"
    with refused("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable."):
        iam.create_user(UserName="bob", PermissionsBoundary=arn)
    with refused("InvalidInput", "ARN not-an-arn-but-long-enough is not valid."):
        iam.create_user(UserName="bob", PermissionsBoundary="not-an-arn-but-long-enough")


# wrong state


def test_two_users_differ_in_more_than_case(iam):
    iam.create_user(UserName="Bob")
    with refused("EntityAlreadyExists", "User with name bOb already exists."):
        iam.create_user(UserName="bOb")


@pytest.mark.parametrize("call", ["get_user", "delete_user", "update_user", "list_groups_for_user"])
def test_a_user_that_does_not_exist_is_named(iam, call):
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        getattr(iam, call)(UserName="nobody")


def test_a_user_cannot_take_the_name_of_another(iam):
    iam.create_user(UserName="ann")
    iam.create_user(UserName="bob")
    with refused("EntityAlreadyExists", "User with name Ann already exists."):
        iam.update_user(UserName="bob", NewUserName="Ann")


def test_a_user_is_deleted_only_when_everything_of_theirs_is_gone(iam):
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="g")
    iam.create_login_profile(UserName="bob", Password="Corr3ct-horse")
    key = iam.create_access_key(UserName="bob")["AccessKey"]["AccessKeyId"]
    iam.add_user_to_group(UserName="bob", GroupName="g")
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    iam.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=policy())
    for obstacle, remove in (
        ("must delete login profile first.", lambda: iam.delete_login_profile(UserName="bob")),
        ("must delete access keys first.", lambda: iam.delete_access_key(UserName="bob", AccessKeyId=key)),
        ("must remove users from group first.", lambda: iam.remove_user_from_group(UserName="bob", GroupName="g")),
        ("must detach all policies first.", lambda: iam.detach_user_policy(UserName="bob", PolicyArn=ADMIN)),
        ("must delete policies first.", lambda: iam.delete_user_policy(UserName="bob", PolicyName="p")),
    ):
        with refused("DeleteConflict", f"Cannot delete entity, {obstacle}"):
            iam.delete_user(UserName="bob")
        remove()
    iam.delete_user(UserName="bob")
    assert iam.list_users()["Users"] == []


# behaviour


def test_a_created_user_has_an_arn_with_its_path_and_a_unique_id(iam, account, frozen_clock):
    tags = [{"Key": "Team", "Value": "blue"}]
    made = iam.create_user(UserName="bob", Path="/dev/ops/", Tags=tags, PermissionsBoundary=READ_ONLY)["User"]
    assert made["Arn"] == f"arn:aws:iam::{account}:user/dev/ops/bob"
    assert re.fullmatch("AIDA[A-Z2-7]{17}", made["UserId"])
    assert made["CreateDate"] == datetime.fromtimestamp(int(frozen_clock.now()), UTC)
    assert made["Tags"] == tags
    assert made["PermissionsBoundary"] == {
        "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": READ_ONLY,
    }  # fmt: skip
    assert iam.get_user(UserName="bob")["User"] == made


def test_lists_leave_tags_and_boundary_out(iam):
    iam.create_user(UserName="bob", Tags=[{"Key": "a", "Value": "b"}], PermissionsBoundary=READ_ONLY)
    assert iam.list_users()["Users"][0].keys() == {"Path", "UserName", "UserId", "Arn", "CreateDate"}


def test_lists_come_in_pages_and_by_path_prefix(iam):
    for number in range(7):
        iam.create_user(UserName=f"user-{number}", Path="/even/" if number % 2 == 0 else "/odd/")
    pages = list(iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 3}))
    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [
        ["user-0", "user-1", "user-2"], ["user-3", "user-4", "user-5"], ["user-6"],
    ]  # fmt: skip
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    even = iam.get_paginator("list_users").paginate(PathPrefix="/even", PaginationConfig={"PageSize": 2})
    assert [user["UserName"] for page in even for user in page["Users"]] == ["user-0", "user-2", "user-4", "user-6"]


def test_a_renamed_user_keeps_id_keys_groups_and_policies(iam, account, sign_in):
    bob = sign_in("bob")
    before = iam.get_user(UserName="bob")["User"]
    iam.create_group(GroupName="g")
    iam.add_user_to_group(UserName="bob", GroupName="g")
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    iam.update_user(UserName="bob", NewUserName="robert", NewPath="/new/")
    after = iam.get_user(UserName="robert")["User"]
    assert (after["UserId"], after["CreateDate"]) == (before["UserId"], before["CreateDate"])
    assert after["Arn"] == f"arn:aws:iam::{account}:user/new/robert"
    assert [user["UserName"] for user in iam.get_group(GroupName="g")["Users"]] == ["robert"]
    assert bob.client("iam").get_user()["User"]["UserName"] == "robert"
    with refused("NoSuchEntity", "The user with name bob cannot be found."):
        iam.get_user(UserName="bob")


def test_a_user_made_anew_under_an_old_name_is_somebody_else(iam):
    first = iam.create_user(UserName="bob")["User"]["UserId"]
    iam.delete_user(UserName="bob")
    assert iam.create_user(UserName="bob")["User"]["UserId"] != first


def test_names_are_found_whatever_their_case(iam):
    iam.create_user(UserName="Bob")
    assert iam.get_user(UserName="bob")["User"]["UserName"] == "Bob"


def test_get_user_without_a_name_is_the_caller(iam, account, sign_in):
    root = iam.get_user()["User"]
    assert (root["Arn"], root["UserId"]) == (f"arn:aws:iam::{account}:root", account)
    bob = sign_in("bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    assert bob.client("iam").get_user()["User"]["UserName"] == "bob"


def test_accounts_do_not_see_each_other(iam, cloud):
    iam.create_user(UserName="bob")
    stranger = cloud.session().client("iam")
    assert stranger.list_users()["Users"] == []
    stranger.create_user(UserName="bob")


def test_iam_is_the_same_in_every_region(iam, cloud, account):
    iam.create_user(UserName="bob")
    assert cloud.session(account, "eu-west-1").client("iam").get_user(UserName="bob")


# permissions boundaries


def test_boundaries_of_users_and_roles_are_set_and_taken_away(iam):
    iam.create_user(UserName="bob")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust(), PermissionsBoundary=ADMIN)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=READ_ONLY)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=READ_ONLY)
    assert iam.get_user(UserName="bob")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["PermissionsBoundaryUsageCount"] == 2
    iam.delete_user_permissions_boundary(UserName="bob")
    iam.delete_role_permissions_boundary(RoleName="r")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]
    assert "PermissionsBoundary" not in iam.get_role(RoleName="r")["Role"]
