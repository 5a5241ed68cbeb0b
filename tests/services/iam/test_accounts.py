"""The account's alias and summary."""

import uuid

import pytest

from tests.services.iam.iam_calls import ADMIN, policy, refused, trust


@pytest.fixture
def alias():
    return f"alias-{uuid.uuid4().hex}"


@pytest.mark.parametrize("name", ["ab", "-abc", "abc-", "Abc", "a--b", "a" * 64])
def test_an_alias_holds_small_letters_digits_and_single_hyphens(iam, name):
    with refused("ValidationError"):
        iam.create_account_alias(AccountAlias=name)


def test_two_accounts_have_two_aliases(iam, cloud, alias):
    iam.create_account_alias(AccountAlias=alias)
    with refused("EntityAlreadyExists", f"The account alias {alias} already exists."):
        cloud.session().client("iam").create_account_alias(AccountAlias=alias)


def test_an_alias_the_account_does_not_have_is_not_deleted(iam, alias):
    with refused("NoSuchEntity"):
        iam.delete_account_alias(AccountAlias=alias)


def test_an_account_has_one_alias(iam, alias):
    assert iam.list_account_aliases()["AccountAliases"] == []
    iam.create_account_alias(AccountAlias=alias)
    iam.create_account_alias(AccountAlias=f"{alias}-2")
    assert iam.list_account_aliases()["AccountAliases"] == [f"{alias}-2"]
    iam.delete_account_alias(AccountAlias=f"{alias}-2")
    assert iam.list_account_aliases()["AccountAliases"] == []


def test_the_summary_counts_what_there_is(iam):
    iam.create_user(UserName="bob")
    iam.create_group(GroupName="g")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=trust())
    iam.create_instance_profile(InstanceProfileName="ip")
    arn = iam.create_policy(PolicyName="p", PolicyDocument=policy())["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy())
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    summary = iam.get_account_summary()["SummaryMap"]
    counted = ("Users", "Groups", "Roles", "InstanceProfiles", "Policies", "PolicyVersionsInUse", "MFADevices")
    assert [summary[name] for name in counted] == [1, 1, 1, 1, 1, 2, 0]
    assert (summary["UsersQuota"], summary["AccessKeysPerUserQuota"], summary["AccountMFAEnabled"]) == (5000, 2, 0)
