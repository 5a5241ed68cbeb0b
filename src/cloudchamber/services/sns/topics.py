"""Operations on topics: create, delete, list, their attributes, and who may use them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import operation
from cloudchamber.services.sns import limits
from cloudchamber.services.sns import topic as topics
from cloudchamber.services.sns.base import SnsBase, page, parsed_arn
from cloudchamber.services.sns.errors import InvalidParameter, NoSuchTopic
from cloudchamber.services.sns.tags import checked_tags
from cloudchamber.services.sns.topic import Topic

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.sns import shapes

_ACCOUNT = re.compile(r"\d{12}\Z")
_LARGE_PROTOCOLS = frozenset({"sqs", "lambda", "firehose"})


class Topics(SnsBase):
    @operation
    async def create_topic(self, ctx: Context, request: shapes.CreateTopicInput) -> shapes.CreateTopicResponse:
        name, wanted = request["Name"], dict(request.get("Attributes") or {})
        is_fifo = wanted.pop("FifoTopic", "false").lower() == "true"
        topics.check_name(name, is_fifo)
        for attribute, value in wanted.items():
            fault = topics.check_attribute(attribute, value, is_fifo)
            if fault is not None:
                raise InvalidParameter(fault if fault.startswith("Content") else f"Attributes Reason: {fault}")
        tags = checked_tags({}, request.get("Tags") or ())
        existing = self.store.topics.get(ctx.account, ctx.region, name)
        if existing is not None:
            _check_same(existing, wanted, tags if "Tags" in request else None)
            return {"TopicArn": existing.arn}
        topic = Topic(
            ctx.account, ctx.region, name, ctx.now(), topics.merged({}, wanted), tags,
            request.get("DataProtectionPolicy") or "",
        )  # fmt: skip
        self.store.topics.put(topic)
        return {"TopicArn": topic.arn}

    @operation
    async def delete_topic(self, ctx: Context, request: shapes.DeleteTopicInput) -> None:
        """Deliveries under way find no topic any more and end."""
        try:
            topic = self.topic(ctx, request["TopicArn"])
        except NoSuchTopic:  # idempotent
            return
        with self.platform.store.transaction():
            self.store.topics.delete(topic.account, topic.region, topic.name)
            for subscription in self.store.subscriptions.where(topic_arn=topic.arn):
                self.store.delete_subscription(subscription)

    @operation
    async def list_topics(self, ctx: Context, request: shapes.ListTopicsInput) -> shapes.ListTopicsResponse:
        found, more = page(
            request,
            lambda topic: topic.name,
            lambda after, limit: self.store.topics.where(
                account=ctx.account, region=ctx.region, order="name", after=after, limit=limit
            ),
        )
        return {"Topics": [{"TopicArn": topic.arn} for topic in found], **more}  # type: ignore[typeddict-item]

    @operation
    async def get_topic_attributes(
        self, ctx: Context, request: shapes.GetTopicAttributesInput
    ) -> shapes.GetTopicAttributesResponse:
        topic = self.topic(ctx, request["TopicArn"])
        confirmed = self.store.subscriptions.count(topic_arn=topic.arn, state="confirmed")
        pending = self.store.subscriptions.count(topic_arn=topic.arn, state="pending")
        return {"Attributes": topic.shown_attributes(confirmed, pending)}

    @operation
    async def set_topic_attributes(self, ctx: Context, request: shapes.SetTopicAttributesInput) -> None:
        topic = self.topic(ctx, request["TopicArn"])
        name, value = request["AttributeName"], request.get("AttributeValue") or ""
        fault = topics.check_attribute(name, value, topic.is_fifo)
        if fault is not None:
            if fault.startswith("Unknown attribute"):
                raise InvalidParameter("AttributeName")
            raise InvalidParameter(fault if name in ("Policy", "ContentBasedDeduplication") else
                                   f"AttributeValue Reason: {fault}")  # fmt: skip
        if name == "MaximumMessageSize" and value and int(value) > limits.MESSAGE_BYTES_MAX:
            self._check_can_be_large(topic)
        self.store.topics.put(replace(topic, attributes=topics.merged(topic.attributes, {name: value})))

    def _check_can_be_large(self, topic: Topic) -> None:
        subscriptions = self.store.confirmed(topic.arn)
        if len(subscriptions) > limits.LARGE_TOPIC_SUBSCRIPTIONS_MAX or any(
            subscription.protocol not in _LARGE_PROTOCOLS for subscription in subscriptions
        ):
            raise InvalidParameter(
                "AttributeValue Reason: MaximumMessageSize: a topic for messages above 262144 bytes must have 100 or "
                "fewer subscriptions, of the protocols sqs, lambda and firehose"
            )

    # permissions

    @operation
    async def add_permission(self, ctx: Context, request: shapes.AddPermissionInput) -> None:
        topic = self.topic(ctx, request["TopicArn"])
        label, accounts, actions = request["Label"], request["AWSAccountId"], request["ActionName"]
        for parameter, values in (("AWSAccountId", accounts), ("ActionName", actions)):
            if not values:
                raise InvalidParameter(parameter)
        if not all(map(_ACCOUNT.match, accounts)):
            raise InvalidParameter("Policy Error: PrincipalNotFound")
        if not all(action in topics.GRANTED or action == "*" for action in actions):
            raise InvalidParameter("Policy statement action out of service scope!")
        document = topics.statements(topic)
        if any(statement.get("Sid") == label for statement in document["Statement"]):
            raise InvalidParameter("Statement already exists")
        principals = [f"arn:aws:iam::{account}:root" for account in accounts]
        granted = [f"SNS:{action}" for action in actions]
        document["Statement"].append(
            {
                "Sid": label,
                "Effect": "Allow",
                "Principal": {"AWS": principals if len(principals) > 1 else principals[0]},
                "Action": granted if len(granted) > 1 else granted[0],
                "Resource": topic.arn,
            }
        )
        self._put_policy(topic, document)

    @operation
    async def remove_permission(self, ctx: Context, request: shapes.RemovePermissionInput) -> None:
        topic = self.topic(ctx, request["TopicArn"])
        document = topics.statements(topic)
        kept = [statement for statement in document["Statement"] if statement.get("Sid") != request["Label"]]
        if len(kept) < len(document["Statement"]):
            self._put_policy(topic, {**document, "Statement": kept})

    def _put_policy(self, topic: Topic, document: dict[str, Any]) -> None:
        """Without any statement left, the topic is as AWS makes it."""
        text = orjson.dumps(document).decode() if document["Statement"] else ""
        self.store.topics.put(replace(topic, attributes=topics.merged(topic.attributes, {"Policy": text})))

    # data protection

    @operation
    async def put_data_protection_policy(self, ctx: Context, request: shapes.PutDataProtectionPolicyInput) -> None:
        parsed_arn(request["ResourceArn"], "ResourceArn")
        topic = self.topic(ctx, request["ResourceArn"], "ResourceArn")
        text = request["DataProtectionPolicy"]
        if text:
            try:
                is_object = isinstance(orjson.loads(text), dict)
            except orjson.JSONDecodeError:
                is_object = False
            if not is_object or len(text.encode()) > limits.POLICY_BYTES_MAX:
                raise InvalidParameter("DataProtectionPolicy Reason: failed to parse JSON.")
        self.store.topics.put(replace(topic, data_protection_policy=text))

    @operation
    async def get_data_protection_policy(
        self, ctx: Context, request: shapes.GetDataProtectionPolicyInput
    ) -> shapes.GetDataProtectionPolicyResponse:
        topic = self.topic(ctx, request["ResourceArn"], "ResourceArn")
        return {"DataProtectionPolicy": topic.data_protection_policy} if topic.data_protection_policy else {}


def _check_same(existing: Topic, wanted: dict[str, str], tags: dict[str, str] | None) -> None:
    """Creating a topic again is fine with the attributes and tags it has."""
    shown = existing.shown_attributes()
    if any(value != shown.get(name, "") for name, value in wanted.items()):
        raise InvalidParameter("Attributes Reason: Topic already exists with different attributes")
    if tags is not None and tags != existing.tags:
        raise InvalidParameter("Tags Reason: Topic already exists with different tags")
