"""Importing key material as a client does it: wrap it with the public key that KMS gives out."""

from __future__ import annotations

import os
from typing import Any

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_der_public_key


def wrapped(material: bytes, public: bytes, algorithm: str) -> bytes:
    """Key material as EncryptedKeyMaterial has it."""
    digest = hashes.SHA1() if algorithm.endswith("_1") else hashes.SHA256()
    oaep = padding.OAEP(padding.MGF1(digest), digest, None)
    key: Any = load_der_public_key(public)
    if algorithm.startswith("RSAES"):
        sealed: bytes = key.encrypt(material, oaep)
        return sealed
    aes = os.urandom(32)
    return bytes(key.encrypt(aes, oaep)) + keywrap.aes_key_wrap_with_padding(aes, material)


def bring(
    kms: Any, key_id: str, material: bytes, algorithm: str = "RSAES_OAEP_SHA_256", **options: Any
) -> dict[str, Any]:
    """Import `material`, never to expire unless `ValidTo` is given."""
    parameters = kms.get_parameters_for_import(KeyId=key_id, WrappingAlgorithm=algorithm, WrappingKeySpec="RSA_2048")
    if "ValidTo" not in options:
        options["ExpirationModel"] = "KEY_MATERIAL_DOES_NOT_EXPIRE"
    answer: dict[str, Any] = kms.import_key_material(
        KeyId=key_id,
        ImportToken=parameters["ImportToken"],
        EncryptedKeyMaterial=wrapped(material, parameters["PublicKey"], algorithm),
        **options,
    )
    return answer
