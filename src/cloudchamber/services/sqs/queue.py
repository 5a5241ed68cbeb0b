"""Queues: their record, and what their attributes may be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.arn import Arn
from cloudchamber.services.sqs import limits
from cloudchamber.services.sqs.errors import (
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValue,
    invalid_value,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,75}\.fifo\Z")

DEFAULTS: Mapping[str, str] = {
    "VisibilityTimeout": "30",
    "MaximumMessageSize": str(limits.MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": "345600",
    "DelaySeconds": "0",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
}
FIFO_DEFAULTS: Mapping[str, str] = {
    "FifoQueue": "true",
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue. `number` names its messages: a purge gives the queue a new one, and the old ones are swept away."""

    account: str
    region: str
    name: str
    number: int
    created_at: float
    modified_at: float
    attributes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    purged_at: float = 0.0

    @property
    def arn(self) -> str:
        return f"arn:aws:sqs:{self.region}:{self.account}:{self.name}"

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def _number(self, name: str) -> int:
        return int(self.attributes.get(name) or DEFAULTS[name])

    @property
    def visibility_timeout_s(self) -> int:
        return self._number("VisibilityTimeout")

    @property
    def delay_s(self) -> int:
        return self._number("DelaySeconds")

    @property
    def retention_s(self) -> int:
        return self._number("MessageRetentionPeriod")

    @property
    def wait_s(self) -> int:
        return self._number("ReceiveMessageWaitTimeSeconds")

    @property
    def message_bytes_max(self) -> int:
        return self._number("MaximumMessageSize")

    @property
    def dedups_by_content(self) -> bool:
        return self.attributes.get("ContentBasedDeduplication") == "true"

    @property
    def dedups_by_group(self) -> bool:
        return self.attributes.get("DeduplicationScope") == "messageGroup"

    @property
    def policy(self) -> str | None:
        return self.attributes.get("Policy")

    @property
    def kms_key(self) -> str | None:
        """The KMS key that messages are sealed under, as the owner named it."""
        return self.attributes.get("KmsMasterKeyId") or None

    @property
    def data_key_reuse_s(self) -> int:
        return int(self.attributes.get("KmsDataKeyReusePeriodSeconds") or limits.DATA_KEY_REUSE_SECONDS)

    @property
    def redrive(self) -> Redrive | None:
        text = self.attributes.get("RedrivePolicy")
        return None if not text else Redrive.parse(text)

    @property
    def dead_letter_arn(self) -> str | None:
        """The column under which a dead-letter queue finds its sources."""
        redrive = self.redrive
        return None if redrive is None else redrive.target_arn

    def shown_attributes(self) -> dict[str, str]:
        """The attributes that are the queue's own, defaults filled in."""
        shown = {**DEFAULTS, **(FIFO_DEFAULTS if self.is_fifo else {}), **self.attributes}
        if shown.get("KmsMasterKeyId"):
            shown.setdefault("KmsDataKeyReusePeriodSeconds", str(limits.DATA_KEY_REUSE_SECONDS))
            shown["SqsManagedSseEnabled"] = "false"
        shown["QueueArn"] = self.arn
        shown["CreatedTimestamp"] = str(int(self.created_at))
        shown["LastModifiedTimestamp"] = str(int(self.modified_at))
        return shown


@dataclass(frozen=True, slots=True)
class Redrive:
    """A redrive policy: after `receives_max` receives a message goes to the queue `target_arn`."""

    target_arn: str
    receives_max: int

    @classmethod
    def parse(cls, text: str) -> Redrive:
        """InvalidParameterValue with AWS's reasons."""
        try:
            policy = orjson.loads(text)
        except orjson.JSONDecodeError:
            raise invalid_value(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.") from None
        if not isinstance(policy, dict):
            raise invalid_value(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
        for name in ("deadLetterTargetArn", "maxReceiveCount"):
            if name not in policy:
                reason = f"Redrive policy does not contain mandatory attribute: {name}."
                raise invalid_value(text, "RedrivePolicy", reason)
        target, count = policy["deadLetterTargetArn"], policy["maxReceiveCount"]
        try:
            receives_max = int(count)
            if isinstance(count, bool | float):
                raise ValueError
        except (ValueError, TypeError):
            receives_max = 0
        if not limits.RECEIVES_MIN <= receives_max <= limits.RECEIVES_MAX:
            reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
            raise invalid_value(text, "RedrivePolicy", reason)
        if not isinstance(target, str) or not is_queue_arn(target):
            raise invalid_value(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
        return cls(target, receives_max)


def normal_redrive(text: str) -> str:
    """A redrive policy as AWS gives it back: as it was set, but a maxReceiveCount in quotes becomes a number."""
    redrive, policy = Redrive.parse(text), orjson.loads(text)
    if isinstance(policy["maxReceiveCount"], int):
        return text
    return orjson.dumps({**policy, "maxReceiveCount": redrive.receives_max}).decode()


def is_queue_arn(text: str) -> bool:
    try:
        arn = Arn.parse(text)
    except ValueError:
        return False
    return arn.service == "sqs" and bool(arn.region) and bool(arn.account) and bool(arn.resource)


def allows_redrive(target: Queue, source_arn: str) -> bool:
    """Whether the dead-letter queue's RedriveAllowPolicy lets `source_arn` use it."""
    text = target.attributes.get("RedriveAllowPolicy")
    if not text:
        return True
    policy = orjson.loads(text)
    permission = policy.get("redrivePermission")
    return permission == "allowAll" or (permission == "byQueue" and source_arn in policy.get("sourceQueueArns", ()))


def check_name(name: str, is_fifo: bool) -> None:
    """InvalidParameterValue for a name AWS does not take."""
    if is_fifo:
        if not _FIFO_NAME.match(name):
            raise InvalidParameterValue(
                "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                "with .fifo suffix and be 1 to 80 in length."
            )
    elif not _NAME.match(name):
        raise InvalidParameterValue(
            "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
        )


def _whole(least: int, most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most


def _boolean(text: str) -> bool:
    return text in ("true", "false")


_SETTABLE: dict[str, Callable[[str], bool]] = {
    "VisibilityTimeout": _whole(0, limits.VISIBILITY_SECONDS_MAX),
    "MaximumMessageSize": _whole(limits.MESSAGE_BYTES_MIN, limits.MESSAGE_BYTES_MAX),
    "MessageRetentionPeriod": _whole(limits.RETENTION_SECONDS_MIN, limits.RETENTION_SECONDS_MAX),
    "DelaySeconds": _whole(0, limits.DELAY_SECONDS_MAX),
    "ReceiveMessageWaitTimeSeconds": _whole(0, limits.WAIT_SECONDS_MAX),
    "KmsMasterKeyId": lambda text: len(text) <= 2048,
    "KmsDataKeyReusePeriodSeconds": _whole(limits.DATA_KEY_REUSE_SECONDS_MIN, limits.DATA_KEY_REUSE_SECONDS_MAX),
    "SqsManagedSseEnabled": _boolean,
    "Policy": lambda text: True,  # checked against the policy language by the caller
    "RedrivePolicy": lambda text: True,
    "RedriveAllowPolicy": lambda text: True,
}
_FIFO_SETTABLE: dict[str, Callable[[str], bool]] = {
    "FifoQueue": lambda text: text == "true",
    "ContentBasedDeduplication": _boolean,
    "DeduplicationScope": lambda text: text in ("queue", "messageGroup"),
    "FifoThroughputLimit": lambda text: text in ("perQueue", "perMessageGroupId"),
}
_READ_ONLY = frozenset({
    "QueueArn", "CreatedTimestamp", "LastModifiedTimestamp", "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed",
})  # fmt: skip
READABLE = frozenset(_SETTABLE) | frozenset(_FIFO_SETTABLE) | _READ_ONLY | {"All"}


def check_attributes(attributes: Mapping[str, str], is_fifo: bool) -> None:
    """InvalidAttributeName or InvalidAttributeValue for what a queue of this type does not take."""
    for name, value in attributes.items():
        check = _SETTABLE.get(name) or (_FIFO_SETTABLE.get(name) if is_fifo else None)
        if check is None:
            raise InvalidAttributeName(f"Unknown Attribute {name}.")
        if not check(value) and not (value == "" and name in _ERASABLE):
            raise InvalidAttributeValue(name)
    if attributes.get("KmsMasterKeyId") and attributes.get("SqsManagedSseEnabled") == "true":
        raise InvalidAttributeValue("SqsManagedSseEnabled")


def check_throughput(attributes: Mapping[str, str]) -> None:
    """High throughput per message group needs deduplication per message group: InvalidAttributeValue."""
    if attributes.get("FifoThroughputLimit") == "perMessageGroupId" and (
        attributes.get("DeduplicationScope") != "messageGroup"
    ):
        raise InvalidAttributeValue("FifoThroughputLimit")


_ERASABLE = frozenset({"Policy", "RedrivePolicy", "RedriveAllowPolicy", "KmsMasterKeyId"})


def check_allow_policy(text: str) -> None:
    """InvalidParameterValue for a RedriveAllowPolicy AWS does not take."""
    try:
        policy: Any = orjson.loads(text)
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict):
        raise invalid_value(text, "RedriveAllowPolicy", "Redrive allow policy is not a valid JSON map.")
    permission, sources = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in ("allowAll", "denyAll", "byQueue"):
        raise invalid_value(text, "RedriveAllowPolicy", "Amazon SQS can't create the redrive allow policy. Invalid "
                            "value for redrivePermission.")  # fmt: skip
    if permission == "byQueue":
        if not isinstance(sources, list) or not 1 <= len(sources) <= limits.REDRIVE_SOURCES_MAX:
            raise invalid_value(text, "RedriveAllowPolicy", "Amazon SQS can't create the redrive allow policy. "
                                "sourceQueueArns must have 1 to 10 queues.")  # fmt: skip
        if not all(isinstance(source, str) and is_queue_arn(source) for source in sources):
            raise invalid_value(text, "RedriveAllowPolicy", "Invalid value for sourceQueueArns.")
    elif sources:
        raise invalid_value(text, "RedriveAllowPolicy", "Amazon SQS can't create the redrive allow policy. "
                            "sourceQueueArns are only for byQueue.")  # fmt: skip


def merged(attributes: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Attributes after a change; an empty value takes one away. A key turns SQS's own encryption off and back on."""
    result = {name: value for name, value in {**attributes, **changes}.items() if value != ""}
    if changes.get("SqsManagedSseEnabled") == "true":
        result.pop("KmsMasterKeyId", None)
    elif changes.get("KmsMasterKeyId"):
        result.pop("SqsManagedSseEnabled", None)
    return result
