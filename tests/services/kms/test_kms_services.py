"""Keys as other services use them: AWS managed keys, kms:ViaService, grants to services. And restarts, and indexes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudchamber.config import Config
from cloudchamber.core.context import INTERNAL, Context
from cloudchamber.core.dispatch import new_span
from cloudchamber.core.errors import AccessDenied
from cloudchamber.identity import principals
from cloudchamber.identity.principals import Principal
from cloudchamber.testing import RunningCloud
from tests.services.calls import policy, refused
from tests.services.kms.kms_calls import DAY, account_statement, denied, statement

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudchamber.cloud import Cloud


@pytest.fixture
def through(cloud: RunningCloud, account: str) -> Callable[..., Any]:
    """`through("s3", principal, "kms:Decrypt", …)`: a service's handler calls KMS in the name of its caller."""

    def call(service: str, principal: Principal, operation: str, **request: Any) -> Any:
        source_arn = request.pop("source_arn", None)

        async def work(running: Cloud) -> Any:
            span = new_span(service, "Something", "r", None, running.clock.now())
            ctx: Context = running.dispatcher.open(span, principal, account, "us-east-1", INTERNAL)
            return await ctx.call(operation, source_arn=source_arn, **request)

        return cloud.run(work)

    return call


@pytest.fixture
def bob(account: str, user: Callable[..., Any]) -> Principal:
    """A user without any policy."""
    arn = user("bob").arn
    return Principal("user", account, arn, "AIDAEXAMPLE", arn, "bob")


def test_a_service_gets_its_key_at_first_use(kms, through, bob, account):
    assert kms.list_keys()["Keys"] == []
    made = through("s3", bob, "kms:GenerateDataKey", KeyId="alias/aws/s3", KeySpec="AES_256")
    opened = through("s3", bob, "kms:Decrypt", CiphertextBlob=made["CiphertextBlob"])
    assert opened["Plaintext"] == made["Plaintext"]
    again = through("s3", bob, "kms:GenerateDataKey", KeyId="alias/aws/s3", KeySpec="AES_256")
    assert again["KeyId"] == made["KeyId"]
    [alias] = kms.list_aliases()["Aliases"]
    assert alias["AliasName"] == "alias/aws/s3"
    shown = kms.describe_key(KeyId="alias/aws/s3")["KeyMetadata"]
    assert (shown["Arn"], shown["KeyManager"]) == (made["KeyId"], "AWS")
    assert shown["Description"] == "Default key that protects my S3 data when no other key is defined"
    through_s3, look = json.loads(kms.get_key_policy(KeyId=shown["KeyId"])["Policy"])["Statement"]
    assert through_s3["Condition"]["StringEquals"] == {
        "kms:CallerAccount": account, "kms:ViaService": "s3.us-east-1.amazonaws.com",
    }  # fmt: skip
    assert look["Principal"] == {"AWS": f"arn:aws:iam::{account}:root"}


def test_an_aws_managed_key_is_for_its_service_only(kms, through, bob, account):
    made = through("sqs", bob, "kms:GenerateDataKey", KeyId="alias/aws/sqs", KeySpec="AES_256")
    root = principals.root(account)
    for service, caller in (("s3", bob), ("s3", root)):
        with pytest.raises(AccessDenied):
            through(service, caller, "kms:Decrypt", CiphertextBlob=made["CiphertextBlob"])
    for call, action in (
        (lambda: kms.decrypt(CiphertextBlob=made["CiphertextBlob"]), "kms:Decrypt"),
        (lambda: kms.encrypt(KeyId="alias/aws/sqs", Plaintext=b"x"), "kms:Encrypt"),
        (lambda: kms.schedule_key_deletion(KeyId=made["KeyId"]), "kms:ScheduleKeyDeletion"),
        (lambda: kms.put_key_policy(KeyId=made["KeyId"], Policy="{}"), "kms:PutKeyPolicy"),
        (lambda: kms.disable_key(KeyId=made["KeyId"]), "kms:DisableKey"),
    ):
        with refused(*denied(root.arn, action, made["KeyId"], "resource-based policy")):
            call()


def test_looking_at_a_predefined_alias_makes_its_key(kms, account):
    shown = kms.describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]
    assert (shown["KeyManager"], shown["KeyState"]) == ("AWS", "Enabled")
    assert kms.get_key_rotation_status(KeyId=shown["KeyId"])["KeyRotationEnabled"] is True
    with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{account}:alias/aws/nothing is not found."):
        kms.describe_key(KeyId="alias/aws/nothing")
    with refused("NotFoundException", f"Alias arn:aws:kms:us-east-1:{account}:alias/aws/s3 is not found."):
        kms.encrypt(KeyId="alias/aws/s3", Plaintext=b"x")


def test_a_customer_key_can_be_opened_to_a_service_way_only(kms, key, through, bob, account):
    via = statement(
        ["kms:GenerateDataKey", "kms:Decrypt"],
        Principal={"AWS": bob.arn},
        Condition={"StringEquals": {"kms:ViaService": "secretsmanager.us-east-1.amazonaws.com"}},
    )
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(account_statement(account), via))
    call = {"KeyId": key["KeyId"], "KeySpec": "AES_256"}
    assert through("secretsmanager", bob, "kms:GenerateDataKey", **call)["KeyId"] == key["Arn"]
    with pytest.raises(AccessDenied):
        through("ssm", bob, "kms:GenerateDataKey", **call)


def test_what_a_customer_key_sealed_stays_shut_to_those_without_leave(kms, key, through, bob):
    sealed = kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")["CiphertextBlob"]
    with pytest.raises(AccessDenied) as caught:
        through("sqs", bob, "kms:Decrypt", CiphertextBlob=sealed)
    assert caught.value.message == denied(bob.arn, "kms:Decrypt", key["Arn"])[1]


def test_a_service_principal_is_let_in_by_policy_for_its_source(kms, key, through, account):
    queue = f"arn:aws:sqs:us-east-1:{account}:q"
    allow = statement(
        "kms:GenerateDataKey",
        Principal={"Service": "sns.amazonaws.com"},
        Condition={"ArnEquals": {"aws:SourceArn": queue}},
    )
    kms.put_key_policy(KeyId=key["KeyId"], Policy=policy(account_statement(account), allow))
    sns = principals.service("sns.amazonaws.com")
    call = {"KeyId": key["Arn"], "KeySpec": "AES_256"}
    assert through("sns", sns, "kms:GenerateDataKey", source_arn=queue, **call)["KeyId"] == key["Arn"]
    with pytest.raises(AccessDenied):
        through("sns", sns, "kms:GenerateDataKey", source_arn=queue + "x", **call)


def test_a_grant_lets_a_service_in_for_its_source(kms, key, through, account):
    table = f"arn:aws:dynamodb:us-east-1:{account}:table/t"
    kms.create_grant(
        KeyId=key["KeyId"],
        GranteeServicePrincipal="dynamodb.amazonaws.com",
        RetiringServicePrincipal="dynamodb.amazonaws.com",
        Operations=["Encrypt"],
        Constraints={"SourceArn": table},
    )
    dynamodb = principals.service("dynamodb.amazonaws.com")
    call = {"KeyId": key["Arn"], "Plaintext": b"x"}
    assert through("dynamodb", dynamodb, "kms:Encrypt", source_arn=table, **call)["KeyId"] == key["Arn"]
    with pytest.raises(AccessDenied):
        through("dynamodb", dynamodb, "kms:Encrypt", **call)


def test_the_span_says_which_grant_allowed(kms, key, user, cloud):
    eve = user("eve")
    made = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=eve.arn, Operations=["Encrypt"])
    eve.kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")
    [span] = cloud.spans(operation="Encrypt", principal=eve.arn)
    decision = span.decision.decision
    assert (decision.allowed, decision.policy_name) == (True, f"grant {made['GrantId']}")
    assert f"Allowed by grant {made['GrantId']}." in span.decision.explain()


def test_keys_can_be_found_in_the_directory(kms, make, cloud, account):
    key = make(Tags=[{"TagKey": "a", "TagValue": "b"}])
    found = cloud.look(lambda c: c.directory.find(key["Arn"]))
    assert (found.type, found.name, found.tags) == ("AWS::KMS::Key", key["KeyId"], {"a": "b"})
    listed = cloud.look(lambda c: [r.arn for r in c.registry.get("kms").service.list_resources(account, None)])
    assert listed == [key["Arn"]]


# Restarts and indexes


def test_a_restart_keeps_keys_grants_and_what_is_due(tmp_path):
    def start() -> RunningCloud:
        return RunningCloud(Config(port=0, data_dir=tmp_path)).start()

    first = start()
    first.clock.freeze()
    kms = first.session("111111111111").client("kms")
    key, doomed = (kms.create_key()["KeyMetadata"] for _ in range(2))
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    sign = {"KeyId": pair["KeyId"], "Message": b"m", "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(**sign)["Signature"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=doomed["KeyId"])
    blob = kms.encrypt(KeyId="alias/a", Plaintext=b"x")["CiphertextBlob"]
    root = "arn:aws:iam::222222222222:root"
    grant = kms.create_grant(KeyId=key["KeyId"], GranteePrincipal=root, Operations=["Decrypt"])
    first.stop()

    again = start()
    kms = again.session("111111111111").client("kms")
    again.clock.advance(365 * DAY)
    assert kms.describe_key(KeyId="alias/a")["KeyMetadata"]["CurrentKeyMaterialId"] != key["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    assert kms.verify(Signature=signature, **sign)["SignatureValid"] is True
    assert [g["GrantId"] for g in kms.list_grants(KeyId=key["KeyId"])["Grants"]] == [grant["GrantId"]]
    assert again.session("222222222222").client("kms").decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    with refused("NotFoundException"):
        kms.describe_key(KeyId=doomed["KeyId"])
    again.stop()


def test_every_listing_has_an_index(kms, key, cloud):
    place = "account = ? AND region = ?"
    by_name, by_key = "kms_aliases_by_target_name", "kms_grants_by_retirable_key_id_id"
    after = "(name) > (?) ORDER BY name LIMIT ?"
    expected = {
        "SELECT min(due_at) FROM kms_keys WHERE due_at IS NOT NULL": "kms_keys_by_due_at",
        "SELECT account, region, id FROM kms_keys WHERE due_at <= ? ORDER BY due_at LIMIT ?": "kms_keys_by_due_at",
        "SELECT record FROM kms_keys WHERE id = ? ORDER BY account, region, id LIMIT ?": "kms_keys_by_id",
        f"SELECT record FROM kms_keys WHERE {place} AND (id) > (?) ORDER BY id LIMIT ?": "PRIMARY KEY",
        "SELECT record FROM kms_aliases WHERE target = ? ORDER BY name LIMIT ?": by_name,
        f"SELECT record FROM kms_aliases WHERE target = ? AND {after}": by_name,
        f"SELECT record FROM kms_aliases WHERE {place} AND {after}": "PRIMARY KEY",
        f"SELECT record FROM kms_grants WHERE {place} AND key_id = ? AND (id) > (?) ORDER BY id LIMIT ?": "PRIMARY KEY",
        "SELECT record FROM kms_grants WHERE retirable = ? AND (key_id, id) > (?, ?) "
        "ORDER BY key_id, id LIMIT ?": by_key,
        f"SELECT record FROM kms_materials WHERE {place} AND key_id = ? "
        "ORDER BY account, region, key_id, number LIMIT ?": "PRIMARY KEY",
        "DELETE FROM kms_imports WHERE valid_to <= ?": "kms_imports_by_valid_to",
    }
    for sql, index in expected.items():
        plan = cloud.look(lambda c, sql=sql: c.store.plan(sql, ["x"] * sql.count("?")))
        assert index in plan, (sql, plan)
        assert "SCAN" not in plan or "min(due_at)" in sql
        assert "TEMP B-TREE" not in plan or "kms_keys_by_id" in plan, (sql, plan)
