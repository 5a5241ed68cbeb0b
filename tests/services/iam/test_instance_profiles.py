"""Instance profiles."""

import re

import pytest

from tests.services.iam.iam_calls import refused, trust


@pytest.fixture
def profile(iam):
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    return iam.create_instance_profile(InstanceProfileName="ip", Path="/x/")["InstanceProfile"]


# wrong state


def test_a_profile_that_does_not_exist_is_named(iam):
    for call in (iam.get_instance_profile, iam.delete_instance_profile):
        with refused("NoSuchEntity", "Instance Profile ip cannot be found."):
            call(InstanceProfileName="ip")


def test_two_profiles_differ_in_more_than_case(iam, profile):
    with refused("EntityAlreadyExists", "Instance Profile IP already exists."):
        iam.create_instance_profile(InstanceProfileName="IP")


def test_a_profile_holds_one_role(iam, profile):
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=trust())
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    with refused("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"):
        iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="other")
    with refused("NoSuchEntity", "The role with name other cannot be found."):
        iam.remove_role_from_instance_profile(InstanceProfileName="ip", RoleName="other")


def test_a_profile_is_deleted_only_without_a_role(iam, profile):
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    with refused("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first."):
        iam.delete_instance_profile(InstanceProfileName="ip")
    iam.remove_role_from_instance_profile(InstanceProfileName="ip", RoleName="r")
    iam.delete_instance_profile(InstanceProfileName="ip")


# behaviour


def test_a_created_profile_has_an_arn_with_its_path_and_a_unique_id(iam, account, profile):
    assert profile["Arn"] == f"arn:aws:iam::{account}:instance-profile/x/ip"
    assert re.fullmatch("AIPA[A-Z2-7]{17}", profile["InstanceProfileId"])
    assert profile["Roles"] == []
    assert iam.list_instance_profiles(PathPrefix="/x/")["InstanceProfiles"] == [profile]


def test_a_profile_shows_its_role_and_a_role_its_profiles(iam, profile):
    assert iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"] == []
    iam.add_role_to_instance_profile(InstanceProfileName="ip", RoleName="r")
    shown = iam.get_instance_profile(InstanceProfileName="ip")["InstanceProfile"]
    assert [role["RoleName"] for role in shown["Roles"]] == ["r"]
    listed = iam.list_instance_profiles_for_role(RoleName="r")["InstanceProfiles"]
    assert [one["InstanceProfileName"] for one in listed] == ["ip"]
