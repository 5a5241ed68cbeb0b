"""Topics: their record, their policy, and what their attributes may be. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.metrics import Measured
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.sns import limits, retries
from cloudchamber.services.sns.errors import InvalidParameter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}\Z")
_FIFO_NAME = re.compile(r"[A-Za-z0-9_-]{1,251}\.fifo\Z")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/.+\Z")
_OWNERS_ACTIONS = (
    "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Subscribe",
    "ListSubscriptionsByTopic", "Publish",
)  # fmt: skip
GRANTED = frozenset({
    *_OWNERS_ACTIONS, "Receive", "GetDataProtectionPolicy", "ListTagsForResource", "PutDataProtectionPolicy",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic. `subscriptions_deleted` is the number that SubscriptionsDeleted shows."""

    account: str
    region: str
    name: str
    created_at: float
    attributes: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    data_protection_policy: str = ""
    subscriptions_deleted: int = 0

    @property
    def arn(self) -> str:
        return f"arn:aws:sns:{self.region}:{self.account}:{self.name}"

    @property
    def is_fifo(self) -> bool:
        return self.name.endswith(".fifo")

    def measured(self, *values: tuple[str, float, str]) -> Measured:
        """https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html"""
        return Measured(self.account, self.region, "AWS/SNS", (("TopicName", self.name),), values)

    @property
    def own_policy(self) -> str | None:
        """The policy somebody gave it. AWS's default lets in nobody whom IAM would not let in anyway."""
        return self.attributes.get("Policy")

    @property
    def policy(self) -> str:
        return self.own_policy or default_policy(self)

    @property
    def message_bytes_max(self) -> int:
        return int(self.attributes.get("MaximumMessageSize") or limits.MESSAGE_BYTES_MAX)

    @property
    def signature_version(self) -> str:
        return self.attributes.get("SignatureVersion", "1")

    @property
    def delivery_policy(self) -> str:
        return self.attributes.get("DeliveryPolicy", "")

    def shown_attributes(self, confirmed: int = 0, pending: int = 0) -> dict[str, str]:
        """What GetTopicAttributes answers, given the numbers of subscriptions."""
        shown = {
            "TopicArn": self.arn,
            "Owner": self.account,
            "DisplayName": "",
            "Policy": self.policy,
            "EffectiveDeliveryPolicy": retries.shown_for_topic(self.delivery_policy),
            "SubscriptionsConfirmed": str(confirmed),
            "SubscriptionsPending": str(pending),
            "SubscriptionsDeleted": str(self.subscriptions_deleted),
        }
        if self.is_fifo:
            shown |= {"FifoTopic": "true", "ContentBasedDeduplication": "false"}
        return shown | self.attributes


def default_policy(topic: Topic) -> str:
    """The policy AWS gives a new topic."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _OWNERS_ACTIONS],
        "Resource": topic.arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": topic.account}},
    }
    document = {"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]}
    return orjson.dumps(document).decode()


def check_name(name: str, is_fifo: bool) -> None:
    """InvalidParameter for a name AWS does not take."""
    if is_fifo and not _FIFO_NAME.match(name):
        raise InvalidParameter(
            "Fifo Topic names must end with .fifo and must be made up of only uppercase and lowercase ASCII letters, "
            "numbers, underscores, and hyphens, and must be between 1 and 256 characters long."
        )
    if not is_fifo and not _NAME.match(name):
        raise InvalidParameter("Topic Name")


def _boolean(text: str) -> bool:
    return text in ("true", "false")


def _sample_rate(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) <= 100


def _message_size(text: str) -> bool:
    is_number = text.isascii() and text.isdigit() and len(text) <= 7
    return is_number and limits.MESSAGE_BYTES_RAISED_MIN <= int(text) <= limits.MESSAGE_BYTES_RAISED_MAX


_PROTOCOLS = ("Application", "Firehose", "HTTP", "Lambda", "SQS")
_SETTABLE: Mapping[str, Callable[[str], bool]] = {
    "DeliveryPolicy": lambda text: True,  # checked on its own
    "Policy": lambda text: True,
    "DisplayName": lambda text: len(text) <= limits.DISPLAY_NAME_CHARS_MAX and "\n" not in text,
    "KmsMasterKeyId": lambda text: len(text) <= 2048,
    "MaximumMessageSize": _message_size,
    "SignatureVersion": lambda text: text in ("1", "2"),
    "TracingConfig": lambda text: text in ("PassThrough", "Active"),
    **{f"{name}SuccessFeedbackRoleArn": lambda text: _ROLE.match(text) is not None for name in _PROTOCOLS},
    **{f"{name}FailureFeedbackRoleArn": lambda text: _ROLE.match(text) is not None for name in _PROTOCOLS},
    **{f"{name}SuccessFeedbackSampleRate": _sample_rate for name in _PROTOCOLS},
}
_FIFO_SETTABLE: Mapping[str, Callable[[str], bool]] = {
    "ContentBasedDeduplication": _boolean,
    "FifoThroughputScope": lambda text: text in ("Topic", "MessageGroup"),
}


def check_attribute(name: str, value: str, is_fifo: bool) -> str | None:
    """None for what a topic takes, or what is wrong with it: the name or the value, in AWS's words."""
    if name in ("ArchivePolicy", "BeginningArchiveTime") and value:
        raise NotImplementedByUs("sns: archives of FIFO topics exist on AWS and are not implemented in cloudchamber")
    if name == "ContentBasedDeduplication" and not is_fifo:
        return "Content-based deduplication can only be set for FIFO topics"
    check = _SETTABLE.get(name) or (_FIFO_SETTABLE.get(name) if is_fifo else None)
    if check is None:
        return f"Unknown attribute {name}"
    if value and name == "Policy":
        return _policy_fault(value)
    if value and name == "DeliveryPolicy":
        try:
            retries.check_for_topic(value)
        except retries.DeliveryPolicyError as error:
            return f"DeliveryPolicy: {error}"
    return None if not value or check(value) else f"{name}: Invalid value [{value[:256]}]"


def _policy_fault(text: str) -> str | None:
    if len(text.encode()) > limits.POLICY_BYTES_MAX:
        return "Policy is too long"
    try:
        validate_resource_policy(text, vendor="sns")
    except MalformedPolicy as error:
        if error.kind == "action":
            return "Policy statement action out of service scope!"
        return "Policy Error: PrincipalNotFound" if error.kind == "principal" else "Policy Error: null"
    return None


def statements(topic: Topic) -> dict[str, Any]:
    """The topic's policy as a document with a list of statements."""
    document: dict[str, Any] = orjson.loads(topic.policy)
    if isinstance(document.get("Statement"), dict):
        document["Statement"] = [document["Statement"]]
    return document


def merged(attributes: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """Attributes after a change; an empty value takes one away."""
    return {name: value for name, value in {**attributes, **changes}.items() if value != ""}
