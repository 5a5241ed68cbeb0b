"""IAM's look-ups use an index, whatever an account holds; and a change is heard of once it is in the store."""

import pytest

from tests.services.iam.iam_calls import ADMIN

BY_INDEX = [
    "SELECT record FROM iam_users WHERE id = ? ORDER BY account, key LIMIT 1",
    "SELECT record FROM iam_users WHERE account = ? AND (account, key) > (?, ?) ORDER BY account, key LIMIT 200",
    "SELECT count(*) FROM iam_users WHERE account = ? AND boundary = ?",
    "SELECT record FROM iam_groups WHERE id = ? ORDER BY account, key LIMIT 1",
    "SELECT record FROM iam_roles WHERE id = ? ORDER BY account, key LIMIT 1",
    "SELECT count(*) FROM iam_roles WHERE account = ? AND boundary = ?",
    "SELECT record FROM iam_instance_profiles WHERE account = ? AND role_id = ? ORDER BY account, key LIMIT -1",
    "SELECT record FROM iam_memberships WHERE user_id = ? ORDER BY group_id LIMIT -1",
    "SELECT record FROM iam_memberships WHERE group_id = ? ORDER BY group_id, user_id LIMIT -1",
    "SELECT record FROM iam_access_keys WHERE user_id = ? ORDER BY created_at, id LIMIT -1",
    "SELECT record FROM iam_inline_policies WHERE owner_id = ? ORDER BY owner_id, name LIMIT -1",
    "SELECT record FROM iam_attachments WHERE owner_id = ? ORDER BY owner_id, policy_arn LIMIT -1",
    "SELECT count(*) FROM iam_attachments WHERE account = ? AND policy_arn = ?",
    "SELECT DISTINCT policy_arn FROM iam_attachments WHERE account = ?",
    "SELECT record FROM iam_accounts WHERE alias = ? ORDER BY account LIMIT -1",
]


@pytest.mark.parametrize("sql", BY_INDEX)
def test_a_look_up_uses_an_index(iam, cloud, sql):
    iam.list_users()
    plan = cloud.look(lambda inside: inside.store.plan(sql, ("x",) * sql.count("?")))
    assert "SEARCH" in plan
    assert "SCAN" not in plan


def test_an_undone_change_leaves_nothing_behind(iam, cloud, account):
    iam.create_user(UserName="bob")

    def fail(inside):
        service = inside.registry.get("iam").service
        user = service.store.users.get(account, "bob")
        try:
            with inside.store.transaction():
                service.store.users.delete(account, user.key)
                assert service.store.users.get(account, "bob") is None
                raise RuntimeError("undone")
        except RuntimeError:
            return service.store.users.get(account, "bob")

    assert cloud.look(fail).name == "bob"


def test_keys_and_policies_outlive_the_process(tmp_path):
    from cloudchamber.config import Config  # noqa: PLC0415
    from cloudchamber.testing import RunningCloud  # noqa: PLC0415

    first = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    iam = first.session("123456789012").client("iam")
    iam.create_user(UserName="bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=ADMIN)
    key = iam.create_access_key(UserName="bob")["AccessKey"]
    first.stop()
    again = RunningCloud(Config(port=0, data_dir=tmp_path)).start()
    try:
        bob = again.session_with(key["AccessKeyId"], key["SecretAccessKey"])
        assert bob.client("iam").get_user()["User"]["UserName"] == "bob"
    finally:
        again.stop()
