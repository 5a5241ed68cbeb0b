"""Kinds of targets and enrichments, and what each takes. Pure.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-target.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.polling.batches import failed_items
from cloudchamber.services.pipes import limits
from cloudchamber.services.pipes.errors import ValidationException

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.pipes.events import Event

HTTP_KINDS = ("api-destination", "api-gateway")
# What AWS has and this cloud does not, or not for pipes yet.
_ELSEWHERE = frozenset({
    "batch", "ecs", "firehose", "inspector", "kinesis", "redshift", "redshift-serverless", "sagemaker",
    "states", "timestream",
})  # fmt: skip


def kind_of(arn: str, stage: str = "Target") -> str:
    """A key of `limits.TARGET_BATCH_MAX`; ValidationException or 501 for an ARN of no such kind."""
    parts = arn.split(":", 5)
    service, resource = (parts[2], parts[5]) if len(parts) == 6 else ("", "")
    if service in ("lambda", "logs", "sns", "sqs"):
        found = service
    elif service == "events" and resource.startswith(("event-bus/", "api-destination/")):
        found = resource.partition("/")[0]
    elif service == "execute-api" and resource.count("/") >= 3:
        found = "api-gateway"
    elif service in _ELSEWHERE:
        raise NotImplementedByUs(f"pipes: {service} as {stage} exists on AWS and is not implemented in cloudchamber")
    else:
        found = ""
    if not found or (stage == "Enrichment" and found not in ("lambda", *HTTP_KINDS)):
        raise ValidationException(f"{stage} {arn} is not supported.")
    return found


def batch_max(settings: Mapping[str, Any]) -> int:
    """How many events the enrichment and the target of a pipe take at once."""
    most = limits.TARGET_BATCH_MAX[kind_of(settings["Target"])]
    enrichment = settings.get("Enrichment")
    if enrichment and kind_of(enrichment, "Enrichment") in HTTP_KINDS:
        most = 1
    return most


def reported(answer: bytes | None, events: list[Event]) -> list[Event]:
    """The events that a target's answer says have failed; all, where it says it wrongly. A target that reports nothing
    may answer what it likes, unlike a function that was told to report to an event source mapping.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-batching-concurrency.html#pipes-partial-batch-failure
    """
    try:
        said = orjson.loads(answer or b"null")
    except orjson.JSONDecodeError:
        return []
    if not isinstance(said, dict) or "batchItemFailures" not in said:
        return []
    failed = failed_items(answer, [event.id for event in events])
    return [event for event in events if event.id in failed]
