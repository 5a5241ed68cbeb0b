"""ReplicateKey, UpdatePrimaryRegion, and what related keys share."""

import pytest

from tests.services.calls import policy, refused
from tests.services.kms.importing_calls import bring
from tests.services.kms.kms_calls import DAY, account_statement, denied, state, statement

EAST, WEST = "us-east-1", "eu-west-1"


@pytest.fixture
def primary(make):
    return make(MultiRegion=True)


@pytest.fixture
def west(elsewhere):
    return elsewhere(WEST)


def arn_in(region, key):
    return key["Arn"].replace(EAST, region)


def named(region, key):
    return {"Arn": arn_in(region, key), "Region": region}


def test_a_multi_region_key_begins_as_the_only_one(primary):
    assert primary["KeyId"].startswith("mrk-")
    assert len(primary["KeyId"]) == 36
    assert primary["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "PRIMARY", "PrimaryKey": named(EAST, primary), "ReplicaKeys": [],
    }  # fmt: skip


def test_a_replica_opens_what_the_primary_sealed(kms, west, primary):
    blob = kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    made = kms.replicate_key(
        KeyId=primary["KeyId"], ReplicaRegion=WEST, Description="there", Tags=[{"TagKey": "a", "TagValue": "b"}]
    )
    shown = made["ReplicaKeyMetadata"]
    assert (shown["Arn"], shown["Description"]) == (arn_in(WEST, primary), "there")
    assert made["ReplicaTags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert shown["MultiRegionConfiguration"] == {
        "MultiRegionKeyType": "REPLICA",
        "PrimaryKey": named(EAST, primary),
        "ReplicaKeys": [named(WEST, primary)],
    }
    opened = west.decrypt(CiphertextBlob=blob)
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", arn_in(WEST, primary))
    back = west.encrypt(KeyId=primary["KeyId"], Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=back)["Plaintext"] == b"y"


def test_only_a_primary_is_replicated_and_once(kms, west, primary, key):
    with refused(
        "UnsupportedOperationException",
        f"{key['Arn']} is not a multi-Region key, which is not valid for this operation.",
    ):
        kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion=WEST)
    with refused("ValidationException"):
        kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=EAST)
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)
    with refused("AlreadyExistsException", f"{arn_in(WEST, primary)} already exists."):
        kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)
    text = f"{arn_in(WEST, primary)} is a replica key, which is not valid for this operation."
    with refused("UnsupportedOperationException", text):
        west.replicate_key(KeyId=primary["KeyId"], ReplicaRegion="ap-south-1")


def test_each_region_has_its_own_policy_and_state(kms, west, primary, user, account):
    bob = user("bob", statement())
    no_bob = policy(account_statement(account), statement("kms:Encrypt", "Deny", Principal={"AWS": bob.arn}))
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST, Policy=no_bob)
    bob.kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")
    assert west.get_key_policy(KeyId=primary["KeyId"])["Policy"] == no_bob
    kms.disable_key(KeyId=primary["KeyId"])
    assert state(west, primary) == "Enabled"


def test_replicating_asks_for_both_halves(primary, user):
    bob = user("bob", statement("kms:ReplicateKey"))
    with refused(*denied(bob.arn, "kms:CreateKey", "*")):
        bob.kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)


def test_related_keys_rotate_together(kms, west, primary, frozen_clock):
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)
    kms.enable_key_rotation(KeyId=primary["KeyId"])
    assert west.get_key_rotation_status(KeyId=primary["KeyId"])["KeyRotationEnabled"] is True
    text = f"{arn_in(WEST, primary)} is a replica key, which is not valid for this operation."
    for call in (west.disable_key_rotation, west.rotate_key_on_demand):
        with refused("UnsupportedOperationException", text):
            call(KeyId=primary["KeyId"])
    old = west.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    frozen_clock.advance(365 * DAY)
    new = kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"y")["CiphertextBlob"]
    opened = [west.decrypt(CiphertextBlob=blob) for blob in (old, new)]
    assert [o["Plaintext"] for o in opened] == [b"x", b"y"]
    assert opened[0]["KeyMaterialId"] != opened[1]["KeyMaterialId"]
    assert [c.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"] for c in (kms, west)] == [
        opened[1]["KeyMaterialId"]
    ] * 2


def test_the_primary_moves(kms, west, primary, account):
    with refused("NotFoundException", f"Key '{arn_in(WEST, primary)}' does not exist"):
        kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=WEST)
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)
    kms.update_primary_region(KeyId=primary["KeyId"], PrimaryRegion=WEST)
    for client, kind in ((kms, "REPLICA"), (west, "PRIMARY")):
        shown = client.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]["MultiRegionConfiguration"]
        assert shown == {
            "MultiRegionKeyType": kind, "PrimaryKey": named(WEST, primary), "ReplicaKeys": [named(EAST, primary)],
        }  # fmt: skip
    west.rotate_key_on_demand(KeyId=primary["KeyId"])


def test_a_primary_outlives_its_replicas(kms, west, primary, frozen_clock):
    kms.replicate_key(KeyId=primary["KeyId"], ReplicaRegion=WEST)
    answer = kms.schedule_key_deletion(KeyId=primary["KeyId"], PendingWindowInDays=10)
    assert answer["KeyState"] == "PendingReplicaDeletion"
    assert "DeletionDate" not in answer
    shown = kms.describe_key(KeyId=primary["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["PendingDeletionWindowInDays"]) == ("PendingReplicaDeletion", 10)
    with refused("KMSInvalidStateException", f"{primary['Arn']} is pending replica deletion."):
        kms.encrypt(KeyId=primary["KeyId"], Plaintext=b"x")
    frozen_clock.advance(100 * DAY)
    assert state(kms, primary) == "PendingReplicaDeletion"
    west.schedule_key_deletion(KeyId=primary["KeyId"], PendingWindowInDays=7)
    frozen_clock.advance(7 * DAY)
    assert state(kms, primary) == "PendingDeletion"
    with refused("NotFoundException"):
        west.describe_key(KeyId=primary["KeyId"])
    frozen_clock.advance(10 * DAY)
    with refused("NotFoundException"):
        kms.describe_key(KeyId=primary["KeyId"])


def test_imported_material_goes_to_each_region(kms, west, make):
    key = make(MultiRegion=True, Origin="EXTERNAL")
    bring(kms, key["KeyId"], b"1" * 32)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    replica = kms.replicate_key(KeyId=key["KeyId"], ReplicaRegion=WEST)["ReplicaKeyMetadata"]
    assert replica["KeyState"] == "PendingImport"
    with refused("IncorrectKeyMaterialException", ""):
        bring(west, key["KeyId"], b"2" * 32)
    bring(west, key["KeyId"], b"1" * 32)
    assert west.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    bring(kms, key["KeyId"], b"2" * 32, ImportType="NEW_KEY_MATERIAL")
    with refused("KMSInvalidStateException", f"{key['Arn']} has no key material that is pending rotation."):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])  # the replica has to have it first
    bring(west, key["KeyId"], b"2" * 32)
    kms.rotate_key_on_demand(KeyId=key["KeyId"])
    new = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"y")["CiphertextBlob"]
    assert west.decrypt(CiphertextBlob=new)["Plaintext"] == b"y"
    assert west.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
