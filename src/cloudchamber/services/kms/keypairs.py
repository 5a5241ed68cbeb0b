"""Key material: making it, loading it, and what asymmetric keys do. Pure; private keys are PKCS #8, public ones SPKI.

Making an RSA key takes up to a second: callers do it on a thread. `cryptography` is imported here and in
`ciphertext.py` only, and this module is imported when a key is first made or used.
"""

from __future__ import annotations

from typing import Any

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, keywrap, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from cloudchamber.core import ids
from cloudchamber.core.errors import NotImplementedByUs, ValidationError
from cloudchamber.services.kms.errors import InvalidCiphertext
from cloudchamber.services.kms.limits import EXTERNAL_MU_BYTES
from cloudchamber.services.kms.specs import SPECS, Spec

_CURVES: dict[str, type[ec.EllipticCurve]] = {
    "ECC_NIST_P256": ec.SECP256R1,
    "ECC_NIST_P384": ec.SECP384R1,
    "ECC_NIST_P521": ec.SECP521R1,
    "ECC_SECG_P256K1": ec.SECP256K1,
}
_HASHES: dict[str, hashes.HashAlgorithm] = {
    "1": hashes.SHA1(), "256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512(),
}  # fmt: skip


def make(spec_name: str) -> bytes:
    """New key material of a spec. NotImplemented where the cryptographic library lacks it."""
    spec = SPECS.get(spec_name)
    if spec is None:
        raise NotImplementedByUs(f"Keys of spec {spec_name} are not implemented in cloudchamber")
    if spec.family in ("symmetric", "hmac"):
        return ids.token_bytes(spec.bits // 8)
    return private_bytes(_make_pair(spec))


def _make_pair(spec: Spec) -> Any:
    if spec.family == "rsa":
        return rsa.generate_private_key(65537, spec.bits)
    if spec.family == "ec":
        return ec.generate_private_key(_CURVES[spec.name]())
    if spec.family == "ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return _post_quantum(spec).generate()


def _post_quantum(spec: Spec) -> Any:
    """The private key class of an ML-DSA or ML-KEM spec: which there are depends on the library's release."""
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem  # noqa: PLC0415

        module = mldsa if spec.family == "ml-dsa" else mlkem
        return getattr(module, f"{spec.name.replace('_', '')}PrivateKey")
    except (ImportError, AttributeError):
        text = f"Keys of spec {spec.name} need a cryptographic library that has them"
        raise NotImplementedByUs(f"{text}, and are not implemented in cloudchamber") from None


def private_bytes(private: Any) -> bytes:
    raw: bytes = private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return raw


def public_bytes(private: Any) -> bytes:
    raw: bytes = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return raw


def load_private(secret: bytes) -> Any:
    return serialization.load_der_private_key(secret, None)


def load(spec: Spec, secret: bytes) -> Any:
    """What works with a secret: an AESGCM, the bytes of an HMAC key, or a private key object."""
    if spec.family == "symmetric":
        return AESGCM(secret)
    return secret if spec.family == "hmac" else load_private(secret)


def fits(spec: Spec, secret: bytes) -> bool:
    """Whether imported material is of the key's spec."""
    if spec.family in ("symmetric", "hmac"):
        return len(secret) == spec.bits // 8
    try:
        private = serialization.load_der_private_key(secret, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return False
    if spec.family == "rsa":
        return isinstance(private, rsa.RSAPrivateKey) and private.key_size == spec.bits
    if spec.family == "ec":
        return isinstance(private, ec.EllipticCurvePrivateKey) and isinstance(private.curve, _CURVES[spec.name])
    if spec.family == "ed25519":
        return isinstance(private, ed25519.Ed25519PrivateKey)
    return isinstance(private, _post_quantum(spec))


def unwrap(wrapping: Any, algorithm: str, wrapped: bytes) -> bytes:
    """Key material as it was before it was wrapped for import. InvalidCiphertext.

    https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys-encrypt-key-material.html
    """
    size = wrapping.key_size // 8
    if algorithm.startswith("RSAES_OAEP"):
        return rsa_decrypt(wrapping, algorithm, wrapped)
    wrapping_aes = rsa_decrypt(wrapping, algorithm, wrapped[:size])
    try:
        return keywrap.aes_key_unwrap_with_padding(wrapping_aes, wrapped[size:])
    except (ValueError, keywrap.InvalidUnwrap):
        raise InvalidCiphertext from None


# encryption


def _oaep(algorithm: str) -> padding.OAEP:
    digest = _HASHES[algorithm.rpartition("_")[2]]
    return padding.OAEP(padding.MGF1(digest), digest, None)


def rsa_encrypt(private: Any, algorithm: str, plaintext: bytes, spec: str) -> bytes:
    """ValidationError for a plaintext longer than the padding leaves room for."""
    room = private.key_size // 8 - 2 * _HASHES[algorithm.rpartition("_")[2]].digest_size - 2
    if len(plaintext) > room:
        raise ValidationError(
            f"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {room} bytes."
        )
    sealed: bytes = private.public_key().encrypt(plaintext, _oaep(algorithm))
    return sealed


def rsa_decrypt(private: Any, algorithm: str, blob: bytes) -> bytes:
    try:
        plaintext: bytes = private.decrypt(blob, _oaep(algorithm))
    except ValueError:
        raise InvalidCiphertext from None
    return plaintext


# signatures


def check_message(algorithm: str, message_type: str, message: bytes) -> None:
    """ValidationError for a message that is not what its type says, or a type that the algorithm does not take."""
    if message_type == "EXTERNAL_MU":
        if algorithm != "ML_DSA_SHAKE_256":
            raise ValidationError(f"MessageType EXTERNAL_MU is not supported by algorithm {algorithm}.")
        if len(message) != EXTERNAL_MU_BYTES:
            raise ValidationError(f"Digest is invalid length for algorithm {algorithm}.")
    elif message_type == "DIGEST":
        if algorithm in ("ML_DSA_SHAKE_256", "ED25519_SHA_512"):
            raise ValidationError(f"MessageType DIGEST is not supported by algorithm {algorithm}.")
        if len(message) * 8 != int(algorithm.rpartition("_")[2]):
            raise ValidationError(f"Digest is invalid length for algorithm {algorithm}.")


def _way(algorithm: str, message_type: str) -> tuple[Any, ...]:
    """The further arguments with which the library signs and verifies."""
    family, _, bits = algorithm.rpartition("_")
    if algorithm == "ED25519_PH_SHA_512":
        raise NotImplementedByUs("ED25519_PH_SHA_512 is not implemented in cloudchamber")
    if family not in ("ECDSA_SHA", "RSASSA_PSS_SHA", "RSASSA_PKCS1_V1_5_SHA"):
        return ()
    digest = _HASHES[bits]
    how = utils.Prehashed(digest) if message_type == "DIGEST" else digest
    if family == "ECDSA_SHA":
        return (ec.ECDSA(how),)
    if family == "RSASSA_PSS_SHA":
        return (padding.PSS(padding.MGF1(digest), digest.digest_size), how)
    return (padding.PKCS1v15(), how)


def make_signature(private: Any, algorithm: str, message_type: str, message: bytes) -> bytes:
    if message_type == "EXTERNAL_MU":
        signature: bytes = private.sign_mu(message)
    else:
        signature = private.sign(message, *_way(algorithm, message_type))
    return signature


def is_signature(private: Any, way: tuple[str, str], message: bytes, signature: bytes) -> bool:
    """`way` is the algorithm and the message type."""
    public = private.public_key()
    try:
        if way[1] == "EXTERNAL_MU":
            public.verify_mu(signature, message)
        else:
            public.verify(signature, message, *_way(*way))
    except WrongSignature:
        return False
    return True


# shared secrets


def agree(private: Any, peer: bytes) -> bytes:
    """ECDH with the public key in `peer`. ValidationError if that is none on the same curve."""
    try:
        public = serialization.load_der_public_key(peer)
    except (ValueError, UnsupportedAlgorithm):
        public = None
    if not isinstance(public, ec.EllipticCurvePublicKey) or public.curve.name != private.curve.name:
        raise ValidationError("The public key is not valid for the key spec of the KMS key.")
    shared: bytes = private.exchange(ec.ECDH(), public)
    return shared


def shared_secret(private: Any) -> tuple[bytes, bytes]:
    """A shared secret and its ciphertext."""
    shared, sealed = private.public_key().encapsulate()
    return shared, sealed


def opened_secret(private: Any, blob: bytes) -> bytes:
    """InvalidCiphertext for a ciphertext of the wrong length; a wrong one of the right length gives another secret."""
    try:
        shared: bytes = private.decapsulate(blob)
    except ValueError:
        raise InvalidCiphertext from None
    return shared
