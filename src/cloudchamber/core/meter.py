"""Metering: AWS's usage units, added up by account, and priced. Counters are bounded by the number of units there are.

Handlers report what AWS bills (`sqs.requests`, `dynamodb.read_units`); cost is usage times a price of AWS's list.
Counters are saved every few seconds, so a killed process may forget the last moments of usage, never data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for one `unit`, in us-east-1, as AWS's public price list has it."""

    usd: float
    unit: str
    source: str
    as_of: str


PRICES: Mapping[str, Price] = {
    "kms.requests": Price(0.03e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "kms.asymmetric_requests": Price(0.15e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "kms.ecc_key_pairs": Price(0.10e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "kms.rsa_key_pairs": Price(12e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "sqs.requests": Price(0.40e-6, "request", "https://aws.amazon.com/sqs/pricing/", "2026-11"),
    "sqs.fifo_requests": Price(0.50e-6, "request", "https://aws.amazon.com/sqs/pricing/", "2026-11"),
}


class Meter:
    def __init__(self) -> None:
        self._used: dict[tuple[str, str], float] = {}

    def add(self, account: str, unit: str, quantity: float) -> None:
        key = (account, unit)
        self._used[key] = self._used.get(key, 0.0) + quantity

    def usage(self, account: str | None = None) -> dict[str, dict[str, float]]:
        """Account -> unit -> quantity."""
        found: dict[str, dict[str, float]] = {}
        for (owner, unit), quantity in self._used.items():
            if account in (None, owner):
                found.setdefault(owner, {})[unit] = quantity
        return found

    def restore(self, usage: Mapping[str, Mapping[str, float]]) -> None:
        self._used = {(account, unit): q for account, units in usage.items() for unit, q in units.items()}

    @staticmethod
    def cost_usd(units: Mapping[str, float]) -> dict[str, float]:
        """Unit -> US dollars, for the units that have a price."""
        return {unit: quantity * PRICES[unit].usd for unit, quantity in units.items() if unit in PRICES}
