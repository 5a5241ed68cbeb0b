"""Sessions of users: GetSessionToken (the user's own) and GetFederationToken (in someone else's name).

Both are for long-term credentials only; `policy.py` refuses sessions.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_request.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.service import operation
from cloudchamber.services.sts import limits, packing
from cloudchamber.services.sts import tags as session_tags
from cloudchamber.services.sts.base import StsBase, verify_mfa, wire_credentials
from cloudchamber.services.sts.session import Holder

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.sts import shapes


class Users(StsBase):
    @operation
    async def get_session_token(
        self, ctx: Context, request: shapes.GetSessionTokenRequest
    ) -> shapes.GetSessionTokenResponse:
        caller = ctx.principal
        mfa = await verify_mfa(ctx, request)
        holder = Holder(
            caller.kind, caller.account, caller.arn, caller.user_id, caller.entity_arn, caller.name, mfa=mfa
        )
        duration_s = _duration_s(ctx, request.get("DurationSeconds"))
        session = self.issue(ctx, holder, duration_s, request.get("MinimumSessionTokenSize") or 0)
        return {
            "Credentials": wire_credentials(session),
            "SessionTokenSize": session.token_chars,
            "SessionTokenUtilization": session.token_percent,
        }

    @operation
    async def get_federation_token(
        self, ctx: Context, request: shapes.GetFederationTokenRequest
    ) -> shapes.GetFederationTokenResponse:
        caller, name = ctx.principal, request["Name"]
        tags = session_tags.requested(request.get("Tags") or ())
        policies = self.session_policies(ctx, request, caller.account)
        packed = packing.packed_percent(policies.documents, policies.arns, tags)
        holder = Holder(
            "federated", caller.account, f"arn:aws:sts::{caller.account}:federated-user/{name}",
            f"{caller.account}:{name}", caller.entity_arn, name,
            policies=policies.documents, policy_arns=policies.arns, tags=tags,
        )  # fmt: skip
        duration_s = _duration_s(ctx, request.get("DurationSeconds"))
        session = self.issue(ctx, holder, duration_s, request.get("MinimumSessionTokenSize") or 0)
        answer: shapes.GetFederationTokenResponse = {
            "Credentials": wire_credentials(session),
            "FederatedUser": {"FederatedUserId": holder.user_id, "Arn": holder.arn},
            "SessionTokenSize": session.token_chars,
            "SessionTokenUtilization": session.token_percent,
        }
        if packed is not None:
            answer["PackedPolicySize"] = packed
        return answer


def _duration_s(ctx: Context, requested: int | None) -> int:
    """Sessions of the root user last an hour at most, whatever was asked for."""
    if ctx.principal.kind == "root":
        longest = limits.ROOT_DURATION_SECONDS_MAX
        return longest if requested is None else min(requested, longest)
    return limits.USER_DURATION_SECONDS_DEFAULT if requested is None else requested
