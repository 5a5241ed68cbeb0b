"""What CloudFormation's operations share: finding stacks, pages of listings, the door for answers from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import orjson

from cloudchamber.core.pagination import InvalidMarker, decode_marker, encode_marker
from cloudchamber.core.resources import Resource
from cloudchamber.core.service import Platform, Request, Rule, Service
from cloudchamber.services.cloudformation import limits, policy
from cloudchamber.services.cloudformation.engine import Engine
from cloudchamber.services.cloudformation.errors import NoSuchStack, ValidationError
from cloudchamber.services.cloudformation.store import CloudFormationStore
from cloudchamber.services.cloudformation.waiting import with_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from cloudchamber.core import errors
    from cloudchamber.core.context import Context
    from cloudchamber.core.errors import AwsError
    from cloudchamber.services.cloudformation.records import Stack

R = TypeVar("R")

_INVALID = {"Status": "FAILED", "Reason": "Invalid response object: a JSON object with a Status is expected"}


class CloudFormationBase(Service):
    name: ClassVar[str] = "cloudformation"
    rules: Mapping[str, Rule] = policy.RULES

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform)
        self.store = CloudFormationStore(platform.store)
        self.engine = Engine(platform, self.store)
        self.journal = self.engine.journal

    async def resume(self) -> None:
        self.engine.resume()

    def invalid(self, error: errors.ValidationError, request: Request) -> AwsError:
        return ValidationError(error.message)

    # finding

    def stack(self, ctx: Context, name: str) -> Stack:
        """A stack by name or id. ValidationError: "Stack with id … does not exist"."""
        found = self.store.named(ctx.account, ctx.region, name)
        if found is None:
            raise NoSuchStack(name)
        return found

    def live_stack(self, ctx: Context, name: str) -> Stack:
        """A stack that an operation can be done to. ValidationError: "Stack [name] does not exist"."""
        found = self.store.named(ctx.account, ctx.region, name)
        if found is None or not found.is_live:
            raise ValidationError(f"Stack [{name}] does not exist")
        return found

    def find(self, arn: str) -> Resource | None:
        found = self.store.stacks.get(arn)
        if found is None or not found.is_live:
            return None
        rows = self.store.resources_of(arn)
        links = tuple(row.physical_id for row in rows.values() if row.physical_id.startswith("arn:"))
        parts = {logical_id: [row.type, row.physical_id] for logical_id, row in rows.items()}
        return Resource(
            found.id, "AWS::CloudFormation::Stack", found.name, found.account, found.region, found.tags, None, links,
            {"StackStatus": found.status, "Resources": parts},
        )  # fmt: skip

    def list_resources(self, account: str | None, region: str | None) -> Iterator[Resource]:
        wanted: dict[str, Any] = {k: v for k, v in (("account", account), ("region", region)) if v is not None}
        found = (self.find(stack.id) for stack in self.store.stacks.where(**wanted) if stack.is_live)
        return (resource for resource in found if resource is not None)

    # answers from outside

    def callback(self, token: str, body: bytes) -> int:
        """What somebody has put to a response URL; the HTTP status of the answer to them."""
        found = self.store.callbacks.get(token)
        if found is None or found.kind == "signal" or found.expires_at < self.clock.now():
            return 403
        if len(body) > limits.RESPONSE_BYTES_MAX and found.kind != "wait":
            answer: Any = {"Status": "FAILED", "Reason": "Response object is too long."}
        else:
            try:
                answer = orjson.loads(body)
            except orjson.JSONDecodeError:
                answer = None
            if not isinstance(answer, dict) or answer.get("Status") not in ("SUCCESS", "FAILED", "FAILURE"):
                answer = dict(_INVALID)
        if found.kind == "wait":
            answer.setdefault("UniqueId", str(len(found.answers) + 1))
        try:
            self.store.callbacks.put(with_answer(found, answer))
        except TypeError:  # nested more deeply than can be kept
            self.store.callbacks.put(with_answer(found, dict(_INVALID)))
        self.engine.wake(token)
        return 200


def page(request: Request, items: Sequence[R], limit: int) -> tuple[list[R], dict[str, str]]:
    """A page of a listing by place, and the member with the token of the next; empty on the last."""
    start = 0
    if request.get("NextToken"):
        try:
            start = int(decode_marker(request["NextToken"]))
        except (InvalidMarker, ValueError):
            raise ValidationError("Invalid NextToken") from None
    chosen = list(items[start : start + limit])
    more = len(items) > start + limit
    return chosen, {"NextToken": encode_marker(str(start + limit))} if more else {}


def tags_from(request: Request) -> dict[str, str]:
    found = {tag["Key"]: tag["Value"] for tag in request.get("Tags") or ()}
    if any(key.lower().startswith("aws:") for key in found):
        raise ValidationError("Tags with the prefix aws: are reserved and cannot be given")
    return found
