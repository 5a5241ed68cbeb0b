"""May who calls call: IAM's policies and the API's own resource policy, put together as API Gateway does.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.identity.authorize import Ruling, compiled
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.evaluate import AccessRequest, evaluate
from cloudchamber.identity.principals import ANONYMOUS

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Platform
    from cloudchamber.identity.evaluate import Decision
    from cloudchamber.identity.principals import Principal
    from cloudchamber.services.apigateway.plane.context_variables import Exchange

INVOKE, INVALIDATE = "execute-api:Invoke", "execute-api:InvalidateCache"


class Permissions:
    def __init__(self, platform: Platform) -> None:
        self._identities = platform.identities

    def decide(self, ctx: Context, exchange: Exchange, policy: str | None, action: str = INVOKE) -> Decision:
        """On the exchange's principal, anonymous if it has none; `policy` is the API's, as JSON. The decision is left
        on the span."""
        principal: Principal = exchange.principal or ANONYMOUS
        request = _access(ctx, exchange, principal, action)
        resource_policy = None if not policy else compiled(policy)
        policies = self._identities.policies(principal)
        decision = evaluate(principal, policies, resource_policy, request)
        ctx.span.decision = Ruling(decision, principal, policies, resource_policy, request)
        return decision

    def opinion(self, ctx: Context, exchange: Exchange, policy: str) -> str:
        """What a resource policy alone says of an anonymous caller: `allow`, `deny` or `none`."""
        kind = self.decide(ctx, exchange, policy).kind
        return {"allow": "allow", "explicit_deny": "deny", "implicit_deny": "none"}[kind]


def _access(ctx: Context, exchange: Exchange, principal: Principal, action: str) -> AccessRequest:
    incoming = exchange.incoming
    keys = RequestContext(principal, ctx.now(), incoming.ip, incoming.secure)
    keys.region = exchange.region
    keys.user_agent = incoming.headers.get("user-agent", "")
    keys.referer = incoming.headers.get("referer", "")
    keys.resource_account = exchange.account
    return AccessRequest(action, exchange.method_arn, exchange.account, keys)


def refusal_text(decision: Decision, exchange: Exchange) -> str:
    """As API Gateway words it: most of the account is hidden."""
    hidden = decision.resource.replace(f":{exchange.account}:", f":********{exchange.account[-4:]}:", 1)
    text = f"User: {decision.principal_arn} is not authorized to perform: {decision.action} on resource: {hidden}"
    return f"{text} with an explicit deny" if decision.kind == "explicit_deny" else text
