"""What CloudWatch Logs' operations ask IAM: the action and the ARN of the group, stream or destination.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
AWS asks about a group under the ARN of an unnamed stream in it, `…:log-group:NAME:log-stream:`, which is why policies
name groups as `…:log-group:NAME:*`. Tags alone are asked for under the plain ARN.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.service import Check, Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from cloudchamber.core.context import Context
    from cloudchamber.services.logs.store import LogsStore
    from cloudchamber.services.logs.tables import ResourcePolicy


def group_arn(ctx: Context, name: str) -> str:
    """The plain ARN of a group, given by its name or by an ARN of it."""
    if name.startswith("arn:"):
        return name.removesuffix(":*")
    return f"arn:aws:logs:{ctx.region}:{ctx.account}:log-group:{name}"


def _group(ctx: Context, request: Request) -> str:
    name = request.get("logGroupName") or request.get("logGroupIdentifier") or request.get("resourceIdentifier") or ""
    return group_arn(ctx, name) + ":log-stream:"


def _stream(ctx: Context, request: Request) -> str:
    return _group(ctx, request) + (request.get("logStreamName") or "")


def _nothing(ctx: Context, request: Request) -> str:
    return group_arn(ctx, "") + ":log-stream:"


def _destination(ctx: Context, request: Request) -> str:
    name = request.get("destinationName") or request.get("DestinationNamePrefix") or "*"
    return f"arn:aws:logs:{ctx.region}:{ctx.account}:destination:{name}"


def _tagged(ctx: Context, request: Request) -> str:
    return str(request.get("resourceArn") or "*")


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = request.get("tags") or {}
    if not isinstance(tags, dict):  # UntagLogGroup gives names only
        return {"aws:TagKeys": list(tags)}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("tagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _creates(ctx: Context, request: Request) -> Iterator[Check]:
    """Tags on a new group need leave to tag."""
    keys = _tag_keys(ctx, request)
    yield Check("logs:CreateLogGroup", _group(ctx, request), keys)
    if keys:
        yield Check("logs:TagResource", group_arn(ctx, request["logGroupName"]), keys)


def _several(action: str, *members: str) -> Rule:
    """A rule that asks for each of the groups that are named."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        names = [name for member in members for name in _listed(request.get(member))]
        for name in names or [""]:
            yield Check(action, group_arn(ctx, name) + ":log-stream:")

    return rule


def _listed(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()


def _subscribes(ctx: Context, request: Request) -> Iterator[Check]:
    """A role that is passed on must be the caller's to pass; a destination of somebody else's decides for itself."""
    yield Check("logs:PutSubscriptionFilter", _group(ctx, request))
    destination = request.get("destinationArn") or ""
    if ":destination:" in destination:
        yield Check("logs:PutSubscriptionFilter", destination)
    yield from _passes(ctx, request)


def _passes(ctx: Context, request: Request) -> Iterator[Check]:
    if request.get("roleArn"):
        yield Check("iam:PassRole", request["roleArn"], {"iam:PassedToService": "logs.amazonaws.com"})


def _puts_destination(ctx: Context, request: Request) -> Iterator[Check]:
    yield Check("logs:PutDestination", _destination(ctx, request), _tag_keys(ctx, request))
    yield from _passes(ctx, request)


def _appends(store: LogsStore) -> Rule:
    """The writers inside the cloud need what they would need on AWS: leave to write, and to create what is missing."""

    def rule(ctx: Context, request: Request) -> Iterator[Check]:
        group = store.groups.get(ctx.account, ctx.region, request["logGroupName"])
        if group is None:
            yield Check("logs:CreateLogGroup", _group(ctx, request))
        if group is None or store.stream_number(group, request["logStreamName"]) is None:
            yield Check("logs:CreateLogStream", _stream(ctx, request))
        yield Check("logs:PutLogEvents", _stream(ctx, request))

    return rule


_OF_GROUP = (
    "AssociateKmsKey", "CreateExportTask", "DeleteLogGroup", "DeleteMetricFilter", "DeleteRetentionPolicy",
    "DeleteSubscriptionFilter", "DescribeLogStreams", "DescribeMetricFilters", "DescribeSubscriptionFilters",
    "DisassociateKmsKey", "FilterLogEvents", "GetLogGroupFields", "ListTagsLogGroup", "PutMetricFilter",
    "PutRetentionPolicy",
)  # fmt: skip
_OF_STREAM = ("CreateLogStream", "DeleteLogStream", "GetLogEvents", "PutLogEvents")
_OF_NOTHING = (
    "CancelExportTask", "DeleteQueryDefinition", "DeleteResourcePolicy", "DescribeExportTasks", "DescribeLogGroups",
    "DescribeQueries", "DescribeQueryDefinitions", "DescribeResourcePolicies", "GetLogRecord", "GetQueryResults",
    "ListLogGroups", "PutQueryDefinition", "PutResourcePolicy", "StopQuery", "TestMetricFilter",
)  # fmt: skip
_OF_DESTINATION = ("DeleteDestination", "DescribeDestinations", "PutDestinationPolicy")


def rules(store: LogsStore) -> Mapping[str, Rule]:
    """Operation -> what IAM is asked."""
    by_kind: tuple[tuple[tuple[str, ...], Callable[[Context, Request], str]], ...] = (
        (_OF_GROUP, _group), (_OF_STREAM, _stream), (_OF_NOTHING, _nothing), (_OF_DESTINATION, _destination),
    )  # fmt: skip
    return {
        **{name: on(resource, f"logs:{name}") for names, resource in by_kind for name in names},
        **{name: on(_tagged, f"logs:{name}", _tag_keys) for name in (
            "ListTagsForResource", "TagResource", "UntagResource")},
        **{name: on(_group, f"logs:{name}", _tag_keys) for name in ("TagLogGroup", "UntagLogGroup")},
        "CreateLogGroup": _creates,
        "PutSubscriptionFilter": _subscribes,
        "PutDestination": _puts_destination,
        "StartQuery": _several("logs:StartQuery", "logGroupName", "logGroupNames", "logGroupIdentifiers"),
        "StartLiveTail": _several("logs:StartLiveTail", "logGroupIdentifiers"),
        "append": _appends(store),
    }  # fmt: skip


def merged(policies: Sequence[ResourcePolicy]) -> str | None:
    """The resource policies of an account and region as one document; None where there are none."""
    statements: list[Any] = []
    for policy in policies:
        found = orjson.loads(policy.document)["Statement"]
        statements += found if isinstance(found, list) else [found]
    if not statements:
        return None
    return orjson.dumps({"Version": "2012-10-17", "Statement": statements}).decode()
