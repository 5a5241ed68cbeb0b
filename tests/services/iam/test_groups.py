"""Groups and their members."""

import re

import pytest

from tests.services.iam.iam_calls import ADMIN, policy, refused

# wrong input and wrong state


def test_a_group_that_does_not_exist_is_named(iam):
    iam.create_user(UserName="bob")
    for call in (
        lambda: iam.get_group(GroupName="g"),
        lambda: iam.delete_group(GroupName="g"),
        lambda: iam.update_group(GroupName="g", NewPath="/x/"),
        lambda: iam.add_user_to_group(GroupName="g", UserName="bob"),
        lambda: iam.remove_user_from_group(GroupName="g", UserName="bob"),
    ):
        with refused("NoSuchEntity", "The group with name g cannot be found."):
            call()


def test_a_group_name_holds_letters_digits_and_a_few_signs(iam):
    with refused(
        "ValidationError",
        "The specified value for groupName is invalid. It must contain only alphanumeric characters and/or the "
        "following: +=,.@_-",
    ):
        iam.create_group(GroupName="a b")


def test_two_groups_differ_in_more_than_case(iam):
    iam.create_group(GroupName="Devs")
    iam.create_group(GroupName="ops")
    with refused("EntityAlreadyExists", "Group with name devs already exists."):
        iam.create_group(GroupName="devs")
    with refused("EntityAlreadyExists", "Group with name DEVS already exists."):
        iam.update_group(GroupName="ops", NewGroupName="DEVS")


def test_only_users_who_exist_join_a_group(iam):
    iam.create_group(GroupName="g")
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        iam.add_user_to_group(GroupName="g", UserName="nobody")


def test_who_is_not_in_a_group_cannot_leave_it(iam):
    iam.create_group(GroupName="g")
    iam.create_user(UserName="bob")
    with refused("NoSuchEntity"):
        iam.remove_user_from_group(GroupName="g", UserName="bob")


def test_a_user_is_in_ten_groups_at_most(iam):
    iam.create_user(UserName="bob")
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"g{number}", UserName="bob")
    with refused("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10"):
        iam.add_user_to_group(GroupName="g10", UserName="bob")


def test_a_group_is_deleted_only_when_it_is_empty(iam):
    iam.create_group(GroupName="g")
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="g", UserName="bob")
    iam.attach_group_policy(GroupName="g", PolicyArn=ADMIN)
    iam.put_group_policy(GroupName="g", PolicyName="p", PolicyDocument=policy())
    for obstacle, remove in (
        ("must remove users from group first.", lambda: iam.remove_user_from_group(GroupName="g", UserName="bob")),
        ("must detach all policies first.", lambda: iam.detach_group_policy(GroupName="g", PolicyArn=ADMIN)),
        ("must delete policies first.", lambda: iam.delete_group_policy(GroupName="g", PolicyName="p")),
    ):
        with refused("DeleteConflict", f"Cannot delete entity, {obstacle}"):
            iam.delete_group(GroupName="g")
        remove()
    iam.delete_group(GroupName="g")
    assert iam.list_groups()["Groups"] == []


# behaviour


def test_a_created_group_has_an_arn_with_its_path_and_a_unique_id(iam, account):
    made = iam.create_group(GroupName="devs", Path="/org/")["Group"]
    assert made["Arn"] == f"arn:aws:iam::{account}:group/org/devs"
    assert re.fullmatch("AGPA[A-Z2-7]{17}", made["GroupId"])
    assert iam.get_group(GroupName="devs")["Group"] == made == iam.list_groups()["Groups"][0]


def test_members_are_listed_from_both_sides_in_pages(iam):
    iam.create_group(GroupName="g")
    for name in ("ann", "bob", "eve"):
        iam.create_user(UserName=name)
        iam.add_user_to_group(GroupName="g", UserName=name)
    iam.add_user_to_group(GroupName="g", UserName="bob")  # again: nothing changes
    pages = list(iam.get_paginator("get_group").paginate(GroupName="g", PaginationConfig={"PageSize": 2}))
    assert [[user["UserName"] for user in page["Users"]] for page in pages] == [["ann", "bob"], ["eve"]]
    assert [group["GroupName"] for group in iam.list_groups_for_user(UserName="bob")["Groups"]] == ["g"]
    iam.remove_user_from_group(GroupName="g", UserName="bob")
    assert iam.list_groups_for_user(UserName="bob")["Groups"] == []


@pytest.mark.parametrize("change", [{"NewGroupName": "better"}, {"NewPath": "/new/"}])
def test_a_renamed_group_keeps_id_and_members(iam, change):
    made = iam.create_group(GroupName="g")["Group"]
    iam.create_user(UserName="bob")
    iam.add_user_to_group(GroupName="g", UserName="bob")
    iam.update_group(GroupName="g", **change)
    after = iam.get_group(GroupName=change.get("NewGroupName", "g"))
    assert after["Group"]["GroupId"] == made["GroupId"]
    assert after["Group"]["Arn"] != made["Arn"]
    assert [user["UserName"] for user in after["Users"]] == ["bob"]
