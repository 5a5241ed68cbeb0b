"""What EventBridge operations ask IAM: the action, the ARN of bus, rule, archive or replay, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.service import Check, Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context


def bus_arn(ctx: Context, name: str | None) -> str:
    """The ARN of a bus that is named by its name, by its ARN or not at all."""
    if name and name.startswith("arn:"):
        return name
    return f"arn:aws:events:{ctx.region}:{ctx.account}:event-bus/{name or 'default'}"


def _bus(member: str) -> Any:
    return lambda ctx, request: bus_arn(ctx, request.get(member))


def _rule(member: str) -> Any:
    def arn(ctx: Context, request: Request) -> str:
        bus = bus_arn(ctx, request.get("EventBusName"))
        place, _, name = bus.partition(":event-bus/")
        rule = request.get(member) or "*"
        return f"{place}:rule/{rule}" if name == "default" else f"{place}:rule/{name}/{rule}"

    return arn


def _own(kind: str, member: str) -> Any:
    return lambda ctx, request: f"arn:aws:events:{ctx.region}:{ctx.account}:{kind}/{request.get(member) or '*'}"


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _puts_events(ctx: Context, request: Request) -> Iterator[Check]:
    """One question for each bus, source and detail type. A service's own events come in without leave."""
    entries = request["Entries"]
    if is_from_service(ctx, entries):
        return
    asked = {(bus_arn(ctx, e.get("EventBusName")), e.get("Source") or "", e.get("DetailType") or "") for e in entries}
    for arn, source, detail_type in sorted(asked):
        yield Check("events:PutEvents", arn, {"events:source": source, "events:detail-type": detail_type})


def is_from_service(ctx: Context, entries: Any) -> bool:
    """Whether a service of AWS puts events of its own, all of them from `aws.…`."""
    own = ctx.principal.kind == "service"
    return own and all((entry.get("Source") or "").startswith("aws.") for entry in entries)


def _forwards(ctx: Context, request: Request) -> tuple[Check]:
    event = request["Event"]
    keys = {"events:source": event["source"], "events:detail-type": event["detail-type"]}
    return (Check("events:PutEvents", request["EventBusName"], keys),)


def _puts_rule(ctx: Context, request: Request) -> Iterator[Check]:
    yield Check("events:PutRule", _rule("Name")(ctx, request), _tag_keys(ctx, request))
    if request.get("RoleArn"):
        yield _passes(request["RoleArn"])


def _puts_targets(ctx: Context, request: Request) -> Iterator[Check]:
    arns = [target["Arn"] for target in request["Targets"]]
    yield Check("events:PutTargets", _rule("Rule")(ctx, request), {"events:TargetArn": arns})
    for role in {target["RoleArn"] for target in request["Targets"] if target.get("RoleArn")}:
        yield _passes(role)


def _passes(role: str) -> Check:
    return Check("iam:PassRole", role, {"iam:PassedToService": "events.amazonaws.com"})


def _invokes(ctx: Context, request: Request) -> tuple[Check]:
    return (Check("events:InvokeApiDestination", request["Arn"]),)


def _starts_replay(ctx: Context, request: Request) -> Iterator[Check]:
    yield Check("events:StartReplay", request["EventSourceArn"])
    yield Check("events:StartReplay", _own("replay", "ReplayName")(ctx, request))


RULES: Mapping[str, Rule] = {
    "PutEvents": _puts_events,
    "forward_event": _forwards,
    "invoke_api_destination": _invokes,
    "PutRule": _puts_rule,
    "PutTargets": _puts_targets,
    "StartReplay": _starts_replay,
    **{name: on(_bus("Name"), f"events:{name}") for name in ("DescribeEventBus", "DeleteEventBus", "UpdateEventBus")},
    "CreateEventBus": on(_bus("Name"), "events:CreateEventBus", _tag_keys),
    **{name: on(_bus("EventBusName"), f"events:{name}") for name in ("PutPermission", "RemovePermission")},
    **{name: on(_rule("Name"), f"events:{name}") for name in (
        "DeleteRule", "DescribeRule", "DisableRule", "EnableRule")},
    **{name: on(_rule("Rule"), f"events:{name}") for name in ("ListTargetsByRule", "RemoveTargets")},
    **{name: on(_own("archive", "ArchiveName"), f"events:{name}") for name in (
        "CreateArchive", "DeleteArchive", "DescribeArchive", "UpdateArchive")},
    **{name: on(_own("replay", "ReplayName"), f"events:{name}") for name in ("CancelReplay", "DescribeReplay")},
    **{name: on(_own("connection", "Name"), f"events:{name}") for name in (
        "CreateConnection", "DeauthorizeConnection", "DeleteConnection", "DescribeConnection", "UpdateConnection")},
    **{name: on(_own("api-destination", "Name"), f"events:{name}") for name in (
        "CreateApiDestination", "DeleteApiDestination", "DescribeApiDestination", "UpdateApiDestination")},
    "ListTagsForResource": on(lambda ctx, request: str(request["ResourceARN"]), "events:ListTagsForResource"),
    **{name: on(lambda ctx, request: str(request["ResourceARN"]), f"events:{name}", _tag_keys) for name in (
        "TagResource", "UntagResource")},
}  # fmt: skip
