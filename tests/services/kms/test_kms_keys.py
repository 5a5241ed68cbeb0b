"""CreateKey, DescribeKey, ListKeys, EnableKey, DisableKey, deletion, GetPublicKey, UpdateKeyDescription."""

import pytest
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tests.services.calls import refused
from tests.services.kms.kms_calls import DAY, MISSING, state

BAD_USAGE = (
    "The operation failed because the KeyUsage value of the CMK is {}. To perform this operation, the KeyUsage value "
    "must be {}."
)

# CreateKey


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (
            {"KeySpec": "ECC_NIST_P256"},
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.",
        ),
        (
            {"KeyUsage": "SIGN_VERIFY"},
            "ValidationException",
            BAD_USAGE.format("SIGN_VERIFY", "ENCRYPT_DECRYPT"),
        ),
        (
            {"KeySpec": "ECC_NIST_P256", "KeyUsage": "ENCRYPT_DECRYPT"},
            "ValidationException",
            BAD_USAGE.format("ENCRYPT_DECRYPT", "SIGN_VERIFY or KEY_AGREEMENT"),
        ),
        (
            {"KeySpec": "RSA_2048", "CustomerMasterKeySpec": "RSA_3072", "KeyUsage": "SIGN_VERIFY"},
            "ValidationException",
            "You cannot specify different values for KeySpec and CustomerMasterKeySpec.",
        ),
        (
            {"KeySpec": "SM2", "KeyUsage": "SIGN_VERIFY"},
            "UnsupportedOperationException",
            "Key spec SM2 is not supported in this Region.",
        ),
        (
            {"KeySpec": "ML_DSA_44", "KeyUsage": "SIGN_VERIFY", "Origin": "EXTERNAL"},
            "UnsupportedOperationException",
            "Key spec ML_DSA_44 is not supported for key origin EXTERNAL.",
        ),
        ({"Tags": [{"TagKey": "a", "TagValue": ""}] * 2}, "TagException", "Duplicate tag keys"),
    ],
)
def test_a_key_is_refused_whose_parts_do_not_fit(kms, options, code, message):
    with refused(code, message):
        kms.create_key(**options)


@pytest.mark.parametrize(
    "options",
    [
        {"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": "cks-1234567890abcdef0"},
        {"Origin": "EXTERNAL_KEY_STORE", "XksKeyId": "k"},
        {"KeySpec": "ML_KEM_512", "KeyUsage": "ENCAPSULATE_DECAPSULATE"},
    ],
)
def test_what_is_not_here_is_refused_plainly(kms, options):
    with refused("NotImplemented", status=501):
        kms.create_key(**options)


def test_custom_key_stores_are_refused_plainly(kms):
    with refused("NotImplemented", status=501):
        kms.create_custom_key_store(CustomKeyStoreName="s")


def test_a_key_without_wishes_is_symmetric(kms, account, clock):
    made = kms.create_key(Description="d")["KeyMetadata"]
    assert abs(made.pop("CreationDate").timestamp() - clock.now()) < 5
    key_id, material = made.pop("KeyId"), made.pop("CurrentKeyMaterialId")
    assert len(key_id) == 36
    assert len(material) == 64
    assert made == {
        "AWSAccountId": account,
        "Arn": f"arn:aws:kms:us-east-1:{account}:key/{key_id}",
        "Enabled": True,
        "Description": "d",
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": "Enabled",
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": "SYMMETRIC_DEFAULT",
        "KeySpec": "SYMMETRIC_DEFAULT",
        "EncryptionAlgorithms": ["SYMMETRIC_DEFAULT"],
        "MultiRegion": False,
    }


@pytest.mark.parametrize(
    ("spec", "usage", "member", "algorithms"),
    [
        ("HMAC_224", "GENERATE_VERIFY_MAC", "MacAlgorithms", ["HMAC_SHA_224"]),
        ("ECC_NIST_P384", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_384"]),
        ("ECC_NIST_P521", "KEY_AGREEMENT", "KeyAgreementAlgorithms", ["ECDH"]),
        ("ECC_SECG_P256K1", "SIGN_VERIFY", "SigningAlgorithms", ["ECDSA_SHA_256"]),
        ("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "SigningAlgorithms", ["ED25519_SHA_512", "ED25519_PH_SHA_512"]),
        ("ML_DSA_87", "SIGN_VERIFY", "SigningAlgorithms", ["ML_DSA_SHAKE_256"]),
        ("ML_KEM_768", "ENCAPSULATE_DECAPSULATE", "EncapsulationAlgorithms", ["ML_KEM"]),
    ],
)
def test_a_key_shows_the_algorithms_of_its_usage(make, spec, usage, member, algorithms):
    made = make(KeySpec=spec, KeyUsage=usage)
    assert (made["KeySpec"], made["KeyUsage"], made[member]) == (spec, usage, algorithms)
    assert "CurrentKeyMaterialId" not in made


def test_rsa_keys_come_in_three_sizes(kms, make, rsa_box):
    assert rsa_box["EncryptionAlgorithms"] == ["RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"]
    made = make(CustomerMasterKeySpec="RSA_3072", KeyUsage="SIGN_VERIFY")
    assert made["SigningAlgorithms"] == [
        f"RSASSA_{p}_SHA_{bits}" for p in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
    ]
    public = load_der_public_key(kms.get_public_key(KeyId=made["KeyId"])["PublicKey"])
    assert public.key_size == 3072


# DescribeKey, ListKeys


@pytest.mark.parametrize(
    ("key_id", "message"),
    [
        ("nonsense", "Invalid keyId nonsense"),
        (MISSING, "Key 'arn:aws:kms:us-east-1:{account}:key/" + MISSING + "' does not exist"),
        ("alias/none", "Alias arn:aws:kms:us-east-1:{account}:alias/none is not found."),
        (
            "arn:aws:kms:us-east-1:{account}:alias/none",
            "Alias arn:aws:kms:us-east-1:{account}:alias/none is not found.",
        ),
        ("arn:aws:kms:eu-west-1:{account}:key/" + MISSING, "Invalid arn eu-west-1"),
        ("arn:aws:sqs:us-east-1:{account}:q", "Invalid arn arn:aws:sqs:us-east-1:{account}:q"),
    ],
)
def test_a_key_that_is_not_there_is_not_found(kms, account, key_id, message):
    with refused("NotFoundException", message.format(account=account)):
        kms.describe_key(KeyId=key_id.format(account=account))


def test_management_takes_no_alias(kms, key, account):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    with refused("NotFoundException", "Invalid keyId alias/a"):
        kms.disable_key(KeyId="alias/a")
    with refused("InvalidArnException", "Key Aliases are not supported for this operation."):
        kms.disable_key(KeyId=f"arn:aws:kms:us-east-1:{account}:alias/a")


def test_a_key_is_found_by_id_arn_alias_and_alias_arn(kms, key, account):
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    for name in (key["KeyId"], key["Arn"], "alias/a", f"arn:aws:kms:us-east-1:{account}:alias/a"):
        assert kms.describe_key(KeyId=name)["KeyMetadata"] == key


def test_keys_are_listed_by_the_page(kms, make, elsewhere):
    made = sorted(make()["KeyId"] for _ in range(3))
    elsewhere("eu-west-1").create_key()
    first = kms.list_keys(Limit=2)
    assert ([k["KeyId"] for k in first["Keys"]], first["Truncated"]) == (made[:2], True)
    rest = kms.list_keys(Limit=2, Marker=first["NextMarker"])
    assert ([k["KeyId"] for k in rest["Keys"]], rest["Truncated"]) == (made[2:], False)
    assert "NextMarker" not in rest
    assert all(k["KeyArn"].endswith(k["KeyId"]) for k in first["Keys"])
    with refused("InvalidMarkerException", ""):
        kms.list_keys(Marker="x")
    with refused("NotImplemented", status=501):
        kms.list_keys(ResourceOwners=["OTHER_ACCOUNTS_VIA_RAM"])


# Enabled and disabled


def test_a_disabled_key_does_nothing_until_it_is_enabled(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.disable_key(KeyId=key["KeyId"])
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Enabled"] is False
    calls = [
        lambda: kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x"),
        lambda: kms.decrypt(CiphertextBlob=blob),
        lambda: kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256"),
        lambda: kms.enable_key_rotation(KeyId=key["KeyId"]),
    ]
    for call in calls:
        with refused("DisabledException", f"{key['Arn']} is disabled."):
            call()
    kms.enable_key(KeyId=key["KeyId"])
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"x"


def test_a_description_is_changed(kms, key):
    kms.update_key_description(KeyId=key["KeyId"], Description="new")
    assert kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["Description"] == "new"


# Deletion


@pytest.mark.parametrize("days", [6, 31])
def test_the_waiting_period_has_bounds(kms, key, days):
    with refused("ValidationException", "PendingWindowInDays must be between 7 and 30 days."):
        kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=days)


def test_a_key_that_is_to_be_deleted_does_nothing_and_can_be_saved(kms, key, frozen_clock):
    answer = kms.schedule_key_deletion(KeyId=key["KeyId"])
    assert (answer["KeyId"], answer["KeyState"], answer["PendingWindowInDays"]) == (key["Arn"], "PendingDeletion", 30)
    assert answer["DeletionDate"].timestamp() == pytest.approx(frozen_clock.now() + 30 * DAY, abs=0.01)
    shown = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
    assert (shown["KeyState"], shown["DeletionDate"]) == ("PendingDeletion", answer["DeletionDate"])
    pending = ("KMSInvalidStateException", f"{key['Arn']} is pending deletion.")
    calls = [
        lambda: kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x"),
        lambda: kms.enable_key(KeyId=key["KeyId"]),
        lambda: kms.disable_key(KeyId=key["KeyId"]),
        lambda: kms.schedule_key_deletion(KeyId=key["KeyId"]),
        lambda: kms.update_key_description(KeyId=key["KeyId"], Description="x"),
        lambda: kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "a", "TagValue": "b"}]),
        lambda: kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"]),
    ]
    for call in calls:
        with refused(*pending):
            call()
    assert kms.cancel_key_deletion(KeyId=key["KeyId"])["KeyId"] == key["Arn"]
    assert state(kms, key) == "Disabled"
    frozen_clock.advance(31 * DAY)
    assert state(kms, key) == "Disabled"
    with refused("KMSInvalidStateException", f"{key['Arn']} is not pending deletion."):
        kms.cancel_key_deletion(KeyId=key["KeyId"])


def test_when_the_waiting_period_is_over_a_key_is_gone_with_its_aliases(kms, key, frozen_clock):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    kms.create_alias(AliasName="alias/a", TargetKeyId=key["KeyId"])
    kms.schedule_key_deletion(KeyId=key["KeyId"], PendingWindowInDays=7)
    frozen_clock.advance(7 * DAY - 1)
    assert state(kms, key) == "PendingDeletion"
    frozen_clock.advance(1)
    with refused("NotFoundException", f"Key '{key['Arn']}' does not exist"):
        kms.describe_key(KeyId=key["KeyId"])
    assert kms.list_aliases()["Aliases"] == []
    assert kms.list_keys()["Keys"] == []
    text = (
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are "
        "not allowed to access."
    )
    with refused("AccessDeniedException", text):
        kms.decrypt(CiphertextBlob=blob)


# GetPublicKey


def test_only_key_pairs_have_a_public_half(kms, key, make):
    with refused("UnsupportedOperationException", f"{key['Arn']} is not an asymmetric key."):
        kms.get_public_key(KeyId=key["KeyId"])
    pair = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    found = kms.get_public_key(KeyId=pair["KeyId"])
    assert load_der_public_key(found["PublicKey"]).curve.name == "secp256r1"
    assert (found["KeyId"], found["KeySpec"], found["SigningAlgorithms"]) == (
        pair["Arn"], "ECC_NIST_P256", ["ECDSA_SHA_256"],
    )  # fmt: skip
    kms.disable_key(KeyId=pair["KeyId"])
    with refused("DisabledException", f"{pair['Arn']} is disabled."):
        kms.get_public_key(KeyId=pair["KeyId"])
