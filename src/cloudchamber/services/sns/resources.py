"""CloudFormation's resource types of SNS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.core.resource_types import (
    Desired,
    Made,
    Properties,
    ResourceType,
    tag_changes,
    tags_of,
    text_of,
)
from cloudchamber.protocol.provisioning import Type, name_within
from cloudchamber.services.sns import topic as topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context

_BOOLEAN = "false"
_ATTRIBUTES: Mapping[str, str] = {  # property that is an attribute of the same name -> what it goes back to
    "ContentBasedDeduplication": _BOOLEAN,
    "DisplayName": "",
    "FifoThroughputScope": "",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "262144",
    "SignatureVersion": "1",
    "TracingConfig": "PassThrough",
    "ArchivePolicy": "",
}
_PROTOCOLS: Mapping[str, str] = {
    "application": "Application", "firehose": "Firehose", "http/s": "HTTP", "lambda": "Lambda", "sqs": "SQS",
}  # fmt: skip


def _attributes(properties: Properties) -> dict[str, str]:
    found = {name: text_of(properties[name]) for name in _ATTRIBUTES if name in properties}
    for logging in properties.get("DeliveryStatusLogging") or ():
        prefix = _PROTOCOLS[logging["Protocol"].lower()]
        for name in ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn"):
            if name in logging:
                found[prefix + name] = text_of(logging[name])
    return found


def _subscribers(properties: Properties) -> set[tuple[str, str]]:
    return {(each["Protocol"], each["Endpoint"]) for each in properties.get("Subscription") or ()}


def _name(desired: Desired) -> str:
    suffix = ".fifo" if text_of(desired.properties.get("FifoTopic", "")) == "true" else ""
    return str(desired.properties.get("TopicName") or name_within(desired, 256 - len(suffix)) + suffix)


def _made(arn: str) -> Made:
    return Made(arn, {"TopicArn": arn, "TopicName": arn.rpartition(":")[2]})


class Topic(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        properties, attributes = desired.properties, _attributes(desired.properties)
        if text_of(properties.get("FifoTopic", "")) == "true":
            attributes["FifoTopic"] = "true"
        tags = [{"Key": key, "Value": value} for key, value in tags_of(desired).items()]
        request: dict[str, Any] = {"Name": _name(desired), "Attributes": attributes, "Tags": tags}
        if "DataProtectionPolicy" in properties:
            request["DataProtectionPolicy"] = text_of(properties["DataProtectionPolicy"])
        arn = (await ctx.call("sns:CreateTopic", **request))["TopicArn"]
        for protocol, endpoint in sorted(_subscribers(properties)):
            await ctx.call("sns:Subscribe", TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
        return _made(arn)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted, had = _attributes(desired.properties), _attributes(previous)
        changed = {name: value for name, value in wanted.items() if had.get(name) != value}
        changed |= {name: _ATTRIBUTES.get(name, "") for name in had if name not in wanted}
        for name, value in changed.items():
            await ctx.call("sns:SetTopicAttributes", TopicArn=physical_id, AttributeName=name, AttributeValue=value)
        protection = desired.properties.get("DataProtectionPolicy")
        if protection != previous.get("DataProtectionPolicy"):
            text = text_of(protection or "")
            await ctx.call("sns:PutDataProtectionPolicy", ResourceArn=physical_id, DataProtectionPolicy=text)
        await self._resubscribe(ctx, physical_id, _subscribers(desired.properties), _subscribers(previous))
        listed = await ctx.call("sns:ListTagsForResource", ResourceArn=physical_id)
        added, removed = tag_changes(desired, {tag["Key"]: tag["Value"] for tag in listed["Tags"]})
        if removed:
            await ctx.call("sns:UntagResource", ResourceArn=physical_id, TagKeys=removed)
        if added:
            tags = [{"Key": key, "Value": value} for key, value in added.items()]
            await ctx.call("sns:TagResource", ResourceArn=physical_id, Tags=tags)
        return _made(physical_id)

    @staticmethod
    async def _resubscribe(ctx: Context, arn: str, wanted: set[tuple[str, str]], had: set[tuple[str, str]]) -> None:
        for protocol, endpoint in sorted(wanted - had):
            await ctx.call("sns:Subscribe", TopicArn=arn, Protocol=protocol, Endpoint=endpoint)
        if had - wanted:
            for each in await _subscriptions(ctx, arn):
                ended = (each["Protocol"], each["Endpoint"]) in had - wanted
                if ended and each["SubscriptionArn"].startswith("arn:"):  # one nobody confirmed has no ARN
                    await ctx.call("sns:Unsubscribe", SubscriptionArn=each["SubscriptionArn"])

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await ctx.call("sns:DeleteTopic", TopicArn=physical_id)

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        attributes = (await ctx.call("sns:GetTopicAttributes", TopicArn=physical_id))["Attributes"]
        shown: dict[str, Any] = {name: attributes.get(name, _ATTRIBUTES[name]) for name in _ATTRIBUTES}
        shown = {name: value for name, value in shown.items() if name in properties or value}
        tags = (await ctx.call("sns:ListTagsForResource", ResourceArn=physical_id))["Tags"]
        return {**shown, "Tags": tags, "TopicArn": physical_id, "TopicName": physical_id.rpartition(":")[2]}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        arn = f"arn:aws:sns:{ctx.region}:{ctx.account}:{_name(desired)}"
        return _made(arn) if await _exists(ctx, "sns:GetTopicAttributes", TopicArn=arn) else None


async def _exists(ctx: Context, operation: str, **named: Any) -> bool:
    try:
        await ctx.call(operation, **named)
    except AwsError as error:
        if error.code == "NotFound":
            return False
        raise
    return True


async def _subscriptions(ctx: Context, arn: str) -> list[Any]:
    found: list[Any] = []
    page = await ctx.call("sns:ListSubscriptionsByTopic", TopicArn=arn)
    while True:
        found += page["Subscriptions"]
        if not page.get("NextToken"):
            return found
        page = await ctx.call("sns:ListSubscriptionsByTopic", TopicArn=arn, NextToken=page["NextToken"])


_SUBSCRIPTION = (
    "DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy",
    "SubscriptionRoleArn",
)  # fmt: skip


class Subscription(Type):
    refused: ClassVar[Mapping[str, Any]] = {"ReplayPolicy": {}}

    async def make(self, ctx: Context, desired: Desired) -> Made:
        properties = desired.properties
        made = await ctx.call(
            "sns:Subscribe", region=properties.get("Region"), TopicArn=properties["TopicArn"],
            Protocol=properties["Protocol"], Endpoint=properties.get("Endpoint", ""), ReturnSubscriptionArn=True,
            Attributes={name: text_of(properties[name]) for name in _SUBSCRIPTION if name in properties},
        )  # fmt: skip
        return Made(made["SubscriptionArn"], {"Arn": made["SubscriptionArn"]})

    async def change(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        region = desired.properties.get("Region")
        for name in _SUBSCRIPTION:
            value = desired.properties.get(name)
            if value != previous.get(name):
                text = "" if value is None else text_of(value)
                if not text:
                    text = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes",
                            "FilterPolicy": "{}"}.get(name, "")  # fmt: skip
                await ctx.call(
                    "sns:SetSubscriptionAttributes", region=region, SubscriptionArn=physical_id, AttributeName=name,
                    AttributeValue=text,
                )  # fmt: skip
        return Made(physical_id, {"Arn": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        try:
            await ctx.call("sns:Unsubscribe", region=properties.get("Region"), SubscriptionArn=physical_id)
        except AwsError as error:
            if error.code != "NotFound":
                raise

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        region = properties.get("Region")
        answer = await ctx.call("sns:GetSubscriptionAttributes", region=region, SubscriptionArn=physical_id)
        found = answer["Attributes"]
        shown = {name: found[name] for name in ("TopicArn", "Protocol", "Endpoint") if name in found}
        for name in _SUBSCRIPTION:
            if name in found:
                shown[name] = orjson.loads(found[name]) if found[name].startswith("{") else found[name]
        return shown


class TopicPolicy(ResourceType):
    """A policy on topics: its physical id is a name of CloudFormation's, as AWS gives one."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        await self._put(ctx, desired.properties["Topics"], text_of(desired.properties["PolicyDocument"]))
        return Made(desired.name, {"Id": desired.name})

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted = desired.properties["Topics"]
        await self._reset(ctx, [arn for arn in previous["Topics"] if arn not in wanted])
        await self._put(ctx, wanted, text_of(desired.properties["PolicyDocument"]))
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await self._reset(ctx, properties["Topics"])

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("sns:GetTopicAttributes", TopicArn=properties["Topics"][0])
        policy = orjson.loads(found["Attributes"]["Policy"])
        return {"Topics": properties["Topics"], "PolicyDocument": policy}

    @staticmethod
    async def _put(ctx: Context, arns: list[str], policy: str) -> None:
        for arn in arns:
            await ctx.call("sns:SetTopicAttributes", TopicArn=arn, AttributeName="Policy", AttributeValue=policy)

    async def _reset(self, ctx: Context, arns: list[str]) -> None:
        """Topics get back the policy that AWS gives new ones."""
        for arn, policy in _defaults(arns):
            try:
                await self._put(ctx, [arn], policy)
            except AwsError as error:
                if error.code != "NotFound":
                    raise


def _defaults(arns: list[str]) -> Iterator[tuple[str, str]]:
    for arn in arns:
        region, account, name = arn.split(":")[3:6]
        yield arn, topics.default_policy(topics.Topic(account, region, name, 0.0))


class TopicInlinePolicy(TopicPolicy):
    """The policy of one topic, whose ARN is its physical id."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        arn = desired.properties["TopicArn"]
        await self._put(ctx, [arn], text_of(desired.properties["PolicyDocument"]))
        return Made(arn)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.create(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await self._reset(ctx, [physical_id])

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await super().read(ctx, physical_id, {"Topics": [physical_id]})
        return {"TopicArn": physical_id, "PolicyDocument": found["PolicyDocument"]}


TYPES: Mapping[str, ResourceType] = {
    "AWS::SNS::Topic": Topic(),
    "AWS::SNS::TopicInlinePolicy": TopicInlinePolicy(),
    "AWS::SNS::TopicPolicy": TopicPolicy(),
    "AWS::SNS::Subscription": Subscription(),
}
