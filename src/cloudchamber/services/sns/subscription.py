"""Subscriptions: their record, and what their endpoints and attributes may be. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import orjson

from cloudchamber.core.arn import Arn, account_of
from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.services.sns import filters, retries
from cloudchamber.services.sns.errors import InvalidParameter
from cloudchamber.services.sns.filters import FilterPolicyError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.services.sns.topic import Topic

State = Literal["pending", "confirmed", "deleted"]
PENDING = "PendingConfirmation"
PROTOCOLS = frozenset({"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"})
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z|[^@\s]+@localhost\Z")
_PHONE = re.compile(r"\+[1-9]\d{6,14}\Z")
_PUNCTUATED = str.maketrans("", "", " -().")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription. `deleted` ones are kept as long as the token that would bring them back.

    `account` is the owner: the topic's until somebody else confirms. `origin` is the address of this cloud as the
    subscriber's client knew it, for the links in messages.
    """

    arn: str
    topic_arn: str
    account: str
    region: str
    protocol: str
    endpoint: str
    state: State
    state_since: float
    origin: str
    token: str = ""
    was_authenticated: bool = False
    needs_signature_to_end: bool = False
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def is_raw(self) -> bool:
        return self.attributes.get("RawMessageDelivery") == "true"

    @property
    def filter_policy(self) -> str:
        return self.attributes.get("FilterPolicy", "")

    @property
    def filter_scope(self) -> str:
        return self.attributes.get("FilterPolicyScope", filters.ATTRIBUTES)

    @property
    def dead_letter_arn(self) -> str | None:
        text = self.attributes.get("RedrivePolicy")
        return None if not text else str(orjson.loads(text)["deadLetterTargetArn"])

    @property
    def shown_arn(self) -> str:
        """The ARN in listings."""
        return PENDING if self.state == "pending" else self.arn

    def shown_attributes(self, topic: Topic | None) -> dict[str, str]:
        """What GetSubscriptionAttributes answers."""
        shown = {
            "SubscriptionArn": self.arn,
            "TopicArn": self.topic_arn,
            "Owner": self.account,
            "Protocol": self.protocol,
            "Endpoint": self.endpoint,
            "PendingConfirmation": "true" if self.state == "pending" else "false",
            "ConfirmationWasAuthenticated": "true" if self.was_authenticated else "false",
            "SubscriptionPrincipal": f"arn:aws:iam::{self.account}:root",
            "RawMessageDelivery": "false",
        }
        if self.filter_policy:
            shown["FilterPolicyScope"] = self.filter_scope
        if self.protocol in ("http", "https"):
            topic_policy = topic.delivery_policy if topic is not None else ""
            own = self.attributes.get("DeliveryPolicy", "")
            shown["EffectiveDeliveryPolicy"] = retries.shown_for_subscription(own, topic_policy)
        return shown | self.attributes


def checked_endpoint(topic: Topic, protocol: str, endpoint: str) -> str:
    """The endpoint as it is kept; InvalidParameter for one AWS does not take."""
    if protocol not in PROTOCOLS:
        raise InvalidParameter(f"Amazon SNS does not support this protocol string: {protocol}")
    if not endpoint:
        raise InvalidParameter("Endpoint")
    if topic.is_fifo and protocol != "sqs":
        raise InvalidParameter(f"Invalid protocol type: {protocol}")
    if protocol == "firehose":
        raise NotImplementedByUs("sns: Firehose subscriptions exist on AWS and are not implemented in cloudchamber")
    if protocol in ("http", "https"):
        if urlsplit(endpoint).scheme != protocol or not urlsplit(endpoint).netloc:
            raise InvalidParameter("Endpoint must match the specified protocol")
    elif protocol in ("email", "email-json"):
        if not _EMAIL.match(endpoint):
            raise InvalidParameter("Email address")
    elif protocol == "sms":
        phone = endpoint.translate(_PUNCTUATED)
        if not is_phone_number(phone if phone.startswith("+") else f"+{phone}"):
            raise InvalidParameter(f"Invalid SMS endpoint: {endpoint}")
        return phone if phone.startswith("+") else f"+{phone}"
    else:
        _check_arn(topic, protocol, endpoint)
    return endpoint


def _check_arn(topic: Topic, protocol: str, endpoint: str) -> None:
    try:
        arn = Arn.parse(endpoint)
    except ValueError:
        arn = None
    if arn is None or arn.service != ("sns" if protocol == "application" else protocol) or not arn.account:
        kind = {"sqs": "SQS", "lambda": "Lambda", "application": "Application"}[protocol]
        raise InvalidParameter(f"{kind} endpoint ARN")
    if protocol == "sqs" and arn.resource.endswith(".fifo") and not topic.is_fifo:
        raise InvalidParameter(
            "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
        )


def is_phone_number(text: str) -> bool:
    """Whether it is one in E.164's form."""
    return _PHONE.match(text) is not None


def needs_confirmation(protocol: str, endpoint: str, caller_account: str) -> bool:
    """Whether somebody must first say that they want the messages: who owns the endpoint, unless they subscribe it."""
    if protocol in ("sqs", "lambda"):
        return account_of(endpoint) != caller_account
    return protocol in ("http", "https", "email", "email-json")


_BOOLEANS = frozenset({"RawMessageDelivery"})
SETTABLE = frozenset({"DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RedrivePolicy", *_BOOLEANS})


def attribute_fault(subscription: Subscription, changes: Mapping[str, str]) -> str | None:
    """What AWS would say against attributes that a subscription is to have, or None."""
    for name, value in changes.items():
        if name in ("ReplayPolicy", "SubscriptionRoleArn") and value:
            raise NotImplementedByUs(f"sns: {name} exists on AWS and is not implemented in cloudchamber")
        if name == "FilterPolicyScope" and value not in (filters.ATTRIBUTES, filters.BODY):
            shown = value or "null"
            return f"FilterPolicyScope: Invalid value [{shown}]. Please use either MessageBody or MessageAttributes"
        if name in _BOOLEANS and value not in ("true", "false"):
            return f"{name}: Invalid value [{value}]. Must be true or false."
    if changes.get("RawMessageDelivery") == "true" and subscription.protocol not in ("http", "https", "sqs"):
        return "RawMessageDelivery: Invalid value [true]. Raw message delivery is not supported for this protocol."
    attributes = {**subscription.attributes, **changes}
    return (
        _filter_fault(attributes)
        or _delivery_fault(changes.get("DeliveryPolicy", ""))
        or _redrive_fault(subscription, changes.get("RedrivePolicy", ""))
    )


def _filter_fault(attributes: Mapping[str, str]) -> str | None:
    text = attributes.get("FilterPolicy")
    if text:
        try:
            filters.compile_policy(text, attributes.get("FilterPolicyScope", filters.ATTRIBUTES))
        except FilterPolicyError as error:
            return f"FilterPolicy: {error}"
    return None


def _delivery_fault(text: str) -> str | None:
    if text:
        try:
            retries.check_for_subscription(text)
        except retries.DeliveryPolicyError as error:
            return f"DeliveryPolicy: {error}"
    return None


def _redrive_fault(subscription: Subscription, text: str) -> str | None:
    if not text:
        return None
    try:
        policy = orjson.loads(text)
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict):
        return "RedrivePolicy: failed to parse JSON."
    unknown = next((name for name in policy if name != "deadLetterTargetArn"), None)
    if unknown is not None:
        return f"RedrivePolicy: invalid JSON. Attribute {unknown} is unknown."
    target = policy.get("deadLetterTargetArn")
    arn = parsed_queue(target) if isinstance(target, str) else None
    if arn is None:
        return "RedrivePolicy: deadLetterTargetArn is an invalid arn"
    topic = subscription.arn.split(":")
    if (arn.region, arn.account) != (topic[3], topic[4]):
        return "RedrivePolicy: deadLetterTargetArn must be in the same region and account as the topic"
    is_ordered = subscription.protocol == "sqs" and subscription.endpoint.endswith(".fifo")
    if is_ordered != arn.resource.endswith(".fifo"):
        if is_ordered:
            return "RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        return "RedrivePolicy: must use a Standard queue as DLQ for a Standard subscription."
    return None


@lru_cache(maxsize=1024)
def parsed_queue(text: str) -> Arn | None:
    """The ARN of a queue, or None for what is none."""
    try:
        arn = Arn.parse(text)
    except ValueError:
        return None
    return arn if arn.service == "sqs" and arn.region and arn.account and arn.resource else None


def passes(subscription: Subscription, attributes: Mapping[str, tuple[str, str]], text: str) -> bool:
    """Whether the filter policy lets a message through."""
    if not subscription.filter_policy:
        return True
    policy = filters.compile_policy(subscription.filter_policy, subscription.filter_scope)
    if subscription.filter_scope == filters.ATTRIBUTES:
        return policy.matches(filters.attribute_values(attributes))
    found = filters.body_values(text)
    return found is not None and policy.matches(found)
