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


_S3 = "https://aws.amazon.com/s3/pricing/"

PRICES: Mapping[str, Price] = {
    "apigateway.http_requests": Price(1.00e-6, "request", "https://aws.amazon.com/api-gateway/pricing/", "2026-11"),
    "apigateway.websocket_messages": Price(
        1.00e-6, "message", "https://aws.amazon.com/api-gateway/pricing/", "2026-11"
    ),
    "apigateway.websocket_connection_minutes": Price(
        0.25e-6, "minute", "https://aws.amazon.com/api-gateway/pricing/", "2026-11"
    ),
    "apigateway.rest_requests": Price(3.50e-6, "request", "https://aws.amazon.com/api-gateway/pricing/", "2026-11"),
    "cloudwatch.put_requests": Price(0.01e-3, "request", "https://aws.amazon.com/cloudwatch/pricing/", "2026-11"),
    "cloudwatch.metrics_requested": Price(0.01e-3, "metric", "https://aws.amazon.com/cloudwatch/pricing/", "2026-11"),
    "cognito_sync.operations": Price(0.15e-4, "sync", "https://aws.amazon.com/cognito/pricing/", "2026-11"),
    "cognito-idp.active_users": Price(
        0.015, "monthly active user", "https://aws.amazon.com/cognito/pricing/", "2026-11"
    ),
    "dynamodb.read_units": Price(0.125e-6, "unit", "https://aws.amazon.com/dynamodb/pricing/on-demand/", "2026-11"),
    "dynamodb.write_units": Price(0.625e-6, "unit", "https://aws.amazon.com/dynamodb/pricing/on-demand/", "2026-11"),
    "dynamodb.stream_reads": Price(0.2e-6, "request", "https://aws.amazon.com/dynamodb/pricing/on-demand/", "2026-11"),
    "events.put_events": Price(1.00e-6, "event", "https://aws.amazon.com/eventbridge/pricing/", "2026-11"),
    "kms.requests": Price(0.03e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "kms.asymmetric_requests": Price(0.15e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "kms.ecc_key_pairs": Price(0.10e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "kms.rsa_key_pairs": Price(12e-4, "request", "https://aws.amazon.com/kms/pricing/", "2026-11"),
    "logs.ingested_bytes": Price(0.50 / 1024**3, "byte", "https://aws.amazon.com/cloudwatch/pricing/", "2026-11"),
    "logs.scanned_bytes": Price(0.005 / 1024**3, "byte", "https://aws.amazon.com/cloudwatch/pricing/", "2026-11"),
    "lambda.requests": Price(0.20e-6, "request", "https://aws.amazon.com/lambda/pricing/", "2026-11"),
    "lambda.gb_seconds": Price(0.0000166667, "GB-second", "https://aws.amazon.com/lambda/pricing/", "2026-11"),
    "pipes.requests": Price(0.40e-6, "request", "https://aws.amazon.com/eventbridge/pricing/", "2026-11"),
    "ses.messages": Price(0.10e-3, "recipient", "https://aws.amazon.com/ses/pricing/", "2026-11"),
    "sns.requests": Price(0.50e-6, "request", "https://aws.amazon.com/sns/pricing/", "2026-11"),
    "sns.fifo_requests": Price(0.30e-6, "request", "https://aws.amazon.com/sns/pricing/", "2026-11"),
    "sns.http_deliveries": Price(0.60e-6, "delivery", "https://aws.amazon.com/sns/pricing/", "2026-11"),
    "sns.email_deliveries": Price(20e-6, "delivery", "https://aws.amazon.com/sns/pricing/", "2026-11"),
    "sns.push_deliveries": Price(0.50e-6, "delivery", "https://aws.amazon.com/sns/pricing/", "2026-11"),
    "sns.sms": Price(0.00645, "message", "https://aws.amazon.com/sns/sms-pricing/", "2026-11"),
    "scheduler.invocations": Price(1.00e-6, "invocation", "https://aws.amazon.com/eventbridge/pricing/", "2026-11"),
    "secretsmanager.requests": Price(0.05e-4, "API call", "https://aws.amazon.com/secrets-manager/pricing/", "2026-11"),
    "sqs.requests": Price(0.40e-6, "request", "https://aws.amazon.com/sqs/pricing/", "2026-11"),
    "sqs.fifo_requests": Price(0.50e-6, "request", "https://aws.amazon.com/sqs/pricing/", "2026-11"),
    "ssm.advanced_requests": Price(
        0.05e-4, "interaction", "https://aws.amazon.com/systems-manager/pricing/", "2026-11"
    ),
    "s3.requests_tier1": Price(5.0e-6, "PUT, COPY, POST or LIST request", _S3, "2026-11"),
    "s3.requests_tier2": Price(0.4e-6, "GET or other request", _S3, "2026-11"),
    "s3.bytes_out": Price(0.09 / 1024**3, "byte to the internet", _S3, "2026-11"),
    "s3.gb_months.standard": Price(0.023, "GB-month", _S3, "2026-11"),
    "s3.gb_months.reduced_redundancy": Price(0.024, "GB-month", _S3, "2026-11"),
    "s3.gb_months.standard_ia": Price(0.0125, "GB-month", _S3, "2026-11"),
    "s3.gb_months.onezone_ia": Price(0.01, "GB-month", _S3, "2026-11"),
    "s3.gb_months.intelligent_tiering": Price(0.023, "GB-month", _S3, "2026-11"),
    "s3.gb_months.glacier_ir": Price(0.004, "GB-month", _S3, "2026-11"),
    "s3.gb_months.glacier": Price(0.0036, "GB-month", _S3, "2026-11"),
    "s3.gb_months.deep_archive": Price(0.00099, "GB-month", _S3, "2026-11"),
    "s3.transitions.standard_ia": Price(0.01e-3, "transition", _S3, "2026-11"),
    "s3.transitions.onezone_ia": Price(0.01e-3, "transition", _S3, "2026-11"),
    "s3.transitions.intelligent_tiering": Price(0.01e-3, "transition", _S3, "2026-11"),
    "s3.transitions.glacier_ir": Price(0.02e-3, "transition", _S3, "2026-11"),
    "s3.transitions.glacier": Price(0.03e-3, "transition", _S3, "2026-11"),
    "s3.transitions.deep_archive": Price(0.05e-3, "transition", _S3, "2026-11"),
    "s3.retrieved_bytes.expedited": Price(0.03 / 1024**3, "byte", _S3, "2026-11"),
    "s3.retrieved_bytes.standard": Price(0.01 / 1024**3, "byte", _S3, "2026-11"),
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
