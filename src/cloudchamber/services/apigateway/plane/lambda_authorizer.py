"""Lambda authorisers: calling the function, reading the policy it answers with, and keeping answers for their time.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-use-lambda-authorizer.html
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from cloudchamber.core.errors import AwsError
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.document import MalformedPolicy, Policy, compile_policy
from cloudchamber.identity.evaluate import AccessRequest, scan
from cloudchamber.identity.principals import ANONYMOUS
from cloudchamber.services.apigateway.plane.functions import FunctionFailed, Roles, function_arn, invoke

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.services.apigateway.plane.context_variables import Exchange

ANSWERS_MAX = 10_000
ACTION = "execute-api:Invoke"


class Unauthorized(Exception):
    """The function says who calls is nobody it knows: it failed with the message `Unauthorized`."""


class AuthorizerFailed(Exception):
    """The function could not be called, failed, or answered with what is no answer. `is_configuration`: not called."""

    def __init__(self, reason: str, *, is_configuration: bool = False) -> None:
        super().__init__(reason)
        self.is_configuration = is_configuration


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a function answered. `context` has texts, numbers and booleans; `usage_key` stands for an API key."""

    policy: Policy | None  # None for a simple answer
    is_authorized: bool  # of a simple answer
    principal_id: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    usage_key: str | None = None

    def allows(self, exchange: Exchange) -> bool:
        """Whether the request's method may be called."""
        return self.is_authorized if self.policy is None else self.opinion(exchange) == "allow"

    def opinion(self, exchange: Exchange, arn: str = "") -> str:
        """`allow`, `deny` or `none`: what its policy says of the request, or of `arn`."""
        assert self.policy is not None
        incoming = exchange.incoming
        context = RequestContext(ANONYMOUS, exchange.at, incoming.ip, incoming.secure)
        context.region = exchange.region
        context.user_agent = incoming.headers.get("user-agent", "")
        denied, allowed = scan(
            (self.policy,), AccessRequest(ACTION, arn or exchange.method_arn, exchange.account, context)
        )
        return "deny" if denied is not None else "allow" if allowed is not None else "none"


class Verdicts:
    """Answers kept for their time to live, by authoriser and identity sources; the longest unused go first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._kept: OrderedDict[Hashable, tuple[float, Verdict]] = OrderedDict()

    def get(self, key: Hashable) -> Verdict | None:
        found = self._kept.get(key)
        if found is None:
            return None
        if self._now() >= found[0]:
            del self._kept[key]
            return None
        self._kept.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, verdict: Verdict, ttl_s: float) -> None:
        if ttl_s > 0:
            self._kept[key] = (self._now() + ttl_s, verdict)
            if len(self._kept) > ANSWERS_MAX:
                self._kept.popitem(last=False)

    def forget(self, belongs: Callable[[Any], bool]) -> None:
        """Drop the answers whose key `belongs`."""
        for key in [key for key in self._kept if belongs(key)]:
            del self._kept[key]


async def ask(
    ctx: Context, roles: Roles, authorizer: Mapping[str, Any], event: Mapping[str, Any], source_arn: str
) -> bytes:
    """What the authoriser's function answers. `authorizer` has `uri` and perhaps `credentials`.

    Unauthorized, AuthorizerFailed.
    """
    arn = function_arn(str(authorizer.get("uri", "")))
    if arn is None:
        raise AuthorizerFailed("the authorizer names no function", is_configuration=True)
    try:
        principal = await roles.of(ctx, authorizer.get("credentials"), "apigateway")
        return await invoke(ctx, arn, event, principal, source_arn)
    except FunctionFailed as failed:
        if failed.message == "Unauthorized":
            raise Unauthorized from None
        raise AuthorizerFailed(f"the function failed: {failed.message}") from None
    except AwsError as error:
        raise AuthorizerFailed(f"the function was not called: {error.code}", is_configuration=True) from None


def policy_verdict(payload: bytes) -> Verdict:
    """An answer with an IAM policy: `principalId`, `policyDocument`, `context`, `usageIdentifierKey`.

    AuthorizerFailed for anything else.
    """
    answer = _object(payload)
    document, principal_id = answer.get("policyDocument"), answer.get("principalId", "")
    if not isinstance(document, dict) or not isinstance(principal_id, str):
        raise AuthorizerFailed("no policyDocument or no principalId in the answer")
    try:
        policy = compile_policy(document)
    except MalformedPolicy as error:
        raise AuthorizerFailed(f"the policyDocument is not valid: {error}") from None
    usage_key = answer.get("usageIdentifierKey")
    context = _context(answer)
    return Verdict(policy, False, principal_id, context, usage_key if isinstance(usage_key, str) else None)


def simple_verdict(payload: bytes) -> Verdict:
    """An answer `{"isAuthorized": …, "context": {…}}`. AuthorizerFailed."""
    answer = _object(payload)
    if not isinstance(answer.get("isAuthorized"), bool):
        raise AuthorizerFailed("no isAuthorized in the answer")
    context = answer.get("context") or {}
    return Verdict(None, answer["isAuthorized"], "", context if isinstance(context, dict) else {})


def _object(payload: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(payload)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, dict):
        raise AuthorizerFailed("the answer is no JSON object")
    return answer


def _context(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Only scalars are let into the context: a map or a list is a mistake, as on AWS."""
    given = answer.get("context") or {}
    if not isinstance(given, dict) or any(isinstance(value, dict | list) for value in given.values()):
        raise AuthorizerFailed("the context has members that are no text, number or boolean")
    return {name: value for name, value in given.items() if value is not None}
