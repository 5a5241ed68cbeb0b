"""What AWS takes as a pipe: sources, targets, batches, filters, templates, logs. Pure.

https://docs.aws.amazon.com/eventbridge/latest/pipes-reference/API_CreatePipe.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.patterns.filters import compiled, patterns_of
from cloudchamber.core.patterns.text import PatternError
from cloudchamber.services.pipes import limits, targets, templates
from cloudchamber.services.pipes.errors import ValidationException

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEPT = (
    "Description", "Source", "SourceParameters", "Enrichment", "EnrichmentParameters", "Target", "TargetParameters",
    "RoleArn", "LogConfiguration",
)  # fmt: skip
_SOURCES_ELSEWHERE = frozenset({"kafka", "kinesis", "mq"})
_OF_SOURCE = {"dynamodb": "DynamoDBStreamParameters", "sqs": "SqsQueueParameters"}
_OF_TARGET: Mapping[str, str | None] = {
    "api-destination": "HttpParameters", "api-gateway": "HttpParameters", "event-bus": "EventBridgeEventBusParameters",
    "lambda": "LambdaFunctionParameters", "logs": "CloudWatchLogsParameters", "sns": None, "sqs": "SqsQueueParameters",
}  # fmt: skip
_STREAM_DEFAULTS = {"MaximumRecordAgeInSeconds": -1, "MaximumRetryAttempts": -1, "ParallelizationFactor": 1}


def made(request: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a CreatePipe, with defaults. ValidationException, and 501 for what is not here."""
    _refuse_key(request)
    return _complete({name: request[name] for name in _KEPT if request.get(name) is not None})


def changed(before: Mapping[str, Any], request: Mapping[str, Any]) -> dict[str, Any]:
    """What an UpdatePipe makes of a pipe's settings: what it leaves out stays; the parameters of one service are
    replaced as a whole, but for where a stream begins, which never changes."""
    _refuse_key(request)
    after = {**before, **{name: request[name] for name in _KEPT if request.get(name) is not None}}
    given = request.get("SourceParameters")
    if given is not None:
        known = before.get("SourceParameters") or {}
        after["SourceParameters"] = {**known, **given}
        if "DynamoDBStreamParameters" in given:
            position = known["DynamoDBStreamParameters"]["StartingPosition"]
            after["SourceParameters"]["DynamoDBStreamParameters"] = {
                **given["DynamoDBStreamParameters"], "StartingPosition": position,
            }  # fmt: skip
    return _complete(after)


def _refuse_key(request: Mapping[str, Any]) -> None:
    if request.get("KmsKeyIdentifier"):
        raise NotImplementedByUs("pipes: KmsKeyIdentifier exists on AWS and is not implemented in cloudchamber")


def _complete(settings: dict[str, Any]) -> dict[str, Any]:
    kind = _source_kind(settings["Source"])
    _check_target(settings)
    _check_logs(settings.get("LogConfiguration") or {})
    parameters = dict(settings.get("SourceParameters") or {})
    _only("SourceParameters", parameters, "FilterCriteria", _OF_SOURCE[kind])
    for pattern in patterns_of(parameters.get("FilterCriteria")):
        try:
            compiled(pattern)
        except PatternError as error:
            raise ValidationException(f"Event pattern is not valid. Reason: {error.shown(pattern)}") from None
    own, most = dict(parameters.get(_OF_SOURCE[kind]) or {}), targets.batch_max(settings)
    if kind == "dynamodb":
        if not own.get("StartingPosition"):
            raise ValidationException("StartingPosition is required for DynamoDB stream sources.")
        own = {**_STREAM_DEFAULTS, **own}
    else:
        _check_queue(settings["Source"], own)
    size = own.setdefault("BatchSize", min(limits.SOURCE_BATCH_DEFAULT[kind], most))
    if size > most:
        raise ValidationException(
            f"The batch size of the source ({size}) exceeds what the enrichment or target takes at once ({most})."
        )
    return {**settings, "SourceParameters": {**parameters, _OF_SOURCE[kind]: own}}


def _source_kind(arn: str) -> str:
    parts = arn.split(":", 5)
    service = parts[2] if len(parts) == 6 else ""
    if service in _SOURCES_ELSEWHERE or arn.startswith("smk://"):
        raise NotImplementedByUs(f"pipes: the source {arn} exists on AWS and is not implemented in cloudchamber")
    if service == "sqs" or (service == "dynamodb" and "/stream/" in parts[5]):
        return service
    raise ValidationException(f"Source {arn} is not supported.")


def _check_queue(arn: str, own: Mapping[str, Any]) -> None:
    """Of a FIFO queue messages come in batches of ten at most, and do not wait for a window."""
    if arn.endswith(".fifo"):
        if own.get("MaximumBatchingWindowInSeconds"):
            raise ValidationException("Batching window is not supported for FIFO queues.")
        if (own.get("BatchSize") or 0) > 10:
            raise ValidationException("Maximum batch size for FIFO queues is 10.")


def _check_target(settings: Mapping[str, Any]) -> None:
    kind = targets.kind_of(settings["Target"])
    parameters = settings.get("TargetParameters") or {}
    own = _OF_TARGET[kind]
    _only("TargetParameters", parameters, "InputTemplate", *(() if own is None else (own,)))
    templates.check(parameters.get("InputTemplate") or "")
    group = (parameters.get("SqsQueueParameters") or {}).get("MessageGroupId")
    if kind == "sqs" and settings["Target"].endswith(".fifo") and not group:
        raise ValidationException("MessageGroupId is required for FIFO queue targets.")
    of_bus = parameters.get("EventBridgeEventBusParameters") or {}
    if of_bus.get("EndpointId"):
        raise NotImplementedByUs("pipes: global endpoints exist on AWS and are not implemented in cloudchamber")
    templates.check((settings.get("EnrichmentParameters") or {}).get("InputTemplate") or "")


def _check_logs(given: Mapping[str, Any]) -> None:
    for member in ("S3LogDestination", "FirehoseLogDestination"):
        if given.get(member):
            raise NotImplementedByUs(f"pipes: {member} exists on AWS and is not implemented in cloudchamber")
    if given and given["Level"] != "OFF" and not given.get("CloudwatchLogsLogDestination"):
        raise ValidationException("A log destination is required when the log level is not OFF.")


def _only(what: str, given: Mapping[str, Any], *allowed: str) -> None:
    for name, value in given.items():
        if value is not None and name not in allowed:
            raise ValidationException(f"{what}: {name} does not belong to this kind of source or target.")
