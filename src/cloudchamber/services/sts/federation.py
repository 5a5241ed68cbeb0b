"""What AssumeRoleWithWebIdentity and AssumeRoleWithSAML share: the trust decision, and the session that follows.

Both calls are unsigned. Who calls is known once their token is verified; then the role's trust policy decides about
that federated principal, and the ruling is left on the span like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudchamber.core.errors import AccessDenied
from cloudchamber.identity import principals
from cloudchamber.identity.authorize import NO_POLICIES, Ruling, compiled
from cloudchamber.identity.context import RequestContext
from cloudchamber.identity.evaluate import AccessRequest, evaluate
from cloudchamber.services.sts import packing
from cloudchamber.services.sts import tags as session_tags
from cloudchamber.services.sts.base import Role, StsBase, find_role, role_duration_s
from cloudchamber.services.sts.policy import tag_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudchamber.core.context import Context
    from cloudchamber.core.service import Request
    from cloudchamber.services.sts.session import Session


@dataclass(frozen=True, slots=True)
class Federate:
    """Someone with a verified token. `keys` are the condition keys their token contributes."""

    action: str
    provider: str  # as trust policies name it in Principal.Federated
    name: str
    session_name: str
    keys: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()
    source_identity: str | None = None
    ends_at: float | None = None  # when the identity provider wants the session to end, epoch seconds


def refused(action: str) -> AccessDenied:
    return AccessDenied(f"Not authorized to perform {action}")


class Federation(StsBase):
    def admit(self, ctx: Context, request: Request, federate: Federate) -> tuple[Session, int | None]:
        """The session and its packed size, if the role trusts the federate. AccessDenied and what AssumeRole raises."""
        role = find_role(ctx.resources, request["RoleArn"])
        ctx.span.principal = federate.name
        if role is None:
            raise refused(federate.action)
        ctx.account = ctx.span.account = role.account
        self._decide(ctx, role, federate)
        duration_s = role_duration_s(request.get("DurationSeconds"), role, chained=False)
        if federate.ends_at is not None:
            duration_s = max(1, min(duration_s, int(federate.ends_at) - int(ctx.now())))
        asked = session_tags.requested([{"Key": key, "Value": value} for key, value in federate.tags.items()])
        tags, transitive = session_tags.of_session(asked, federate.transitive_tag_keys, {})
        policies = self.session_policies(ctx, request, role.account)
        packed = packing.packed_percent(policies.documents, policies.arns, tags)
        holder = role.holder(
            federate.session_name, policies=policies.documents, policy_arns=policies.arns, tags=tags,
            transitive_tag_keys=transitive, source_identity=federate.source_identity,
            federated_provider=federate.provider,
            web_identity=dict(federate.keys),
        )  # fmt: skip
        return self.issue(ctx, holder, duration_s, request.get("MinimumSessionTokenSize") or 0), packed

    def _decide(self, ctx: Context, role: Role, federate: Federate) -> None:
        keys = {
            **tag_keys(federate.tags, list(federate.transitive_tag_keys)),
            **{f"iam:ResourceTag/{key}": value for key, value in role.tags.items()},
            **federate.keys,
            "sts:RoleSessionName": federate.session_name,
        }
        actions = [federate.action]
        if federate.tags:
            actions.append("sts:TagSession")
        if federate.source_identity is not None:
            actions.append("sts:SetSourceIdentity")
            keys["sts:SourceIdentity"] = federate.source_identity
        for action in actions:
            ruling = _rule(ctx, role, federate, action, keys)
            ctx.span.decision = ruling
            if not ruling.decision.allowed:
                raise refused(action)


def _rule(ctx: Context, role: Role, federate: Federate, action: str, keys: dict[str, Any]) -> Ruling:
    principal = principals.federated(federate.provider, {}, federate.name)
    context = RequestContext(principal, ctx.now(), ctx.caller.source_ip, ctx.caller.secure, keys)
    context.region, context.resource_account, context.resource_tags = ctx.region, role.account, role.tags
    context.user_agent, context.referer = ctx.caller.user_agent, ctx.caller.referer
    trust = compiled(role.policy)
    access = AccessRequest(action, role.arn, role.account, context, trust=True)
    return Ruling(evaluate(principal, NO_POLICIES, trust, access), principal, NO_POLICIES, trust, access)
