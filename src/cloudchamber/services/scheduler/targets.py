"""Targets: which operation a schedule calls, with what. Pure.

Templated targets are named by the ARN of a resource and get the schedule's input; universal ones are named by
`arn:aws:scheduler:::aws-sdk:service:apiAction`, and their input is the request.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.protocol.fitting import fitted
from cloudchamber.protocol.sdk_names import operation_named
from cloudchamber.services.scheduler.errors import ValidationException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudchamber.services.scheduler.records import Invocation, Schedule

_UNIVERSAL = re.compile(r"arn:aws[a-z-]*:scheduler:::aws-sdk:([A-Za-z0-9-]+):([A-Za-z0-9]+)\Z")
_READ_ONLY = (
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover",
    "validate", "batchGet", "batchDescribe", "batchRead", "transactGet", "adminGet", "adminList", "testMigration",
    "retrieve", "testConnection", "translateDocument", "isAuthorized", "invokeModel",
)  # fmt: skip
_JSON_INPUT = ("lambda", "states", "events")
# Templated targets that AWS has and this cloud does not.
_ELSEWHERE = frozenset({"codebuild", "codepipeline", "ecs", "inspector", "sagemaker"})


@dataclass(frozen=True, slots=True)
class Call:
    operation: str
    region: str
    request: dict[str, Any]


def iso(at: float) -> str:
    """`2022-03-22T18:59:43Z`."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def operation_of(arn: str) -> str:
    """The operation that a target's ARN means ("sqs:SendMessage"). ValidationException, NotImplementedByUs."""
    universal = _UNIVERSAL.match(arn)
    if universal is not None:
        service, action = universal.groups()
        if f"{action[:1].lower()}{action[1:]}".startswith(_READ_ONLY):
            raise ValidationException(f"The action {action} of {service} is not supported as a target: it only reads.")
        found = operation_named(service, action)
        if found is None:
            raise ValidationException(f"{arn} names no operation of an AWS service.")
        return found
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        raise ValidationException("Provided Arn is not in correct format.")
    if parts[2] in _ELSEWHERE:
        raise NotImplementedByUs(f"scheduler: {parts[2]} targets exist on AWS and are not implemented in cloudchamber")
    template = _TEMPLATES.get(parts[2])
    if template is None:
        raise ValidationException("Provided Arn is not in correct format.")
    return template[0]


def check(target: Mapping[str, Any]) -> str:
    """The operation of a target that AWS takes. ValidationException, NotImplementedByUs."""
    arn = target["Arn"]
    operation, service, given = operation_of(arn), arn.split(":")[2], target.get("Input")
    is_universal = service == "scheduler"
    if is_universal and given is None:
        raise ValidationException(f"Input is required for target {arn}.")
    if given is not None and (is_universal or service in _JSON_INPUT):
        value = _loaded(given)
        if value is _NO_JSON or (service not in ("lambda", "states") and not isinstance(value, dict)):
            raise ValidationException(f"Input for target {arn} must be a well-formed JSON object.")
    for member in ("EventBridgePutEventsV2Parameters", "EventBridgePutRawEventsParameters"):
        if target.get(member) is not None:
            raise NotImplementedByUs(f"scheduler: {member} exist on AWS and are not implemented in cloudchamber")
    if service == "events" and not target.get("EventBridgeParameters"):
        raise ValidationException(f"EventBridgeParameters is required for target {arn}.")
    if service == "kinesis" and not target.get("KinesisParameters"):
        raise ValidationException(f"KinesisParameters is required for target {arn}.")
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    if service == "sqs" and arn.endswith(".fifo") and not group:
        raise ValidationException(f"SqsParameters.MessageGroupId is required for target {arn}.")
    return operation


def payload(schedule: Schedule, invocation: Invocation) -> str:
    """The input with the context attributes in it, or the notification that stands for it where there is none.

    https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
    """
    given = schedule.target.get("Input")
    if given is None:
        return _notification(schedule, invocation)
    if "<aws.scheduler." not in given:
        return str(given)
    for name, value in (
        ("schedule-arn", schedule.arn), ("scheduled-time", iso(invocation.scheduled)),
        ("execution-id", invocation.execution), ("attempt-number", str(invocation.attempts + 1)),
    ):  # fmt: skip
        given = given.replace(f"<aws.scheduler.{name}>", value)
    return str(given)


def _notification(schedule: Schedule, invocation: Invocation) -> str:
    event = {
        "version": "0", "id": invocation.execution, "detail-type": "Scheduled Event", "source": "aws.scheduler",
        "account": schedule.account, "time": iso(invocation.scheduled), "region": schedule.region,
        "resources": [schedule.arn], "detail": "{}",
    }  # fmt: skip
    return orjson.dumps(event).decode()


def call_of(schedule: Schedule, body: str) -> Call:
    """What to call for a firing whose payload is `body`."""
    arn = schedule.target["Arn"]
    operation = operation_of(arn)
    parts = arn.split(":", 5)
    if parts[2] == "scheduler":
        return Call(operation, schedule.region, fitted(operation, orjson.loads(body)))
    return Call(operation, parts[3] or schedule.region, _TEMPLATES[parts[2]][1](schedule, body))


def _to_queue(schedule: Schedule, body: str) -> dict[str, Any]:
    parts = schedule.target["Arn"].split(":")
    request = {"QueueUrl": f"http://localhost/{parts[4]}/{parts[5]}", "MessageBody": body}
    group = (schedule.target.get("SqsParameters") or {}).get("MessageGroupId")
    return {**request, "MessageGroupId": group} if group else request


def _to_function(schedule: Schedule, body: str) -> dict[str, Any]:
    return {"FunctionName": schedule.target["Arn"], "InvocationType": "Event", "Payload": body.encode()}


def _to_topic(schedule: Schedule, body: str) -> dict[str, Any]:
    return {"TopicArn": schedule.target["Arn"], "Message": body}


def _to_bus(schedule: Schedule, body: str) -> dict[str, Any]:
    given = schedule.target["EventBridgeParameters"]
    entry = {
        "EventBusName": schedule.target["Arn"], "Source": given["Source"], "DetailType": given["DetailType"],
        "Detail": body if schedule.target.get("Input") is not None else "{}", "Resources": [schedule.arn],
    }  # fmt: skip
    return {"Entries": [entry]}


def _to_state_machine(schedule: Schedule, body: str) -> dict[str, Any]:
    return {"stateMachineArn": schedule.target["Arn"], "input": body}


def _to_stream(schedule: Schedule, body: str) -> dict[str, Any]:
    key = schedule.target["KinesisParameters"]["PartitionKey"]
    return {"StreamARN": schedule.target["Arn"], "Data": body.encode(), "PartitionKey": key}


def _to_delivery_stream(schedule: Schedule, body: str) -> dict[str, Any]:
    name = schedule.target["Arn"].partition("/")[2]
    return {"DeliveryStreamName": name, "Record": {"Data": body.encode()}}


_TEMPLATES: Mapping[str, tuple[str, Callable[[Schedule, str], dict[str, Any]]]] = {
    "events": ("events:PutEvents", _to_bus),
    "firehose": ("firehose:PutRecord", _to_delivery_stream),
    "kinesis": ("kinesis:PutRecord", _to_stream),
    "lambda": ("lambda:Invoke", _to_function),
    "sns": ("sns:Publish", _to_topic),
    "sqs": ("sqs:SendMessage", _to_queue),
    "states": ("stepfunctions:StartExecution", _to_state_machine),
}
_NO_JSON: Any = object()


def _loaded(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return _NO_JSON
