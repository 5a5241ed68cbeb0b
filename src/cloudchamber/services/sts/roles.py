"""AssumeRole: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html

Whether the caller may is decided before, by `policy.py` and the role's trust policy. A role that does not exist answers
exactly like one that may not be assumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudchamber.core.errors import NotImplementedByUs
from cloudchamber.core.service import operation
from cloudchamber.services.sts import packing
from cloudchamber.services.sts import tags as session_tags
from cloudchamber.services.sts.base import (
    StsBase,
    find_role,
    role_duration_s,
    verify_mfa,
    wire_credentials,
)
from cloudchamber.services.sts.policy import denied

if TYPE_CHECKING:
    from cloudchamber.core.context import Context
    from cloudchamber.services.sts import shapes


class Roles(StsBase):
    @operation
    async def assume_role(self, ctx: Context, request: shapes.AssumeRoleRequest) -> shapes.AssumeRoleResponse:
        if request.get("ProvidedContexts"):
            raise NotImplementedByUs("sts:AssumeRole with ProvidedContexts is not implemented in cloudchamber")
        caller = ctx.principal.session
        role = find_role(ctx.resources, request["RoleArn"])
        if role is None:
            raise denied(ctx.principal, "sts:AssumeRole", request["RoleArn"])
        duration_s = role_duration_s(request.get("DurationSeconds"), role, chained=caller is not None)
        asked = session_tags.requested(request.get("Tags") or ())
        tags, transitive = session_tags.of_session(
            asked, request.get("TransitiveTagKeys") or (), session_tags.inherited(caller)
        )
        policies = self.session_policies(ctx, request, role.account)
        packed = packing.packed_percent(policies.documents, policies.arns, asked)
        source_identity = self._source_identity(ctx, request)
        # As on AWS, the session does not remember the MFA code: only the role's trust policy sees it.
        await verify_mfa(ctx, request)
        holder = role.holder(
            request["RoleSessionName"], policies=policies.documents, policy_arns=policies.arns, tags=tags,
            transitive_tag_keys=transitive, source_identity=source_identity, chained=caller is not None,
        )  # fmt: skip
        session = self.issue(ctx, holder, duration_s, request.get("MinimumSessionTokenSize") or 0)
        answer: shapes.AssumeRoleResponse = {
            "Credentials": wire_credentials(session),
            "AssumedRoleUser": {"AssumedRoleId": holder.user_id, "Arn": holder.arn},
            "SessionTokenSize": session.token_chars,
            "SessionTokenUtilization": session.token_percent,
        }
        if packed is not None:
            answer["PackedPolicySize"] = packed
        if source_identity is not None:
            answer["SourceIdentity"] = source_identity
        return answer

    @staticmethod
    def _source_identity(ctx: Context, request: shapes.AssumeRoleRequest) -> str | None:
        """The source identity of the new session: once set it goes through a chain of roles and cannot change."""
        caller, asked = ctx.principal.session, request.get("SourceIdentity")
        held = None if caller is None else caller.source_identity
        if held is not None and asked is not None and asked != held:
            raise denied(ctx.principal, "sts:SetSourceIdentity", request["RoleArn"])
        return held or asked
