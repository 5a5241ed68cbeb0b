"""What SQS operations ask IAM: the action, and the queue's ARN.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, on
from cloudchamber.services.sqs.errors import MissingParameter, QueueDoesNotExist

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context


def split_url(url: str) -> tuple[str, str]:
    """Account and name in a queue URL."""
    if not url:
        raise MissingParameter("QueueUrl")
    account, separator, name = url.rstrip("/").rpartition("/")
    account = account.rpartition("/")[2]
    if not separator or not name or len(account) != 12 or not account.isdigit():
        raise QueueDoesNotExist
    return account, name


def region_of(url: str, ctx: Context) -> str:
    """The region in a URL like AWS's own (`sqs.eu-west-1.…`), else the call's."""
    host = url.partition("://")[2].partition("/")[0]
    parts = host.split(".")
    if len(parts) > 2 and parts[0] == "sqs" and parts[1].count("-") >= 2:
        return parts[1]
    return ctx.region


def queue_arn(ctx: Context, request: Request) -> str:
    url = request.get("QueueUrl") or ""
    account, name = split_url(url)
    return f"arn:aws:sqs:{region_of(url, ctx)}:{account}:{name}"


def named_arn(ctx: Context, request: Request) -> str:
    owner = request.get("QueueOwnerAWSAccountId") or ctx.account
    return f"arn:aws:sqs:{ctx.region}:{owner}:{request.get('QueueName') or '*'}"


def source_arn(ctx: Context, request: Request) -> str:
    return request.get("SourceArn") or "*"


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags: Mapping[str, str] = request.get("tags") or request.get("Tags") or {}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _task(action: str) -> Rule:
    def rule(ctx: Context, request: Request) -> tuple[Check]:
        from cloudchamber.services.sqs.moves import source_of_handle  # noqa: PLC0415 - moves imports this module

        return (Check(action, source_of_handle(request.get("TaskHandle") or "")),)

    return rule


_ON_QUEUE = (
    "AddPermission", "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "GetQueueAttributes",
    "ListDeadLetterSourceQueues", "ListQueueTags", "PurgeQueue", "ReceiveMessage", "RemovePermission", "SendMessage",
    "SetQueueAttributes",
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    **{name: on(queue_arn, f"sqs:{name}") for name in _ON_QUEUE},
    "SendMessageBatch": on(queue_arn, "sqs:SendMessage"),
    "DeleteMessageBatch": on(queue_arn, "sqs:DeleteMessage"),
    "ChangeMessageVisibilityBatch": on(queue_arn, "sqs:ChangeMessageVisibility"),
    "TagQueue": on(queue_arn, "sqs:TagQueue", _tag_keys),
    "UntagQueue": on(queue_arn, "sqs:UntagQueue", _tag_keys),
    "CreateQueue": on(named_arn, "sqs:CreateQueue", _tag_keys),
    "GetQueueUrl": on(named_arn, "sqs:GetQueueUrl"),
    "StartMessageMoveTask": on(source_arn, "sqs:StartMessageMoveTask"),
    "ListMessageMoveTasks": on(source_arn, "sqs:ListMessageMoveTasks"),
    "CancelMessageMoveTask": _task("sqs:CancelMessageMoveTask"),
}
