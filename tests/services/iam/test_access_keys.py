"""Access keys, and when they were last used."""

import re

import pytest

from tests.services.iam.iam_calls import ADMIN, refused


@pytest.fixture
def bob(iam):
    iam.create_user(UserName="bob")
    return "bob"


# wrong input and wrong state


def test_a_key_is_active_or_inactive(iam, bob):
    key = iam.create_access_key(UserName=bob)["AccessKey"]["AccessKeyId"]
    with refused("ValidationError"):
        iam.update_access_key(UserName=bob, AccessKeyId=key, Status="Broken")


def test_keys_are_only_for_users_who_exist(iam):
    with refused("NoSuchEntity", "The user with name nobody cannot be found."):
        iam.create_access_key(UserName="nobody")


def test_a_user_has_two_keys_at_most(iam, bob):
    iam.create_access_key(UserName=bob)
    iam.create_access_key(UserName=bob)
    with refused("LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"):
        iam.create_access_key(UserName=bob)


def test_a_key_of_somebody_else_cannot_be_found(iam, bob):
    iam.create_user(UserName="eve")
    key = iam.create_access_key(UserName=bob)["AccessKey"]["AccessKeyId"]
    for call in (
        lambda: iam.delete_access_key(UserName="eve", AccessKeyId=key),
        lambda: iam.update_access_key(UserName="eve", AccessKeyId=key, Status="Inactive"),
    ):
        with refused("NoSuchEntity", f"The Access Key with id {key} cannot be found."):
            call()


def test_the_last_use_of_an_unknown_key_cannot_be_found(iam):
    with refused("NoSuchEntity", "The Access Key with id AKIAIOSFODNN7EXAMPLE cannot be found."):
        iam.get_access_key_last_used(AccessKeyId="AKIAIOSFODNN7EXAMPLE")


# behaviour


def test_a_key_shows_its_secret_once(iam, bob):
    key = iam.create_access_key(UserName=bob)["AccessKey"]
    assert re.fullmatch("AKIA[A-Z2-7]{16}", key["AccessKeyId"])
    assert len(key["SecretAccessKey"]) == 40
    assert key["Status"] == "Active"
    listed = iam.list_access_keys(UserName=bob)["AccessKeyMetadata"]
    assert listed == [{k: key[k] for k in ("UserName", "AccessKeyId", "Status", "CreateDate")}]


def test_a_deactivated_key_is_refused_at_once_and_works_again_when_activated(iam, cloud, bob):
    iam.attach_user_policy(UserName=bob, PolicyArn=ADMIN)
    key = iam.create_access_key(UserName=bob)["AccessKey"]
    sqs = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("sqs")
    sqs.list_queues()
    iam.update_access_key(UserName=bob, AccessKeyId=key["AccessKeyId"], Status="Inactive")
    with pytest.raises(Exception, match="The security token included in the request is invalid"):
        sqs.list_queues()
    iam.update_access_key(UserName=bob, AccessKeyId=key["AccessKeyId"], Status="Active")
    sqs.list_queues()
    iam.delete_access_key(UserName=bob, AccessKeyId=key["AccessKeyId"])
    with pytest.raises(Exception, match="The security token included in the request is invalid"):
        sqs.list_queues()


def test_a_user_manages_their_own_keys_without_saying_whose(iam, sign_in):
    session = sign_in("bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    own = session.client("iam")
    second = own.create_access_key()["AccessKey"]
    assert second["UserName"] == "bob"
    assert len(own.list_access_keys()["AccessKeyMetadata"]) == 2
    own.update_access_key(AccessKeyId=second["AccessKeyId"], Status="Inactive")
    own.delete_access_key(AccessKeyId=second["AccessKeyId"])
    assert len(iam.list_access_keys(UserName="bob")["AccessKeyMetadata"]) == 1


def test_the_root_user_has_keys_too(iam, cloud, account):
    key = iam.create_access_key()["AccessKey"]
    root = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"]).client("iam")
    assert root.get_user()["User"]["Arn"] == f"arn:aws:iam::{account}:root"
    assert iam.get_account_summary()["SummaryMap"]["AccountAccessKeysPresent"] == 1
    iam.delete_access_key(AccessKeyId=key["AccessKeyId"])
    assert iam.list_access_keys()["AccessKeyMetadata"] == []


def test_a_key_knows_when_and_for_what_it_was_last_used(iam, cloud, bob, frozen_clock):
    key = iam.create_access_key(UserName=bob)["AccessKey"]
    last = lambda: iam.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])  # noqa: E731
    assert last()["AccessKeyLastUsed"] == {"ServiceName": "N/A", "Region": "N/A"}
    iam.attach_user_policy(UserName=bob, PolicyArn=ADMIN)
    frozen_clock.advance(3600)
    session = cloud.session_with(key["AccessKeyId"], key["SecretAccessKey"], region="eu-west-1")
    session.client("sqs").list_queues()
    used = last()
    assert used["UserName"] == bob
    assert used["AccessKeyLastUsed"]["ServiceName"] == "sqs"
    assert used["AccessKeyLastUsed"]["Region"] == "eu-west-1"
    assert used["AccessKeyLastUsed"]["LastUsedDate"].timestamp() == int(frozen_clock.now())
