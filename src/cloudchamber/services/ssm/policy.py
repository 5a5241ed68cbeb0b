"""What Parameter Store's operations ask IAM: the action, the parameter's ARN, the condition keys.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
Listing a path asks for leave on the path alone: who may list `/a` may read all below it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import ValidationError
from cloudchamber.core.service import Check
from cloudchamber.services.ssm import names

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request, Rule
    from cloudchamber.services.ssm.store import SsmStore

Keys = dict[str, Any]
SETTING = "servicesetting"


def _text(value: object) -> str:
    return "true" if value else "false"


def _arn(ctx: Context, name: str) -> str:
    """The ARN of a parameter that a request names; of what can be no name, the text itself in its place."""
    try:
        return names.locate(ctx, name).arn
    except ValidationError:
        return names.arn(ctx.account, ctx.region, f"/{name.strip().lstrip('/')}")


def _tag_keys(request: Request) -> Keys:
    tags = request.get("Tags") or ()
    keys: Keys = {f"aws:requesttag/{tag['Key'].lower()}": tag["Value"] for tag in tags}
    tag_keys = [tag["Key"] for tag in tags] or list(request.get("TagKeys") or ())
    if tag_keys:
        keys["aws:tagkeys"] = tag_keys
    return keys


def setting_arn(ctx: Context, request: Request) -> str:
    """A setting may be named by its id or its ARN."""
    name: str = request["SettingId"]
    if name.startswith("arn:"):
        return name
    return f"arn:aws:ssm:{ctx.region}:{ctx.account}:{SETTING}/{name.lstrip('/')}"


class Permissions:
    """The rules over one store, in which they look tags up."""

    def __init__(self, store: SsmStore) -> None:
        self._store = store

    def check(self, action: str, arn: str, more: Keys | None = None) -> Check:
        keys = dict(more) if more else {}
        found = self._store.by_arn(arn)
        if found is not None and found.tags:
            keys.update({f"ssm:resourcetag/{name.lower()}": value for name, value in found.tags.items()})
        return Check(f"ssm:{action}", arn, keys or None)

    def named(self, action: str) -> Rule:
        return lambda ctx, request: (self.check(action, _arn(ctx, request["Name"])),)

    def each(self, action: str) -> Rule:
        return lambda ctx, request: [self.check(action, _arn(ctx, name)) for name in request["Names"]]

    def put(self, ctx: Context, request: Request) -> Iterator[Check]:
        """Tags on a new parameter need leave to tag."""
        arn, tags = _arn(ctx, request["Name"]), _tag_keys(request)
        written = {"ssm:overwrite": _text(request.get("Overwrite")), "ssm:policies": _text(request.get("Policies"))}
        yield self.check("PutParameter", arn, written | tags)
        if tags:
            yield self.check("AddTagsToResource", arn, tags)

    def by_path(self, ctx: Context, request: Request) -> Iterator[Check]:
        path = request["Path"].rstrip("/")
        arn = names.arn(ctx.account, ctx.region, path if path.startswith("/") else f"/{path}")
        yield self.check("GetParametersByPath", arn, {"ssm:recursive": _text(request.get("Recursive"))})

    def describe(self, ctx: Context, request: Request) -> tuple[Check]:
        return (Check("ssm:DescribeParameters", f"arn:aws:ssm:{ctx.region}:{ctx.account}:*"),)

    def tagging(self, action: str) -> Rule:
        def rule(ctx: Context, request: Request) -> Iterator[Check]:
            kind, name = request["ResourceType"], request["ResourceId"]
            if kind == "Parameter":
                arn = _arn(ctx, name)
            else:
                arn = f"arn:aws:ssm:{ctx.region}:{ctx.account}:{kind.lower()}/{name}"
            yield self.check(action, arn, _tag_keys(request))

        return rule

    def shared(self, action: str) -> Rule:
        return lambda ctx, request: (self.check(action, request["ResourceArn"]),)

    @staticmethod
    def setting(action: str) -> Rule:
        return lambda ctx, request: (Check(f"ssm:{action}", setting_arn(ctx, request)),)


def rules(store: SsmStore) -> Mapping[str, Rule]:
    """Operation -> what it asks."""
    asks = Permissions(store)
    by_name = ("DeleteParameter", "GetParameter", "GetParameterHistory", "LabelParameterVersion",
               "UnlabelParameterVersion")  # fmt: skip
    by_arn = ("PutResourcePolicy", "GetResourcePolicies", "DeleteResourcePolicy")
    settings = ("GetServiceSetting", "UpdateServiceSetting", "ResetServiceSetting")
    tags = ("AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource")
    return {
        **{name: asks.named(name) for name in by_name},
        **{name: asks.each(name) for name in ("GetParameters", "DeleteParameters")},
        **{name: asks.shared(name) for name in by_arn},
        **{name: asks.setting(name) for name in settings},
        **{name: asks.tagging(name) for name in tags},
        "PutParameter": asks.put,
        "GetParametersByPath": asks.by_path,
        "DescribeParameters": asks.describe,
    }
