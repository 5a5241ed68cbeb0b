"""GetParametersForImport, ImportKeyMaterial, DeleteImportedKeyMaterial."""

import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_public_key

from tests.services.calls import refused
from tests.services.kms.importing_calls import bring, wrapped
from tests.services.kms.kms_calls import DAY, state

OAEP = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


@pytest.fixture
def empty(make):
    """A symmetric key without material."""
    return make(Origin="EXTERNAL")


def shown(kms, key):
    return kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]


def states(kms, key):
    found = kms.list_key_rotations(KeyId=key["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    return [(r["KeyMaterialState"], r["ImportState"]) for r in found]


def test_a_key_waits_for_its_material(kms, empty):
    assert (empty["KeyState"], empty["Enabled"], empty["Origin"]) == ("PendingImport", False, "EXTERNAL")
    pending = ("KMSInvalidStateException", f"{empty['Arn']} is pending import.")
    for call in (
        lambda: kms.encrypt(KeyId=empty["KeyId"], Plaintext=b"x"),
        lambda: kms.enable_key(KeyId=empty["KeyId"]),
        lambda: kms.disable_key(KeyId=empty["KeyId"]),
    ):
        with refused(*pending):
            call()


def test_other_keys_take_no_material(kms, key):
    text = f"{key['Arn']} origin is AWS_KMS which is not valid for this operation."
    for call in (
        lambda: kms.get_parameters_for_import(KeyId=key["KeyId"], **OAEP),
        lambda: kms.import_key_material(KeyId=key["KeyId"], ImportToken=b"x", EncryptedKeyMaterial=b"x", **FOREVER),
        lambda: kms.delete_imported_key_material(KeyId=key["KeyId"]),
    ):
        with refused("UnsupportedOperationException", text):
            call()


@pytest.mark.parametrize("algorithm", ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"])
def test_imported_material_is_used(kms, empty, algorithm):
    answer = bring(kms, empty["KeyId"], b"k" * 32, algorithm)
    found = shown(kms, empty)
    assert (found["KeyState"], found["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
    assert answer["KeyMaterialId"] == found["CurrentKeyMaterialId"]
    blob = kms.encrypt(KeyId=empty["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm"),
    [
        ("ECC_NIST_P256", "SIGN_VERIFY", "RSAES_OAEP_SHA_256"),
        ("ECC_NIST_P521", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_256"),
        ("RSA_2048", "SIGN_VERIFY", "RSA_AES_KEY_WRAP_SHA_1"),
    ],
)
def test_private_keys_are_imported_too(kms, make, spec, usage, algorithm):
    key = make(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")
    curve = {"ECC_NIST_P256": ec.SECP256R1(), "ECC_NIST_P521": ec.SECP521R1()}.get(spec)
    private = rsa.generate_private_key(65537, 2048) if curve is None else ec.generate_private_key(curve)
    der = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    bring(kms, key["KeyId"], der, algorithm)
    assert load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"]) == private.public_key()


@pytest.mark.parametrize(
    ("spec", "usage", "algorithm"),
    [
        ("RSA_2048", "SIGN_VERIFY", "RSAES_OAEP_SHA_256"),
        ("ECC_NIST_P521", "SIGN_VERIFY", "RSAES_OAEP_SHA_256"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSA_AES_KEY_WRAP_SHA_256"),
        ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "RSAES_PKCS1_V1_5"),
    ],
)
def test_not_every_wrapping_fits_every_material(kms, make, spec, usage, algorithm):
    key = make(KeySpec=spec, KeyUsage=usage, Origin="EXTERNAL")
    with refused("UnsupportedOperationException"):
        kms.get_parameters_for_import(KeyId=key["KeyId"], WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")


def test_what_is_imported_must_be_right(kms, empty, make, frozen_clock):
    parameters = kms.get_parameters_for_import(KeyId=empty["KeyId"], **OAEP)
    assert parameters["ParametersValidTo"].timestamp() == pytest.approx(frozen_clock.now() + DAY, abs=0.01)
    good = {
        "KeyId": empty["KeyId"],
        "ImportToken": parameters["ImportToken"],
        "EncryptedKeyMaterial": wrapped(b"k" * 32, parameters["PublicKey"], "RSAES_OAEP_SHA_256"),
        **FOREVER,
    }
    with refused("InvalidImportTokenException", ""):
        kms.import_key_material(**{**good, "ImportToken": b"other"})
    with refused("InvalidImportTokenException", ""):
        kms.import_key_material(**{**good, "KeyId": make(Origin="EXTERNAL")["KeyId"]})
    with refused("InvalidCiphertextException", ""):
        kms.import_key_material(**{**good, "EncryptedKeyMaterial": b"x" * 256})
    short = wrapped(b"k" * 31, parameters["PublicKey"], "RSAES_OAEP_SHA_256")
    with refused("IncorrectKeyMaterialException", ""):
        kms.import_key_material(**{**good, "EncryptedKeyMaterial": short})
    with refused("ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES."):
        kms.import_key_material(**{**good, "ExpirationModel": "KEY_MATERIAL_EXPIRES"})
    with refused("ValidationException", "The validTo date must be in the future, within 365 days."):
        past = {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": frozen_clock.now() - 1}
        kms.import_key_material(**{**good, **past})
    frozen_clock.advance(DAY)
    with refused("ExpiredImportTokenException", ""):
        kms.import_key_material(**good)
    assert state(kms, empty) == "PendingImport"


def test_material_expires_on_the_clock_and_comes_back(kms, empty, frozen_clock):
    valid_to = int(frozen_clock.now()) + 10 * DAY
    bring(kms, empty["KeyId"], b"k" * 32, ValidTo=valid_to)
    found = shown(kms, empty)
    assert (found["ExpirationModel"], found["ValidTo"].timestamp()) == ("KEY_MATERIAL_EXPIRES", valid_to)
    blob = kms.encrypt(KeyId=empty["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    frozen_clock.advance(10 * DAY)
    assert state(kms, empty) == "PendingImport"
    with refused("KMSInvalidStateException", f"{empty['Arn']} is pending import."):
        kms.decrypt(CiphertextBlob=blob)
    with refused("IncorrectKeyMaterialException", ""):
        bring(kms, empty["KeyId"], b"other" + b"k" * 27)
    bring(kms, empty["KeyId"], b"k" * 32)
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"
    frozen_clock.advance(365 * DAY)
    assert state(kms, empty) == "Enabled"


def test_deleted_material_comes_back_with_the_same_id(kms, empty):
    first = bring(kms, empty["KeyId"], b"k" * 32)["KeyMaterialId"]
    assert kms.delete_imported_key_material(KeyId=empty["KeyId"])["KeyMaterialId"] == first
    assert state(kms, empty) == "PendingImport"
    assert bring(kms, empty["KeyId"], b"k" * 32, KeyMaterialId=first)["KeyMaterialId"] == first
    assert state(kms, empty) == "Enabled"


def test_new_material_waits_for_a_rotation(kms, empty):
    bring(kms, empty["KeyId"], b"1" * 32, KeyMaterialDescription="first")
    old = kms.encrypt(KeyId=empty["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("KMSInvalidStateException", f"{empty['Arn']} has no key material that is pending rotation."):
        kms.rotate_key_on_demand(KeyId=empty["KeyId"])
    with refused("IncorrectKeyMaterialException", ""):
        bring(kms, empty["KeyId"], b"2" * 32)  # not said to be new
    second = bring(kms, empty["KeyId"], b"2" * 32, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    assert states(kms, empty) == [("CURRENT", "IMPORTED"), ("PENDING_ROTATION", "IMPORTED")]
    kms.rotate_key_on_demand(KeyId=empty["KeyId"])
    assert states(kms, empty) == [("NON_CURRENT", "IMPORTED"), ("CURRENT", "IMPORTED")]
    new = kms.encrypt(KeyId=empty["KeyId"], Plaintext=b"y")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=new)["KeyMaterialId"] == second
    assert kms.decrypt(CiphertextBlob=old)["Plaintext"] == b"x"
    [first, _] = kms.list_key_rotations(KeyId=empty["KeyId"], IncludeKeyMaterial="ALL_KEY_MATERIAL")["Rotations"]
    assert first["KeyMaterialDescription"] == "first"
    kms.delete_imported_key_material(KeyId=empty["KeyId"], KeyMaterialId=first["KeyMaterialId"])
    assert state(kms, empty) == "PendingImport"  # each material that the key is bound to is needed


def test_pending_material_can_be_taken_back(kms, empty):
    bring(kms, empty["KeyId"], b"1" * 32)
    second = bring(kms, empty["KeyId"], b"2" * 32, ImportType="NEW_KEY_MATERIAL")["KeyMaterialId"]
    with refused("KMSInvalidStateException", f"{empty['Arn']} has key material that is pending rotation."):
        bring(kms, empty["KeyId"], os.urandom(32), ImportType="NEW_KEY_MATERIAL")
    kms.delete_imported_key_material(KeyId=empty["KeyId"], KeyMaterialId=second)
    assert states(kms, empty) == [("CURRENT", "IMPORTED")]
    assert state(kms, empty) == "Enabled"


def test_deletion_is_cancelled_into_the_state_of_the_material(kms, empty):
    kms.schedule_key_deletion(KeyId=empty["KeyId"])
    kms.cancel_key_deletion(KeyId=empty["KeyId"])
    assert state(kms, empty) == "PendingImport"
    bring(kms, empty["KeyId"], b"1" * 32)
    kms.schedule_key_deletion(KeyId=empty["KeyId"])
    with refused("KMSInvalidStateException", f"{empty['Arn']} is pending deletion."):
        kms.get_parameters_for_import(KeyId=empty["KeyId"], **OAEP)
    kms.cancel_key_deletion(KeyId=empty["KeyId"])
    assert state(kms, empty) == "Disabled"
