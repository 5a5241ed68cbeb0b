"""CloudFormation's resource types of SQS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
from cloudchamber.protocol.provisioning import name_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context

MISSING = "AWS.SimpleQueueService.NonExistentQueue"
_NOT_ATTRIBUTES = frozenset({"QueueName", "Tags"})
_DOCUMENTS = frozenset({"RedrivePolicy", "RedriveAllowPolicy"})


def _attributes(properties: Properties) -> dict[str, str]:
    return {name: text_of(value) for name, value in properties.items() if name not in _NOT_ATTRIBUTES}


def _name(desired: Desired) -> str:
    suffix = ".fifo" if text_of(desired.properties.get("FifoQueue", "")) == "true" else ""
    return str(desired.properties.get("QueueName") or name_within(desired, 80 - len(suffix)) + suffix)


class Queue(ResourceType):
    async def create(self, ctx: Context, desired: Desired) -> Made:
        attributes = _attributes(desired.properties)
        if attributes.get("FifoQueue") == "false":  # which SQS's own API does not take
            del attributes["FifoQueue"]
        made = await ctx.call("sqs:CreateQueue", QueueName=_name(desired), Attributes=attributes, tags=tags_of(desired))
        return await self._made(ctx, made["QueueUrl"])

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        wanted, had = _attributes(desired.properties), _attributes(previous)
        changed = {name: value for name, value in wanted.items() if had.get(name) != value}
        changed |= {name: DEFAULTS.get(name, "") for name in had if name not in wanted}
        if changed:
            await ctx.call("sqs:SetQueueAttributes", QueueUrl=physical_id, Attributes=changed)
        have = (await ctx.call("sqs:ListQueueTags", QueueUrl=physical_id)).get("Tags") or {}
        added, removed = tag_changes(desired, have)
        if removed:
            await ctx.call("sqs:UntagQueue", QueueUrl=physical_id, TagKeys=removed)
        if added:
            await ctx.call("sqs:TagQueue", QueueUrl=physical_id, Tags=added)
        return await self._made(ctx, physical_id)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        try:
            await ctx.call("sqs:DeleteQueue", QueueUrl=physical_id)
        except AwsError as error:
            if error.code != MISSING:
                raise

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await ctx.call("sqs:GetQueueAttributes", QueueUrl=physical_id, AttributeNames=["All"])
        attributes = found["Attributes"]
        name = attributes["QueueArn"].rpartition(":")[2]
        shown: dict[str, Any] = {"QueueName": name, "QueueUrl": physical_id, "Arn": attributes["QueueArn"]}
        shown |= {key: value for key, value in attributes.items() if key in DEFAULTS or key in properties}
        shown |= {key: orjson.loads(attributes[key]) for key in _DOCUMENTS if attributes.get(key)}
        tags = (await ctx.call("sqs:ListQueueTags", QueueUrl=physical_id)).get("Tags") or {}
        return {**shown, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}

    async def find(self, ctx: Context, desired: Desired) -> Made | None:
        try:
            found = await ctx.call("sqs:GetQueueUrl", QueueName=_name(desired))
        except AwsError as error:
            if error.code == MISSING:
                return None
            raise
        return await self._made(ctx, found["QueueUrl"])

    @staticmethod
    async def _made(ctx: Context, url: str) -> Made:
        account, name = url.split("/")[-2:]
        arn = f"arn:aws:sqs:{ctx.region}:{account}:{name}"
        return Made(url, {"Arn": arn, "QueueName": name, "QueueUrl": url})


# What a property goes back to when a template no longer names it.
DEFAULTS: Mapping[str, str] = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": "300",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}


class QueuePolicy(ResourceType):
    """A policy on queues: its physical id is a name of CloudFormation's, as AWS gives one."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        await self._put(ctx, desired.properties["Queues"], text_of(desired.properties["PolicyDocument"]))
        return Made(desired.name, {"Id": desired.name})

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        queues = desired.properties["Queues"]
        await self._put(ctx, [url for url in previous["Queues"] if url not in queues], "")
        await self._put(ctx, queues, text_of(desired.properties["PolicyDocument"]))
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await self._put(ctx, properties["Queues"], "")

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        url = properties["Queues"][0]
        found = await ctx.call("sqs:GetQueueAttributes", QueueUrl=url, AttributeNames=["Policy"])
        policy = (found.get("Attributes") or {}).get("Policy")
        return {"Queues": properties["Queues"], "PolicyDocument": orjson.loads(policy) if policy else {}}

    @staticmethod
    async def _put(ctx: Context, urls: list[str], policy: str) -> None:
        for url in urls:
            try:
                await ctx.call("sqs:SetQueueAttributes", QueueUrl=url, Attributes={"Policy": policy})
            except AwsError as error:
                if policy or error.code != MISSING:
                    raise


class QueueInlinePolicy(QueuePolicy):
    """The policy of one queue, whose URL is its physical id."""

    async def create(self, ctx: Context, desired: Desired) -> Made:
        url = desired.properties["Queue"]
        await self._put(ctx, [url], text_of(desired.properties["PolicyDocument"]))
        return Made(url)

    async def update(self, ctx: Context, physical_id: str, desired: Desired, previous: Properties) -> Made:
        return await self.create(ctx, desired)

    async def delete(self, ctx: Context, physical_id: str, properties: Properties) -> None:
        await self._put(ctx, [physical_id], "")

    async def read(self, ctx: Context, physical_id: str, properties: Properties) -> Properties:
        found = await super().read(ctx, physical_id, {"Queues": [physical_id]})
        return {"Queue": physical_id, "PolicyDocument": found["PolicyDocument"]}


TYPES: Mapping[str, ResourceType] = {
    "AWS::SQS::Queue": Queue(),
    "AWS::SQS::QueueInlinePolicy": QueueInlinePolicy(),
    "AWS::SQS::QueuePolicy": QueuePolicy(),
}
