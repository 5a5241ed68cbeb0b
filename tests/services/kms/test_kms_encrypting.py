"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey and the like, GenerateRandom."""

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

from tests.services.calls import refused
from tests.services.kms.kms_calls import MISSING

DRY_RUN = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
WRONG_KEY = "The key ID in the request does not identify a CMK that can perform this operation."


# Encrypt and Decrypt


def test_a_plaintext_comes_back(kms, key):
    sealed = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret")
    assert (sealed["KeyId"], sealed["EncryptionAlgorithm"]) == (key["Arn"], "SYMMETRIC_DEFAULT")
    assert b"secret" not in sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])
    assert opened["Plaintext"] == b"secret"
    assert (opened["KeyId"], opened["KeyMaterialId"]) == (key["Arn"], key["CurrentKeyMaterialId"])
    again = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"secret")
    assert again["CiphertextBlob"] != sealed["CiphertextBlob"]


@pytest.mark.parametrize("context", [{}, {"a": "c"}, {"a": "b", "c": "d"}, {"A": "b"}, {"ab": ""}])
def test_another_encryption_context_opens_nothing(kms, key, context):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)


def test_the_order_of_a_context_does_not_matter(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "1", "b": "2"})["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, EncryptionContext={"b": "2", "a": "1"})["Plaintext"] == b"x"


def test_each_bit_of_a_ciphertext_counts(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for at in (0, 1, len(blob) // 2, len(blob) - 1):
        broken = blob[:at] + bytes([blob[at] ^ 2]) + blob[at + 1 :]
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=broken, KeyId=key["KeyId"])
    for broken in (blob[:-1], blob + b"x", blob[:20], b"x"):
        with refused("InvalidCiphertextException", ""):
            kms.decrypt(CiphertextBlob=broken)


def test_a_key_that_is_named_must_be_the_right_one(kms, key, make):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=blob, KeyId=key["Arn"])["Plaintext"] == b"x"
    with refused("IncorrectKeyException", WRONG_KEY):
        kms.decrypt(CiphertextBlob=blob, KeyId=make()["KeyId"])


def test_a_ciphertext_is_needed(kms):
    text = "Value null at 'ciphertextBlob' failed to satisfy constraint: Member must not be null"
    with refused("ValidationException", f"1 validation error detected: {text}"):
        kms.decrypt()


def test_plaintexts_have_bounds(kms, key):
    kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x" * 4096)
    for plaintext in (b"", b"x" * 4097):
        with refused("ValidationException"):
            kms.encrypt(KeyId=key["KeyId"], Plaintext=plaintext)


def test_keys_for_other_uses_do_not_encrypt(kms, make):
    signer = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    for name, call in (
        ("Encrypt", lambda: kms.encrypt(KeyId=signer["KeyId"], Plaintext=b"x")),
        ("Decrypt", lambda: kms.decrypt(KeyId=signer["KeyId"], CiphertextBlob=b"x" * 64)),
        ("GenerateDataKey", lambda: kms.generate_data_key(KeyId=signer["KeyId"], KeySpec="AES_256")),
    ):
        text = f"{signer['Arn']} key usage is SIGN_VERIFY which is not valid for {name}."
        with refused("InvalidKeyUsageException", text):
            call()


@pytest.mark.parametrize(("algorithm", "digest"), [
    ("RSAES_OAEP_SHA_1", hashes.SHA1()), ("RSAES_OAEP_SHA_256", hashes.SHA256()),
])  # fmt: skip
def test_what_a_public_key_encrypts_anywhere_is_decrypted_here(shared, rsa_box, algorithm, digest):
    public = load_der_public_key(shared.get_public_key(KeyId=rsa_box["KeyId"])["PublicKey"])
    blob = public.encrypt(b"from outside", padding.OAEP(padding.MGF1(digest), digest, None))
    opened = shared.decrypt(KeyId=rsa_box["KeyId"], CiphertextBlob=blob, EncryptionAlgorithm=algorithm)
    assert (opened["Plaintext"], opened["EncryptionAlgorithm"]) == (b"from outside", algorithm)
    inside = shared.encrypt(KeyId=rsa_box["KeyId"], Plaintext=b"in", EncryptionAlgorithm=algorithm)["CiphertextBlob"]
    assert len(inside) == 256
    again = shared.decrypt(KeyId=rsa_box["KeyId"], CiphertextBlob=inside, EncryptionAlgorithm=algorithm)
    assert again["Plaintext"] == b"in"


def test_rsa_has_its_own_rules(shared, rsa_box, kms, key):
    options = {"KeyId": rsa_box["KeyId"], "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    text = "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes."
    with refused("ValidationException", text):
        shared.encrypt(Plaintext=b"x" * 191, **options)
    with refused("InvalidCiphertextException", ""):
        shared.decrypt(CiphertextBlob=b"x" * 256, **options)
    with refused("ValidationException"):
        shared.encrypt(Plaintext=b"x", EncryptionContext={"a": "b"}, **options)
    with refused("ValidationException", "You must specify a KeyId with EncryptionAlgorithm RSAES_OAEP_SHA_256."):
        shared.decrypt(CiphertextBlob=b"x" * 256, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
    with refused("InvalidKeyUsageException", "Algorithm SYMMETRIC_DEFAULT and key spec RSA_2048 are incompatible."):
        shared.encrypt(KeyId=rsa_box["KeyId"], Plaintext=b"x")
    text = "Algorithm RSAES_OAEP_SHA_256 and key spec SYMMETRIC_DEFAULT are incompatible."
    with refused("InvalidKeyUsageException", text):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionAlgorithm="RSAES_OAEP_SHA_256")


# ReEncrypt


def test_a_ciphertext_moves_to_another_key_and_context(kms, key, make):
    other = make()
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", EncryptionContext={"a": "b"})["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext={"a": "b"},
        DestinationKeyId=other["KeyId"],
        DestinationEncryptionContext={"c": "d"},
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (key["Arn"], other["Arn"])
    assert moved["SourceKeyMaterialId"] == key["CurrentKeyMaterialId"]
    assert moved["DestinationKeyMaterialId"] == other["CurrentKeyMaterialId"]
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"c": "d"})
    assert (opened["Plaintext"], opened["KeyId"]) == (b"x", other["Arn"])


def test_re_encryption_needs_the_right_source_and_a_target(kms, key, make, account):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    with refused("IncorrectKeyException", WRONG_KEY):
        kms.re_encrypt(CiphertextBlob=blob, SourceKeyId=make()["KeyId"], DestinationKeyId=key["KeyId"])
    with refused("InvalidCiphertextException", ""):
        kms.re_encrypt(CiphertextBlob=blob, SourceEncryptionContext={"a": "b"}, DestinationKeyId=key["KeyId"])
    text = f"Key 'arn:aws:kms:us-east-1:{account}:key/{MISSING}' does not exist"
    with refused("NotFoundException", text):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=MISSING)
    with refused(*DRY_RUN):
        kms.re_encrypt(CiphertextBlob=blob, DestinationKeyId=key["KeyId"], DryRun=True)


# Data keys


@pytest.mark.parametrize(("options", "size"), [
    ({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024),
])  # fmt: skip
def test_a_data_key_comes_plain_and_sealed(kms, key, options, size):
    made = kms.generate_data_key(KeyId=key["KeyId"], EncryptionContext={"a": "b"}, **options)
    assert len(made["Plaintext"]) == size
    assert (made["KeyId"], made["KeyMaterialId"]) == (key["Arn"], key["CurrentKeyMaterialId"])
    opened = kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["Plaintext"]
    sealed = kms.generate_data_key_without_plaintext(KeyId=key["KeyId"], **options)
    assert "Plaintext" not in sealed
    assert len(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]) == size


def test_a_data_key_has_one_size(kms, key, shared, rsa_box):
    for options in ({}, {"KeySpec": "AES_256", "NumberOfBytes": 32}):
        with refused("ValidationException", "Please specify either number of bytes or key spec."):
            kms.generate_data_key(KeyId=key["KeyId"], **options)
    text = f"{rsa_box['Arn']} key spec is RSA_2048 which is not valid for GenerateDataKey."
    with refused("InvalidKeyUsageException", text):
        shared.generate_data_key(KeyId=rsa_box["KeyId"], KeySpec="AES_256")


@pytest.mark.parametrize(
    "spec", ["ECC_NIST_P256", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519", "ML_KEM_768", "RSA_2048"]
)
def test_a_data_key_pair_fits_together(kms, key, spec):
    made = kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec=spec, EncryptionContext={"a": "b"})
    assert (made["KeyId"], made["KeyPairSpec"]) == (key["Arn"], spec)
    private, public = load_der_private_key(made["PrivateKeyPlaintext"], None), load_der_public_key(made["PublicKey"])
    assert private.public_key() == public
    opened = kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"], EncryptionContext={"a": "b"})
    assert opened["Plaintext"] == made["PrivateKeyPlaintext"]


def test_a_data_key_pair_may_come_without_its_private_half(kms, key):
    made = kms.generate_data_key_pair_without_plaintext(KeyId=key["KeyId"], KeyPairSpec="ECC_NIST_P384")
    assert "PrivateKeyPlaintext" not in made
    private = load_der_private_key(kms.decrypt(CiphertextBlob=made["PrivateKeyCiphertextBlob"])["Plaintext"], None)
    assert private.public_key() == load_der_public_key(made["PublicKey"])
    with refused("UnsupportedOperationException", "Key pair spec SM2 is not supported in this Region."):
        kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec="SM2")


def test_random_bytes_are_random(kms):
    first, second = (kms.generate_random(NumberOfBytes=32)["Plaintext"] for _ in range(2))
    assert len(first) == 32
    assert first != second
    with refused("ValidationException", "Please specify number of bytes."):
        kms.generate_random()
    with refused("NotImplemented", status=501):
        kms.generate_random(NumberOfBytes=1, CustomKeyStoreId="cks-1234567890abcdef0")


# Trying only


def test_a_dry_run_does_all_but_the_work(kms, key):
    blob = kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x")["CiphertextBlob"]
    for call in (
        lambda: kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", DryRun=True),
        lambda: kms.decrypt(CiphertextBlob=blob, DryRun=True),
        lambda: kms.decrypt(KeyId=key["KeyId"], DryRun=True, DryRunModifiers=["IGNORE_CIPHERTEXT"]),
        lambda: kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256", DryRun=True),
        lambda: kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec="RSA_4096", DryRun=True),
    ):
        with refused(*DRY_RUN):
            call()
    with refused("InvalidCiphertextException", ""):
        kms.decrypt(CiphertextBlob=blob, EncryptionContext={"a": "b"}, DryRun=True)
    kms.disable_key(KeyId=key["KeyId"])
    with refused("DisabledException", f"{key['Arn']} is disabled."):
        kms.encrypt(KeyId=key["KeyId"], Plaintext=b"x", DryRun=True)


def test_attestation_and_bad_tokens_are_refused(kms, key):
    options = {"KeyId": key["KeyId"], "KeySpec": "AES_256"}
    with refused("NotImplemented", status=501):
        kms.generate_data_key(Recipient={"AttestationDocument": b"x"}, **options)
    with refused("InvalidGrantTokenException", ""):
        kms.generate_data_key(GrantTokens=["nonsense"], **options)


def test_use_is_metered(kms, key, cloud, account, make):
    kms.generate_data_key(KeyId=key["KeyId"], KeySpec="AES_256")
    kms.generate_data_key_pair(KeyId=key["KeyId"], KeyPairSpec="ECC_NIST_P256")
    signer = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    kms.sign(KeyId=signer["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    used = cloud.look(lambda c: c.meter.usage(account))[account]
    assert used == {"kms.requests": 3, "kms.ecc_key_pairs": 1, "kms.asymmetric_requests": 1}
