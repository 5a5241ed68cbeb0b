"""EnableKeyRotation, DisableKeyRotation, GetKeyRotationStatus, RotateKeyOnDemand, ListKeyRotations."""

import pytest

from tests.services.calls import refused
from tests.services.kms.kms_calls import DAY


@pytest.fixture
def status(kms, key):
    def ask():
        answer = kms.get_key_rotation_status(KeyId=key["KeyId"])
        next_at = answer.get("NextRotationDate")
        return answer["KeyRotationEnabled"], answer.get("RotationPeriodInDays"), next_at and next_at.timestamp()

    return ask


def rotations(kms, key, **options):
    return kms.list_key_rotations(KeyId=key["KeyId"], **options)["Rotations"]


def current(kms, key):
    return kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["CurrentKeyMaterialId"]


def test_only_symmetric_keys_rotate(kms, make):
    pair = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    for call in (
        kms.enable_key_rotation, kms.disable_key_rotation, kms.rotate_key_on_demand, kms.list_key_rotations,
    ):  # fmt: skip
        with refused("UnsupportedOperationException", ""):
            call(KeyId=pair["KeyId"])
    assert kms.get_key_rotation_status(KeyId=pair["KeyId"])["KeyRotationEnabled"] is False
    for days in (89, 2561):
        with refused("ValidationException"):
            kms.enable_key_rotation(KeyId=make()["KeyId"], RotationPeriodInDays=days)


def test_keys_with_imported_material_do_not_rotate_by_themselves(kms, make):
    key = make(Origin="EXTERNAL")
    text = f"{key['Arn']} origin is EXTERNAL which is not valid for this operation."
    with refused("UnsupportedOperationException", text):
        kms.enable_key_rotation(KeyId=key["KeyId"])


def test_a_key_rotates_year_by_year_and_opens_what_it_sealed(kms, key, status, frozen_clock):
    begun = frozen_clock.now()
    assert status() == (False, None, None)
    kms.enable_key_rotation(KeyId=key["KeyId"])
    assert status() == (True, 365, pytest.approx(begun + 365 * DAY, abs=0.01))
    blobs = []
    for year in range(3):
        blobs.append(kms.encrypt(KeyId=key["KeyId"], Plaintext=str(year).encode())["CiphertextBlob"])
        frozen_clock.advance(365 * DAY)
    opened = [kms.decrypt(CiphertextBlob=blob) for blob in blobs]
    assert [o["Plaintext"] for o in opened] == [b"0", b"1", b"2"]
    assert len({o["KeyMaterialId"] for o in opened}) == 3
    found = rotations(kms, key)
    assert [r["RotationType"] for r in found] == ["AUTOMATIC"] * 3
    assert found[0]["RotationDate"].timestamp() == pytest.approx(begun + 365 * DAY, abs=0.01)
    assert found[2]["KeyMaterialId"] == current(kms, key)
    assert status() == (True, 365, pytest.approx(begun + 4 * 365 * DAY, abs=0.01))


def test_rotation_has_a_period_and_an_end(kms, key, status, frozen_clock):
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    assert status()[1] == 90
    frozen_clock.advance(181 * DAY)
    assert len(rotations(kms, key)) == 2
    kms.disable_key_rotation(KeyId=key["KeyId"])
    assert status() == (False, None, None)
    frozen_clock.advance(365 * DAY)
    assert len(rotations(kms, key)) == 2


def test_a_disabled_key_makes_up_for_its_rotation(kms, key, frozen_clock):
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    kms.disable_key(KeyId=key["KeyId"])
    frozen_clock.advance(100 * DAY)
    assert rotations(kms, key) == []
    kms.enable_key(KeyId=key["KeyId"])
    frozen_clock.settle()
    assert len(rotations(kms, key)) == 1


def test_a_key_that_is_to_be_deleted_does_not_rotate(kms, key, status):
    kms.enable_key_rotation(KeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert status() == (False, None, None)
    kms.cancel_key_deletion(KeyId=key["KeyId"])
    assert status()[:2] == (True, 365)


def test_a_rotation_on_demand_leaves_the_schedule_alone(kms, key, status, frozen_clock):
    kms.enable_key_rotation(KeyId=key["KeyId"])
    before = status()
    frozen_clock.advance(DAY)
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.rotate_key_on_demand(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert status() == before
    [done] = rotations(kms, key)
    assert (done["RotationType"], done["KeyMaterialState"]) == ("ON_DEMAND", "CURRENT")
    assert done["KeyMaterialId"] == current(kms, key) != key["CurrentKeyMaterialId"]
    assert kms.decrypt(CiphertextBlob=blob)["KeyMaterialId"] == key["CurrentKeyMaterialId"]


def test_rotations_on_demand_have_limits(kms, key, frozen_clock):
    kms.enable_key_rotation(KeyId=key["KeyId"], RotationPeriodInDays=90)
    frozen_clock.advance(90 * DAY - 60)
    with refused("ConflictException", f"An automatic rotation of {key['Arn']} is in progress or about to begin."):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    kms.disable_key_rotation(KeyId=key["KeyId"])
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    text = "The maximum number of on-demand rotations has been reached for this key."
    with refused("LimitExceededException", text):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])


def test_rotations_are_listed_with_the_first_material_if_wished(kms, key):
    for _ in range(2):
        kms.rotate_key_on_demand(KeyId=key["KeyId"])
    found = rotations(kms, key, IncludeKeyMaterial="ALL_KEY_MATERIAL")
    assert [r["KeyMaterialState"] for r in found] == ["NON_CURRENT", "NON_CURRENT", "CURRENT"]
    assert found[0]["KeyMaterialId"] == key["CurrentKeyMaterialId"]
    assert "RotationDate" not in found[0]
    first = kms.list_key_rotations(KeyId=key["KeyId"], Limit=1)
    assert first["Truncated"] is True
    assert rotations(kms, key, Marker=first["NextMarker"]) == found[2:]
