"""Secure Remote Password (SRP-6a) as Cognito's clients speak it: a password is proved without being sent or stored.

Kept of a password are a salt and the verifier g^x. The client sends A, the server B and a secret block; both come to
the same key and the client signs pool, user, secret block and time with it. Numbers go into hashes as the
two's-complement bytes of Java's BigInteger, which is where all of the padding below comes from.
http://srp.stanford.edu/design.html and the source of amazon-cognito-identity-js.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from cloudchamber.core import ids

# The 3072-bit group of RFC 5054.
N: Final = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B"
    "302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6"
    "49286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D"
    "670C354E4ABC9804F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7D"
    "B3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G: Final = 2
SALT_BYTES, EPHEMERAL_BYTES, KEY_BYTES = 16, 32, 16
_INFO: Final = b"Caldera Derived Key\x01"


@dataclass(frozen=True, slots=True)
class Verifier:
    """What is kept of a password: hexadecimal numbers."""

    salt: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """The server's half of a proof under way: its secret b and public B, hexadecimal."""

    secret: str
    public: str


def padded(number: int) -> bytes:
    """The bytes of a number as Java has them: a zero before a leading bit that is set."""
    return number.to_bytes(number.bit_length() // 8 + 1)


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest())


_K: Final = _number(padded(N), padded(G))


def _exponent(salt: int, group: str, user: str, password: str) -> int:
    """x = H(salt, H(group, user, ":", password))"""
    inner = hashlib.sha256(f"{group}{user}:{password}".encode()).digest()
    return _number(padded(salt), inner)


def enrol(group: str, user: str, password: str) -> Verifier:
    """What to keep of a password. `group` is the pool's name in proofs, or the device group. Some milliseconds."""
    salt = int.from_bytes(ids.token_bytes(SALT_BYTES))
    return Verifier(f"{salt:x}", f"{pow(G, _exponent(salt, group, user, password), N):x}")


def is_password(kept: Verifier, group: str, user: str, password: str) -> bool:
    """Whether a password that was sent whole is the one. Takes some milliseconds."""
    found = pow(G, _exponent(int(kept.salt, 16), group, user, password), N)
    return hmac.compare_digest(f"{found:x}", kept.verifier)


def begin(kept: Verifier) -> Exchange:
    """B = kv + g^b. Takes some milliseconds."""
    secret = int.from_bytes(ids.token_bytes(EPHEMERAL_BYTES))
    public = (_K * int(kept.verifier, 16) + pow(G, secret, N)) % N
    return Exchange(f"{secret:x}", f"{public:x}")


def public_of_client(text: str) -> int | None:
    """The number A that a client sent; None for what is none, or would give the proof away (a multiple of N)."""
    try:
        number = int(text, 16)
    except ValueError:
        return None
    return number if number > 0 and number % N else None


def key_of(kept: Verifier, exchange: Exchange, client_public: int) -> bytes | None:
    """The key both sides come to: 16 bytes; None for numbers that hide nothing. Takes some milliseconds."""
    scramble = _number(padded(client_public), padded(int(exchange.public, 16)))
    if scramble == 0:
        return None
    base = client_public * pow(int(kept.verifier, 16), scramble, N) % N
    shared = pow(base, int(exchange.secret, 16), N)
    seed = hmac.digest(padded(scramble), padded(shared), "sha256")
    return hmac.digest(seed, _INFO, "sha256")[:KEY_BYTES]


@dataclass(frozen=True, slots=True)
class Proof:
    """What a client hands in: the signature is of all the others."""

    group: str
    user: str
    secret_block: bytes
    timestamp: str
    signature: bytes


def is_proven(key: bytes, proof: Proof) -> bool:
    message = proof.group.encode() + proof.user.encode() + proof.secret_block + proof.timestamp.encode()
    return hmac.compare_digest(hmac.digest(key, message, "sha256"), proof.signature)
