"""What SQS operations ask IAM: the action, and the queue's ARN.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudchamber.core.arn import account_of
from cloudchamber.core.errors import AccessDenied
from cloudchamber.core.service import Check, Request, Rule, on
from cloudchamber.services.sqs.errors import MissingParameter, QueueDoesNotExist

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context


def locate(ctx: Context, url: str) -> tuple[str, str, str]:
    """Account, region and name of the queue a QueueUrl names. A name alone is a queue of the caller's.

    The region is the call's unless the URL's host says another, as AWS's own do.
    """
    if not url:
        raise MissingParameter("QueueUrl")
    account, region, name = _parts(url)
    if not name:
        raise QueueDoesNotExist(ctx.span.protocol)
    return account or ctx.account, region or ctx.region, name


@lru_cache(maxsize=1024)
def _parts(url: str) -> tuple[str, str | None, str]:
    """Account, region and name in a URL; an empty name for what is none, an empty account for a name alone."""
    if "/" not in url:
        return "", None, url
    rest, _, name = url.rstrip("/").rpartition("/")
    account = rest.rpartition("/")[2]
    if len(account) != 12 or not account.isdigit():
        return "", None, ""
    return account, _region_in(url), name


def _region_in(url: str) -> str | None:
    """The region in `sqs.eu-west-1.…` or, as it was of old, `eu-west-1.queue.amazonaws.com`."""
    labels = url.partition("://")[2].partition("/")[0].split(".")
    if len(labels) > 2 and labels[0] == "sqs" and labels[1].count("-") >= 2:
        return labels[1]
    if len(labels) > 2 and labels[1] == "queue" and labels[0].count("-") >= 2:
        return labels[0]
    return None


def queue_arn(ctx: Context, request: Request) -> str:
    account, region, name = locate(ctx, request.get("QueueUrl") or "")
    return f"arn:aws:sqs:{region}:{account}:{name}"


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


def _owners(rule: Rule) -> Rule:
    """Only principals of the queue's own account may, whatever the queue's policy says.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-overview-of-managing-access.html
    """

    def checked(ctx: Context, request: Request) -> Iterator[Check]:
        for check in rule(ctx, request):
            owner = account_of(check.resource)
            if owner and owner != ctx.principal.account:
                raise AccessDenied(
                    f"User: {ctx.principal.arn} is not authorized to perform: {check.action} on resource: "
                    f"{check.resource} because no resource-based policy allows the {check.action} action"
                )
            yield check

    return checked


def _creates(ctx: Context, request: Request) -> Iterator[Check]:
    """Tags on a new queue need leave to tag."""
    arn, keys = named_arn(ctx, request), _tag_keys(ctx, request)
    yield Check("sqs:CreateQueue", arn, keys)
    if keys:
        yield Check("sqs:TagQueue", arn, keys)


def _takes(ctx: Context, request: Request) -> Iterator[Check]:
    for action in ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes"):
        yield Check(f"sqs:{action}", source_arn(ctx, request))


def _starts(ctx: Context, request: Request) -> Iterator[Check]:
    """Starting a move task asks for all that the task will do in the caller's name."""
    yield from _owners(_takes)(ctx, request)
    destination = request.get("DestinationArn")
    if destination:
        yield Check("sqs:SendMessage", destination)


def _cancels(ctx: Context, request: Request) -> tuple[Check]:
    from cloudchamber.services.sqs.moves import source_of_handle  # noqa: PLC0415 - moves imports this module

    handle = request.get("TaskHandle")
    if not handle:
        raise MissingParameter("TaskHandle")
    return (Check("sqs:CancelMessageMoveTask", source_of_handle(handle)),)


_SHARED = (
    "ChangeMessageVisibility", "DeleteMessage", "GetQueueAttributes", "ListDeadLetterSourceQueues", "PurgeQueue",
    "ReceiveMessage", "SendMessage",
)  # fmt: skip
_OWNED = ("AddPermission", "DeleteQueue", "ListQueueTags", "RemovePermission", "SetQueueAttributes")

RULES: Mapping[str, Rule] = {
    **{name: on(queue_arn, f"sqs:{name}") for name in _SHARED},
    **{f"{name}Batch": on(queue_arn, f"sqs:{name}") for name in (
        "ChangeMessageVisibility", "DeleteMessage", "SendMessage")},
    **{name: _owners(on(queue_arn, f"sqs:{name}")) for name in _OWNED},
    "TagQueue": _owners(on(queue_arn, "sqs:TagQueue", _tag_keys)),
    "UntagQueue": _owners(on(queue_arn, "sqs:UntagQueue", _tag_keys)),
    "CreateQueue": _creates,
    "GetQueueUrl": on(named_arn, "sqs:GetQueueUrl"),
    "ListQueues": lambda ctx, request: (Check("sqs:ListQueues"),),
    "StartMessageMoveTask": _starts,
    "ListMessageMoveTasks": _owners(on(source_arn, "sqs:ListMessageMoveTasks")),
    "CancelMessageMoveTask": _owners(_cancels),
}  # fmt: skip
