"""Calling functions and roles the way API Gateway does: as its service principal, or as a role it assumes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.identity import principals
from cloudchamber.identity.authorize import NO_POLICIES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.principals import Principal

API_GATEWAY = principals.service("apigateway.amazonaws.com")
ROLE_SECONDS = 3600
ROLE_SECONDS_LEFT_MIN = 300.0
ROLES_MAX = 1000
_FUNCTION = re.compile(r"(?:arn:[^:]+:apigateway:[^:]*:lambda:path/[0-9-]+/functions/)(.+?)(?:/invocations)?\Z")


class FunctionFailed(Exception):
    """The function ended with an error: its kind, and what it says."""

    def __init__(self, kind: str, payload: bytes) -> None:
        super().__init__(kind)
        self.kind = kind
        self.payload = payload

    @property
    def message(self) -> str:
        """`errorMessage`, which selection patterns are held against."""
        try:
            found = orjson.loads(self.payload)
        except orjson.JSONDecodeError:
            return self.payload.decode("utf-8", "replace")
        return str(found.get("errorMessage", "")) if isinstance(found, dict) else ""


def function_arn(uri: str) -> str | None:
    """The function that a URI of API Gateway's names, or its own ARN; None for another URI."""
    found = _FUNCTION.match(uri)
    if found is not None:
        return found[1]
    return uri if uri.startswith("arn:") and ":lambda:" in uri[:40] and ":function:" in uri else None


class Roles:
    """Role sessions of API Gateway's, taken again until they are about to end."""

    def __init__(self, platform: Platform) -> None:
        self._identities = platform.identities
        self._kept: dict[tuple[str, str], tuple[Principal, float]] = {}

    async def assume(self, ctx: Context, role_arn: str, session: str) -> Principal:
        """Who API Gateway is in the role. AwsError if the role does not let it."""
        kept = self._kept.get((role_arn, session))
        if kept is not None and kept[1] - ctx.now() > ROLE_SECONDS_LEFT_MIN and self._is_current(kept[0]):
            return kept[0]
        made = await ctx.call(
            "sts:AssumeRole", principal=API_GATEWAY, RoleArn=role_arn, RoleSessionName=session,
            DurationSeconds=ROLE_SECONDS,
        )  # fmt: skip
        found = self._identities.credential(made["Credentials"]["AccessKeyId"])
        if found is None:
            raise AwsError("The role is gone.", code="AccessDenied", status=403)
        if len(self._kept) >= ROLES_MAX:
            self._kept.clear()
        self._kept[(role_arn, session)] = (found.principal, ctx.now() + ROLE_SECONDS)
        principal: Principal = found.principal
        return principal

    def _is_current(self, principal: Principal) -> bool:
        """Whether the role is there still: the session of one that was made anew by the same name has no policies."""
        return bool(self._identities.policies(principal) != NO_POLICIES)

    async def of(self, ctx: Context, credentials: str | None, session: str) -> Principal:
        """Who calls for an integration or an authoriser with these `credentials`: API Gateway itself where none are."""
        return await self.assume(ctx, credentials, session) if credentials else API_GATEWAY


async def invoke(
    ctx: Context, arn: str, event: Mapping[str, Any] | bytes, principal: Principal, source_arn: str
) -> bytes:
    """A function's result. FunctionFailed if it ended with an error, AwsError if it may not or cannot be called."""
    payload = event if isinstance(event, bytes) else orjson.dumps(event)
    answer = await ctx.call(
        "lambda:Invoke", principal=principal, source_arn=source_arn, FunctionName=arn, Payload=payload
    )
    result: bytes = answer["Payload"]
    if answer.get("FunctionError"):
        raise FunctionFailed(answer["FunctionError"], result)
    return result


async def invoke_async(ctx: Context, arn: str, payload: bytes, principal: Principal, source_arn: str) -> None:
    """Have it run, and do not wait. AwsError."""
    await ctx.call(
        "lambda:Invoke", principal=principal, source_arn=source_arn, FunctionName=arn, Payload=payload,
        InvocationType="Event",
    )  # fmt: skip
