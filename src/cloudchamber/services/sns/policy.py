"""What SNS operations ask IAM: the action, the topic's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.arn import account_of
from cloudchamber.core.service import Check, Request, Rule, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context


def _member(*names: str) -> Any:
    """The first of these members that the request has."""
    return lambda ctx, request: next((request[name] for name in names if request.get(name)), "*")


def _tag_keys(ctx: Context, request: Request) -> dict[str, Any]:
    tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    keys: dict[str, Any] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    names = list(tags) or list(request.get("TagKeys") or ())
    if names:
        keys["aws:TagKeys"] = names
    return keys


def _creates(ctx: Context, request: Request) -> Iterator[Check]:
    """Tags and a data protection policy on a new topic need leave of their own."""
    arn, keys = f"arn:aws:sns:{ctx.region}:{ctx.account}:{request.get('Name') or '*'}", _tag_keys(ctx, request)
    yield Check("sns:CreateTopic", arn, keys)
    if keys:
        yield Check("sns:TagResource", arn, keys)
    if request.get("DataProtectionPolicy"):
        yield Check("sns:PutDataProtectionPolicy", arn)


def _subscribing_keys(ctx: Context, request: Request) -> dict[str, Any]:
    return {"sns:Protocol": request.get("Protocol") or "", "sns:Endpoint": request.get("Endpoint") or ""}


def _subscribers(action: str) -> Rule:
    """To a subscription its owner may what IAM allows them, though its ARN is that of somebody else's topic."""

    def rule(ctx: Context, request: Request) -> tuple[Check]:
        arn = request.get("SubscriptionArn") or "*"
        found = ctx.resources.find(arn) if account_of(arn) not in ("", ctx.principal.account) else None
        owner = found.account if found is not None else ""
        return (Check(action, arn, account=owner if owner == ctx.principal.account else ""),)

    return rule


def _unless_by_link(rule: Rule) -> Rule:
    """A link in a message is enough: what it may do, its token or the subscription says."""
    return lambda ctx, request: () if ctx.principal.kind == "anonymous" else rule(ctx, request)


_TOPIC, _RESOURCE = _member("TopicArn"), _member("ResourceArn")
_APPLICATION, _ENDPOINT = _member("PlatformApplicationArn"), _member("EndpointArn")
_BY_TOPIC = (
    "AddPermission", "DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic", "RemovePermission",
    "SetTopicAttributes",
)  # fmt: skip

RULES: Mapping[str, Rule] = {
    **{name: on(_TOPIC, f"sns:{name}") for name in _BY_TOPIC},
    **{name: on(_RESOURCE, f"sns:{name}") for name in (
        "GetDataProtectionPolicy", "ListTagsForResource", "PutDataProtectionPolicy")},
    **{name: on(_RESOURCE, f"sns:{name}", _tag_keys) for name in ("TagResource", "UntagResource")},
    **{name: on(_APPLICATION, f"sns:{name}") for name in (
        "CreatePlatformEndpoint", "DeletePlatformApplication", "GetPlatformApplicationAttributes",
        "ListEndpointsByPlatformApplication", "SetPlatformApplicationAttributes")},
    **{name: on(_ENDPOINT, f"sns:{name}") for name in (
        "DeleteEndpoint", "GetEndpointAttributes", "SetEndpointAttributes")},
    "CreateTopic": _creates,
    "Subscribe": on(_TOPIC, "sns:Subscribe", _subscribing_keys),
    "Publish": on(_member("TopicArn", "TargetArn"), "sns:Publish"),
    "PublishBatch": on(_TOPIC, "sns:Publish"),
    "ConfirmSubscription": _unless_by_link(on(_TOPIC, "sns:ConfirmSubscription")),
    "Unsubscribe": _unless_by_link(_subscribers("sns:Unsubscribe")),
    "GetSubscriptionAttributes": _subscribers("sns:GetSubscriptionAttributes"),
    "SetSubscriptionAttributes": _subscribers("sns:SetSubscriptionAttributes"),
}  # fmt: skip
