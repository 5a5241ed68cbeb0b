"""Operations on queues: create, find, configure, tag, permit, purge, delete."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.service import Request, operation
from cloudchamber.identity.document import MalformedPolicy
from cloudchamber.identity.validation import validate_resource_policy
from cloudchamber.services.sqs import limits
from cloudchamber.services.sqs import queue as queues
from cloudchamber.services.sqs.base import SqsBase, required
from cloudchamber.services.sqs.errors import (
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidParameterValue,
    MissingParameter,
    PurgeQueueInProgress,
    QueueDoesNotExist,
    QueueNameExists,
    invalid_value,
)
from cloudchamber.services.sqs.queue import Queue, Redrive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.sqs import shapes

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_GRANTED = frozenset({
    "*", "SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes",
    "GetQueueUrl", "ListDeadLetterSourceQueues", "PurgeQueue",
})  # fmt: skip
_OWNERS = frozenset({
    "AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueueTags",
    "ListQueues", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue",
})  # fmt: skip


class Queues(SqsBase):
    @operation
    async def create_queue(self, ctx: Context, request: shapes.CreateQueueRequest) -> shapes.CreateQueueResult:
        name = required(request, "QueueName")
        attributes = dict(request.get("Attributes") or {})
        is_fifo = attributes.get("FifoQueue") == "true"
        queues.check_name(name, is_fifo)
        tags = request.get("tags") or {}
        _check_tags(tags)
        self._check(f"arn:aws:sqs:{ctx.region}:{ctx.account}:{name}", is_fifo, attributes)
        queues.check_throughput(attributes)
        existing = self.store.queues.get(ctx.account, ctx.region, name)
        if existing is not None:
            return {"QueueUrl": self.url(ctx, self._same(existing, attributes))}
        now = ctx.now()
        with self.platform.store.transaction():
            queue = Queue(
                ctx.account, ctx.region, name, self.store.new_number(), now, now,
                queues.merged({}, attributes), dict(tags),
            )  # fmt: skip
            self.store.queues.put(queue)
        return {"QueueUrl": self.url(ctx, queue)}

    @staticmethod
    def _same(existing: Queue, attributes: dict[str, str]) -> Queue:
        """Creating a queue again is fine with the attributes it has."""
        shown = existing.shown_attributes()
        for name, value in attributes.items():
            if not _equal(shown.get(name, ""), value):
                raise QueueNameExists(
                    f"A queue already exists with the same name and a different value for attribute {name}"
                )
        return existing

    def _check(self, arn: str, is_fifo: bool, attributes: dict[str, str]) -> None:
        """What AWS does not take raises; a redrive policy is put into the form in which AWS keeps it."""
        queues.check_attributes(attributes, is_fifo)
        if attributes.get("Policy"):
            try:
                validate_resource_policy(attributes["Policy"], vendor="sqs", resource_required=False)
            except MalformedPolicy:
                raise InvalidAttributeValue("Policy") from None
        if attributes.get("RedriveAllowPolicy"):
            queues.check_allow_policy(attributes["RedriveAllowPolicy"])
        text = attributes.get("RedrivePolicy")
        if text:
            self._check_redrive(arn, is_fifo, text)
            attributes["RedrivePolicy"] = queues.normal_redrive(text)

    def _check_redrive(self, arn: str, is_fifo: bool, text: str) -> None:
        redrive = Redrive.parse(text)
        target = self.queue_by_arn(redrive.target_arn)
        if redrive.target_arn.split(":")[3:5] != arn.split(":")[3:5]:
            reason = "Dead letter target owner should be same as the source."
            raise invalid_value(text, "RedrivePolicy", reason)
        if target is None:
            raise invalid_value(text, "RedrivePolicy", "Dead letter target does not exist.")
        if target.is_fifo != is_fifo:
            reason = "Dead-letter queue must be same type of queue as the source."
            raise invalid_value(text, "RedrivePolicy", reason)
        if not queues.allows_redrive(target, arn):
            reason = (
                "Queue specified in deadLetterTargetArn does not allow this queue to use it as a dead-letter queue."
            )
            raise invalid_value(text, "RedrivePolicy", reason)

    @operation
    async def get_queue_url(self, ctx: Context, request: shapes.GetQueueUrlRequest) -> shapes.GetQueueUrlResult:
        owner = request.get("QueueOwnerAWSAccountId") or ctx.account
        found = self.store.queues.get(owner, ctx.region, required(request, "QueueName"))
        if found is None:
            raise QueueDoesNotExist(ctx.span.protocol)
        return {"QueueUrl": self.url(ctx, found)}

    @operation
    async def list_queues(self, ctx: Context, request: shapes.ListQueuesRequest) -> shapes.ListQueuesResult:
        prefix, limit = request.get("QueueNamePrefix") or "", _page_size(request)
        after = _after(request)
        found = self.store.named(ctx.account, ctx.region, prefix, after, limit + 1)
        result: shapes.ListQueuesResult = {}
        if found:
            result["QueueUrls"] = [self.url(ctx, queue) for queue in found[:limit]]
        if len(found) > limit and request.get("MaxResults"):
            result["NextToken"] = encode_marker(found[limit - 1].name)
        return result

    @operation
    async def list_dead_letter_source_queues(
        self, ctx: Context, request: shapes.ListDeadLetterSourceQueuesRequest
    ) -> shapes.ListDeadLetterSourceQueuesResult:
        target, limit, after = self.queue(ctx, request), _page_size(request), _after(request)
        found = [queue for queue in self.store.sources_of(target.arn) if queue.name > after]
        result: shapes.ListDeadLetterSourceQueuesResult = {"queueUrls": [self.url(ctx, q) for q in found[:limit]]}
        if len(found) > limit and request.get("MaxResults"):
            result["NextToken"] = encode_marker(found[limit - 1].name)
        return result

    @operation
    async def get_queue_attributes(
        self, ctx: Context, request: shapes.GetQueueAttributesRequest
    ) -> shapes.GetQueueAttributesResult:
        queue = self.queue(ctx, request)
        names = request.get("AttributeNames") or []
        for name in names:
            if name not in queues.READABLE:
                raise InvalidAttributeName(f"Unknown Attribute {name}.")
        if not names:
            return {}
        shown = queue.shown_attributes()
        if "All" in names or any(name.startswith("Approximate") for name in names):
            counts = self.store.counts(queue.number, ctx.now())
            shown["ApproximateNumberOfMessages"] = str(counts.visible)
            shown["ApproximateNumberOfMessagesNotVisible"] = str(counts.in_flight)
            shown["ApproximateNumberOfMessagesDelayed"] = str(counts.delayed)
        chosen = shown if "All" in names else {name: shown[name] for name in names if name in shown}
        return {"Attributes": chosen} if chosen else {}

    @operation
    async def set_queue_attributes(self, ctx: Context, request: shapes.SetQueueAttributesRequest) -> None:
        queue = self.queue(ctx, request)
        changes: dict[str, str] = dict(request.get("Attributes") or {})
        if not changes:
            raise MissingParameter("Attributes")
        self._check(queue.arn, queue.is_fifo, changes)
        attributes = queues.merged(queue.attributes, changes)
        queues.check_throughput(attributes)
        changed = replace(queue, attributes=attributes, modified_at=ctx.now())
        with self.platform.store.transaction():
            self.store.queues.put(changed)
            if changed.retention_s != queue.retention_s:
                self.store.set_retention(queue.number, changed.retention_s)
            if queue.is_fifo and changed.delay_s != queue.delay_s:  # of a standard queue, for new messages only
                self.store.delay(queue, changed.delay_s)
        self.wake_all(queue)
        self.plan_sweep()

    @operation
    async def delete_queue(self, ctx: Context, request: shapes.DeleteQueueRequest) -> None:
        queue = self.queue(ctx, request)
        with self.platform.store.transaction():
            self.store.queues.delete(queue.account, queue.region, queue.name)
            self.store.abandon(queue.number)
            for task in self.store.moves.where(source_arn=queue.arn):
                self.store.moves.delete(task.account, task.region, task.handle)
        self.wake_all(queue)
        self.clock.spawn(self.sweep_abandoned(), "sqs sweep")

    @operation
    async def purge_queue(self, ctx: Context, request: shapes.PurgeQueueRequest) -> None:
        queue = self.queue(ctx, request)
        now = ctx.now()
        if queue.purged_at and now - queue.purged_at < limits.PURGE_INTERVAL_SECONDS:
            raise PurgeQueueInProgress(
                f"Only one PurgeQueue operation on {queue.name} is allowed every {limits.PURGE_INTERVAL_SECONDS} "
                "seconds."
            )
        with self.platform.store.transaction():
            self.store.queues.put(replace(queue, number=self.store.new_number(), purged_at=now))
            self.store.abandon(queue.number)
        self.wake_all(queue)
        self.clock.spawn(self.sweep_abandoned(), "sqs sweep")

    # tags

    @operation
    async def tag_queue(self, ctx: Context, request: shapes.TagQueueRequest) -> None:
        queue = self.queue(ctx, request)
        tags = required(request, "Tags")
        _check_tags({**queue.tags, **tags})
        self.store.queues.put(replace(queue, tags={**queue.tags, **tags}))

    @operation
    async def untag_queue(self, ctx: Context, request: shapes.UntagQueueRequest) -> None:
        queue = self.queue(ctx, request)
        gone = set(required(request, "TagKeys"))
        self.store.queues.put(replace(queue, tags={k: v for k, v in queue.tags.items() if k not in gone}))

    @operation
    async def list_queue_tags(self, ctx: Context, request: shapes.ListQueueTagsRequest) -> shapes.ListQueueTagsResult:
        queue = self.queue(ctx, request)
        return {"Tags": dict(queue.tags)} if queue.tags else {}

    # permissions

    @operation
    async def add_permission(self, ctx: Context, request: shapes.AddPermissionRequest) -> None:
        queue = self.queue(ctx, request)
        label, accounts, actions = (required(request, n) for n in ("Label", "AWSAccountIds", "Actions"))
        if not _LABEL.match(label):
            reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
            raise invalid_value(label, "Label", reason)
        for action in actions:
            if action not in _GRANTED:
                reason = (
                    "Only the queue owner is allowed to invoke this action."
                    if action in _OWNERS
                    else "Please refer to the appropriate WSDL for a list of valid actions."
                )
                raise invalid_value(f"SQS:{action}", "ActionName", reason)
        if len(actions) > limits.PERMISSION_ACTIONS_MAX:
            raise InvalidParameterValue(
                f"{len(actions)} Actions were found, maximum allowed is {limits.PERMISSION_ACTIONS_MAX}."
            )
        for account in accounts:
            if len(account) != 12 or not account.isdigit():
                raise invalid_value(f"[{account}]", "PrincipalId", "Unable to verify principal.")
        document = _document(queue)
        if any(statement.get("Sid") == label for statement in document["Statement"]):
            raise invalid_value(label, "Label", "Already exists.")
        principals = [f"arn:aws:iam::{account}:root" for account in accounts]
        document["Statement"].append(
            {
                "Sid": label,
                "Effect": "Allow",
                "Principal": {"AWS": principals if len(principals) > 1 else principals[0]},
                "Action": [f"SQS:{a}" for a in actions] if len(actions) > 1 else f"SQS:{actions[0]}",
                "Resource": queue.arn,
            }
        )
        self._put_policy(queue, document, ctx.now())

    @operation
    async def remove_permission(self, ctx: Context, request: shapes.RemovePermissionRequest) -> None:
        queue = self.queue(ctx, request)
        label = required(request, "Label")
        document = _document(queue)
        kept = [statement for statement in document["Statement"] if statement.get("Sid") != label]
        if len(kept) == len(document["Statement"]):
            raise invalid_value(label, "Label", "can't find label on existing policy.")
        document["Statement"] = kept
        self._put_policy(queue, document, ctx.now())

    def _put_policy(self, queue: Queue, document: dict[str, Any], now: float) -> None:
        text = orjson.dumps(document).decode() if document["Statement"] else ""
        self.store.queues.put(
            replace(queue, attributes=queues.merged(queue.attributes, {"Policy": text}), modified_at=now)
        )


def _document(queue: Queue) -> dict[str, Any]:
    if queue.policy:
        document: dict[str, Any] = orjson.loads(queue.policy)
        if isinstance(document.get("Statement"), dict):
            document["Statement"] = [document["Statement"]]
        return document
    return {"Version": "2012-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}


def _equal(have: str, wanted: str) -> bool:
    if have == wanted:
        return True
    try:
        return bool(orjson.loads(have) == orjson.loads(wanted))
    except orjson.JSONDecodeError:
        return False


def _page_size(request: Request) -> int:
    size: int | None = request.get("MaxResults")
    if size is not None and not 1 <= size <= limits.LIST_RESULTS_MAX:
        raise invalid_value(
            size, "MaxResults", f"MaxResults must be an integer between 1 and {limits.LIST_RESULTS_MAX}."
        )
    if size is None and request.get("NextToken"):
        raise InvalidParameterValue("MaxResults is a mandatory parameter when you provide a value for NextToken.")
    return size or limits.LIST_RESULTS_MAX


def _after(request: Request) -> str:
    """The name after which the page begins."""
    token = request.get("NextToken")
    try:
        return decode_marker(token) if token else ""
    except InvalidMarker:
        raise InvalidParameterValue("Invalid or expired next token.") from None


def _check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > limits.TAGS_MAX:
        raise InvalidParameterValue(
            f"Too many tags added for queue. Maximum number of tags allowed is {limits.TAGS_MAX}."
        )
    for key, value in tags.items():
        if not 1 <= len(key) <= limits.TAG_KEY_CHARS_MAX or len(value) > limits.TAG_VALUE_CHARS_MAX:
            raise InvalidParameterValue("Tag keys must be between 1 and 128 characters in length. Tag values must be "
                                        "between 0 and 256 characters in length.")  # fmt: skip
        if key.lower().startswith("aws:"):
            raise InvalidParameterValue("Tag keys starting with 'aws:' are reserved for system use.")
