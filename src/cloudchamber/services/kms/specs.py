"""Key specs: what each kind of key is made of, may be used for, and which algorithms it knows.

https://docs.aws.amazon.com/kms/latest/developerguide/symm-asymm-choose-key-spec.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Family = Literal["symmetric", "hmac", "rsa", "ec", "ed25519", "ml-dsa", "ml-kem"]

ENCRYPT, SIGN, MAC = "ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC"
AGREE, ENCAPSULATE = "KEY_AGREEMENT", "ENCAPSULATE_DECAPSULATE"
SYMMETRIC = "SYMMETRIC_DEFAULT"


@dataclass(frozen=True, slots=True)
class Spec:
    """A KeySpec. `bits` is the size of the key, or of the hash it signs with; `algorithms` are by usage."""

    name: str
    family: Family
    bits: int
    algorithms: dict[str, tuple[str, ...]]

    @property
    def is_asymmetric(self) -> bool:
        return self.family not in ("symmetric", "hmac")


_RSA_SIGNING = tuple(
    f"RSASSA_{padding}_SHA_{bits}" for padding in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
)  # fmt: skip
_RSA = {ENCRYPT: ("RSAES_OAEP_SHA_1", "RSAES_OAEP_SHA_256"), SIGN: _RSA_SIGNING}


def _nist(name: str, bits: int, digest_bits: int) -> Spec:
    return Spec(name, "ec", bits, {SIGN: (f"ECDSA_SHA_{digest_bits}",), AGREE: ("ECDH",)})


SPECS = {
    spec.name: spec
    for spec in (
        Spec(SYMMETRIC, "symmetric", 256, {ENCRYPT: (SYMMETRIC,)}),
        *(Spec(f"HMAC_{bits}", "hmac", bits, {MAC: (f"HMAC_SHA_{bits}",)}) for bits in (224, 256, 384, 512)),
        *(Spec(f"RSA_{bits}", "rsa", bits, _RSA) for bits in (2048, 3072, 4096)),
        _nist("ECC_NIST_P256", 256, 256),
        _nist("ECC_NIST_P384", 384, 384),
        _nist("ECC_NIST_P521", 521, 512),
        Spec("ECC_SECG_P256K1", "ec", 256, {SIGN: ("ECDSA_SHA_256",)}),
        Spec("ECC_NIST_EDWARDS25519", "ed25519", 256, {SIGN: ("ED25519_SHA_512", "ED25519_PH_SHA_512")}),
        *(Spec(f"ML_DSA_{level}", "ml-dsa", level, {SIGN: ("ML_DSA_SHAKE_256",)}) for level in (44, 65, 87)),
        *(Spec(f"ML_KEM_{level}", "ml-kem", level, {ENCAPSULATE: ("ML_KEM",)}) for level in (512, 768, 1024)),
    )
}

# The member of a key's metadata that lists the algorithms of its usage.
ALGORITHM_MEMBERS = {
    ENCRYPT: "EncryptionAlgorithms",
    SIGN: "SigningAlgorithms",
    MAC: "MacAlgorithms",
    AGREE: "KeyAgreementAlgorithms",
    ENCAPSULATE: "EncapsulationAlgorithms",
}
# The values of the old name, CustomerMasterKeySpec, which did not grow with KeySpec.
OLD_NAMES = frozenset(name for name in SPECS if not name.startswith("ML_") and name != "ECC_NIST_EDWARDS25519")

_EVERY = frozenset({"CreateGrant", "RetireGrant", "DescribeKey"})
_DATA_KEYS = frozenset({
    "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
})  # fmt: skip
_ENCRYPTING = frozenset({"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo"})
_PUBLIC = frozenset({"GetPublicKey"})
_BY_USAGE = {
    ENCRYPT: _ENCRYPTING,
    SIGN: frozenset({"Sign", "Verify"}),
    MAC: frozenset({"GenerateMac", "VerifyMac"}),
    AGREE: frozenset({"DeriveSharedSecret"}),
    ENCAPSULATE: frozenset({"Encapsulate", "Decapsulate"}),
}


def grantable(spec: Spec, usage: str) -> frozenset[str]:
    """The operations that a grant on such a key can allow."""
    more = _DATA_KEYS if spec.family == "symmetric" else _PUBLIC if spec.is_asymmetric else frozenset()
    return _EVERY | _BY_USAGE[usage] | more
