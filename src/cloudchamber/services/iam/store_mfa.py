"""Virtual MFA devices: the record, its table, and time-based one-time passwords (RFC 6238, as AWS uses it).

A code counts by its time step of 30 seconds. A device whose clock is off is met half-way: enabling and resynchronising
look for two codes in a row some minutes around now and remember how far off they were; afterwards a code is good one
step around where the device is thought to be, once.
"""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from cloudchamber.core import ids
from cloudchamber.storage.tables import Table

if TYPE_CHECKING:
    from cloudchamber.storage.engine import Store

SEED_BYTES: Final = 40  # 64 characters of base32
STEP_SECONDS: Final = 30
CODE_DIGITS: Final = 6
SEARCH_STEPS: Final = 20  # ten minutes to either side, when the device's clock is not known
TOLERANCE_STEPS: Final = 1


@dataclass(frozen=True, slots=True)
class MfaDevice:
    """`user_id` is empty until the device is enabled. `drift_steps` is how far its clock is ahead of ours."""

    account: str
    serial: str
    name: str
    path: str
    created_at: float
    seed: str  # base32
    user_id: str = ""
    enabled_at: float | None = None
    drift_steps: int = 0
    last_step: int = 0  # codes up to this step are spent
    tags: dict[str, str] = field(default_factory=dict)

    def enabled(self, user_id: str, now: float, step: int) -> MfaDevice:
        return replace(self, user_id=user_id, enabled_at=now).synchronised(now, step)

    def disabled(self) -> MfaDevice:
        return replace(self, user_id="", enabled_at=None, drift_steps=0)

    def synchronised(self, now: float, step: int) -> MfaDevice:
        """After a code of this step was seen at `now`."""
        return replace(self, drift_steps=step - int(now // STEP_SECONDS), last_step=step)

    def step_of_pair(self, first: str, second: str, now: float) -> int | None:
        """The step of `second` if the codes follow each other and are not spent."""
        key, middle = self._key(), int(now // STEP_SECONDS)
        for step in range(max(middle - SEARCH_STEPS, self.last_step) + 1, middle + SEARCH_STEPS + 1):
            if _same(code_at(key, step), first) and _same(code_at(key, step + 1), second):
                return step + 1
        return None

    def step_of(self, code: str, now: float) -> int | None:
        """The step of a code that is good now."""
        key, middle = self._key(), int(now // STEP_SECONDS) + self.drift_steps
        for step in range(middle - TOLERANCE_STEPS, middle + TOLERANCE_STEPS + 1):
            if step > self.last_step and _same(code_at(key, step), code):
                return step
        return None

    def _key(self) -> bytes:
        return base64.b32decode(self.seed)


class MfaStore:
    def __init__(self, store: Store) -> None:
        self.devices: Table[MfaDevice] = Table(
            store, "iam_mfa_devices", MfaDevice, ("account", "serial"), [("user_id", "serial")]
        )


def new_seed() -> str:
    return base64.b32encode(ids.token_bytes(SEED_BYTES)).decode()


def code_at(key: bytes, step: int) -> str:
    """The code of a time step: RFC 4226's truncation of HMAC-SHA-1."""
    digest = hmac.digest(key, step.to_bytes(8, "big"), "sha1")
    at = digest[-1] & 0x0F
    number = int.from_bytes(digest[at : at + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**CODE_DIGITS:0{CODE_DIGITS}d}"


def _same(code: str, other: str) -> bool:
    return hmac.compare_digest(code.encode(), other.encode())
