"""Sign, Verify, GenerateMac, VerifyMac, DeriveSharedSecret, Encapsulate, Decapsulate."""

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from tests.services.calls import refused
from tests.services.kms.importing_calls import bring

DRY_RUN = ("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.")
ECC = [("ECC_NIST_P256", 256), ("ECC_NIST_P384", 384), ("ECC_NIST_P521", 512), ("ECC_SECG_P256K1", 256)]


def public_of(kms, key):
    return load_der_public_key(kms.get_public_key(KeyId=key["KeyId"])["PublicKey"])


# Sign and Verify


@pytest.mark.parametrize(("spec", "bits"), ECC)
def test_an_elliptic_signature_holds_outside_too(kms, make, spec, bits):
    key, algorithm = make(KeySpec=spec, KeyUsage="SIGN_VERIFY"), f"ECDSA_SHA_{bits}"
    options = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
    signed = kms.sign(Message=b"message", **options)
    assert (signed["KeyId"], signed["SigningAlgorithm"]) == (key["Arn"], algorithm)
    digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}[bits]
    public_of(kms, key).verify(signed["Signature"], b"message", ec.ECDSA(digest))
    assert kms.verify(Message=b"message", Signature=signed["Signature"], **options)["SignatureValid"] is True


@pytest.mark.parametrize("bits", [256, 384, 512])
@pytest.mark.parametrize("kind", ["PSS", "PKCS1_V1_5"])
def test_an_rsa_signature_holds_outside_too(shared, rsa_signer, kind, bits):
    options = {"KeyId": rsa_signer["KeyId"], "SigningAlgorithm": f"RSASSA_{kind}_SHA_{bits}"}
    signature = shared.sign(Message=b"message", **options)["Signature"]
    digest = {256: hashes.SHA256(), 384: hashes.SHA384(), 512: hashes.SHA512()}[bits]
    way = padding.PKCS1v15() if kind == "PKCS1_V1_5" else padding.PSS(padding.MGF1(digest), digest.digest_size)
    public_of(shared, rsa_signer).verify(signature, b"message", way, digest)
    hashed = hashlib.new(f"sha{bits}", b"message").digest()
    for message, message_type in ((b"message", "RAW"), (hashed, "DIGEST")):
        answer = shared.verify(Message=message, MessageType=message_type, Signature=signature, **options)
        assert answer["SignatureValid"] is True


@pytest.mark.parametrize("spec", ["ECC_NIST_EDWARDS25519", "ML_DSA_44", "ML_DSA_65"])
def test_newer_kinds_of_keys_sign(kms, make, spec):
    key = make(KeySpec=spec, KeyUsage="SIGN_VERIFY")
    algorithm = key["SigningAlgorithms"][0]
    options = {"KeyId": key["KeyId"], "SigningAlgorithm": algorithm}
    signature = kms.sign(Message=b"message", **options)["Signature"]
    public_of(kms, key).verify(signature, b"message")
    assert kms.verify(Message=b"message", Signature=signature, **options)["SignatureValid"] is True
    with refused("KMSInvalidSignatureException", ""):
        kms.verify(Message=b"another", Signature=signature, **options)
    with refused("ValidationException", f"MessageType DIGEST is not supported by algorithm {algorithm}."):
        kms.sign(Message=b"x" * 64, MessageType="DIGEST", **options)


def test_ml_dsa_signs_a_representative_made_outside(kms, make):
    mldsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.mldsa")
    key = make(KeySpec="ML_DSA_44", KeyUsage="SIGN_VERIFY")
    options = {"KeyId": key["KeyId"], "SigningAlgorithm": "ML_DSA_SHAKE_256"}
    hasher = mldsa.MLDSAMuHasher(public_of(kms, key))
    hasher.update(b"message")
    mu = hasher.finalize()
    signature = kms.sign(Message=mu, MessageType="EXTERNAL_MU", **options)["Signature"]
    assert kms.verify(Message=b"message", Signature=signature, **options)["SignatureValid"] is True
    answer = kms.verify(Message=mu, MessageType="EXTERNAL_MU", Signature=signature, **options)
    assert answer["SignatureValid"] is True
    with refused("ValidationException", "Digest is invalid length for algorithm ML_DSA_SHAKE_256."):
        kms.sign(Message=b"x" * 63, MessageType="EXTERNAL_MU", **options)


def test_a_digest_is_signed_as_it_is(kms, make):
    key = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    options = {"KeyId": key["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256"}
    digest = hashlib.sha256(b"message").digest()
    signature = kms.sign(Message=digest, MessageType="DIGEST", **options)["Signature"]
    public_of(kms, key).verify(signature, b"message", ec.ECDSA(hashes.SHA256()))
    with refused("ValidationException", "Digest is invalid length for algorithm ECDSA_SHA_256."):
        kms.sign(Message=b"short", MessageType="DIGEST", **options)
    with refused("ValidationException", "MessageType EXTERNAL_MU is not supported by algorithm ECDSA_SHA_256."):
        kms.sign(Message=b"x" * 64, MessageType="EXTERNAL_MU", **options)


def test_a_wrong_signature_is_an_error(kms, make):
    key, other = (make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY") for _ in range(2))
    options = {"KeyId": key["KeyId"], "SigningAlgorithm": "ECDSA_SHA_256"}
    signature = kms.sign(Message=b"message", **options)["Signature"]
    for wrong in (
        {**options, "Message": b"another", "Signature": signature},
        {**options, "Message": b"message", "Signature": b"nonsense"},
        {**options, "Message": b"message", "Signature": signature, "KeyId": other["KeyId"]},
    ):
        with refused("KMSInvalidSignatureException", ""):
            kms.verify(**wrong)


def test_algorithm_and_key_must_go_together(kms, make, key):
    signer = make(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    with refused("InvalidKeyUsageException", "Algorithm ECDSA_SHA_384 and key spec ECC_NIST_P256 are incompatible."):
        kms.sign(KeyId=signer["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_384")
    text = f"{key['Arn']} key usage is ENCRYPT_DECRYPT which is not valid for Sign."
    with refused("InvalidKeyUsageException", text):
        kms.sign(KeyId=key["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    with refused(*DRY_RUN):
        kms.sign(KeyId=signer["KeyId"], Message=b"x", SigningAlgorithm="ECDSA_SHA_256", DryRun=True)
    ed25519 = make(KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    with refused("NotImplemented", status=501):
        kms.sign(KeyId=ed25519["KeyId"], Message=b"x", SigningAlgorithm="ED25519_PH_SHA_512")


# GenerateMac and VerifyMac


@pytest.mark.parametrize("bits", [224, 256, 384, 512])
def test_a_mac_vouches_for_its_message(kms, make, bits):
    key = make(KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
    options = {"KeyId": key["KeyId"], "MacAlgorithm": f"HMAC_SHA_{bits}"}
    mac = kms.generate_mac(Message=b"message", **options)["Mac"]
    assert len(mac) == bits // 8
    assert kms.verify_mac(Message=b"message", Mac=mac, **options)["MacValid"] is True
    with refused("KMSInvalidMacException", ""):
        kms.verify_mac(Message=b"another", Mac=mac, **options)


def test_a_mac_needs_its_own_kind_of_key(kms, make, key):
    text = f"{key['Arn']} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac."
    with refused("InvalidKeyUsageException", text):
        kms.generate_mac(KeyId=key["KeyId"], Message=b"x", MacAlgorithm="HMAC_SHA_256")
    mac_key = make(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    with refused("InvalidKeyUsageException", "Algorithm HMAC_SHA_512 and key spec HMAC_256 are incompatible."):
        kms.generate_mac(KeyId=mac_key["KeyId"], Message=b"x", MacAlgorithm="HMAC_SHA_512")


# Shared secrets


@pytest.mark.parametrize("spec", ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"])
def test_two_sides_derive_the_same_secret(kms, make, spec):
    key = make(KeySpec=spec, KeyUsage="KEY_AGREEMENT")
    public = public_of(kms, key)
    mine = ec.generate_private_key(public.curve)
    spki = mine.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    derived = kms.derive_shared_secret(KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=spki)
    assert derived["SharedSecret"] == mine.exchange(ec.ECDH(), public)
    assert (derived["KeyId"], derived["KeyOrigin"]) == (key["Arn"], "AWS_KMS")


def test_a_peer_must_be_on_the_same_curve(kms, make):
    key = make(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    peer = ec.generate_private_key(ec.SECP384R1()).public_key()
    spki = peer.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    for public in (spki, b"nonsense"):
        with refused("ValidationException", "The public key is not valid for the key spec of the KMS key."):
            kms.derive_shared_secret(KeyId=key["KeyId"], KeyAgreementAlgorithm="ECDH", PublicKey=public)


@pytest.mark.parametrize("spec", ["ML_KEM_768", "ML_KEM_1024"])
def test_an_encapsulated_secret_is_opened_again(kms, make, spec):
    key = make(KeySpec=spec, KeyUsage="ENCAPSULATE_DECAPSULATE")
    options = {"KeyId": key["KeyId"], "EncapsulationAlgorithm": "ML_KEM"}
    made = kms.encapsulate(**options)
    opened = kms.decapsulate(SharedSecretCiphertextBlob=made["SharedSecretCiphertextBlob"], **options)
    assert opened["SharedSecret"] == made["SharedSecret"]
    shared, sealed = public_of(kms, key).encapsulate()
    assert kms.decapsulate(SharedSecretCiphertextBlob=sealed, **options)["SharedSecret"] == shared
    with refused("InvalidCiphertextException", ""):
        kms.decapsulate(SharedSecretCiphertextBlob=b"short", **options)


def test_a_mac_can_be_made_outside_of_imported_material(kms):
    # What HMAC_SHA_256 is, held against another implementation through material that both know.
    key = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC", Origin="EXTERNAL")["KeyMetadata"]
    bring(kms, key["KeyId"], b"k" * 32)
    mac = kms.generate_mac(KeyId=key["KeyId"], Message=b"message", MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert mac == hmac.digest(b"k" * 32, b"message", "sha256")
